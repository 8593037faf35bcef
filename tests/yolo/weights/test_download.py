"""Published weights are fetched from a server on this machine: whole, in parts, and in vain."""

from __future__ import annotations

import os
import re
import socket
import struct
from collections.abc import Iterator
from dataclasses import replace
from email.message import Message
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from studio.errors import FileError, StudioError
from studio.yolo.weights import download, published
from studio.yolo.weights.download import Fetched, Received, fetch
from studio.yolo.weights.published import FILES, HEADER, PublishedFile
from tests import loopback
from tests.loopback import FLOATS, Serve, Served, weights


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start servers on the loopback address; the result is the address of each."""
    with loopback.servers() as start:
        yield start


@pytest.fixture
def served() -> Served:
    return Served()


@pytest.fixture
def address(serve: Serve, served: Served) -> str:
    return serve(served.handler()) + "/tiny.weights"


@pytest.fixture
def file(address: str, served: Served) -> PublishedFile:
    return PublishedFile("tiny.weights", len(served.content), ("tiny",), 3, 80, (address,))


@pytest.fixture(autouse=True)
def no_proxy_and_every_event(monkeypatch: pytest.MonkeyPatch) -> None:
    loopback.leave_proxies(monkeypatch)
    monkeypatch.setattr(download, "EVERY", 0.0)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def stop_early(file: PublishedFile, folder: Path) -> int:
    """Fetch for a while, stop, and return how much is kept."""
    events = fetch(file, folder)
    assert next(events) == Received(0, file.bytes)
    next(event for event in events if isinstance(event, Received) and event.done)
    events.close()
    kept = (folder / "tiny.weights.part").stat().st_size
    assert 0 < kept < file.bytes
    return kept


# --- what is fetched ----------------------------------------------------------------------------


def test_a_file_is_fetched_whole_with_its_progress(
    file: PublishedFile, served: Served, tmp_path: Path
) -> None:
    folder = tmp_path / "data" / "weights"  # is not there yet
    *progress, end = fetch(file, folder)
    assert end == Fetched(folder / "tiny.weights")
    assert (folder / "tiny.weights").read_bytes() == served.content
    assert names(folder) == ["tiny.weights"]
    counts = [event.done for event in progress if isinstance(event, Received)]
    assert counts == sorted(counts)
    assert (counts[0], counts[-1]) == (0, file.bytes)
    assert len(counts) > 3


def test_a_file_that_is_there_is_not_fetched_again(
    file: PublishedFile, served: Served, tmp_path: Path
) -> None:
    list(fetch(file, tmp_path))
    assert list(fetch(file, tmp_path)) == [Fetched(tmp_path / "tiny.weights")]
    assert served.asked == [""]


def test_a_damaged_file_under_the_name_is_replaced(
    file: PublishedFile, served: Served, tmp_path: Path
) -> None:
    (tmp_path / "tiny.weights").write_bytes(served.content[:-4])
    list(fetch(file, tmp_path))
    assert (tmp_path / "tiny.weights").read_bytes() == served.content


def test_stopping_keeps_what_came_and_the_next_time_goes_on(
    file: PublishedFile, served: Served, tmp_path: Path
) -> None:
    kept = stop_early(file, tmp_path)
    first, *_, end = fetch(file, tmp_path)
    assert first == Received(kept, file.bytes)
    assert end == Fetched(tmp_path / "tiny.weights")
    assert served.asked == ["", f"bytes={kept}-"]
    assert (tmp_path / "tiny.weights").read_bytes() == served.content
    assert names(tmp_path) == ["tiny.weights"]


def test_a_connection_that_is_cut_is_said_and_gone_on_from(
    file: PublishedFile, served: Served, tmp_path: Path
) -> None:
    served.cut_at = 700_000
    with pytest.raises(StudioError, match="came only in part") as caught:
        list(fetch(file, tmp_path))
    assert file.addresses[0] in str(caught.value)
    assert "1 of 1 MB are kept" in str(caught.value)
    assert names(tmp_path) == ["tiny.weights.part", "tiny.weights.part.version"]

    served.cut_at = None
    list(fetch(file, tmp_path))
    assert served.asked == ["", "bytes=700000-"]
    assert (tmp_path / "tiny.weights").read_bytes() == served.content


def test_a_server_that_ignores_ranges_sends_all_of_it(
    file: PublishedFile, served: Served, tmp_path: Path
) -> None:
    served.takes_ranges = False
    kept = stop_early(file, tmp_path)
    counts = [event.done for event in fetch(file, tmp_path) if isinstance(event, Received)]
    assert counts[:2] == [kept, 0]
    assert (tmp_path / "tiny.weights").read_bytes() == served.content


def test_a_file_that_has_changed_is_not_mixed_with_the_old_one(
    file: PublishedFile, served: Served, tmp_path: Path
) -> None:
    stop_early(file, tmp_path)
    served.content, served.etag = weights(seed=1), '"second"'
    list(fetch(file, tmp_path))
    assert (tmp_path / "tiny.weights").read_bytes() == served.content


def test_a_part_of_another_version_is_not_taken(
    file: PublishedFile, served: Served, tmp_path: Path
) -> None:
    """A server that sends a part although the If-Range does not fit."""
    stop_early(file, tmp_path)
    (tmp_path / "tiny.weights.part.version").write_text('"another"')

    class Careless(str):
        __slots__ = ()
        __hash__ = str.__hash__

        def __eq__(self, other: object) -> bool:
            return True

    served.etag = Careless('"first"')
    list(fetch(file, tmp_path))
    assert served.asked[2] == ""  # asked for a part, was given one, asked for all of it
    assert (tmp_path / "tiny.weights").read_bytes() == served.content


@pytest.mark.parametrize("start", [0, 100])
def test_a_part_that_nobody_asked_for(
    serve: Serve, served: Served, file: PublishedFile, tmp_path: Path, start: int
) -> None:
    """All of it may come as "a part from byte 0"; any other part is refused at once."""

    class PartsOnly(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.asked.append(self.headers.get("Range", ""))
            size = len(served.content)
            self.send_response(206)
            self.send_header("Content-Length", str(size - start))
            self.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
            self.send_header("ETag", served.etag)
            self.end_headers()
            self.wfile.write(served.content[start:])

        def log_message(self, *words: object) -> None:
            pass

    file = replace(file, addresses=(serve(PartsOnly),))
    if start:
        assert "another part of the file than its beginning" in refusal(file, tmp_path)
    else:
        list(fetch(file, tmp_path))
        assert (tmp_path / "tiny.weights").read_bytes() == served.content
    assert served.asked == [""]


@pytest.mark.parametrize("version", [None, b"", b"\xff", b'"first"\r\nHost: x'])
def test_what_is_kept_without_its_version_is_fetched_anew(
    file: PublishedFile, served: Served, tmp_path: Path, version: bytes | None
) -> None:
    (tmp_path / "tiny.weights.part").write_bytes(b"\xff" * 1000)
    if version is not None:
        (tmp_path / "tiny.weights.part.version").write_bytes(version)
    list(fetch(file, tmp_path))
    assert served.asked == [""]
    assert (tmp_path / "tiny.weights").read_bytes() == served.content


@pytest.mark.parametrize("more", [0, 8])
def test_what_is_kept_may_be_all_of_it_or_too_much(
    file: PublishedFile, served: Served, tmp_path: Path, more: int
) -> None:
    (tmp_path / "tiny.weights.part").write_bytes(served.content + b"x" * more)
    (tmp_path / "tiny.weights.part.version").write_text(served.etag)
    list(fetch(file, tmp_path))
    assert served.asked == [""] * bool(more)  # nothing is left to be asked for, or all of it
    assert (tmp_path / "tiny.weights").read_bytes() == served.content


def test_a_redirection_is_followed_with_the_range(
    file: PublishedFile, served: Served, address: str, tmp_path: Path
) -> None:
    served.moved_to = f"{address}/moved"
    kept = stop_early(file, tmp_path)
    list(fetch(file, tmp_path))
    assert served.asked == ["", "", f"bytes={kept}-", f"bytes={kept}-"]
    assert (tmp_path / "tiny.weights").read_bytes() == served.content


def test_no_redirection_leaves_encryption() -> None:
    class Answer:
        closed = False

        def close(self) -> None:
            self.closed = True

    answer = Answer()
    with pytest.raises(download._AddressError, match=r"http://b\.c/d, which is not encrypted"):
        download._CarefulRedirects().redirect_request(
            Request("https://a.b/c"), answer, 302, "Found", Message(), "http://b.c/d"
        )
    assert answer.closed


def test_the_next_address_is_tried(
    file: PublishedFile, served: Served, address: str, tmp_path: Path
) -> None:
    file = replace(file, addresses=(f"http://127.0.0.1:{loopback.free_port()}/x", address))
    list(fetch(file, tmp_path))
    assert (tmp_path / "tiny.weights").read_bytes() == served.content


def test_the_systems_proxy_is_used(
    serve: Serve,
    file: PublishedFile,
    served: Served,
    address: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    passed = []

    class Proxy(BaseHTTPRequestHandler):
        """Forwards to the server what is asked of a host that only it knows."""

        def do_GET(self) -> None:
            passed.append(self.path)
            with urlopen(address) as answer:
                self.send_response(answer.status)
                for name in ("Content-Type", "Content-Length", "ETag"):
                    self.send_header(name, answer.headers[name])
                self.end_headers()
                self.wfile.write(answer.read())

        def log_message(self, *words: object) -> None:
            pass

    monkeypatch.setenv("http_proxy", serve(Proxy))
    monkeypatch.setenv("no_proxy", "127.0.0.1")  # for the proxy itself, which runs in here
    there = "http://weights.invalid/tiny.weights"
    list(fetch(replace(file, addresses=(there,)), tmp_path))
    assert passed == [there]
    assert (tmp_path / "tiny.weights").read_bytes() == served.content


# --- what is refused ----------------------------------------------------------------------------


def refusal(file: PublishedFile, folder: Path) -> str:
    """Return the one sentence of a fetch in vain; nothing is left under the file's name."""
    with pytest.raises(StudioError) as caught:
        list(fetch(file, folder))
    assert not (folder / "tiny.weights").exists()
    text = str(caught.value)
    assert "\n" not in text
    assert "tiny.weights" in text
    return text


