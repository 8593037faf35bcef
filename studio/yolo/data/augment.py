"""Random changes of pictures and their boxes, in the graph.

A prepared picture (letterboxed, see `prepared`) is seen through one affine map, composed of crop,
scale, shear, turn, flips and shift, and resampled once with its colours changed. Of mosaic it is a
window of four pictures, and mixup lets two shine through each other. All numbers of a picture
come from the seed and its position in the run, so that any step can be made again bit for bit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from studio.yolo.backend import tf
from studio.yolo.config import TrainConfig
from studio.yolo.data import geometry, warp
from studio.yolo.data.schedule import Size, stream

SMALLEST_CROP = 0.5  # of each side of the picture
NO_PICTURE = -1
BLEND = (0.3, 0.7)  # how much of the second picture is in a mixup
_VIEW, _OTHER_VIEW = 3, 4  # streams of numbers of one seed, after those of `schedule`
_NUMBERS = (
    *("crop", "crop_width", "crop_height", "crop_x", "crop_y", "scale", "shift_x", "shift_y"),
    *("flip_x", "flip_y", "rotate", "shear_x", "shear_y", "hue", "saturation", "brightness"),
    *("mosaic", "mosaic_zoom", "mosaic_x", "mosaic_y", "second", "third", "fourth"),
    *("mixup", "mixup_with", "mixup_share"),
)  # drawn all for each picture, so that no strength changes what the others come to

Draw = dict[str, tf.Tensor]  # numbers from 0 to 1 by name


class Picture(NamedTuple):
    """A prepared picture uint8 `(height, width, 3)`, what of it is no padding (xyxy `(4,)`), its
    boxes `(m, 4)` and their classes `(m,)`."""

    image: tf.Tensor
    content: tf.Tensor
    boxes: tf.Tensor
    labels: tf.Tensor


Read = Callable[[tf.Tensor], Picture]


class Seen(NamedTuple):
    """What is learnt from: an image at the step's size, its boxes, and which pictures `(k,)`."""

    image: tf.Tensor
    boxes: tf.Tensor
    labels: tf.Tensor
    pictures: tf.Tensor


