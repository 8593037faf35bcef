"""Trainings from random weights that are measured on pictures which they never saw."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.demo.build import build
from studio.labels.dataset import Dataset
from studio.project import FILE, Project
from studio.yolo.events import EvalResult, StepMetrics
from studio.yolo.runs import free_name, new_run
from studio.yolo.training.prepare import configure

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
BLOOD_CELLS = SHARED / "bccd"
MNIST = SHARED / "mnist_digits.zip"
TRIAL = 24  # steps by which the seconds of an epoch are guessed


@dataclass(frozen=True, slots=True)
class Reached:
    """What a training came to on pictures that it did not learn from, and how long it took."""

    ap50: float
    ap: float
    epochs: int
    seconds: float


def blood_cells() -> Project | None:
    """Return the photographs of blood cells (BCCD), None where they are not on this machine."""
    return Project.open(BLOOD_CELLS) if BLOOD_CELLS.is_dir() else None


def digits(folder: Path) -> Project:
    """Make 1,000 pages of digits to learn from and 200 others; of MNIST where that is there."""
    list(build(folder, MNIST if MNIST.is_file() else None))
    return Project.open(folder)


def trained_for(project: Project, minutes: float, given: Mapping[str, Any]) -> Reached:
    """Train as many epochs as the minutes allow, the last epoch's end included."""
    with tempfile.TemporaryDirectory() as name:
        seconds = _seconds_an_epoch(project, given, Path(name))
    return trained(project, max(int(60 * minutes / seconds), 1), given)


def trained(
    project: Project, epochs: int, given: Mapping[str, Any], split: str = "test"
) -> Reached:
    """Train with the defaults, but for what is given, and measure the best weights on a split."""
    from studio.yolo.detect import Detector
    from studio.yolo.evaluate import evaluate
    from studio.yolo.train import train

    dataset = project.dataset()
    with tempfile.TemporaryDirectory() as name:
        run = new_run(Path(name), "quality", _config(project, dataset, {**given, "epochs": epochs}))
        began = time.monotonic()
        for _ in train(run.config, dataset, run):
            pass
        seconds = time.monotonic() - began
        detector = Detector.load(run.path, "float32")
        *_, result = evaluate(detector, dataset.labelled(split))
    assert isinstance(result, EvalResult)
    return Reached(result.ap50 or 0.0, result.ap or 0.0, epochs, seconds)


def _seconds_an_epoch(project: Project, given: Mapping[str, Any], folder: Path) -> float:
    """Guess from a few steps, and add a tenth for validating and saving."""
    from studio.yolo.train import train

    dataset = project.dataset()
    config = _config(project, dataset, {**given, "epochs": 1000})
    seen: list[tuple[float, int]] = []
    pictures = len(dataset.labelled("train"))
    events = train(config, dataset, new_run(folder, free_name(folder, "trial"), config))
    for event in events:
        if isinstance(event, StepMetrics):
            seen.append((time.monotonic(), event.step))
            if len(seen) == TRIAL:
                events.close()
                break
    (began, first), (ended, last) = seen[TRIAL // 3], seen[-1]
    each = (ended - began) / (last - first)
    return 1.1 * each * pictures / min(config.batch_size, pictures)


def _config(project: Project, dataset: Dataset, given: Mapping[str, Any]) -> Any:
    file = project.root / FILE
    return configure(dataset, project.anchors, project.training, given, file)[0]
