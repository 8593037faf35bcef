"""Whether to keep the anchors in use or to take new ones, in words."""

from __future__ import annotations

from dataclasses import dataclass

from studio.labels.anchors.fit import Quality

SMALL_GAIN = 0.01
"""Mean IoU that is not worth new anchors."""
LARGE_GAIN = 0.05
"""Mean IoU that is worth new anchors, whatever else is right with the old ones."""
GOOD_RECALL = 0.98
"""Anchors that can learn more of the boxes than this may stay as they are."""


@dataclass(frozen=True, slots=True)
class Advice:
    """Whether to put new anchors to use, and the sentence that says why."""

    take_new: bool
    text: str


def advise(k: int, found: Quality, used: Quality, used_name: str) -> Advice:
    """Compare `k` new anchors with those in use, named by `used_name`.

    New ones are worth it only where they are better, and those in use either cannot learn some of
    the boxes or fit much worse: a network that has learnt with its anchors starts anew with others.
    """
    gain = found.mean_iou - used.mean_iou
    recalled = found.best_possible_recall - used.best_possible_recall
    have, had = f"{found.mean_iou:.2f}", f"{used.mean_iou:.2f}"
    compared = f"{k} anchors cover your boxes at {have}, {_lower_first(used_name)} at {had}"
    if gain <= 0 or found.best_possible_recall < min(used.best_possible_recall, GOOD_RECALL):
        return Advice(False, f"{compared}: keep those, the new ones are no better.")
    if used.best_possible_recall <= GOOD_RECALL and (gain >= SMALL_GAIN or recalled > 0):
        return Advice(
            True,
            f"{compared}, which cannot learn {1 - used.best_possible_recall:.1%} of them: "
            f"use the new ones. Best possible recall goes from {used.best_possible_recall:.1%} "
            f"to {found.best_possible_recall:.1%}, mean IoU up by {gain:.2f}.",
        )
    if gain >= LARGE_GAIN:
        return Advice(True, f"{compared}: use the new ones, mean IoU goes up by {gain:.2f}.")
    return Advice(
        False,
        f"{compared}: keep those. They can learn {used.best_possible_recall:.1%} of the boxes, "
        f"and new ones would gain only {gain:.3f} in mean IoU.",
    )


def review(used: Quality, used_name: str) -> Advice:
    """Say of the anchors in use alone, named by `used_name`, whether to look for new ones."""
    covers = f"{used_name} cover your boxes at {used.mean_iou:.2f}"
    recall = used.best_possible_recall
    if recall <= GOOD_RECALL:
        return Advice(
            True, f"{covers} and cannot learn {1 - recall:.1%} of them: cluster new anchors."
        )
    return Advice(
        False, f"{covers} and can learn {recall:.1%} of them. Clustering shows what others gain."
    )


def _lower_first(name: str) -> str:
    return name[0].lower() + name[1:]
