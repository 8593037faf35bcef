"""Mean IoU against the number of anchors never falls, and the number that is enough is named."""

from __future__ import annotations

import numpy as np
import pytest

from studio.errors import StudioError
from studio.labels.anchors import Elbow, ElbowPoint, Evolved, cluster, elbow, evolve, preset
from studio.labels.anchors import elbow as elbow_function
from studio.labels.anchors.kmeans import Clustered
from tests.labels.test_anchors import PLANTED, planted

MODULE = elbow_function.__module__


def curve(sizes: np.ndarray, most: int = 15, seed: int = 0) -> Elbow:
    *points, last = elbow(sizes, np.random.default_rng(seed), most=most)
    assert isinstance(last, Elbow)
    assert points == [ElbowPoint(k, iou) for k, iou in enumerate(last.mean_ious, 1)]
    return last


def test_it_bends_where_as_many_anchors_as_planted_clusters_are_reached() -> None:
    found = curve(planted(spread=0.02))
    assert len(found.mean_ious) == 15
    assert list(found.mean_ious) == sorted(found.mean_ious)
    assert found.enough == len(PLANTED)
    assert "6 anchors would do at 0.97" in found.text
    assert found.boxes == found.all_boxes == 480


def test_it_reaches_what_clustering_reaches() -> None:
    sizes = planted(spread=0.3)
    last = list(cluster(sizes, 6, (416, 416), np.random.default_rng(0)))[-1]
    assert isinstance(last, Clustered)
    assert curve(sizes).mean_ious[5] == pytest.approx(last.quality.mean_iou, abs=0.01)


def test_it_never_falls_from_whatever_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{MODULE}.RESTARTS", 1)
    for seed in range(4):
        found = curve(planted(spread=0.3), seed=seed)
        assert list(found.mean_ious) == sorted(found.mean_ious)


def test_few_sizes_end_it_early() -> None:
    found = curve(np.repeat([[10.0, 10], [50, 50], [90, 30]], 4, axis=0))
    assert len(found.mean_ious) == 3
    assert found.mean_ious[-1] == pytest.approx(1)
    assert curve(np.full((5, 2), 7.0)).text == "1 anchor covers your boxes at 1.00."


def test_of_many_boxes_a_sample_is_taken_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{MODULE}.MOST_BOXES", 200)
    found = curve(planted(spread=0.02))
    assert (found.boxes, found.all_boxes) == (200, 480)
    assert "of 200 boxes drawn from 480" in found.text


@pytest.mark.parametrize(
    ("mean_ious", "enough", "says"),
    [
        ((0.4, 0.6, 0.605, 0.607), 2, "2 anchors would do at 0.60: beyond that"),
        ((0.4, 0.405, 0.5, 0.505), 3, "3 anchors would do at 0.50"),
        ((0.4, 0.6, 0.605, 0.618, 0.62), 2, "2 anchors would do at 0.60"),
        ((0.4, 0.425, 0.43, 0.433, 0.435, 0.437), 2, "2 anchors would do at 0.42"),
        ((0.4, 0.5, 0.6, 0.7), None, "still rises by 0.01 and more at 4 anchors"),
        ((0.99, 0.992), 1, "1 anchor would do at 0.99"),
    ],
)
def test_the_number_that_is_enough_has_little_to_gain_beyond(
    mean_ious: tuple[float, ...], enough: int | None, says: str
) -> None:
    found = Elbow(mean_ious, 10, 10)
    assert found.enough == enough
    assert says in found.text


def test_one_seed_gives_one_curve() -> None:
    sizes = planted(spread=0.4)
    assert curve(sizes, 5, 3) == curve(sizes, 5, 3)


def test_it_does_not_fall_behind_what_is_known() -> None:
    sizes = planted(spread=0.3)
    known = list(evolve(sizes, preset("yolov4-tiny", (416, 416)), np.random.default_rng(0)))[-1]
    assert isinstance(known, Evolved)
    *_, last = elbow(sizes, np.random.default_rng(0), known=known.anchors)
    assert isinstance(last, Elbow)
    assert last.mean_ious[5] >= known.quality.mean_iou - 1e-9


def test_it_can_be_stopped_between_two_points() -> None:
    events = elbow(planted(), np.random.default_rng(0))
    assert isinstance(next(events), ElbowPoint)
    events.close()


def test_no_boxes_give_a_sentence() -> None:
    with pytest.raises(StudioError, match="no boxes"):
        curve(np.zeros((0, 2)))
