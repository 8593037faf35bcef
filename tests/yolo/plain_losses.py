"""Loss terms in plain float64 loops, written from the papers: what ours are held against."""

from __future__ import annotations

import math

import numpy as np

from studio.yolo.losses.presets import Scheme
from studio.yolo.network import decode
from studio.yolo.network.model import ModelConfig


def _overlap(a, b):
    """Return the intersection and the union."""
    width = max(min(a[2], b[2]) - max(a[0], b[0]), 0)
    height = max(min(a[3], b[3]) - max(a[1], b[1]), 0)
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (a, b)]
    return width * height, sum(areas) - width * height


def _frame(a, b):
    return max(a[2], b[2]) - min(a[0], b[0]), max(a[3], b[3]) - min(a[1], b[1])


def iou(a, b):
    both, union = _overlap(a, b)
    return both / union if union > 0 else 0.0


def giou(a, b):
    _, union = _overlap(a, b)
    width, height = _frame(a, b)
    return iou(a, b) - (width * height - union) / (width * height)


def diou(a, b):
    width, height = _frame(a, b)
    across = (a[0] + a[2]) / 2 - (b[0] + b[2]) / 2
    down = (a[1] + a[3]) / 2 - (b[1] + b[3]) / 2
    return iou(a, b) - (across**2 + down**2) / (width**2 + height**2)


def ciou(a, b):
    shape, alpha = ciou_parts(a, b)
    return diou(a, b) - alpha * shape


def ciou_parts(a, b):
    """Return v and α."""
    angles = [math.atan((box[2] - box[0]) / (box[3] - box[1])) for box in (a, b)]
    shape = 4 / math.pi**2 * (angles[0] - angles[1]) ** 2
    return shape, shape / (1 - iou(a, b) + shape) if shape else 0.0


FITS = {"iou": iou, "giou": giou, "diou": diou, "ciou": ciou}


def logistic(t):
    return 1 / (1 + math.exp(-t))


def decoded(t, stride, column, row, anchor, scale):
    """Return the box of raw x, y, w, h."""
    x, y = (
        scale * logistic(v) - (scale - 1) / 2 + c for v, c in zip(t, (column, row), strict=False)
    )
    w, h = anchor[0] * math.exp(t[2]), anchor[1] * math.exp(t[3])
    return (x * stride - w / 2, y * stride - h / 2, x * stride + w / 2, y * stride + h / 2)


def squared_errors(t, truth, stride, column, row, anchor, scale):
    x, y = (truth[0] + truth[2]) / 2 / stride - column, (truth[1] + truth[3]) / 2 / stride - row
    w, h = math.log((truth[2] - truth[0]) / anchor[0]), math.log((truth[3] - truth[1]) / anchor[1])
    ours = [scale * logistic(v) - (scale - 1) / 2 for v in t[:2]]
    return ((ours[0] - x) ** 2 + (ours[1] - y) ** 2 + (t[2] - w) ** 2 + (t[3] - h) ** 2) / 2


def cross_entropy(target, t):
    p = logistic(t)
    return -target * math.log(p) - (1 - target) * math.log(1 - p)


def focal(target, t, gamma):
    return abs(target - logistic(t)) ** gamma * cross_entropy(target, t)


def classes(label, logits, smoothing):
    """Return the losses of each class: a smoothed answer is 1 − ε/2 or ε/2."""
    answers = [1 - smoothing / 2 if c == label else smoothing / 2 for c in range(len(logits))]
    return [cross_entropy(*pair) for pair in zip(answers, logits, strict=True)]


def terms(raw, boxes, labels, assigned, config: ModelConfig, scheme: Scheme, ignore: float):
    """Return all three terms of a batch."""
    grid = decode.cells(config)
    lists = {int(s): ([], [], []) for s in np.unique(grid.stride)}  # of each stride, of each term
    whole = config.input_size[0] * config.input_size[1]
    for picture in range(len(raw)):
        for cell, t in enumerate(raw[picture].tolist()):
            stride = int(grid.stride[cell, 0])
            box, conf, prob = lists[stride]
            place = (stride, *grid.offset[cell], grid.anchor[cell], float(grid.scale[cell, 0]))
            answer = decoded(t, *place)
            truth = assigned[picture][cell]
            if truth >= 0:
                target = boxes[picture][truth].tolist()
                area = (target[2] - target[0]) * (target[3] - target[1])
                share = float((assigned[picture] == truth).sum()) ** -scheme.sharing
                counts = scheme.class_weights[labels[picture][truth]] if scheme.class_weights else 1
                counts *= share
                weight = counts * (1 + scheme.small_boxes * (1 - area / whole))
                if scheme.box == "mse":
                    box.append(weight * squared_errors(t, target, *place))
                else:
                    box.append(weight * (1 - FITS[scheme.box](answer, target)))
                fits = 1 - scheme.iou_aware + scheme.iou_aware * iou(answer, target)
                conf.append(share * focal(fits, t[4], scheme.focal_gamma))
                kinds = classes(labels[picture][truth], t[5:], scheme.label_smoothing)
                prob += [counts * kind for kind in kinds]
            elif all(iou(answer, t) <= ignore for t in boxes[picture].tolist()):
                conf.append(focal(0, t[4], scheme.focal_gamma))
    gains = np.array([scheme.box_gain, scheme.confidence_gain, scheme.class_gain])
    if scheme.per == "picture":
        return gains * [sum(sum(of[k]) for of in lists.values()) / len(raw) for k in range(3)]
    balance = dict(zip((32, 16, 8), scheme.balance, strict=True))
    means = {stride: [np.mean(k) if k else 0.0 for k in of] for stride, of in lists.items()}
    return gains * sum(np.array(m) * (1, balance[s], 1) for s, m in means.items())
