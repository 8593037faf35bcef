"""Pages of digits with their labels, as a project on disk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tomlkit
from numpy.typing import NDArray

from studio.demo.glyphs import Ink, Source, draw_digit, mnist_source
from studio.errors import FileError
from studio.labels import images, voc
from studio.labels.boxes import Annotation, Box, Floats, pairwise_iou
from studio.labels.files import write_atomic
from studio.labels.images import Image
from studio.labels.opencv import cv2

SIDE = 416
SMALLEST, LARGEST = 14, 112  # pixels of a digit's longer side
TRAIN, VAL, TEST = 900, 100, 200  # pictures: 1,000 to learn from, of which some validate
DIGITS = tuple(map(str, range(10)))
_MARGIN = 3  # pixels between digits
_MARK = ".yolo-studio-demo"  # the file, written first of all, that says whose folder it is


@dataclass(frozen=True, slots=True)
class Page:
    """An event of `build`: so many pictures are written."""

    done: int
    total: int


def build(
    folder: Path,
    mnist: Path | None = None,
    counts: tuple[int, int, int] = (TRAIN, VAL, TEST),
    seed: int = 0,
) -> Iterator[Page]:
    """Make the demo project: pictures, VOC XML, splits, and settings last of all.

    `mnist` is a file of real digits to use instead of drawn ones. Raises FileError when the folder
    holds something that is not ours or cannot be written.
    """
    _require_ours(folder)
    learn, test = mnist_source(mnist) if mnist else (draw_digit, draw_digit)
    write_atomic(folder / _MARK, b"Made by the command demo, which may write here again.\n")
    amounts = dict(zip(("train", "val", "test"), counts, strict=True))
    total, done = sum(amounts.values()), 0
    names: dict[str, list[str]] = {}
    for split, amount in amounts.items():
        names[split] = [f"{split}_{number:04d}" for number in range(1, amount + 1)]
        for name in names[split]:
            rng = np.random.default_rng((seed, done))
            _write_page(folder, name, test if split == "test" else learn, rng)
            done += 1
            yield Page(done, total)
    names["trainval"] = names["train"] + names["val"]
    for split, listed in names.items():
        text = "".join(f"{name}\n" for name in listed)
        write_atomic(folder / "ImageSets" / "Main" / f"{split}.txt", text.encode())
    write_atomic(folder / "studio.toml", _settings().encode())


def is_complete(folder: Path) -> bool:
    """Tell whether a folder holds a finished demo project."""
    return (folder / _MARK).exists() and (folder / "studio.toml").exists()


def _require_ours(folder: Path) -> None:
    """Raise FileError for a folder with anything in it that `build` has not begun."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise FileError(folder, "is not a folder")
    if any(folder.iterdir()) and not (folder / _MARK).exists():
        raise FileError(folder, "is not empty and no demo project; choose another folder")


def _settings() -> str:
    document = tomlkit.document()
    document["classes"] = list(DIGITS)
    training = tomlkit.table()
    training.add(tomlkit.comment("A mirrored digit is another digit, or none."))
    training["flip"] = "none"
    document["train"] = training
    return tomlkit.dumps(document)


def _write_page(folder: Path, name: str, source: Source, rng: np.random.Generator) -> None:
    page, boxes = compose(source, rng)
    image = folder / "JPEGImages" / f"{name}.jpg"
    images.save(image, page)
    annotation = Annotation(image, SIDE, SIDE, boxes=boxes)
    voc.write(folder / "Annotations" / f"{name}.xml", annotation)


def compose(source: Source, rng: np.random.Generator) -> tuple[Image, tuple[Box, ...]]:
    """Write some digits on a sheet of paper; returns the picture and a box around each."""
    page = _paper(rng)
    taken = np.empty((0, 4))
    boxes = []
    for _ in range(rng.integers(3, 11)):
        digit = int(rng.integers(10))
        ink = _resize(source(digit, rng), rng)
        place = _free_place(ink.shape, taken, rng)
        if place is None:
            continue
        taken = np.vstack([taken, place])
        _write(page, ink, place, rng)
        boxes.append(Box(str(digit), *place.tolist()))
    return np.clip(page, 0, 255).astype(np.uint8), tuple(boxes)


def _paper(rng: np.random.Generator) -> NDArray[np.float32]:
    """Return a light sheet, unevenly lit, with the grain of a camera."""
    tint = rng.uniform(200, 250) + rng.normal(0, 4, 3)
    across, down = rng.uniform(-25, 25, 2)
    ramp = np.linspace(-0.5, 0.5, SIDE)
    light = across * ramp[None, :] + down * ramp[:, None]
    grain = rng.normal(0, rng.uniform(1, 5), (SIDE, SIDE))
    sheet: NDArray[np.float32] = (tint + (light + grain)[..., None]).astype(np.float32)
    return sheet


def _resize(ink: Ink, rng: np.random.Generator) -> Ink:
    """Scale a digit to a longer side drawn evenly on a logarithmic scale."""
    side = np.exp(rng.uniform(np.log(SMALLEST), np.log(LARGEST)))
    scale = side / max(ink.shape)
    size = max(round(ink.shape[1] * scale), 2), max(round(ink.shape[0] * scale), 2)
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return cv2.resize(ink, size, interpolation=method)  # type: ignore[return-value]  # dtype lost


def _free_place(
    shape: tuple[int, ...], taken: Floats, rng: np.random.Generator
) -> NDArray[np.float64] | None:
    """Return a box for ink of that shape that keeps clear of the others, None if none is found."""
    height, width = shape
    for _ in range(30):
        x, y = rng.integers(0, SIDE - width + 1), rng.integers(0, SIDE - height + 1)
        place = np.array([x, y, x + width, y + height], float)
        wide = place + np.array([-_MARGIN, -_MARGIN, _MARGIN, _MARGIN])
        if not pairwise_iou(wide[None], taken).any():
            return place
    return None


def _write(
    page: NDArray[np.float32], ink: Ink, place: NDArray[np.float64], rng: np.random.Generator
) -> None:
    """Darken the paper where there is ink, in place."""
    x, y, right, bottom = place.astype(int)
    colour = rng.uniform(5, 90) + rng.normal(0, 18, 3)
    cover = (ink.astype(np.float32) / 255)[..., None]
    part = page[y:bottom, x:right]
    part += (colour.astype(np.float32) - part) * cover
