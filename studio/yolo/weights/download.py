"""Fetching a published file: only when asked, resumable, checked before it gets its name.

What has come so far is in `NAME.part`; `NAME.part.version` says, in the server's words, of which
version of the file it is. Imports no TensorFlow.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import ssl
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from studio.errors import FileError, StudioError, os_error_text
from studio.labels.files import write_atomic
from studio.yolo.weights.published import PublishedFile, fault_of

PATIENCE = 15.0  # seconds without a byte
EVERY = 0.1  # seconds between two events
CHUNK = 1 << 18  # bytes read at most at a time


@dataclass(frozen=True, slots=True)
class Received:
    """So many bytes of so many are there."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Fetched:
    """The file is there, whole and checked."""

    path: Path


class _AddressError(Exception):
    """Why an address does not give the file; the next one may."""


class _Kept:
    """What an earlier attempt has left, and of which version of the file it is."""

    def __init__(self, path: Path) -> None:
        self.part = path.with_name(f"{path.name}.part")
        self._version = path.with_name(f"{path.name}.part.version")

    def version(self) -> str:
        """Return the version of what is kept, "" where nothing is kept that could be used."""
        try:
            version = self._version.read_bytes().decode() if self.size() else ""
        except (OSError, UnicodeDecodeError):
            return ""
        return version if version.isascii() and version.isprintable() else ""

    def size(self) -> int:
        """Return how many bytes are kept."""
        try:
            return self.part.stat().st_size
        except OSError:
            return 0

    def start_anew(self, version: str) -> None:
        """Forget what is kept; what comes now is of this version. Raises OSError, FileError."""
        self.part.write_bytes(b"")  # first: else bytes of one version could pass for another's
        write_atomic(self._version, version.encode())

    def remove(self) -> None:
        """Remove what is kept, as far as that can be done."""
        for path in (self.part, self._version):
            with contextlib.suppress(OSError):
                path.unlink()

    def name_it(self, path: Path) -> None:
        """Give what is kept its real name; raises OSError."""
        self.part.replace(path)
        with contextlib.suppress(OSError):
            self._version.unlink()


def fetch(file: PublishedFile, folder: Path) -> Generator[Received | Fetched]:
    """Fetch a published file into a folder, unless it is there and sound.

    Closing the generator keeps what has come; the next call goes on from there. The system's proxy
    is used. Raises StudioError with a sentence that names the file, the address and what to do.
    """
    path = folder / file.name
    if not path.exists() or fault_of(path, file):
        yield from _fetch_from_any(file, path)
    yield Fetched(path)


def bytes_kept(file: PublishedFile, folder: Path) -> int:
    """Return how many bytes of a file an earlier attempt has left to go on from."""
    left = _Kept(folder / file.name)
    return left.size() if left.version() else 0


def _fetch_from_any(file: PublishedFile, path: Path) -> Iterator[Received]:
    """Try the addresses in turn, until one gives the file."""
    refusals: dict[str, list[str]] = {}  # reason: addresses
    for address in file.addresses:
        try:
            yield from _fetch_from(address, file, path)
        except _AddressError as refusal:
            refusals.setdefault(str(refusal), []).append(address)
        else:
            return
    if not refusals:
        raise StudioError(f"{file.name} cannot be fetched: it has no address. {_help(file, path)}")
    why = (f"from {' or '.join(addresses)}: {reason}" for reason, addresses in refusals.items())
    raise StudioError(f"{file.name} could not be fetched {'; '.join(why)}. {_help(file, path)}")


def _help(file: PublishedFile, path: Path) -> str:
    """Say which file to put where."""
    return f"You can put {file.name} ({file.bytes:,} bytes) into {path.parent} by other means."


def _fetch_from(address: str, file: PublishedFile, path: Path) -> Iterator[Received]:
    """Fetch the rest of a file and give it its name; raises _AddressError, StudioError."""
    kept = _Kept(path)
    _make_room(file, kept, path)
    if kept.size() != file.bytes or not kept.version():
        yield Received(kept.size(), file.bytes)  # connecting may take long: here it can be stopped
        yield from _receive(address, file, kept, path)
    if fault := fault_of(kept.part, file):
        kept.remove()
        raise _AddressError(f"it gives another file, which {fault}")
    try:
        kept.name_it(path)
    except OSError as error:
        raise FileError(path, f"cannot be written: {os_error_text(error)}") from error


