"""Where a window can be shown, and what is said where it cannot."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from studio import cli
from studio.cli import demo
from studio.cli.display import has_display

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="other systems always have a display"
)


@pytest.fixture(autouse=True)
def no_display(monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "XDG_RUNTIME_DIR"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("display", ["", ":9731", "localhost:9731", "nonsense", ":"])
def test_a_display_that_nobody_answers_for_is_none(tmp_path, monkeypatch, capfd, display):
    monkeypatch.setenv("DISPLAY", display)
    monkeypatch.setenv("WAYLAND_DISPLAY", str(tmp_path / "nothing"))
    assert not has_display()
    assert cli.run([str(tmp_path)]) == 2
    assert capfd.readouterr().err.count("\n") == 1


@pytest.mark.skipif(not shutil.which("Xvfb"), reason="Xvfb is not installed")
def test_an_x_server_is_a_display(monkeypatch):
    with subprocess.Popen(
        ["Xvfb", "-displayfd", "1", "-nolisten", "tcp", "-noreset"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    ) as server:  # fmt: skip
        try:
            assert server.stdout
            monkeypatch.setenv("DISPLAY", f":{server.stdout.readline().strip()}")
            assert has_display()
            monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
            assert not has_display()
            monkeypatch.setenv("QT_QPA_PLATFORM", "wayland")
            assert not has_display()
            monkeypatch.setenv("QT_QPA_PLATFORM", "wayland;xcb")
            assert has_display()
        finally:
            server.terminate()


def test_a_wayland_compositor_is_a_display(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-7")
    assert not has_display()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "wayland-7"))
        server.listen()
        assert has_display()


@pytest.mark.parametrize("platform", ["offscreen", "minimal"])
def test_demo_runs_the_whole_loop_where_nobody_would_see_its_window(
    tmp_path, monkeypatch, platform
):
    monkeypatch.setenv("QT_QPA_PLATFORM", platform)
    looped: list[Path] = []
    monkeypatch.setattr(demo, "make_project", lambda *_: None)
    monkeypatch.setattr(demo, "run_loop", lambda folder, *_: looped.append(folder))
    assert cli.run(["demo", "--out", str(tmp_path)]) == 0
    assert looped == [tmp_path]
