"""Patches: a page that takes one after the other holds what the digest holds, whatever is done and by whomever."""

from typing import Any

import pytest
from django.test import override_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digests import curation, outline
from digests.curation import CurationError, placing, undoing
from digests.editor.patches import Patch, patch_since
from digests.models import Digest, Quote
from digests.outline import FoldRange, Move, Outline
from digests.publishing.assemble import assemble
from digests.publishing.document import DocumentFold, DocumentItem, DocumentQuote
from tests.factories import make_digest, make_editor, make_thread

pytestmark = pytest.mark.django_db


class Page:
    """What static/board/patches.js does with the elements of the list, done with ids. It holds the first rows only."""

    def __init__(self, stored: Outline, *, loaded: int | None = None) -> None:
        self.rows = list(outline.quotes(stored))[:loaded]
        self.folds = {
            fold.key: (fold.label, fold.quotes[0], fold.quotes[-1])
            for fold in outline.folds(stored)
            if fold.quotes[0] in self.rows
        }

    def take(self, patch: Patch) -> list[int]:
        """Gives back the rows that the page should hold and cannot have."""
        missing = []
        self.rows = [pk for pk in self.rows if pk not in patch.gone]
        for pk, before in patch.placed:
            known = pk in self.rows or pk in patch.whole
            if pk in self.rows:
                self.rows.remove(pk)
            if before and before not in self.rows:
                continue  # it stands where the page has not come to yet
            if not known:
                missing.append(pk)
            self.rows.insert(self.rows.index(before) + 1 if before else 0, pk)
        for key in patch.folds_gone:
            self.folds.pop(key, None)
        for key, label, first, last in patch.folds:
            self.folds[key] = (label, first, last)
        self.folds = {key: fold for key, fold in self.folds.items() if fold[1] in self.rows}
        return missing

    def bring(self, missing: list[int], stored: Outline) -> None:
        """Folds of rows that were fetched come with them."""
        for fold in outline.folds(stored):
            if fold.quotes[0] in missing:
                self.folds[fold.key] = (fold.label, fold.quotes[0], fold.quotes[-1])

    def outline(self) -> Outline:
        """As the list reads: a fold from its first row to its last, or to the end of what has been loaded."""
        starts = {first: (key, label, last) for key, (label, first, last) in self.folds.items()}
        entries: list[int | FoldRange] = []
        rows = iter(self.rows)
        for pk in rows:
            if pk not in starts:
                entries.append(pk)
                continue
            key, label, last = starts[pk]
            members = [pk]
            while members[-1] != last and (following := next(rows, None)) is not None:
                members.append(following)
            entries.append(FoldRange(key, label, tuple(members)))
        return tuple(entries)


def first_rows(stored: Outline, count: int) -> Outline:
    """The beginning of an outline, as a page that has loaded so many rows shows it."""
    gone = outline.quotes(stored)[count:]
    return outline.remove(stored, gone)


def do(digest: Digest, data: st.DataObject, editor: int) -> None:
    """One act, any; one that is refused changes nothing."""
    digest.refresh_from_db()
    rows = list(digest.quotes.in_order().values_list("pk", flat=True))
    folds = [fold.key for fold in outline.folds(curation.read_outline(digest.pk)) if fold.key]
    comments = list(digest.thread.comments.values_list("pk", flat=True)) if digest.thread else []
    given: dict[str, Any] = {"version": digest.version, "by": editor}
    some = st.lists(st.sampled_from(rows), min_size=1, max_size=3, unique=True) if rows else st.nothing()
    one = st.sampled_from(rows) if rows else st.nothing()
    gap = st.sampled_from(
        [
            "top",
            "bottom",
            "number:2",
            *(f"quote:{pk}" for pk in rows),
            *(f"{at}:{k}" for k in folds for at in ("fold", "end")),
        ]
    )
    acts = {
        "choose": lambda: curation.choose(
            digest.pk, comment_ids=data.draw(st.lists(st.sampled_from(comments), max_size=3)), **given
        ),
        "insert": lambda: curation.insert(
            digest.pk, kind="note", at=data.draw(gap.filter(lambda at: "number" not in at)), **given
        ),
        "every": lambda: curation.fold_every(digest.pk, size=data.draw(st.integers(1, 4)), **given),
        "undo": lambda: undoing.undo(digest.pk, **given),
        "redo": lambda: undoing.redo(digest.pk, **given),
    }
    if rows:
        acts |= {
            "step": lambda: curation.move(
                digest.pk, row_ids=data.draw(some), to=data.draw(st.sampled_from(list(Move))), **given
            ),
            "place": lambda: placing.place(digest.pk, row_ids=data.draw(some), at=data.draw(gap), **given),
            "drop": lambda: curation.drop(digest.pk, quote_ids=data.draw(some), **given),
            "fold": lambda: curation.fold(digest.pk, first_id=data.draw(one), last_id=data.draw(one), **given),
            "paint": lambda: curation.paint(digest.pk, quote_ids=data.draw(some), color="#45d325", **given),
        }
    if folds:
        acts |= {
            "unfold": lambda: curation.unfold(digest.pk, fold_id=data.draw(st.sampled_from(folds)), **given),
            "rename": lambda: curation.rename_fold(
                digest.pk, fold_id=data.draw(st.sampled_from(folds)), label="名", **given
            ),
            "carry": lambda: placing.place_fold(
                digest.pk, fold_id=data.draw(st.sampled_from(folds)), at=data.draw(gap), **given
            ),
        }
    try:
        acts[data.draw(st.sampled_from(sorted(acts)))]()
    except CurationError:
        digest.refresh_from_db()


