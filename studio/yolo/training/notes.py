"""What a person should know of a training before it begins; none of it stops it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from studio.wording import counted, listed
from studio.yolo.config import TrainConfig
from studio.yolo.training.rates import beyond_sense

FROM_ITS_WEIGHTS = "a new run can start from its weights, with the transfer fine_tune"


def before_training(
    config: TrainConfig,
    labels: Sequence[NDArray[np.int32]],
    validation: Sequence[NDArray[np.int32]],
    others: Sequence[str],
) -> list[str]:
    """Return a sentence for each thing that is odd about a training.

    `labels` are the class numbers of each training picture, `validation` those of each validation
    picture, `others` are the project's runs that are being trained now.
    """
    sentences = [f"{name} is being trained already; both will be slower" for name in others]
    sentences += filter(None, [beyond_sense(config.learning_rate)])
    sentences += _of_few(config, labels)
    sentences += _of_classes(config, labels)
    if not any(map(len, validation)):
        lack = "no box in the validation pictures" if validation else "no validation pictures"
        sentences.append(
            f"{lack}: AP is not measured, and the epoch of the lowest training loss counts as the "
            "best; ImageSets/Main/val.txt, or more labelled pictures where there are no lists, "
            "would change that"
        )
    return sentences


def _of_few(config: TrainConfig, labels: Sequence[NDArray[np.int32]]) -> list[str]:
    sentences, pictures, boxes = [], len(labels), sum(map(len, labels))
    if pictures == 1 or boxes == 1:
        what = "picture" if pictures == 1 else "box"
        sentences.append(f"there is one {what} to learn from: others will hardly be found")
    if pictures < config.batch_size:
        all_of = f"all {pictures} training pictures" if pictures > 1 else "the one training picture"
        sentences.append(
            f"a batch of {config.batch_size} is more than there are: each step learns from {all_of}"
        )
    return sentences


def _of_classes(config: TrainConfig, labels: Sequence[NDArray[np.int32]]) -> list[str]:
    used = {int(label) for of_picture in labels for label in of_picture}
    missing = [name for n, name in enumerate(config.model.classes) if n not in used]
    if not missing:
        return []
    noun = "class" if len(missing) == 1 else "classes"
    names = listed(list(map(repr, missing)))
    return [f"no box to learn from for the {noun} {names}: nothing of that will be found"]


def changed_pictures(names: Sequence[str], before: Sequence[str], now: Sequence[str]) -> list[str]:
    """Say which pictures or labels are not those that a resumed run has learnt from until now.

    `before` and `now` are digests in the order of `names`, "" for what is gone.
    """
    triples = zip(names, before, now, strict=True)
    changed = [name for name, old, new in triples if new and old != new]
    if not changed:
        return []
    which = "pictures or labels that have changed since this run was last trained"
    return [f"{which} are learnt as they are now: {listed(changed)}"]


def left_out(count: int) -> list[str]:
    """Say how many labelled pictures are not those that a resumed run began with."""
    if not count:
        return []
    which = f"{counted(count, 'picture')} that this run did not begin with"
    return [f"{which}: not learnt in it; start a new run to learn {'it' if count == 1 else 'them'}"]


def without(names: Sequence[str]) -> list[str]:
    """Say which pictures that a resumed run has learnt from are gone."""
    if not names:
        return []
    which = "no labelled pictures of the training split any more, grey paper in their place"
    return [f"{which}: {listed(names)}"]


def changed_settings(before: TrainConfig, now: TrainConfig, types: tuple[str, str]) -> list[str]:
    """Say what a resumed run does otherwise from now on; `types` it computed in and computes in."""
    sentences = []
    if before.learning_rate != now.learning_rate:
        rates = f"{now.learning_rate:g} instead of {before.learning_rate:g}"
        sentences.append(f"the highest learning rate is {rates} from now on")
    if before.parts != now.parts:
        sentences.append(
            f"each batch is computed in {counted(now.parts, 'part')} instead of {before.parts} from"
            " now on: the same learning but for batch normalisation, which sees a part at a time"
        )
    if types[0] != types[1]:
        sentences.append(f"computed in {types[1]} instead of {types[0]} from now on")
    return sentences
