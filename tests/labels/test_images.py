"""One decoder for every kind of picture, and the way into the network's input and back."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import FileError
from studio.labels import images
from studio.labels.images import GREY, Letterbox, warp
from tests.labels.picture_files import encode, jpeg_segment, png_chunk, scene

PATH = Path("some.png")


# --- decoding -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_what_is_transparent_becomes_white(kind: type) -> None:
    most = np.iinfo(kind).max
    pixels = np.array([[[100, 0, 0, 255], [100, 0, 0, 0], [100, 0, 0, 127]]], np.uint8)
    found = images.decode(encode(pixels.astype(kind) * (most // 255), ".png"), PATH)
    assert found[0, 0].tolist() == [100, 0, 0]
    assert found[0, 1].tolist() == [255, 255, 255]
    np.testing.assert_allclose(found[0, 2], [178, 128, 128], atol=1)


def palette_png(transparent: bool) -> bytes:
    """Two pixels, red and blue, of a palette in which red may be transparent."""
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            png_chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 1, 8, 3, 0, 0, 0)),
            png_chunk(b"PLTE", bytes([255, 0, 0, 0, 0, 255])),
            png_chunk(b"tRNS", b"\0") if transparent else b"",
            png_chunk(b"IDAT", zlib.compress(b"\0\0\1")),
            png_chunk(b"IEND", b""),
        ]
    )


def test_a_palette() -> None:
    assert images.decode(palette_png(False), PATH).tolist() == [[[255, 0, 0], [0, 0, 255]]]
    assert images.decode(palette_png(True), PATH).tolist() == [[[255, 255, 255], [0, 0, 255]]]


def test_a_preview_and_a_film_in_a_photograph_are_not_its_end() -> None:
    """Telephones put a small JPEG before the picture, and a film with any bytes behind it."""
    photograph = encode(scene(), ".jpg")
    with_preview = photograph[:2] + jpeg_segment(0xE1, encode(scene(8, 6), ".jpg")) + photograph[2:]
    film = bytes(range(256)) * 20 + b"\xff\xda"
    assert images.decode(with_preview + film, PATH).shape == (60, 80, 3)
    with pytest.raises(FileError, match="cut short"):
        images.decode(with_preview[:-200], PATH)
    assert images.decode(encode(scene(), ".png") + film, PATH).shape == (60, 80, 3)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".bmp", ".webp", ".tif", ".jp2", ".ppm"])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9])
def test_half_a_picture_is_refused(
    suffix: str, share: float, capfd: pytest.CaptureFixture[str]
) -> None:
    data = encode(np.random.default_rng(0).integers(0, 256, (40, 50, 3), np.uint8), suffix)
    with pytest.raises(FileError, match=r"some\.png: .*(cut short|damaged)"):
        images.decode(data[: int(len(data) * share)], PATH)
    assert capfd.readouterr() == ("", "")  # the decoders themselves say nothing


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty file"),
        (b"this is a text", "not a picture"),
        (b"\xff\xd8", "cut short"),
        (b"\x89PNG", "cut short"),
        (b"\x89PNG\r\n\x1a\n" + png_chunk(b"IEND", b""), "not a picture"),
        (
            b"\x89PNG\r\n\x1a\n"
            + png_chunk(b"IHDR", struct.pack(">IIBBBBB", 2**30, 2**30, 8, 2, 0, 0, 0))
            + png_chunk(b"IEND", b""),
            "more than can be decoded",
        ),
    ],
    ids=["empty", "text", "JPEG start", "PNG start", "PNG without a header", "PNG too large"],
)
def test_what_is_no_picture_is_said_in_a_sentence(data: bytes, reason: str) -> None:
    with pytest.raises(FileError, match=reason) as caught:
        images.decode(data, PATH)
    assert str(caught.value).startswith("some.png: ")


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "none.jpg", tmp_path):
        with pytest.raises(FileError, match="cannot be read"):
            images.load(path)


# --- saving -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.png", "ü 细胞.png", "UPPER.PNG", "a.bmp"])
def test_a_saved_picture_is_the_one_that_is_loaded(name: str, tmp_path: Path) -> None:
    images.save(tmp_path / name, scene())
    assert (images.load(tmp_path / name) == scene()).all()


def test_a_wrong_suffix_does_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(encode(scene(), ".png"))
    assert (images.load(path) == scene()).all()


def test_an_unknown_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"cannot be written as \.xyz"):
        images.save(tmp_path / "a.xyz", scene())
    assert not list(tmp_path.iterdir())


# --- the letterbox ------------------------------------------------------------------------------

lengths = st.integers(1, 4000)
sizes = st.tuples(lengths, lengths)


@given(sizes, sizes)
def test_a_picture_fills_its_letterbox_in_one_direction(
    size: tuple[int, int], target: tuple[int, int]
) -> None:
    view = Letterbox.fit(size, target)
    whole = view.forward(np.array([0.0, 0, *size]))
    left, top, right, bottom = whole
    width, height = target
    assert left == pytest.approx(width - right, abs=1e-6)  # centred
    assert top == pytest.approx(height - bottom, abs=1e-6)
    assert min(left, top) == pytest.approx(0, abs=1e-6)
    assert (right - left) * size[1] == pytest.approx((bottom - top) * size[0])  # aspect kept


@given(sizes, sizes, st.lists(st.floats(-100, 5000), min_size=4, max_size=4))
def test_forward_and_back(size: tuple[int, int], target: tuple[int, int], box: list[float]) -> None:
    view = Letterbox.fit(size, target)
    boxes = np.array([box, box])
    back = view.inverse(view.forward(boxes))
    np.testing.assert_allclose(back, boxes, atol=1e-9 / view.scale + 1e-9)
    assert view.forward(boxes.astype(np.float32)).dtype == np.float32


@pytest.mark.parametrize(
    ("size", "target"),
    [
        ((640, 480), (416, 416)),
        ((641, 479), (416, 416)),
        ((100, 37), (416, 416)),
        ((1333, 2001), (416, 416)),
        ((37, 101), (96, 64)),
        ((416, 416), (416, 416)),
        ((3001, 211), (320, 608)),
    ],
)
def test_a_rectangle_lands_where_forward_says(
    size: tuple[int, int], target: tuple[int, int]
) -> None:
    """The edges in the result, to a part of a pixel, by how much light there is on each line."""
    width, height = size
    dark = np.zeros((height, width, 3), np.uint8)
    drawn = dark.copy()
    box = np.array([width // 5, height // 7, width - width // 3, height - height // 4])
    drawn[box[1] : box[3], box[0] : box[2]] = 255
    view = Letterbox.fit(size, target)
    light = view.apply(drawn).astype(float) - view.apply(dark)  # 0 where it is padded
    assert light.shape == (target[1], target[0], 3)
    expected = view.forward(box.astype(float))
    for axis, (low, high) in enumerate([(expected[0], expected[2]), (expected[1], expected[3])]):
        line = light[..., 0].max(axis=axis) / 255
        length, centre = line.sum(), (line * (np.arange(len(line)) + 0.5)).sum() / line.sum()
        assert centre - length / 2 == pytest.approx(low, abs=0.5)
        assert centre + length / 2 == pytest.approx(high, abs=0.5)


def test_padding_is_grey_and_pixels_stay_where_nothing_is_scaled() -> None:
    view = Letterbox.fit((80, 60), (80, 80)).apply(scene())
    assert (view[:10] == GREY).all()
    assert (view[70:] == GREY).all()
    assert (view[10:70] == scene()).all()


@pytest.mark.parametrize("factor", [2, 3, 4, 5.5, 8])
def test_a_strong_reduction_averages(factor: float) -> None:
    """A chequerboard of single pixels becomes grey, not a coarser pattern."""
    board = (np.indices((264, 264)).sum(axis=0) % 2 * 255).astype(np.uint8)
    side = int(264 / factor)
    scale = side / 264
    matrix = np.array([[scale, 0, 0], [0, scale, 0]])
    small = warp(np.dstack([board] * 3), matrix, (side, side))
    inner = small[1:-1, 1:-1].astype(float)
    assert abs(inner.mean() - 127.5) < 2
    assert inner.std() < 20  # an average of nine pixels is 113 or 142


def test_a_picture_one_pixel_wide() -> None:
    line = np.full((3000, 1, 3), 200, np.uint8)
    assert Letterbox.fit((1, 3000), (64, 64)).apply(line).shape == (64, 64, 3)
