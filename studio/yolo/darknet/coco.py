"""The networks that were trained on COCO into the published files, which come without a cfg."""

from __future__ import annotations

from pathlib import Path

from studio.errors import StudioError
from studio.labels.anchors import preset
from studio.yolo.darknet.names import COCO_NAMES
from studio.yolo.network.model import ModelConfig
from studio.yolo.network.networks import ARCHITECTURES, Masks
from studio.yolo.weights import published

INPUT_SIZE = (416, 416)

_MASKS: dict[str, Masks] = dict.fromkeys(("yolov3-tiny", "yolov4-tiny"), ((3, 4, 5), (1, 2, 3)))
"""Of the tiny networks as they were trained on COCO, whatever their cfg says: with 0, 1, 2 the
finer head finds boxes of the wrong size. The other networks share their anchors evenly.
"""


def published_model(weights: Path, input_size: tuple[int, int] = INPUT_SIZE) -> ModelConfig | None:
    """Return what was trained on COCO into a file, known by name and length; None of another."""
    file = _whole_file(weights.name)
    if file is None or not weights.is_file() or weights.stat().st_size != file.bytes:
        return None
    network = next(name for name in ARCHITECTURES if name in file.networks)
    anchors = preset(network, input_size)
    return ModelConfig(network, COCO_NAMES, anchors, input_size, _MASKS.get(network, ()))


def find(path: Path) -> Path:
    """Return where a model's file is: of a published one the name alone will do.

    Raises StudioError for such a name while neither the file nor a cfg of its name is there.
    """
    is_name = path.name == str(path) and _whole_file(path.name) is not None
    if not is_name or path.exists() or path.with_suffix(".cfg").exists():
        return path
    if not published.is_there(path.name):
        raise StudioError(
            f"{path}: is neither here nor fetched yet; `fetch {path}` puts it at "
            f"{published.path_of(path.name)}"
        )
    return published.path_of(path.name)


def _whole_file(name: str) -> published.PublishedFile | None:
    """Return the published file of a name if it has its heads."""
    named = (file for file in published.FILES if file.name == name and file.classes is not None)
    return next(named, None)
