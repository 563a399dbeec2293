"""Headings, notes, pictures and cards between quotes: what is stored, what is refused, and what readers get of it."""

import io
from datetime import date

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from digests import curation, plaintext
from digests.curation import CurationError, Move, StaleVersion
from digests.models import Digest, Fold, Quote
from digests.publishing import between, problems
from digests.publishing.assemble import assemble, pictures_of
from digests.publishing.document import (
    DocumentCard,
    DocumentFold,
    DocumentHeading,
    DocumentNote,
    DocumentPicture,
    DocumentQuote,
    DocumentUpdate,
)
from digests.publishing.interchange import Entry
from digests.publishing.loading import load
from digests.publishing.publish import publish, review
from digests.thumbnails import Thumbnail
from tests.factories import make_between, make_digest, make_document, make_document_quote, make_editor, make_fold

pytestmark = pytest.mark.django_db

PICTURE = Thumbnail("thumbnails/0123456789abcdef0123.jpg", b"jpeg", 640, 480)


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def row(digest, **fields):
    return digest.quotes.get(**fields)


def kinds(digest):
    return [(kind[0], text) for kind, text in digest.quotes.in_order().values_list("kind", "text")]


# The table


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "banner"},
        {"kind": "quote"},
        {"kind": "heading", "color": "#785bff"},
        {"kind": "heading", "author": "x"},
        {"kind": "heading", "created_at": "2026-09-10T12:00:00Z"},
        {"kind": "note", "native_id": "1"},
        {"kind": "note", "title": "x"},
        {"kind": "note", "target": "https://example.com/"},
        {"kind": "card", "author": "x"},
        {"kind": "card", "width": 1},
        {"kind": "picture", "text": "x"},
        {"kind": "quote", "created_at": "2026-09-10T12:00:00Z", "title": "x"},
    ],
)
def test_a_row_holds_only_what_its_kind_has(fields):
    digest = make_digest()
    with pytest.raises(IntegrityError), transaction.atomic():
        Quote.objects.create(digest=digest, position=0, **fields)


# Adding


@pytest.mark.parametrize("kind", ["heading", "note", "update", "card"])
def test_it_is_added_behind_a_quote_in_that_quotes_fold(kind):
    digest = make_digest(texts="一二三四")
    make_fold(digest, first=1, size=2)
    version, pk = curation.insert(digest.pk, version=1, kind=kind, at=f"quote:{row(digest, text='三').pk}")
    assert version == 2
    assert Fold.objects.get().size == 3
    assert list(digest.quotes.in_order().values_list("pk", flat=True)).index(pk) == 3
    assert digest.quotes.get(pk=pk).kind == kind


def test_at_a_gap_that_is_gone_nothing_is_added():
    digest = make_digest(texts="一")
    with pytest.raises(StaleVersion):
        curation.insert(digest.pk, version=1, kind="note", at="quote:999999")
    assert digest.quotes.count() == 1


@pytest.mark.parametrize("kind", ["quote", "picture", "x"])
def test_what_cannot_begin_empty_is_not_added_empty(kind):
    digest = make_digest()
    with pytest.raises(CurationError):
        curation.insert(digest.pk, version=1, kind=kind, at="top")


def test_a_picture_comes_with_its_file_its_size_and_what_it_shows(tmp_path):
    digest = make_digest(texts="一")
    _, pk = curation.insert_picture(
        digest.pk, version=1, picture=PICTURE, at="bottom", alt=" 犬の\n写真 ", credit="Jane", caption="家の犬"
    )
    assert (tmp_path / PICTURE.path).read_bytes() == b"jpeg"
    assert assemble(digest.pk).items[1] == DocumentPicture(
        path=PICTURE.path, alt="犬の 写真", credit="Jane", caption="家の犬", width=640, height=480
    )
    other = Thumbnail("thumbnails/aaaaaaaaaaaaaaaaaaaa.jpg", b"other", 10, 20)
    curation.replace_picture(digest.pk, version=2, quote_id=pk, picture=other)
    replaced = digest.quotes.get(pk=pk)
    assert (replaced.target, replaced.width, replaced.height, replaced.text) == (other.path, 10, 20, "犬の 写真")
    assert pictures_of(assemble(digest.pk)) == {other.path: b"other"}
    with pytest.raises(StaleVersion):
        curation.replace_picture(digest.pk, version=3, quote_id=row(digest, text="一").pk, picture=other)


def test_a_picture_that_says_nothing_to_the_blind_is_refused():
    digest = make_digest()
    with pytest.raises(CurationError) as caught:
        curation.insert_picture(digest.pk, version=1, picture=PICTURE, at="top", alt=" \n")
    assert caught.value.field == "alt"
    assert not digest.quotes.exists()


