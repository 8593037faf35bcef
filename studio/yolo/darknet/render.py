"""Writes a model as a cfg file that Darknet and OpenCV 4 read."""

from __future__ import annotations

from studio.errors import StudioError
from studio.labels.anchors import Anchors
from studio.yolo.network.model import ModelConfig
from studio.yolo.network.sections import Conv, MaxPool, Route, Section, Shortcut, Upsample, Yolo

_NET = """\
[net]
batch=64
subdivisions=16
width={width}
height={height}
channels=3
momentum=0.949
decay=0.0005
angle=0
saturation=1.5
exposure=1.5
hue=.1

learning_rate=0.001
burn_in=1000
max_batches={batches}
policy=steps
steps={early},{late}
scales=.1,.1
"""
_TRAINING = "jitter=.3\nignore_thresh=.7\ntruth_thresh=1\nrandom=0\n"  # of each head


def render(config: ModelConfig) -> str:
    """Return the text of a cfg; raises StudioError for a network with attention.

    The options of training are what the README of AlexeyAB/darknet advises for so many classes.
    """
    if any(
        isinstance(section, Conv) and section.attention != "none" for section in config.sections
    ):
        raise StudioError(
            f"attention ({config.attention}) cannot be written to Darknet's files, which know none"
        )
    width, height = config.input_size
    batches = max(6000, 2000 * len(config.classes))
    net = _NET.format(
        width=width,
        height=height,
        batches=batches,
        early=batches * 8 // 10,
        late=batches * 9 // 10,
    )
    return "\n".join([net, *(_section(section, config) for section in config.sections)])


def _section(section: Section, config: ModelConfig) -> str:
    match section:
        case Conv(filters, size, stride, batch_norm, activation):
            norm = "batch_normalize=1\n" if batch_norm else ""
            return (
                f"[convolutional]\n{norm}filters={filters}\nsize={size}\nstride={stride}\n"
                f"pad=1\nactivation={activation}\n"
            )
        case MaxPool(size, stride):
            return f"[maxpool]\nsize={size}\nstride={stride}\n"
        case Upsample(stride):
            return f"[upsample]\nstride={stride}\n"
        case Route(layers, groups, group):
            part = f"groups={groups}\ngroup_id={group}\n" if groups > 1 else ""
            return f"[route]\nlayers={_listed(layers)}\n{part}"
        case Shortcut(layer):
            return f"[shortcut]\nfrom={layer}\nactivation=linear\n"
        case Yolo(mask, scale_x_y):
            scale = f"scale_x_y={_shortest(scale_x_y)}\n" if scale_x_y != 1 else ""
            return (
                f"[yolo]\nmask={_listed(mask)}\nanchors={_pairs(config.anchors)}\n"
                f"classes={len(config.classes)}\nnum={len(config.anchors.sizes)}\n"
                f"{scale}{_TRAINING}"
            )


def _listed(numbers: tuple[int, ...]) -> str:
    return ",".join(map(str, numbers))


def _pairs(anchors: Anchors) -> str:
    return ", ".join(f"{_shortest(w)},{_shortest(h)}" for w, h in anchors.sizes)


def _shortest(number: float) -> str:
    """Return the shortest text that reads as this very number: 10, not 10.0."""
    return repr(float(number)).removesuffix(".0")
