"""Augmented boxes lie where the augmented picture shows them; each strength is kept to."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest

from studio.labels.opencv import cv2
from studio.yolo.backend import tf
from studio.yolo.data import geometry, warp
from studio.yolo.data.augment import Augmentation, Picture

pytestmark = pytest.mark.tensorflow

SIZE = (160, 128)
OFF = {"flip": "none", "scale": 0.0, "shift": 0.0, "brightness": 0.0}
ALONE = {
    "nothing": {},
    "flip": {"flip": "horizontal"},
    "flips": {"flip": "both"},
    "scale": {"scale": 0.5},
    "shift": {"shift": 0.3},
    "crop": {"crop": 1.0},
    "rotate": {"rotate": 180.0},
    "shear": {"shear": 25.0},
    "multi_scale": {"multi_scale": 0.5},
    "mosaic": {"mosaic": 1.0},
    "colour": {"hue": 0.5, "saturation": 0.5, "brightness": 0.3},
    "default": {"flip": "auto", "scale": 0.3, "shift": 0.15, "brightness": 0.2},
}
ALONE["all"] = {k: v for one in ALONE.values() for k, v in one.items()} | {
    "rotate": 20.0, "shear": 10.0, "mosaic": 0.5, "crop": 0.5, "flip": "both",
}  # fmt: skip
CONTENT = (0.0, 16.0, 160.0, 112.0)  # as of a picture that is wider than the input


@pytest.fixture
def config(train_config) -> Callable[..., object]:
    model = dataclasses.replace(train_config.model, input_size=SIZE)

    def make(**strengths):
        return dataclasses.replace(train_config, model=model, **{**OFF, **strengths})

    return make


def drawn(count: int = 6):
    """Return pictures with a white rectangle on black each, and its box."""
    rng = np.random.default_rng(5)
    pictures = np.full((count, SIZE[1], SIZE[0], 3), 128, np.uint8)
    pictures[:, 16:112] = 0
    boxes = np.zeros((count, 1, 4), np.float32)
    for picture, box in zip(pictures, boxes, strict=True):
        w, h = rng.integers(24, 60, 2)
        x, y = rng.integers(2, SIZE[0] - w - 2), rng.integers(18, 110 - h)
        picture[y : y + h, x : x + w] = 255
        box[:] = x, y, x + w, y + h
    return pictures, boxes


def augmentation(config, pictures, boxes) -> Augmentation:
    def read(index):
        return Picture(
            tf.gather(tf.constant(pictures), index),
            tf.constant(CONTENT),
            tf.gather(tf.constant(boxes), index),
            tf.cast(tf.reshape(index, (1,)), tf.int32),
        )

    return Augmentation(config, len(pictures), read)


def views(config, positions, sizes=(SIZE,)):
    """Yield what is seen of drawn pictures at some positions of a run."""
    pictures, boxes = drawn()
    augment = augmentation(config, pictures, boxes)
    see = tf.function(augment.see, autograph=False)
    for position in range(positions):
        index, size = position % len(pictures), sizes[position % len(sizes)]
        seen = see(
            tf.constant(index, tf.int64),
            tf.constant(position, tf.int64),
            tf.constant(size, tf.float32),
        )
        yield tuple(part.numpy() for part in seen)


def white(image, lightened: float) -> np.ndarray:
    """Return which pixels are lighter than the grey around, and so more than half of white."""
    values = image.max(axis=2).astype(int)
    light = values.max() / 255 if values.max() < 255 else 1 + lightened
    return values > 138 * light


def seen_boxes(image, lightened=0.0) -> list[np.ndarray]:
    """Return the bounding boxes of the white parts, by OpenCV."""
    count, _, stats, _ = cv2.connectedComponentsWithStats(white(image, lightened).astype(np.uint8))
    edges = stats[1:count, :4].astype(float)
    return [np.array([x, y, x + w, y + h]) for x, y, w, h in edges if w * h > 30]


@pytest.mark.parametrize("name", ALONE)
def test_a_drawn_rectangle_stays_on_its_box(config, name):
    """Mosaic may join white parts at no place: its rectangles keep clear of the border."""
    strengths = ALONE[name] | ({"brightness": 0.0} if name == "all" else {})
    sizes = ((160, 128), (128, 96), (224, 192)) if name in ("multi_scale", "all") else (SIZE,)
    checked = 0
    for image, boxes, _, _ in views(config(**strengths), 60, sizes):
        parts = seen_boxes(image, strengths.get("brightness", 0.0))
        for box in boxes:
            assert parts, (name, box)
            distances = [np.abs(part - box).max() for part in parts]
            assert min(distances) <= 1.5, (name, box, parts)
            checked += 1
    assert checked > 40


def test_mixed_pictures_have_the_boxes_of_both(config):
    """Where one rectangle lies alone its border still shows as a step of brightness."""
    mixed = 0
    for image, boxes, labels, pictures in views(config(mixup=1.0), 40):
        assert len(boxes) == len(labels) == 2
        assert pictures.tolist() == labels.tolist()
        values = image[..., 0].astype(int)
        for box in boxes.round().astype(int):
            rows = values[box[1] + 1 : box[3] - 1]
            inside, outside = rows[:, box[0] + 1], rows[:, box[0] - 2]
            assert (inside > outside + 40).all()
        assert values[values > 20].min() >= 0.3 * 255 - 2
        mixed += 1
    assert mixed == 40


def test_nothing_is_changed_without_strength(config):
    pictures, _ = drawn()
    for position, (image, *_) in enumerate(views(config(), 12)):
        assert (image == pictures[position % len(pictures)]).all()


def test_a_position_is_the_same_whenever_it_is_made(config):
    one = list(views(config(**ALONE["all"], mixup=0.5), 20))
    other = list(views(config(**ALONE["all"], mixup=0.5), 20))
    for a, b in zip(one, other, strict=True):
        assert all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))
    assert len({image.tobytes() for image, *_ in one}) == 20


def test_another_seed_is_otherwise(config):
    one = list(views(config(shift=0.3), 6))
    other = list(views(dataclasses.replace(config(shift=0.3), seed=9), 6))
    assert not any(np.array_equal(a[0], b[0]) for a, b in zip(one, other, strict=True))


def test_strengths_are_kept_to(config):
    """Boxes that stay inside tell by how much they were moved and enlarged."""
    _, boxes = drawn()
    for name, measure in (
        ("shift", lambda box, was: np.abs(middle(box) - middle(was)).max() / 160),
        ("scale", lambda box, was: abs((box[2] - box[0]) / (was[2] - was[0]) - 1)),
    ):
        found = []
        for position, (_, seen, _, _) in enumerate(views(config(**{name: 0.1}), 80)):
            was = boxes[position % len(boxes), 0]
            found += [measure(box, was) for box in seen if is_inside(box)]
        assert max(found) <= 0.1 + 1e-4
        assert max(found) > 0.07


def is_inside(box) -> bool:
    return bool((box > 0.5).all() and box[2] < SIZE[0] - 0.5 and box[3] < SIZE[1] - 0.5)


def middle(box) -> np.ndarray:
    return (box[:2] + box[2:]) / 2


def test_light_stays_within_its_strength(config):
    pictures = np.full((1, SIZE[1], SIZE[0], 3), 100, np.uint8)
    augment = augmentation(config(brightness=0.2), pictures, np.zeros((1, 1, 4), np.float32))
    means = []
    for position in range(60):
        place, size = tf.constant(position, tf.int64), tf.constant(SIZE, tf.float32)
        means.append(augment.see(tf.constant(0, tf.int64), place, size).image.numpy()[50].mean())
    assert 79.4 <= min(means) < 84
    assert 116 < max(means) <= 120.6


def test_a_crop_shows_at_least_half_of_each_side_and_no_more_than_the_picture(config):
    """What is not grey is the window; it touches the input's border on two sides."""
    pictures, boxes = drawn()
    pictures[:, 16:112] = 255
    augment = augmentation(config(crop=1.0), pictures, boxes)
    ratios = []
    for position in range(60):
        place, size = tf.constant(position, tf.int64), tf.constant(SIZE, tf.float32)
        image = augment.see(tf.constant(0, tf.int64), place, size).image.numpy()
        ((xmin, ymin, xmax, ymax),) = seen_boxes(image)
        assert xmax - xmin == pytest.approx(160, abs=1.1) or ymax - ymin == pytest.approx(
            128, abs=1.1
        )
        assert (xmin + xmax) / 2 == pytest.approx(80, abs=1.1)
        ratios.append((xmax - xmin) / (ymax - ymin) / (160 / 96))
    assert 0.49 < min(ratios) < 0.7
    assert 1.4 < max(ratios) < 2.04


