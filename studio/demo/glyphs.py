"""Ink: single digits as grey pictures, drawn with a shaky pen or read from MNIST files."""

from __future__ import annotations

import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.demo.strokes import WAYS, Stroke
from studio.errors import FileError
from studio.labels.files import read_bytes
from studio.labels.opencv import cv2

Ink = NDArray[np.uint8]  # (height, width): 0 nothing, 255 full ink

Source = Callable[[int, np.random.Generator], Ink]
"""Gives the ink of a digit, another one at each call; its edges are those of the digit."""

_DAMAGED = (zipfile.BadZipFile, zlib.error, cv2.error, RuntimeError)  # the last: encrypted

_CANVAS = 128  # pixels of the square that a digit is drawn in, before it is cropped


def draw_digit(digit: int, rng: np.random.Generator) -> Ink:
    """Draw a digit as a person might: their own slant, proportions, pen and tremor."""
    ways = WAYS[digit]
    strokes = ways[rng.integers(len(ways))]
    hand = _random_hand(rng)
    width = int(rng.integers(7, 15))
    ink = np.zeros((_CANVAS, _CANVAS), np.uint8)
    for stroke in strokes:
        points = (_shake(_smooth(stroke), rng) @ hand[:, :2].T + hand[:, 2]) * 16
        cv2.polylines(ink, [points.round().astype(np.int32)], False, 255, width, cv2.LINE_AA, 4)
    return crop(cv2.GaussianBlur(ink, (0, 0), 1.2))  # type: ignore[arg-type]  # stubs lose the dtype


def _random_hand(rng: np.random.Generator) -> NDArray[np.float64]:
    """Return a 2 × 3 map from the unit square into the canvas: proportions, slant, rotation."""
    size = np.diag([rng.uniform(38, 62), rng.uniform(74, 88)])
    slant = np.array([[1, rng.normal(-0.12, 0.14)], [0, 1]])
    angle = rng.normal(0, 0.08)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    linear = turn @ slant @ size
    centre = _CANVAS / 2 - linear @ (0.5, 0.5)
    return np.column_stack([linear, centre])


def _smooth(stroke: Stroke) -> NDArray[np.float64]:
    """Return points along a Catmull–Rom curve through a stroke's control points."""
    points = np.array(stroke)
    before, after = 2 * points[0] - points[1], 2 * points[-1] - points[-2]
    p = np.vstack([before, points, after])
    t = np.linspace(0, 1, 9)[:, None]
    pieces = [
        0.5
        * (
            2 * b
            + (c - a) * t
            + (2 * a - 5 * b + 4 * c - d) * t**2
            + (3 * b - a - 3 * c + d) * t**3
        )
        for a, b, c, d in zip(p, p[1:], p[2:], p[3:], strict=False)
    ]
    return np.vstack(pieces)


def _shake(points: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Bend a stroke by two slow waves, since no hand draws the same curve twice."""
    along = np.linspace(0, 1, len(points))[:, None]
    for frequency in (1.0, 2.2):
        phase, height = rng.uniform(0, 2 * np.pi, 2), rng.normal(0, 0.022, 2)
        points = points + height * np.sin(2 * np.pi * frequency * along + phase)
    return points


def crop(ink: Ink, threshold: int = 60) -> Ink:
    """Cut a picture of ink to what a person would put a box around."""
    rows, columns = (np.flatnonzero((ink > threshold).any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return ink
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


# --- MNIST --------------------------------------------------------------------------------------


def mnist_source(path: Path) -> tuple[Source, Source]:
    """Return real digits for training and for testing, never the same ones.

    Reads an IDX file of pictures with its labels beside it (gzip or not), Keras' npz, or a zip of
    pictures named LABEL_NUMBER. Raises FileError for anything else.
    """
    pictures, labels = read_mnist(path)
    of_digit = [pictures[labels == digit] for digit in range(10)]
    if min(map(len, of_digit)) < 2:
        raise FileError(path, "does not hold at least two of each digit")
    cut = [len(group) * 5 // 6 for group in of_digit]
    learn = [group[:end] for group, end in zip(of_digit, cut, strict=True)]
    test = [group[end:] for group, end in zip(of_digit, cut, strict=True)]
    return _pick_from(learn), _pick_from(test)


def _pick_from(of_digit: list[NDArray[np.uint8]]) -> Source:
    def pick(digit: int, rng: np.random.Generator) -> Ink:
        return crop(of_digit[digit][rng.integers(len(of_digit[digit]))])

    return pick


def read_mnist(path: Path) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return `(n, 28, 28)` pictures, white ink on black, and `(n,)` labels; raises FileError."""
    data = read_bytes(path)
    try:
        pictures, labels = _read_any(data, path)
    except (ValueError, TypeError, KeyError, OSError, EOFError, *_DAMAGED) as error:
        what = "is no IDX, npz or zip file of digits that can be read"
        raise FileError(path, f"{what}: {error}") from error
    if pictures.ndim != 3 or labels.shape != pictures.shape[:1]:
        shapes = f"pictures {pictures.shape} and labels {labels.shape}"
        raise FileError(path, f"does not hold a label for each picture: {shapes}")
    return pictures, labels


def _read_any(data: bytes, path: Path) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    if path.suffix == ".npz":
        return _read_npz(data)
    if path.suffix == ".zip":
        return _read_zip(data)
    return _read_idx(data), _read_idx(read_bytes(_labels_beside(path))).astype(np.int64)


def _read_npz(data: bytes) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    with np.load(io.BytesIO(data), allow_pickle=False) as archive:
        pictures = np.concatenate([archive["x_train"], archive["x_test"]])
        labels = np.concatenate([archive["y_train"], archive["y_test"]])
    return pictures.astype(np.uint8), labels.astype(np.int64)


def _read_zip(data: bytes) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    pictures, labels = [], []
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in sorted(archive.namelist()):
            match = re.search(r"(?:^|/)(\d)_[^/]*\.\w+$", name)
            if match:
                raw = np.frombuffer(archive.read(name), np.uint8)
                picture = cv2.imdecode(raw, cv2.IMREAD_GRAYSCALE) if len(raw) else None
                if picture is None:
                    raise ValueError(f"{name} is no picture")
                pictures.append(picture)
                labels.append(int(match[1]))
    if not pictures:
        raise ValueError("no picture in it is named LABEL_NUMBER")
    return np.stack(pictures).astype(np.uint8), np.array(labels, np.int64)


def _labels_beside(path: Path) -> Path:
    """Return the labels of an IDX file: train-images-idx3-ubyte has train-labels-idx1-ubyte."""
    name = path.name.replace("images", "labels").replace("idx3", "idx1")
    if name == path.name:
        raise ValueError("its name does not say which file holds the labels")
    return path.with_name(name)


def _read_idx(data: bytes) -> NDArray[np.uint8]:
    """Read an IDX file of bytes: two zeros, type 8, the number of dimensions, their sizes."""
    if data.startswith(b"\x1f\x8b"):
        data = gzip.decompress(data)
    if data[:3] != b"\x00\x00\x08":
        raise ValueError("an IDX file of bytes begins with 0 0 8")
    shape = np.frombuffer(data, ">u4", data[3], 4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * data[3]).reshape(shape)
