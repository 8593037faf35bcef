"""`train`: a run made from what the command and the project say, or gone on with."""

from __future__ import annotations

import shlex
from argparse import Namespace
from typing import TYPE_CHECKING, Any

from studio.cli.following import Watch, follow
from studio.cli.interrupt import Interrupt
from studio.cli.opening import open_samples
from studio.cli.output import Output
from studio.cli.settings import OPTIONS
from studio.errors import FileError, StudioError
from studio.project import FILE, Project
from studio.wording import counted

if TYPE_CHECKING:
    from studio.labels.samples import Samples
    from studio.yolo.runs import Run


def train(options: Namespace) -> int:
    """Train on a folder, or go on with an interrupted run of it."""
    output = Output(options.json)
    project = Project.open(options.folder)
    dataset = open_samples(project, output)
    is_resumed = options.resume is not None
    run = _old_run(options, project) if is_resumed else _new_run(options, project, dataset, output)
    fit(run, dataset, output, resume=is_resumed)
    return 0


def _old_run(options: Namespace, project: Project) -> Run:
    """Return the run to go on with, named or given by its path, perhaps with other settings.

    Raises StudioError for one that has nothing left to do.
    """
    from studio.yolo.runs import CHANGEABLE, Run, changed, named
    from studio.yolo.training.checkpoint import without_state
    from studio.yolo.training.outlook import outlook

    given = _given(options, project)
    fixed = ["--name"] if options.name is not None else []
    fixed += [one.flag for one in OPTIONS if one.setting in given.keys() - set(CHANGEABLE)]
    if fixed:
        listed = ", ".join(fixed)
        raise StudioError(f"--resume goes on with the settings that a run has, without {listed}")
    run = changed(Run.load(named(project.runs, options.resume)), given)
    found = outlook(run)
    if found.why_over:
        done, epochs = run.epochs_done(), run.config.epochs
        behind = f"has {counted(done, 'epoch')} behind it, all that it was to have"
        more = f"--epochs {epochs + 10} would go on with it"
        way_on = more if found.has_start else f"it cannot go on, as {without_state(run)}"
        raise FileError(run.path, f"{behind if done >= epochs else found.why_over}; {way_on}")
    return run


def _new_run(options: Namespace, project: Project, dataset: Samples, output: Output) -> Run:
    from studio.yolo import runs
    from studio.yolo.training.prepare import configure
    from studio.yolo.weights.transfer import transfer

    file = project.root / FILE
    given = _given(options, project)
    config, anchors = configure(dataset, project.anchors, project.training, given, file)
    is_projects = project.anchors and config.model.anchors == project.anchors.at(
        config.model.input_size
    )
    # Somebody who has chosen anchors must hear that others are used.
    say = output.note if project.anchors and not is_projects else output.hint
    say(f"training with {anchors}")
    transfer(config)  # wrong weights should not have to wait for TensorFlow
    name = options.name or runs.default_name(project.root, project.runs)
    return runs.new_run(project.runs, name, config)


def _given(options: Namespace, project: Project) -> dict[str, Any]:
    """Return the settings that the command names."""
    from studio.yolo.runs import named

    given = {one.setting: getattr(options, one.setting) for one in OPTIONS}
    given = {setting: value for setting, value in given.items() if value is not None}
    if given.get("transfer") == "none":
        given.setdefault("weights", "")  # over what the project remembers
    if given.get("weights") and (file := named(project.runs, given["weights"])).exists():
        given["weights"] = str(file.absolute())  # the run says it wherever it is read
    return given


def fit(
    run: Run, dataset: Samples, output: Output, watch: Watch = lambda _: None, resume: bool = False
) -> None:
    """Train a run, printing what it tells; a new one that comes to nothing leaves no folder."""
    from studio.yolo.runs import remove_if_empty

    try:
        with Interrupt() as interrupt:
            output.hint("loading TensorFlow…")
            from studio.yolo.train import train as train_events

            follow(train_events(run.config, dataset, run, resume), output, interrupt, watch)
    except KeyboardInterrupt:
        if run.state.exists() or run.previous_state.exists():
            output.result({"event": "stopped", "run": str(run.path)}, "")
            output.note(f"what was reached is in {run.path}")
            resume_call = ["main.py", "train", str(dataset.root), "--resume", run.name]
            output.note(f"go on with: {shlex.join(resume_call)}")
        raise
    finally:
        if not resume:
            remove_if_empty(run)
