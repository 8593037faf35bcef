"""What a training will need of memory, said before it begins, with what helps where it is much."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from PySide6.QtCore import Signal, Slot

from studio.gui.jobs import duration
from studio.gui.lines import LinkLine

EXPLAINED = (
    "Time: as the newest run of this network took. Memory: estimated from the network, its input "
    "and the batch."
)
TYPES = ("float32", "bfloat16", "float16")


@dataclass(frozen=True, slots=True)
class Need:
    """What is needed, and where that is too much, why, and the batch or the parts that fit, if any.

    `parts` are those of the batch as it is; 0 where it cannot be divided so.
    """

    words: str
    too_much: str = ""
    batch: int = 0
    parts: int = 0


def find_need(
    settings: Mapping[str, Any],
    classes: tuple[str, ...],
    known_type: str,
    pace: float | None = None,
    pictures: int = 0,
) -> Need:
    """Estimate for the settings of a form.

    `known_type` is what "auto" was found to be, if it was, `pace` how many seconds an epoch took,
    and `pictures` how many there are to be kept in memory where they fit.
    Raises StudioError for settings that do not go together.
    """
    from studio.yolo.config import TrainConfig, as_taken
    from studio.yolo.data.room import kept_in_memory
    from studio.yolo.training import memory
    from studio.yolo.training.prepare import options, plain_model
    from studio.yolo.training.rates import BEYOND_SENSE

    config = TrainConfig(model=plain_model(settings, classes), **options(settings))
    if config.learning_rate > BEYOND_SENSE:
        words = f"A learning rate of {config.learning_rate:g} is far too high"
        return Need(words, f"The networks bear {BEYOND_SENSE:g} at most: nothing would be learnt.")
    config = as_taken(config, min(config.batch_size, pictures or config.batch_size))
    is_known = config.precision != "auto" or known_type in TYPES
    compute = config.precision if config.precision != "auto" else known_type
    width, height = config.model.input_size
    kept = kept_in_memory(config.cache, pictures * 3 * width * height)
    room = memory.available_as_known(kept)
    if not is_known:
        compute = "float32"  # which needs the most
    need, about = memory.estimate(config, compute), "about" if is_known else "at most"
    needed = f"{about} {memory.gigabytes(need + kept)}"
    free = f"{memory.gigabytes(room + kept)} free"
    if need <= room:
        found = compute if is_known else "number type measured first"
        last = f"about {duration(pace * config.epochs)} · " if pace else ""
        return Need(f"{last}{needed} of {free} · {found}")
    words = f"Needs {needed} of memory, {free}"
    explained = f"Training {memory.offer(config, compute, room)}."
    return Need(words, explained, *memory.fitting_batch(config, compute, room))


class NeedLine(LinkLine):
    """The sentence; its links change the form."""

    batch_chosen = Signal(int)
    parts_chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("needLine")
        self.setAccessibleName("Memory that training will need")
        self.linkActivated.connect(self._choose)

    def tell(self, need: Need) -> None:
        """Show what is needed."""
        links = []
        if need.batch:
            links.append(f'<a href="batch {need.batch}">Use&nbsp;batch&nbsp;{need.batch}</a>')
        if need.parts:
            links.append(f'<a href="parts {need.parts}">Use&nbsp;{need.parts}&nbsp;parts</a>')
        mark = "⚠ " if need.too_much else ""
        self.setText(" · ".join([f"{mark}{escape(need.words)}", *links]))
        self.setToolTip(need.too_much or EXPLAINED)

    @Slot(str)
    def _choose(self, link: str) -> None:
        what, _, number = link.partition(" ")
        (self.batch_chosen if what == "batch" else self.parts_chosen).emit(int(number))
