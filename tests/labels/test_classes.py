"""The class list: ids move only when they are asked to, and colours not even then."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.labels import classes
from studio.labels.classes import ClassList
from studio.labels.screen.palette import OKABE_ITO, UNKNOWN, class_colour, hex_of, of_hex

RED = (200, 0, 0)
CELLS = ClassList(("RBC", "WBC", "platelet"), {"WBC": RED}, ("platelet", "RBC"))

NAMES = st.sampled_from([f"class {i}" for i in range(6)])
LISTS = st.builds(
    ClassList,
    st.lists(NAMES, unique=True).map(tuple),
    st.dictionaries(NAMES, st.sampled_from([RED, (0, 0, 200)])),
    st.lists(NAMES, unique=True).map(tuple),
)


def seen(listed: ClassList) -> dict[str, tuple[int, int, int]]:
    return {name: listed.colour(name) for name in listed.names}


def test_people_see_their_order_first_and_then_that_of_the_ids() -> None:
    assert CELLS.shown == ("platelet", "RBC", "WBC")
    assert ClassList(("a", "b"), order=("gone", "b", "b")).shown == ("b", "a")


def test_a_colour_is_the_chosen_one_or_that_of_the_id() -> None:
    assert CELLS.colour("WBC") == RED
    assert CELLS.colour("platelet") == OKABE_ITO[2]
    assert CELLS.colour("stranger") == UNKNOWN


def test_a_new_class_has_a_colour_of_its_own() -> None:
    taken = ClassList(("a",), {"a": class_colour(1)})
    added = classes.add(taken, "b")
    assert added.names == ("a", "b")
    assert added.colour("b") == class_colour(0)
    assert classes.add(added, "b") == added


def test_moving_a_class_leaves_the_ids() -> None:
    moved = classes.move(CELLS, "WBC", 0)
    assert (moved.names, moved.shown) == (CELLS.names, ("WBC", "platelet", "RBC"))
    assert classes.move(classes.move(CELLS, "platelet", 3), "WBC", 1).order == ()


def test_numbering_gives_the_ids_that_are_seen_and_keeps_the_colours() -> None:
    numbered = classes.number(CELLS)
    assert numbered.names == numbered.shown == CELLS.shown
    assert seen(numbered) == seen(CELLS)


def test_removing_a_class_keeps_the_colours_of_the_others() -> None:
    left = classes.remove(CELLS, "RBC")
    assert (left.names, left.shown) == (("WBC", "platelet"), ("platelet", "WBC"))
    assert seen(left) == {name: CELLS.colour(name) for name in left.names}
    assert not classes.is_last(CELLS, "RBC")
    assert classes.is_last(CELLS, "platelet")


def test_a_rename_keeps_id_colour_and_place() -> None:
    renamed = classes.rename(CELLS, "WBC", "white")
    assert renamed == ClassList(("RBC", "white", "platelet"), {"white": RED}, CELLS.order)
    assert classes.rename(CELLS, "platelet", "p").shown == ("p", "RBC", "WBC")


def test_a_merged_class_stays_unless_it_has_the_last_id() -> None:
    assert classes.rename(CELLS, "RBC", "WBC") == CELLS
    assert classes.rename(CELLS, "platelet", "WBC").names == ("RBC", "WBC")
    assert classes.rename(CELLS, "stranger", "WBC") == CELLS


@given(LISTS, NAMES, NAMES)
def test_a_rename_is_taken_back(listed: ClassList, old: str, new: str) -> None:
    renamed = classes.rename(listed, old, new)
    assert classes.rename(renamed, old, new) == renamed
    assert classes.take_rename_back(renamed, old, new, listed) == listed


@given(LISTS, NAMES, NAMES)
def test_what_happened_to_the_list_since_is_kept(listed: ClassList, old: str, new: str) -> None:
    later = classes.add(classes.rename(listed, old, new), "later")
    back = classes.take_rename_back(later, old, new, listed)
    assert set(back.names) == {*listed.names, "later"}
    assert classes.take_rename_back(back, old, new, listed) == back


@given(LISTS, NAMES, st.integers(-1, 7))
def test_looks_never_change_ids(listed: ClassList, name: str, place: int) -> None:
    for changed in (classes.move(listed, name, place), classes.recolour(listed, name, RED)):
        assert changed.names == listed.names
        assert sorted(changed.shown) == sorted(listed.names)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ["traffic light", "light", "Lighthouse", "red_light", "delight"]),
        ("light", ["light", "Lighthouse", "traffic light", "red_light", "delight"]),
        (" LIGHT ", ["light", "Lighthouse", "traffic light", "red_light", "delight"]),
        ("c l", ["traffic light"]),
        ("dark", []),
    ],
)
def test_a_class_is_found_by_any_part_of_its_name(text: str, found: list[str]) -> None:
    names = ["traffic light", "light", "Lighthouse", "red_light", "delight"]
    assert classes.find(names, text) == found


def test_colours_are_written_as_in_the_web() -> None:
    assert hex_of((230, 159, 0)) == "#e69f00"
    assert of_hex("#E69F00") == (230, 159, 0)


@pytest.mark.parametrize("text", ["", "red", "#e69f0", "#e69f000", "e69f00", "#e69f0g", "#e6 f00"])
def test_what_is_no_colour_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no colour"):
        of_hex(text)
