"""Darknet's weight files: read, written, and refused with the layer that is at fault."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from studio.errors import FileError
from studio.yolo.darknet.weights import Header, read, write
from studio.yolo.network.sections import Conv, MaxPool, Route, Shortcut, Yolo

NETWORK = (
    Conv(4, 3),  # 4 · 4 + 3 · 4 · 9 = 124 floats
    MaxPool(2, 2),
    Conv(4, 1, activation="mish"),  # 4 · 4 + 4 · 4 = 32
    Shortcut(-2),
    Route((-1, -3)),
    Conv(6, 1, batch_norm=False, activation="linear"),  # 6 + 8 · 6 = 54
    Yolo((0,)),
)
FLOATS = 124 + 32 + 54


def numbers(count=FLOATS) -> np.ndarray:
    return np.random.default_rng(3).random(count, np.float32)


@pytest.fixture
def file(tmp_path):
    """A weight file made without our writer; `file.write` puts in other floats."""
    path = tmp_path / "net.weights"
    path.write_bytes(struct.pack("<3iQ", 0, 2, 5, 64_000) + numbers().tobytes())
    return path


def put(path, values) -> None:
    path.write_bytes(struct.pack("<3iQ", 0, 2, 5, 0) + np.asarray(values, "<f4").tobytes())


def test_parts_lie_in_darknets_order(file):
    weights = read(file, NETWORK)
    values = numbers()
    assert weights.header == Header(0, 2, 5, 64_000)
    first, second, last = weights.layers
    assert (first.beta == values[:4]).all()
    assert (first.gamma == values[4:8]).all()
    assert (first.mean == values[8:12]).all()
    assert (first.variance == values[12:16]).all()
    assert first.kernel[2, 1, 0, 2] == values[16 + 2 * 27 + 1 * 9 + 0 * 3 + 2]  # out, in, h, w
    assert (second.beta == values[124:128]).all()
    assert (last.beta == values[156:162]).all()
    assert last.gamma is last.mean is last.variance is None
    assert (last.kernel == values[162:].reshape(6, 8, 1, 1)).all()


@pytest.mark.parametrize(
    "header",
    [
        struct.pack("<3iQ", 0, 2, 5, 2**40 + 7),
        struct.pack("<3iQ", 1, 0, 0, 1),
        struct.pack("<3iI", 0, 1, 0, 2**31 + 5),
        struct.pack("<3iI", 0, 0, 9, 3),
    ],
)
def test_a_file_is_written_back_byte_for_byte(tmp_path, header):
    values = numbers()
    values[:4] = -0.0, 1e-45, -3.4e38, 0.1  # nothing is rounded
    whole = header + values.tobytes()
    path, copy = tmp_path / "net.weights", tmp_path / "copy.weights"
    path.write_bytes(whole)
    write(copy, read(path, NETWORK))
    assert copy.read_bytes() == whole


@pytest.mark.parametrize(("layers", "count"), [(1, 124), (2, 156), (3, 210)])
def test_a_truncated_file_holds_the_first_layers(file, layers, count):
    put(file, numbers()[:count])
    weights = read(file, NETWORK, truncated=True)
    assert len(weights.layers) == layers
    assert (weights.layers[0].beta == numbers()[:4]).all()


@pytest.mark.parametrize("truncated", [False, True])
@pytest.mark.parametrize(
    ("count", "sentence"),
    [
        (213, "its 213 floats are 3 too many, they go on after layer 5 (convolutional, 6 filters"),
        (200, "200 floats are 10 too few, they end 44 floats into layer 5 (convolutional, 6"),
        (130, "130 floats are 80 too few, they end 6 floats into layer 2 (convolutional, 4"),
        (100, "100 floats are 110 too few, they end 100 floats into layer 0 (convolutional, 4"),
        (0, "0 floats are 210 too few, they end 0 floats into layer 0"),
    ],
)
def test_a_file_of_another_length_is_refused(file, truncated, count, sentence):
    put(file, np.ones(count))
    with pytest.raises(FileError) as caught:
        read(file, NETWORK, truncated)
    assert sentence in str(caught.value)
    assert str(caught.value).startswith(str(file))


def test_a_truncated_file_is_refused_where_all_is_needed(file):
    put(file, numbers()[:156])
    with pytest.raises(FileError, match=r"54 too few, they end after layer 2 .* truncated file do"):
        read(file, NETWORK)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(("at", "layer"), [(0, 0), (123, 0), (140, 2), (209, 5)])
def test_values_that_are_no_numbers_are_refused(file, value, at, layer):
    values = numbers()
    values[at] = value
    put(file, values)
    with pytest.raises(FileError, match=f"no numbers in layer {layer} "):
        read(file, NETWORK)


def test_a_negative_variance_is_refused(file):
    values = numbers()
    values[136] = -0.5
    put(file, values)
    with pytest.raises(FileError, match="a variance below 0 in layer 2"):
        read(file, NETWORK)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "does not begin as Darknet's weight files do"),
        (b"\0" * 15, "does not begin as Darknet's"),
        (struct.pack("<3iI", 0, 2, 5, 0), "does not begin as Darknet's"),
        (b"[net]\nwidth=416\nheight=416", "does not begin as Darknet's"),
        (b"PK\3\4" * 100, "does not begin as Darknet's"),
        (struct.pack("<3iQ", 0, 2, 5, 0) + b"\0" * 843, "3 bytes are left after the last float"),
    ],
)
def test_what_is_no_weight_file_is_said(file, data, sentence):
    file.write_bytes(data)
    with pytest.raises(FileError, match=sentence):
        read(file, NETWORK)


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(FileError, match=r"gone\.weights: cannot be read"):
        read(tmp_path / "gone.weights", NETWORK)


@pytest.mark.tensorflow
def test_a_file_goes_through_a_network_unchanged(tmp_path):
    from studio.yolo.darknet.network import assign, collect
    from studio.yolo.network.build import build, convolutions
    from tests.yolo.darknet_files import config_of

    config = config_of("yolov4-tiny", 2, (64, 64))
    model = build(config)
    count = sum(int(np.prod(variable.shape)) for variable in model.variables)
    whole = struct.pack("<3iQ", 0, 2, 5, 99) + numbers(count).tobytes()
    path, copy = tmp_path / "net.weights", tmp_path / "copy.weights"
    path.write_bytes(whole)
    weights = read(path, config.sections)
    assign(model, weights)
    kernel = convolutions(model)[0].kernel.numpy()
    assert kernel[2, 1, 0, 7] == numbers(count)[4 * 32 + 7 * 27 + 0 * 9 + 2 * 3 + 1]
    write(copy, collect(model, weights.header))
    assert copy.read_bytes() == whole