def polygon_bounds(box, view, size):
    """Return the bounds of a mapped box within the input, by OpenCV's intersection of polygons."""
    xmin, ymin, xmax, ymax = box
    corners = np.array([[xmin, ymin, 1], [xmax, ymin, 1], [xmax, ymax, 1], [xmin, ymax, 1]])
    mapped = (corners @ view.T)[:, :2].astype(np.float32)
    frame = np.array([[0, 0], [size[0], 0], size, [0, size[1]]], np.float32)
    area, common = cv2.intersectConvexConvex(mapped, frame)
    if area == 0:
        return None
    points = common.reshape(-1, 2)
    return np.concatenate([points.min(axis=0), points.max(axis=0)])


def test_bounds_of_what_is_visible_equal_opencvs():
    rng = np.random.default_rng(3)
    some = 0
    for _ in range(60):
        view = np.eye(3)
        view[:2] += rng.normal(0, 1, (2, 3)) * [[0.7, 0.7, 40]]
        low = rng.uniform(-20, 80, (12, 2))
        boxes = np.concatenate([low, low + rng.uniform(5, 90, low.shape)], axis=1)
        found = geometry.bounds_inside(
            *(tf.constant(a, tf.float32) for a in (boxes, view, (100, 80)))
        ).numpy()
        for box, ours in zip(boxes, found, strict=True):
            theirs = polygon_bounds(box, view, (100, 80))
            if theirs is None:
                assert (ours[2:] - ours[:2]).min() <= 1e-3
            else:
                assert ours == pytest.approx(theirs, abs=0.02)
                some += 1
    assert some > 200


