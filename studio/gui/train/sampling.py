"""From what the form says to augmented pictures: what Show examples runs in the background."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from studio.gui.train.work import Request
from studio.labels.anchors import preset
from studio.labels.boxes import Box
from studio.labels.dataset import Dataset
from studio.labels.images import Image
from studio.project import FILE, Project

if TYPE_CHECKING:
    from studio.yolo.config import TrainConfig


class Sampler(Protocol):
    """What draws pictures: `augmented_samples` of `studio.yolo.data`, or what stands for it.

    Yields Status and Progress, then pictures with `image`, `xyxy` (m, 4) in its pixels, and
    `labels` (m,).
    """

    def __call__(
        self, dataset: Dataset, config: TrainConfig, count: int, start: int
    ) -> Iterator[Any]: ...


@dataclass(frozen=True, slots=True)
class Drawing:
    """The pictures begin to come, with boxes of some of these classes."""

    classes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Boxed:
    """A picture and what is in it."""

    image: Image
    boxes: tuple[Box, ...]


def sample_with_tensorflow(
    dataset: Dataset, config: TrainConfig, count: int, start: int
) -> Iterator[Any]:
    """Draw for real. Importing TensorFlow takes a while: call this on a job's thread."""
    from studio.yolo import machine
    from studio.yolo.data.samples import augmented_samples

    machine.give_way()
    yield from augmented_samples(dataset, config, count, start)


def draw_examples(
    project: Project, request: Request, sampler: Sampler, count: int, start: int
) -> Iterator[object]:
    """Yield what the sampler does, its pictures as `Boxed` after a `Drawing`.

    Raises StudioError for what cannot be trained with.
    """
    from studio.yolo.events import Progress, Status
    from studio.yolo.training.prepare import DEFAULTS, configure

    yield Status("Reading pictures and labels…")  # from here on it can be stopped
    dataset, settings = project.dataset(), DEFAULTS | project.training | request.settings
    # Pictures are the same with any anchors; these need no label to be read.
    anchors = preset(settings["architecture"], (settings["size"], settings["size"]))
    config, _ = configure(dataset, anchors, project.training, request.settings, project.root / FILE)
    has_begun = False
    for event in sampler(dataset, config, count, start):
        if isinstance(event, Status | Progress):
            yield event
            continue
        if not has_begun:
            yield Drawing(dataset.classes)
            has_begun = True
        yield _boxed(event, dataset.classes)


def _boxed(sampled: Any, classes: tuple[str, ...]) -> Boxed:
    pairs = zip(sampled.xyxy.tolist(), sampled.labels.tolist(), strict=True)
    boxes = (Box(classes[n], *edges) for edges, n in pairs if _has_area(edges))
    return Boxed(sampled.image, tuple(boxes))


def _has_area(edges: list[float]) -> bool:
    left, top, right, bottom = edges
    return left < right and top < bottom
