"""Undo and redo over everything, per editor; revisions as groups of changes; going back to one."""

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from digests import curation, outline
from digests.curation import CurationError, Move, Sorting, StaleVersion, states
from digests.models import Change, Digest, Quote, Revision
from tests.factories import make_comment, make_digest, make_editor, make_fold, make_thread

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor():
    return make_editor("haru").pk


@pytest.fixture
def other():
    return make_editor("natsu").pk


@pytest.fixture
def digest():
    thread = make_thread(comments=6)
    digest = make_digest(thread=thread, texts=list("abcde"))
    for quote, comment in zip(digest.quotes.in_order(), thread.comments.in_order(), strict=False):
        Quote.objects.filter(pk=quote.pk).update(comment=comment)
    make_fold(digest, first=2, size=2, label="more")
    return digest


@contextmanager
def refused(code: str) -> Iterator[pytest.ExceptionInfo[Any]]:
    with pytest.raises(CurationError) as caught:
        yield caught
    assert caught.value.code == code


def version(digest: Digest) -> int:
    return Digest.objects.get(pk=digest.pk).version


def undo(digest: Digest, by: int) -> int:
    return curation.undo(digest.pk, version=version(digest), by=by)


def redo(digest: Digest, by: int) -> int:
    return curation.redo(digest.pk, version=version(digest), by=by)


def texts(digest: Digest) -> list[str]:
    return list(digest.quotes.in_order().values_list("text", flat=True))


def quote(digest: Digest, text: str) -> Quote:
    return digest.quotes.get(text=text)


def head(digest: Digest, **changed):
    now = Digest.objects.get(pk=digest.pk)
    names = ("headline", "lead", "date", "tags", "slug", "source_url", "article_url", "thumbnail")
    return {name: getattr(now, name) for name in names} | changed


def test_an_editor_undoes_and_redoes_acts_of_every_kind(digest, editor):
    before = states.read(digest.pk)
    pk, by = digest.pk, editor
    acts = [
        lambda v: curation.move(pk, version=v, row_ids=[quote(digest, "e").pk], to=Move.TOP, by=by),
        lambda v: curation.paint(pk, version=v, quote_ids=[quote(digest, "a").pk], color="#ff5733", by=by),
        lambda v: curation.fold(pk, version=v, first_id=quote(digest, "a").pk, last_id=quote(digest, "b").pk, by=by),
        lambda v: curation.drop(pk, version=v, quote_ids=[quote(digest, "c").pk, quote(digest, "d").pk], by=by),
        lambda v: curation.insert(pk, version=v, kind="heading", at="top", by=by),
        lambda v: curation.edit_head(pk, version=v, **head(digest, headline="新しい", tags=["一", "二"]), by=by),
        lambda v: curation.edit_quote(quote(digest, "b").pk, version=1, text="ｂ", author="x", by=by),
        lambda v: curation.sort(pk, version=v, order=Sorting.TIME, by=by),
        lambda v: curation.fold_every(pk, version=v, size=1, by=by),
    ]
    seen = [before]
    for act in acts:
        act(version(digest))
        seen.append(states.read(pk))
    for earlier in reversed(seen[:-1]):
        undo(digest, editor)
        assert states.read(pk) == earlier
    with refused("nothing_to_undo"):
        undo(digest, editor)
    for later in seen[1:]:
        redo(digest, editor)
        assert states.read(pk) == later
    with refused("nothing_to_redo"):
        redo(digest, editor)


def test_one_editor_undoes_their_own_act_and_not_the_others(digest, editor, other):
    curation.move(digest.pk, version=1, row_ids=[quote(digest, "e").pk], to=Move.TOP, by=editor)
    curation.paint(digest.pk, version=2, quote_ids=[quote(digest, "a").pk], color="#ff5733", by=other)
    undo(digest, editor)
    assert texts(digest) == list("abcde")
    assert quote(digest, "a").color == "#ff5733"


