"""Names of classes beside a cfg, and which are taken."""

from __future__ import annotations

import pytest

from studio.errors import FileError, StudioError
from studio.yolo.darknet.names import COCO_NAMES, default_names, names_for, read_names, render_names


def test_without_a_file_names_are_cocos_or_numbers(tmp_path):
    cfg = tmp_path / "net.cfg"
    assert names_for(cfg, 2) == ("class 0", "class 1")
    assert names_for(cfg, 80) == COCO_NAMES == default_names(80)


def test_coco_names_are_in_darknets_order():
    places = {"person": 0, "dog": 16, "bottle": 39, "chair": 56, "tvmonitor": 62, "toothbrush": 79}
    assert len(set(COCO_NAMES)) == 80
    assert {name: COCO_NAMES.index(name) for name in places} == places


def test_the_nearest_file_of_names_wins(tmp_path):
    cfg = tmp_path / "net.cfg"
    (tmp_path / "coco.names").write_text("a\nb\n")
    assert names_for(cfg, 2) == ("a", "b")
    assert names_for(cfg, 3) == default_names(3)  # it is not about this model
    (tmp_path / "obj.names").write_text("c\nd\n")
    assert names_for(cfg, 2) == ("c", "d")
    (tmp_path / "net.names").write_bytes("\ufeffé e\r\n f \r\n\r\n".encode())
    assert names_for(cfg, 2) == ("é e", "f")


@pytest.mark.parametrize("text", ["a\nb\n", "a\na\na\n", "a\n\nb\n"])
def test_names_of_a_neighbour_that_do_not_fit_are_passed_over(tmp_path, text):
    (tmp_path / "obj.names").write_text(text)
    assert names_for(tmp_path / "net.cfg", 3) == default_names(3)
    (tmp_path / "coco.names").write_text("x\ny\nz\n")
    assert names_for(tmp_path / "net.cfg", 3) == ("x", "y", "z")


def test_another_number_of_names_is_an_error(tmp_path):
    (tmp_path / "net.names").write_text("a\nb\n")
    with pytest.raises(FileError, match=r"net\.names: holds 2 names, but net\.cfg has 3 classes"):
        names_for(tmp_path / "net.cfg", 3)


def test_bytes_that_are_no_text_are_said(tmp_path):
    (tmp_path / "net.names").write_bytes(b"\xff\xfe\x00a")
    with pytest.raises(FileError, match="it is no UTF-8 text"):
        names_for(tmp_path / "net.cfg", 1)


def test_names_are_read_as_they_were_written(tmp_path):
    names = ("traffic light", "é", "x#y", "[z]")
    (tmp_path / "net.names").write_bytes(render_names(names))
    assert read_names(tmp_path / "net.names") == names


@pytest.mark.parametrize("name", ["", " a", "a\nb", "a\u2028b"])
def test_a_name_that_is_no_line_cannot_be_written(name):
    with pytest.raises(StudioError, match="cannot be written as a line"):
        render_names(("good", name))
