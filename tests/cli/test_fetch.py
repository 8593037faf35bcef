"""`fetch` lists the published weights and fetches them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from studio.cli import run
from studio.yolo.weights import published
from studio.yolo.weights.published import FILES, PublishedFile
from tests import loopback
from tests.loopback import Served


def test_without_a_name_they_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["fetch", "--json"]) == 0
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [record["file"] for record in records] == [file.name for file in FILES]
    assert records[0]["bytes"] == 248_007_048
    assert not any(record["there"] for record in records)
    assert run(["fetch"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert " ".join(lines[2].split()) == "yolov3-tiny.weights 35 MB 80 classes, for yolov3-tiny"


def test_by_a_name_one_is_fetched(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    served = Served()
    loopback.leave_proxies(monkeypatch)
    with loopback.servers() as serve:
        address = f"{serve(served.handler())}/small.weights"
        file = PublishedFile("small.weights", len(served.content), ("small",), 3, 80, (address,))
        monkeypatch.setattr(published, "FILES", (file,))
        assert run(["fetch", "small.weights", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert Path(record["path"]).read_bytes() == served.content

    served.content = b""
    assert run(["fetch", "small.weights"]) == 0  # it is there: nobody is asked
    assert run(["fetch"]) == 0
    assert record["path"] in capsys.readouterr().out


def test_in_vain_it_says_why_in_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    loopback.leave_proxies(monkeypatch)
    address = f"http://127.0.0.1:{loopback.free_port()}/small.weights"
    file = PublishedFile("small.weights", 24, ("small",), 3, 80, (address,))
    monkeypatch.setattr(published, "FILES", (file,))
    assert run(["fetch", "small.weights"]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert f"from {address}: no connection" in error
    assert run(["fetch", "large.weights"]) == 2
    assert "large.weights is no published file" in capsys.readouterr().err
