"""A digest laid out for reading: contents, what folds hold, updates, originals and words to pass on."""

import re
from datetime import date
from urllib.parse import parse_qs, urlsplit

import brotli
import html5lib
import pytest
from django.template.loader import render_to_string
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from digests import plaintext
from digests.models import Publication
from digests.publishing.document import DigestDocument, DocumentFold, DocumentHeading, DocumentUpdate
from digests.templatetags.quote_tags import SHARED, originals_of
from digests.templatetags.reading_tags import excerpt, language_of, phrased, reading
from tests.factories import make_document, make_document_quote, make_live

pytestmark = pytest.mark.django_db

VIOLET = "#785bff"


def read(client: Client, path: str) -> LexborHTMLParser:
    answer = client.get(path)
    assert answer.status_code == 200
    html5lib.HTMLParser(strict=True).parse(answer.content.decode())
    return LexborHTMLParser(answer.content.decode())


def texts(page: LexborHTMLParser, selector: str) -> list[str]:
    return [" ".join(node.text().split()) for node in page.css(selector)]


def links(page: LexborHTMLParser, selector: str) -> list[str | None]:
    return [node.attributes["href"] for node in page.css(selector)]


def quotes(count: int, **fields):
    return tuple(make_document_quote(f"引用{number}", **fields) for number in range(1, count + 1))


# Contents


def test_a_short_digest_has_no_contents(client):
    make_live("a", items=quotes(15))
    assert read(client, "/posts/a/").css(".contents") == []


def test_the_contents_of_a_long_one_are_its_headings_updates_and_folds():
    items = (
        DocumentHeading(text="前半"),
        *quotes(10),
        DocumentHeading(text="後半"),
        DocumentUpdate(text="直った", date=date(2026, 9, 20)),
        DocumentFold(label="もっと", items=(DocumentHeading(text="余談"), *quotes(10))),
    )
    found = reading(make_document(items=items)).contents
    assert [(mark.kind, mark.anchor, mark.text) for mark in found] == [
        ("heading", "s1", "前半"),
        ("heading", "s2", "後半"),
        ("update", "u1", ""),
        ("fold", "s3", "もっと"),
        ("heading", "s3", "余談"),
    ]


def test_without_headings_the_quotes_that_stand_out_lead_through_it():
    items = tuple(
        make_document_quote(f"（annへの返信）\n引用{number}", color=VIOLET if number % 7 == 3 else "")
        for number in range(1, 85)
    )
    found = reading(make_document(items=items)).contents
    assert len(found) == 12
    assert [mark.anchor for mark in found][:3] == ["q3", "q10", "q17"]
    assert found[0].text == "引用3"
    assert found[0].color is not None


def test_every_line_of_the_contents_leads_somewhere(client):
    fold = DocumentFold(label="もっと", items=quotes(20))
    make_live("a", items=(*quotes(20), fold, DocumentUpdate(text="直った", date=date(2026, 9, 20))))
    page = read(client, "/posts/a/")
    targets = links(page, ".contents a")
    assert len(targets) >= 8
    assert [target for target in targets if not page.css(str(target))] == []


# Folds


def test_a_fold_says_which_quotes_it_holds_and_how_the_best_of_them_begins(client):
    inside = (make_document_quote("普通の話"), make_document_quote("色の付いた話" * 20, color=VIOLET))
    make_live("a", items=(*quotes(3), DocumentFold(label="もっと", items=inside)))
    (line,) = texts(read(client, "/posts/a/"), "summary .inside")
    assert line.startswith("4–5 ◆ 色の付いた話")
    assert line.endswith("…")


def test_a_fold_of_one_quote_names_one_number(client):
    make_live("a", items=(*quotes(3), DocumentFold(label="もっと", items=quotes(1))))
    (line,) = texts(read(client, "/posts/a/"), "summary .inside")
    assert line == "4 引用1"


def test_a_fold_without_a_name_is_called_the_same_in_the_contents(client):
    make_live("a", items=(*quotes(20), DocumentFold(label="", items=quotes(1))))
    page = read(client, "/posts/a/")
    assert texts(page, ".contents .at-fold") == texts(page, "summary .label") == ["もっとコメントを表示"]


def test_a_fold_without_quotes_says_nothing_of_them(client):
    make_live("a", items=(*quotes(1), DocumentFold(label="もっと", items=(DocumentHeading(text="余談"),))))
    assert read(client, "/posts/a/").css("summary .inside, summary .count") == []


# Updates


def test_an_update_stands_in_its_place_with_its_own_date_and_the_head_leads_to_the_newest(client):
    first = DocumentUpdate(text="直った。\n詳しくは https://example.com/x へ", date=date(2026, 9, 20))
    make_live("a", items=(*quotes(1), DocumentUpdate(text="まだ", date=date(2026, 9, 15)), first))
    page = read(client, "/posts/a/")
    assert texts(page, ".update time") == ["2026年9月15日", "2026年9月20日"]
    assert links(page, ".update a") == ["https://example.com/x"]
    assert links(page, ".digest-head .facts a") == ["#u2"]
    assert "2026年9月20日" in texts(page, ".digest-head .facts")[0]


# Originals and share texts


