"""A folder of 100,000 pictures, half of them labelled: when it can be used, what that takes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np

from studio.labels import images, voc
from studio.labels.boxes import Annotation, Box
from tests.benchmarks import Row

ROOT = Path(__file__).resolve().parents[2]
PICTURES = 100_000
FOLDERS = 100
FILES = 20  # of one picture each; the others are further names of these, as far as a disk lets them
CLASSES = ("cat", "dog", "cow", "car")
REPEATS = 3


@dataclass(frozen=True, slots=True)
class Told:
    """What `_window_on` told; lateness in milliseconds."""

    usable: float
    indexed: float
    late: list[float]
    megabytes: float


def measure() -> list[Row]:
    """Open flat and nested folders in fresh processes, without what is kept of them and with it."""
    with TemporaryDirectory() as made:
        flat, nested = Path(made, "flat"), Path(made, "nested")
        _make(flat, 1)
        _make(nested, FOLDERS)
        first = [_open(flat, Path(made), anew=True) for _ in range(REPEATS)]
        again = [_open(flat, Path(made)) for _ in range(REPEATS)]
        deep = [_open(nested, Path(made), anew=True)]
        deep_again = [_open(nested, Path(made)) for _ in range(REPEATS)]
    late = [tick for told in first for tick in told.late]
    late_again = [tick for told in again for tick in told.late]
    whole = f"{PICTURES:,} pictures"
    return [
        Row(f"{whole} in one folder: list usable", 1.0, _usable(first), "s"),
        Row(f"{whole} in {FOLDERS} folders: list usable", 1.0, _usable(deep), "s"),
        Row(f"{PICTURES // 2:,} label files read", 60, median(t.indexed for t in first), "s"),
        Row("a 10 ms timer meanwhile, 99th percentile", 16, float(np.quantile(late, 0.99)), "ms"),
        Row("a 10 ms timer meanwhile, latest", 16, max(late), "ms"),
        Row(f"{whole} in one folder: usable again", 0.5, _usable(again), "s"),
        Row(f"{whole} in {FOLDERS} folders: usable again", 0.5, _usable(deep_again), "s"),
        Row("a 10 ms timer while it is checked, 99th percentile", 16, _late(late_again), "ms"),
        Row("a 10 ms timer while it is checked, latest", 16, max(late_again), "ms"),
        Row("memory of the window with it", 400, max(t.megabytes for t in first + deep), "MB"),
    ]


def _usable(found: list[Told]) -> float:
    return median(told.usable for told in found)


def _late(late: list[float]) -> float:
    return float(np.quantile(late, 0.99))


def _make(root: Path, folders: int) -> None:
    """Write tiny pictures with up to 24 boxes, every second one labelled."""
    rng = np.random.default_rng(0)
    seeds = [root / f"{n}.seed" for n in range(FILES)]
    for seed in seeds:
        images.save(seed.with_suffix(".jpg"), rng.integers(0, 256, (48, 64, 3), np.uint8))
        seed.with_suffix(".jpg").rename(seed)
    labels = [_labels(rng) for _ in range(500)]
    for n in range(PICTURES):
        name = f"camera {n % folders}/img_{n}" if folders > 1 else f"img_{n}"
        picture, label = root / "images" / f"{name}.jpg", root / "annotations" / f"{name}.xml"
        if n < folders:
            picture.parent.mkdir(parents=True, exist_ok=True)
            label.parent.mkdir(parents=True, exist_ok=True)
        _link(seeds[n % FILES], picture)
        if n % 2 == 0:
            label.write_bytes(labels[n // 2 % len(labels)])


def _labels(rng: np.random.Generator) -> bytes:
    boxes = tuple(
        Box(str(rng.choice(CLASSES)), 1 + i, 2, 30 + i, 40) for i in range(rng.integers(25))
    )
    return voc.render(Annotation(Path("picture.jpg"), 64, 48, boxes=boxes), Path("labels.xml"))


def _link(seed: Path, picture: Path) -> None:
    try:
        os.link(seed, picture)
    except OSError:
        shutil.copyfile(seed, picture)


def _open(folder: Path, made: Path, *, anew: bool = False) -> Told:
    cache = made / "cache"
    if anew:
        shutil.rmtree(cache, ignore_errors=True)
    environment = {
        "QT_QPA_PLATFORM": "offscreen",
        "XDG_CONFIG_HOME": str(made / "settings"),
        "YOLO_STUDIO_CACHE": str(cache),
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks._window_on", str(folder)],
        capture_output=True,
        check=True,
        cwd=ROOT,
        env=os.environ | environment,
        text=True,
    )
    told = json.loads(done.stdout.splitlines()[-1])
    assert not told["tensorflow"]
    assert (told["listed"], told["labelled"]) == (PICTURES, PICTURES // 2)
    return Told(told["usable"], told["indexed"], told["late"], told["megabytes"])
