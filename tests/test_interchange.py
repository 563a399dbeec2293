"""Matome's own JSON: nothing is lost on the way out and in, and a mistake is named by its place."""

import json
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digests import plaintext
from digests.models import Digest, Fold, Quote, Tag
from digests.models.digests import SLUG_PATTERN
from digests.publishing import interchange
from digests.publishing.document import (
    DigestDocument,
    DocumentCard,
    DocumentFold,
    DocumentHeading,
    DocumentNote,
    DocumentPicture,
    DocumentQuote,
    DocumentUpdate,
)

MINIMAL = {"slug": "a", "title": "あ", "date": "2026-09-12", "items": []}
QUOTE = {
    "author": "pg",
    "created_at": "2025-09-06T16:36:41Z",
    "text": "一\n二",
    "color": "#785bff",
    "comment": 45110401,
}

lines = st.text(max_size=30).map(plaintext.clean_line)
quotes = st.builds(
    DocumentQuote,
    author=lines,
    created_at=st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),
    text=st.text(max_size=200).map(plaintext.clean),
    color=st.sampled_from(["", "#785bff", "#123abc"]),
    comment=st.one_of(st.none(), st.integers(0, 10**9).map(str), st.just("007"), st.just("t1_abc")),
    original=st.text(max_size=40).map(plaintext.clean),
    fidelity=st.sampled_from(["", "part", "verbatim"]),
)
texts = st.text(max_size=60).map(plaintext.clean)
sizes = st.one_of(st.just((0, 0)), st.tuples(st.integers(1, 5000), st.integers(1, 5000)))
pictures = st.builds(
    lambda size, **fields: DocumentPicture(width=size[0], height=size[1], **fields),
    sizes,
    path=lines.filter(bool),
    alt=lines,
    credit=lines,
    caption=lines,
)
entries = st.one_of(
    quotes,
    st.builds(DocumentHeading, text=lines),
    st.builds(DocumentNote, text=texts),
    st.builds(DocumentUpdate, text=texts, date=st.dates(date(1000, 1, 1), date(9998, 12, 31))),
    pictures,
    st.builds(DocumentCard, url=st.sampled_from(["", "https://example.com/a?b=c"]), title=lines, text=lines),
)
folds = st.builds(DocumentFold, label=lines, items=st.lists(entries, min_size=1, max_size=3).map(tuple))
documents = st.builds(
    DigestDocument,
    slug=st.from_regex(r"[a-z0-9][a-z0-9_-]{0,20}", fullmatch=True),
    headline=lines,
    date=st.dates(),
    lead=st.text(max_size=40).map(plaintext.clean),
    tags=st.lists(lines.filter(bool), max_size=3).map(tuple),
    thumbnail=lines,
    article_url=st.sampled_from(["", "https://example.com/a?b=c&d=記事"]),
    series=lines,
    items=st.lists(st.one_of(entries, folds), max_size=5).map(tuple),
)


@given(documents, st.sampled_from(interchange.STATUSES))
def test_a_document_survives_the_round_trip(document, status):
    written = json.dumps(interchange.to_json(document, status=status))
    assert interchange.from_json(json.loads(written)) == interchange.Entry(document, status)


@given(documents)
def test_json_survives_the_round_trip(document):
    value = interchange.to_json(document, status="draft")
    assert interchange.to_json(interchange.from_json(value).document, status="draft") == value


def test_only_slug_title_date_and_items_are_needed():
    entry = interchange.from_json(MINIMAL)
    assert entry.status == "draft"
    assert entry.document == DigestDocument(slug="a", headline="あ", date=date(2026, 9, 12), items=())


