"""What a folder remembers, and that nothing a person wrote there is lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from studio.errors import FileError, StudioError
from studio.labels import classes
from studio.labels.anchors import Anchors
from studio.labels.classes import ClassList
from studio.project import FILE, Project, update_classes

Make = Callable[..., Path]
ANCHORS = Anchors(((10.0, 14.0), (23.456, 27.0)), (416, 320))


def tree(root: Path) -> dict[str, bytes]:
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def write(root: Path, text: str | bytes) -> Path:
    path = root / FILE
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


# --- opening ------------------------------------------------------------------------------------


def test_opening_any_folder_writes_nothing(tmp_path: Path, picture: Make, labels: Make) -> None:
    picture(tmp_path / "a.png")
    labels(tmp_path / "annotations" / "a.xml", ("cat", 1, 1, 9, 9))
    before = tree(tmp_path)
    project = Project.open(tmp_path)
    dataset = project.dataset()
    assert (project.classes, dataset.classes) == ((), ("cat",))
    assert [item.name for item in dataset.items] == ["a.png"]
    assert tree(tmp_path) == before


def test_settings_are_read(tmp_path: Path, picture: Make) -> None:
    picture(tmp_path / "photos" / "a.png")
    write(
        tmp_path,
        """
        images = "photos"
        annotations = "xml"
        classes = ["dog", "cat"]
        anchors = {input_size = [416, 320], sizes = [[10, 14], [23.5, 27]]}
        split = {val = 0.2, test = 0}
        [train]
        epochs = 7
        """,
    )
    project = Project.open(tmp_path)
    assert [item.image for item in project.items()] == [project.root / "photos" / "a.png"]
    assert [item.labels for item in project.items()] == [project.root / "xml" / "a.xml"]
    assert project.classes == ("dog", "cat")
    assert project.anchors == Anchors(((10, 14), (23.5, 27)), (416, 320))
    assert project.split == (0.2, 0.0)
    assert project.training == {"epochs": 7}


def test_label_files_beside_the_pictures_of_a_chosen_folder_stay_there(
    tmp_path: Path, picture: Make, labels: Make
) -> None:
    picture(tmp_path / "photos" / "left" / "a.png")
    labels(tmp_path / "photos" / "left" / "a.xml", ("cat", 1, 1, 9, 9))
    write(tmp_path, 'images = "photos"')
    dataset = Project.open(tmp_path).dataset()
    assert dataset.classes == ("cat",)
    assert [item.name for item in dataset.labelled("all")] == ["left/a.png"]


def test_a_folder_with_folders_has_its_labels_in_a_mirror_of_them(
    tmp_path: Path, picture: Make, labels: Make
) -> None:
    for name in ("a", "left/a", "left/top/b"):
        picture(tmp_path / f"{name}.png")
        labels(tmp_path / "annotations" / f"{name}.xml", (name, 1, 1, 9, 9))
    found = Project.open(tmp_path).items()
    assert {item.stem: item.read().boxes[0].label for item in found} == {
        name: name for name in ("a", "left/a", "left/top/b")
    }


def test_the_class_list_of_other_tools_is_taken_over(tmp_path: Path) -> None:
    (tmp_path / "classes.txt").write_bytes("\ufeffdog\r\ncat \r\n\r\n".encode())
    assert Project.open(tmp_path).classes == ("dog", "cat")
    write(tmp_path, 'classes = ["own"]')
    assert Project.open(tmp_path).classes == ("own",)


def test_listed_splits_come_before_shares(tmp_path: Path, picture: Make) -> None:
    for name in ("a", "b"):
        picture(tmp_path / "JPEGImages" / f"{name}.png")
    lists = tmp_path / "ImageSets" / "Main"
    lists.mkdir(parents=True)
    (lists / "train.txt").write_text("b\n")
    (lists / "val.txt").write_text("a\n")
    assert Project.open(tmp_path).dataset().splits == {"train": (1,), "val": (0,)}


@pytest.mark.parametrize("name", ["missing", "file"])
def test_what_is_no_folder_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StudioError, match=f"{name}: is not a folder"):
        Project.open(tmp_path / name)


def test_a_folder_that_may_not_be_entered_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "stat", refuse)
    with pytest.raises(FileError, match="cannot be read: Permission denied"):
        Project.open(tmp_path)


BROKEN = {
    "not TOML": "classes = [",
    "not text": b'classes = ["\xff"]',
    "a class twice": 'classes = ["cat", "dog", "cat"]',
    "a class twice but for white space": 'classes = ["cat", "cat "]',
    "a class without a name": 'classes = ["cat", " "]',
    "a class of two lines": 'classes = ["cat\\ndog"]',
    "a number as a class": "classes = [1]",
    "one class that is no list": 'classes = "cat"',
    "classes by number": "classes = {0 = 'cat'}",
    "a number as a folder": "images = 3",
    "a list as a folder": "annotations = []",
    "anchors that are no table": "anchors = [[10, 14]]",
    "anchors without their input": "anchors = {sizes = [[10, 14]]}",
    "anchors that are no pairs": "anchors = {input_size = [416, 416], sizes = [10, 14]}",
    "anchors that are no numbers": "anchors = {input_size = [416, 416], sizes = [['a', 'b']]}",
    "no anchors": "anchors = {input_size = [416, 416], sizes = []}",
    "anchors without area": "anchors = {input_size = [416, 416], sizes = [[0, 4]]}",
    "infinite anchors": "anchors = {input_size = [416, 416], sizes = [[inf, 4]]}",
    "an infinite input": "anchors = {input_size = [inf, 416], sizes = [[3, 4]]}",
    "an input without area": "anchors = {input_size = [416, 0], sizes = [[3, 4]]}",
    "a colour that is none": 'colours = {cat = "orange"}',
    "a colour that is a number": "colours = {cat = 3}",
    "colours that are no table": 'colours = ["#e69f00"]',
    "an order that is no list": 'class_order = "cat"',
    "a split that is no table": "split = 0.1",
    "a share above 1": "split = {val = 10}",
    "a share below 0": "split = {test = -0.1}",
    "a share that is no number": "split = {test = 'all'}",
    "nothing to train with": "split = {val = 0.5, test = 0.5}",
    "no share": "split = {val = nan}",
    "training settings that are no table": "train = ['epochs']",
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN.keys())
def test_a_wrong_setting_is_refused_in_one_sentence_that_names_the_file(
    tmp_path: Path, text: str | bytes
) -> None:
    path = write(tmp_path, text)
    before = path.read_bytes()
    with pytest.raises(FileError) as caught:
        Project.open(tmp_path)
    assert caught.value.path.name == FILE
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == before


def test_classes_of_other_tools_that_are_no_text_are_named(tmp_path: Path) -> None:
    (tmp_path / "classes.txt").write_bytes(b"\xff\xfe")
    with pytest.raises(FileError, match=r"classes\.txt: is not UTF-8 text"):
        Project.open(tmp_path)


def test_classes_of_other_tools_that_are_wrong_are_named(tmp_path: Path) -> None:
    (tmp_path / "classes.txt").write_text("cat\ncat\n")
    with pytest.raises(FileError, match=r"classes\.txt.*class 'cat' is listed twice"):
        Project.open(tmp_path)


# --- saving -------------------------------------------------------------------------------------


def test_what_is_saved_is_read_back(tmp_path: Path) -> None:
    project = replace(Project.open(tmp_path), classes=("dog", 'the "cat"', "ä"), anchors=ANCHORS)
    project.save()
    found = Project.open(tmp_path)
    assert found.classes == project.classes
    assert found.anchors == Anchors(((10, 14), (23.46, 27)), (416, 320))


WRITTEN = """# my cells
annotations = "xml"  # from the hospital

