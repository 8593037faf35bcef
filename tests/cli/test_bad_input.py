"""What is wrong with a training's data, settings and files: said in a line, and nothing is lost."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from studio import cli
from studio.cli import train as command
from studio.labels.folder.cache import VARIABLE
from studio.yolo.events import EpochMetrics, Started
from studio.yolo.runs import Run
from studio.yolo.training.occupied import occupied
from studio.yolo.weights.arrays import load_arrays

SMALL = ("--size", "64", "--batch", "2", "--precision", "float32")
Make = Callable[..., Path]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four pictures to learn from, two to validate with, and the run `one` of one epoch."""
    home = tmp_path_factory.mktemp("trained") / "home"
    make_project(home, 4, 2)
    code = cli.run(["train", str(home), *SMALL, "--epochs", "1", "--name", "one"])
    assert code == 0
    return home


@pytest.fixture
def project(trained, tmp_path) -> Path:
    """A copy of it, to be spoilt."""
    return Path(shutil.copytree(trained, tmp_path / "home"))


def make_project(home: Path, learn: int, check: int) -> Path:
    """Make a tree with so many pictures to learn from and to validate with, a box on each."""
    import numpy as np

    from studio.labels import images
    from studio.labels.boxes import Annotation, Box
    from studio.labels.voc import write

    for folder in ("JPEGImages", "Annotations", "ImageSets/Main"):
        (home / folder).mkdir(parents=True)
    names = [f"p{number}" for number in range(learn + check)]
    for number, name in enumerate(names):
        noise = np.random.default_rng(number).integers(0, 256, (30, 40, 3), np.uint8)
        images.save(home / "JPEGImages" / f"{name}.png", noise)
        box = Box("spot", 2, 2, 12 + number, 14)
        written = Annotation(Path(f"{name}.png"), 40, 30, boxes=(box,))
        write(home / "Annotations" / f"{name}.xml", written)
    for split, listed in (("train", names[:learn]), ("val", names[learn:])):
        text = "".join(f"{name}\n" for name in listed)
        (home / "ImageSets" / "Main" / f"{split}.txt").write_text(text)
    return home


@pytest.fixture
def said(capsys) -> Callable[..., str]:
    """Run `train`, expect an exit code, and return what standard error has: in words, unbroken."""

    def run(code: int, folder: Path, *options: str) -> str:
        capsys.readouterr()
        assert cli.run(["train", str(folder), *options]) == code
        err = capsys.readouterr().err
        assert "Traceback" not in err
        if code:
            assert err.count("\n") == 1, err
        return err

    return run


# --- refused, in one line -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (("--epochs", "0"), "--epochs: must be a whole number from 1 to 1,000,000, not 0"),
        (("--batch", "x"), "--batch: must be a whole number from 1 to 65,536, not 'x'"),
        (("--batch", "1.5"), "--batch: must be a whole number from 1 to 65,536, not '1.5'"),
        (("--lr", "11"), "--lr: must be a number from 1e-09 to 10, not 11.0"),
        (("--lr", "nan"), "--lr: must be a number from 1e-09 to 10, not nan"),
        (("--scale", "1"), "--scale: must be a number from 0 to 0.95, not 1.0"),
        (("--patience", "-1"), "--patience: must be a whole number from 0 to 1,000,000, not -1"),
        (("--rate", "linear"), "--rate: must be cosine or step or constant, not linear"),
        (("--cache", "ram"), "--cache: must be auto or memory or disk or none, not ram"),
        (("--precision", "int8"), "must be auto or float32 or bfloat16 or float16, not int8"),
        (("--preset", "fast"), "preset must be quick or balanced or best, not fast"),
        (("--parts", "3"), "a batch of 8 cannot be computed in 3 equal parts"),
        (("--size", "100"), "input size 100×100 is not divisible by 32"),
        (("--size", "0"), "--size: must be a whole number of at least 1, not '0'"),
        (("--resume", "away"), "away: is not a run folder"),
        (("--resume", "one", "--preset", "best"), "--resume goes on .*, without --preset$"),
    ],
)
def test_wrong_values_are_refused_in_one_consistent_line(tmp_path, said, given, sentence):
    home = make_project(tmp_path / "home", 2, 0)
    found = said(2, home, *given)
    assert re.search(sentence if ".*" in sentence else re.escape(sentence), found.strip()), found
    assert not (home / "runs").exists()


@pytest.mark.tensorflow
def test_a_finished_run_says_how_to_go_on_and_does_with_more_epochs(project, said):
    found = said(2, project, "--resume", "one")
    assert "has 1 epoch behind it" in found
    assert "--epochs" in found
    assert "cannot end after" not in found
    said(0, project, "--resume", "one", "--epochs", "2", "--patience", "7")
    run = Run.load(project / "runs" / "one")
    assert (run.config.epochs, run.config.patience, len(run.rows())) == (2, 7, 2)
    assert said(2, project, "--resume", "one", "--epochs", "1")
    run.state.unlink()
    run.previous_state.unlink(missing_ok=True)
    found = said(2, project, "--resume", "one")
    assert (
        "it cannot go on, as resume.npz is missing; a new run can start from its weights" in found
    )
    assert "--epochs" not in found


