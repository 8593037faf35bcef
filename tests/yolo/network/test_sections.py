"""Which activations may come after the max-pool that follows them."""

from __future__ import annotations

import pytest
from hypothesis import given

from studio.yolo.network.networks import describe
from studio.yolo.network.sections import Conv, MaxPool, Route, Shortcut, pooled_first
from tests.yolo.random_networks import small_networks

POOL = MaxPool(2, 2)


def late(sections) -> list[int]:
    """Return the pools that have taken over an activation."""
    return [
        i for i, s in enumerate(sections) if isinstance(s, MaxPool) and s.activation != "linear"
    ]


def test_moves_an_activation_that_only_a_pool_sees():
    first, second = pooled_first([Conv(8, 3), POOL])
    assert first == Conv(8, 3, activation="linear")
    assert second == MaxPool(2, 2, "leaky")


@pytest.mark.parametrize(
    "sections",
    [
        [Conv(8, 3), POOL, Route((0,))],
        [Conv(8, 3), POOL, Route((-2,))],
        [Conv(8, 3), MaxPool(3, 1), Shortcut(-2)],
        [Conv(8, 3, activation="mish"), POOL],
        [Conv(8, 3, attention="eca"), POOL],
        [Conv(8, 3, activation="linear"), POOL],
        [Conv(8, 3), Route((0,)), POOL],
    ],
    ids=["route", "route back", "shortcut", "mish", "attention", "linear", "not next"],
)
def test_leaves_alone_what_would_not_be_the_same(sections):
    assert pooled_first(sections) == sections


def test_tiny_yolov3_pools_five_times_first():
    """The fifth of six pools stays: what it takes is joined with the upsampled, too."""
    assert late(pooled_first(describe("yolov3-tiny", 80, ((0,), (0,))))) == [1, 3, 5, 7, 11]


@given(small_networks())
def test_any_network_keeps_its_length_and_other_sections(config):
    found = pooled_first(config.sections)
    assert len(found) == len(config.sections)
    changed = {at + 1 - by for at in late(found) for by in (0, 1)}
    for index, (before, after) in enumerate(zip(config.sections, found, strict=True)):
        assert before == after or index + 1 in changed
