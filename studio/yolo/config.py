"""What defines a training run. Plain data, validated where it is made."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from studio.errors import StudioError
from studio.yolo.losses.presets import BOX_LOSSES, PRESETS, BoxLoss, Preset, Scheme, scheme
from studio.yolo.network.model import ModelConfig

Precision = Literal["auto", "float32", "bfloat16", "float16"]
Rate = Literal["cosine", "step", "constant"]
Cache = Literal["auto", "memory", "disk", "none"]
Flip = Literal["auto", "none", "horizontal", "both"]
Transfer = Literal["none", "darknet", "no_output", "frozen", "fine_tune"]

PRECISIONS: tuple[Precision, ...] = get_args(Precision)
RATES: tuple[Rate, ...] = get_args(Rate)
CACHES: tuple[Cache, ...] = get_args(Cache)
FLIPS: tuple[Flip, ...] = get_args(Flip)
TRANSFERS: tuple[Transfer, ...] = get_args(Transfer)


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """A training run. The defaults suit small sets of photographs on a CPU."""

    model: ModelConfig
    epochs: int = 100
    patience: int = 0  # epochs without a better AP (or loss) that end a run; 0: never
    validate_every: int = 0  # epochs; 0: as often as takes about a tenth of the time
    batch_size: int = 8
    parts: int = 1  # that a batch is computed in, one after the other: less memory
    # --- how weights follow their gradients
    learning_rate: float = 4e-3  # the highest, reached after the warm-up
    rate: Rate = "cosine"  # after the warm-up; step: a tenth at 80 % and again at 90 %
    final_rate: float = 0.01  # of learning_rate, at the end of the cosine
    warmup_epochs: float = 2.0  # at least 100 steps, at most a fifth of all; 0: none
    weight_decay: float = 5e-4  # decoupled; not of biases and normalisation
    clip_norm: float = 10.0
    ema: float = 0.998  # of the weights that are validated and saved, every 4 steps: at most
    # --- the loss
    loss: Preset = "yolov3-giou"
    box_loss: BoxLoss | Literal[""] = ""  # "": the preset's
    box_gain: float = -1  # what a term counts in the sum; from here to `sharing`: -1, the preset's
    confidence_gain: float = -1
    class_gain: float = -1
    ignore_threshold: float = -1
    assign_threshold: float = -1
    focal_gamma: float = -1
    iou_aware: float = -1  # 1: confidence learns how well a box fits; 0: that there is one
    sharing: float = -1  # 1: the anchors that learn a box share what it counts; 0: none do
    label_smoothing: float = 0.0
    class_weighting: float = 0.0  # 0: every box counts alike; 1: every class does
    # --- augmentation; each by a strength, 0 for none
    flip: Flip = "auto"  # horizontal; both, once validation shows that pictures have no up
    scale: float = 0.3  # resize by up to this share
    shift: float = 0.15  # move by up to this share of the input
    crop: float = 0.0  # probability of a window of the picture, half to all of each side
    rotate: float = 0.0  # by up to so many degrees
    shear: float = 0.0  # by up to so many degrees
    hue: float = 0.0  # turn by up to this share of the colour circle
    saturation: float = 0.0  # more or less by up to this share
    brightness: float = 0.2  # lighten or darken by up to this share
    mosaic: float = 0.0  # probability that four pictures make one
    mixup: float = 0.0  # probability that two pictures shine through each other
    multi_scale: float = 0.0  # input sides differ from step to step by up to this share
    # --- the machine
    precision: Precision = "auto"
    cache: Cache = "auto"  # of the prepared pictures; auto: memory where they fit, else disk
    seed: int = 0
    # --- what to start from
    transfer: Transfer = "none"
    weights: str = ""  # the file or run that `transfer` takes weights from
    backbone_rate: float = 0.1  # of the learning rate, for the backbone under fine_tune

    def __post_init__(self) -> None:
        for name in (*CHOICES, *RANGES, "weights"):
            wrong = fault(name, getattr(self, name))
            if wrong:
                raise StudioError(f"{name} {wrong}")
        for name, (kind, *_) in RANGES.items():
            if kind is not int:  # a rate of 1 is a float like 0.5, also for TensorFlow
                object.__setattr__(self, name, float(getattr(self, name)))
        if self.batch_size % self.parts:
            raise StudioError(
                f"a batch of {self.batch_size} cannot be computed in {self.parts} equal parts"
            )
        self._check_transfer()

    @property
    def scheme(self) -> Scheme:
        """The preset of the loss, with what this run has otherwise."""
        preset = scheme(self.loss, len(self.model.classes), self.model.input_size)
        own = {name: getattr(self, name) for name in OF_PRESET if getattr(self, name) != -1}
        box = self.box_loss or preset.box
        return replace(preset, box=box, label_smoothing=self.label_smoothing, **own)

    def _check_transfer(self) -> None:
        if self.transfer != "none" and not self.weights:
            raise StudioError(f"transfer {self.transfer} needs weights: a file or a run folder")
        if self.transfer == "none" and self.weights:
            known = ", ".join(TRANSFERS[1:])
            raise StudioError(f"{self.weights}: say what to take from it by transfer: {known}")


def spelt_out(config: TrainConfig) -> TrainConfig:
    """Return the same run with what it has by its preset as settings of its own.

    So its file says what it was trained with, and going on is the same where presets have changed.
    """
    found = config.scheme
    return replace(config, box_loss=found.box, **{name: getattr(found, name) for name in OF_PRESET})


def equal_parts(batch: int, parts: int) -> int:
    """Return the most equal parts, of those asked for at most, that a batch can be cut into."""
    return max(n for n in range(1, parts + 1) if batch % n == 0)


def as_taken(config: TrainConfig, batch: int) -> TrainConfig:
    """Return a run with batches and parts as its steps have them where there are few pictures."""
    return replace(config, batch_size=batch, parts=equal_parts(batch, config.parts))


def fault(name: str, value: object) -> str:
    """Say what a setting must be, "" where the value will do."""
    if name in CHOICES:
        known = CHOICES[name]
        return "" if value in known else f"must be {' or '.join(filter(None, known))}, not {value}"
    if name == "weights":
        return "" if isinstance(value, str) else f"must be a path, not {value!r}"
    kind, low, high = RANGES[name]
    if (name in OF_PRESET and value == -1) or _is_within(value, kind, low, high):
        return ""
    what, form = ("a whole number", ",") if kind is int else ("a number", "g")
    return f"must be {what} from {low:{form}} to {high:{form}}, not {value!r}"


def _is_within(value: object, kind: Any, low: float, high: float) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool) and low <= value <= high


CHOICES: dict[str, tuple[str, ...]] = {
    "precision": PRECISIONS,
    "rate": RATES,
    "cache": CACHES,
    "flip": FLIPS,
    "loss": PRESETS,
    "box_loss": ("", *BOX_LOSSES),
    "transfer": TRANSFERS,
}
"""What each setting that is a word may be."""

RANGES: dict[str, tuple[Any, float, float]] = {
    "epochs": (int, 1, 1_000_000),
    "patience": (int, 0, 1_000_000),
    "validate_every": (int, 0, 1_000_000),
    "batch_size": (int, 1, 65_536),
    "parts": (int, 1, 65_536),
    "learning_rate": (int | float, 1e-9, 10),
    "final_rate": (int | float, 0, 1),
    "warmup_epochs": (int | float, 0, 1_000_000),
    "weight_decay": (int | float, 0, 1),
    "clip_norm": (int | float, 1e-9, 1e9),
    "ema": (int | float, 0, 0.999999),
    "box_gain": (int | float, 0, 1e6),
    "confidence_gain": (int | float, 0, 1e6),
    "class_gain": (int | float, 0, 1e6),
    "ignore_threshold": (int | float, 0, 1),
    "assign_threshold": (int | float, 0, 1),
    "focal_gamma": (int | float, 0, 10),
    "iou_aware": (int | float, 0, 1),
    "sharing": (int | float, 0, 1),
    "label_smoothing": (int | float, 0, 1),
    "class_weighting": (int | float, 0, 1),
    "scale": (int | float, 0, 0.95),
    "shift": (int | float, 0, 1),
    "crop": (int | float, 0, 1),
    "rotate": (int | float, 0, 180),
    "shear": (int | float, 0, 45),
    "hue": (int | float, 0, 0.5),
    "saturation": (int | float, 0, 1),
    "brightness": (int | float, 0, 1),
    "mosaic": (int | float, 0, 1),
    "mixup": (int | float, 0, 1),
    "multi_scale": (int | float, 0, 0.5),
    "backbone_rate": (int | float, 0, 1),
    "seed": (int, 0, 2**31 - 1),
}
"""Type, lowest and highest value of each setting that is a number."""

OF_PRESET = (
    "box_gain",
    "confidence_gain",
    "class_gain",
    "ignore_threshold",
    "assign_threshold",
    "focal_gamma",
    "iou_aware",
    "sharing",
)
"""The settings that may be -1: then they are those of the preset of the loss."""