def test_what_somebody_else_changed_again_is_not_undone(digest, editor, other, in_english):
    written = curation.edit_quote(quote(digest, "a").pk, version=1, text="mine", by=editor)
    curation.edit_quote(written.pk, version=2, text="theirs", author="author1", by=other)
    with refused("changed_since") as found:
        undo(digest, editor)
    assert str(found.value) == "natsu has changed “author1: theirs” since."
    assert texts(digest)[0] == "theirs"


def test_undo_goes_on_past_what_cannot_be_undone_and_says_which_it_was(digest, editor, other):
    curation.move(digest.pk, version=1, row_ids=[quote(digest, "e").pk], to=Move.TOP, by=editor)
    curation.edit_quote(quote(digest, "a").pk, version=1, text="mine", author="author1", by=editor)
    curation.paint(digest.pk, version=2, quote_ids=[quote(digest, "b").pk], color="#ff5733", by=editor)
    _move, written, _paint = Change.objects.filter(digest=digest).order_by("pk")
    curation.edit_quote(quote(digest, "mine").pk, version=2, text="theirs", author="author1", by=other)
    undo(digest, editor)
    with refused("changed_since") as found:
        undo(digest, editor)
    assert (found.value.change, found.value.way) == (written, "undo")
    curation.undo(digest.pk, version=version(digest), by=editor, past=written.pk)
    assert texts(digest) == ["theirs", *"bcde"]
    with refused("nothing_to_undo"):  # what was passed over is not tried again
        undo(digest, editor)
    written.refresh_from_db()
    assert written.undone_at is None
    redo(digest, editor)
    redo(digest, editor)
    assert (texts(digest), quote(digest, "b").color) == (["e", "theirs", *"bcd"], "#ff5733")


def test_what_was_passed_over_is_undone_once_nothing_stands_in_its_way(digest, editor, other):
    pk = quote(digest, "a").pk
    curation.edit_quote(pk, version=1, text="mine", author="author1", by=editor)
    curation.edit_quote(pk, version=2, text="theirs", author="author1", by=other)
    with refused("changed_since"):
        undo(digest, editor)
    undo(digest, other)
    undo(digest, editor)
    assert texts(digest) == list("abcde")


def test_redo_goes_on_past_what_cannot_be_done_again(digest, editor, other, in_english):
    curation.edit_quote(quote(digest, "a").pk, version=1, text="mine", author="author1", by=editor)
    curation.move(digest.pk, version=1, row_ids=[quote(digest, "e").pk], to=Move.TOP, by=editor)
    undo(digest, editor)
    undo(digest, editor)
    curation.drop(digest.pk, version=version(digest), quote_ids=[quote(digest, "a").pk], by=other)
    with refused("changed_since") as found:
        redo(digest, editor)
    assert (found.value.way, str(found.value)) == ("redo", "natsu has dropped what it was about since.")
    curation.redo(digest.pk, version=version(digest), by=editor, past=found.value.change.pk)
    assert texts(digest) == list("ebcd")
    with refused("nothing_to_redo"):
        redo(digest, editor)
    undo(digest, editor)
    assert texts(digest) == list("bcde")


def test_a_head_that_somebody_else_changed_is_said_to_stand_in_the_way(digest, editor, other, in_english):
    curation.edit_head(digest.pk, version=1, **head(digest, headline="mine"), by=editor)
    curation.edit_head(digest.pk, version=2, **head(digest, headline="theirs"), by=other)
    with refused("changed_since") as found:
        undo(digest, editor)
    assert str(found.value) == "natsu has changed the digest’s details since."


def test_a_slug_that_is_taken_meanwhile_stands_in_the_way_of_its_undo_only(digest, editor):
    curation.move(digest.pk, version=1, row_ids=[quote(digest, "e").pk], to=Move.TOP, by=editor)
    curation.edit_head(digest.pk, version=2, **head(digest, slug="another"), by=editor)
    make_digest(slug=digest.slug)
    with refused("slug_taken") as found:
        undo(digest, editor)
    curation.undo(digest.pk, version=version(digest), by=editor, past=found.value.change.pk)
    assert texts(digest) == list("abcde")


