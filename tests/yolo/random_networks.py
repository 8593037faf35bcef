"""Small networks that no one has designed."""

from __future__ import annotations

from hypothesis import strategies as st

from studio.labels.anchors import Anchors
from studio.yolo.darknet.names import default_names
from studio.yolo.network.model import ModelConfig
from studio.yolo.network.sections import Conv, MaxPool, Route, Shortcut, Upsample, Yolo


@st.composite
def small_networks(draw) -> ModelConfig:
    """Convolutions, pools, routes and shortcuts at random, then one or two heads."""
    activations = st.sampled_from(["linear", "leaky", "mish", "relu", "logistic"])
    classes = draw(st.integers(1, 4))
    body = [Conv(draw(st.integers(1, 8)) * 2, 3, 2, draw(st.booleans()), draw(activations))]
    for _ in range(draw(st.integers(0, 6))):
        width = body[0].filters
        body += draw(
            st.sampled_from(
                [
                    [Conv(width, 5, 1, True, "mish"), Shortcut(-2)],
                    [MaxPool(2, 2), Upsample(2), Shortcut(-3)],
                    [MaxPool(5, 1)],
                    [Conv(width, 3), MaxPool(2, 2), Upsample(2)],
                    [Route((-1, 0)), Conv(width, 1)],
                    [Route((-1,), 2, 1), Route((-1, -1)), Conv(width, 1, 1, False)],
                ]
            )
        )
    count = draw(st.integers(1, 2))
    each = draw(st.integers(1, 3))
    sides = st.floats(0.5, 500, allow_nan=False)
    sizes = draw(st.lists(st.tuples(sides, sides), min_size=count * each, max_size=count * each))
    order = draw(st.permutations(range(count * each)))
    apart = draw(st.sampled_from([each, 0]))  # or both heads have the same anchors
    masks = tuple(tuple(order[head * apart : head * apart + each]) for head in range(count))
    for mask in masks:
        body += [
            Conv(each * (5 + classes), 1, 1, False, "linear"),
            Yolo(mask, draw(st.floats(0.5, 2))),
            Route((0,)),
        ]
    size = (draw(st.integers(1, 8)) * 4, draw(st.integers(1, 8)) * 4)
    anchors = Anchors(tuple(sizes), size)
    names = default_names(classes)
    return ModelConfig("net.cfg", names, anchors, size, masks, layout=tuple(body))
