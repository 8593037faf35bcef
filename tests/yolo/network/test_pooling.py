"""Which activations may come after the max-pool that follows them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given

from studio.yolo.network.networks import describe
from studio.yolo.network.pooling import pooled_first
from studio.yolo.network.sections import Conv, MaxPool, Route, Shortcut, Upsample, positions
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
        [Conv(8, 3), MaxPool(2, 2), Upsample(2), Shortcut(-3)],
        [Conv(8, 3), MaxPool(2, 1)],
        [Conv(8, 3, activation="mish"), POOL],
        [Conv(8, 3, attention="eca"), POOL],
        [Conv(8, 3, activation="linear"), POOL],
        [Conv(8, 3), Route((0,)), POOL],
    ],
    ids=["route", "route back", "shortcut", "stride 1", "mish", "attention", "linear", "not next"],
)
def test_leaves_alone_what_would_not_be_the_same(sections):
    assert pooled_first(sections) == sections


def test_tiny_yolov3_pools_four_times_first():
    """What the fifth pool takes is joined with the upsampled too; the sixth has a stride of 1."""
    assert late(pooled_first(describe("yolov3-tiny", 80, ((0,), (0,))))) == [1, 3, 5, 7]


@given(small_networks())
def test_any_network_is_the_same_with_its_activations_moved_back(config):
    found = pooled_first(config.sections)
    for at in late(found):
        found[at - 1] = replace(found[at - 1], activation=found[at].activation)
        found[at] = replace(found[at], activation="linear")
    assert tuple(found) == tuple(config.sections)


@given(small_networks())
def test_in_any_network_nothing_else_takes_a_moved_activation(config):
    taken = {at - 1 for at in late(pooled_first(config.sections))}
    for index, section in enumerate(config.sections):
        if isinstance(section, Route):
            assert not taken & set(positions(section.layers, index))
        elif isinstance(section, Shortcut):
            assert not taken & set(positions((section.layer,), index))
