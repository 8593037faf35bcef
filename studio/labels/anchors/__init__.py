"""Anchors: clustered from the sizes of boxes, measured, compared, refined, put into words.

Sizes are `(n, 2)` widths and heights in pixels of the network's input. The IoU of two sizes is
that of two boxes that share their top left corner (Redmon and Farhadi, YOLO9000, section 2).
"""

from studio.labels.anchors.advice import Advice, advise, review
from studio.labels.anchors.curve import Elbow, ElbowPoint, elbow
from studio.labels.anchors.evolution import Evolved, Generation, evolve
from studio.labels.anchors.fit import Fit, Quality, compare, quality
from studio.labels.anchors.kmeans import Clustered, Restart, Update, cluster
from studio.labels.anchors.presets import PRESETS, preset
from studio.labels.anchors.scales import AnchorUse, ScaleUse, scales, strides_served, uses
from studio.labels.anchors.sizes import Anchors, Sizes, size_iou

__all__ = [
    "PRESETS",
    "Advice",
    "AnchorUse",
    "Anchors",
    "Clustered",
    "Elbow",
    "ElbowPoint",
    "Evolved",
    "Fit",
    "Generation",
    "Quality",
    "Restart",
    "ScaleUse",
    "Sizes",
    "Update",
    "advise",
    "cluster",
    "compare",
    "elbow",
    "evolve",
    "preset",
    "quality",
    "review",
    "scales",
    "size_iou",
    "strides_served",
    "uses",
]
