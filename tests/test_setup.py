"""What `make` says on a machine that lacks what it cannot install itself."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SETUP = Path(__file__).parents[1] / "resources" / "setup"


def test_another_python_is_refused_in_a_sentence():
    script = (SETUP / "python.py").read_text()
    for version, is_right in ((10, False), (11, True), (13, True), (14, False)):
        code = f"import sys; sys.version_info = (3, {version}, 0)\n{script}"
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        assert (done.returncode == 0) == is_right
        assert (f"is 3.{version}: name another one" in done.stderr) != is_right
        assert done.stderr.count("\n") == (not is_right)


@pytest.mark.skipif(not Path("/sbin/ldconfig").exists(), reason="not a Linux with ldconfig")
def test_packages_are_named_where_nobody_may_install_them(tmp_path):
    for name in ("sh", "find", "grep"):
        (tmp_path / name).symlink_to(shutil.which(name) or name)
    for name, script in {"apt-get": "exit 1", "id": "echo 1000"}.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name).chmod(0o755)
    done = subprocess.run(
        ["/bin/sh", str(SETUP / "debian.sh")],
        env={"PATH": str(tmp_path), "PYTHON": "no-such-python"},
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stdout == ""
    assert "only root can install: apt-get install" in done.stderr
    assert "python3-venv" in done.stderr
    assert done.stderr.count("\n") == 1
