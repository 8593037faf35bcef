"""`detect`: a trained run on pictures, folders and videos."""

from __future__ import annotations

import time
from argparse import Namespace
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from studio.cli.output import Output
from studio.errors import FileError, StudioError
from studio.labels import formats, images, videos
from studio.labels.boxes import Detection
from studio.labels.dataset import Layout, scan
from studio.labels.drawing import draw_detections
from studio.labels.images import Image

if TYPE_CHECKING:
    from studio.yolo.detect import Detector


@dataclass(frozen=True, slots=True)
class Source:
    """A file to detect in, and its name below the folder that was asked for."""

    path: Path
    name: str

    @property
    def is_video(self) -> bool:
        return self.path.suffix.lower() in videos.VIDEOS


@dataclass(frozen=True, slots=True)
class Found:
    """What was detected in one picture or frame."""

    name: str
    image: Image
    detections: list[Detection]
    milliseconds: float

    @property
    def size(self) -> tuple[int, int]:
        return self.image.shape[1], self.image.shape[0]


def detect(options: Namespace) -> int:
    """Detect in every path; what cannot be read is said, the rest goes on, and the code is 2."""
    output = Output(options.json)
    wanted = formats.parse(options.format)
    if wanted and not options.out:
        raise StudioError("--format needs --out, the folder to write labels into")
    sources = distinct(source for path in options.paths for source in list_sources(path))
    from studio.yolo.runs import Run

    Run.load(options.model)  # a wrong path should not have to wait for TensorFlow
    output.note("loading TensorFlow…")
    from studio.yolo.detect import Detector

    detector = Detector.load(options.model)
    failed = 0
    writer = _Writer(options.out, detector.config.classes, wanted)
    with output.progress("Detecting", len(sources)) as bar:
        for done, source in enumerate(sources, 1):
            try:
                for found in _detect_in(source, detector, options.conf, options.iou):
                    writer.add(source, found)
                    output.result(_record(found), _words(found))
            except FileError as error:
                failed += 1
                output.note(str(error))
            finally:
                writer.end_source()
            bar.show(done)
    writer.finish()
    return 2 if failed else 0


def list_sources(path: Path) -> list[Source]:
    """Return the files that a path stands for: itself, or the pictures and videos below it."""
    if not path.is_dir():
        return [Source(path, path.name)]
    pictures = [Source(item.image, item.name) for item in scan(path, Layout(path, path))]
    films = sorted(p for p in path.rglob("*") if p.suffix.lower() in videos.VIDEOS)
    found = pictures + [Source(film, film.relative_to(path).as_posix()) for film in films]
    if not found:
        raise FileError(path, "holds no pictures or videos")
    return found


def distinct(sources: Iterable[Source]) -> list[Source]:
    """Give files of one name other names, since they would be written to one place."""
    named: dict[PurePosixPath, Source] = {}
    for source in sources:
        wanted = place = PurePosixPath(source.name)
        number = 2
        while place in named:
            place = wanted.with_stem(f"{wanted.stem}-{number}")
            number += 1
        named[place] = replace(source, name=str(place))
    return list(named.values())


def _detect_in(
    source: Source, detector: Detector, confidence: float, iou: float
) -> Iterator[Found]:
    for name, image in _pictures(source):
        began = time.perf_counter()
        detections = detector.detect(image, confidence, iou)
        yield Found(name, image, detections, (time.perf_counter() - began) * 1000)


def _pictures(source: Source) -> Iterator[tuple[str, Image]]:
    """Yield a picture under its path, the frames of a video under path#number from 1."""
    if not source.is_video:
        yield str(source.path), images.load(source.path)
        return
    for number, frame in enumerate(videos.read_frames(source.path), 1):
        yield f"{source.path}#{number}", frame


def _record(found: Found) -> dict[str, Any]:
    width, height = found.size
    detections = [
        {
            "label": d.box.label,
            "score": d.score,
            **{edge: getattr(d.box, edge) for edge in ("xmin", "ymin", "xmax", "ymax")},
        }
        for d in found.detections
    ]
    return {
        "image": found.name,
        "width": width,
        "height": height,
        "detections": detections,
        "milliseconds": found.milliseconds,
    }


def _words(found: Found) -> str:
    counts: dict[str, int] = {}
    for detection in found.detections:
        counts[detection.box.label] = counts.get(detection.box.label, 0) + 1
    what = ", ".join(f"{count} {label}" for label, count in counts.items()) or "nothing"
    return f"{found.name}: {what} ({found.milliseconds:.0f} ms)"


class _Writer:
    """Writes annotated pictures, videos and labels below `--out`; nothing without one."""

    def __init__(self, folder: Path | None, classes: tuple[str, ...], wanted: list[str]) -> None:
        self._folder = folder
        self._classes = classes
        self._labels = [formats.WRITERS[name](classes) for name in wanted]
        self._video: videos.VideoFile | None = None

    def add(self, source: Source, found: Found) -> None:
        """Write one picture or frame; raises FileError rather than overwrite what was read."""
        if self._folder is None:
            return
        target = self._folder / source.name
        if target.resolve() == source.path.resolve():
            raise FileError(target, "would be overwritten: choose another folder for --out")
        annotated = draw_detections(found.image, found.detections, self._classes)
        if source.is_video:
            self._add_frame(source, target, annotated)
            return
        images.save(target, annotated)
        for labels in self._labels:
            labels.add(self._folder, source.name, found.size, found.detections)

    def end_source(self) -> None:
        """Close the video that was being written."""
        if self._video:
            self._video.close()
        self._video = None

    def finish(self) -> None:
        """Write what holds the labels of all pictures."""
        if self._folder:
            for labels in self._labels:
                labels.finish(self._folder)

    def _add_frame(self, source: Source, target: Path, frame: Image) -> None:
        if self._video is None:
            rate = videos.frames_per_second(source.path)
            self._video = videos.VideoFile(target.with_suffix(".mp4"), rate)
        self._video.add(frame)
