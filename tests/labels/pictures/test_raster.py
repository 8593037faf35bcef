"""Pictures as they are: every format, depth and kind of colour comes out upright, and right."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from studio.errors import FileError
from studio.labels import images
from studio.labels.opencv import cv2
from studio.labels.pictures import raster
from studio.labels.pictures.headers import upright_size
from tests.labels.picture_files import animation, cmyk_jpeg, encode, png_chunk, scene, tiff, turned

PATH = Path("some.picture")
RGB = scene()
GREY = RGB[..., 0]
WIDE = RGB.astype(np.uint16) * 257  # the same in 16 bits
ALPHA = np.full((60, 80, 1), 255, np.uint8)
ALPHA[:20, :30] = 0
ON_WHITE = np.where(ALPHA == 0, 255, RGB)
RGBA = np.concatenate([RGB, ALPHA], axis=2)
INKS = np.concatenate([255 - RGB, np.zeros_like(ALPHA)], axis=2)


def with_alpha(colour: NDArray[Any], scale: int = 1) -> NDArray[Any]:
    return np.concatenate([colour, ALPHA.astype(colour.dtype) * scale], axis=2)


def decode(data: bytes) -> images.Image:
    return images.decode(data, PATH)


# What each file must come out as, in RGB.
EXACT = {
    "TIFF": (tiff(RGB), RGB),
    "TIFF, big-endian": (tiff(RGB, order=">"), RGB),
    "TIFF, BigTIFF": (tiff(RGB, big=True), RGB),
    "TIFF, BigTIFF, big-endian": (tiff(RGB, big=True, order=">"), RGB),
    "TIFF, planes apart": (tiff(RGB, planar=True), RGB),
    "TIFF, 16 bits": (tiff(WIDE), RGB),
    "TIFF, 16 bits, big-endian": (tiff(WIDE, order=">"), RGB),
    "TIFF, 16 bits, planes apart": (tiff(WIDE, planar=True), RGB),
    "TIFF, 16 bits by OpenCV": (encode(WIDE, ".tif"), RGB),
    "TIFF, grey": (tiff(GREY[..., None], 1), GREY),
    "TIFF, white is 0": (tiff(255 - GREY[..., None], 0), GREY),
    "TIFF, 16 bits, grey": (tiff(WIDE[..., :1], 1), GREY),
    "TIFF, 16 bits, white is 0": (tiff(65535 - WIDE[..., :1], 0), GREY),
    "TIFF, palette": (
        tiff(
            np.arange(256, dtype=np.uint8).reshape(16, 16, 1),
            3,
            palette=[*(np.arange(256) * 257), *([0] * 256), *(65535 - np.arange(256) * 257)],
        ),
        np.dstack([np.arange(256), np.zeros(256), 255 - np.arange(256)]).reshape(16, 16, 3),
    ),
    "TIFF, CMYK": (tiff(INKS, 5), RGB),
    "TIFF, alpha": (tiff(RGBA, extra=2), ON_WHITE),
    "TIFF, multiplied by alpha": (tiff(np.where(ALPHA == 0, 0, RGBA), extra=1), ON_WHITE),
    "TIFF, a fourth channel that is no alpha": (tiff(RGBA, extra=0), RGB),
    "TIFF, 16 bits, alpha": (tiff(with_alpha(WIDE, 257), extra=2), ON_WHITE),
    "TIFF, floats": (tiff((RGB / 255 + 1e-4).astype(np.float32)), RGB),
    "TIFF, floats, alpha": (
        tiff(with_alpha((RGB / 255 + 1e-4).astype(np.float32)).clip(0, 1), extra=2),
        ON_WHITE,
    ),
    "TIFF, 32 bits": (tiff(RGB.astype(np.int32)), RGB),
    "TIFF, 32 bits, grey": (tiff(GREY[..., None].astype(np.int32), 1), GREY),
    "TIFF, floats outside of 0 to 1": (
        encode(np.array([[0, 0.5, 1, 7, -3, np.nan]], np.float32), ".tif"),
        np.array([[0, 127, 255, 255, 0, 0]]),
    ),
    "TIFF by OpenCV": (encode(RGB, ".tif"), RGB),
    "PNG": (encode(RGB, ".png"), RGB),
    "PNG, grey": (encode(GREY, ".png"), GREY),
    "PNG, 16 bits, grey": (encode(WIDE[..., 0], ".png"), GREY),
    "PNG, 16 bits": (encode(WIDE, ".png"), RGB),
    "PNG, 16 bits, alpha": (encode(with_alpha(WIDE, 257), ".png"), ON_WHITE),
    "PNG, alpha": (encode(RGBA, ".png"), ON_WHITE),
    "PPM": (encode(RGB, ".ppm"), RGB),
    "PPM, 16 bits": (encode(WIDE, ".ppm"), RGB),
    "BMP": (encode(RGB, ".bmp"), RGB),
    "BMP, grey": (encode(GREY, ".bmp"), GREY),
    "BMP, alpha": (encode(RGBA, ".bmp"), ON_WHITE),
    "JPEG 2000": (encode(RGB, ".jp2"), RGB),
    "WebP": (encode(RGB, ".webp", cv2.IMWRITE_WEBP_QUALITY, 101), RGB),
    "WebP, alpha": (encode(RGBA, ".webp", cv2.IMWRITE_WEBP_QUALITY, 101), ON_WHITE),
    "APNG": (animation([RGB, 255 - RGB], ".png"), RGB),
}

CLOSE = {
    "JPEG": (encode(RGB, ".jpg", cv2.IMWRITE_JPEG_QUALITY, 98), RGB),
    "JPEG, grey": (encode(GREY, ".jpg", cv2.IMWRITE_JPEG_QUALITY, 98), GREY),
    "JPEG, progressive": (encode(RGB, ".jpg", cv2.IMWRITE_JPEG_PROGRESSIVE, 1), RGB),
    "JPEG, CMYK": (cmyk_jpeg(INKS), RGB),
    "JPEG, CMYK that Adobe did not mark": (cmyk_jpeg(INKS, adobe=False), RGB),
    "animated WebP": (animation([RGB, 255 - RGB], ".webp"), RGB),
}

# These make colours coarser, so they hold one that they all can hold.
GREEN = np.zeros_like(RGB)
GREEN[:] = (0, 255, 0)
RED = GREEN[..., [1, 0, 2]]
COARSE = {
    "GIF": (encode(GREEN, ".gif"), GREEN),
    "animated GIF": (animation([GREEN, RED, RED], ".gif"), GREEN),
    "GIF, transparent": (encode(np.where(ALPHA == 0, 0, with_alpha(GREEN)), ".gif"), None),
}
if cv2.haveImageWriter("a.avif"):
    COARSE["AVIF"] = (encode(GREEN, ".avif"), GREEN)
    COARSE["animated AVIF"] = (animation([GREEN, RED], ".avif"), GREEN)

EVERY = {name: data for table in (EXACT, CLOSE, COARSE) for name, (data, _) in table.items()}


@pytest.mark.parametrize(("data", "expected"), EXACT.values(), ids=EXACT)
def test_each_kind_comes_out_as_it_was_made(data: bytes, expected: NDArray[Any]) -> None:
    found = decode(data)
    assert found.dtype == np.uint8
    expected = expected if expected.ndim == 3 else expected[..., None]
    np.testing.assert_array_equal(found, expected + np.zeros(3))


@pytest.mark.parametrize(("data", "expected"), CLOSE.values(), ids=CLOSE)
def test_what_loses_a_little_comes_out_nearly_as_it_was(
    data: bytes, expected: NDArray[Any]
) -> None:
    expected = expected if expected.ndim == 3 else expected[..., None]
    assert np.median(np.abs(decode(data) - (expected + np.zeros(3)))) <= 3


@pytest.mark.parametrize(("data", "expected"), COARSE.values(), ids=COARSE)
def test_of_an_animation_it_is_the_first_frame(data: bytes, expected: images.Image | None) -> None:
    expected = np.where(ALPHA == 0, 255, GREEN) if expected is None else expected
    assert np.abs(decode(data).astype(int) - expected).mean() < 8


@pytest.mark.parametrize("data", EVERY.values(), ids=EVERY)
def test_the_header_tells_the_size_that_the_decoder_gives(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"  # whatever it is: names do not count
    path.write_bytes(data)
    height, width = images.load(path).shape[:2]
    assert upright_size(path) == (width, height)


@given(
    st.tuples(st.integers(1, 90), st.integers(1, 90)),
    st.integers(1, 8),
    st.sampled_from([".jpg", ".png", ".webp", ".tif", ".gif", ".bmp", ".ppm"]),
)
def test_the_size_is_upright_for_any_size_and_orientation(
    size: tuple[int, int], orientation: int, suffix: str
) -> None:
    image = scene(*size)
    if suffix == ".tif":
        data = tiff(image, orientation=orientation)
    elif suffix in (".jpg", ".png", ".webp"):
        data = turned(encode(image, suffix), orientation)
    else:
        data, orientation = encode(image, suffix), 1
    found = decode(data)
    expected = size if orientation < 5 else size[::-1]
    assert (found.shape[1], found.shape[0]) == expected
    header = raster.read_header(raster.io.BytesIO(data))
    assert header is None if suffix == ".ppm" else header and header.upright == expected


# What a camera that was turned has stored, by the orientation that it noted (Exif 2.3, table 5).
STORED = {
    1: lambda upright: upright,
    2: lambda upright: upright[:, ::-1],
    3: lambda upright: upright[::-1, ::-1],
    4: lambda upright: upright[::-1],
    5: lambda upright: upright.transpose(1, 0, 2),
    6: lambda upright: np.rot90(upright, 1),
    7: lambda upright: upright[::-1, ::-1].transpose(1, 0, 2),
    8: lambda upright: np.rot90(upright, -1),
}


@pytest.mark.parametrize("orientation", STORED)
@pytest.mark.parametrize(
    "kind", ["PNG", "PNG, alpha", "WebP", "TIFF", "TIFF, 16 bits", "TIFF, alpha"]
)
def test_every_format_is_turned_upright(kind: str, orientation: int) -> None:
    picture = WIDE if kind == "TIFF, 16 bits" else RGBA if "alpha" in kind else RGB
    stored = np.ascontiguousarray(STORED[orientation](picture))
    if kind.startswith("PNG"):
        data = turned(encode(stored, ".png"), orientation)
    elif kind == "WebP":
        data = turned(encode(stored, ".webp", cv2.IMWRITE_WEBP_QUALITY, 101), orientation)
    else:
        extra = 2 if kind == "TIFF, alpha" else None
        data = tiff(stored, orientation=orientation, extra=extra)
    expected = ON_WHITE if "alpha" in kind else RGB
    np.testing.assert_array_equal(decode(data), expected)


@pytest.mark.parametrize("orientation", STORED)
def test_a_turned_photograph_is_upright(orientation: int) -> None:
    stored = np.ascontiguousarray(STORED[orientation](RGB))
    data = turned(encode(stored, ".jpg", cv2.IMWRITE_JPEG_QUALITY, 98), orientation)
    found = decode(data)
    assert found.shape == RGB.shape
    assert np.median(np.abs(found.astype(int) - RGB)) <= 3  # blocks blur at their edges only


def test_one_sensor_of_twelve_bits_is_seen() -> None:
    sensor = (RGB[..., :1].astype(int) * 4095 // 255).astype(np.uint16)
    np.testing.assert_allclose(decode(tiff(sensor, 1))[..., 0], GREY, atol=1)
    np.testing.assert_allclose(decode(encode(sensor[..., 0], ".png"))[..., 0], GREY, atol=1)


# --- names and sizes ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["ü 细胞 😀.png", "a" * 251 + ".png", "no suffix", "a.jpg"])
def test_any_name_can_be_read(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(encode(RGB, ".png"))
    assert (images.load(path) == RGB).all()
    assert upright_size(path) == (80, 60)


def test_a_path_longer_than_the_system_takes_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path.joinpath(*["a" * 200] * 25, "a.png")
    for read in (images.load, upright_size):
        with pytest.raises(FileError, match="cannot be read"):
            read(path)


@pytest.mark.skipif(os.name == "nt", reason="Windows takes 260 characters unless told otherwise")
def test_a_path_nearly_as_long_as_the_system_takes(tmp_path: Path) -> None:
    folder = tmp_path
    while len(str(folder)) < 3700:
        folder /= "b" * 200
    folder.mkdir(parents=True)
    images.save(folder / "a.png", RGB)
    assert (images.load(folder / "a.png") == RGB).all()


def test_more_pixels_than_can_be_decoded_are_a_sentence() -> None:
    stored = bytearray(encode(RGB, ".bmp"))
    stored[18:26] = (60_000).to_bytes(4, "little") * 2
    with pytest.raises(FileError, match="claims to have 60,000 × 60,000 pixels"):
        decode(bytes(stored))


def test_more_pixels_than_there_is_memory_are_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raster, "memory", lambda: 80 * 60 * 3)
    assert decode(encode(RGB, ".jpg")).shape == (60, 80, 3)
    with pytest.raises(FileError, match="more than fit into the memory"):
        decode(encode(RGB, ".png"))


def test_memory_that_runs_out_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def run_out(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(raster, "to_8_bit", run_out)
    with pytest.raises(FileError, match="too large for the memory that is left"):
        decode(encode(RGB, ".png"))


def test_a_picture_without_pixels_is_a_sentence() -> None:
    empty = b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", bytes(13)) + png_chunk(b"IEND", b"")
    for data in (empty, b"GIF89a" + bytes(20), b"BM" + bytes(60), b"II*\0" + bytes(8)):
        with pytest.raises(FileError, match=r"some\.picture: "):
            decode(data)