# --- parts ----------------------------------------------------------------------------------------


def test_boxes_that_left_the_picture_are_not_learnt():
    boxes = tf.constant([[-30, 10, 5, 20], [-5, 10, 30, 20], [10, 10, 11, 30], [0, 0, 0, 0]])
    window, size = tf.constant([0.0, 0, 64, 64]), tf.constant([64.0, 64])
    everything = tf.constant([-100.0, -100, 200, 200])
    boxes = tf.cast(boxes, tf.float32)
    for seen in (window, everything):
        _, kept = geometry.seen_through(boxes, tf.eye(3), seen, size)
        assert kept.numpy().tolist() == [False, True, False, False]


@pytest.mark.parametrize("seed", range(5))
def test_resampling_equals_opencv(seed):
    """To one level and a little: OpenCV rounds places to 1/32 of a pixel, this to 1/128."""
    rng = np.random.default_rng(seed)
    image = cv2.GaussianBlur(rng.integers(0, 256, (90, 120, 3), np.uint8), (9, 9), 3)
    angle, factor = rng.uniform(-3, 3), rng.uniform(0.7, 1.5)
    turn = factor * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    view = np.eye(3)
    view[:2, :2], view[:2, 2] = turn, rng.uniform(-20, 60, 2)
    back = np.linalg.inv(view)
    window, size = tf.constant([0.0, 0, 120, 90]), tf.constant([100.0, 80.0])
    ours = warp.resample(
        tf.constant(image), tf.constant(back, tf.float32), window, size, tf.constant(1.0)
    ).numpy()
    centres = view.copy()
    centres[:2, 2] += turn @ (0.5, 0.5) - 0.5
    theirs = cv2.warpAffine(
        image, centres[:2], (100, 80), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    across, down = np.meshgrid(np.arange(100) + 0.5, np.arange(80) + 0.5)
    places = np.stack([across, down, np.ones_like(down)], -1) @ back.T
    shown = ((places[..., :2] >= 0) & (places[..., :2] < (120, 90))).all(axis=-1)
    assert np.abs(ours[shown].astype(int) - theirs[shown]).max() <= 2
    edge = np.abs(places[..., :2] - np.round(places[..., :2])).min(axis=-1) < 1e-3
    assert (ours[~shown & ~edge] == 128).all()


def test_colours_change_as_in_opencv():
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (40, 50, 3), np.uint8)
    ours = warp.in_hsv(tf.constant(image), tf.constant([0.1, 1.3, 0.9])).numpy()
    hsv = cv2.cvtColor((image / 255).astype(np.float32), cv2.COLOR_RGB2HSV)
    hsv[..., 0] = (hsv[..., 0] + 36) % 360
    hsv[..., 1] = np.minimum(hsv[..., 1] * 1.3, 1)
    hsv[..., 2] = np.minimum(hsv[..., 2] * 0.9, 1)
    theirs = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB) * 255
    assert np.abs(ours - theirs).max() <= 1.01