def _make_room(file: PublishedFile, kept: _Kept, path: Path) -> None:
    """Make the folder, and see that the rest of the file has room on the disk."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(path.parent).free
    except OSError as error:
        raise FileError(path, f"cannot be written: {os_error_text(error)}") from error
    if free < file.bytes - kept.size():
        raise FileError(
            path, f"has no room: it needs {file.megabytes}, and {free / 1e6:.0f} MB are free"
        )


def _receive(address: str, file: PublishedFile, kept: _Kept, path: Path) -> Iterator[Received]:
    """Write what an address gives behind what is kept, or in its place."""
    version = kept.version()
    offset = kept.size() if version and kept.size() < file.bytes else 0
    with _ask(address, offset, version) as answer:
        start = _first_byte(answer, offset, file)
        try:
            if start == 0:
                kept.start_anew(_version_of(answer))
            with kept.part.open("ab", buffering=0) as out:
                yield from _copy(answer, out, start, file, address)
                os.fsync(out.fileno())
        except OSError as error:
            raise FileError(path, f"cannot be written: {os_error_text(error)}") from error


def _copy(
    answer: http.client.HTTPResponse, out: BinaryIO, done: int, file: PublishedFile, address: str
) -> Iterator[Received]:
    """Append the bytes that come to a file that has `done` bytes; raises OSError, StudioError."""
    yield Received(done, file.bytes)
    told = time.monotonic()
    while done < file.bytes:
        chunk = _read(answer, done, file, address)
        if os.fstat(out.fileno()).st_size != done:
            raise StudioError(f"{file.name} is being fetched by another window at the same time")
        rest = memoryview(chunk)
        while rest:  # a disk that is nearly full takes a part
            rest = rest[out.write(rest) :]
        done += len(chunk)
        if time.monotonic() - told >= EVERY or done >= file.bytes:
            told = time.monotonic()
            yield Received(done, file.bytes)


def _read(answer: http.client.HTTPResponse, done: int, file: PublishedFile, address: str) -> bytes:
    """Return the next bytes; raises StudioError when the connection was cut."""
    try:
        chunk = answer.read1(CHUNK)
        why = "the connection was cut"
    except (OSError, http.client.HTTPException) as error:
        chunk, why = b"", _connection_fault(error)
    if not chunk:
        raise StudioError(
            f"{file.name} came only in part from {address}: {why}. {done / 1e6:.0f} of "
            f"{file.megabytes} are kept; fetch it again to go on from there."
        )
    return chunk[: file.bytes - done]


# --- what is asked, and what the answer is --------------------------------------------------------


class _CarefulRedirects(HTTPRedirectHandler):
    """Follow redirections, but not from an encrypted address to one that is not."""

    def redirect_request(self, req, fp, code, msg, headers, newurl):  # type: ignore[no-untyped-def]
        """Return the next request; raises _AddressError."""
        if urlsplit(req.full_url).scheme == "https" != urlsplit(newurl).scheme:
            fp.close()
            raise _AddressError(f"it leads on to {newurl}, which is not encrypted")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _ask(address: str, offset: int, version: str) -> http.client.HTTPResponse:
    """Ask for a file from a byte on, if it is still of this version; raises _AddressError.

    RFC 9110, 13.1.5 and 14.2: If-Range has a server that has another version send all of it.
    """
    headers = {"User-Agent": "YOLO-Studio", "Accept-Encoding": "identity"}
    if offset:
        headers |= {"Range": f"bytes={offset}-", "If-Range": version}
    opener = build_opener(_CarefulRedirects)  # made anew: the system's proxy may have changed
    try:
        answer: http.client.HTTPResponse = opener.open(
            Request(address, headers=headers), timeout=PATIENCE
        )
    except HTTPError as error:
        error.close()
        if offset and error.code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            return _ask(address, 0, "")
        raise _AddressError(f"it answers {error.code} {error.reason}") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise _AddressError(f"no connection ({_connection_fault(error)})") from error
    if answer.status == HTTPStatus.PARTIAL_CONTENT and not _goes_on(answer, offset, version):
        answer.close()
        if not offset:
            raise _AddressError("it gives another part of the file than its beginning")
        return _ask(address, 0, "")
    return answer


def _goes_on(answer: http.client.HTTPResponse, offset: int, version: str) -> bool:
    """Tell whether part of a file begins at a byte, and is of this version where that is said.

    What begins at byte 0 goes on from nothing, and so may be of any version.
    """
    begins_there = answer.headers.get("Content-Range", "").startswith(f"bytes {offset}-")
    return begins_there and (not offset or _version_of(answer) in (version, ""))


def _first_byte(answer: http.client.HTTPResponse, offset: int, file: PublishedFile) -> int:
    """Return where in the file an answer begins; raises _AddressError when it is another file."""
    if answer.headers.get_content_type() == "text/html":
        raise _AddressError(
            "it gives a web page instead of the file; does the network ask for a login?"
        )
    start = offset if answer.status == HTTPStatus.PARTIAL_CONTENT else 0
    if answer.length is None:
        raise _AddressError(f"it does not say that the file has {file.bytes:,} bytes")
    if start + answer.length != file.bytes:
        size = f"{start + answer.length:,} bytes"
        raise _AddressError(f"it gives a file of {size} instead of {file.bytes:,}")
    return start


def _version_of(answer: http.client.HTTPResponse) -> str:
    """Return what tells this version of a file from others; a weak ETag does not, byte for byte."""
    tag = str(answer.headers.get("ETag", ""))
    return tag if tag and not tag.startswith("W/") else str(answer.headers.get("Last-Modified", ""))


def _connection_fault(error: Exception) -> str:
    """Return in words why there is no connection."""
    reason = error.reason if isinstance(error, URLError) else error
    if isinstance(reason, ssl.SSLCertVerificationError):
        return f"its certificate is not valid ({reason.verify_message})"
    if isinstance(reason, TimeoutError):
        return f"nothing came for {PATIENCE:.0f} seconds"
    if isinstance(reason, OSError):
        return os_error_text(reason)
    return str(reason) or type(reason).__name__