classes = [
  "WBC",  # white
  "RBC",
]

[train]
epochs = 30  # enough

[anchors]
# clustered in March
input_size = [416, 416]
sizes = [[10, 14]]
mine = true
"""


def test_comments_and_foreign_settings_survive(tmp_path: Path) -> None:
    path = write(tmp_path, WRITTEN)
    project = Project.open(tmp_path)
    project.save()
    assert path.read_text() == WRITTEN
    replace(project, anchors=ANCHORS).save()
    sizes = "[[10.0, 14.0], [23.46, 27.0]]"
    expected = WRITTEN.replace("[[10, 14]]", sizes).replace("[416, 416]", "[416, 320]")
    assert path.read_text() == expected


@pytest.mark.parametrize(
    ("classes", "lines"),
    [
        (("WBC", "RBC", "Platelets"), ['  "WBC",  # white', '  "RBC",', '  "Platelets",']),
        (("white", "RBC"), ['  "white",  # white', '  "RBC",']),
        (("WBC",), ['  "WBC",  # white']),
    ],
)
def test_a_change_of_the_classes_leaves_the_rest_as_it_was(
    tmp_path: Path, classes: tuple[str, ...], lines: list[str]
) -> None:
    path = write(tmp_path, WRITTEN)
    Project.open(tmp_path).with_classes(classes).save()
    before = ['  "WBC",  # white', '  "RBC",']
    assert path.read_text() == WRITTEN.replace("\n".join(before), "\n".join(lines))
    assert Project.open(tmp_path).classes == classes


def test_settings_are_added_to_a_file_that_has_only_tables(tmp_path: Path) -> None:
    write(tmp_path, "[train]\nepochs = 3\n")
    replace(Project.open(tmp_path), classes=("cat",), anchors=ANCHORS).save()
    found = Project.open(tmp_path)
    assert (found.classes, found.training) == (("cat",), {"epochs": 3})
    assert found.anchors is not None


def test_a_file_written_on_windows_is_read_and_saved(tmp_path: Path) -> None:
    path = write(tmp_path, b'\xef\xbb\xbfclasses = ["cat"]\r\n[train]\r\nepochs = 3\r\n')
    project = Project.open(tmp_path)
    project.with_classes(("cat", "dog")).save()
    assert b"epochs = 3\r\n" in path.read_bytes()
    assert Project.open(tmp_path).classes == ("cat", "dog")


def test_undecided_classes_are_not_written(tmp_path: Path) -> None:
    replace(Project.open(tmp_path), anchors=ANCHORS).save()
    assert "classes" not in (tmp_path / FILE).read_text()


@pytest.mark.parametrize(
    "anchors",
    [
        "anchors = {input_size = [416, 416], sizes = [[10, 14]]}\n",
        "anchors.input_size = [416, 416]\nanchors.sizes = [[10, 14]]\n",
        "[anchors]\ninput_size = [416, 416]\nsizes = [[10, 14]]\n",
    ],
)
def test_classes_and_anchors_can_be_taken_out_again(tmp_path: Path, anchors: str) -> None:
    path = write(tmp_path, f'images = "."  # here\nclasses = ["cat"]\n{anchors}')
    replace(Project.open(tmp_path), classes=(), anchors=None).save()
    found = Project.open(tmp_path)
    assert (found.classes, found.anchors) == ((), None)
    assert path.read_text().startswith('images = "."  # here\n')


def test_what_people_wrote_beside_anchors_that_go_is_kept(tmp_path: Path) -> None:
    path = write(tmp_path, WRITTEN)
    replace(Project.open(tmp_path), anchors=None).save()
    gone = "input_size = [416, 416]\nsizes = [[10, 14]]\n"
    assert path.read_text() == WRITTEN.replace(gone, "")
    assert Project.open(tmp_path).anchors is None


def test_what_another_program_saved_meanwhile_is_kept(tmp_path: Path) -> None:
    """The window is open while a command puts anchors into the project."""
    window = Project.open(tmp_path)
    replace(Project.open(tmp_path), anchors=ANCHORS).save()
    saved = window.with_classes(("cat",)).save()
    found = Project.open(tmp_path)
    assert (found.classes, found.anchors is None) == (("cat",), False)
    saved.with_classes(()).save()
    assert Project.open(tmp_path).classes == ()


def test_the_tiniest_anchor_can_be_read_back(tmp_path: Path) -> None:
    tiny = Anchors(((0.001, 3),), (416, 416))
    replace(Project.open(tmp_path), anchors=tiny).save()
    assert Project.open(tmp_path).anchors == Anchors(((0.01, 3),), (416, 416))


def test_a_file_that_broke_in_the_meantime_is_not_overwritten(tmp_path: Path) -> None:
    project = Project.open(tmp_path).with_classes(("cat",))
    path = write(tmp_path, "classes = [")
    with pytest.raises(FileError, match="not valid TOML"):
        project.save()
    assert path.read_text() == "classes = ["


def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, WRITTEN)
    project = Project.open(tmp_path).with_classes(("cat",))

    def fill_up(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", fill_up)
    with pytest.raises(FileError, match=r"studio\.toml: could not be saved: No space left"):
        project.save()
    assert tree(tmp_path) == {FILE: WRITTEN.encode()}
    assert path.read_text() == WRITTEN


LOOKS = """# mine
classes = ["RBC", "WBC"]
class_order = ["WBC", "RBC"]  # as I like it

