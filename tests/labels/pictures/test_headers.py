"""The size in a header is that of the picture which the decoder gives."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from studio.errors import FileError
from studio.labels import images
from studio.labels.opencv import cv2
from studio.labels.pictures.headers import upright_size
from tests.labels.picture_files import exif, jpeg_segment, png_chunk

WIDTH, HEIGHT = 80, 60


def encode(suffix: str) -> bytes:
    return cv2.imencode(suffix, np.full((HEIGHT, WIDTH, 3), 90, np.uint8))[1].tobytes()


def app1(body: bytes) -> bytes:
    return jpeg_segment(0xE1, body)


def photograph_note(orientation: int, order: str = "<") -> bytes:
    return app1(b"Exif\0\0" + exif(orientation, order))


def with_segments(*segments: bytes) -> bytes:
    data = encode(".jpg")
    return data[:2] + b"".join(segments) + data[2:]


def with_chunk(body: bytes, before_pixels: bool) -> bytes:
    data = encode(".png")
    at = 33 if before_pixels else data.index(b"IEND") - 4
    return data[:at] + png_chunk(b"eXIf", body) + data[at:]


XMP = app1(b"http://ns.adobe.com/xap/1.0/\0<x/>")
BROKEN = app1(b"Exif\0\0" + exif(6)[:18])
PICTURES = {
    **{suffix: encode(suffix) for suffix in (".jpg", ".png", ".bmp", ".webp", ".tif", ".ppm")},
    **{f"orientation {value}": with_segments(photograph_note(value)) for value in range(10)},
    "big-endian": with_segments(photograph_note(6, ">")),
    "XMP first": with_segments(XMP, photograph_note(8)),
    "XMP last": with_segments(photograph_note(8), XMP),
    "two orientations": with_segments(photograph_note(1), photograph_note(6)),
    "a broken orientation": with_segments(BROKEN),
    "filled up": with_segments(b"\xff", photograph_note(6)),
    "PNG that turns": with_chunk(exif(6), before_pixels=True),
    "PNG that turns at the end": with_chunk(exif(6), before_pixels=False),
    "film after the picture": encode(".jpg") + b"\xff\xc0\0\x11\x08" + bytes(40),
}


@pytest.mark.parametrize("data", PICTURES.values(), ids=PICTURES.keys())
def test_the_size_is_that_of_the_decoded_picture(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.any"
    path.write_bytes(data)
    height, width = images.load(path).shape[:2]
    assert upright_size(path) == (width, height)


def test_a_turned_photograph_is_higher_than_wide(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(with_segments(photograph_note(6)))
    assert upright_size(path) == (HEIGHT, WIDTH)


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_ordinary_pictures_are_not_decoded(
    tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(encode(suffix))
    monkeypatch.delattr(images, "load")
    assert upright_size(path) == (WIDTH, HEIGHT)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no picture",
        b"\xff\xd8",
        b"\x89PNG\r\n\x1a\n",
        encode(".jpg")[:30],
        encode(".png")[:20],
        encode(".jpg").replace(struct.pack(">HH", HEIGHT, WIDTH), bytes(4)),
    ],
)
def test_what_has_no_size_is_named(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(data)
    with pytest.raises(FileError, match=r"a\.jpg"):
        upright_size(path)


def test_a_picture_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"none\.jpg: cannot be read: No such file"):
        upright_size(tmp_path / "none.jpg")


def test_every_real_picture(bccd: Path) -> None:
    pictures = sorted((bccd / "JPEGImages").iterdir())
    assert {upright_size(path) for path in pictures} == {(640, 480)}
