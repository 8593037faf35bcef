"""Pictures come at once where they are small or known, and from the background where not."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, QThread, Slot
from pytestqt.qtbot import QtBot

from studio.gui.annotate.labelling import loader as loader_module
from studio.gui.annotate.labelling.loader import Loader
from studio.gui.picture import Picture
from studio.gui.session import Session
from studio.labels.dataset import Item, Layout, scan
from studio.labels.pictures.views import View, load_view
from tests.gui.folders import draw_picture

Items = dict[str, Item]
Wait = Callable[[], None]


class Listener(QObject):
    """Hears a loader in the main thread."""

    def __init__(self, loader: Loader) -> None:
        super().__init__()
        self.ready: list[tuple[str, tuple[int, int]]] = []
        self.failed: list[tuple[str, str]] = []
        loader.ready.connect(self._take)
        loader.failed.connect(self._take_failure)

    @Slot(object, object)
    def _take(self, item: Item, picture: Picture) -> None:
        assert QThread.currentThread() is self.thread()
        self.ready.append((item.name, picture.size))

    @Slot(object, str)
    def _take_failure(self, item: Item, sentence: str) -> None:
        self.failed.append((item.name, sentence))


@pytest.fixture
def items(tmp_path: Path) -> Items:
    """Three pictures, each of a width of its own."""
    for number, name in enumerate(("a", "b", "c")):
        draw_picture(tmp_path / f"{name}.png", (40 + number, 30))
    return {Path(item.name).stem: item for item in scan(tmp_path, Layout.of(tmp_path))}


@pytest.fixture
def session(qtbot: QtBot) -> Iterator[Session]:
    session = Session()
    yield session
    qtbot.waitUntil(lambda: not session.jobs)


@pytest.fixture
def loader(session: Session) -> Loader:
    return Loader(session)


@pytest.fixture
def heard(loader: Loader) -> Listener:
    return Listener(loader)


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note which pictures were decoded."""
    names: list[str] = []

    def note_and_load(path: Path) -> View:
        names.append(path.stem)
        return load_view(path)

    monkeypatch.setattr(loader_module, "load_view", note_and_load)
    return names


@pytest.fixture
def all_are_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loader_module, "_SMALL", 0)


@pytest.fixture
def rest(qtbot: QtBot, session: Session) -> Wait:
    return lambda: qtbot.waitUntil(lambda: not session.jobs)


def test_a_small_picture_is_there_at_once(
    loader: Loader, heard: Listener, session: Session, items: Items
) -> None:
    loader.open(items["b"])
    assert heard.ready == [("b.png", (41, 30))]
    assert not session.jobs
    assert not loader.is_waiting


@pytest.mark.usefixtures("all_are_large")
def test_a_large_picture_comes_later(
    loader: Loader, heard: Listener, items: Items, rest: Wait
) -> None:
    loader.open(items["b"])
    assert heard.ready == []
    assert loader.is_waiting
    rest()
    assert heard.ready == [("b.png", (41, 30))]
    assert not loader.is_waiting


@pytest.mark.usefixtures("all_are_large")
def test_only_the_picture_opened_last_is_told_of(
    loader: Loader, heard: Listener, items: Items, rest: Wait
) -> None:
    for name in ("a", "b", "c", "a", "c"):
        loader.open(items[name])
    rest()
    assert heard.ready == [("c.png", (42, 30))]


@pytest.mark.usefixtures("all_are_large")
def test_a_closed_loader_tells_of_nothing(
    loader: Loader, heard: Listener, items: Items, rest: Wait
) -> None:
    loader.open(items["a"])
    loader.close()
    rest()
    assert heard.ready == []


@pytest.mark.usefixtures("all_are_large")
def test_what_was_prefetched_is_there_at_once(
    loader: Loader, heard: Listener, session: Session, items: Items, decoded: list[str], rest: Wait
) -> None:
    loader.prefetch([items["c"], items["a"]])
    rest()
    assert decoded == ["c", "a"]
    assert heard.ready == []
    loader.open(items["a"])
    loader.prefetch([items["c"]])
    assert heard.ready == [("a.png", (40, 30))]
    assert not session.jobs
    assert decoded == ["c", "a"]


@pytest.mark.usefixtures("all_are_large")
def test_what_is_being_prefetched_is_not_read_twice(
    loader: Loader, heard: Listener, items: Items, decoded: list[str], rest: Wait
) -> None:
    loader.prefetch([items["a"]])
    loader.open(items["a"])
    rest()
    assert decoded == ["a"]
    assert heard.ready == [("a.png", (40, 30))]


@pytest.mark.usefixtures("all_are_large")
def test_a_picture_that_changed_is_read_again(
    loader: Loader, heard: Listener, items: Items, rest: Wait
) -> None:
    loader.prefetch([items["a"]])
    rest()
    draw_picture(items["a"].image, (6, 5))
    os.utime(items["a"].image, ns=(1, 1))
    loader.open(items["a"])
    rest()
    assert heard.ready == [("a.png", (6, 5))]


@pytest.mark.usefixtures("all_are_large")
@pytest.mark.parametrize(("kept", "expected"), [(2, ["c", "a", "b"]), (1, ["c", "a", "b", "a"])])
def test_few_pictures_are_kept(
    loader: Loader,
    items: Items,
    decoded: list[str],
    rest: Wait,
    monkeypatch: pytest.MonkeyPatch,
    kept: int,
    expected: list[str],
) -> None:
    monkeypatch.setattr(loader_module, "_MOST_PICTURES", kept)
    loader.prefetch([items[name] for name in "cab"])
    rest()
    loader.open(items["a"])
    rest()
    assert decoded == expected


@pytest.mark.usefixtures("all_are_large")
def test_what_is_too_large_to_keep_is_not_prefetched(
    loader: Loader,
    heard: Listener,
    items: Items,
    decoded: list[str],
    rest: Wait,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(loader_module, "_MOST_BYTES", 2 * 40 * 30 * 4 - 2)
    loader.prefetch(list(items.values()))
    rest()
    assert decoded == []
    for _ in range(2):
        loader.open(items["a"])
        rest()
    assert decoded == ["a", "a"]
    assert len(heard.ready) == 2


@pytest.mark.parametrize("size", [0, 10**7])
def test_what_cannot_be_read_is_said(
    loader: Loader,
    heard: Listener,
    items: Items,
    rest: Wait,
    monkeypatch: pytest.MonkeyPatch,
    size: int,
) -> None:
    monkeypatch.setattr(loader_module, "_SMALL", size)
    monkeypatch.setattr(loader_module, "_SMALL_FILE", size)
    items["a"].image.write_bytes(b"no picture")
    items["b"].image.unlink()
    loader.prefetch(list(items.values()))
    rest()
    for name in ("a", "b"):
        loader.open(items[name])
        rest()
    assert [name for name, _ in heard.failed] == ["a.png", "b.png"]
    assert "is not a picture" in heard.failed[0][1]
    assert "cannot be read" in heard.failed[1][1]
    assert heard.ready == []


@pytest.mark.usefixtures("all_are_large")
def test_a_fault_in_the_decoder_is_said_too(
    loader: Loader, heard: Listener, items: Items, rest: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Path) -> View:
        raise RuntimeError("out of order")

    monkeypatch.setattr(loader_module, "load_view", fail)
    loader.open(items["a"])
    rest()
    assert heard.failed == [("a.png", "Unexpected fault (RuntimeError): out of order")]
