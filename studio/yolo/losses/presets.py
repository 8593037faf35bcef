"""Named ways of making and weighing the loss terms. Plain data; imports no TensorFlow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

BoxLoss = Literal["mse", "iou", "giou", "diou", "ciou"]
Preset = Literal["yolov3-giou", "yolov3", "yolov4"]

BOX_LOSSES: tuple[BoxLoss, ...] = get_args(BoxLoss)
PRESETS: tuple[Preset, ...] = get_args(Preset)

Count = Literal["picture", "scale"]


@dataclass(frozen=True, slots=True)
class Scheme:
    """How the three terms are made, of which cells, and what each counts in their sum.

    `per` says what a term is divided by: the pictures of the batch (a sum over the cells of a
    picture), or the cells that it is made of, scale by scale (a sum of the scales' means).
    """

    box: BoxLoss = "giou"
    focal_gamma: float = 2.0
    iou_aware: float = 0.0  # how far confidence learns how well a box fits, not that there is one
    sharing: float = 0.0  # how far the cells that learn a box share what it counts
    label_smoothing: float = 0.0
    small_boxes: float = 1.0  # by how much a box without area counts more than one of the input's
    per: Count = "picture"
    box_gain: float = 1.0
    confidence_gain: float = 1.0
    class_gain: float = 1.0
    balance: tuple[float, float, float] = (1.0, 1.0, 1.0)  # of confidence: coarse, middle, fine
    ignore_threshold: float = 0.5  # a prediction that overlaps a truth by more is no background
    assign_threshold: float = 0.3  # anchors beside the best one that learn a box: IoU above this
    class_weights: tuple[float, ...] = ()  # what a box of each class counts; (): all alike

    def balance_of(self, stride: int) -> float:
        """Return what the confidence of a scale counts: strides are 32, 16, 8 in the balance."""
        coarse, middle, fine = self.balance
        return coarse if stride >= 32 else middle if stride >= 16 else fine


def scheme(preset: Preset, classes: int, input_size: tuple[int, int]) -> Scheme:
    """Return a preset for a model of so many classes and an input of (width, height)."""
    match preset:
        case "yolov3-giou":
            return YOLOV3_GIOU
        case "yolov3":
            return YOLOV3
        case "yolov4":
            return _yolov4(classes, input_size)


YOLOV3_GIOU = Scheme(iou_aware=1.0, sharing=1.0, confidence_gain=0.4)
"""GIoU and focal confidence that learns the IoU, added up over the boxes of a picture.

Several anchors learn a box, but share what it counts. Else the objects that several anchors fit
drown those that one fits: of blood cells, red cells the platelets. Confidence counts less than
boxes and classes: it is what learns a small set by heart first, while those still get better.
"""

YOLOV3 = Scheme(box="mse", focal_gamma=0.0, assign_threshold=1.0)
"""Squared errors of coordinates, plain cross-entropies, one anchor for each box, and no background
where a prediction overlaps by more than 0.5 (Redmon and Farhadi 2018, sections 2.1 and 2.2;
Darknet's yolo_layer.c, where `iou_thresh` is 1 unless a cfg has another)."""


def _yolov4(classes: int, input_size: tuple[int, int]) -> Scheme:
    """CIoU (Bochkovskiy et al. 2020, section 3.4), and means instead of sums.

    The gains 0.05, 5 · w·h / 416² and classes / 80 are those of YOLOv4's ports to other
    libraries; so is the balance 0.4, 1, 4: a fine scale's few objects would drown in its mean.
    The thresholds are those of Darknet's yolov4.cfg, `ignore_thresh` and `iou_thresh`.
    """
    width, height = input_size
    return Scheme(
        box="ciou",
        focal_gamma=0.0,
        small_boxes=0.0,
        per="scale",
        box_gain=0.05,
        confidence_gain=5 * width * height / 416**2,
        class_gain=classes / 80,
        balance=(0.4, 1.0, 4.0),
        ignore_threshold=0.7,
        assign_threshold=0.213,
    )
