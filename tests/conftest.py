"""What all tests share: the real data set, and pictures made on the spot."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from studio.labels import images
from studio.labels.boxes import Annotation, Box
from studio.labels.folder.cache import VARIABLE
from studio.labels.voc import write
from studio.yolo.weights import published
from tests.slim import make_slim

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(autouse=True)
def folders_of_its_own(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keep tests away from the user's cache and weights, also in programs that they start."""
    monkeypatch.setenv(VARIABLE, str(tmp_path_factory.mktemp("cache")))
    monkeypatch.setenv(published.VARIABLE, str(tmp_path_factory.mktemp("data")))


@pytest.fixture(scope="session")
def bccd() -> Path:
    """364 photographs of blood cells with Pascal VOC labels, to be read only."""
    folder = SHARED / "bccd"
    if not folder.is_dir():
        pytest.skip(f"the data set {folder} is not on this machine")
    return folder


@pytest.fixture
def picture() -> Callable[..., Path]:
    """Make a picture of noise at a path, with its folders."""

    def make(path: Path, width: int = 40, height: int = 30, seed: int = 0) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        noise = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
        images.save(path, noise)
        return path

    return make


@pytest.fixture
def labels() -> Callable[..., Path]:
    """Write a label file with boxes given as (label, xmin, ymin, xmax, ymax)."""

    def make(path: Path, *boxes: tuple[str, float, float, float, float], image: str = "") -> Path:
        name = Path(image or path.with_suffix(".png").name)
        write(path, Annotation(name, 40, 30, boxes=tuple(Box(*box) for box in boxes)))
        return path

    return make


@pytest.fixture
def slim(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make YOLOv3-tiny a quarter as wide."""
    make_slim(monkeypatch)
