"""Whether there is a screen to show a window on: Qt cannot be asked, it aborts without one."""

from __future__ import annotations

import ctypes
import os
import socket
import sys
from pathlib import Path

UNSEEN = {"offscreen", "minimal"}
"""Platforms of Qt with windows that nobody sees."""

_PATIENCE = 2.0  # seconds


def platforms() -> list[str]:
    """Return the platforms that Qt was told to use, best first; none where it may choose."""
    listed = os.environ.get("QT_QPA_PLATFORM", "").split(";")
    return [name.partition(":")[0] for name in listed if name]


def has_display() -> bool:
    """Tell whether a window can be shown that somebody sees."""
    if UNSEEN & set(platforms()):
        return False
    if not sys.platform.startswith("linux"):
        return True
    probes = {"xcb": _x_answers, "wayland": _wayland_answers, "wayland-egl": _wayland_answers}
    wanted = platforms() or ["xcb", "wayland"]
    return any(name not in probes or probes[name]() for name in wanted)


def _x_answers() -> bool:
    """Tell whether the X server that DISPLAY names lets us in, asked as Qt will."""
    if not os.environ.get("DISPLAY"):
        return False
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:  # then Qt cannot speak to X either
        return False
    xcb.xcb_connect.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(xcb.xcb_connect(None, None))
    is_refused = xcb.xcb_connection_has_error(connection)
    xcb.xcb_disconnect(connection)
    return not is_refused


def _wayland_answers() -> bool:
    name = os.environ.get("WAYLAND_DISPLAY")
    if not name:
        return False
    with socket.socket(socket.AF_UNIX) as ours:
        ours.settimeout(_PATIENCE)
        try:  # an absolute name stands for itself
            ours.connect(str(Path(os.environ.get("XDG_RUNTIME_DIR", "/")) / name))
        except OSError:
            return False
    return True
