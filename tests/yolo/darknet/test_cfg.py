"""Darknet's cfg files: read into sections, written, and refused with the line that is at fault."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.errors import FileError, StudioError
from studio.labels.anchors import Anchors, preset
from studio.yolo.darknet.cfg import parse
from studio.yolo.darknet.names import default_names
from studio.yolo.darknet.render import render
from studio.yolo.network import networks
from studio.yolo.network.model import ModelConfig
from studio.yolo.network.networks import ARCHITECTURES
from studio.yolo.network.sections import Conv, MaxPool, Yolo
from tests.yolo.random_networks import small_networks

FILE = Path("net.cfg")


def config_of(architecture, classes=80, size=(416, 416), **settings):
    anchors = preset(architecture, size)
    return ModelConfig(architecture, default_names(classes), anchors, size, **settings)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize(("classes", "size"), [(1, (416, 416)), (80, (320, 224))])
def test_what_is_written_is_read_as_the_same_model(architecture, classes, size):
    config = config_of(architecture, classes, size)
    assert parse(render(config), FILE) == config


@settings(max_examples=60, deadline=None)
@given(small_networks())
def test_any_network_is_read_as_it_was_written(config):
    assert parse(render(config), FILE) == config


TINY = """[net]
# a comment
batch = 64
 width = 64 ; beside it
