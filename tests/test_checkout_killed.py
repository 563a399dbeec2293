"""A delivery that is killed at any step leaves the place whole, and the next run finishes or undoes it."""

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize(
    ("name", "steps", "within_seconds"),
    [("bare", 20, 0), ("bare", 5, 0.004), ("cloned", 50, 0), ("cloned", 10, 0.004), ("folder", 20, 0)],
)
def test_a_killed_delivery_is_taken_over(tmp_path: Path, name: str, steps: int, within_seconds: float) -> None:
    arguments = [sys.executable, "-m", "tests.killing", name, str(tmp_path), str(within_seconds)]
    root = Path(__file__).parent.parent
    done = subprocess.run(arguments, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > steps
