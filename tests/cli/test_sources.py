"""What `detect` reads and writes: nothing that was there before is ever lost unasked."""

from __future__ import annotations

import json
import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from studio import cli
from studio.cli import detect as command
from studio.cli.sources import Source, distinct, find_sources, refuse_to_overwrite
from studio.errors import FileError
from studio.labels.anchors import Anchors
from studio.labels.formats import WRITERS
from studio.yolo.config import TrainConfig
from studio.yolo.network.model import ModelConfig
from studio.yolo.runs import Run, new_run
from studio.yolo.suppression.plain import METHODS


def names(*given: str) -> list[str]:
    return [source.name for source in distinct(Source(Path(name), name) for name in given)]


@pytest.fixture
def run(tmp_path) -> Run:
    """A run without weights: enough for calls that are refused before TensorFlow is loaded."""
    anchors = Anchors(((8, 8), (20, 20)), (64, 64))
    model = ModelConfig("yolov3-tiny", ("cat",), anchors, (64, 64))
    return new_run(tmp_path / "runs", "one", TrainConfig(model))


@pytest.fixture
def detector(run, monkeypatch):
    """Put a detector that finds nothing in the place of the network."""

    class Blind:
        @classmethod
        def load(cls, _: Path) -> Blind:
            return cls()

        def detect(self, image: np.ndarray, *thresholds: float | str) -> list:
            Blind.asked = thresholds
            return []

    import studio.yolo.detect

    monkeypatch.setattr(studio.yolo.detect, "Detector", Blind)
    return Blind


def test_files_of_one_name_are_written_to_two_places():
    assert names("1.jpg", "1.jpg", "1-2.jpg") == ["1.jpg", "1-2.jpg", "1-2-2.jpg"]
    assert names("clip.avi", "clip.mp4") == ["clip.mp4", "clip-2.mp4"]
    assert names("A.jpg", "a.JPG") == ["A.jpg", "a-2.JPG"]


@pytest.mark.parametrize("method", METHODS)
def test_detection_suppresses_as_it_is_told(run, detector, picture, tmp_path, capsys, method):
    file = picture(tmp_path / "a.png")
    assert cli.run(["detect", str(run.path), str(file), "--json", "--nms", method]) == 0
    assert json.loads(capsys.readouterr().out)["detections"] == []
    assert detector.asked == (0.25, 0.45, method)


def test_an_unknown_way_to_suppress_is_one_line(run, capsys):
    assert cli.run(["detect", str(run.path), "a.png", "--nms", "magic"]) == 2
    assert "greedy" in capsys.readouterr().err


def test_what_cannot_be_written_in_colour_becomes_png():
    assert names("a.pgm", "b.jp2", "c.dat", "d.TIF", "a.png") == [
        "a.png", "b.png", "c.png", "d.TIF", "a-2.png",
    ]  # fmt: skip


def test_a_path_that_is_not_there_is_said(tmp_path):
    with pytest.raises(FileError, match=r"x\.png: does not exist"):
        find_sources([tmp_path / "x.png"])


def test_existing_files_are_kept_unless_asked_and_sources_always(tmp_path, picture):
    source, other = picture(tmp_path / "in" / "a.png"), picture(tmp_path / "out" / "b.png")
    sources = [Source(source, "a.png")]
    refuse_to_overwrite(tmp_path / "out", ["a.png", "a.xml"], sources, overwrite=False)
    with pytest.raises(FileError, match=r"b\.png: exists already.*--overwrite"):
        refuse_to_overwrite(tmp_path / "out", ["b.png"], sources, overwrite=False)
    refuse_to_overwrite(tmp_path / "out", ["b.png"], sources, overwrite=True)
    (tmp_path / "out" / "link.png").symlink_to(source)
    for folder, name in (("in", "a.png"), ("out", "link.png")):
        with pytest.raises(FileError, match="is read from"):
            refuse_to_overwrite(tmp_path / folder, [name], sources, overwrite=True)
    with pytest.raises(FileError, match="is not a folder"):
        refuse_to_overwrite(other, [], sources, overwrite=True)


@pytest.mark.parametrize(("kind", "file"), [
    ("voc", "a.xml"), ("yolo", "a.txt"), ("yolo", "classes.txt"), ("coco", "detections.json"),
])  # fmt: skip
def test_label_files_that_exist_are_refused_before_anything_is_loaded(
    run, tmp_path, picture, capsys, kind, file
):
    source, out = picture(tmp_path / "a.png"), tmp_path / "out"
    out.mkdir()
    (out / file).write_text("by hand")
    arguments = ["detect", str(run.path), str(source), "--out", str(out), "--format", kind]
    assert cli.run(arguments) == 2
    _, err = capsys.readouterr()
    assert err == (
        f"{out / file}: exists already: choose an empty folder for --out, or add --overwrite\n"
    )
    assert [path.name for path in out.iterdir()] == [file]
    assert (out / file).read_text() == "by hand"


def test_writers_name_all_their_files(tmp_path):
    pictures = ["a.jpg", "a.png", "sub/b.png"]
    for make in WRITERS.values():
        writer, folder = make(("cat",)), tmp_path / make.__name__
        for name in pictures:
            writer.add(folder, name, (40, 30), [])
        writer.finish(folder)
        written = {p.relative_to(folder).as_posix() for p in folder.rglob("*.*")}
        assert written == set(make(("cat",)).files(pictures))


def test_labels_of_a_video_are_refused(run, tmp_path, capsys):
    film = tmp_path / "film.avi"
    film.touch()
    arguments = ["detect", str(run.path), str(film), "--out", str(tmp_path), "--format", "coco"]
    assert cli.run(arguments) == 2
    assert "film.avi: is a video" in capsys.readouterr().err


def test_what_cannot_be_written_was_printed_before(run, detector, tmp_path, picture, capsys):
    source, out = tmp_path / "g.pgm", tmp_path / "out"
    cv2.imwrite(str(source), np.zeros((30, 40), np.uint8))
    assert cli.run(["detect", str(run.path), str(source), "--out", str(out), "--json"]) == 0
    assert (out / "g.png").exists()
    capsys.readouterr()
    (tmp_path / "file").touch()
    arguments = ["detect", str(run.path), str(source), "--out", str(tmp_path / "file" / "out")]
    assert cli.run([*arguments, "--json"]) == 2
    printed, err = capsys.readouterr()
    assert json.loads(printed)["image"] == str(source)
    assert "could not be saved" in err


def test_ctrl_c_keeps_the_labels_of_what_was_done(run, detector, tmp_path, picture, monkeypatch):
    sources = [picture(tmp_path / "in" / f"{i}.png") for i in range(3)]
    whole = command._found_in

    def interrupted(source: Source, *rest):
        if source.name == "2.png":
            raise KeyboardInterrupt
        yield from whole(source, *rest)

    monkeypatch.setattr(command, "_found_in", interrupted)
    arguments = ["detect", run.path, *sources, "--out", tmp_path / "out", "--format", "coco,yolo"]
    assert cli.run(list(map(os.fspath, arguments))) == 130
    listed = json.loads((tmp_path / "out" / "detections.json").read_text())["images"]
    assert [image["file_name"] for image in listed] == ["0.png", "1.png"]
    assert (tmp_path / "out" / "classes.txt").read_text() == "cat\n"
