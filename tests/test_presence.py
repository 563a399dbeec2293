"""Who is in a digest: told by each board, forgotten when a board falls silent."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from digests import curation
from digests.editor.patches import last_seen
from digests.models import Presence
from tests.factories import make_digest, make_editor

pytestmark = pytest.mark.django_db


@pytest.fixture
def digest():
    return make_digest(texts=["一つ", "二つ"])


def tell(client, digest, **posted):
    values = {"row": "0", "version": str(digest.version), "seen": last_seen(digest.pk), **posted}
    return client.post(f"/desk/digests/{digest.pk}/presence/", values)


def test_each_board_hears_of_the_others_and_of_their_rows(desk, digest, client):
    row = digest.quotes.get(position=1).pk
    assert tell(desk, digest, row=str(row)).json() == {"here": [], "newer": False, "gone": []}
    client.force_login(make_editor("other", first_name="Hana", last_name="Mori"))
    assert tell(client, digest).json()["here"] == [{"name": "editor", "row": row}]
    client.force_login(make_editor("third"))
    assert [one["name"] for one in tell(client, digest).json()["here"]] == ["editor", "Hana Mori"]


def test_a_board_that_has_been_silent_for_half_a_minute_is_gone_and_one_that_says_goodbye_at_once(desk, digest):
    for name, seconds in (("silent", 31), ("here", 5)):
        before = timezone.now() - timedelta(seconds=seconds)
        Presence.objects.create(digest=digest, editor=make_editor(name), seen_at=before)
    assert [one["name"] for one in tell(desk, digest).json()["here"]] == ["here"]
    assert set(Presence.objects.values_list("editor__username", flat=True)) == {"here", "editor"}
    assert tell(desk, digest, leave="1").status_code == 204
    assert not Presence.objects.filter(editor__username="editor").exists()


def test_a_board_learns_that_there_is_something_newer(desk, digest):
    other, seen = make_editor("other"), last_seen(digest.pk)
    curation.edit_quote(digest.quotes.get(position=0).pk, version=1, text="ほか", author="author1", by=other.pk)
    assert tell(desk, digest, seen=seen).json()["newer"] is True  # a text gives the digest no new version
    seen = desk.get(f"/desk/digests/{digest.pk}/since/?version={digest.version}&seen=").json()["seen"]
    assert tell(desk, digest, seen=seen).json()["newer"] is False
    assert tell(desk, digest, seen=seen, version="7").json()["newer"] is True


def test_rows_that_are_gone_are_told_to_whoever_asks(desk, digest):
    row = digest.quotes.get(position=0).pk
    assert tell(desk, digest, asked=f"{row},{row + 100}").json()["gone"] == [str(row + 100)]
    assert tell(desk, digest, asked="nonsense").status_code == 400


def test_hearing_of_many_costs_no_more_queries_than_hearing_of_one(desk, digest):
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            tell(desk, digest)
        return len(captured)

    Presence.objects.create(digest=digest, editor=make_editor("one"), seen_at=timezone.now())
    tell(desk, digest)
    before = queries()
    for number in range(5):
        Presence.objects.create(digest=digest, editor=make_editor(f"more{number}"), seen_at=timezone.now())
    assert queries() == before


def test_strangers_hear_nothing(client, digest):
    assert tell(client, digest).status_code == 302
    assert not Presence.objects.exists()
