"""What a training will need of time and memory, said before it begins, and what does not go."""

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
    "and the batch; the first training measures which type of number this machine is quickest with."
)
TYPES = ("float32", "bfloat16", "float16")


@dataclass(frozen=True, slots=True)
class Need:
    """What is needed, and where that does not go, why, and what does: pairs of a batch and the
    parts that it is computed in.
    """

    words: str
    wrong: str = ""
    ways: tuple[tuple[int, int], ...] = ()


def find_need(
    settings: Mapping[str, Any],
    classes: tuple[str, ...],
    known_type: str,
    pace: float | None = None,
    pictures: int = 0,
) -> Need:
    """Estimate for the settings of a form.

    `known_type` is what "auto" was found to be, if it was, `pace` how many seconds an epoch took,
    and `pictures` how many there are, 0 where nobody knows: to be kept in memory where they fit,
    and the most that a batch can have.
    Raises StudioError for settings that do not go together.
    """
    from studio.yolo.config import TrainConfig, as_taken
    from studio.yolo.data.room import kept_in_memory
    from studio.yolo.training import memory
    from studio.yolo.training.prepare import options, plain_model
    from studio.yolo.training.rates import beyond_sense

    config = TrainConfig(model=plain_model(settings, classes), **options(settings))
    if sentence := beyond_sense(config.learning_rate):
        return Need(f"{sentence[:1].upper()}{sentence[1:]}.", "This would learn nothing.")
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
        last = f"about {duration(pace * config.epochs)} · " if pace else ""
        return Need(f"{last}{needed} of {free}{f' · {compute}' if is_known else ''}")
    words = f"Needs {needed} of memory, {free}"
    explained = f"Training {memory.offer(config, compute, room)}."
    batch, parts = memory.fitting_batch(config, compute, room)
    ways = ((batch, 1), (config.batch_size, parts))
    return Need(words, explained, tuple(way for way in ways if min(way)))


class NeedLine(LinkLine):
    """The sentence; its links change the form."""

    batch_chosen = Signal(int, int)
    """A batch, and the parts that it is computed in."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("needLine")
        self.setAccessibleName("What training will need")
        self.linkActivated.connect(self._choose)

    def tell(self, need: Need) -> None:
        """Show what is needed."""
        mark = "⚠ " if need.wrong else ""
        links = [_link(batch, parts) for batch, parts in need.ways]
        self.setText(" · ".join([f"{mark}{escape(need.words)}", *links]))
        self.setToolTip(need.wrong or EXPLAINED)

    @Slot(str)
    def _choose(self, link: str) -> None:
        batch, parts = map(int, link.split())
        self.batch_chosen.emit(batch, parts)


def _link(batch: int, parts: int) -> str:
    words = f"Use&nbsp;batch&nbsp;{batch}" if parts == 1 else f"Use&nbsp;{parts}&nbsp;parts"
    return f'<a href="{batch} {parts}">{words}</a>'
