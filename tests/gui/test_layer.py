"""The layer of boxes that stand still: whatever was kept, it looks as if painted afresh."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPointF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QImage, QMouseEvent, QPainter
from pytestqt.qtbot import QtBot

from studio.gui.annotate.canvas import layer as layers
from studio.gui.annotate.canvas import painting
from studio.gui.annotate.canvas.canvas import Canvas
from studio.gui.annotate.canvas.layer import Layer
from studio.gui.annotate.canvas.look import Look
from studio.gui.picture import Picture
from studio.labels import editing
from studio.labels.boxes import Box
from studio.labels.editing import Document
from studio.labels.editing.editor import Editor
from studio.labels.screen.palette import OKABE_ITO
from studio.labels.screen.viewport import Viewport

CLASSES = ("cat", "dog", "bird")
LABELS = (*CLASSES, "zebra", "yak")  # two that the project does not list
VIEW = QSize(300, 200)
LOOK = Look(Viewport(), CLASSES, QFont())


def scattered(random: Random, count: int, width: int = 400, height: int = 300) -> tuple[Box, ...]:
    return tuple(a_box(random, width, height) for _ in range(count))


def a_box(random: Random, width: int = 400, height: int = 300) -> Box:
    x, y = random.uniform(0, width - 61), random.uniform(0, height - 61)
    across, down = random.randint(1, 60), random.randint(1, 60)
    return Box(random.choice(LABELS), x, y, x + across, y + down)


class Scene:
    """All that is asked of a layer, changed at random."""

    def __init__(self, random: Random, count: int, ratio: float) -> None:
        self.random, self.boxes = random, scattered(random, count)
        self.look = replace(LOOK, ratio=ratio)
        self.left_out: frozenset[int] = frozenset()
        self.locked: frozenset[int] = frozenset()
        self.selected: frozenset[int] = frozenset()

    def change(self) -> None:
        random = self.random
        deeds = [self.pan] * 4 + [self.zoom, self.select, self.choose]
        deeds += [self.edit, self.delete, self.lock, self.name]
        for deed in random.sample(deeds, random.choice((1, 1, 2))):
            deed()

    def pan(self) -> None:
        far = self.random.choice((3, 40, 500))
        by = self.random.uniform(-far, far), self.random.uniform(-far, far)
        middle = Viewport(self.look.viewport.scale, -20.0, -20.0)
        viewport = self.look.viewport if self.random.random() < 0.8 else middle
        self.look = replace(self.look, viewport=viewport.pan(*by))

    def zoom(self) -> None:
        factor = self.random.choice((0.8, 1.25))
        self.look = replace(self.look, viewport=self.look.viewport.zoom(factor, (150, 100)))

    def some(self) -> frozenset[int]:
        count = min(self.random.choice((1, 1, 12)), len(self.boxes))
        return frozenset(self.random.sample(range(len(self.boxes)), count))

    def select(self) -> None:
        self.left_out = self.some()

    def lock(self) -> None:
        self.locked = self.locked ^ self.some()

    def choose(self) -> None:
        everything = frozenset(range(len(self.boxes)))
        self.selected = self.random.choice((frozenset(), self.some(), everything))

    def name(self) -> None:
        self.look = replace(self.look, names=not self.look.names)

    def edit(self) -> None:
        changed = {i: a_box(self.random) for i in self.some()}
        self.boxes = tuple(changed.get(i, box) for i, box in enumerate(self.boxes))

    def delete(self) -> None:
        gone = self.some()
        self.boxes = tuple(box for i, box in enumerate(self.boxes) if i not in gone)
        self.boxes += scattered(self.random, len(gone))
        self.left_out = frozenset()

    def paint(self, layer: Layer) -> QImage:
        return painted(layer, self.boxes, self.look, self.left_out, self.locked, self.selected)


def painted(
    layer: Layer,
    boxes: tuple[Box, ...],
    look: Look,
    left_out: frozenset[int] = frozenset(),
    locked: frozenset[int] = frozenset(),
    selected: frozenset[int] = frozenset(),
) -> QImage:
    """Return what a layer paints over grey."""
    image = QImage(VIEW * look.ratio, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(look.ratio)
    image.fill(Qt.GlobalColor.gray)
    painter = QPainter(image)
    layer.paint(painter, boxes, look, VIEW, left_out, locked, selected)
    painter.end()
    return image


def settled(qtbot: QtBot, layer: Layer, scene: Scene) -> QImage:
    """Return what is seen once the layer has no more to do."""
    image = scene.paint(layer)
    while not layer.is_settled:
        qtbot.waitUntil(lambda: layer.is_settled)
        image = scene.paint(layer)
    return image


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
@pytest.mark.parametrize("at_once", [1000, 15])
def test_whatever_happened_it_looks_as_if_painted_afresh(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, ratio: float, at_once: int
) -> None:
    monkeypatch.setattr(layers, "AT_ONCE", at_once)
    scene, layer = Scene(Random(round(10 * ratio) + at_once), 120, ratio), Layer()
    for step in range(120):
        scene.change()
        if step % 3:  # some changes come while the layer is still at work
            scene.paint(layer)
        else:
            assert settled(qtbot, layer, scene) == scene.paint(Layer()), f"step {step}"


def test_tags_follow_the_top_of_the_view(qtbot: QtBot) -> None:
    scene, layer = Scene(Random(0), 0, 1.0), Layer()
    scene.boxes = (Box("cat", 20, 60, 120, 160),)
    for y in (0, -30, -41, -45, -48, -60, -45, 0):
        scene.look = replace(LOOK, viewport=Viewport(1.0, 0.0, float(y)))
        assert settled(qtbot, layer, scene) == scene.paint(Layer()), f"at {y}"


def test_after_a_zoom_many_boxes_are_seen_at_once_and_sharp_soon(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene, layer = Scene(Random(1), 300, 1.0), Layer()
    empty = painted(Layer(), (), scene.look)
    settled(qtbot, layer, scene)
    monkeypatch.setattr(layers, "AT_ONCE", 100)
    scene.look = replace(LOOK, viewport=Viewport(1.25, -20.0, -20.0))
    with qtbot.waitSignal(layer.completed):
        rough = scene.paint(layer)
        assert not layer.is_settled
    sharp = scene.paint(layer)
    assert sharp == scene.paint(Layer())
    assert rough != sharp
    assert rough != empty


def test_boxes_of_the_picture_before_are_never_seen_on_the_next(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene, layer = Scene(Random(2), 300, 1.0), Layer()
    settled(qtbot, layer, scene)
    monkeypatch.setattr(layers, "AT_ONCE", 100)
    scene.boxes = scattered(Random(3), 300)
    assert scene.paint(layer) == scene.paint(Layer())


def test_colours_that_a_person_chose_are_used_and_take_effect(qtbot: QtBot) -> None:
    boxes, layer = (Box("cat", 20.0, 40.0, 120.0, 160.0),), Layer()
    edge = 20, 100
    assert painted(layer, boxes, LOOK).pixelColor(*edge) == QColor(*OKABE_ITO[0])
    chosen = replace(LOOK, colours={"cat": (1, 2, 3)})
    assert painted(layer, boxes, chosen).pixelColor(*edge) == QColor(1, 2, 3)


@pytest.mark.parametrize("ratio", [1, 2])
def test_an_outline_is_dark_coloured_and_light_in_whole_pixels(qtbot: QtBot, ratio: int) -> None:
    boxes = (Box("cat", 20.0, 40.0, 120.0, 160.0),)
    image = painted(Layer(), boxes, replace(LOOK, ratio=float(ratio)))
    seen = [image.pixelColor(x, 100 * ratio).name() for x in range(17 * ratio, 23 * ratio)]
    colour = QColor(*OKABE_ITO[0]).name()
    line = ["#808080", "#000000", colour, colour, "#ffffff", "#808080"]
    if seen[0] != line[0]:
        line[0] = line[-1] = seen[0]
    assert seen == [name for name in line for _ in range(ratio)]


def test_a_locked_box_has_a_thinner_outline(qtbot: QtBot) -> None:
    boxes = (Box("cat", 20.0, 40.0, 120.0, 160.0),)
    image = painted(Layer(), boxes, LOOK, locked=frozenset({0}))
    colour = QColor(*OKABE_ITO[0])
    assert [image.pixelColor(x, 100) == colour for x in range(18, 22)] == [
        False,
        False,
        True,
        False,
    ]


def test_a_selected_box_has_a_light_ring_and_no_fill(qtbot: QtBot) -> None:
    boxes = (Box("cat", 20.0, 60.0, 120.0, 160.0),)
    image = painted(Layer(), boxes, LOOK, selected=frozenset({0}))
    colour, grey = OKABE_ITO[0], QColor(Qt.GlobalColor.gray).getRgb()[:3]
    seen = [image.pixelColor(x, 100).getRgb()[:3] for x in range(15, 23)]
    dark, light = (0, 0, 0), (255, 255, 255)
    assert seen == [grey, dark, light, light, colour, colour, dark, grey]
    assert image.pixelColor(70, 110).getRgb()[:3] == grey


# --- the canvas ---------------------------------------------------------------------------------


def canvas_with(qtbot: QtBot, picture: Picture, document: Document) -> Canvas:
    canvas = Canvas()
    qtbot.addWidget(canvas)
    canvas.resize(500, 400)
    canvas.classes = CLASSES
    canvas.show_picture(picture, Editor(document))
    canvas.show()
    qtbot.waitExposed(canvas)
    return canvas


def test_where_a_box_was_deleted_the_picture_is_seen_again(qtbot: QtBot) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (300, 400, 3), np.uint8)
    picture, boxes = Picture(noise), scattered(Random(4), 60)
    canvas = canvas_with(qtbot, picture, Document(400, 300, boxes))
    assert canvas.editor
    canvas.grab()
    for gone in ({3}, {0, 1, 2}, set(range(30))):
        chosen = editing.select(canvas.editor.document, gone)
        canvas.editor.apply(editing.delete(chosen))
        canvas.refresh()
        left = Document(400, 300, canvas.editor.document.boxes)
        assert canvas.grab().toImage() == canvas_with(qtbot, picture, left).grab().toImage()


def test_many_selected_boxes_look_alike_whether_they_rest_or_are_dragged(qtbot: QtBot) -> None:
    picture = Picture(np.full((300, 400, 3), 90, np.uint8))
    boxes = tuple(
        Box("cat", x, y, x + 30.0, y + 20.0) for x in range(0, 360, 36) for y in range(0, 240, 40)
    )
    chosen = editing.select(Document(400, 300, boxes), range(len(boxes)))
    canvas = canvas_with(qtbot, picture, chosen)
    resting = canvas.grab().toImage()
    assert canvas.editor
    assert painting.resting(canvas.editor) == chosen.selection
    canvas.editor.press((10, 10), canvas.editor.hit((10, 10), 1.0), slop=3.0)
    canvas.editor.move((40, 10))
    assert not painting.resting(canvas.editor)
    canvas.editor.move((10, 10))
    assert not painting.resting(canvas.editor)
    canvas.update()
    assert canvas.grab().toImage() == resting


@pytest.mark.parametrize("changed", ["brightness", "picture"])
def test_the_picture_under_the_boxes_is_never_an_old_one(qtbot: QtBot, changed: str) -> None:
    grey = np.full((300, 400, 3), 90, np.uint8)
    canvas = canvas_with(qtbot, picture := Picture(grey), Document(400, 300))
    before = [canvas.grab().toImage() for _ in range(3)]
    assert before[0] == before[1] == before[2]
    if changed == "brightness":
        picture.adjust(50, 0)
    else:
        canvas.show_picture(Picture(grey + 50), Editor(Document(400, 300)))
    after = [canvas.grab().toImage() for _ in range(3)]
    assert after[0] == after[1] == after[2] != before[0]


def test_a_selected_box_stays_on_the_same_pixels(qtbot: QtBot) -> None:
    picture = Picture(np.full((300, 400, 3), 128, np.uint8))
    document = Document(400, 300, (Box("cat", 33.3, 71.7, 201.5, 250.2),))
    canvas = canvas_with(qtbot, picture, document)
    colour = QColor(*OKABE_ITO[0])

    def columns() -> list[int]:
        image = canvas.grab().toImage()
        middle = round(canvas.viewport.to_screen((0, 120))[1])
        return [x for x in range(image.width()) if image.pixelColor(x, middle) == colour]

    still = columns()
    assert len(still) == 4
    assert canvas.editor
    canvas.editor.apply(editing.select(document, {0}))
    canvas.refresh()
    assert columns() == still


# --- what is selected, hovered, drawn -----------------------------------------------------------

GREY = QColor(128, 128, 128)
PLAIN = np.full((300, 400, 3), 128, np.uint8)


def seen_at(canvas: Canvas, x: float, y: float, *, out: int = 0) -> QColor:
    """Return the colour at a point of the picture, `out` pixels of the screen left of it."""
    place = canvas.viewport.to_screen((x, y))
    return canvas.grab().toImage().pixelColor(round(place[0]) - out, round(place[1]))


def selected(qtbot: QtBot, *boxes: Box) -> Canvas:
    """Return a canvas at 100 % on which all of some boxes are selected."""
    document = editing.select(Document(400, 300, boxes), range(len(boxes)))
    canvas = canvas_with(qtbot, Picture(PLAIN), document)
    canvas.lens.show_actual_size()
    return canvas


def point_at(canvas: Canvas, x: float, y: float) -> None:
    """Tell the canvas of the mouse there; no pointer is left over the canvas of another test."""
    at, none = QPointF(*canvas.viewport.to_screen((x, y))), Qt.MouseButton.NoButton
    plain = Qt.KeyboardModifier.NoModifier
    event = QMouseEvent(QEvent.Type.MouseMove, at, at, none, none, plain)
    QCoreApplication.sendEvent(canvas, event)


def test_the_box_under_the_pointer_does_not_look_selected(qtbot: QtBot) -> None:
    box, other = Box("cat", 40, 100, 140, 200), Box("dog", 240, 100, 340, 200)
    canvas = canvas_with(qtbot, Picture(PLAIN), Document(400, 300, (box, other)))
    point_at(canvas, 90, 150)
    assert canvas.editor
    assert seen_at(canvas, 90, 150) not in (GREY, QColor(*OKABE_ITO[0]))
    assert seen_at(canvas, box.xmin, 130, out=3) == GREY
    canvas.editor.apply(editing.select(canvas.editor.document, {0}))
    canvas.refresh()
    assert seen_at(canvas, 90, 150) == GREY
    assert seen_at(canvas, box.xmin, 130, out=3) == QColor("white")


@pytest.mark.parametrize("others", [0, 1, painting.MANY])
def test_selected_boxes_have_grips_at_their_corners_if_they_are_not_too_many(
    qtbot: QtBot, others: int
) -> None:
    box = Box("cat", 40, 100, 140, 200)
    canvas = selected(qtbot, box, *[Box("cat", 300, 200, 350, 250)] * others)
    assert seen_at(canvas, box.xmin, 130, out=3) == QColor("white")
    at_corner = seen_at(canvas, box.xmin, box.ymin + 2, out=-1)
    assert (at_corner == QColor("white")) == (others < painting.MANY)
    at_side = seen_at(canvas, box.xmin, 150, out=-2)
    assert (at_side == QColor("white")) == (others == 0)


def test_a_small_box_is_seen_between_its_handles(qtbot: QtBot) -> None:
    box = Box("cat", 100, 100, 120, 130)
    canvas = selected(qtbot, box)
    image = canvas.grab().toImage()
    left, top = (round(v) for v in canvas.viewport.to_screen((box.xmin, box.ymin)))
    inside = [image.pixelColor(left + x, top + y) for x in range(2, 18) for y in range(2, 28)]
    assert set(map(QColor.name, inside)) == {GREY.name()}


@pytest.mark.parametrize(("width", "has_handle"), [(38, False), (44, True)])
def test_sides_with_room_have_a_handle_in_the_middle(
    qtbot: QtBot, width: int, has_handle: bool
) -> None:
    box = Box("cat", 100, 100, 100 + width, 200)
    canvas = selected(qtbot, box)
    assert (seen_at(canvas, 100 + width / 2, 200 - 4) == QColor("white")) == has_handle
    assert seen_at(canvas, 100, 150, out=-2) == QColor("white")


def test_what_a_box_that_is_drawn_shall_fit_is_not_hidden(qtbot: QtBot) -> None:
    canvas = canvas_with(qtbot, Picture(PLAIN), Document(400, 300))
    canvas.lens.show_actual_size()
    canvas.label = "cat"
    assert canvas.editor
    canvas.start_drawing()
    canvas.editor.press_to_draw((100, 100), "cat", 0.0)
    canvas.editor.move((200, 200))
    assert canvas.editor.is_drawing
    assert seen_at(canvas, 130, 130) == GREY
    assert seen_at(canvas, 100, 130, out=3) == GREY
    assert seen_at(canvas, 100, 130) == QColor(*OKABE_ITO[0])


def test_without_names_only_the_hovered_and_the_single_selected_box_have_one(qtbot: QtBot) -> None:
    boxes = tuple(Box("cat", x, 100, x + 60, 160) for x in (10, 110, 210, 310))
    canvas = canvas_with(qtbot, Picture(PLAIN), Document(400, 300, boxes))
    canvas.lens.show_actual_size()
    assert canvas.editor

    def named(*chosen: int) -> list[int]:
        assert canvas.editor
        canvas.editor.apply(editing.select(canvas.editor.document, chosen))
        canvas.refresh()
        image = canvas.grab().toImage()
        places = [canvas.viewport.to_screen((box.xmin - 1, box.ymin)) for box in boxes]
        tag = QColor(*OKABE_ITO[0])
        return [
            i for i, (x, y) in enumerate(places) if image.pixelColor(round(x), round(y) - 9) == tag
        ]

    assert named() == [0, 1, 2, 3]
    canvas.set_names(False)
    assert named() == []
    assert named(1) == [1]
    assert named(0, 1) == []
    point_at(canvas, 240, 130)
    assert named(1) == [1, 2]
    assert named(0, 2) == [2]
    canvas.set_names(True)
    assert named(0) == [0, 1, 2, 3]
