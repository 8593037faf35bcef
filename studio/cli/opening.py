"""What a command that trains or measures gets to see of a FOLDER."""

from __future__ import annotations

from studio.cli.output import Output
from studio.labels.problems import absences
from studio.labels.samples import Samples
from studio.project import FILE, Project


def open_samples(project: Project, output: Output) -> Samples:
    """Return a project's pictures; of a folder that has none, the TFRecord files if there are any.

    Raises StudioError.
    """
    for sentence in project.unread:
        output.note(f"{project.root / FILE}: {sentence}")
    dataset = project.dataset()
    if dataset.items:
        for sentence in absences(dataset):
            output.note(sentence)
        return dataset
    from studio.yolo.records.folder import record_files

    if not record_files(project.root):
        return dataset
    output.hint("loading TensorFlow…")
    from studio.yolo.records.read import read_records

    with output.progress("reading records") as bar:
        events = read_records(project.root, project.split)
        try:
            while True:
                event = next(events)
                bar.show(event.done, event.total)
        except StopIteration as end:
            samples: Samples = end.value
    return samples
