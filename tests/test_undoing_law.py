"""Undo and redo as laws: whatever is done, by one editor or by two in turn, is undone and done again."""

import itertools
from collections.abc import Callable
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digests import curation, outline
from digests.curation import CurationError, Move, states
from digests.curation.journal import BACK
from digests.curation.undoing import Obstructed
from digests.models import Change, Comment, Digest, Quote
from digests.publishing.assemble import assemble
from tests.factories import make_digest, make_editor, make_thread

pytestmark = pytest.mark.django_db

numbers = itertools.count(1000)


def three_quotes_of_a_thread() -> Digest:
    """A digest that no other example of a property test has."""
    number = next(numbers)
    return make_digest(thread=make_thread(comments=4, native_id=str(number)), texts=list("abc"), slug=f"s{number}")


def version(digest: Digest) -> int:
    return Digest.objects.get(pk=digest.pk).version


def act_at_random(data, digest: Digest, by: int) -> None:
    """One act that fits the digest as it is."""
    quotes = list(digest.quotes.in_order())
    v = version(digest)
    one = data.draw(st.sampled_from(quotes)) if quotes else None
    said = [quote for quote in quotes if quote.kind == Quote.Kind.QUOTE]
    two = data.draw(st.sampled_from(quotes)) if quotes else None
    folds = [entry.key for entry in outline.folds(curation.read_outline(digest.pk))]
    chosen = {quote.comment_id for quote in quotes}
    free = [pk for pk in Comment.objects.filter(thread=digest.thread).values_list("pk", flat=True) if pk not in chosen]
    choices = {
        "choose": bool(free),
        "insert": True,
        **dict.fromkeys(("move", "drop", "fold", "write"), bool(quotes)),
        "paint": bool(said),
        "unfold": bool(folds),
        "every": True,
    }
    kind = data.draw(st.sampled_from([name for name, possible in choices.items() if possible]))
    match kind:
        case "choose":
            curation.choose(digest.pk, version=v, comment_ids=free[: data.draw(st.integers(1, 3))], by=by)
        case "insert":
            at = data.draw(st.sampled_from(["top", "bottom", *(f"quote:{quote.pk}" for quote in quotes)]))
            curation.insert(digest.pk, version=v, kind="note", at=at, by=by)
        case "move":
            curation.move(digest.pk, version=v, row_ids=[one.pk], to=data.draw(st.sampled_from(Move)), by=by)
        case "drop":
            curation.drop(digest.pk, version=v, quote_ids=list({one.pk, two.pk}), by=by)
        case "fold":
            curation.fold(digest.pk, version=v, first_id=one.pk, last_id=two.pk, by=by)
        case "paint":
            color = data.draw(st.sampled_from(["", "#ff5733", "#785bff"]))
            quote = data.draw(st.sampled_from(said))
            curation.paint(digest.pk, version=v, quote_ids=[quote.pk], color=color, by=by)
        case "write":
            curation.edit_quote(one.pk, version=one.version, text=data.draw(st.sampled_from("xyz")), by=by)
        case "unfold":
            curation.unfold(digest.pk, version=v, fold_id=cast("int", folds[0]), by=by)
        case "every":
            curation.fold_every(digest.pk, version=v, size=data.draw(st.integers(1, 3)), by=by)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_whatever_was_done_is_undone_and_done_again(data):
    editor = make_editor(f"haru{next(numbers)}").pk
    digest = three_quotes_of_a_thread()
    before = states.read(digest.pk)
    for _number in range(data.draw(st.integers(1, 6))):
        act_at_random(data, digest, editor)
    after = states.read(digest.pk)
    count = Change.objects.filter(digest=digest).count()
    for _number in range(count):
        curation.undo(digest.pk, version=version(digest), by=editor)
    assert states.read(digest.pk) == before
    for _number in range(count):
        curation.redo(digest.pk, version=version(digest), by=editor)
    assert states.read(digest.pk) == after


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_two_editors_who_act_and_undo_in_turn_lose_and_double_nothing(data):
    editors = [make_editor(f"editor{next(numbers)}").pk for _who in range(2)]
    digest = three_quotes_of_a_thread()
    for _number in range(data.draw(st.integers(2, 8))):
        by = data.draw(st.sampled_from(editors))
        match data.draw(st.sampled_from(["act", "act", "undo", "redo"])):
            case "act":
                act_at_random(data, digest, by)
            case "undo":
                pressed(curation.undo, digest, by)
            case "redo":
                pressed(curation.redo, digest, by)
    by = data.draw(st.sampled_from(editors))
    acts = Change.objects.filter(digest=digest, by=by).exclude(verb__in=BACK)
    refused = pressed(curation.undo, digest, by, times=100)
    assert sorted(refused) == list(acts.filter(undone_at=None).order_by("pk").values_list("pk", flat=True))
    undone = set(acts.filter(undone_at__isnull=False).values_list("pk", flat=True))
    refused = pressed(curation.redo, digest, by, times=100)
    assert not undone & set(acts.filter(undone_at__isnull=False).exclude(pk__in=refused).values_list("pk", flat=True))
    pressed(curation.undo, digest, by, times=100)


def pressed(way: Callable[..., int], digest: Digest, by: int, *, times: int = 1) -> list[int]:
    """Undo or redo pressed so many times, or until nothing is left; what was refused, each once, is passed over."""
    refused = list[int]()
    past = None
    for _press in range(times):
        before = states.read(digest.pk)
        try:
            way(digest.pk, version=version(digest), by=by, past=past)
            past = None
        except Obstructed as error:
            assert states.read(digest.pk) == before
            past = error.change.pk
            assert past not in refused
            refused.append(past)
        except CurationError as error:
            if error.code in {"nothing_to_undo", "nothing_to_redo"}:
                return refused
            raise
        order = outline.quotes(curation.read_outline(digest.pk))
        assert len(order) == len(set(order)) == digest.quotes.count()
        assert all(fold.quotes for fold in outline.folds(curation.read_outline(digest.pk)))
        assemble(digest.pk)  # what readers would see can be made
    assert times == 1, "there is always something left"
    return refused