[colours]
WBC = "#0000FF"  # blue
stranger = "#c80000"
"""


def test_colours_and_the_order_of_the_classes_are_read(tmp_path: Path) -> None:
    write(tmp_path, LOOKS)
    listed = Project.open(tmp_path).class_list
    assert listed.shown == ("WBC", "RBC")
    assert listed.colours == {"WBC": (0, 0, 255), "stranger": (200, 0, 0)}


def test_looks_are_written_where_they_differ(tmp_path: Path) -> None:
    path = write(tmp_path, LOOKS)
    listed = Project.open(tmp_path).class_list
    update_classes(tmp_path, lambda _: listed)
    assert path.read_text() == LOOKS
    update_classes(tmp_path, lambda listed: classes.recolour(listed, "RBC", (1, 2, 3)))
    assert path.read_text() == LOOKS + 'RBC = "#010203"\n'
    update_classes(tmp_path, lambda listed: classes.rename(listed, "RBC", "red"))
    found = Project.open(tmp_path).class_list
    assert (found.names, found.shown) == (("red", "WBC"), ("WBC", "red"))
    assert found.colour("red") == (1, 2, 3)
    assert "# as I like it" in path.read_text()
    assert "# blue" in path.read_text()


def test_looks_that_are_none_any_more_are_taken_out(tmp_path: Path) -> None:
    path = write(tmp_path, LOOKS)
    update_classes(tmp_path, lambda listed: ClassList(listed.names))
    assert path.read_text().rstrip() == '# mine\nclasses = ["RBC", "WBC"]'


@pytest.mark.parametrize("names", [("a", "a"), ("a", " a"), ("",), ("a\nb",)])
def test_unusable_class_lists_are_refused(tmp_path: Path, names: tuple[str, ...]) -> None:
    with pytest.raises(StudioError, match="class"):
        Project.open(tmp_path).with_classes(names)


def test_the_real_data_set(bccd: Path) -> None:
    dataset = Project.open(bccd).dataset()
    assert dataset.classes == ("Platelets", "RBC", "WBC")
    assert [len(dataset.labelled(split)) for split in ("train", "val", "test")] == [205, 87, 72]


def test_settings_that_nobody_reads_are_told_and_kept(tmp_path: Path) -> None:
    text = "notes = 3\n[trian]\nepochs = 1\n[split]\nvall = 0.2\nval = 0.3\n[train]\nepochs = 2\n"
    path = write(tmp_path, text)
    project = Project.open(tmp_path)
    assert project.unread == (
        "nothing reads 'notes'",
        "nothing reads 'trian'; is 'train' meant?",
        "nothing reads [split] 'vall'; is 'val' meant?",
    )
    assert project.split == (0.3, 0.1)
    project.with_classes(("a",)).save()
    assert all(line in path.read_text().splitlines() for line in text.splitlines())