def since(digest: Digest, version: int) -> Patch | None:
    digest.refresh_from_db()
    return patch_since(digest.pk, version, to=digest.version)


def items_of(entries: Outline) -> list[object]:
    """An outline by the rows' texts, as a document has them."""
    texts = dict(Quote.objects.values_list("pk", "text"))
    return [
        (entry.label, [texts[pk] for pk in entry.quotes]) if isinstance(entry, FoldRange) else texts[entry]
        for entry in entries
    ]


def items_in(items: tuple[DocumentItem, ...]) -> list[object]:
    return [
        (item.label, [getattr(entry, "text", "") for entry in item.items])
        if isinstance(item, DocumentFold)
        else getattr(item, "text", "")
        for item in items
    ]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
@override_settings(LANGUAGE_CODE="en")
def test_a_page_that_takes_every_patch_holds_what_the_digest_holds(data):
    number = Digest.objects.count() + 1
    thread = make_thread(comments=8, native_id=str(number))
    digest = make_digest(thread=thread, slug=f"s{number}")
    editor = make_editor(f"editor{number}").pk
    loaded = data.draw(st.sampled_from([None, 3]))
    curation.choose(digest.pk, version=1, comment_ids=[comment.pk for comment in thread.comments.all()[:6]], by=editor)
    page = Page(curation.read_outline(digest.pk), loaded=loaded)
    version = 2
    for _act in range(data.draw(st.integers(1, 8))):
        for _more in range(data.draw(st.integers(1, 2))):
            do(digest, data, editor)
        patch = since(digest, version)
        stored = curation.read_outline(digest.pk)
        if patch is None:  # what was undone and then done otherwise is not told any more
            page = Page(stored, loaded=loaded)
        else:
            missing = page.take(patch)
            assert loaded is not None or missing == []
            page.bring(missing, stored)
            assert page.outline() == first_rows(stored, len(page.rows))
            assert patch.to == digest.version
        version = digest.version
        if loaded is None:
            assert items_of(page.outline()) == items_in(assemble(digest.pk).items)


def test_a_patch_is_as_long_as_the_act_and_not_as_the_digest():
    digest = make_digest(texts=["文"] * 200)
    rows = list(digest.quotes.in_order().values_list("pk", flat=True))
    placing.place(digest.pk, version=1, row_ids=rows[150:152], at=f"quote:{rows[3]}")
    patch = since(digest, 1)
    assert patch is not None
    assert patch.placed == ((rows[150], rows[3]), (rows[151], rows[150]))
    assert (patch.gone, patch.folds, patch.whole, patch.looks) == ((), (), (), {})


def test_the_document_is_in_the_order_of_the_board():
    digest = make_digest(texts="一二三四五")
    rows = dict(digest.quotes.values_list("text", "pk"))
    curation.fold(digest.pk, version=1, first_id=rows["二"], last_id=rows["三"], label="折")
    placing.place(digest.pk, version=2, row_ids=[rows["五"], rows["一"]], at=f"quote:{rows['二']}")
    items = assemble(digest.pk).items
    assert isinstance(items[0], DocumentFold)
    assert [entry.text for entry in items[0].items if isinstance(entry, DocumentQuote)] == ["二", "一", "五", "三"]