@pytest.mark.tensorflow
def test_a_run_is_trained_once_at_a_time_and_others_are_said(project, said):
    run = Run.load(project / "runs" / "one")
    files = (run.state, run.path / "config.toml")
    before = [file.read_bytes() for file in files]
    with occupied(run):
        found = said(2, project, "--resume", "one", "--epochs", "2")
        assert "is being trained already, by another window or command" in found
        assert [file.read_bytes() for file in files] == before
        found = said(0, project, *SMALL, "--epochs", "1", "--name", "two")
    assert "one is being trained already; both will be slower" in found


@pytest.mark.tensorflow
def test_of_a_state_cut_short_the_one_before_serves(project, said):
    """As a run has both while it goes on; where no state is whole, the weights stay."""
    run = Run.load(project / "runs" / "one")
    shutil.copy(run.state, run.previous_state)
    run.state.write_bytes(run.state.read_bytes()[:1000])
    found = said(0, project, "--resume", "one", "--epochs", "2")
    assert str(run.state) in found
    assert len(run.rows()) == 2
    run.state.write_bytes(run.state.read_bytes()[:1000])
    best = run.best.read_bytes()
    found = said(2, project, "--resume", "one", "--epochs", "3")
    assert f"{run.state}: is not a file of weights, or is damaged" in found
    assert run.best.read_bytes() == best


# --- gone on with, and said -----------------------------------------------------------------------


@pytest.mark.tensorflow
def test_one_picture_with_one_box_is_learnt_and_said(tmp_path, said):
    home = make_project(tmp_path / "home", 1, 0)
    found = said(0, home, *SMALL, "--epochs", "1", "--name", "one")
    for sentence in (
        "there is one picture to learn from",
        "a batch of 2 is more than there are: each step learns from the one training picture",
        "no validation pictures: AP is not measured",
    ):
        assert found.count(sentence) == 1
    assert (home / "runs" / "one" / "best.npz").exists()


@pytest.mark.tensorflow
def test_a_class_without_boxes_a_wild_rate_and_a_cache_that_takes_nothing_are_said(
    project, said, monkeypatch, tmp_path
):
    (project / "studio.toml").write_text('classes = ["spot", "ghost"]\n')
    (tmp_path / "file").touch()
    monkeypatch.setenv(VARIABLE, str(tmp_path / "file"))
    given = ("--lr", "10", "--cache", "disk", "--epochs", "1", "--name", "two")
    found = said(0, project, *SMALL, *given)
    assert found.count("no box to learn from for the class 'ghost'") == 1
    assert found.count("a learning rate of 10 is far above") == 1
    assert str(tmp_path / "file") in found or "memory" in found
    arrays = load_arrays(project / "runs" / "two" / "best.npz")
    assert all((abs(values) < float("inf")).all() for values in arrays.values())


@pytest.mark.tensorflow
@pytest.mark.parametrize("change", ["deleted", "damaged"])
def test_files_that_change_during_training_do_not_end_it(project, said, monkeypatch, change):
    """After the first epoch, which the trainer does not expect."""
    plain = command.follow

    def spoil(event: object) -> None:
        if isinstance(event, Started):
            for name in ("JPEGImages/p0.png", "Annotations/p1.xml"):
                path = project / name
                path.unlink() if change == "deleted" else path.write_bytes(b"?")

    def follow(events, output, interrupt, _watch):
        return plain(events, output, interrupt, spoil)

    monkeypatch.setattr(command, "follow", follow)
    given = ("--cache", "none", "--epochs", "2", "--name", "two")
    found = said(0, project, *SMALL, *given)
    assert found.count(f"shown as an empty picture: {project / 'JPEGImages' / 'p0.png'}") == 1
    assert found.count("used as they were read at the start: p1.png") == 1
    assert found.count("each picture is decoded again") == 1
    assert len(Run.load(project / "runs" / "two").rows()) == 2


@pytest.mark.tensorflow
def test_what_does_not_fit_into_memory_is_said_before_the_first_step(project, said, monkeypatch):
    from studio.yolo.training import memory

    monkeypatch.setattr(memory, "available", lambda *_: 10**8)
    told: list[object] = []
    plain = command.follow

    def follow(events, output, interrupt, _watch):
        return plain(events, output, interrupt, told.append)

    monkeypatch.setattr(command, "follow", follow)
    found = said(0, project, *SMALL, "--epochs", "1", "--name", "two")
    assert "of memory, 0.1 GB are free: choose a smaller input or network" in found
    (started,) = (event for event in told if isinstance(event, Started))
    assert started.memory > 10**8
    (epoch,) = (event for event in told if isinstance(event, EpochMetrics))
    assert epoch.memory > 10**8
