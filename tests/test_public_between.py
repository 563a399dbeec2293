"""What stands between quotes, as readers see it: in the document's order, and told apart from what was said."""

import pytest
from django.template.loader import render_to_string
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from digests import plaintext
from digests.publishing.document import (
    DocumentCard,
    DocumentFold,
    DocumentHeading,
    DocumentNote,
    DocumentPicture,
)
from tests.factories import make_between, make_digest, make_document, make_document_quote, make_editor, make_live

pytestmark = pytest.mark.django_db  # a picture may have come with a Hugo site

HOSTILE = "<script>alert(1)</script> \"'{{ x }} & https://example.com/?a=1&b=2"
PICTURE = DocumentPicture(path="thumbnails/0123456789abcdef0123.jpg", alt="犬", width=1600, height=900)

words = st.text("あいう<>&\"' ", min_size=1, max_size=8).map(lambda text: f"{plaintext.clean_line(text)}。")
entries = st.one_of(
    words.map(make_document_quote),
    words.map(lambda text: DocumentHeading(text=text)),
    words.map(lambda text: DocumentNote(text=text)),
    words.map(lambda text: DocumentPicture(path=PICTURE.path, alt=text)),
    words.map(lambda text: DocumentCard(url="https://example.com/", title=text)),
)
folds = st.lists(entries, min_size=1, max_size=4).map(lambda inside: DocumentFold(label="x", items=tuple(inside)))
TOLD_BY = {"DocumentPicture": "alt", "DocumentCard": "title"}


def page_of(*items) -> LexborHTMLParser:
    return LexborHTMLParser(render_to_string("public/digest.html", {"document": make_document(items=items)}))


def shown(page: LexborHTMLParser) -> list[tuple[str, str | None]]:
    """The digest as (kind, text) in the page's order."""
    selectors = {
        "article.quote blockquote": "DocumentQuote",
        "h2.section": "DocumentHeading",
        ".note p:last-child": "DocumentNote",
        "figure img": "DocumentPicture",
        ".link-card a": "DocumentCard",
    }
    found = []
    for node in page.css(", ".join(selectors)):
        kind = next(kind for selector, kind in selectors.items() if node in page.css(selector))
        found.append((kind, node.attributes["alt"] if kind == "DocumentPicture" else node.text()))
    return found


@given(st.lists(st.one_of(entries, folds), max_size=6))
def test_the_page_has_everything_in_the_documents_order(items):
    document = make_document(items=tuple(items))
    expected = []
    for entry in document.entries():
        kind = type(entry).__name__
        expected.append((kind, getattr(entry, TOLD_BY.get(kind, "text"))))
    page = page_of(*items)
    assert shown(page) == expected
    quotes = [node.attributes["id"] for node in page.css("article.quote")]
    assert quotes == [f"q{number}" for number in range(1, len(quotes) + 1)]


def test_headings_give_the_page_a_structure():
    fold = DocumentFold(label="余談", items=(DocumentHeading(text="三"), make_document_quote()))
    page = page_of(DocumentHeading(text="一"), make_document_quote(), DocumentHeading(text="二"), fold)
    assert [node.text() for node in page.css("article.digest h1")] == ["平文の話"]
    assert [(node.attributes["id"], node.text()) for node in page.css("h2.section")] == [
        ("s1", "一"),
        ("s2", "二"),
        ("s3", "三"),
    ]


def test_a_fold_counts_its_quotes_and_says_nothing_when_it_has_none():
    note = DocumentNote(text="注")
    page = page_of(DocumentFold(label="a", items=(note, make_document_quote())), DocumentFold(label="b", items=(note,)))
    one, other = page.css("details.fold > summary")
    assert one.css_first(".count").text().startswith("1")
    assert other.css_first(".count") is None


def test_a_note_is_the_editors_and_its_links_work():
    (note,) = page_of(DocumentNote(text="一\nhttps://example.com/a を")).css(".note")
    assert note.attributes["role"] == "note"
    assert len(note.css("p")) == 2
    assert note.css_first(".kicker").text()
    assert note.css_first("a").attributes["href"] == "https://example.com/a"
    assert note.css_first("br") is not None


def test_a_picture_keeps_its_place_while_it_loads():
    (figure,) = page_of(PICTURE).css("figure")
    image = figure.css_first("img").attributes
    assert (image["width"], image["height"], image["alt"]) == ("1600", "900", "犬")
    assert image["src"].endswith("/0123456789abcdef0123.jpg")
    assert figure.css_first("figcaption") is None


def test_a_picture_says_whose_it_is_and_one_that_is_elsewhere_says_what_it_shows():
    credited = DocumentPicture(path="x/color3.jpg", alt="犬", credit="Jane", caption="家で")
    (figure,) = page_of(credited).css("figure")
    assert figure.css_first("img") is None
    assert figure.css_first(".missing").text() == "犬"
    assert "家で" in figure.css_first("figcaption").text()
    assert "Jane" in figure.css_first(".credit").text()


def test_a_card_is_a_plain_link():
    (card,) = page_of(DocumentCard(url="https://www.example.com/a", title="題", text="話")).css(".link-card")
    assert card.css_first("a").attributes["href"] == "https://www.example.com/a"
    assert card.css_first(".host").text() == "example.com"
    assert card.css_first(".about").text() == "話"


@pytest.mark.parametrize(
    "entry",
    [
        DocumentHeading(text=HOSTILE),
        DocumentNote(text=HOSTILE),
        DocumentPicture(path=PICTURE.path, alt=HOSTILE, credit=HOSTILE, caption=HOSTILE),
        DocumentPicture(path=HOSTILE, alt=HOSTILE),
        DocumentCard(url="https://example.com/\"'><script>", title=HOSTILE, text=HOSTILE),
    ],
)
def test_hostile_text_stays_text(entry):
    page = page_of(entry, DocumentFold(label="x", items=(entry,)))
    assert page.css("main script") == []
    assert [node for node in page.css("main *") if any(name.startswith("on") for name in node.attributes)] == []


def test_readers_and_feeds_get_what_the_preview_shows(client):
    items = (
        DocumentHeading(text="見出し"),
        make_document_quote("一"),
        DocumentNote(text="注"),
        PICTURE,
        DocumentCard(url="https://example.com/", title="題"),
    )
    make_live("a", items=items)
    live = shown(LexborHTMLParser(client.get("/posts/a/").content))
    assert [text for _kind, text in live] == ["見出し", "一", "注", "犬", "題"]
    feed = client.get(reverse("feed", args=["atom"])).content.decode()
    assert [feed.index(text) for text in ("見出し", "注", "犬", "題")] == sorted(
        feed.index(text) for text in ("見出し", "注", "犬", "題")
    )
    digest = make_digest(slug="b", texts="一")
    make_between(digest, "heading", position=1, text="見出し")
    client.force_login(make_editor())
    preview = client.get(f"/desk/digests/{digest.pk}/preview/")
    assert shown(LexborHTMLParser(preview.content)) == [("DocumentQuote", "一"), ("DocumentHeading", "見出し")]
