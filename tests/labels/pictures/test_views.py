"""What a screen needs of a picture: the right pixels, at every level, of pictures of any size."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import FileError
from studio.labels.opencv import cv2
from studio.labels.pictures import views
from studio.labels.pictures.views import adjusted, load_view, thumbnail, view_of
from tests.labels.picture_files import encode, scene, turned


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_the_first_level_is_the_picture(tmp_path: Path) -> None:
    view = load_view(write(tmp_path / "a.png", encode(scene(), ".png")))
    assert (view.size, view.depth) == ((80, 60), 3)
    level = view.levels[0]
    assert level.shape == (60, 80, 4)
    assert level.flags.c_contiguous
    assert (level[..., 2::-1] == scene()).all()


def test_grey_has_a_depth_of_one(tmp_path: Path) -> None:
    for suffix in (".png", ".jpg", ".tif"):
        view = load_view(write(tmp_path / f"a{suffix}", encode(scene()[..., 0], suffix)))
        assert view.depth == 1
        assert view.levels[0].shape == (60, 80, 4)


@given(st.integers(1, 700), st.integers(1, 700))
def test_each_level_has_half_of_the_one_before(width: int, height: int) -> None:
    view = view_of(np.full((height, width, 3), (10, 20, 30), np.uint8))
    for level, (before, after) in enumerate(zip(view.levels, view.levels[1:], strict=False)):
        assert after.shape == (max(before.shape[0] // 2, 1), max(before.shape[1] // 2, 1), 4), level
    assert max(view.levels[-1].shape[:2]) <= 64
    for level in view.levels:
        assert level.flags.c_contiguous
        assert (level[..., :3] == (30, 20, 10)).all()
    assert view.nbytes == sum(level.nbytes for level in view.levels)


@pytest.mark.parametrize(("suffix", "orientation"), [(".jpg", 6), (".png", 1)])
def test_a_very_large_picture_is_shown_smaller(
    tmp_path: Path, suffix: str, orientation: int
) -> None:
    """30,000 pixels wide; its colours stay where they are, its size is the whole one."""
    large = cv2.resize(scene(), (30_000, 2_000), interpolation=cv2.INTER_NEAREST)
    data = encode(large, suffix, *([cv2.IMWRITE_PNG_COMPRESSION, 1] * (suffix == ".png")))
    view = load_view(write(tmp_path / f"a{suffix}", turned(data, orientation)))
    is_turned = orientation == 6
    assert view.size == ((2_000, 30_000) if is_turned else (30_000, 2_000))
    rows, columns = view.levels[0].shape[:2]
    assert views.MOST_SHOWN * 0.99 <= rows * columns <= views.MOST_SHOWN
    shown = np.rot90(view.levels[0]) if is_turned else view.levels[0]
    small = cv2.resize(np.ascontiguousarray(shown[..., 2::-1]), (80, 60))
    assert np.median(np.abs(small.astype(int) - scene())) <= 3


def test_a_jpeg_that_is_reduced_keeps_the_size_of_its_header(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "MOST_SHOWN", 100)
    view = load_view(write(tmp_path / "a.jpg", encode(scene(83, 61), ".jpg")))
    assert view.size == (83, 61)
    rows, columns = view.levels[0].shape[:2]
    assert rows * columns <= 100


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".bmp"])
@pytest.mark.parametrize("size", [(800, 600), (600, 800), (30, 20), (2000, 1)])
def test_a_thumbnail_fits_and_is_never_enlarged(
    tmp_path: Path, suffix: str, size: tuple[int, int]
) -> None:
    small = thumbnail(write(tmp_path / f"a{suffix}", encode(scene(*size), suffix)), 96)
    assert small.shape[2] == 3
    assert max(small.shape[:2]) == min(max(size), 96)
    assert (
        small.shape[1] / small.shape[0] == pytest.approx(size[0] / size[1], rel=0.05) or 1 in size
    )


def test_a_thumbnail_of_grey_is_rgb(tmp_path: Path) -> None:
    path = write(tmp_path / "a.png", encode(scene()[..., 0], ".png"))
    assert thumbnail(path, 40).shape == (30, 40, 3)


def test_what_is_no_picture_is_said(tmp_path: Path) -> None:
    path = write(tmp_path / "a.png", b"text")
    for read in (load_view, lambda path: thumbnail(path, 9)):
        with pytest.raises(FileError, match=r"a\.png: is not a picture"):
            read(path)


# --- brightness and contrast --------------------------------------------------------------------

RAMP = np.dstack([np.arange(256, dtype=np.uint8).reshape(1, 256)] * 4)
shares = st.integers(-100, 100)


def test_nothing_adjusted_costs_nothing() -> None:
    assert adjusted(RAMP, 0, 0) is RAMP


@given(shares, shares)
def test_brighter_pixels_stay_brighter(brightness: int, contrast: int) -> None:
    line = adjusted(RAMP, brightness, contrast)[0, :, 0].astype(int)
    assert (np.diff(line) >= 0).all()


@given(shares, shares, shares)
def test_more_is_more(brightness: int, other: int, contrast: int) -> None:
    low, high = sorted((brightness, other))
    assert (adjusted(RAMP, low, contrast) <= adjusted(RAMP, high, contrast)).all()


def test_the_ends_of_the_sliders() -> None:
    assert (adjusted(RAMP, 100, 0)[..., 0] == 255).all()
    assert (adjusted(RAMP, -100, 0)[..., 0] == 0).all()
    assert set(np.unique(adjusted(RAMP, 0, 100))) == {0, 255}
    assert np.ptp(adjusted(RAMP, 0, -100)) <= 1
    middle = adjusted(RAMP, 0, 60)[0, :, 0].astype(int)
    assert middle[127] + middle[128] == pytest.approx(255, abs=1)
    assert middle[100] < 100 < 155 < middle[155]