def test_an_update_has_the_day_it_was_added_until_an_editor_gives_it_another():
    digest = make_digest(texts="一")
    _, pk = curation.insert(digest.pk, version=1, kind="update", at="bottom")
    assert digest.quotes.get(pk=pk).day == timezone.localdate()
    edited = curation.edit_quote(pk, version=1, text="直った\n二行", day=date(2026, 9, 20))
    assert assemble(digest.pk).items[1] == DocumentUpdate(text="直った\n二行", date=date(2026, 9, 20))
    curation.edit_quote(pk, version=edited.version, text="直りました")
    assert digest.quotes.get(pk=pk).day == date(2026, 9, 20)


def test_the_day_of_an_update_is_undone_like_any_text():
    digest, editor = make_digest(texts="一"), make_editor()
    _, pk = curation.insert(digest.pk, version=1, kind="update", at="bottom", by=editor.pk)
    before = digest.quotes.get(pk=pk).day
    curation.edit_quote(pk, version=1, text="直った", day=date(2026, 9, 20), by=editor.pk)
    curation.undo(digest.pk, version=2, by=editor.pk)
    assert (digest.quotes.get(pk=pk).day, digest.quotes.get(pk=pk).text) == (before, "")


def test_a_note_that_says_what_became_of_it_comes_back_from_a_post_as_an_update():
    update = DocumentUpdate(text="直った", date=date(2026, 9, 20))
    for own in (True, False):
        written = between.write(update, own_shortcodes=own)
        assert "その後（2026年9月20日）" in written
        assert between.is_written(written, update)
    assert between.as_update(between.as_note(update)) == update
    for text in ("その後（2026年2月30日）\nない日", "その後（昨日）\n日付がない", "その後（2026年9月20日）"):
        assert between.as_update(DocumentNote(text=text)) == DocumentNote(text=text)


# Writing


def test_each_kind_takes_the_texts_it_has_and_no_others():
    digest = make_digest()
    typed = {"text": "一\r\n二", "author": "誰", "title": "題", "target": "https://example.com/"}
    for place, (kind, stored) in enumerate(
        [
            ("heading", ("一 二", "", "", "")),
            ("note", ("一\n二", "", "", "")),
            ("picture", ("一 二", "誰", "題", "a.jpg")),
            ("card", ("一 二", "", "題", "https://example.com/")),
        ]
    ):
        new = make_between(digest, kind, position=place, **({"target": "a.jpg"} if kind == "picture" else {}))
        edited = curation.edit_quote(new.pk, version=1, **typed)
        assert (edited.text, edited.author, edited.title, edited.target) == stored
        assert edited.version == 2


