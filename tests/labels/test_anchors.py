"""Clustering finds what was planted, always ends, and measures what it says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from studio.errors import StudioError
from studio.labels.anchors import (
    PRESETS,
    Anchors,
    Clustered,
    Restart,
    Sizes,
    Update,
    cluster,
    compare,
    fit,
    kmeans,
    preset,
    quality,
    size_iou,
)
from studio.labels.anchors.presets import published
from studio.labels.boxes import pairwise_iou
from tests.labels.plain_kmeans import plain_lloyd

SIDE = (416, 416)
PLANTED = np.array([[12, 14], [20, 60], [70, 25], [90, 95], [210, 180], [330, 350]], np.float64)

some_sizes = hnp.arrays(
    np.float64,
    st.tuples(st.integers(1, 40), st.just(2)),
    elements=st.floats(0.5, 416) | st.sampled_from([1.0, 10.0, 100.0]),
)


def planted(spread: float = 0.05, each: int = 80, seed: int = 1) -> Sizes:
    """Boxes scattered around known sizes."""
    rng = np.random.default_rng(seed)
    centres = np.repeat(PLANTED, each, axis=0)
    return centres * rng.normal(1, spread, centres.shape).clip(0.5, 1.5)


def clustered(
    sizes: Sizes, k: int, seed: int = 0, update: Update = "median", restarts: int = 10
) -> Clustered:
    rng = np.random.default_rng(seed)
    *others, last = cluster(sizes, k, SIDE, rng, update, restarts)
    assert all(isinstance(event, Restart) for event in others)
    assert isinstance(last, Clustered)
    return last


def distinct(sizes: Sizes) -> int:
    return len(np.unique(sizes.round(6), axis=0))


# --- measuring ----------------------------------------------------------------------------------


@given(some_sizes, some_sizes)
def test_the_iou_of_sizes_is_that_of_boxes_in_one_corner(a: Sizes, b: Sizes) -> None:
    def boxes(sizes: Sizes) -> NDArray[np.float64]:
        return np.concatenate([np.zeros_like(sizes), sizes], axis=1)

    np.testing.assert_allclose(size_iou(a, b), pairwise_iou(boxes(a), boxes(b)), atol=1e-12)


@given(some_sizes, some_sizes)
def test_quality_is_what_a_plain_loop_finds(sizes: Sizes, anchors: Sizes) -> None:
    best, reached = [], 0
    for w, h in sizes:
        ious = [min(w, a) * min(h, b) / (w * h + a * b - min(w, a) * min(h, b)) for a, b in anchors]
        best.append(max(ious))
        reached += any(w <= 4 * a and a <= 4 * w and h <= 4 * b and b <= 4 * h for a, b in anchors)
    found = quality(sizes, anchors)
    np.testing.assert_allclose(found.iou, best, atol=1e-12)
    np.testing.assert_allclose(
        size_iou(sizes, anchors)[np.arange(len(sizes)), found.assignment], best, atol=1e-12
    )
    assert found.mean_iou == pytest.approx(sum(best) / len(best))
    assert found.best_possible_recall == pytest.approx(reached / len(sizes))


# --- clustering ---------------------------------------------------------------------------------


@pytest.mark.parametrize("update", ["median", "mean"])
def test_planted_clusters_are_found(update: Update) -> None:
    found = clustered(planted(), len(PLANTED), update=update)
    order = np.argsort(PLANTED.prod(axis=1))
    np.testing.assert_allclose(found.anchors.array(), PLANTED[order], rtol=0.05)
    counts = np.bincount(found.quality.assignment)
    assert counts.tolist() == [80] * len(PLANTED)


def test_clusters_beat_random_boxes_and_the_published_anchors() -> None:
    sizes = planted(spread=0.3)
    ours = clustered(sizes, 6).quality.mean_iou
    chance = np.random.default_rng(2)
    picks = [quality(sizes, sizes[chance.choice(len(sizes), 6)]).mean_iou for _ in range(50)]
    assert ours > max(picks)
    assert ours > quality(sizes, preset("yolov3-tiny", SIDE).array()).mean_iou + 0.1


def test_more_anchors_fit_better() -> None:
    sizes = planted(spread=0.3)
    fits = [clustered(sizes, k).quality.mean_iou for k in range(1, 10)]
    assert fits == sorted(fits)


def test_median_and_mean_are_two_ways() -> None:
    sizes = planted(spread=0.4)
    median, mean = (clustered(sizes, 6, update=u) for u in ("median", "mean"))
    assert median.anchors != mean.anchors
    assert median.quality.mean_iou == pytest.approx(mean.quality.mean_iou, abs=0.03)


def test_one_seed_gives_one_result() -> None:
    sizes = planted(spread=0.4)
    first, again, other = (clustered(sizes, 5, seed, restarts=1) for seed in (3, 3, 4))
    assert first.anchors == again.anchors
    assert first.iterations == again.iterations
    assert first.anchors != other.anchors


def test_every_restart_is_told_and_the_best_is_kept() -> None:
    sizes = planted(spread=0.4)
    *restarts, last = cluster(sizes, 5, SIDE, np.random.default_rng(0), restarts=7)
    assert [(r.number, r.restarts) for r in restarts if isinstance(r, Restart)] == [
        (n, 7) for n in range(1, 8)
    ]
    reached = [r.mean_iou for r in restarts if isinstance(r, Restart)]
    assert reached == sorted(reached)
    assert isinstance(last, Clustered)
    assert last.quality.mean_iou == pytest.approx(reached[-1])


def test_a_cluster_that_runs_empty_gets_a_box_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """One of the first centres covers no box best: both clusters are found all the same."""
    sizes = np.repeat([[10.0, 10], [50, 50]], 20, axis=0) * np.linspace(0.98, 1.02, 40)[:, None]
    monkeypatch.setattr(kmeans, "seed", lambda *_: np.array([[50.0, 50], [999, 1]]))
    found = clustered(sizes, 2, restarts=1)
    np.testing.assert_allclose(found.anchors.array()[:, 0], [10, 50], rtol=0.03)


def test_iterations_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kmeans, "MAX_ITERATIONS", 2)
    assert clustered(planted(spread=0.5), 6, restarts=4).iterations == 8


@given(some_sizes, st.integers(1, 12), st.sampled_from(["median", "mean"]), st.integers(0, 9))
def test_any_boxes_give_k_anchors_or_a_sentence(
    sizes: Sizes, k: int, update: Update, seed: int
) -> None:
    if distinct(sizes) < k:
        with pytest.raises(StudioError, match=f"{k} anchors need at least {k} boxes"):
            clustered(sizes, k, seed, update, restarts=2)
        return
    found = clustered(sizes, k, seed, update, restarts=2)
    anchors = found.anchors.array()
    assert anchors.shape == (k, 2)
    assert (anchors >= sizes.min(axis=0) - 1e-6).all()
    assert (anchors <= sizes.max(axis=0) + 1e-6).all()
    assert (np.diff(anchors.prod(axis=1)) >= 0).all()
    assert 0 < found.quality.mean_iou <= 1
    if distinct(sizes) == k:
        assert found.quality.mean_iou > 0.3  # k-means++ starts with one of each


def test_sizes_that_differ_by_rounding_alone_are_one() -> None:
    sizes = np.array([[10, 10], [10, np.nextafter(10, 11)]])
    with pytest.raises(StudioError, match="there are 1"):
        clustered(sizes, 2)


@pytest.mark.parametrize("k", [0, -1])
def test_no_anchors_cannot_be_asked_for(k: int) -> None:
    with pytest.raises(StudioError, match="at least 1"):
        clustered(planted(), k)


def test_no_boxes_give_a_sentence() -> None:
    with pytest.raises(StudioError, match="no boxes to cluster"):
        clustered(np.zeros((0, 2)), 3)


@pytest.mark.parametrize("side", [0.0, -1.0, np.nan, np.inf])
def test_boxes_without_a_size_give_a_sentence(side: float) -> None:
    with pytest.raises(StudioError, match="width and a height above 0"):
        clustered(np.array([[10, 10], [side, 5]]), 1)


# --- the quick way and the plain way ------------------------------------------------------------


@given(some_sizes, st.integers(1, 6), st.sampled_from(["median", "mean"]), st.integers(0, 9))
def test_clusters_are_those_of_a_plain_loop(
    sizes: Sizes, k: int, update: Update, seed: int
) -> None:
    sizes = kmeans.clean(sizes)
    centres = sizes[np.random.default_rng(seed).integers(len(sizes), size=k)]
    if distinct(centres) < k:
        return
    found, mean_iou, rounds = kmeans.lloyd(sizes, centres, update)
    plain, plain_iou, plain_rounds = plain_lloyd(sizes.tolist(), centres.tolist(), update)
    np.testing.assert_allclose(found, plain, rtol=1e-12)
    assert mean_iou == pytest.approx(plain_iou, abs=1e-12)
    assert rounds == plain_rounds


@pytest.mark.parametrize("update", ["median", "mean"])
def test_some_thousand_boxes_are_clustered_as_by_a_plain_loop(update: Update) -> None:
    sizes = kmeans.clean(planted(spread=0.4, each=300))
    centres = sizes[::211]
    found, mean_iou, rounds = kmeans.lloyd(sizes, centres, update)
    plain, plain_iou, plain_rounds = plain_lloyd(sizes.tolist(), centres.tolist(), update)
    assert rounds == plain_rounds > 5
    np.testing.assert_allclose(found, plain, rtol=1e-12)
    assert mean_iou == pytest.approx(plain_iou, abs=1e-12)


def test_chunks_leave_no_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes, anchors = planted(spread=0.4), preset("yolov4", SIDE).array()
    whole = quality(sizes, anchors)
    monkeypatch.setattr(fit, "CHUNK", 7)
    parts = quality(sizes, anchors)
    np.testing.assert_array_equal(whole.assignment, parts.assignment)
    np.testing.assert_array_equal(whole.iou, parts.iou)
    assert whole.best_possible_recall == parts.best_possible_recall


def test_very_many_boxes_are_clustered_as_well_as_from_any_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sizes = planted(spread=0.3, each=500)
    all_at_once = clustered(sizes, 6)
    monkeypatch.setattr(kmeans, "SAMPLE", 300)
    begun_with_few = clustered(sizes, 6)
    expected = pytest.approx(all_at_once.quality.mean_iou, abs=2e-3)
    assert begun_with_few.quality.mean_iou == expected
    assert begun_with_few.iterations < 0.8 * all_at_once.iterations


@pytest.mark.parametrize("side", [10.0, 2000.0])
def test_many_sizes_that_hardly_differ_are_told_apart(
    monkeypatch: pytest.MonkeyPatch, side: float
) -> None:
    monkeypatch.setattr(kmeans, "SAMPLE", 10)
    sizes = np.repeat([[side, side], [side + 0.001, side], [side, side + 0.001]], 9, axis=0)
    anchors = clustered(sizes, 3).anchors.array()
    np.testing.assert_allclose(np.sort(anchors[:, 0]), [side, side, side + 0.001], atol=2e-4)


def test_a_sample_with_too_few_sizes_is_not_begun_with(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kmeans, "SAMPLE", 10)
    sizes = np.concatenate([np.full((5000, 2), 10.0), [[20, 20], [40, 40], [80, 80]]])
    assert clustered(sizes, 4).quality.mean_iou == pytest.approx(1)


# --- the result ---------------------------------------------------------------------------------


def test_anchors_are_sorted_by_area_and_scale_with_the_input() -> None:
    anchors = Anchors(((30, 20), (5, 5), (10, 100)), (100, 200))
    assert anchors.sizes == ((5, 5), (30, 20), (10, 100))
    assert anchors.at((200, 100)).sizes == ((10, 2.5), (60, 10), (20, 50))
    assert anchors.at((200, 100)).at((100, 200)) == anchors


@pytest.mark.parametrize(
    ("sizes", "input_size"),
    [
        ((), SIDE),
        (((0, 5),), SIDE),
        (((5, -1),), SIDE),
        (((float("nan"), 5),), SIDE),
        (((float("inf"), 5),), SIDE),
        (((5, 5),), (0, 416)),
        (((5, 5),), (416, -1)),
    ],
)
def test_anchors_that_cannot_be(
    sizes: tuple[tuple[float, float], ...], input_size: tuple[int, int]
) -> None:
    with pytest.raises(StudioError):
        Anchors(sizes, input_size)


@pytest.mark.parametrize("side", [0, -3, float("nan")])
def test_an_anchor_that_cannot_be_is_named(side: float) -> None:
    with pytest.raises(StudioError, match=f"positive width and height, not {side:g} × 5"):
        Anchors(((10, 10), (side, 5)), SIDE)


def test_presets_are_those_of_darknet() -> None:
    assert preset("yolov3", SIDE).sizes[0] == (10, 13)
    assert preset("yolov3", SIDE).sizes[-1] == (373, 326)
    assert len(preset("yolov3", (608, 608)).sizes) == 9
    assert preset("yolov3-tiny", (208, 208)).sizes[0] == (5, 7)
    v4 = "12,16, 19,36, 40,28, 36,75, 76,55, 72,146, 142,110, 192,243, 459,401"
    assert preset("yolov4", SIDE).darknet() == v4  # the line of yolov4.cfg
    assert PRESETS["yolov4-tiny"] == PRESETS["yolov3-tiny"]
    assert PRESETS["yolov3-spp"] == PRESETS["yolov3"]


def test_published_sets_are_listed_once() -> None:
    assert {name: len(anchors.sizes) for name, anchors in published(SIDE).items()} == {
        "yolov3, yolov3-spp": 9,
        "yolov3-tiny, yolov4-tiny": 6,
        "yolov4": 9,
    }


def test_the_line_for_darknet_reads_back() -> None:
    anchors = Anchors(((3.14159, 20), (100.5, 7.0)), SIDE)
    assert anchors.darknet() == "3.14,20, 100.5,7"


def test_sets_of_anchors_are_compared_by_the_same_figures() -> None:
    sizes = planted(spread=0.3)
    sets = published(SIDE)
    for found, anchors in zip(compare(sizes, sets), sets.values(), strict=True):
        alone = quality(sizes, anchors.array())
        assert found.mean_iou == pytest.approx(alone.mean_iou)
        assert found.best_possible_recall == alone.best_possible_recall
        assert found.k == len(anchors.sizes)
    assert [found.name for found in compare(sizes, sets)] == list(sets)
