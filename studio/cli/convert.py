"""`convert`: labels from one format into another."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from studio.cli.interrupt import Interrupt
from studio.cli.output import Output
from studio.errors import StudioError
from studio.labels.folder.making import require_free
from studio.project import Project

if TYPE_CHECKING:
    from studio.yolo.records.write import Converted


def convert(options: Namespace) -> int:
    """Write a data set as records; what was left out is said."""
    if options.to != "tfrecord":
        raise StudioError(f"--to {options.to} cannot be written yet; so far there is only tfrecord")
    output = Output(options.json)
    require_free(options.target)  # what is wrong should not have to wait for TensorFlow
    dataset = Project.open(options.source).dataset()
    if not dataset.items:
        raise StudioError(f"{options.source}: has no pictures to convert")
    with Interrupt() as interrupt:
        output.hint("loading TensorFlow…")
        from studio.yolo.events import Progress
        from studio.yolo.records.write import write_records

        events = write_records(dataset, options.target)
        try:
            with output.progress("Writing") as bar:
                for event in events:
                    if isinstance(event, Progress):
                        interrupt.raise_if_asked()
                        bar.show(event.done, event.total)
                    else:
                        _print(output, event, options)
        finally:
            events.close()
    return 0


def _print(output: Output, result: Converted, options: Namespace) -> None:
    skipped = [{"image": one.image, "detail": one.detail} for one in result.skipped]
    record = {"images": result.images, "boxes": result.boxes, "skipped": skipped}
    output.result(
        record, f"{options.target}: {result.images} pictures, {result.boxes} boxes written"
    )
    if not options.json:
        for one in result.skipped:
            output.note(f"{one.image}: {one.detail}")
