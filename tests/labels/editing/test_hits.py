"""What is under the pointer."""

from __future__ import annotations

import pytest

from studio.labels.boxes import Box, as_array
from studio.labels.editing.hits import Handle, HitTarget, hit_test, inside, next_below, targets_at

BIG = Box("cell", 10, 10, 60, 60)
SMALL = Box("dot", 30, 30, 40, 40)


def hit(point: tuple[float, float], *boxes: Box, selection: tuple[int, ...] = ()) -> HitTarget:
    target = hit_test(
        edges=as_array(boxes), point=point, tolerance=3.0, selection=frozenset(selection)
    )
    assert target is not None
    return target


def test_nothing_under_the_pointer() -> None:
    assert hit_test(edges=as_array(()), point=(5, 5), tolerance=3) is None
    assert hit_test(edges=as_array((BIG,)), point=(80, 70), tolerance=3) is None


@pytest.mark.parametrize(
    ("point", "handle"),
    [
        ((10, 10), Handle.TOP_LEFT),
        ((61, 9), Handle.TOP_RIGHT),
        ((8, 62), Handle.BOTTOM_LEFT),
        ((60, 60), Handle.BOTTOM_RIGHT),
        ((10, 35), Handle.LEFT),
        ((62, 35), Handle.RIGHT),
        ((35, 12), Handle.TOP),
        ((35, 58), Handle.BOTTOM),
        ((35, 35), Handle.INSIDE),
    ],
)
def test_handles(point: tuple[float, float], handle: Handle) -> None:
    assert hit(point, BIG) == HitTarget(0, handle)


def test_smallest_box_first() -> None:
    assert hit((35, 35), BIG, SMALL).index == 1
    assert hit((35, 35), SMALL, BIG).index == 0


def test_handle_of_a_selected_box_comes_before_a_smaller_box() -> None:
    beside = Box("dot", 56, 30, 66, 40)
    assert hit((60, 35), BIG, beside) == HitTarget(1, Handle.INSIDE)
    assert hit((60, 35), BIG, beside, selection=(0,)) == HitTarget(0, Handle.RIGHT)


def test_inside_of_a_selected_box_gives_way_to_a_smaller_one() -> None:
    assert hit((35, 35), BIG, SMALL, selection=(0,)).index == 1


@pytest.mark.parametrize("point", [(34, 34), (32.5, 32.5), (35.5, 35.5)])
def test_even_a_tiny_box_can_be_moved_by_the_middle_half_of_its_sides(
    point: tuple[float, float],
) -> None:
    tiny = Box("dot", 30, 30, 38, 38)
    assert hit(point, tiny).handle is Handle.INSIDE
    assert hit((31.5, 34), tiny).handle is Handle.LEFT
    assert hit((34, 36.5), tiny).handle is Handle.BOTTOM


def test_of_tiny_boxes_the_one_that_is_pointed_at() -> None:
    pointed_at, smaller = Box("dot", 30, 30, 36, 36), Box("dot", 39, 32, 41, 34)
    assert hit((36, 33), BIG, smaller, pointed_at).index == 2
    assert hit((38, 33), BIG, smaller, pointed_at).index == 1


def test_a_tiny_box_is_hit_beside_it_even_over_a_large_one() -> None:
    assert hit((32.5, 30), BIG, Box("dot", 29, 29, 30, 30)).index == 1


def test_skipped_boxes_are_not_there() -> None:
    edges = as_array((BIG, SMALL))
    target = hit_test(edges=edges, point=(35, 35), tolerance=3, skip={1})
    assert target == HitTarget(0, Handle.INSIDE)
    assert hit_test(edges=edges, point=(35, 35), tolerance=3, skip={0, 1}) is None


def test_a_box_that_comes_first_gives_way_to_handles_only() -> None:
    edges = as_array((BIG, SMALL))
    target = hit_test(edges=edges, point=(35, 35), tolerance=3, first=0)
    assert target == HitTarget(0, Handle.INSIDE)
    grip = hit_test(edges=edges, point=(30, 30), tolerance=3, selection={1}, first=0)
    assert grip == HitTarget(1, Handle.TOP_LEFT)


def test_below_goes_from_the_smallest_to_the_largest_and_round() -> None:
    edges = as_array((BIG, SMALL, Box("disc", 20, 20, 50, 50)))
    targets = targets_at(edges=edges, point=(35, 35), tolerance=1)
    order = [1]
    while len(order) < 4:
        following = next_below(targets, order[-1])
        assert following is not None
        order.append(following.index)
    assert order == [1, 2, 0, 1]
    assert next_below(targets, 9) is None


def test_a_band_holds_what_lies_wholly_inside_however_it_is_spanned() -> None:
    edges = as_array((BIG, SMALL))
    assert inside(edges=edges, start=(5, 5), end=(60, 60)) == {0, 1}
    assert inside(edges=edges, start=(45, 20), end=(20, 45)) == {1}
    assert inside(edges=edges, start=(5, 5), end=(60, 60), skip={1}) == {0}
    assert inside(edges=as_array(()), start=(5, 5), end=(60, 60)) == frozenset()
