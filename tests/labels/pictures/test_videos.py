"""Videos are written and read a picture at a time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from studio.errors import FileError
from studio.labels.images import Image
from studio.labels.pictures.videos import VideoFile, frames_per_second, read_frames

COLOURS = [(220, 20, 20), (20, 220, 20), (20, 20, 220), (200, 200, 200)]


def frame(colour: tuple[int, int, int], width: int = 64, height: int = 48) -> Image:
    return np.full((height, width, 3), colour, np.uint8)


@pytest.fixture
def video(tmp_path: Path) -> Path:
    """A video of four pictures, each of one colour, at 10 a second."""
    path = tmp_path / "ä b.mp4"
    writer = VideoFile(path, 10.0)
    for colour in COLOURS:
        writer.add(frame(colour))
    writer.close()
    return path


def test_frames_come_back_in_order_and_in_rgb(video: Path) -> None:
    frames = list(read_frames(video))
    assert [f.shape for f in frames] == [(48, 64, 3)] * 4
    for found, colour in zip(frames, COLOURS, strict=True):
        np.testing.assert_allclose(found.mean(axis=(0, 1)), colour, atol=12)


def test_the_speed_is_kept(video: Path) -> None:
    assert frames_per_second(video) == pytest.approx(10)


def test_a_file_that_says_no_speed_has_a_usual_one(tmp_path: Path) -> None:
    assert frames_per_second(tmp_path / "missing.mp4") == 25


def test_reading_may_end_early(video: Path) -> None:
    frames = read_frames(video)
    next(frames)
    frames.close()  # type: ignore[attr-defined]
    video.unlink()


@pytest.mark.parametrize("kind", ["missing", "empty", "text", "folder", "cut short"])
def test_what_is_no_video_is_said_in_a_sentence(
    tmp_path: Path, video: Path, kind: str, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.mp4"
    if kind == "folder":
        path.mkdir()
    elif kind != "missing":
        contents = {"empty": b"", "text": b"no video\n" * 99, "cut short": video.read_bytes()[:200]}
        path.write_bytes(contents[kind])
    with pytest.raises(FileError, match=r"a\.mp4: is not a video that can be decoded"):
        next(read_frames(path))
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("made", ["folder", "parent"])
def test_a_video_that_cannot_be_written_is_named(tmp_path: Path, made: str) -> None:
    path = tmp_path / "parent" / "a.mp4"
    if made == "folder":
        path.mkdir(parents=True)
    else:
        path.parent.touch()
    writer = VideoFile(path, 25.0)
    with pytest.raises(FileError, match=r"a\.mp4: cannot be written"):
        writer.add(frame(COLOURS[0]))
    writer.close()


def test_a_video_without_frames_is_no_file(tmp_path: Path) -> None:
    VideoFile(tmp_path / "a.mp4", 25.0).close()
    assert not list(tmp_path.iterdir())


def test_odd_sizes(tmp_path: Path) -> None:
    path = tmp_path / "new" / "odd.mp4"
    writer = VideoFile(path, 25.0)
    writer.add(frame(COLOURS[0], 33, 21))
    writer.close()
    (found,) = read_frames(path)
    np.testing.assert_allclose(found.mean(axis=(0, 1)), COLOURS[0], atol=12)
