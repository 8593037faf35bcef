"""A file that is saved is the old or the new one, whatever fails on the way."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from studio.errors import FileError
from studio.labels.files import (
    is_folder,
    read_bytes,
    read_if_there,
    remove_leftovers,
    write_atomic,
)

STEPS = ["os.fsync", "pathlib.Path.replace", "pathlib.Path.open", "shutil.copymode"]


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "a.xml"
    path.write_bytes(b"old")
    return path


def fail_with(error: BaseException) -> object:
    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


def test_a_file_and_its_folders_are_made(tmp_path: Path) -> None:
    path = tmp_path / "new" / "deeper" / "ä.xml"
    write_atomic(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(path.parent.iterdir()) == [path]


def test_a_file_is_replaced(old: Path) -> None:
    write_atomic(old, b"new")
    assert old.read_bytes() == b"new"
    assert list(old.parent.iterdir()) == [old]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EIO])
def test_a_step_that_fails_leaves_the_old_file_alone(
    step: str, code: int, old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(step, fail_with(OSError(code, os.strerror(code))))
    with pytest.raises(FileError) as caught:
        write_atomic(old, b"new")
    monkeypatch.undo()
    assert str(caught.value) == f"{old}: could not be saved: {os.strerror(code)}"
    assert old.read_bytes() == b"old"
    assert list(old.parent.iterdir()) == [old]


def test_a_write_that_stops_half_way(old: Path) -> None:
    resource = pytest.importorskip("resource", reason="needs POSIX limits")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))
    try:
        with pytest.raises(FileError, match="could not be saved: File too large"):
            write_atomic(old, bytes(5000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert old.read_bytes() == b"old"
    assert list(old.parent.iterdir()) == [old]


@pytest.mark.parametrize("step", STEPS)
def test_an_interrupt_leaves_nothing_behind(
    step: str, old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(step, fail_with(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        write_atomic(old, b"new")
    monkeypatch.undo()
    assert old.read_bytes() == b"old"
    assert list(old.parent.iterdir()) == [old]


def test_a_write_protected_file_is_not_replaced(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)  # root may write anything
    with pytest.raises(FileError, match="write-protected"):
        write_atomic(old, b"new")
    assert old.read_bytes() == b"old"


def test_a_file_where_a_folder_should_be(old: Path) -> None:
    with pytest.raises(FileError) as caught:
        write_atomic(old / "b.xml", b"new")
    assert caught.value.path == old / "b.xml"
    assert old.read_bytes() == b"old"


def test_a_folder_where_the_file_should_be(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="could not be saved"):
        write_atomic(tmp_path, b"new")
    assert tmp_path.is_dir()


def test_a_name_that_is_too_long(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="could not be saved"):
        write_atomic(tmp_path / ("x" * 300), b"new")
    assert not list(tmp_path.iterdir())


def test_permissions_are_kept(old: Path) -> None:
    old.chmod(0o640)
    write_atomic(old, b"new")
    assert stat.S_IMODE(old.stat().st_mode) == 0o640


def test_a_link_is_written_through(old: Path, tmp_path: Path) -> None:
    link = tmp_path / "elsewhere" / "link.xml"
    link.parent.mkdir()
    link.symlink_to(old)
    write_atomic(link, b"new")
    assert link.is_symlink()
    assert old.read_bytes() == b"new"
    assert list(link.parent.iterdir()) == [link]


def test_reading_says_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="cannot be read: No such file"):
        read_bytes(tmp_path / "none")
    with pytest.raises(FileError, match="cannot be read: Is a directory"):
        read_bytes(tmp_path)


def test_what_is_not_there_is_told_from_what_may_not_be_reached(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert read_if_there(old) == b"old"
    assert read_if_there(old.parent / "none") is None
    assert read_if_there(old / "below a file") is None
    assert (is_folder(old.parent), is_folder(old), is_folder(old / "none")) == (True, False, False)
    refuse = fail_with(PermissionError(errno.EACCES, os.strerror(errno.EACCES)))
    monkeypatch.setattr("pathlib.Path.read_bytes", refuse)
    monkeypatch.setattr("pathlib.Path.stat", refuse)
    for look in (read_if_there, is_folder):
        with pytest.raises(FileError, match=r"a\.xml: cannot be read: Permission denied"):
            look(old)


def test_only_old_leftovers_of_our_own_are_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pathlib.Path.replace", fail_with(KeyboardInterrupt()))
    monkeypatch.setattr("pathlib.Path.unlink", fail_with(PermissionError()))
    with pytest.raises(KeyboardInterrupt):
        write_atomic(tmp_path / "a.xml", b"cut off")
    monkeypatch.undo()
    (old,) = tmp_path.iterdir()
    young = old.with_name(".0123456789abcdef.part")
    others = [tmp_path / name for name in (".part", "0123456789abcdef.part", ".abc.part", "a.xml")]
    for path in (young, *others):
        path.write_bytes(b"x")
    for path in (old, *others):
        os.utime(path, (1, 1))
    remove_leftovers(tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted([young, *others])
    remove_leftovers(tmp_path / "missing")
