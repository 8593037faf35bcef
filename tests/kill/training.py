"""A training is killed again and again, mostly while it saves, and goes on each time.

It kills itself at a point that is drawn: before or after the nth step, flush or renaming since it
began. At its end weights, losses and metrics are those of a training that nobody cut, bit for bit.
"""

from __future__ import annotations

import csv
import itertools
import json
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from studio.errors import FileError
from studio.labels import images, voc
from studio.labels.anchors import Anchors
from studio.labels.boxes import Annotation, Box
from studio.project import Project
from tests.slim import make_slim

if TYPE_CHECKING:
    from studio.yolo.runs import Run

EPOCHS, PICTURES = 8, 12
POINTS = 80  # at which a training may be killed, about half of all that it comes by
OF_TIME = ("seconds", "data_wait", "memory")  # columns that are another each time
LOSSES = "losses.txt"


def run(rounds: int, seed: int = 0) -> Counter[str]:
    """Kill a training so often; return in which states it was found.

    In a process of its own: TensorFlow must not have computed anything in one that forks.
    """
    command = [sys.executable, "-m", "tests.kill.training", str(rounds), str(seed)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    return Counter(json.loads(done.stdout.splitlines()[-1]))


def _run(rounds: int, seed: int) -> Counter[str]:
    from studio.yolo.runs import new_run

    chance, found = random.Random(seed), Counter[str]()
    make_slim(pytest.MonkeyPatch())
    with TemporaryDirectory() as folder:
        root = Path(folder)
        _make(root)
        while found.total() < rounds:
            name = f"cut-{found.total()}"
            whole = new_run(root / "runs", f"whole-{name}", _config(root))
            _train_in_child(root, whole)
            cut = new_run(root / "runs", name, _config(root))
            found += _cut_up(root, cut, rounds - found.total(), chance)
            _check_same(whole, cut)
    return found


def _cut_up(root: Path, run: Run, rounds: int, chance: random.Random) -> Counter[str]:
    """Kill a run at random points until it ends or so many rounds are over, then let it end."""
    found: Counter[str] = Counter()
    while found.total() < rounds:
        is_killed = _train_in_child(root, run, chance.randint(1, POINTS), resume=bool(found))
        if not is_killed:
            return found
        found[_state_of(run)] += 1
    _train_in_child(root, run, resume=True)
    return found


def _state_of(run: Run) -> str:
    """Say what a kill has left; there is a whole state wherever one had been saved."""
    from studio.yolo.training.checkpoint import Checkpoint

    if not run.state.exists() and not run.previous_state.exists():
        return "before the first save"
    path = run.state if run.state.exists() else run.previous_state
    try:
        Checkpoint.load(path)
    except FileError as error:
        raise AssertionError(f"no whole state is left: {error}") from error
    if path == run.previous_state:
        return "between two renames"
    return "while a file was written" if list(run.path.glob(".*.part")) else "between two saves"


def _check_same(whole: Run, cut: Run) -> None:
    """Check weights, the losses of each step however often it was taken, and the epochs' rows."""
    from studio.yolo.weights.arrays import load_arrays

    for kind in ("last", "best", "state"):
        one, other = load_arrays(getattr(whole, kind)), load_arrays(getattr(cut, kind))
        assert one.keys() == other.keys(), kind
        for name, values in one.items():
            assert np.array_equal(values, other[name]), f"{kind}: {name} differs"
    expected = dict(line.split(" ", 1) for line in (whole.path / LOSSES).read_text().splitlines())
    for line in (cut.path / LOSSES).read_text().splitlines():
        step, losses = line.split(" ", 1)
        assert losses == expected[step], f"step {step}: other losses"
    assert _rows(whole) == _rows(cut), "other rows in metrics.csv"
    assert [int(row["epoch"]) for row in _rows(cut)] == list(range(1, EPOCHS + 1))
    assert not cut.previous_state.exists(), "the state before the last is kept after the end"
    assert not list(cut.path.glob(".*.part")), "a file that was cut off is kept"


def _rows(run: Run) -> list[dict[str, str]]:
    rows = csv.DictReader(run.metrics.read_text().splitlines())
    return [{name: row[name] for name in row if name not in OF_TIME} for row in rows]


def _make(root: Path) -> None:
    """Make pictures with a square each, two thirds of them to learn from."""
    rng = np.random.default_rng(5)
    lists = root / "ImageSets" / "Main"
    lists.mkdir(parents=True)
    names = [f"p{number:02}" for number in range(PICTURES)]
    for name in names:
        image = rng.integers(100, 150, (64, 64, 3), np.uint8)
        x, y = (int(v) for v in rng.integers(1, 30, 2))
        image[y : y + 24, x : x + 24] = 250
        path = root / "images" / f"{name}.png"
        path.parent.mkdir(exist_ok=True)
        images.save(path, image)
        boxes = (Box("square", x, y, x + 24, y + 24),)
        voc.write(root / "annotations" / f"{name}.xml", Annotation(path, 64, 64, boxes=boxes))
    for split, part in (("train", names[:8]), ("val", names[8:])):
        (lists / f"{split}.txt").write_text("\n".join(part))


def _config(root: Path):  # type: ignore[no-untyped-def]
    from studio.yolo.config import TrainConfig
    from studio.yolo.network.model import ModelConfig

    anchors = Anchors(((10, 10), (14, 14), (18, 18), (20, 20), (24, 24), (28, 28)), (64, 64))
    model = ModelConfig("yolov3-tiny", Project.open(root).dataset().classes, anchors, (64, 64))
    return TrainConfig(model, epochs=EPOCHS, batch_size=4, precision="float32", mosaic=0.5)


# --- the process that is killed -----------------------------------------------------------------


def _train_in_child(root: Path, run: Run, last: int | None = None, resume: bool = False) -> bool:
    """Train in a forked process, or go on with what is saved; at point `last` it kills itself.

    Returns whether it did.
    """
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status) or not os.WEXITSTATUS(status), "training failed"
        return os.WIFSIGNALED(status)
    code = 1
    try:
        _train(root, run, last, resume)
        code = 0
    except BaseException as error:
        print(f"{run.name}: {error!r}", file=sys.stderr)
        raise
    finally:
        os._exit(code)


