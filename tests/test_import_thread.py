"""`manage.py import_thread`: the import from the shell, and of saved files."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site_settings
from django.core.management import CommandError, call_command
from django.utils import translation
from pytest_django.fixtures import Settings

from digests.models import Comment, ImportRun, Thread
from tests.fake_hn import FakeHackerNews
from tests.recorded import own_thread, shared_path

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def site(settings: Settings) -> Iterator[FakeHackerNews]:
    with FakeHackerNews(own_thread()) as site:
        settings.HN_ALGOLIA_URL, settings.HN_FIREBASE_URL = site.algolia_url, site.firebase_url
        settings.ALLOW_LOOPBACK_SOURCES = True
        settings.SOURCE_TIMEOUT_SECONDS = 2
        yield site


def command(*arguments: str | Path) -> str:
    said = io.StringIO()
    call_command("import_thread", *map(str, arguments), stdout=said)
    return said.getvalue()


def as_json(*arguments: str | Path) -> dict[str, Any]:
    lines = command(*arguments, "--json").splitlines()
    assert len(lines) == 1
    found: dict[str, Any] = json.loads(lines[0])
    return found


def saved(folder: Path, text: object) -> Path:
    path = folder / "thread.json"
    path.write_text(text if isinstance(text, str) else json.dumps(text), encoding="utf-8")
    return path


def test_an_address_is_imported_and_summed_up_as_json(site: FakeHackerNews) -> None:
    assert as_json("https://news.ycombinator.com/item?id=100") == {
        "thread": Thread.objects.get().pk,
        "comments": 13,
        "live": 10,
        "dead": 1,
        "deleted": 1,
        "flagged": 1,
        "order": "ranked",
        "created": True,
        "added": 13,
        "changed": 0,
        "gone": 0,
        "title": "Moving a 1974 library catalogue to plain text",
        "url": "https://news.ycombinator.com/item?id=100",
        "native_id": "100",
        "marked": None,
        "notes": [],
    }


def test_an_id_and_a_comments_permalink_do_as_well(site: FakeHackerNews) -> None:
    first = as_json("100")
    second = as_json("https://news.ycombinator.com/item?id=115")
    assert (second["thread"], second["marked"], second["added"]) == (first["thread"], "115", 0)


def test_the_shell_leaves_no_run_for_the_worker(site: FakeHackerNews) -> None:
    command("100")
    assert not ImportRun.objects.exists()


def test_without_json_it_is_told_in_words(site: FakeHackerNews) -> None:
    site.fail("/v0/", status=500)
    site.fail("/v0/", status=500)
    said = command("100")
    assert "Moving a 1974 library catalogue to plain text" in said
    assert "8 comments (7 live, 0 dead, 1 deleted, 0 flagged); 8 added, 0 changed, 0 gone." in said
    assert "by time, not in the site's own order" in said


def test_a_saved_file_of_either_kind_is_imported(site: FakeHackerNews, tmp_path: Path) -> None:
    assert as_json(saved(tmp_path, own_thread()))["comments"] == 13
    Thread.objects.all().delete()
    _, answer = site.answer("/api/v1/items/100")
    summary = as_json(saved(tmp_path, answer.decode()))
    assert (summary["comments"], summary["order"], summary["notes"]) == (8, "time", ["file_unranked"])
    assert site.requests == []


def test_the_same_file_twice_changes_nothing(tmp_path: Path) -> None:
    path = saved(tmp_path, own_thread())
    first = as_json(path)
    before = list(Comment.objects.values())
    second = as_json(path)
    assert second == {**first, "created": False, "added": 0}
    assert list(Comment.objects.values()) == before


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("nonsense", "not the address of a thread"),
        ("missing.json", "not the address of a thread"),
        ("999", "no such thread"),
        ("https://news.ycombinator.com/user?id=pg", "user's page"),
    ],
)
def test_an_error_is_one_line(site: FakeHackerNews, argument: str, message: str) -> None:
    with pytest.raises(CommandError, match=message) as raised:
        command(argument)
    assert "\n" not in str(raised.value)
    assert not Thread.objects.exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not a saved Algolia or Firebase JSON"),
        ('{"100": {"id": 100, "type": "story", "ti', "not a saved Algolia or Firebase JSON"),
        ('{"data": 1}', "not the address of a thread"),
        ('{"id": 1, "type": "job", "title": "x"}', "job"),
        ('{"id": 1, "type": "comment", "parent": 5, "text": "x"}', "without its story"),
    ],
)
def test_a_file_that_cannot_be_used_changes_nothing(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(CommandError, match=message):
        command(saved(tmp_path, text))
    assert not Thread.objects.exists()


def test_when_the_site_fails_nothing_is_half_written(site: FakeHackerNews) -> None:
    site.fail("/api/v1/", status=500)
    site.fail("/v0/item/116", "truncated")
    with pytest.raises(CommandError, match="could not be read"):
        command("100")
    assert not Thread.objects.exists()
    assert not Comment.objects.exists()


def test_a_stand_in_on_this_machine_needs_to_be_allowed(site: FakeHackerNews, settings: Settings) -> None:
    settings.ALLOW_LOOPBACK_SOURCES = False
    with pytest.raises(CommandError, match="MATOME_ALLOW_LOOPBACK_SOURCES"):
        command("100")
    assert site.requests == []


def test_from_a_real_shell_an_error_is_one_line_on_standard_error(tmp_path: Path) -> None:
    environment = {**os.environ, "MATOME_DATA_DIR": str(tmp_path), "MATOME_LANGUAGE": "en"}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    arguments = [sys.executable, "manage.py", "import_thread", "nonsense", "--json"]
    ended = subprocess.run(
        arguments, cwd=site_settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert len(ended.stderr.splitlines()) == 1


def test_the_recorded_thread_is_imported_from_its_file() -> None:
    summary = as_json(shared_path("hackernews/firebase-items-25015967.json"))
    assert (summary["comments"], summary["live"], summary["order"]) == (2170, 1968, "ranked")
    summary = as_json(shared_path("hackernews/algolia-item-25015967.json"))
    assert (summary["created"], summary["added"], summary["changed"], summary["gone"]) == (False, 0, 0, 0)
