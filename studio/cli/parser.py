"""The command line as argparse knows it."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

from studio import __version__
from studio.cli.settings import add_settings
from studio.errors import StudioError

Command = Callable[[argparse.Namespace], int]


class _Parser(argparse.ArgumentParser):
    """Says what is wrong with a call in one line, like every other error of ours."""

    def error(self, message: str) -> NoReturn:
        raise StudioError(f"{self.prog}: {message} (see {self.prog} --help)")


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the command line; `run` of the result is the command. Raises StudioError."""
    parser = _Parser(prog="main.py", description="Draw boxes, cluster anchors, train, detect.")
    parser.add_argument("--version", action="version", version=f"YOLO Studio {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)
    adders = (_open, _demo, _check, _anchors, _train, _evaluate, _detect, _convert, _export, _fetch)
    for add in adders:
        add(commands)
    first = arguments[0] if arguments else ""
    if first not in commands.choices and not first.startswith("-"):
        arguments = ["open", *arguments]  # main.py [FOLDER]
        if first and not Path(first).exists():
            known = ", ".join(commands.choices)
            raise StudioError(f"{first}: is neither a folder nor a command; there are {known}")
    options, unknown = parser.parse_known_args(arguments)
    if unknown:  # argparse would point to the help of the program, which does not have them either
        commands.choices.get(arguments[0], parser).error(
            f"unrecognized arguments: {' '.join(unknown)}"
        )
    return options


def _command(commands: Any, name: str, target: str, help_text: str) -> argparse.ArgumentParser:
    """Add a command whose function, "module:function", is imported when it runs."""
    parser: argparse.ArgumentParser = commands.add_parser(
        name, help=help_text, description=help_text
    )
    module, function = target.split(":")

    def run(options: argparse.Namespace) -> int:
        return int(getattr(import_module(f"studio.cli.{module}"), function)(options))

    parser.set_defaults(run=run)
    parser.add_argument("--json", action="store_true", help="print JSON, one object a line")
    return parser


def _folder(parser: argparse.ArgumentParser) -> None:
    help_text = "a project, a Pascal VOC tree, or a folder of pictures"
    parser.add_argument("folder", type=Path, metavar="FOLDER", help=help_text)


def _model(parser: argparse.ArgumentParser) -> None:
    help_text = (
        "a run folder: FOLDER/runs/NAME, a Darknet .cfg with its .weights, or a fetched file"
    )
    parser.add_argument("model", type=Path, metavar="MODEL", help=help_text)


def _open(commands: Any) -> None:
    parser = _command(commands, "open", "window:open_window", "open the window")
    parser.add_argument("folder", type=Path, nargs="?", metavar="FOLDER")


def _demo(commands: Any) -> None:
    text = "make a project of handwritten-looking digits and open the window on it"
    parser = _command(commands, "demo", "demo:demo", text)
    parser.add_argument(
        "--headless", action="store_true", help="cluster, train, measure and detect instead"
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="where to put the project")
    parser.add_argument("--epochs", type=_positive, default=8)
    parser.add_argument(
        "--mnist", type=Path, metavar="FILE", help="real digits: IDX, npz, or a zip of pictures"
    )


def _check(commands: Any) -> None:
    text = "look for faults in a data set; changes nothing"
    _folder(_command(commands, "check", "data:check", text))


def _anchors(commands: Any) -> None:
    parser = _command(commands, "anchors", "anchors:anchors", "cluster the sizes of the boxes")
    _folder(parser)
    parser.add_argument(
        "--k",
        type=_positive,
        default=9,
        help="how many (default 9; tiny networks take 6, those with three scales 9)",
    )
    parser.add_argument("--size", type=_positive, default=416, help="input side (default 416)")
    parser.add_argument("--seed", type=_natural, default=0, help="of the restarts (default 0)")
    parser.add_argument("--split", default="train", help="train, val, test or all (default train)")
    parser.add_argument("--update", choices=("median", "mean"), default="median")
    parser.add_argument("--evolve", action="store_true", help="refine them by mutations")
    parser.add_argument("--elbow", action="store_true", help="show how many are enough")
    darknet = "print them as a Darknet cfg has them, and nothing else"
    parser.add_argument("--darknet", action="store_true", help=darknet)
    parser.add_argument("--save", action="store_true", help="put them into the project")


def _train(commands: Any) -> None:
    parser = _command(commands, "train", "train:train", "train a detector")
    parser.usage = "%(prog)s FOLDER [OPTIONS]"  # which are too many for it
    _folder(parser)
    parser.add_argument("--name", metavar="RUN", help="name of the run (default: folder-1, -2 …)")
    parser.add_argument(
        "--resume",
        metavar="RUN",
        help="go on with an interrupted run, or, with more --epochs, with a finished one; may "
        "be given --epochs, --patience, --lr, --parts, --cache and --precision anew",
    )
    add_settings(parser)


def _evaluate(commands: Any) -> None:
    text = "measure average precision by the COCO rules"
    parser = _command(commands, "evaluate", "evaluate:evaluate", text)
    _model(parser)
    _folder(parser)
    parser.add_argument("--split", default="test", help="train, val, test or all (default test)")


def _detect(commands: Any) -> None:
    text = "detect in pictures, folders and videos"
    parser = _command(commands, "detect", "detect:detect", text)
    _model(parser)
    parser.add_argument("paths", type=Path, nargs="+", metavar="PATH")
    parser.add_argument("--conf", type=_share, default=0.25, help="lowest score (default 0.25)")
    parser.add_argument("--iou", type=_share, default=0.45, help="of suppression (default 0.45)")
    parser.add_argument(
        "--nms",
        type=_method,
        default="greedy",
        metavar="METHOD",
        help="how overlapping boxes are thinned out: greedy (default, within each class), "
        "agnostic, diou, soft or soft-linear",
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="write annotated pictures here")
    parser.add_argument(
        "--overwrite", action="store_true", help="allow files in --out to be replaced"
    )
    parser.add_argument(
        "--format", default="", metavar="voc,yolo,coco", help="write labels too, into --out"
    )


def _convert(commands: Any) -> None:
    text = "convert labels into another format"
    parser = _command(commands, "convert", "convert:convert", text)
    help_text = "a project, a Pascal VOC tree, or a folder of pictures"
    parser.add_argument("source", type=Path, metavar="SRC", help=help_text)
    parser.add_argument("target", type=Path, metavar="DST", help="a new or empty folder")
    parser.add_argument(
        "--to",
        required=True,
        choices=("voc", "yolo", "coco", "lines", "tfrecord"),
        metavar="FORMAT",
        help="tfrecord, the only one so far",
    )


def _fetch(commands: Any) -> None:
    text = "fetch the weights that Darknet's authors have published"
    parser = _command(commands, "fetch", "fetch:fetch", text)
    help_text = "such as yolov4-tiny.weights (default: list them)"
    parser.add_argument("names", nargs="*", metavar="NAME", help=help_text)


def _export(commands: Any) -> None:
    text = "write a model for other programs"
    parser = _command(commands, "export", "export:export", text)
    _model(parser)
    parser.add_argument(
        "--to",
        required=True,
        choices=("saved_model", "onnx", "tflite", "darknet"),
        metavar="FORMAT",
        help="darknet (.cfg, .weights, .names), the only one so far",
    )
    help_text = "where to, with or without a suffix; nothing is overwritten"
    parser.add_argument("--out", type=Path, required=True, metavar="PATH", help=help_text)


def _method(text: str) -> str:
    from studio.yolo.suppression.plain import METHODS  # not for the other commands: it needs numpy

    if text not in METHODS:
        raise argparse.ArgumentTypeError(f"{text!r} is none of {', '.join(METHODS)}")
    return text


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number of at least 1, not {text!r}")
    return int(text)


def _natural(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"must be a whole number of at least 0, not {text!r}")
    return int(text)


def _share(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError(f"must be a number from 0 to 1, not {text!r}")
    return number