def test_undo_of_what_is_undone_already_changes_nothing_and_leads_on(digest, editor, other):
    one = quote(digest, "a").pk
    curation.move(digest.pk, version=1, row_ids=[quote(digest, "e").pk], to=Move.TOP, by=editor)
    curation.move(digest.pk, version=2, row_ids=[one], to=Move.UP, by=editor)
    curation.move(digest.pk, version=3, row_ids=[one], to=Move.DOWN, by=other)
    assert undo(digest, editor) == 4
    assert undo(digest, editor) == 5
    assert texts(digest) == list("abcde")


def test_a_chosen_quote_that_somebody_else_has_written_is_not_taken_away_by_undo(digest, editor, other):
    comment = make_comment(digest.thread, number=77)
    curation.choose(digest.pk, version=1, comment_ids=[comment.pk], by=editor)
    chosen = digest.quotes.get(comment=comment)
    curation.edit_quote(chosen.pk, version=1, text="theirs", by=other)
    with pytest.raises(CurationError):
        undo(digest, editor)
    assert digest.quotes.get(pk=chosen.pk).text == "theirs"


def test_a_new_act_leaves_nothing_to_do_again(digest, editor):
    curation.move(digest.pk, version=1, row_ids=[quote(digest, "e").pk], to=Move.TOP, by=editor)
    undo(digest, editor)
    curation.move(digest.pk, version=version(digest), row_ids=[quote(digest, "a").pk], to=Move.BOTTOM, by=editor)
    with refused("nothing_to_redo"):
        redo(digest, editor)


def test_saves_of_one_text_in_one_go_are_one_act_to_undo(digest, editor):
    pk = quote(digest, "a").pk
    for number, text in enumerate(["あ", "あい", "あいう"], 1):
        curation.edit_quote(pk, version=number, text=text, author="author1", by=editor)
    undo(digest, editor)
    assert texts(digest) == list("abcde")
    redo(digest, editor)
    assert texts(digest)[0] == "あいう"


def test_a_page_that_is_behind_undoes_nothing(digest, editor):
    curation.move(digest.pk, version=1, row_ids=[quote(digest, "e").pk], to=Move.TOP, by=editor)
    with pytest.raises(StaleVersion):
        curation.undo(digest.pk, version=1, by=editor)
    assert Change.objects.get(digest=digest).undone_at is None


def test_a_stale_text_is_told_after_an_undo(digest, editor):
    """The page that typed the text holds its version, and must not write over what undo brought back."""
    pk = quote(digest, "a").pk
    curation.edit_quote(pk, version=1, text="new", author="author1", by=editor)
    undo(digest, editor)
    with pytest.raises(StaleVersion):
        curation.edit_quote(pk, version=2, text="newer", author="author1", by=editor)


def test_an_act_asks_as_little_for_many_rows_as_for_few(editor):
    def count(rows: int) -> int:
        digest = make_digest(texts=["x"] * rows, slug=f"s{rows}")
        ids = list(digest.quotes.in_order().values_list("pk", flat=True))
        curation.move(digest.pk, version=1, row_ids=[ids[0]], to=Move.BOTTOM, by=editor)
        with CaptureQueriesContext(connection) as asked:
            curation.move(digest.pk, version=2, row_ids=[ids[-1]], to=Move.TOP, by=editor)
            undo(digest, editor)
        return len(asked)

    assert count(5) == count(500)


def test_positions_stay_in_the_column_however_often_rows_move(editor):
    digest = make_digest(texts=list("abc"))
    ids = list(digest.quotes.in_order().values_list("pk", flat=True))
    for number in range(60):
        curation.move(digest.pk, version=version(digest), row_ids=[ids[number % 3]], to=Move.UP, by=editor)
    for _number in range(30):
        order = [row.pk for row in digest.quotes.in_order()]
        curation.move(digest.pk, version=version(digest), row_ids=[order[-1]], to=Move.TOP, by=editor)
    found = list(digest.quotes.in_order().values_list("position", flat=True))
    assert all(one < two for one, two in pairwise(found))
    assert found[-1] < 1_000_000_000


