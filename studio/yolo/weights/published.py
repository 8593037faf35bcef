"""The weights that Darknet's authors have published: where they are, and how to know them.

Imports no TensorFlow.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from platformdirs import user_data_path

from studio.errors import FileError, StudioError, os_error_text

VARIABLE = "YOLO_STUDIO_DATA"
"""The environment variable that names another folder for what was fetched once."""

HEADER = 20  # bytes: major, minor, revision as int32, images seen as uint64 (since version 0.2)
COCO_CLASSES = 80
RELEASES = "https://github.com/AlexeyAB/darknet/releases/download"
_BLOCK = 1 << 20  # floats that are looked at together


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """A file of weights. `classes` is None for a truncated one, which ends before the heads.

    `networks` can begin with it, `convolutions` are the layers that it holds, `addresses` are to
    be tried in turn.
    """

    name: str
    bytes: int
    networks: tuple[str, ...]
    convolutions: int
    classes: int | None
    addresses: tuple[str, ...]

    @property
    def floats(self) -> int:
        """How many weights it holds."""
        return (self.bytes - HEADER) // 4

    @property
    def megabytes(self) -> str:
        """Its size as people say it: 35 MB."""
        return f"{self.bytes / 1e6:.0f} MB"


Addresses = Callable[[str], tuple[str, ...]]


def _redmon(name: str) -> tuple[str, ...]:
    """Where pjreddie.com/darknet/yolo links to, and where it did before."""
    return (f"https://data.pjreddie.com/files/{name}", f"https://pjreddie.com/media/files/{name}")


def _v4(name: str) -> tuple[str, ...]:
    """Where the README of AlexeyAB/darknet links to for YOLOv4."""
    return (f"{RELEASES}/darknet_yolo_v3_optimal/{name}",)


def _v4_tiny(name: str) -> tuple[str, ...]:
    """Where the README of AlexeyAB/darknet links to for YOLOv4-tiny."""
    return (f"{RELEASES}/darknet_yolo_v4_pre/{name}",)


def _nowhere(_name: str) -> tuple[str, ...]:
    """No address: whoever needs the file has Darknet cut it off a whole one."""
    return ()


def _whole(network: str, size: int, convolutions: int, where: Addresses) -> PublishedFile:
    """A network trained on COCO, with its heads."""
    name = f"{network}.weights"
    return PublishedFile(name, size, (network,), convolutions, COCO_CLASSES, where(name))


def _truncated(
    name: str, size: int, networks: tuple[str, ...], convolutions: int, where: Addresses
) -> PublishedFile:
    """The first layers of a network, as `darknet partial` cuts them off."""
    return PublishedFile(name, size, networks, convolutions, None, where(name))


FILES: tuple[PublishedFile, ...] = (
    _whole("yolov3", 248_007_048, 75, _redmon),
    _whole("yolov3-spp", 252_209_544, 76, _redmon),
    _whole("yolov3-tiny", 35_434_956, 13, _redmon),
    _whole("yolov4", 257_717_640, 110, _v4),
    _whole("yolov4-tiny", 24_251_276, 21, _v4_tiny),
    _truncated("darknet53.conv.74", 162_482_580, ("yolov3", "yolov3-spp"), 52, _redmon),
    _truncated("yolov4.conv.137", 170_038_676, ("yolov4",), 92, _v4),
    _truncated("yolov4-tiny.conv.29", 19_789_716, ("yolov4-tiny",), 17, _v4_tiny),
    _truncated("yolov3-tiny.conv.15", 30_973_396, ("yolov3-tiny",), 9, _nowhere),
    _truncated("yolov3-tiny.conv.11", 6_303_188, ("yolov3-tiny",), 6, _nowhere),
)


def file_called(name: str) -> PublishedFile:
    """Return the file of a name; raises StudioError for one that is not in the table."""
    for file in FILES:
        if file.name == name:
            return file
    raise StudioError(f"{name} is no published file; there are {', '.join(f.name for f in FILES)}")


def whole_file(network: str) -> PublishedFile | None:
    """Return the weights of a network that was trained on COCO, None where there are none."""
    whole = (f for f in FILES if f.classes is not None and network in f.networks)
    return next(whole, None)


def weights_folder() -> Path:
    """Return the user's folder of published weights; it may not exist yet."""
    named = os.environ.get(VARIABLE)
    return (Path(named) if named else user_data_path("yolo-studio")) / "weights"


def path_of(name: str) -> Path:
    """Return where the published file of a name belongs; raises StudioError."""
    return weights_folder() / file_called(name).name


def is_there(name: str) -> bool:
    """Tell whether the published file of a name was fetched or put there; raises StudioError."""
    try:
        return path_of(name).stat().st_size == file_called(name).bytes
    except OSError:
        return False


def fault_of(path: Path, file: PublishedFile) -> str:
    """Return what tells that these are not the published weights, "" when nothing does.

    Looks at the size, the header (Darknet, src/parser.c, load_weights_upto) and at every number.
    Raises FileError when the file cannot be read.
    """
    try:
        size = path.stat().st_size
        if size != file.bytes:
            return f"has {size:,} bytes instead of {file.bytes:,}"
        with path.open("rb") as stream:
            major, minor, _ = np.fromfile(stream, "<i4", 3).tolist()
            if not (0 <= major < 1000 and 0 <= minor < 1000 and major * 10 + minor >= 2):
                return f"does not begin as Darknet's weights do (version {major}.{minor})"
            stream.seek(HEADER)
            for start in range(0, file.floats, _BLOCK):
                finite = np.isfinite(np.fromfile(stream, "<f4", _BLOCK))
                if not finite.all():
                    return f"holds a value that is no number, weight {start + finite.argmin():,}"
    except OSError as error:
        raise FileError(path, f"cannot be read: {os_error_text(error)}") from error
    return ""
