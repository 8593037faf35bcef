"""Which options of a cfg are read, which concern training alone, and which cannot be followed.

The names are those of Darknet's parser.c (Redmon's and Bochkovskiy's).
"""

from __future__ import annotations

from studio.errors import FileError
from studio.yolo.darknet.blocks import Block

READ: dict[str, frozenset[str]] = {
    "convolutional": frozenset(
        {"filters", "size", "stride", "stride_x", "stride_y", "pad", "padding"}
        | {"activation", "batch_normalize", "cbn", "dilation"}
    ),
    "maxpool": frozenset({"size", "stride", "stride_x", "stride_y", "padding"}),
    "upsample": frozenset({"stride"}),
    "route": frozenset({"layers", "groups", "group_id"}),
    "shortcut": frozenset({"from", "activation"}),
    "yolo": frozenset({"mask", "anchors", "classes", "num", "scale_x_y"}),
}
"""Options that describe a network."""

NEUTRAL: dict[str, dict[str, str]] = {
    "convolutional": {
        "groups": "1",
        "share_index": "-1000000000",
        **dict.fromkeys(("antialiasing", "binary", "xnor", "bin_output", "flipped"), "0"),
        **dict.fromkeys(("sway", "rotate", "stretch", "stretch_sway", "deform"), "0"),
        **dict.fromkeys(("dontload", "dontloadscales"), "0"),
    },
    "maxpool": {"maxpool_depth": "0", "antialiasing": "0"},
    "upsample": {"scale": "1"},
    "shortcut": {"activation": "linear", "weights_type": "none", "weights_normalization": "none"},
    "yolo": {"new_coords": "0"},
}
"""Options that would change what a network computes; only with these values they do not."""

_ANY = frozenset(
    {"clip", "onlyforward", "dont_update", "burnin_update", "train_only_bn", "stopbackward"}
    | {"learning_rate", "keep_delta_gpu"}
)
_YOLO = frozenset(
    {"max", "jitter", "resize", "ignore_thresh", "truth_thresh", "iou_thresh", "random"}
    | {"iou_thresh_kind", "iou_normalizer", "obj_normalizer", "cls_normalizer", "iou_loss"}
    | {"delta_normalizer", "uc_normalizer", "max_delta", "counters_per_class", "focal_loss"}
    | {"label_smooth_eps", "objectness_smooth", "nms_kind", "beta_nms", "map", "track"}
    | {"track_history_size", "sim_thresh", "dets_for_track", "dets_for_show", "track_ciou_norm"}
    | {"embedding_layer", "bias_match", "coords", "softmax", "rescore", "absolute", "thresh"}
    | {"object_scale", "noobject_scale", "class_scale", "coord_scale"}
)

TRAINING: dict[str, frozenset[str]] = {
    "convolutional": _ANY | {"assisted_excitation", "dot", "angle", "grad_centr", "reverse"},
    "maxpool": _ANY | {"out_channels"},
    "upsample": _ANY,
    "route": _ANY,
    "shortcut": _ANY,
    "yolo": _ANY | _YOLO,
}
"""Options of training and of Darknet's own suppression: passed over.

Those of [net] are not listed: but for the size of the input they all concern training.
"""


def check(block: Block) -> None:
    """Raise FileError for an option that cannot be followed, or that Darknet does not know."""
    neutral = NEUTRAL.get(block.kind, {})
    for key, option in block.options.items():
        if key in neutral:
            if option.value != neutral[key]:
                what = f"{key}={option.value[:40]} is not supported, only {key}={neutral[key]}"
                raise _error(block, key, what)
        elif key not in READ[block.kind] | TRAINING[block.kind]:
            raise _error(block, key, f"the option {key[:40]!r} is unknown")


def _error(block: Block, key: str, what: str) -> FileError:
    return block.error(what, key)
