"""What is changed by those who know why."""

from __future__ import annotations

from studio.gui.train.fields import Choice, Number, Share, Whole
from studio.gui.train.pages.page import Page

LOSSES = {
    "yolov3-giou": (
        "YOLOv3, GIoU",
        "GIoU of boxes, focal confidence: suits most small sets",
    ),
    "yolov3": ("YOLOv3", "Squared errors of coordinates, as in the paper"),
    "yolov4": ("YOLOv4", "CIoU of boxes, scales in balance"),
}
BOXES = {
    "": ("as the loss has it", ""),
    "mse": ("squared errors", ""),
    "iou": ("IoU", "How much two boxes overlap"),
    "giou": ("GIoU", "IoU, and how far apart boxes are that do not overlap"),
    "diou": ("DIoU", "IoU, and the distance of the centres"),
    "ciou": ("CIoU", "DIoU, and the difference in shape"),
}
PRECISIONS = {
    "auto": ("auto", "What this machine is quickest with, measured once"),
    "float32": ("float32", "The slowest, on every machine"),
    "bfloat16": ("bfloat16", "Quick on processors and GPUs that have it"),
    "float16": ("float16", "For older GPUs; gradients are scaled so that none vanish"),
}
CACHES = {
    "auto": ("auto", "In memory where they fit, else on the disk"),
    "memory": ("in memory", ""),
    "disk": ("on the disk", ""),
    "none": ("none", "Pictures are read again each epoch"),
}

RARE = (
    "0 %: every box counts alike; 100 %: every class does; 50 % helps short runs with rare classes"
)


class AdvancedPage(Page):
    """Loss, regularisation and the machine."""

    def __init__(self) -> None:
        super().__init__()
        self.loss = Choice("loss", "How boxes, confidence and classes are judged", LOSSES)
        self.precision = Choice("precision", "The numbers that are computed with", PRECISIONS)
        self.add_field("&Loss", self.loss)
        self.add_field("Bo&xes by", Choice("box_loss", "How a box is compared to its truth", BOXES))
        self.add_field(
            "&Rare classes",
            Share("class_weighting", RARE),
        )
        self.add_field(
            "Smooth la&bels",
            Share("label_smoothing", "Be less sure of classes: helps where labels are wrong", 1),
        )
        self.add_field("Pre&cision", self.precision)
        self.add_field(
            "Weight &decay",
            Number("weight_decay", "Pull weights towards 0, against overfitting", 0.0001, 6),
        )
        self.add_field(
            "A&verage",
            Number("ema", "What the past counts at most in the average that is saved", 0.005, 6),
        )
        self.add_field("Cac&he", Choice("cache", "Where prepared pictures are kept", CACHES))
        self.add_field("Se&ed", Whole("seed", "The same seed gives the same run again"))
