"""The folder of a training run: its settings as `config.toml`, and where its files are."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from studio.errors import FileError, StudioError, os_error_text
from studio.labels.anchors import Anchors
from studio.labels.files import read_bytes, write_atomic
from studio.wording import counted
from studio.yolo.config import TrainConfig
from studio.yolo.events import ClassResult, EpochMetrics, Losses
from studio.yolo.network.model import ModelConfig

CHANGEABLE = ("epochs", "patience", "learning_rate", "parts", "cache", "precision")
"""The settings that a run may be given anew when it goes on; the others are what it is."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run folder and the settings in it."""

    path: Path
    config: TrainConfig

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def best(self) -> Path:
        """The weights with the best AP on the validation pictures: those that detection uses."""
        return self.path / "best.npz"

    @property
    def last(self) -> Path:
        """The averaged weights after the last epoch."""
        return self.path / "last.npz"

    @property
    def state(self) -> Path:
        """Everything that resuming needs: weights, optimiser, averages, place in the schedule."""
        return self.path / "resume.npz"

    @property
    def previous_state(self) -> Path:
        """The state that was saved before `state`, while a run goes on."""
        return self.path / "resume.previous.npz"

    @property
    def metrics(self) -> Path:
        return self.path / "metrics.csv"

    @property
    def is_there(self) -> bool:
        """Whether the folder is where it was, or somebody has moved or deleted it."""
        return (self.path / "config.toml").exists()

    @property
    def is_blank(self) -> bool:
        """Whether nothing was saved yet: going on is beginning anew then."""
        saved = (self.best, self.last, self.state, self.previous_state, self.metrics)
        return not any(path.exists() for path in saved)

    def rows(self) -> list[dict[str, str]]:
        """Read `metrics.csv`, a row an epoch, none before the first; raises FileError."""
        if not self.metrics.exists():
            return []
        text = read_bytes(self.metrics).decode(errors="replace")
        try:
            return list(csv.DictReader(io.StringIO(text)))
        except csv.Error as error:
            raise FileError(self.metrics, f"is not a table of epochs: {error}") from error

    def epochs(self) -> list[EpochMetrics]:
        """Read what `metrics.csv` tells of each epoch; raises FileError where it is no such table.

        What was said of how it goes is not in there.
        """
        try:
            return [metrics_of(row) for row in self.rows()]
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise FileError(self.metrics, "is not a table of epochs") from error

    def save(self) -> None:
        """Write `config.toml`; raises FileError."""
        table = {"created": datetime.now(UTC).replace(microsecond=0)} | _to_table(self.config)
        write_atomic(self.path / "config.toml", tomlkit.dumps(table).encode())

    def epochs_done(self) -> int:
        """Return the last epoch in `metrics.csv`, 0 where there is none, or no such table."""
        try:
            return max((int(row["epoch"]) for row in self.rows()), default=0)
        except (FileError, KeyError, TypeError, ValueError):
            return 0

    @classmethod
    def load(cls, path: Path) -> Run:
        """Read a run folder; raises StudioError when it is none or its settings are unusable."""
        if not path.is_dir():
            raise StudioError(f"{path}: is not a run folder, such as FOLDER/runs/NAME")
        file = path / "config.toml"
        if not file.exists():
            raise FileError(path, "is not a run folder: config.toml is missing")
        data = read_bytes(file)
        try:
            return cls(path, _from_table(tomllib.loads(data.decode())))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise FileError(file, f"is not valid TOML: {error}") from error
        except (KeyError, TypeError, ValueError, StudioError) as error:
            raise FileError(file, f"lacks or misspells a setting: {error}") from error


def metrics_of(row: Mapping[str, str]) -> EpochMetrics:
    """Return what a row of `metrics.csv` tells.

    Raises KeyError, TypeError, ValueError or AttributeError for a row of something else.
    """

    def losses(of: str) -> Losses:
        return Losses(*(float(row[f"{of}_{term}"]) for term in ("giou", "conf", "prob")))

    per_class = json.loads(row.get("per_class") or "{}")
    return EpochMetrics(
        int(row["epoch"]),
        losses("train"),
        losses("val") if row["val_giou"] else None,
        float(row["ap50"]) if row["ap50"] else None,
        float(row["ap"]) if row["ap"] else None,
        float(row["seconds"]),
        step=int(row.get("step") or 0),
        per_class={name: ClassResult(*one) for name, one in per_class.items()},
    )


def new_run(runs: Path, name: str, config: TrainConfig) -> Run:
    """Make the folder of a new run; raises StudioError where the name is taken or unusable."""
    if not re.fullmatch(r"[\w][\w .-]*", name):
        raise StudioError(f"{name!r} cannot be the name of a run: use letters, digits, - and _")
    path = runs / name
    try:
        path.mkdir(parents=True)
    except FileExistsError as error:
        raise FileError(path, "exists already; choose another name, or resume it") from error
    except OSError as error:
        raise FileError(path, f"cannot be made: {os_error_text(error)}") from error
    run = Run(path, config)
    run.save()
    return run


