"""A training step beside those of other trainers, on the same pages where they take data.

Each is left out unless a variable names what it runs with:

- TORCH_PYTHON: an interpreter with PyTorch (a bare step in bfloat16: no data, no loss);
- ULTRALYTICS_PYTHON: an interpreter with Ultralytics (its trainer, its defaults);
- PYTHONLESSONS: a checkout of pythonlessons/TensorFlow-2.x-YOLOv3, run by this interpreter, which
  then needs tf_keras (a step of its trainer, in float32 as it has it).

Ours is measured again before each, since the machine may be busier now than then; data,
augmentation and loss included.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median

from studio.labels import images
from studio.project import Project
from tests.benchmarks import Row
from tests.benchmarks._steps import Steps, digits, training

SCRIPTS = Path(__file__).parent / "_peers"
ROUNDS = 6
FASTER = 0.268 / 0.060  # how many times as fast as pythonlessons' trainer we want to be


def measure() -> list[Row]:
    """Compare with each trainer that is there."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        digits(folder / "pages")
        _write_labels(folder)
        rows = [
            _beside("PyTorch, bare step, bfloat16", folder, _torch),
            _beside("Ultralytics yolo11n", folder, lambda: _ultralytics(folder, "yolo11n.yaml")),
            _beside(
                "Ultralytics yolov3-tiny", folder, lambda: _ultralytics(folder, "yolov3-tiny.yaml")
            ),
            _beside("pythonlessons, a 4.5th of", folder, lambda: _lessons(folder, 16), 1 / FASTER),
        ]
    return [row for row in rows if row]


def _beside(
    what: str, folder: Path, peer: Callable[[], float | None], share: float = 1.0
) -> Row | None:
    theirs = peer()
    if theirs is None:
        print(f"left out, as nothing says where it is: {what}", file=sys.stderr)
        return None
    steps = Steps(16)
    list(training(folder / "pages", steps, count=20))
    return Row(f"training, tiny, batch 16: an image; {what}", theirs * share, steps.an_image, "s")


def _torch() -> float | None:
    python = os.environ.get("TORCH_PYTHON")
    return _asked([python, str(SCRIPTS / "_torch.py"), "bfloat16"], 16) if python else None


def _lessons(folder: Path, batch: int) -> float | None:
    checkout = os.environ.get("PYTHONLESSONS")
    if not checkout:
        return None
    files = [str(folder / "lines.txt"), str(folder / "names.txt")]
    script = str(SCRIPTS / "_pythonlessons.py")
    return _asked([sys.executable, script, checkout, *files, "True", str(batch)], batch)


def _asked(command: list[str], batch: int) -> float:
    """Ask a script for the seconds of a few steps; returns the median for an image."""
    with tempfile.TemporaryDirectory() as scratch:
        done = subprocess.run(
            command,
            input="\n" * ROUNDS,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"TMPDIR": scratch},
            check=True,
            text=True,
        )
    answers = done.stdout.partition("ready")[2].split()
    return median(map(float, answers)) / batch


def _ultralytics(folder: Path, model: str) -> float | None:
    python = os.environ.get("ULTRALYTICS_PYTHON")
    if not python:
        return None
    call = [python, str(SCRIPTS / "_ultralytics.py"), model, str(folder / "data.yaml"), str(folder)]
    done = subprocess.run(call, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)  # noqa: PLW1510
    return float(done.stdout.rpartition("seconds")[2].split()[0]) / 16


def _write_labels(folder: Path) -> None:
    """Write the pages as the others read them: lines of corners, YOLO files, and a YAML."""
    dataset = Project.open(folder / "pages").dataset()
    for kind in ("images", "labels"):
        (folder / kind).mkdir()
    lines = []
    for item in dataset.labelled("train"):
        page = item.read()
        images.save(folder / "images" / item.image.name, item.load())
        corners, shares = "", ""
        for box in page.boxes:
            number = dataset.classes.index(box.label)
            edges = (box.xmin, box.ymin, box.xmax, box.ymax)
            corners += " " + ",".join(f"{round(edge)}" for edge in edges) + f",{number}"
            centre = (
                (box.xmin + box.xmax) / 2 / page.width,
                (box.ymin + box.ymax) / 2 / page.height,
            )
            size = ((box.xmax - box.xmin) / page.width, (box.ymax - box.ymin) / page.height)
            shares += f"{number} {centre[0]} {centre[1]} {size[0]} {size[1]}\n"
        lines.append(f"{item.image}{corners}")
        (folder / "labels" / f"{item.image.stem}.txt").write_text(shares)
    (folder / "lines.txt").write_text("\n".join(lines))
    (folder / "names.txt").write_text("\n".join(dataset.classes))
    names = "".join(f"  {i}: '{name}'\n" for i, name in enumerate(dataset.classes))
    (folder / "data.yaml").write_text(
        f"path: {folder}\ntrain: images\nval: images\nnames:\n{names}"
    )
