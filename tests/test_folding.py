"""Folds are as large, and labelled, as the Hugo site wants it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from hypothesis import given, settings
from hypothesis import strategies as st

from digests import curation, outline
from digests.curation import Move, placing, undoing
from digests.models import Change, Digest, Fold, Post, Quote, Target
from digests.publishing.assemble import assemble
from digests.publishing.document import DocumentFold
from tests.factories import make_between, make_digest, make_editor

pytestmark = pytest.mark.django_db

TWOS = {"fold_size": 2, "fold_label": "残り（{n}）"}


def make_site(name: str, form: dict[str, object]) -> Target:
    return Target.objects.create(name=name, kind="folder", location=f"/srv/{name}", form=form)


def labels() -> list[tuple[str, int]]:
    return list(Fold.objects.order_by("first__position").values_list("label", "size"))


def test_the_only_site_says_how_many_stand_open_and_what_a_fold_is_called():
    make_site("site", TWOS)
    digest = make_digest(texts=list("一二三四五"))
    version = curation.fold_every(digest.pk, version=1)
    assert labels() == [("残り（1）", 2), ("残り（2）", 1)]
    first, second, *_rest = digest.quotes.in_order()
    curation.fold(digest.pk, version=version, first_id=first.pk, last_id=second.pk)
    assert labels() == [("残り（1）", 2), ("残り（2）", 2), ("残り（3）", 1)]


def test_of_several_sites_the_one_where_the_digest_stands_decides():
    make_site("other", {"fold_size": 1})
    digest = make_digest(texts=list("一二三"))
    assert curation.folding(digest.pk).fold_size == 1
    site = make_site("site", TWOS)
    assert curation.folding(digest.pk).fold_size == 30
    Post.objects.create(target=site, digest=digest, path="content/posts/a.md", sha256="0" * 64)
    assert curation.folding(digest.pk).fold_size == 2


def test_without_a_site_or_with_one_that_cannot_be_read_it_is_the_reference_form():
    digest = make_digest(texts=["一"])
    assert curation.folding(digest.pk).label(1) == "もっとコメントを表示（1）"
    make_site("site", {"fold_size": 0})
    assert curation.folding(digest.pk).fold_size == 30


def test_the_board_says_the_size_before_and_after(client):
    make_site("site", TWOS)
    digest = make_digest(texts=list("一二三"))
    client.force_login(make_editor())
    assert "2番より後を2件ずつ折りたたむ" in client.get(f"/desk/digests/{digest.pk}/").content.decode()
    client.post(f"/desk/digests/{digest.pk}/quotes/", {"version": 1, "act": "every"})
    assert labels() == [("残り（1）", 1)]


def test_numbers_follow_when_a_fold_comes_between_goes_and_is_carried():
    digest = make_digest(texts=list("一二三四五六"))
    one, two, three, four, *_rest = digest.quotes.in_order().values_list("pk", flat=True)
    version = curation.fold(digest.pk, version=1, first_id=three, last_id=four)
    version = curation.fold(digest.pk, version=version, first_id=one, last_id=one)
    assert labels() == [("もっとコメントを表示（1）", 1), ("もっとコメントを表示（2）", 2)]
    own = Fold.objects.get(first=one)
    version = curation.rename_fold(digest.pk, version=version, fold_id=own.pk, label="ネタ")
    version = curation.fold(digest.pk, version=version, first_id=two, last_id=two)
    assert labels() == [("ネタ", 1), ("もっとコメントを表示（1）", 1), ("もっとコメントを表示（2）", 2)]
    version = placing.place_fold(digest.pk, version=version, fold_id=Fold.objects.get(first=three).pk, at="top")
    assert labels() == [("もっとコメントを表示（1）", 2), ("ネタ", 1), ("もっとコメントを表示（2）", 1)]
    curation.drop(digest.pk, version=version, quote_ids=[three, four])
    assert labels() == [("ネタ", 1), ("もっとコメントを表示（1）", 1)]


def test_what_was_dropped_comes_back_into_its_fold_with_its_number():
    digest = make_digest(texts=list("一二三"))
    one, two, _three = digest.quotes.in_order().values_list("pk", flat=True)
    version = curation.fold(digest.pk, version=1, first_id=one, last_id=one)
    version = curation.fold(digest.pk, version=version, first_id=two, last_id=two)
    before = labels()
    version = curation.drop(digest.pk, version=version, quote_ids=[one])
    assert labels() == [("もっとコメントを表示（1）", 1)]
    curation.undo(digest.pk, version=version, by=None)
    assert labels() == before


def test_folding_every_so_many_is_taken_back_with_the_labels_that_were_there():
    make_site("site", TWOS)
    digest, editor = make_digest(texts=list("一二三四五")), make_editor()
    first = digest.quotes.get(position=4)
    version = curation.fold(digest.pk, version=1, first_id=first.pk, last_id=first.pk, label="ネタ", by=editor.pk)
    version = curation.fold_every(digest.pk, version=version, by=editor.pk)
    assert labels() == [("残り（1）", 2), ("残り（2）", 1)]
    undoing.undo(digest.pk, version=version, by=editor.pk)
    assert labels() == [("ネタ", 1)]


def _act(digest: Digest, editor: int, data: st.DataObject) -> None:
    """One act of an editor, drawn."""
    version = Digest.objects.values_list("version", flat=True).get(pk=digest.pk)
    rows = list(digest.quotes.in_order().values_list("pk", flat=True))
    folds = list(Fold.objects.filter(first__digest=digest).values_list("pk", flat=True))
    one, other = data.draw(st.sampled_from(rows)), data.draw(st.sampled_from(rows))
    known: dict[str, Any] = {"version": version, "by": editor}
    acts: dict[str, Callable[[], object]] = {
        "fold": lambda: curation.fold(digest.pk, **known, first_id=one, last_id=other),
        "own": lambda: curation.fold(digest.pk, **known, first_id=one, last_id=other, label="ネタ"),
        "every": lambda: curation.fold_every(digest.pk, **known, size=data.draw(st.integers(1, 4))),
        "move": lambda: curation.move(digest.pk, **known, row_ids=[one], to=data.draw(st.sampled_from(list(Move)))),
        "place": lambda: placing.place(digest.pk, **known, row_ids={one, other}, at="top"),
    }
    if len(rows) > 2:
        acts["drop"] = lambda: curation.drop(digest.pk, **known, quote_ids=[one])
    if folds:
        fold = data.draw(st.sampled_from(folds))
        acts["unfold"] = lambda: curation.unfold(digest.pk, **known, fold_id=fold)
        acts["carry"] = lambda: placing.place_fold(digest.pk, **known, fold_id=fold, at="bottom")
    acts[data.draw(st.sampled_from(sorted(acts)))]()


def _stored(digest: Digest) -> list[tuple[int, str | None, int | None]]:
    return list(digest.quotes.in_order().values_list("pk", "fold__label", "fold__size"))


@settings(max_examples=15)
@given(data=st.data())
def test_after_any_acts_folds_are_closed_and_numbered_and_all_of_it_is_taken_back(data):
    Digest.objects.all().delete()
    editor, _made = User.objects.get_or_create(username="editor")
    digest = make_digest(texts=list("一二三四五六七"))
    make_between(digest, "heading", position=99, text="見出し")
    began, acts = _stored(digest), data.draw(st.integers(1, 6))
    for _number in range(acts):
        _act(digest, editor.pk, data)
        document = assemble(digest.pk)
        folds = [item for item in document.items if isinstance(item, DocumentFold)]
        rows = _stored(digest)
        # Sizes are what is in them: none reaches into the next, or past the end.
        assert [len(fold.items) for fold in folds] == [size for _pk, _label, size in rows if size]
        assert sum(len(fold.items) for fold in folds) <= len(rows)
        numbered = [fold.label for fold in folds if fold.label != "ネタ"]
        assert numbered == [f"もっとコメントを表示（{number}）" for number in range(1, len(numbered) + 1)]
        assert len(outline.quotes(curation.read_outline(digest.pk))) == len(rows)
    while Change.objects.filter(digest=digest, undone_at=None).exclude(verb="undo").exists():
        version = Digest.objects.values_list("version", flat=True).get(pk=digest.pk)
        undoing.undo(digest.pk, version=version, by=editor.pk)
    assert _stored(digest) == began
    assert Quote.objects.count() == len(began)
