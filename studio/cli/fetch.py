"""`fetch`: the weights that Darknet's authors have published."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from studio.cli.output import Output

if TYPE_CHECKING:
    from studio.yolo.weights.published import PublishedFile


def fetch(options: Namespace) -> int:
    """Fetch files by their names; without a name, list those that there are."""
    from studio.yolo.weights.published import FILES, file_called

    output = Output(options.json)
    files = [file_called(name) for name in options.names]
    for file in files:
        _fetch(file, output)
    for file in () if files else FILES:
        _tell(file, output)
    return 0


def _fetch(file: PublishedFile, output: Output) -> None:
    from studio.yolo.weights.download import Received, fetch
    from studio.yolo.weights.published import path_of

    path = path_of(file.name)
    events = fetch(file, path.parent)
    try:
        with output.progress(f"{file.name}, MB") as bar:
            for event in events:
                if isinstance(event, Received):
                    bar.show(round(event.done / 1e6), round(event.total / 1e6))
    finally:
        events.close()  # what came before Ctrl-C is kept
    output.result({"file": file.name, "path": str(path), "bytes": file.bytes}, f"{path} is there")


def _tell(file: PublishedFile, output: Output) -> None:
    from studio.yolo.weights.published import is_there, path_of

    there = is_there(file.name)
    record = {
        "file": file.name,
        "bytes": file.bytes,
        "networks": file.networks,
        "classes": file.classes,
        "addresses": file.addresses,
        "path": str(path_of(file.name)),
        "there": there,
    }
    what = f"{file.classes} classes" if file.classes else "first layers"
    words = f"{file.name:20} {file.megabytes:>7}  {what}, for {', '.join(file.networks)}"
    state = f"  {path_of(file.name)}" if there else "" if file.addresses else "  cannot be fetched"
    output.result(record, words + state)
