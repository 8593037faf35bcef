"""A folder that appears whole, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.errors import FileError
from studio.labels.folder.making import making


@pytest.mark.parametrize("is_there", [False, True])
def test_a_folder_appears_when_all_is_written(tmp_path, is_there):
    target = tmp_path / "new" / "out"
    if is_there:
        target.mkdir(parents=True)
    with making(target) as folder:
        (folder / "a").write_text("1")
        assert not is_there or not list(target.iterdir())
        assert target.exists() == is_there
    assert [path.name for path in target.iterdir()] == ["a"]
    assert list(target.parent.iterdir()) == [target]


def make_and_fail(target: Path, error: type[BaseException]) -> None:
    with making(target) as folder:
        (folder / "a").write_text("1")
        raise error


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError, OSError])
def test_nothing_is_left_of_what_failed(tmp_path, error):
    with pytest.raises((error, FileError)):
        make_and_fail(tmp_path / "out", error)
    assert list(tmp_path.iterdir()) == []


def test_files_of_others_stay(tmp_path):
    target = tmp_path / "out"
    target.mkdir()
    with pytest.raises(FileError, match="out: could not be written"), making(target):
        (target / "theirs").write_text("2")  # meanwhile
    assert [path.name for path in target.iterdir()] == ["theirs"]
    with pytest.raises(FileError, match="holds files already"), making(target):
        pass
    with pytest.raises(FileError, match="is no folder"), making(target / "theirs"):
        pass
    assert (target / "theirs").read_text() == "2"
    assert list(tmp_path.iterdir()) == [target]
