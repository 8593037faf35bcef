"""One history over all pictures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import hypothesis.strategies as st
from hypothesis import given

from studio.labels import editing
from studio.labels.boxes import MIN_SIDE, Box
from studio.labels.editing import Document, selecting
from studio.labels.editing.describing import describe
from studio.labels.editing.edges import Point
from studio.labels.editing.editor import Editor
from studio.labels.editing.history import Edit, History, Operation
from studio.labels.editing.hits import Handle, HitTarget

WIDTH, HEIGHT = 100, 80
BIG = Box("cell", 10, 10, 60, 60, source=0)
SMALL = Box("dot", 30, 30, 40, 40, source=1)
ODD = Box("odd", 0.4, 0.2, 99.7, 79.9, source=1)


def edit(name: str, text: str = "") -> Edit:
    return Edit(name, text, Document(9, 9), Document(9, 9, verified=True))


def test_the_last_step_is_taken_back_first_and_made_again_last() -> None:
    history, first, second = History(), edit("a"), Operation("Rename", Path("journal"))
    assert history.undo() is None
    assert history.redo() is None
    history.push(first)
    history.push(second)
    assert (history.undo(), history.undo(), history.undo()) == (second, first, None)
    assert (history.redo(), history.redo(), history.redo()) == (first, second, None)
    assert history.steps == (first, second)


def test_a_new_step_ends_what_could_be_made_again() -> None:
    history = History()
    history.push(edit("a"))
    history.undo()
    history.push(edit("b"))
    assert not history.can_redo
    assert [step.name for step in history.steps if isinstance(step, Edit)] == ["b"]


def test_a_picture_that_was_read_anew_is_forgotten_on_both_sides() -> None:
    history = History()
    for name in "abab":
        history.push(edit(name))
    history.undo()
    history.undo()
    history.forget("a")
    assert [step.name for step in history.steps if isinstance(step, Edit)] == ["b", "b"]
    assert history.done == 1
    history.clear()
    assert (history.steps, history.done) == ((), 0)


# --- any sequence of edits ----------------------------------------------------------------------

points = st.tuples(st.floats(-300, 300), st.floats(-300, 300))
SIMPLE: dict[str, Callable[[Document, Point], Document]] = {
    "nudge": lambda document, by: editing.move(document, *by),
    "delete": lambda document, _: editing.delete(document),
    "double": lambda document, _: editing.duplicate(document, 7),
    "label": lambda document, _: editing.relabel(document, "other"),
    "flag": lambda document, _: editing.toggle_flag(document, "difficult"),
    "pose": lambda document, _: editing.set_pose(document, "Left"),
    "push": lambda document, by: editing.push_side(document, Handle.BOTTOM_LEFT, *by),
    "all": lambda document, _: selecting.select_all(document),
    "hide": lambda document, _: selecting.hide(document),
    "lock": lambda document, _: selecting.toggle_locked(document),
    "next": lambda document, _: selecting.select_next(document, 1),
    "paste": lambda document, _: editing.add(document, (SMALL, BIG)),
    "verify": lambda document, _: editing.toggle_verified(document),
    "nothing": lambda document, _: editing.toggle_labelled(document),
}
actions = st.one_of(
    st.tuples(st.sampled_from(("draw", "drag", *SIMPLE)), points, points),
    st.tuples(st.just("grip"), st.sampled_from(list(Handle)), points),
    st.tuples(st.sampled_from(("undo", "redo")), st.none(), points),
)


class Session:
    """Pictures that are edited, and the history over them."""

    def __init__(self) -> None:
        self.history = History()
        self.pictures = {name: Editor(Document(WIDTH, HEIGHT, (BIG, ODD))) for name in "abc"}

    def act(self, name: str, kind: str, first: object, second: Point) -> None:
        desk = self.pictures[name]
        if kind in ("undo", "redo"):
            self.go(forward=kind == "redo")
        elif kind in SIMPLE:
            desk.apply(SIMPLE[kind](desk.document, second))
        else:
            self.drag(desk, kind, first, second)
        for before, after in desk.take_edits():
            assert not before.says_what(after)
            self.history.push(Edit(name, describe(before, after), before, after))

    @staticmethod
    def drag(desk: Editor, kind: str, first: object, second: Point) -> None:
        if kind == "draw":
            desk.press_to_draw(first, "new", slop=2)
        elif kind == "drag":
            desk.press(first, desk.hit(first, 5), slop=2)
        elif desk.document.boxes:
            desk.press((0, 0), HitTarget(0, first), slop=2)
        desk.move((50, 50))
        desk.release(second)

    def go(self, *, forward: bool) -> None:
        step = self.history.redo() if forward else self.history.undo()
        if step:
            assert isinstance(step, Edit)
            assert step.text
            self.pictures[step.name].put(step.after if forward else step.before)

    def labels(self) -> list[tuple[object, ...]]:
        documents = [desk.document for desk in self.pictures.values()]
        return [(d.boxes, d.verified, d.labelled) for d in documents]


@given(st.lists(st.tuples(st.sampled_from("abc"), actions), max_size=15))
def test_undo_of_everything_returns_to_the_start_and_redo_to_the_end(
    steps: list[tuple[str, tuple[str, object, Point]]],
) -> None:
    session = Session()
    start = session.labels()
    for name, action in steps:
        session.act(name, *action)
        check(session.pictures[name].document)
    while session.history.can_redo:
        session.go(forward=True)
    end = session.labels()
    while session.history.can_undo:
        session.go(forward=False)
    assert session.labels() == start
    while session.history.can_redo:
        session.go(forward=True)
    assert session.labels() == end


def check(document: Document) -> None:
    for box in document.boxes:
        assert 0 <= box.xmin < box.xmax <= WIDTH
        assert 0 <= box.ymin < box.ymax <= HEIGHT
        assert min(box.width, box.height) > MIN_SIDE - 1e-9
    for positions in (document.selection, document.hidden, document.locked):
        assert all(0 <= i < len(document.boxes) for i in positions)
