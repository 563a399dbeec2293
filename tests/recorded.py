"""Threads for tests: our own small ones, and recordings of real ones from beside the project, if present."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

OWN = settings.BASE_DIR / "tests" / "fixtures"
SHARED = settings.BASE_DIR.parent / "shared" / "threads"


def own_thread(name: str = "hackernews/small.json") -> dict[str, Any]:
    """A fresh copy of a thread in Firebase's shape, by id."""
    found: dict[str, Any] = json.loads((OWN / name).read_text(encoding="utf-8"))
    return found


def shared_path(name: str) -> Path:
    """Skips the test when the recording is not there."""
    path: Path = SHARED / name
    if not path.exists():
        pytest.skip(f"no recordings: {path} is missing")
    return path


def shared_thread(name: str) -> Any:
    return json.loads(shared_path(name).read_text(encoding="utf-8"))
