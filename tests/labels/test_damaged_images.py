"""Pictures damaged at random: each is a picture or one sentence, and never a fight for memory."""

from __future__ import annotations

import random
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest

from studio.errors import FileError
from studio.labels import images
from studio.labels.opencv import cv2

KINDS = [".jpg", ".png", ".bmp", ".webp", ".tif", ".ppm"]
TEXTURE = cv2.resize(np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8), (53, 37))


def encoded(kind: str) -> bytes:
    return cv2.imencode(kind, TEXTURE)[1].tobytes()


def damaged(data: bytes, chance: random.Random) -> bytes:
    """Change, cut out or cut off a few bytes, in half of the cases within the header."""
    mutable = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        reach = len(mutable) if chance.random() < 0.5 else min(len(mutable), 64)
        at = chance.randrange(max(reach, 1))
        match chance.randrange(4):
            case 0:
                del mutable[at:]
            case 1:
                del mutable[at : at + chance.randint(1, 8)]
            case _:
                mutable[at : at + 1] = chance.randbytes(1)
    return bytes(mutable)


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_picture_is_a_picture_or_one_sentence(kind: str) -> None:
    whole, chance = encoded(kind), random.Random(kind)
    path = Path("some") / f"a{kind}"
    sentences = []
    for _ in range(200):
        try:
            image = images.decode(damaged(whole, chance), path)
        except FileError as error:
            sentences.append(str(error))
        else:
            assert (image.dtype, image.ndim, image.shape[2]) == (np.uint8, 3, 3)
    assert sentences
    assert all(s.startswith(str(path)) and "\n" not in s for s in sentences)


def chunk_at(data: bytes, kind: bytes) -> int:
    """Return where a chunk of a PNG begins: its length, then its kind."""
    return data.index(kind) - 4


def test_a_chunk_that_claims_gigabytes_is_not_believed() -> None:
    data = bytearray(encoded(".png"))
    at = chunk_at(bytes(data), b"IDAT")
    data[at : at + 4] = struct.pack(">I", 2**32 - 1)
    with pytest.raises(FileError, match="cut short or damaged"):
        images.decode(bytes(data), Path("a.png"))


def test_pixels_that_do_not_match_their_checksum_are_refused(
    capfd: pytest.CaptureFixture[str],
) -> None:
    data = bytearray(encoded(".png"))
    data[chunk_at(bytes(data), b"IDAT") + 20] ^= 1
    with pytest.raises(FileError, match="cut short or damaged"):
        images.decode(bytes(data), Path("a.png"))
    assert capfd.readouterr().err == ""


def test_a_wrong_checksum_of_mere_text_does_not_matter() -> None:
    data = encoded(".png")
    at = chunk_at(data, b"IDAT")
    text = b"tEXtComment\0made by hand"
    chunk = struct.pack(">I", len(text) - 4) + text + struct.pack(">I", zlib.crc32(text) ^ 1)
    image = images.decode(data[:at] + chunk + data[at:], Path("a.png"))
    np.testing.assert_array_equal(image, TEXTURE[..., ::-1])


def test_a_film_in_a_png_does_not_hide_its_end() -> None:
    """What follows the end of the picture is not looked at."""
    image = images.decode(encoded(".png") + b"\0" * 4096, Path("a.png"))
    np.testing.assert_array_equal(image, TEXTURE[..., ::-1])
