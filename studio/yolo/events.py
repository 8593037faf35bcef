"""What long work yields: frozen dataclasses of plain values.

A command prints them, the window's worker emits them as signals, a test calls `list()`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Status:
    """What is being done while there is nothing to count yet, or a fault that did not stop it."""

    text: str


@dataclass(frozen=True, slots=True)
class TakenOver(Status):
    """What training has taken over from other weights: no fault, and nothing to wait for."""


@dataclass(frozen=True, slots=True)
class Losses:
    """The three loss terms, per picture."""

    giou: float
    conf: float
    prob: float

    @property
    def total(self) -> float:
        return self.giou + self.conf + self.prob


@dataclass(frozen=True, slots=True)
class Started:
    """Training begins. `epochs` and `steps_per_epoch` tell how long it will go on."""

    run: Path
    epochs: int
    steps_per_epoch: int
    first_epoch: int
    train_images: int
    val_images: int
    precision: str
    memory: int = 0
    """Bytes that a step will need at most, by estimate; 0 where that is not known."""


@dataclass(frozen=True, slots=True)
class StepMetrics:
    """One step. `step` counts from 1 over all epochs; `data_wait` is a share of the time.

    On a GPU, which would wait each time, it stands for those since the last with their mean losses.
    """

    epoch: int
    step: int
    learning_rate: float
    losses: Losses
    images_per_second: float
    data_wait: float


@dataclass(frozen=True, slots=True)
class ClassResult:
    """Average precision of one class; None where the pictures hold none of it."""

    ap50: float | None
    ap: float | None
    boxes: int


@dataclass(frozen=True, slots=True)
class EpochMetrics:
    """One epoch: mean training losses, and those of the validation pictures with AP if measured.

    `per_class` is empty where nothing was measured. `data_wait` is the share of the epoch's time
    that its steps waited for data, `trend` says in words how training goes ("" while that is not
    known yet).
    """

    epoch: int
    train: Losses
    val: Losses | None
    ap50: float | None
    ap: float | None
    seconds: float
    per_class: dict[str, ClassResult] = field(default_factory=dict)
    data_wait: float = 0.0
    trend: str = ""
    memory: int = 0
    """The most bytes that were in use so far; 0 where that is not known."""
    step: int = 0
    """The last step of the epoch, counted over all; 0 where that is not known."""


@dataclass(frozen=True, slots=True)
class Done:
    """Training ended or was stopped; everything is in `run`."""

    run: Path
    best_epoch: int
    ap50: float | None


@dataclass(frozen=True, slots=True)
class Progress:
    """So many pictures of so many are done."""

    done: int
    total: int


TrainEvent = Status | Progress | Started | StepMetrics | EpochMetrics | Done


@dataclass(frozen=True, slots=True)
class EvalResult:
    """Average precision by the COCO rules; None where there is no ground truth at all."""

    ap50: float | None
    ap: float | None
    ap75: float | None
    per_class: dict[str, ClassResult]
    images: int
