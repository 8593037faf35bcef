"""`detect`: a trained run on pictures, folders and videos."""

from __future__ import annotations

import time
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.cli.output import Output
from studio.cli.sources import Source, find_sources, refuse_to_overwrite
from studio.errors import FileError, StudioError
from studio.labels import formats, images
from studio.labels.boxes import Detection
from studio.labels.drawing import draw_detections
from studio.labels.images import Image
from studio.labels.pictures import videos

if TYPE_CHECKING:
    from studio.yolo.detect import Detector


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
    from studio.yolo.weights.stored import read_model

    output = Output(options.json)
    wanted = formats.parse(options.format)
    if wanted and not options.out:
        raise StudioError("--format needs --out, the folder to write labels into")
    # Whatever is wrong with the call should not have to wait for TensorFlow.
    classes = read_model(options.model).classes
    sources = find_sources(options.paths)
    writer = _Writer(options.out, classes, wanted)
    if wanted:
        _require_pictures(sources)
    if options.out:
        refuse_to_overwrite(options.out, writer.files(sources), sources, options.overwrite)
    output.hint("loading TensorFlow…")
    from studio.yolo.detect import Detector

    detector = Detector.load(options.model)
    failed = 0
    try:
        with output.progress("Detecting", len(sources)) as bar:
            for done, source in enumerate(sources, 1):
                failed += not _detect_in(source, detector, options, output, writer)
                bar.show(done)
    finally:  # Ctrl-C keeps what was detected so far
        writer.finish()
    return 2 if failed else 0


def _require_pictures(sources: list[Source]) -> None:
    for source in sources:
        if source.is_video:
            raise FileError(source.path, "is a video: --format writes labels of pictures only")


def _detect_in(
    source: Source, detector: Detector, options: Namespace, output: Output, writer: _Writer
) -> bool:
    """Detect in one file, print and write what is found; tells whether all of that went well."""
    try:
        for found in _found_in(source, detector, options):
            output.result(_record(found), _words(found))
            writer.add(source, found)
    except FileError as error:
        output.note(str(error))
        return False
    finally:
        writer.end_source()
    return True


def _found_in(source: Source, detector: Detector, options: Namespace) -> Iterator[Found]:
    for name, image in _pictures(source):
        began = time.perf_counter()
        detections = detector.detect(image, options.conf, options.iou, options.nms)
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

    def files(self, sources: list[Source]) -> list[str]:
        """Return the names of all files that these sources lead to."""
        names = [source.name for source in sources]
        return names + [file for labels in self._labels for file in labels.files(names)]

    def add(self, source: Source, found: Found) -> None:
        """Write one picture or frame; raises FileError."""
        if self._folder is None:
            return
        target = self._folder / source.name
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
            self._video = videos.VideoFile(target, rate)
        self._video.add(frame)
