"""What the editor typed is what a visitor of the built site sees: hostile texts through the real Hugo.

Each text stands in every place of a post: a quote, one in a fold, the fold's label, the lead, a tag, an author's name,
the headline, the address of the source; a heading, a note, an update, a picture and a card, half of them in a fold.
"""

import pathlib
import random
import tempfile
from collections.abc import Iterable
from datetime import UTC, date, datetime
from itertools import batched
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digests.plaintext import clean_line
from digests.publishing import hugo
from digests.publishing.document import (
    DigestDocument,
    DocumentCard,
    DocumentFold,
    DocumentHeading,
    DocumentItem,
    DocumentNote,
    DocumentPicture,
    DocumentQuote,
    DocumentUpdate,
)
from digests.publishing.form import Form
from tests import hugo_site

DAY = date(2025, 9, 6)
OWN_PICTURE = "thumbnails/0123456789abcdef0123.jpg"
INSTANT = datetime(2025, 9, 6, 16, 36, 41, tzinfo=UTC)

# A text is made of pieces from any of them, so that they meet at every seam.
# fmt: off
PIECES = (
    ("自分で試したけど、", "うまくいった！", "（本当に？）", "「引用」", "ー", "。", "…", "——", "～", "㍿",
     "𠮷野家", "👩‍💻", "e\u0301", "가나다"),
    ("a", "word", "two words", "don't", '"quoted"', "'single'", "C:\\CON\\", "naïve", "1.5", "x = y", "AT&T",
     "R&D;", "<3"),
    ("index.html", "index.xml", ".NET", "C++", "C#", "UI/UX", "page", "!..", "100%41", "🔥", "#"),
    ("{{<", "{{%", "{{", "{", "}}", ">}}", "%}}", "/>}}", "{{< details >}}", '{{% ref "/posts/" %}}',
     "{{</* x */>}}", "{{{{"),
    ("{{</details>}}", '{{<matomeQuote body="x">}}', "{{__hugo_ctx pid=1}}", "{{__hugo_ctx/}}", "{{-", "{#id}",
     "{.class}"),
    ("HAHAHUGOSHORTCODE", "HAHAHUGOSHORTCODE1s0HBHB", "__hdeferred/", "__hdeferred/x", "__h_pp_l1", "__h_pp_l1_0:"),
    ("</details>", "<script>alert(1)</script>", "</p>", "<br>", "<wbr>", "<b>", "<!--", "-->", "<![CDATA[", "<?php",
     "<style>"),
    ("<!--more-->", "HUGOMORE42", "&amp;", "&lt;", "&quot;", "&#123;", "&#x7b;", "&", "&copy", "&copy;", "&nbsp;",
     "&#0;"),
    ("\\", "\\\\", "\\n", '\\"', "\\`", "\\*", "\\u0041", '"', "'", "`", "``", "```", "~~~", "`code`",
     "```py\nx = 1\n```"),
    ("*", "**", "_", "__", "~", "~~", "*em*", "**strong**", "_em_", "__init__", "~~gone~~", "snake_case_name",
     "2 * 3 * 4"),
    ("#", "# 見出し", "## two", "+", "+ item", "-", "- item", "* item", "1. one", "1) one", "12. x", "===", "---",
     "***", "+++"),
    ("|", "| a | b |", "a | b", "|---|---|", "--|--", ":-:", ": definition", "- [ ] todo", "> q", "[!NOTE]",
     "^sup^", "==mark=="),
    ("[", "]", "[text](https://t.example)", "![alt](x.png)", "[text][ref]", "[ref]: /x", "](", "][", "]:", "!",
     "![", "(", ")"),
    ("[^1]", "[^1]: note", "[x]: https://x.example", "[[wiki]]", "javascript:alert(1)", "data:text/html,x",
     "//x.example"),
    ("https://example.com", "http://localhost:8000/x", "https://example.org/a_b_(c)?d=e&f=g#h",
     "https://ja.example/%E3%81%82"),
    ("https://x.example/?a=1&copy=2&lt;", "https://x.example/?q='a'*b*~c~", "https://x.example/a--b...c__d",
     "https://x.example/#"),
    ("https://x.example/cut...", "https://x.example/cut…", "https://x.example:99999999/", "https://x.example:port/",
     "http://[::1]/"),
    ("https://x.example/[a]!(b),", "https://user@x.example/", "https://x.example/100%",
     "https://x.example/:smile:/", "http://"),
    ("https://x.example/&#38;", "https://日本.example/", "HTTPS://X.EXAMPLE/A", "ftp://f.example/x",
     "www.example.com", "a@b.example"),
    (":smile:", ":+1:", ":100:", ":not_an_emoji:", ":a:b:", "::", ":", "12:30:45", "http:", "www", "www.", ".",
     "..", "...", "...."),
    ("--", "---", "----", "<<", ">>", "(c)", "(tm)", "+-", "1/2", "->", "=>", "$", "$$x$$", "\\(x\\)", "%", "%s",
     "@", "@user"),
    (" ", "  ", "    ", "\t", "\u3000", "\u00a0", "\u2003", "\u2028", "\u200b", "\u200f", "\u202e", "\u2066",
     "\ufeff", "\u00ad"),
    ("\n", "\n\n", "\n\n\n", "\r\n", "\r", "\n\t", " \n", "\n    code", "\n> ", "\n- ", "\n# ", "\n===\n",
     "\n---\n", "\n\u3000"),
    ("\x00", "\x07", "\x0b", "\x1b[0m", "\x7f", "\x85", "\ud800", "\udfff", "\ufdd0", "\ufffe", "\U0001ffff",
     "\ufffd", "\u2060"),
)
# fmt: on
SIGNS = "{{{}}<<>>%%[[]](()):::...--__**~~``\"'\\\\\\\\&#;!@@|=+/$^ \n\t\u3000awwwhtps18xlgあ語"


