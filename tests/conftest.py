"""What every test may ask for: background work done at once, and (from `tests.browser`) a real browser."""

import shutil
from pathlib import Path

import pytest
from django.conf import settings as site
from pytest_django import Settings

pytest_plugins = ["tests.browser"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")


def pytest_unconfigure() -> None:
    """Removes the data folder that `tests.settings` made, and no other: the environment may name other settings."""
    if Path(site.DATA_DIR).name.startswith("matome-test-"):
        shutil.rmtree(Path(site.DATA_DIR), ignore_errors=True)


@pytest.fixture
def tasks_run_at_once(settings: Settings) -> None:
    """An enqueued task runs inside `enqueue`. One that waits for a commit also needs `transactional_db`, or
    `django_capture_on_commit_callbacks(execute=True)`."""
    settings.TASKS = {"default": {"BACKEND": "django.tasks.backends.immediate.ImmediateBackend"}}
