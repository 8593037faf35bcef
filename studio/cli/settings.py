"""The options of `train` that are settings of a run, in the groups that its help shows."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Option:
    """An option, the setting that it stands for, and what help says of its value."""

    flag: str
    setting: str
    metavar: str
    words: str


GROUPS: dict[str, tuple[Option, ...]] = {
    "how much": (
        Option(
            "--preset",
            "preset",
            "NAME",
            "quick, balanced (default) or best; sets what is not given",
        ),
        Option("--epochs", "epochs", "N", "rounds over all pictures (default 100)"),
        Option("--patience", "patience", "N", "epochs without a better AP that end it (0: never)"),
        Option(
            "--validate-every",
            "validate_every",
            "N",
            "epochs between validations (0, default: as often as takes a tenth of the time)",
        ),
        Option("--batch", "batch_size", "N", "pictures a step (default 8)"),
        Option("--parts", "parts", "N", "that a batch is computed in, to need less memory (1)"),
    ),
    "the network": (
        Option(
            "--arch",
            "architecture",
            "NAME",
            "yolov3-tiny (default), yolov3, yolov3-spp, yolov4-tiny or yolov4",
        ),
        Option(
            "--attention", "attention", "KIND", "before the heads: none (default), se, cbam or eca"
        ),
        Option("--size", "size", "SIDE", "of the input, in pixels (default 416)"),
    ),
    "where it starts": (
        Option(
            "--transfer",
            "transfer",
            "MODE",
            "what to take from --weights: none (default), darknet (the backbone), no_output (all "
            "but the heads), frozen (the same; only heads learn) or fine_tune (backbone learns "
            "slower)",
        ),
        Option(
            "--weights",
            "weights",
            "FILE",
            "the name or folder of a run, an npz or a .weights.h5 of ours, a .weights of Darknet, "
            "whole or truncated, or the name of a file that was fetched",
        ),
        Option(
            "--backbone-rate", "backbone_rate", "SHARE", "of --lr under fine_tune (default 0.1)"
        ),
        Option("--seed", "seed", "N", "of weights, order and augmentation (default 0)"),
    ),
    "how it learns": (
        Option("--lr", "learning_rate", "RATE", "the highest learning rate (default 0.004)"),
        Option("--rate", "rate", "HOW", "after the warm-up: cosine (default), step or constant"),
        Option(
            "--final-rate", "final_rate", "SHARE", "of --lr, where the cosine ends (default 0.01)"
        ),
        Option(
            "--warmup", "warmup_epochs", "EPOCHS", "in which the rate rises (default 2; 0: none)"
        ),
        Option("--weight-decay", "weight_decay", "RATE", "decoupled (default 0.0005)"),
        Option("--clip", "clip_norm", "NORM", "that gradients have at most (default 10)"),
        Option(
            "--ema",
            "ema",
            "SHARE",
            "of the past in the average that is saved (default at most 0.998)",
        ),
        Option(
            "--loss", "loss", "PRESET", "yolov3-giou (default), yolov3 (of the paper) or yolov4"
        ),
        Option(
            "--box-loss",
            "box_loss",
            "NAME",
            "mse, iou, giou, diou or ciou (default: the preset's)",
        ),
        Option("--box-gain", "box_gain", "NUMBER", "what boxes count (default: the preset's)"),
        Option(
            "--confidence-gain",
            "confidence_gain",
            "NUMBER",
            "what confidence counts (default: the preset's)",
        ),
        Option(
            "--class-gain", "class_gain", "NUMBER", "what classes count (default: the preset's)"
        ),
        Option(
            "--focal-gamma",
            "focal_gamma",
            "NUMBER",
            "of confidence, 0 for none (default: the preset's)",
        ),
        Option(
            "--iou-aware",
            "iou_aware",
            "SHARE",
            "confidence learns how well a box fits: 1, or that it is there: 0 (default: by --loss)",
        ),
        Option(
            "--sharing",
            "sharing",
            "SHARE",
            "a box counts once: 1, or once for each anchor that learns it: 0 (default: by --loss)",
        ),
        Option("--label-smoothing", "label_smoothing", "SHARE", "of the classes (default 0)"),
        Option(
            "--class-weighting",
            "class_weighting",
            "SHARE",
            "0: every box counts alike (default); 1: every class does",
        ),
        Option(
            "--ignore-threshold",
            "ignore_threshold",
            "IOU",
            "predictions that overlap a box by more are no background (default: the preset's)",
        ),
        Option(
            "--assign-threshold",
            "assign_threshold",
            "IOU",
            "anchors above it learn a box beside the best one; 1 for none (default: the preset's)",
        ),
    ),
    "augmentation, 0 for none": (
        Option(
            "--flip",
            "flip",
            "HOW",
            "none, horizontal, both, or auto (default): horizontal, and both once validation shows "
            "that pictures have no up",
        ),
        Option("--scale", "scale", "SHARE", "larger or smaller by up to (default 0.3)"),
        Option("--shift", "shift", "SHARE", "moved by up to this of the input (default 0.15)"),
        Option("--crop", "crop", "CHANCE", "of a window of the picture (default 0)"),
        Option("--rotate", "rotate", "DEGREES", "turned by up to (default 0)"),
        Option("--shear", "shear", "DEGREES", "slanted by up to (default 0)"),
        Option("--hue", "hue", "SHARE", "of the colour circle, turned by up to (default 0)"),
        Option("--saturation", "saturation", "SHARE", "more or less by up to (default 0)"),
        Option("--brightness", "brightness", "SHARE", "more or less by up to (default 0.2)"),
        Option("--mosaic", "mosaic", "CHANCE", "that four pictures make one (default 0)"),
        Option("--mixup", "mixup", "CHANCE", "that two shine through each other (default 0)"),
        Option("--multi-scale", "multi_scale", "SHARE", "other input sides by up to (default 0)"),
    ),
    "the machine": (
        Option(
            "--precision",
            "precision",
            "TYPE",
            "auto (default: measured once), float32, bfloat16 or float16",
        ),
        Option(
            "--cache",
            "cache",
            "WHERE",
            "keep prepared pictures: auto (default), memory, disk or none",
        ),
    ),
}

OPTIONS: tuple[Option, ...] = tuple(option for group in GROUPS.values() for option in group)


def add_settings(parser: argparse.ArgumentParser) -> None:
    """Add the options; each that is not given is None."""
    for title, options in GROUPS.items():
        group = parser.add_argument_group(title)
        for one in options:
            kind = _reader(one.setting)
            group.add_argument(
                one.flag, dest=one.setting, metavar=one.metavar, help=one.words, type=kind
            )


def _reader(setting: str) -> Callable[[str], object]:
    """Return what turns an option's text into the value of a setting, or says what it must be."""

    def read(text: str) -> object:
        from studio.yolo.config import CHOICES, RANGES, fault  # not for the other commands

        if setting not in (*CHOICES, *RANGES):
            return _side(text) if setting == "size" else text
        value: object = text
        if setting in RANGES:
            value = _number(text, RANGES[setting][0])
        wrong = fault(setting, value)
        if wrong:
            raise argparse.ArgumentTypeError(wrong)
        return value

    return read


def _number(text: str, kind: object) -> object:
    """Return a number, or the text where it is none."""
    try:
        return int(text) if kind is int else float(text)
    except ValueError:
        return text


def _side(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number of at least 1, not {text!r}")
    return int(text)