def hostile_texts(count: int, *, seed: int) -> list[str]:
    """Texts of up to nine pieces, every third one of up to forty single signs; the same for the same seed."""
    source = random.Random(seed)
    texts = []
    for number in range(count):
        if number % 3:
            texts.append("".join(source.choice(source.choice(PIECES)) for _ in range(source.randint(1, 9))))
        else:
            texts.append("".join(source.choices(SIGNS, k=source.randint(1, 40))))
    return texts


def documents_of(number: int, texts: tuple[str, ...]) -> list[DigestDocument]:
    """One document with all of the texts in every place, and for each further text one that has it as its headline
    and in the address of its source."""
    whole = DigestDocument(
        slug=f"post_{number}",
        headline=texts[0] if clean_line(texts[0]) else "見出し",
        date=DAY,
        lead="\n".join(texts) if number % 4 else "",  # else the headline is quoted
        tags=tuple(text[:40] for text in texts),
        items=tuple(item for place, text in enumerate(texts) for item in items_of(text, in_fold=bool(place % 2))),
        source_url=f"https://news.example.com/{texts[0]}",
        article_url="https://www.example.com/a--b/(c)_[d]?e=&quot;f...g'h#:smile:" if number % 2 else "",
    )
    heads = (
        DigestDocument(
            slug=f"post_{number}_{further}",
            headline=text if clean_line(text) else "見出し",
            date=DAY,
            items=(),
            source_url=f"https://news.example.com/{text}" if further % 2 else text,
        )
        for further, text in enumerate(texts[1:])
    )
    return [whole, *heads]


def items_of(text: str, *, in_fold: bool) -> tuple[DocumentItem, ...]:
    quote = DocumentQuote(author=text, created_at=INSTANT, text=text, color="#785bff")
    something = text if clean_line(text) else "何か"  # a heading, a note, a card's title of nothing is none
    between = (
        DocumentHeading(text=something),
        DocumentNote(text=something),
        DocumentUpdate(text=something, date=DAY),
        DocumentPicture(path=OWN_PICTURE, alt=text, caption=text, credit=text, width=4, height=3),
        DocumentCard(url="https://card.example/a_b?c=1&copy=(d)", title=something, text=text),
    )
    if in_fold:
        return quote, DocumentFold(label=text, items=(quote, *between))
    return quote, *between, DocumentFold(label=text, items=(quote,))