# Revisions


def revisions(digest: Digest) -> list[Revision]:
    return list(Revision.objects.filter(digest=digest).order_by("pk"))


def test_what_one_editor_does_in_one_go_is_one_revision(digest, editor, other):
    curation.move(digest.pk, version=1, row_ids=[quote(digest, "e").pk], to=Move.TOP, by=editor)
    curation.move(digest.pk, version=2, row_ids=[quote(digest, "e").pk], to=Move.BOTTOM, by=editor)
    curation.move(digest.pk, version=3, row_ids=[quote(digest, "a").pk], to=Move.BOTTOM, by=other)
    began, first, second = revisions(digest)
    assert (first.by_id, first.change_count, second.by_id, second.change_count) == (editor, 2, other, 1)
    assert [row["text"] for row in states.of_revision(began).rows.values()] == list("abcde")
    assert [states.of_revision(first).rows[pk]["text"] for pk in outline.quotes(states.of_revision(first).outline)] == (
        list("abcde")
    )
    assert states.of_revision(second) == states.read(digest.pk)


def test_after_a_quiet_time_a_new_revision_begins(digest, editor):
    curation.move(digest.pk, version=1, row_ids=[quote(digest, "e").pk], to=Move.TOP, by=editor)
    Revision.objects.update(ended_at=timezone.now() - datetime.timedelta(minutes=11))
    curation.move(digest.pk, version=2, row_ids=[quote(digest, "e").pk], to=Move.BOTTOM, by=editor)
    _began, first, second = revisions(digest)
    assert texts(digest) == list("abcde")
    state = states.of_revision(first)
    assert [state.rows[pk]["text"] for pk in outline.quotes(state.outline)] == list("eabcd")
    assert second.state is None


def test_a_refused_act_leaves_no_revision_and_no_change(digest, editor):
    with pytest.raises(StaleVersion):
        curation.move(digest.pk, version=9, row_ids=[quote(digest, "e").pk], to=Move.TOP, by=editor)
    assert (revisions(digest), Change.objects.count()) == ([], 0)


def test_a_digest_goes_back_to_a_named_version_and_forth_again(digest, editor):
    named = curation.name_revision(digest.pk, name=" 初稿 ", by=editor)
    assert named.name == "初稿"
    before = states.read(digest.pk)
    curation.drop(digest.pk, version=1, quote_ids=[quote(digest, "a").pk, quote(digest, "c").pk], by=editor)
    curation.edit_head(digest.pk, version=2, **head(digest, headline="別", slug="another"), by=editor)
    curation.edit_quote(quote(digest, "b").pk, version=1, text="ｂ", author="author2", by=editor)
    changed = states.read(digest.pk)
    curation.restore_revision(digest.pk, version=version(digest), revision_id=named.pk, by=editor)
    now = states.read(digest.pk)
    assert (now.outline, now.rows) == (before.outline, before.rows)
    assert now.head == before.head | {"slug": "another"}
    undo(digest, editor)
    assert states.read(digest.pk) == changed


def test_a_version_that_is_the_same_is_not_restored(digest, editor):
    named = curation.name_revision(digest.pk, name="初稿", by=editor)
    with refused("same_already"):
        curation.restore_revision(digest.pk, version=1, revision_id=named.pk, by=editor)


@pytest.mark.parametrize("name", ["", "  ", "x" * 101])
def test_a_version_needs_a_name_of_its_own(digest, editor, name):
    with pytest.raises(CurationError):
        curation.name_revision(digest.pk, name=name, by=editor)
    assert revisions(digest) == []


def test_a_quote_whose_comment_is_gone_comes_back_without_it(digest, editor):
    pk = quote(digest, "a").pk
    comment = quote(digest, "a").comment
    curation.drop(digest.pk, version=1, quote_ids=[pk], by=editor)
    comment.delete()
    undo(digest, editor)
    assert (texts(digest)[0], digest.quotes.get(pk=pk).comment) == ("a", None)