height=32
channels=3
[convolutional]
activation=leaky
filters=8
filters=9
pad=1
size=3
stride=2
batch_normalize=1
[max]
size=2
stride=2
[conv]
filters=14
activation=linear
[yolo]
num=3
classes=2
anchors = 30,40, 10,10, 20,5
mask = 0,2
ignore_thresh=.5
"""
LINES = TINY.splitlines()


def test_options_are_taken_as_darknet_takes_them():
    """Any order, the first of a repeated key, spaces, comments, defaults; anchors by area."""
    expected = ModelConfig(
        "net.cfg",
        ("class 0", "class 1"),
        Anchors(((10, 10), (20, 5), (30, 40)), (64, 32)),
        (64, 32),
        ((2, 1),),
        layout=(
            Conv(8, 3, 2),
            MaxPool(2, 2),
            Conv(14, 1, 1, False, "linear"),
            Yolo((2, 1)),
        ),
    )
    assert parse(TINY, FILE) == expected
    assert parse(TINY.replace("\n", "\r\n"), FILE) == expected


def test_defaults_are_darknets():
    text = (
        TINY.replace("activation=linear\n", "")
        .replace("classes=2\n", "")
        .replace("filters=14", "filters=50")
    )
    config = parse(text, FILE)
    assert config.layout[2] == Conv(50, 1, 1, False, "logistic")
    assert len(config.classes) == 20


def test_two_heads_may_share_an_anchor():
    """The masks of yolov4-tiny.cfg are 3,4,5 and 1,2,3: the smallest anchor is not used."""
    text = render(config_of("yolov4-tiny")).replace("mask=0,1,2", "mask=1,2,3")
    config = config_of("yolov4-tiny", masks=((3, 4, 5), (1, 2, 3)))
    assert parse(text, FILE) == config
    assert render(config) == text


def test_anchors_of_heads_may_be_listed_apart():
    config = config_of("yolov3-tiny", 3)
    whole = "10,14, 23,27, 37,58, 81,82, 135,169, 344,319"
    first, second = "135,169, 344,319, 81,82", "10,14, 23,27, 37,58"
    text = render(config).replace(whole, first, 1).replace(whole, second, 1)
    text = text.replace("num=6", "num=3").replace("mask=3,4,5", "mask=2,0,1")
    assert parse(text, FILE) == config


def test_routes_may_count_from_either_end():
    config = config_of("yolov3-tiny", 3)
    absolute = (
        render(config).replace("layers=-4", "layers=13").replace("layers=-1,8", "layers=-1,-12")
    )
    assert absolute != render(config)
    assert parse(absolute, FILE) == config


def test_a_changed_network_is_no_built_in_one():
    config = config_of("yolov3-tiny", 3)
    other = parse(render(config).replace("activation=leaky", "activation=relu", 1), FILE)
    assert other.architecture == "net.cfg"
    assert other.layout[0] == replace(config.sections[0], activation="relu")
    assert other.layout[1:] == config.sections[1:]


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_changed_network_is_no_built_in_one_whatever_its_file_is_called(name):
    text = render(config_of("yolov3-tiny", 3)).replace("activation=leaky", "activation=relu", 1)
    other = parse(text, Path(f"{name}.cfg"))
    assert other.architecture not in ARCHITECTURES
    assert not any(networks.share_backbone(other.architecture, one) for one in ARCHITECTURES)


def test_networks_that_are_too_deep_are_refused():
    def deep(sections: int) -> str:
        return TINY.replace("[max]", "[conv]\nfilters=8\n" * (sections - 5) + "[max]")

    assert len(parse(deep(500), FILE).layout) == 499
    with pytest.raises(FileError, match=r"^net\.cfg: has 501 sections, but at most 500 are supp"):
        parse(deep(501), FILE)


def test_scale_x_y_alone_makes_another_network():
    text = render(config_of("yolov4-tiny", 3)).replace("scale_x_y=1.05", "scale_x_y=1.1", 1)
    assert parse(text, FILE).scales == (1.1, 1.05)


def test_attention_cannot_be_written():
    with pytest.raises(StudioError, match=r"attention \(cbam\) cannot be written"):
        render(config_of("yolov3-tiny", attention="cbam"))


HEAD = LINES.index("[yolo]")
FAULTS = {  # what to put in, instead of what, and what must be said; {line} is where it stands
    "unknown section": ("[yolo]", "[Gaussian_yolo]", "[Gaussian_yolo]: such a section is not"),
    "recurrent section": ("[max]", "[lstm]", "[lstm]: such a section is not supported; there are"),
    "a second [net]": ("[max]", "[net]\n[max]", "[net]: stands twice"),
    "open section": ("[max]", "[max", "does not end in ]"),
    "no option": ("size=2", "size 2", "'size2' is no option"),
    "no value": ("size=2", "size=", "'size=' is no option"),
    "unknown option": ("pad=1", "padd=1", "the option 'padd' is unknown"),
    "groups": ("pad=1", "groups=2", "groups=2 is not supported"),
    "dilation": ("pad=1", "pad=1\ndilation=2", "dilation is not supported"),
    "antialiasing": ("pad=1", "antialiasing=1", "antialiasing=1 is not supported"),
    "new coordinates": ("num=3", "new_coords=1\nnum=3", "new_coords=1 is not supported"),
    "no padding": ("pad=1", "pad=0", "size=3 with a padding of 0 is not supported"),
    "even size": ("size=3", "size=4", "size=4 with a padding of 2 is not supported"),
    "activation": ("activation=leaky", "activation=swish", "activation 'swish' is not supported"),
    "no number": ("filters=8", "filters=8x", "filters must be a whole number, not '8x'"),
    "no filters": ("filters=8", "filters=0", "filters must be at least 1, not 0"),
    "too many filters": ("filters=8", "filters=999999999", "filters must be at most 65536"),
    "uneven strides": ("stride=2", "stride=2\nstride_x=1", "different strides across and down"),
    "pool off the grid": ("size=2", "size=3", "size=3 with stride=2 is not supported"),
    "pool without padding": ("size=2", "size=2\npadding=0", "a padding other than size-1"),
    "an anchor of zero": ("10,10", "0,10", "positive width and height, not 0 × 10"),
    "an anchor that is none": ("10,10", "nan,10", "anchors must be a number, not 'nan'"),
    "half an anchor": ("10,10", "10", "anchors are pairs, but these are 5 numbers"),
    "few anchors": ("num=3", "num=4", "num=4, but there are 3 anchors"),
    "mask outside": ("mask = 0,2", "mask = 0,3", "mask 0,3 names an anchor outside 0…2"),
    "mask twice": ("mask = 0,2", "mask = 2,2", "mask 2,2 names an anchor twice"),
    "classes": ("classes=2", "classes=3", "2 anchors × (5 + 3 classes) need filters=16"),
    "scale": ("num=3", "num=3\nscale_x_y=0", "scale_x_y must be above 0"),
    "width": (" width = 64", "width=66", "an input of 66×32 is not divisible by 4"),
    "vast": (" width = 64", "width=99999999", "width must be at most"),
    "grey": ("channels=3", "channels=1", "channels must be 3"),
    "route ahead": ("[max]", "[route]\nlayers=9\n[max]", "leads to a layer that is not before it"),
    "route to itself": ("[max]", "[route]\nlayers=1\n[max]", "a layer that is not before it"),
    "empty route": ("[max]", "[route]\n[max]", "layers is missing"),
    "route of sizes": ("[conv]", "[route]\nlayers=-1,0\n[conv]", "joins outputs of different size"),
    "odd groups": ("[max]", "[route]\nlayers=0\ngroups=3\n[max]", "cannot be cut into 3 groups"),
    "no such group": ("[max]", "[route]\nlayers=0\ngroup_id=1\n[max]", "not among 1 groups"),
    "shortcut shape": ("[conv]", "[shortcut]\nfrom=0\n[conv]", "adds outputs of different shape"),
    "two shortcuts": ("[max]", "[shortcut]\nfrom=-1,-1\n[max]", "only one layer after from="),
    "active shortcut": (
        "[max]",
        "[shortcut]\nfrom=-1\nactivation=leaky\n[max]",
        "activation=leaky is not supported, only activation=linear",
    ),
    "scaled upsample": ("[max]", "[upsample]\nscale=2\n[max]", "scale=2 is not supported"),
    "larger than the input": ("[max]", "[upsample]\nstride=4\n[max]", "larger than the input"),
    "yolo first": ("[convolutional]", "[yolo]\n[convolutional]", "no convolution before it"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_said_with_its_line(fault):
    old, new, sentence = FAULTS[fault]
    with pytest.raises(FileError) as caught:
        parse(TINY.replace(old, new, 1), FILE)
    said = str(caught.value)
    assert sentence in said
    assert said.startswith("net.cfg: line ")
    assert "\n" not in said


def test_the_line_is_that_of_the_option():
    with pytest.raises(FileError, match=r"^net\.cfg: line 12, \[convolutional\]: size=5 with"):
        parse(TINY.replace("size=3", "size=5").replace("pad=1", "padding=1"), FILE)


def test_heads_must_agree_on_classes():
    more = "\n[route]\nlayers=-3\n[conv]\nfilters=16\n" + "\n".join(LINES[HEAD:])
    text = TINY + more.replace("classes=2", "classes=3")
    line = text.splitlines().index("classes=3") + 1
    with pytest.raises(FileError, match=rf"line {line}, .*classes=3 differs from classes=2"):
        parse(text, FILE)


@pytest.mark.parametrize("text", ["", "# nothing", "\n".join(LINES[6:])])
def test_what_does_not_begin_with_net_is_no_cfg(text):
    with pytest.raises(FileError, match=r"does not begin with \[net\]"):
        parse(text, FILE)


@pytest.mark.parametrize("end", [6, HEAD])
def test_a_network_without_heads_is_said(end):
    with pytest.raises(FileError, match=r"has no \[yolo\] section"):
        parse("\n".join(LINES[:end]), FILE)


def test_sections_equal_the_built_in_ones_for_every_architecture():
    """The description that is read is that of `networks`, not something alike."""
    for architecture in ARCHITECTURES:
        config = config_of(architecture, 5)
        text = render(config).replace("activation=linear\n\n[yolo]", "activation=linear\n[yolo]")
        found = parse(text, FILE)
        assert found.sections == networks.describe(architecture, 5, config.head_masks)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_damaged_files_are_errors_or_networks(data):
    """Lines that are lost, doubled or swapped for others never raise anything else."""
    lines = data.draw(st.lists(st.sampled_from([*LINES, "x", "[net]", "[route]"]), max_size=30))
    at = data.draw(st.integers(0, len(LINES)))
    said = ""
    try:
        parse("\n".join([*LINES[:at], *lines]), FILE)
    except FileError as error:
        said = str(error)
    assert "\n" not in said