def test_a_quote_is_read_with_its_instant_in_utc():
    value = MINIMAL | {"items": [{"quote": QUOTE | {"created_at": "2025-09-07T01:36:41+09:00"}}]}
    (quote,) = interchange.from_json(value).document.quotes()
    assert quote.created_at == datetime(2025, 9, 6, 16, 36, 41, tzinfo=UTC)
    assert quote.comment == "45110401"


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ([], ""),
        (MINIMAL | {"slug": None}, "slug"),
        (MINIMAL | {"slug": "../etc"}, "slug"),
        (MINIMAL | {"slug": "A"}, "slug"),
        (MINIMAL | {"title": 5}, "title"),
        (MINIMAL | {"title": "x" * 301}, "title"),
        (MINIMAL | {"title": "x" * 283 + "HAHAHUGOSHORTCODE"}, "title"),
        (MINIMAL | {"date": "2026-13-01"}, "date"),
        (MINIMAL | {"status": "gone"}, "status"),
        (MINIMAL | {"tags": "a"}, "tags"),
        (MINIMAL | {"tags": ["a", " "]}, "tags[1]"),
        (MINIMAL | {"source_url": "javascript:alert(1)"}, "source_url"),
        (MINIMAL | {"article_url": "https://exa mple.com/"}, "article_url"),
        (MINIMAL | {"article_url": "https://example.com/\ud800"}, "article_url"),
        (MINIMAL | {"surprise": 1}, "surprise"),
        (MINIMAL | {"items": None}, "items"),
        (MINIMAL | {"items": [{}]}, "items[0]"),
        (MINIMAL | {"items": [{"quote": QUOTE, "fold": {}}]}, "items[0]"),
        (
            MINIMAL | {"items": [{"quote": QUOTE}, {"quote": QUOTE | {"created_at": "2025-09-06T16:36:41"}}]},
            "items[1].quote.created_at",
        ),
        (MINIMAL | {"items": [{"quote": QUOTE | {"created_at": "9999-12-31T23:00:00Z"}}]}, "items[0].quote.created_at"),
        (
            MINIMAL | {"items": [{"quote": QUOTE | {"created_at": "0001-01-01T00:00:00+09:00"}}]},
            "items[0].quote.created_at",
        ),
        (MINIMAL | {"items": [{"quote": QUOTE | {"color": "red"}}]}, "items[0].quote.color"),
        (MINIMAL | {"items": [{"quote": QUOTE | {"comment": True}}]}, "items[0].quote.comment"),
        (
            MINIMAL | {"items": [{"quote": QUOTE | {"comment": "1" * 43 + "HAHAHUGOSHORTCODE"}}]},
            "items[0].quote.comment",
        ),
        (
            MINIMAL | {"items": [{"quote": {"author": "a", "created_at": "2025-09-06T16:36:41Z"}}]},
            "items[0].quote.text",
        ),
        (MINIMAL | {"items": [{"fold": {"label": "x", "items": []}}]}, "items[0].fold.items"),
        (MINIMAL | {"items": [{"banner": {"text": "x"}}]}, "items[0]"),
        (MINIMAL | {"items": [{"heading": {"text": "x", "level": 3}}]}, "items[0].heading.level"),
        (MINIMAL | {"items": [{"heading": {"text": "x" * 301}}]}, "items[0].heading.text"),
        (MINIMAL | {"items": [{"note": {}}]}, "items[0].note.text"),
        (MINIMAL | {"items": [{"picture": {"path": " ", "alt": "x"}}]}, "items[0].picture.path"),
        (MINIMAL | {"items": [{"picture": {"path": "a.jpg", "alt": "x", "width": 3}}]}, "items[0].picture.height"),
        (
            MINIMAL | {"items": [{"picture": {"path": "a.jpg", "alt": "x", "width": True, "height": 1}}]},
            "items[0].picture.width",
        ),
        (MINIMAL | {"items": [{"card": {"url": "javascript:alert(1)", "title": "x"}}]}, "items[0].card.url"),
        (
            MINIMAL | {"items": [{"fold": {"label": "x", "items": [{"note": {"text": "y"}}, {"card": {}}]}}]},
            "items[0].fold.items[1].card.title",
        ),
        (
            MINIMAL
            | {"items": [{"fold": {"label": "x", "items": [{"fold": {"label": "y", "items": [{"quote": QUOTE}]}}]}}]},
            "items[0].fold.items[0]",
        ),
    ],
)
def test_a_mistake_is_named_by_its_place(value, path):
    with pytest.raises(interchange.InterchangeError) as caught:
        interchange.from_json(value)
    assert caught.value.path == path


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("slug", Digest._meta.get_field("slug")),
        ("title", Digest._meta.get_field("headline")),
        ("thumbnail", Digest._meta.get_field("thumbnail")),
        ("url", Digest._meta.get_field("source_url")),
        ("author", Quote._meta.get_field("author")),
        ("comment", Quote._meta.get_field("native_id")),
        ("label", Fold._meta.get_field("label")),
        ("tag", Tag._meta.get_field("name")),
    ],
)
def test_what_a_file_may_hold_fits_its_column(name, column):
    assert interchange._MOST[name] == column.max_length


def test_files_and_tables_agree_on_what_a_slug_is():
    assert interchange.SLUG_PATTERN.pattern.removesuffix(r"\Z") == SLUG_PATTERN.removeprefix("^").removesuffix("$")


def test_a_document_tells_its_quotes_from_the_rest():
    quote = interchange.from_json(MINIMAL | {"items": [{"quote": QUOTE}]}).document.items[0]
    heading, note = DocumentHeading(text="見出し"), DocumentNote(text="注")
    fold = DocumentFold(label="x", items=(note, quote))
    document = DigestDocument(slug="a", headline="", date=date(2026, 9, 12), items=(heading, quote, fold))
    assert list(document.quotes()) == [quote, quote]
    assert list(document.entries()) == [heading, quote, note, quote]
    assert fold.quotes == (quote,)