def test_without_a_connection_it_says_which_file_to_put_where(
    file: PublishedFile, tmp_path: Path
) -> None:
    address = f"http://127.0.0.1:{loopback.free_port()}/tiny.weights"
    text = refusal(replace(file, addresses=(address,)), tmp_path)
    assert f"from {address}: no connection (Connection refused)" in text
    assert f"put tiny.weights (1,200,020 bytes) into {tmp_path}" in text


def test_what_two_addresses_have_in_common_is_said_once(
    file: PublishedFile, served: Served, tmp_path: Path
) -> None:
    served.status = 403
    first = file.addresses[0]
    text = refusal(replace(file, addresses=(first, f"{first}?2", "http://x.invalid")), tmp_path)
    assert f"fetched from {first} or {first}?2: it answers 403 Forbidden; from http://x" in text


def test_a_name_that_nobody_knows_is_no_connection(file: PublishedFile, tmp_path: Path) -> None:
    text = refusal(replace(file, addresses=("http://weights.invalid/tiny.weights",)), tmp_path)
    assert "from http://weights.invalid/tiny.weights: no connection" in text


def test_what_is_not_encrypted_is_no_https(
    file: PublishedFile, address: str, tmp_path: Path
) -> None:
    text = refusal(replace(file, addresses=(address.replace("http:", "https:"),)), tmp_path)
    assert "no connection" in text


