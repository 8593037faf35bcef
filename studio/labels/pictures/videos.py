"""Reading and writing video files, a picture at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from studio.errors import FileError, os_error_text
from studio.labels.images import Image
from studio.labels.opencv import cv2

VIDEOS = {".mp4", ".avi", ".mov", ".mkv", ".webm", ".m4v", ".mpg", ".mpeg"}


def read_frames(path: Path) -> Iterator[Image]:
    """Yield the RGB frames of a video; raises FileError when there are none."""
    video = cv2.VideoCapture(str(path))
    try:
        read, frame = video.read()
        if not read:
            raise FileError(path, "is not a video that can be decoded")
        while read:
            yield cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)  # type: ignore[misc]  # stubs lose the dtype
            read, frame = video.read()
    finally:
        video.release()


def frames_per_second(path: Path) -> float:
    """Return the speed that a video says it has, 25 where it says none."""
    video = cv2.VideoCapture(str(path))
    try:
        return float(video.get(cv2.CAP_PROP_FPS)) or 25.0
    finally:
        video.release()


class VideoFile:
    """An MP4 file that grows by a frame at a time, of the first one's size.

    It and its folders are made with that frame.
    """

    def __init__(self, path: Path, frames_per_second: float) -> None:
        self._path = path
        self._rate = frames_per_second
        self._writer: cv2.VideoWriter | None = None

    def add(self, frame: Image) -> None:
        """Append an RGB frame; raises FileError when the file cannot be written."""
        self._writer = self._writer or self._open(frame.shape[1], frame.shape[0])
        self._writer.write(cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))

    def _open(self, width: int, height: int) -> cv2.VideoWriter:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise FileError(self._path, f"cannot be written: {os_error_text(error)}") from error
        code = cv2.VideoWriter.fourcc(*"mp4v")
        writer = cv2.VideoWriter(str(self._path), code, self._rate, (width, height))
        if not writer.isOpened():
            raise FileError(self._path, "cannot be written")
        return writer

    def close(self) -> None:
        if self._writer is not None:
            self._writer.release()