def test_each_quote_leads_to_its_original_and_to_words_to_pass_on(client, settings):
    settings.BASE_URL = "https://digests.example"
    items = (
        make_document_quote("一部の訳", original='It is <b>"broken"</b>\nand more', fidelity="part", author="ann"),
        make_document_quote("原文を知らない"),
    )
    make_live("a", items=items, headline="題")
    page = read(client, "/posts/a/")
    assert links(page, ".quote footer a") == [f"/posts/a/original/#{place}" for place in ("o1", "s1", "s2")]
    assert len(page.css("#q1 .fidelity")) == 1
    assert page.css("#q2 .fidelity") == []
    originals = read(client, "/posts/a/original/")
    (text,) = originals.css("#o1 p[lang=en]")
    assert text.inner_html == 'It is &lt;b&gt;"broken"&lt;/b&gt;<br>and more'
    assert len(originals.css("#o1 .fidelity")) == 1
    assert len(originals.css("#o2 .missing")) == 1
    assert texts(originals, "#s1 .words") == ["「一部の訳」ann（題）https://digests.example/posts/a/#q1"]
    assert links(originals, "#h1 a") == ["/posts/a/#q1"]
    assert originals.css("meta[name=robots]")[0].attributes["content"] == "noindex"
    assert links(originals, "link[rel=canonical]") == ["https://digests.example/posts/a/"]


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0")))
def test_words_to_pass_on_arrive_at_other_sites_as_they_were_written(words):
    text = plaintext.clean(words)
    document = make_document(items=(make_document_quote(text, author="ann & co"),), headline="題 100%+1#<b>")
    page = LexborHTMLParser(originals_of(document))
    shown = f"「{excerpt(text, SHARED)}」ann & co（題 100%+1#<b>）"
    for way, name in zip(links(page, ".share a[rel*=noopener]"), ("text", "text", "text"), strict=True):
        asked = urlsplit(way or "")
        assert re.search(r"[\s\"<>\\^`{|}\[\]]", asked.query) is None
        [sent] = parse_qs(asked.query, strict_parsing=True)[name]
        assert sent.startswith(shown)
        assert sent in {shown, f"{shown} http://127.0.0.1:8000/posts/{document.slug}/#q1"}


def test_words_to_pass_on_take_the_bytes_that_they_have():
    quotes = tuple(make_document_quote("文" * 90) for _number in range(20))
    page = originals_of(make_document(items=quotes, headline="題" * 38))
    assert len(page.encode()) < 20 * 2_800  # percent-encoded they took 5,000


def test_the_original_of_a_digest_that_is_not_public_cannot_be_reached(client):
    live = make_live("a", items=(make_document_quote(original="secret"),))
    Publication.objects.filter(pk=live.pk).update(is_live=False, withdrawn_at=live.created_at)
    assert client.get("/posts/a/original/").status_code == 404


def test_a_preview_leads_to_no_original_since_there_is_none_yet():
    document = make_document(items=(make_document_quote("一", original="one", fidelity="part"),))
    page = LexborHTMLParser(render_to_string("public/digest.html", {"document": document, "preview": True}))
    assert links(page, ".quote footer a") == []
    assert len(page.css(".quote .fidelity")) == 1


def test_a_digest_of_84_quotes_weighs_thirty_kilobytes_with_its_style_sheets(client, settings):
    # Every character differs from its neighbours, which packs worse than any real text of that length does.
    items = tuple(
        make_document_quote(
            "".join(chr(0x4E00 + (number * 7919 + place * 104729) % 700) for place in range(125)),
            author=f"author{number}",
            color=VIOLET if number % 2 else "",
            comment=str(45_000_000 + number * 137),
            original="x" * 400,
        )
        for number in range(84)
    )
    make_live("a", items=items, source_url="https://news.ycombinator.com/item?id=45000000")
    page = len(client.get("/posts/a/", headers={"Accept-Encoding": "br"}).content)
    files = [settings.BASE_DIR / "static" / name for name in ("palette.css", "public.css")]
    assert page + sum(len(_packed(file.read_bytes())) for file in files) < 30_000


def _packed(content: bytes) -> bytes:
    return bytes(brotli.compress(content))


# Words


@given(st.text(st.characters(codec="utf-8", exclude_characters="\r\0")))
def test_a_phrased_headline_copies_as_it_was_written(text):
    document = LexborHTMLParser(f"<body><h1>x{phrased(text)}x</h1>")
    assert document.css("h1")[0].text() == f"x{text}x"
    assert {node.tag for node in document.css("h1 *")} <= {"wbr"}


def test_a_headline_breaks_between_phrases():
    assert phrased("今日は天気です。") == "今日は<wbr>天気です。"
    assert phrased("Plain text & more") == "Plain text &amp; more"
    assert phrased("") == ""


@pytest.mark.parametrize(
    ("text", "shown"),
    [("短い", "短い"), ("（ann_への返信）\nその通り", "その通り"), ("字" * 31, "字" * 29 + "…"), ("一\n 二", "一 二")],
)
def test_an_excerpt_is_how_a_quote_begins(text, shown):
    assert excerpt(text) == shown


def test_the_language_of_an_original_is_what_its_letters_say():
    assert [language_of(text) for text in ("plain", "平文 plain", "123")] == ["en", "ja", ""]


def test_reading_takes_about_as_long_as_its_characters_say():
    assert reading(make_document(items=(make_document_quote("字" * 1600),))).minutes == 3
    assert reading(make_document(items=(make_document_quote("word " * 900),))).minutes == 3
    assert reading(DigestDocument(slug="a", headline="", date=date(2026, 9, 1), items=())).minutes == 1


def test_every_listing_describes_itself_by_what_it_lists(client):
    make_live("a", headline="猫の話 & 犬", tags=("札",), series="連載")
    for path in ("/", "/tags/札/", "/months/2026/09/", "/series/連載/"):
        (described,) = read(client, path).css("meta[name=description]")
        assert described.attributes["content"] == "Matome: 猫の話 & 犬"
    (described,) = read(client, "/tags/").css("meta[name=description]")
    assert described.attributes["content"] == "Matome: 札"
