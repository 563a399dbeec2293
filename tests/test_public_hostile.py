"""What strangers wrote is shown as text on the public pages, whatever they wrote."""

from datetime import date

import html5lib
import pytest
from django.test import Client
from django.urls import reverse
from selectolax.lexbor import LexborHTMLParser

from digests import plaintext
from digests.models import SitePage
from digests.publishing.document import DocumentFold, DocumentHeading, DocumentNote, DocumentUpdate
from tests.factories import make_document_quote, make_live

# JSON-LD is a script element that no browser runs; the one script of our own is a file.
SCRIPT = 'script:not([type="application/ld+json"], [src="/static/reading.js"])'
RUNNING = f"{SCRIPT}, img:not(.picture), svg, style, iframe, object, [style], [onerror], [onload], [onmouseover]"

pytestmark = pytest.mark.django_db

HOSTILE = [
    "<script>alert(1)</script>",
    "</details></article></main></body></html>",
    '"><img src=x onerror=alert(1)>',
    "</title></style></textarea><svg onload=alert(1)>",
    "{{ document.headline }} {% url 'home' %} {# gone? #} {{<details>}}",
    "<!-- <!DOCTYPE html> --> <![CDATA[ ]]> &lt;b&gt; &amp;amp; &#x27;",
    "\u202eright to left\u202c \u2066\u2067\u200f mark",
    "javascript:alert(1) data:text/html,x //evil.example",
    "http://example.com/\"onmouseover='alert(1)'",
    "\ufeff\u2028\u2029\u0085 \U0001f468\u200d\U0001f469\u200d\U0001f467 e\u0301\u0301\u0301",
    "x" * 5000,
    "https://example.com/" + "a" * 5000,
]
PLACES = (
    *("h1", ".lead", "summary .label", "#q1 blockquote", "#q1 .author", "#q2 blockquote", ".digest-head .tag"),
    *(".section", ".note:not(.update) p:not(.kicker)", ".note.update p", ".part a"),
)


def strictly(client: Client, path: str) -> LexborHTMLParser:
    text = client.get(path).content.decode()
    html5lib.HTMLParser(strict=True).parse(text)
    return LexborHTMLParser(text)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_text_in_every_place(client, text):
    text = text.replace("\u0085", "")  # a control character; cleaning takes it out
    short = text[:90]
    quote = make_document_quote(text, author=short, comment="1\"'<>", original=text)
    fold = DocumentFold(label=short, items=(quote,))
    between = (DocumentHeading(text=short), DocumentNote(text=text), DocumentUpdate(text=text, date=date(2026, 9, 20)))
    fields = {"headline": short, "lead": text, "tags": (short,), "series": short}
    SitePage.objects.create(kind="about", title=short, body=text)
    make_live("a", items=(quote, fold, *between), source_url="https://news.ycombinator.com/item?id=1", **fields)
    page = strictly(client, "/posts/a/")
    for place in PLACES:
        (node,) = page.css(place)
        whole = any(name in place for name in ("quote", "lead", ".note", ".original"))
        assert "".join(node.text().split()) == "".join((text if whole else short).split()), place
    originals = strictly(client, "/posts/a/original/")
    assert "".join(originals.css("#o1 [dir=auto]")[0].text().split()) == "".join(text.split())
    alone = strictly(client, "/posts/a/q/2/")
    for place in ("blockquote", ".original [dir=auto]"):
        assert "".join(alone.css(place)[0].text().split()) == "".join(text.split()), place
    series = reverse("series", args=[plaintext.clean_line(short)])
    for path in (
        "/posts/a/",
        "/posts/a/original/",
        "/posts/a/q/1/",
        "/posts/a/q/2/",
        "/series/",
        series,
        "/about/",
        "/",
        "/tags/",
        "/months/",
    ):
        page = strictly(client, path)
        assert page.css(RUNNING) == []
        assert len(page.css("main, body, html")) == 3
        for link in page.css("a:not(.quote-card), link[href]"):
            address = link.attributes.get("href") or ""
            assert address, (path, link.html)
            assert address.startswith(("/", "#", "https://", "http://"))
            assert not address.startswith("//")


def test_a_hundred_kilobytes_in_one_quote_are_all_shown(client):
    text = "長い話。<b>&" * 10_000
    make_live("a", text)
    for path in ("/posts/a/", "/posts/a/q/1/"):
        (block,) = strictly(client, path).css("blockquote")
        assert block.text() == text


def test_a_thousand_tags_are_all_shown_and_listed_in_pages(client):
    names = tuple(f"札{number:04}" for number in range(1000))
    make_live("a", tags=names)
    for path in ("/", "/posts/a/"):
        assert [node.text() for node in strictly(client, path).css(".tag")] == list(names)
    pages = ["/tags/", *(f"/tags/page/{number}/" for number in range(2, 6))]
    listed = [node.text() for page in pages for node in strictly(client, page).css(".tag-list bdi")]
    assert listed == list(names)


def test_pages_have_no_inline_script_no_inline_style_and_nothing_of_anybody_else(client):
    make_live("a", tags=("猫",))
    for path in ("/", "/posts/a/", "/posts/a/q/1/", "/tags/", "/tags/猫/", "/months/", "/months/2026/09/", "/nowhere/"):
        page = LexborHTMLParser(client.get(path).content.decode())
        assert page.css(f"{SCRIPT}, style, [style], img:not(.picture), iframe") == []
        loaded = [link.attributes["href"] or "" for link in page.css("link[rel=stylesheet], link[rel=icon]")]
        assert len(loaded) == 3
        assert all(address.startswith("/static/") for address in loaded)
