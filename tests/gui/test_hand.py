"""Space, held down and tapped."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QObject, QPointF, Qt
from pytestqt.qtbot import QtBot

from studio.gui.annotate.canvas.hand import Hand


class Taps:
    """Counts the taps of a hand."""

    def __init__(self, hand: Hand) -> None:
        self.count = 0
        hand.tapped.connect(self._add)

    def _add(self) -> None:
        self.count += 1


@pytest.fixture
def parent() -> QObject:
    return QObject()


def test_a_tap_counts_at_once_where_repeats_are_told_apart(qtbot: QtBot, parent: QObject) -> None:
    hand = Hand(parent, 0)
    taps = Taps(hand)
    hand.press_space()
    assert hand.is_ready
    hand.release_space()
    assert (hand.is_ready, taps.count) == (False, 1)


def test_releases_that_are_followed_by_presses_are_none(qtbot: QtBot, parent: QObject) -> None:
    hand = Hand(parent, 200)
    taps = Taps(hand)
    hand.press_space()
    for _ in range(3):
        hand.release_space()
        hand.press_space()
    assert (hand.is_ready, taps.count) == (True, 0)
    hand.release_space()
    qtbot.waitUntil(lambda: not hand.is_ready)
    assert taps.count == 1


def test_a_push_in_the_midst_of_repeats_makes_it_no_tap(qtbot: QtBot, parent: QObject) -> None:
    hand = Hand(parent, 200)
    taps = Taps(hand)
    hand.press_space()
    assert hand.press(Qt.MouseButton.LeftButton, QPointF(1, 1))
    hand.release_space()
    hand.press_space()
    assert hand.move(QPointF(4, 5)) == QPointF(3, 4)
    assert hand.release(Qt.MouseButton.LeftButton)
    hand.release_space()
    qtbot.waitUntil(lambda: not hand.is_ready)
    assert taps.count == 0


def test_only_the_button_that_pushes_ends_it(qtbot: QtBot, parent: QObject) -> None:
    hand = Hand(parent, 0)
    assert not hand.press(Qt.MouseButton.LeftButton, QPointF())
    assert hand.press(Qt.MouseButton.MiddleButton, QPointF())
    assert not hand.release(Qt.MouseButton.LeftButton)
    assert hand.is_pushing
    hand.drop()
    assert not hand.is_pushing