def changed(run: Run, settings: Mapping[str, Any]) -> Run:
    """Return a run with other settings, of those in CHANGEABLE, also one that has finished.

    `config.toml` stays as it is until training goes on with it. Raises StudioError, also for fewer
    epochs than are done.
    """
    done, epochs = run.epochs_done(), settings.get("epochs", run.config.epochs)
    if "epochs" in settings and epochs < done:
        behind = f"has {counted(done, 'epoch')} behind it"
        raise FileError(run.path, f"{behind}; it cannot end after {epochs}")
    return Run(run.path, replace(run.config, **settings))


def save_changes(run: Run) -> None:
    """Write those settings to `config.toml` that a run has otherwise now; raises FileError."""
    file = run.path / "config.toml"
    now = {name: getattr(run.config, name) for name in CHANGEABLE}
    try:
        document = tomlkit.parse(read_bytes(file))
        before = document["train"].unwrap()
        new = {name: value for name, value in now.items() if before.get(name) != value}
        document["train"].update(new)
    except (TOMLKitError, UnicodeDecodeError, KeyError, AttributeError) as error:
        raise FileError(file, f"is not the settings of a run: {error}") from error
    if new:
        write_atomic(file, tomlkit.dumps(document).encode())


def free_name(runs: Path, stem: str) -> str:
    """Return the first of stem-1, stem-2 … that no run has."""
    number = 1
    while (runs / f"{stem}-{number}").exists():
        number += 1
    return f"{stem}-{number}"


def default_name(folder: Path, runs: Path) -> str:
    """Return a name for the next run that `new_run` accepts: the folder's, numbered."""
    stem = "".join(c if c.isalnum() or c in "_ .-" else "-" for c in folder.name)
    return free_name(runs, stem.lstrip(" .-") or "run")


def named(runs: Path, said: str | Path) -> Path:
    """Return the run that is called so, or what is said as a path where none is."""
    run = runs / said
    return run if (run / "config.toml").exists() else Path(said)


def remove_if_empty(run: Run) -> None:
    """Remove the folder of a run that ended before there was anything to detect or resume with."""
    if run.is_blank:
        shutil.rmtree(run.path, ignore_errors=True)


def known_runs(runs: Path) -> list[Run]:
    """Return the runs that can be detected or gone on with, newest first."""
    found = []
    for path in runs.iterdir() if runs.is_dir() else ():
        try:
            run = Run.load(path)
        except StudioError:
            continue
        files = (run.best, run.state, run.previous_state)
        saved = [time for file in files if (time := _modified(file))]
        if run.is_blank:
            saved = [_modified(path)]
        if saved:
            found.append((max(saved), run))
    return [run for _, run in sorted(found, key=lambda entry: entry[0], reverse=True)]


def _modified(path: Path) -> float:
    """Return when a file was written, 0 where it is not there, or no more."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


@dataclass(frozen=True, slots=True)
class Reached:
    """What a run has come to: its epochs, the best of them with its AP50 if measured (else 0), and
    the seconds of those that the table tells of.
    """

    epochs: int
    best: int
    ap50: float | None
    seconds: float


def reached(run: Run) -> Reached | None:
    """Return what `metrics.csv` says, None when it cannot be read: the run may still detect."""
    try:
        return reached_in(run.epochs())
    except FileError:
        return None


def reached_in(epochs: Sequence[EpochMetrics]) -> Reached:
    """Return what epochs have come to."""
    measured = [epoch for epoch in epochs if epoch.ap is not None]
    best = max(measured, key=lambda e: (e.ap, e.epoch), default=None)  # later wins a tie
    seconds = sum(epoch.seconds for epoch in epochs)
    done = max((epoch.epoch for epoch in epochs), default=0)
    return Reached(done, best.epoch if best else 0, best.ap50 if best else None, seconds)


def _to_table(config: TrainConfig) -> dict[str, Any]:
    table = asdict(config)
    model = table.pop("model")
    anchors = model.pop("anchors")
    model.pop("layout")  # only built-in networks are trained
    model["anchors"] = [list(size) for size in anchors["sizes"]]
    return {"train": table, "model": model}


def _from_table(table: dict[str, Any]) -> TrainConfig:
    model = dict(table["model"])
    width, height = model["input_size"]
    sizes = tuple((float(w), float(h)) for w, h in model.pop("anchors"))
    model["classes"] = tuple(list(model["classes"]) if isinstance(model["classes"], list) else ())
    model["input_size"] = (width, height)
    model["masks"] = tuple(tuple(mask) for mask in model.get("masks", ()))
    anchors = Anchors(sizes, (width, height))
    settings = dict(table["train"])
    if settings.get("loss", "yolov3-giou") == "yolov3-giou":
        settings.setdefault("confidence_gain", 1.0)  # as it was before runs said so
    return TrainConfig(model=ModelConfig(anchors=anchors, **model), **settings)
