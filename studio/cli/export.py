"""`export`: a model as files that other programs read."""

from __future__ import annotations

from argparse import Namespace

from studio.cli.output import Output
from studio.errors import StudioError


def export(options: Namespace) -> int:
    """Write a model in another format; nothing is overwritten."""
    if options.to != "darknet":
        raise StudioError(f"--to {options.to} cannot be written yet; so far there is only darknet")
    from studio.yolo.darknet.files import plan
    from studio.yolo.weights.stored import read_model

    output = Output(options.json)
    # Whatever is wrong with the call should not have to wait for TensorFlow.
    plan(read_model(options.model), options.out)
    output.hint("loading TensorFlow…")
    from studio.yolo.export import export_darknet

    done = export_darknet(options.model, options.out)
    record = {
        "path": str(done.path),
        "bytes": done.bytes,
        "max_difference": done.max_difference,
        "reader": done.reader,
        "opencv_difference": done.opencv_difference,
    }
    output.result(
        record,
        f"{done.path}: {done.bytes:,} bytes, with .cfg and .names beside it. {done.words}",
    )
    return 0
