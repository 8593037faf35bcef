"""Evolution only ever improves anchors, ends, and does the same again from the same seed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.errors import StudioError
from studio.labels.anchors import Anchors, Evolved, Generation, Sizes, evolve, preset, quality
from studio.labels.anchors import evolve as evolve_function
from tests.labels.test_anchors import SIDE, clustered, planted, some_sizes

MODULE = evolve_function.__module__


def evolved(
    sizes: Sizes, anchors: Anchors, generations: int = 300, seed: int = 0
) -> tuple[list[Generation], Evolved]:
    *told, last = evolve(sizes, anchors, np.random.default_rng(seed), generations)
    assert isinstance(last, Evolved)
    return [event for event in told if isinstance(event, Generation)], last


def test_it_improves_on_k_means_and_says_by_how_much() -> None:
    sizes = planted(spread=0.4)
    before = clustered(sizes, 6)
    told, after = evolved(sizes, before.anchors)
    assert after.gain > 0.0003
    reached = quality(sizes, after.anchors.array()).mean_iou
    assert after.quality.mean_iou == pytest.approx(reached)
    assert reached == pytest.approx(before.quality.mean_iou + after.gain, abs=1e-6)
    assert [event.mean_iou for event in told] == sorted(event.mean_iou for event in told)
    assert (told[-1].number, told[-1].generations) == (300, 300)


def test_the_best_anchor_of_one_box_is_the_box() -> None:
    box = np.array([[40.0, 90.0]])
    _, found = evolved(box, Anchors(((60, 60),), SIDE), generations=600)
    np.testing.assert_allclose(found.anchors.array(), box, rtol=0.01)


@settings(max_examples=30)
@given(some_sizes, st.integers(0, 9))
def test_it_is_never_worse_than_what_it_began_with(sizes: Sizes, seed: int) -> None:
    begun = preset("yolov3-tiny", SIDE)
    _, found = evolved(sizes, begun, 40, seed)
    before = quality(sizes, begun.array()).mean_iou
    assert found.quality.mean_iou >= before - 1e-6
    assert found.gain >= 0


def test_what_only_a_sample_likes_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sample is one odd box: anchors that suit it are worse for the others."""
    monkeypatch.setattr(f"{MODULE}.MOST_BOXES", 1)
    sizes = np.array([[10.0, 10.0]] * 3 + [[300.0, 300.0]])
    begun = Anchors(((10, 10),), SIDE)
    told_to_rise = 0
    for seed in range(20):
        told, found = evolved(sizes, begun, 30, seed)
        told_to_rise += 0 < told[-1].mean_iou < 1  # the odd box is the sample
        assert found.quality.mean_iou >= quality(sizes, begun.array()).mean_iou
    assert told_to_rise


def test_one_seed_gives_one_result() -> None:
    sizes, begun = planted(spread=0.4), preset("yolov3", SIDE)
    first, again, other = (evolved(sizes, begun, 60, seed)[1] for seed in (3, 3, 4))
    assert first.anchors == again.anchors
    assert first.anchors != other.anchors


def test_no_generations_change_nothing() -> None:
    begun = preset("yolov3", SIDE)
    told, found = evolved(planted(), begun, 0)
    assert (told, found.anchors, found.gain) == ([], begun, 0)


def test_it_can_be_stopped_between_two_events() -> None:
    events = evolve(planted(), preset("yolov3", SIDE), np.random.default_rng(0))
    assert isinstance(next(events), Generation)
    events.close()


def test_boxes_without_a_size_give_a_sentence() -> None:
    with pytest.raises(StudioError, match="above 0"):
        evolved(np.array([[0.0, 4.0]]), preset("yolov3", SIDE))