@dataclass(frozen=True, slots=True)
class Augmentation:
    """How prepared pictures of a run, of which there are `count`, are changed."""

    config: TrainConfig
    count: int
    read: Read

    def see(self, index: tf.Tensor, position: tf.Tensor, size: tf.Tensor) -> Seen:
        """Return the picture `index` as it is shown at a position, at a size of the input,
        width and height `(2,)` float32.
        """
        config, draw = self.config, _draw(self.config.seed, _VIEW, position)
        if config.mosaic == 0:
            seen = self._single(index, draw, size)
        else:
            seen = tf.cond(
                draw["mosaic"] < config.mosaic,
                lambda: self._mosaic(index, draw, size),
                lambda: _with_room(self._single(index, draw, size), 3),
            )
        if config.mixup == 0:
            return seen
        other_draw = _draw(config.seed, _OTHER_VIEW, position)
        other = self._partner(draw["mixup_with"])
        return tf.cond(  # type: ignore[no-any-return]
            draw["mixup"] < config.mixup,
            lambda: _mixed(seen, self._single(other, other_draw, size), draw),
            lambda: _with_room(seen, 1),
        )

    def _partner(self, number: tf.Tensor) -> tf.Tensor:
        place = tf.cast(number * self.count, tf.int64)
        return tf.minimum(place, self.count - 1)

    def _single(self, index: tf.Tensor, draw: Draw, size: tf.Tensor) -> Seen:
        picture = self.read(index)
        source = self.config.model.input_size
        if is_plain(self.config):
            boxes, labels = _learnable(picture, tf.eye(3), picture.content, size)
            return Seen(picture.image, boxes, labels, tf.reshape(index, (1,)))
        fit, window = fitted(size, source), picture.content
        if self.config.crop > 0:
            cut = _cropped(picture.content, draw)
            is_cropped = draw["crop"] < self.config.crop
            window = tf.where(is_cropped, cut, window)
            fit = tf.where(is_cropped, letterboxed(cut, size), fit)
        shown = self._shown(picture._replace(content=window), fit, draw, size)
        return Seen(*shown, tf.reshape(index, (1,)))

    def _mosaic(self, index: tf.Tensor, draw: Draw, size: tf.Tensor) -> Seen:
        """Show a window of four pictures that share a corner; Bochkovskiy et al. 2020, YOLOv4."""
        places = [index, *(self._partner(draw[n]) for n in ("second", "third", "fourth"))]
        source = self.config.model.input_size
        canvas = _canvas([self.read(place) for place in places], source)
        window = _mosaic_window(draw, source)
        shown = self._shown(canvas, filled(window, size), draw, size)
        return Seen(*shown, tf.stack(places))

    def _shown(
        self, picture: Picture, fit: tf.Tensor, draw: Draw, size: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Return the image, boxes and labels of a picture under a map and the random ones."""
        view = random_view(self.config, draw, size) @ fit
        boxes, labels = _learnable(picture, view, picture.content, size)
        back = tf.linalg.inv(view)
        colour = random_colour(self.config, draw)
        is_coloured = self.config.hue > 0 or self.config.saturation > 0
        light = tf.constant(1.0) if is_coloured else colour[2]
        image = warp.resample(picture.image, back, picture.content, size, light)
        return warp.in_hsv(image, colour) if is_coloured else image, boxes, labels


def is_plain(config: TrainConfig) -> bool:
    """Tell whether single pictures are shown as they are."""
    strengths = (config.scale, config.shift, config.crop, config.rotate, config.shear)
    others = (config.hue, config.saturation, config.brightness, config.multi_scale)
    return config.flip == "none" and not any((*strengths, *others))


# --- maps -----------------------------------------------------------------------------------------


def fitted(size: tf.Tensor, source: Size) -> tf.Tensor:
    """Return the map of the prepared picture onto an input of another size."""
    return geometry.scaled(size[0] / source[0], size[1] / source[1])


def filled(window: tf.Tensor, size: tf.Tensor) -> tf.Tensor:
    """Return the map that lets a window xyxy fill the input."""
    sides = window[2:] - window[:2]
    factor = size / sides
    return geometry.scaled(factor[0], factor[1]) @ geometry.moved(-window[0], -window[1])


def letterboxed(window: tf.Tensor, size: tf.Tensor) -> tf.Tensor:
    """Return the map that lays a window xyxy into the middle of the input, its aspect kept."""
    centre = (window[:2] + window[2:]) / 2
    factor = tf.reduce_min(size / (window[2:] - window[:2]))
    to_middle = geometry.moved(size[0] / 2, size[1] / 2)
    return to_middle @ geometry.scaled(factor, factor) @ geometry.moved(-centre[0], -centre[1])


def random_view(config: TrainConfig, draw: Draw, size: tf.Tensor) -> tf.Tensor:
    """Return a random map of the input onto itself: flips, scale, shear, turn, then shift."""
    change = geometry.scaled(*_signs(config, draw))
    if config.scale:
        factor = 1 + _either_way(draw["scale"], config.scale)
        change = geometry.scaled(factor, factor) @ change
    if config.shear:
        degrees = (_either_way(draw[name], config.shear) for name in ("shear_x", "shear_y"))
        change = geometry.sheared(*degrees) @ change
    if config.rotate:
        change = geometry.turned(_either_way(draw["rotate"], config.rotate)) @ change
    view = geometry.about(size[0] / 2, size[1] / 2, change)
    if config.shift:
        x = _either_way(draw["shift_x"], config.shift) * size[0]
        y = _either_way(draw["shift_y"], config.shift) * size[1]
        view = geometry.moved(x, y) @ view
    return view


def _signs(config: TrainConfig, draw: Draw) -> tuple[tf.Tensor | float, tf.Tensor | float]:
    across = tf.where(draw["flip_x"] < 0.5, -1.0, 1.0) if config.flip != "none" else 1.0
    down = tf.where(draw["flip_y"] < 0.5, -1.0, 1.0) if config.flip == "both" else 1.0
    return across, down


def random_colour(config: TrainConfig, draw: Draw) -> tf.Tensor:
    """Return `(3,)`: the turn of the hue, the factors of saturation and brightness; see `warp`."""
    hue = _either_way(draw["hue"], config.hue)
    saturation = 1 + _either_way(draw["saturation"], config.saturation)
    return tf.stack([hue, saturation, 1 + _either_way(draw["brightness"], config.brightness)])


def _either_way(number: tf.Tensor, most: float) -> tf.Tensor:
    return (2 * number - 1) * most


def _draw(seed: int, kind: int, position: tf.Tensor) -> Draw:
    shape = (len(_NUMBERS),)
    numbers = tf.random.stateless_uniform(shape, stream(seed, kind, position), alg="philox")
    return dict(zip(_NUMBERS, tf.unstack(numbers), strict=True))


# --- parts of pictures, and several in one --------------------------------------------------------


def _cropped(content: tf.Tensor, draw: Draw) -> tf.Tensor:
    """Return a window of what is no padding, at least half of each side of it."""
    whole = content[2:] - content[:2]
    share = tf.stack([draw["crop_width"], draw["crop_height"]])
    sides = whole * (SMALLEST_CROP + (1 - SMALLEST_CROP) * share)
    low = content[:2] + (whole - sides) * tf.stack([draw["crop_x"], draw["crop_y"]])
    return tf.concat([low, low + sides], 0)


def _canvas(parts: list[Picture], source: Size) -> Picture:
    """Return four prepared pictures side by side and below each other as one."""
    rows = [tf.concat([parts[i].image, parts[i + 1].image], 1) for i in (0, 2)]
    width, height = source
    corners = [(0, 0), (width, 0), (0, height), (width, height)]
    boxes = [
        part.boxes + tf.constant([x, y, x, y], tf.float32)
        for part, (x, y) in zip(parts, corners, strict=True)
    ]
    whole = tf.constant([0, 0, 2 * width, 2 * height], tf.float32)
    labels = tf.concat([part.labels for part in parts], 0)
    return Picture(tf.concat(rows, 0), whole, tf.concat(boxes, 0), labels)


def _mosaic_window(draw: Draw, source: Size) -> tf.Tensor:
    """Return a window of the canvas, as large as one picture to all four, with the middle in it."""
    whole = tf.constant(source, tf.float32)
    sides = whole * (1 + draw["mosaic_zoom"])
    low = (2 * whole - sides) * tf.stack([draw["mosaic_x"], draw["mosaic_y"]])
    return tf.concat([low, low + sides], 0)


def _mixed(one: Seen, other: Seen, draw: Draw) -> Seen:
    """Let a second picture shine through; all boxes count (Zhang et al. 2019, Bag of Freebies)."""
    share = BLEND[0] + (BLEND[1] - BLEND[0]) * draw["mixup_share"]
    image = warp.blended(one.image, other.image, share)
    rest = (tf.concat([a, b], 0) for a, b in zip(one[1:], other[1:], strict=True))
    return Seen(image, *rest)


def _with_room(seen: Seen, count: int) -> Seen:
    """Return the same with places for so many pictures that are not in it."""
    nothing = tf.fill((count,), tf.constant(NO_PICTURE, tf.int64))
    return seen._replace(pictures=tf.concat([seen.pictures, nothing], 0))


def _learnable(
    picture: Picture, view: tf.Tensor, window: tf.Tensor, size: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    inside, kept = geometry.seen_through(picture.boxes, view, window, size)
    return tf.boolean_mask(inside, kept), tf.boolean_mask(picture.labels, kept)