def _train(root: Path, run: Run, last: int | None, resume: bool) -> None:
    """Train, saving after each step."""
    from studio.yolo.events import StepMetrics
    from studio.yolo.train import train
    from studio.yolo.training.checkpoint import Keeper
    from studio.yolo.training.learner import Learner

    Keeper.is_due = lambda *_args, **_kwargs: True  # type: ignore[method-assign]
    log = os.open(run.path / LOSSES, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    if last is not None:
        points = itertools.count(1)
        for owner, name in ((Learner, "step"), (os, "fsync"), (Path, "replace")):
            setattr(owner, name, _between_points(getattr(owner, name), points, last))
    for event in train(run.config, Project.open(root).dataset(), run, resume):
        if isinstance(event, StepMetrics):
            losses = [float(v).hex() for v in (event.losses.giou, event.losses.conf)]
            os.write(log, f"{event.step} {' '.join(losses)} {event.learning_rate!r}\n".encode())


def _between_points(
    work: Callable[..., Any], points: itertools.count[int], last: int
) -> Callable[..., Any]:
    """Return work that has a point before and one after it; at the last the process is killed."""

    def come_by() -> None:
        if next(points) == last:
            os.kill(os.getpid(), signal.SIGKILL)

    def done(*args: Any, **kwargs: Any) -> Any:
        come_by()
        result = work(*args, **kwargs)
        come_by()
        return result

    return done


if __name__ == "__main__":
    import studio.yolo.train  # noqa: F401  once for all that are forked

    print(json.dumps(_run(int(sys.argv[1]), int(sys.argv[2]))))