def differences(
    documents: Iterable[DigestDocument], *, form: Form | None = None, **options: Any
) -> list[tuple[object, object]]:
    """Builds a site of the documents' posts; what each page should show and does, where that is not the same."""
    by_path = {hugo.post_path(document): document for document in documents}
    with tempfile.TemporaryDirectory() as root:
        posts = {path: hugo.render(document, form=form) for path, document in by_path.items()}
        pages = hugo_site.build(pathlib.Path(root), posts, **options)
    compared = ((hugo_site.expected(document), hugo_site.read(pages[path])) for path, document in by_path.items())
    if options.get("minify"):
        compared = ((hugo_site.as_rendered(want), hugo_site.as_rendered(have)) for want, have in compared)
    return [(want, have) for want, have in compared if want != have]


@pytest.mark.hugo
@pytest.mark.parametrize(
    ("seed", "own", "options"),
    [
        (1, False, {}),
        (2, True, {"minify": True, "multilingual": True}),
        (3, True, {"version": "old"}),
        (4, False, {"version": "old", "minify": True, "multilingual": True}),
    ],
    ids=["as it is", "minified, two languages", "the old Hugo", "the old one, minified, two languages"],
)
def test_two_thousand_hostile_texts_are_shown_as_they_were_typed(seed: int, own: bool, options: dict[str, Any]):
    texts = hostile_texts(2_000, seed=seed)
    documents = [one for number, four in enumerate(batched(texts, 4)) for one in documents_of(number, four)]
    assert differences(documents, form=Form(own_shortcodes=own), **options)[:3] == []


TEXT = st.one_of(
    st.text(st.sampled_from(SIGNS), max_size=40),
    st.lists(st.sampled_from([piece for family in PIECES for piece in family]), max_size=8).map("".join),
    st.text(st.characters(codec=None), max_size=40),
)
SOMETHING = TEXT.filter(clean_line)
QUOTE = st.builds(
    DocumentQuote,
    author=TEXT,
    created_at=st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),
    text=TEXT,
    color=st.sampled_from(["", "#785bff"]),
)
ENTRY = st.one_of(
    QUOTE,
    QUOTE,
    st.builds(DocumentHeading, text=SOMETHING),
    st.builds(DocumentNote, text=SOMETHING),
    st.builds(DocumentUpdate, text=SOMETHING, date=st.dates()),
    st.builds(DocumentPicture, path=st.just(OWN_PICTURE), alt=TEXT, caption=TEXT, credit=TEXT),
    st.builds(DocumentCard, url=st.just("https://card.example/?a&b"), title=SOMETHING, text=TEXT),
)
FOLD = st.builds(DocumentFold, label=TEXT, items=st.lists(ENTRY, min_size=1, max_size=3).map(tuple))
DOCUMENT = st.builds(
    DigestDocument,
    slug=st.from_regex(r"[a-z0-9]([a-z0-9]|[_-][a-z0-9]){0,20}", fullmatch=True),
    headline=SOMETHING,
    date=st.dates(date(1990, 1, 1), date(2024, 12, 31)),
    items=st.lists(ENTRY | FOLD, max_size=8).map(tuple),
    lead=TEXT,
    tags=st.lists(TEXT.map(lambda text: text[:40]), max_size=5).map(tuple),
    thumbnail=TEXT,
    source_url=st.sampled_from(["", "https://news.example/item?id=1"]) | TEXT,
)


@pytest.mark.hugo
@settings(max_examples=12, deadline=None, derandomize=True)
@given(st.lists(DOCUMENT, min_size=1, max_size=6), st.booleans(), st.booleans(), st.booleans())
def test_any_document_is_shown_as_it_is(documents: list[DigestDocument], own: bool, minify: bool, multilingual: bool):
    form = Form(own_shortcodes=own)
    assert differences(documents, form=form, minify=minify, multilingual=multilingual) == []


@settings(max_examples=50)
@given(DOCUMENT)
def test_any_document_can_be_written_safely(document: DigestDocument):
    post = hugo.render(document)
    content = post.encode().decode().split("+++\n", 2)[2]
    assert content.count("{{<matomeQuote ") == len(list(document.quotes()))
    assert content.count("{{") == content.count("{{<") + 1  # the footer's
