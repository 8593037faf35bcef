"""A server on the loopback address that gives a file of weights, as well or badly as it is told."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

Serve = Callable[[type[BaseHTTPRequestHandler]], str]
FLOATS = 300_000  # more than one chunk


def weights(seed: int = 0, floats: int = FLOATS) -> bytes:
    """Return a file as Darknet writes it."""
    values = np.random.default_rng(seed).normal(size=floats).astype("<f4")
    return struct.pack("<iiiQ", 0, 2, 5, 32_013_312) + values.tobytes()


@dataclass
class Served:
    """What the server does, and what it was asked for: the Range of each request."""

    content: bytes = field(default_factory=weights)
    etag: str = '"first"'
    takes_ranges: bool = True
    kind: str = "application/octet-stream"
    status: int = 200
    moved_to: str = ""
    cut_at: int | None = None  # the connection ends before this byte of the file
    pause: threading.Event | None = None  # half of the file is sent when this is set
    asked: list[str] = field(default_factory=list)

    def handler(self) -> type[BaseHTTPRequestHandler]:
        """Return the class that a server needs."""
        return type("OneFile", (Handler,), {"served": self})


class Handler(BaseHTTPRequestHandler):
    """A server of one file, which keeps to RFC 9110 as far as `served` lets it."""

    served: Served

    def do_GET(self) -> None:
        served, wanted = self.served, self.headers.get("Range", "")
        served.asked.append(wanted)
        if served.moved_to and not self.path.endswith("/moved"):
            self.send_response(302)
            self.send_header("Location", served.moved_to)
            self.end_headers()
            return
        if served.status != 200:
            self.send_error(served.status)
            return
        is_part = wanted and served.takes_ranges and self.headers["If-Range"] == served.etag
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if is_part else 0
        size = len(served.content)
        self.send_response(206 if is_part else 200)
        self.send_header("Content-Type", served.kind)
        self.send_header("Content-Length", str(size - start))
        self.send_header("ETag", served.etag)
        if is_part:
            self.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
        self.end_headers()
        with contextlib.suppress(ConnectionError):  # who asked has stopped
            if served.pause and not start:
                half = size // 2
                self.wfile.write(served.content[:half])
                served.pause.wait(10)
                start = half
            self.wfile.write(served.content[start : served.cut_at])

    def log_message(self, *words: object) -> None:
        pass


@contextlib.contextmanager
def servers() -> Iterator[Serve]:
    """Start servers, which end with the context."""
    with contextlib.ExitStack() as stack:

        def start(handler: type[BaseHTTPRequestHandler]) -> str:
            server = stack.enter_context(ThreadingHTTPServer(("127.0.0.1", 0), handler))
            thread = threading.Thread(target=server.serve_forever, args=(0.01,))
            thread.start()
            stack.callback(thread.join)
            stack.callback(server.shutdown)
            return f"http://127.0.0.1:{server.server_port}"

        yield start


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def leave_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget the proxies of this machine: they know nothing of its loopback address."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