def test_a_server_that_falls_silent_is_not_waited_for_for_ever(
    file: PublishedFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "PATIENCE", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/tiny.weights"
        text = refusal(replace(file, addresses=(address,)), tmp_path)
    assert "nothing came for" in text


def test_a_file_without_an_address_says_where_it_belongs(
    file: PublishedFile, tmp_path: Path
) -> None:
    text = refusal(replace(file, addresses=()), tmp_path)
    assert "has no address" in text
    assert f"into {tmp_path}" in text


def test_an_address_that_is_gone(file: PublishedFile, served: Served, tmp_path: Path) -> None:
    served.status = 404
    assert f"{file.addresses[0]}: it answers 404 Not Found" in refusal(file, tmp_path)


def test_a_web_page_instead_of_the_file_leaves_what_is_kept(
    file: PublishedFile, served: Served, tmp_path: Path
) -> None:
    kept = stop_early(file, tmp_path)
    sound, served.content = served.content, b"<html>Please log in</html>".ljust(file.bytes)
    served.kind, served.etag = "text/html; charset=utf-8", ""
    assert "gives a web page instead of the file" in refusal(file, tmp_path)
    assert (tmp_path / "tiny.weights.part").read_bytes() == sound[:kept]


def test_a_web_page_that_pretends_to_be_a_file(
    file: PublishedFile, served: Served, tmp_path: Path
) -> None:
    served.content = b"<!DOCTYPE html>".ljust(file.bytes)
    assert "does not begin as Darknet's weights do" in refusal(file, tmp_path)
    assert names(tmp_path) == []


@pytest.mark.parametrize("difference", [-4, 4])
def test_a_file_of_another_size(
    file: PublishedFile, served: Served, tmp_path: Path, difference: int
) -> None:
    served.content = weights(floats=FLOATS + difference // 4)
    text = refusal(file, tmp_path)
    assert f"a file of {1_200_020 + difference:,} bytes instead of 1,200,020" in text
    assert names(tmp_path) == []


def test_a_file_with_a_value_that_is_no_number(
    file: PublishedFile, served: Served, tmp_path: Path
) -> None:
    damaged = bytearray(served.content)
    struct.pack_into("<f", damaged, HEADER + 4 * 123_456, float("nan"))
    served.content = bytes(damaged)
    assert "holds a value that is no number, weight 123,456" in refusal(file, tmp_path)
    assert names(tmp_path) == []


def test_a_folder_that_is_a_file(file: PublishedFile, tmp_path: Path) -> None:
    (tmp_path / "weights").write_text("")
    with pytest.raises(FileError, match=r"tiny\.weights: cannot be written"):
        list(fetch(file, tmp_path / "weights"))


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write")
def test_a_folder_that_is_write_protected(file: PublishedFile, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(FileError, match="cannot be written: Permission denied"):
            list(fetch(file, tmp_path))
    finally:
        tmp_path.chmod(0o700)


def test_a_disk_without_room_is_noticed_before(file: PublishedFile, tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"has no room: it needs \d+ MB, and \d+ MB are free"):
        list(fetch(replace(file, bytes=10**18), tmp_path))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full disk to write to")
def test_a_disk_that_runs_full(file: PublishedFile, tmp_path: Path) -> None:
    (tmp_path / "tiny.weights.part").symlink_to("/dev/full")
    assert "cannot be written: No space left on device" in refusal(file, tmp_path)


def test_two_windows_do_not_write_into_one_file(
    file: PublishedFile, served: Served, tmp_path: Path
) -> None:
    one, other = fetch(file, tmp_path), fetch(file, tmp_path)
    next(event for event in one if isinstance(event, Received) and event.done)
    kept, again, _more = next(other), next(other), next(other)
    assert kept == again  # goes on from what is there
    with pytest.raises(StudioError, match="by another window at the same time"):
        list(one)
    list(other)
    assert (tmp_path / "tiny.weights").read_bytes() == served.content


# --- the table ----------------------------------------------------------------------------------


def conv(inputs: int, filters: int, size: int, batch_norm: bool = True) -> int:
    """Return how many floats Darknet saves for a convolution."""
    return inputs * filters * size * size + filters * (4 if batch_norm else 1)


def darknet53() -> list[int]:
    """Table 1 of the YOLOv3 paper, without the last layer."""
    layers, inputs = [conv(3, 32, 3)], 32
    for blocks, filters in ((1, 64), (2, 128), (8, 256), (8, 512), (4, 1024)):
        half = filters // 2
        layers.append(conv(inputs, filters, 3))
        layers += [conv(filters, half, 1), conv(half, filters, 3)] * blocks
        inputs = filters
    return layers


def yolov3_tiny() -> list[int]:
    layers = [conv(i, o, 3) for i, o in ((3, 16), (16, 32), (32, 64), (64, 128), (128, 256))]
    layers += [conv(256, 512, 3), conv(512, 1024, 3), conv(1024, 256, 1), conv(256, 512, 3)]
    layers += [conv(512, 255, 1, batch_norm=False), conv(256, 128, 1)]
    return [*layers, conv(384, 256, 3), conv(256, 255, 1, batch_norm=False)]


def yolov4_tiny() -> list[int]:
    layers = [conv(3, 32, 3), conv(32, 64, 3)]
    for width in (64, 128, 256):
        half = width // 2
        layers += [conv(width, width, 3), conv(half, half, 3), conv(half, half, 3)]
        layers.append(conv(width, width, 1))
    layers += [conv(512, 512, 3), conv(512, 256, 1), conv(256, 512, 3)]
    layers += [conv(512, 255, 1, batch_norm=False), conv(256, 128, 1)]
    return [*layers, conv(384, 256, 3), conv(256, 255, 1, batch_norm=False)]


@pytest.mark.parametrize(
    ("name", "layers"),
    [
        ("darknet53.conv.74", darknet53()),
        ("yolov3-tiny.conv.11", yolov3_tiny()),
        ("yolov3-tiny.conv.15", yolov3_tiny()),
        ("yolov3-tiny.weights", yolov3_tiny()),
        ("yolov4-tiny.conv.29", yolov4_tiny()),
        ("yolov4-tiny.weights", yolov4_tiny()),
    ],
)
def test_sizes_are_those_of_the_layers(name: str, layers: list[int]) -> None:
    file = published.file_called(name)
    assert sum(layers[: file.convolutions]) == file.floats
    assert (file.classes is None) == (file.convolutions < len(layers) or "conv" in name)


def test_the_table_is_in_itself_right() -> None:
    assert len({file.name for file in FILES}) == len(FILES)
    for file in FILES:
        assert (file.bytes - HEADER) % 4 == 0
        for address in file.addresses:
            assert re.fullmatch(r"https://(data\.)?(pjreddie|github)\.com/[\w./-]+", address)
            assert address.endswith(f"/{file.name}")
    floats = {network: published.whole_file(network) for network in ("yolov3", "yolov4")}
    assert floats["yolov3"].floats == 62_001_757
    assert floats["yolov4"].floats == 64_429_405
    assert published.whole_file("yolov9") is None


def test_files_belong_into_the_users_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(published.VARIABLE, str(tmp_path))
    path = published.path_of("yolov4.weights")
    assert path == tmp_path / "weights" / "yolov4.weights"
    assert not published.is_there("yolov4.weights")
    path.parent.mkdir()
    path.write_bytes(b"short")
    assert not published.is_there("yolov4.weights")
    os.truncate(path, 257_717_640)
    assert published.is_there("yolov4.weights")
    with pytest.raises(StudioError, match=r"yolov5\.pt is no published file; there are yolov3"):
        published.path_of("yolov5.pt")
