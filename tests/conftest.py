"""What every test may ask for: an editor at the desk, background work done at once, a browser (`tests.browser`)."""

from collections.abc import Iterator

import hypothesis
import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from django.utils import translation
from pytest_django import Settings

from tests.factories import make_editor

# The first draw reads the constants out of every module of the project: seconds, on a busy machine.
hypothesis.settings.register_profile("matome", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("matome")

pytest_plugins = ["tests.browser"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    """Pages are kept by their rows' keys, and a test's rows are rolled back."""
    yield
    cache.clear()


@pytest.fixture
def tasks_run_at_once(settings: Settings) -> None:
    """An enqueued task runs inside `enqueue`. One that waits for a commit also needs `transactional_db`, or
    `django_capture_on_commit_callbacks(execute=True)`."""
    settings.TASKS = {"default": {"BACKEND": "django.tasks.backends.immediate.ImmediateBackend"}}


@pytest.fixture
def in_english() -> Iterator[None]:
    """What is said is said in English, whatever the catalogue holds."""
    with translation.override("en"):
        yield


@pytest.fixture
def editor(db: None) -> User:
    return make_editor()


@pytest.fixture
def desk(client: Client, editor: User) -> Client:
    """A client that is signed in as the editor."""
    client.force_login(editor)
    return client


@pytest.fixture
def asking_in_english(client: Client) -> None:
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