@pytest.mark.parametrize(
    ("kind", "typed", "field"),
    [
        ("heading", {"text": "x" * 301}, "text"),
        ("card", {"text": "", "title": "x" * 301}, "title"),
        ("card", {"text": "", "target": "javascript:alert(1)"}, "target"),
        ("card", {"text": "", "target": "example.com"}, "target"),
        ("picture", {"text": "x", "author": "x" * 201}, "author"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_field(kind, typed, field):
    digest = make_digest()
    new = make_between(digest, kind, **({"target": "a.jpg"} if kind == "picture" else {}))
    with pytest.raises(CurationError) as caught:
        curation.edit_quote(new.pk, version=1, **typed)
    assert caught.value.field == field
    assert digest.quotes.get().version == 1


def test_the_second_writer_of_a_note_is_told():
    digest = make_digest()
    note = make_between(digest, "note", text="一")
    curation.edit_quote(note.pk, version=1, text="二")
    with pytest.raises(StaleVersion) as caught:
        curation.edit_quote(note.pk, version=1, text="三")
    assert caught.value.current == 2


# Among quotes


def test_it_is_moved_folded_and_dropped_like_a_quote_and_comes_back_whole():
    digest = make_digest(texts="一二")
    card = make_between(digest, "card", position=2, text="話", title="題", target="https://example.com/")
    curation.move(digest.pk, version=1, row_ids=[card.pk], to=Move.TOP)
    curation.fold(digest.pk, version=2, first_id=card.pk, last_id=row(digest, text="一").pk, label="余談")
    before = assemble(digest.pk)
    assert isinstance(before.items[0], DocumentFold)
    assert before.items[0].items[0] == DocumentCard(url="https://example.com/", title="題", text="話")
    curation.drop(digest.pk, version=3, quote_ids=[card.pk])
    assert kinds(digest) == [("q", "一"), ("q", "二")]
    curation.undo(digest.pk, version=4, by=None)
    assert assemble(digest.pk) == before


def test_colour_is_for_quotes_and_passes_the_others_by():
    digest = make_digest(texts="一")
    note = make_between(digest, "note", position=1, text="注")
    ids = list(digest.quotes.values_list("pk", flat=True))
    curation.paint(digest.pk, version=1, quote_ids=ids, color="#45d325")
    note.refresh_from_db()
    assert (row(digest, text="一").color, note.color) == ("#45d325", "")


def test_folding_by_thirty_counts_quotes():
    digest = make_digest(texts="一二三")
    make_between(digest, "heading", position=3, text="見出し")
    curation.move(digest.pk, version=1, row_ids=[row(digest, text="見出し").pk], to=Move.UP)
    curation.fold_every(digest.pk, version=2, size=2)
    fold = Fold.objects.get()
    assert (fold.first.text, fold.size) == ("見出し", 2)


def test_counts_are_of_quotes_alone():
    digest = make_digest(texts="一二")
    make_between(digest, "note", position=2, text="注")
    assert Digest.objects.with_quote_count().get().quote_count == 2
    assert publish(digest.pk, changes=1, by=None).quote_count == 2


# Reviewing, dumping, loading


def test_a_review_names_the_row_and_counts_quotes():
    digest = make_digest()
    heading = make_between(digest, "heading", position=0)
    Quote.objects.create(digest=digest, position=1, created_at=digest.created_at, text="")
    found = {problem.code: problem for problem in review(digest.pk)}
    assert (found["empty_heading"].quote_id, found["empty_heading"].number) == (heading.pk, None)
    assert (found["empty"].quote_id, found["empty"].number) == (row(digest, position=1).pk, 1)


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        (DocumentHeading(text=" "), "empty_heading"),
        (DocumentHeading(text="What the readers say about it"), "untranslated"),
        (DocumentNote(text="\n"), "empty_note"),
        (DocumentNote(text="This note is still in English"), "untranslated"),
        (DocumentNote(text="詳しくは https://example.com/a... へ"), "cut_address"),
        (DocumentPicture(path="a.jpg", alt=""), "no_alt"),
        (DocumentCard(url="", title="題"), "no_address"),
        (DocumentCard(url="https://example.com/", title=""), "no_title"),
    ],
)
def test_a_defect_between_quotes_is_found(entry, code):
    document = make_document(
        items=(make_document_quote(), DocumentFold(label="x", items=(entry,))),
        source_url="https://example.com/",
        tags=("a",),
    )
    (finding,) = problems.find(document, language="ja")
    assert (finding.code, finding.number, finding.place) == (code, None, 1)
    assert finding.blocking == (code not in {"untranslated", "cut_address"})


def test_headings_alone_are_no_digest():
    document = make_document(items=(DocumentHeading(text="見出し"),), source_url="https://example.com/", tags=("a",))
    assert [finding.code for finding in problems.find(document, language="ja")] == ["no_quotes"]


def test_a_dump_loads_again_without_loss(tmp_path):
    digest = make_digest(texts="一二")
    make_between(digest, "heading", position=2, text="見出し")
    make_between(digest, "note", position=3, text="一\n二")
    make_between(digest, "picture", position=4, text="犬", target="a.jpg", author="Jane", width=4, height=3)
    make_between(digest, "card", position=5)
    make_fold(digest, first=1, size=3)
    before = assemble(digest.pk)
    out = io.StringIO()
    call_command("dump_digest", digest.slug, stdout=out)
    file = tmp_path / "dump.json"
    file.write_text(out.getvalue())
    digest.delete()
    call_command("load_digest", str(file), stdout=io.StringIO())
    assert assemble(Digest.objects.get().pk) == before
    assert [type(entry) for entry in before.entries()] == [
        DocumentQuote,
        DocumentQuote,
        DocumentHeading,
        DocumentNote,
        DocumentPicture,
        DocumentCard,
    ]


words = st.text("あいう<&' ", max_size=5).map(plaintext.clean_line)
entries = st.one_of(
    words.map(make_document_quote),
    words.map(lambda text: DocumentHeading(text=text)),
    words.map(lambda text: DocumentNote(text=text)),
    words.map(lambda text: DocumentUpdate(text=text, date=date(2026, 9, 20))),
    words.map(lambda text: DocumentPicture(path="a.jpg", alt=text, width=4, height=3)),
    words.map(lambda text: DocumentCard(url="", title=text)),
)
folds = st.lists(entries, min_size=1, max_size=3).map(lambda inside: DocumentFold(label="x", items=tuple(inside)))


@settings(max_examples=25)
@given(st.lists(st.one_of(entries, folds), min_size=1, max_size=6), st.data())
def test_what_is_stored_reads_back_in_its_order_and_a_drop_is_undone(items, data):
    document = make_document(items=tuple(items))
    load([Entry(document, "draft")], replace=True)
    digest = Digest.objects.get()
    assert assemble(digest.pk) == document
    rows = list(digest.quotes.in_order().values_list("pk", flat=True))
    version = curation.drop(digest.pk, version=digest.version, quote_ids=[data.draw(st.sampled_from(rows))])
    curation.undo(digest.pk, version=version, by=None)
    assert [type(entry) for entry in assemble(digest.pk).entries()] == [type(entry) for entry in document.entries()]
    assert list(digest.quotes.in_order().values_list("pk", flat=True)) == rows
