"""What the editor typed is what a visitor of the built site sees: hostile texts through the real Hugo.

Each text stands in every place of a post: a quote, one in a fold, the fold's label, the lead, a tag, an author's name;
and every fourth one as the headline.
"""

import pathlib
import random
import tempfile
from collections.abc import Iterable
from datetime import UTC, date, datetime
from itertools import batched

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digests.publishing import hugo
from digests.publishing.document import DigestDocument, DocumentFold, DocumentQuote
from tests import hugo_site

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


def document_of(number: int, texts: tuple[str, ...]) -> DigestDocument:
    return DigestDocument(
        slug=f"post_{number}",
        headline=texts[0],
        date=date(2025, 9, 6),
        lead="\n".join(texts) if number % 4 else "",  # else the headline is quoted
        tags=tuple(text[:40] for text in texts),
        items=tuple(item for text in texts for item in items_of(text)),
        source_url="https://news.example.com/item?id=45110311&a_b=1",
        article_url="https://www.example.com/a--b/(c)_[d]?e=&quot;f...g'h#:smile:" if number % 2 else "",
    )


def items_of(text: str) -> tuple[DocumentQuote, DocumentFold]:
    instant = datetime(2025, 9, 6, 16, 36, 41, tzinfo=UTC)
    quote = DocumentQuote(author=text, created_at=instant, text=text, color="#785bff")
    return quote, DocumentFold(label=text, items=(quote,))


def differences(
    documents: Iterable[DigestDocument], *, minify: bool = False, multilingual: bool = False
) -> list[tuple[object, object]]:
    """Builds a site of the documents' posts; what each page should show and does, where that is not the same."""
    by_path = {hugo.post_path(document): document for document in documents}
    with tempfile.TemporaryDirectory() as root:
        posts = {path: hugo.render(document) for path, document in by_path.items()}
        pages = hugo_site.build(pathlib.Path(root), posts, minify=minify, multilingual=multilingual)
    compared = ((hugo_site.expected(document), hugo_site.read(pages[path])) for path, document in by_path.items())
    if minify:
        compared = ((hugo_site.as_rendered(want), hugo_site.as_rendered(have)) for want, have in compared)
    return [(want, have) for want, have in compared if want != have]


@pytest.mark.hugo
@pytest.mark.parametrize(
    ("seed", "options"),
    [(1, {}), (2, {"minify": True, "multilingual": True})],
    ids=["as it is", "minified, two languages"],
)
def test_two_thousand_hostile_texts_are_shown_as_they_were_typed(seed: int, options: dict[str, bool]):
    texts = hostile_texts(2_000, seed=seed)
    documents = [document_of(number, four) for number, four in enumerate(batched(texts, 4))]
    assert differences(documents, **options) == []


TEXT = st.one_of(
    st.text(st.sampled_from(SIGNS), max_size=40),
    st.lists(st.sampled_from([piece for family in PIECES for piece in family]), max_size=8).map("".join),
    st.text(st.characters(codec=None), max_size=40),
)
QUOTE = st.builds(
    DocumentQuote,
    author=TEXT,
    created_at=st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),
    text=TEXT,
    color=st.sampled_from(["", "#785bff"]),
)
FOLD = st.builds(DocumentFold, label=TEXT, items=st.lists(QUOTE, min_size=1, max_size=3).map(tuple))
DOCUMENT = st.builds(
    DigestDocument,
    slug=st.from_regex(r"[a-z0-9]([a-z0-9]|[_-][a-z0-9]){0,20}", fullmatch=True),
    headline=TEXT,
    date=st.dates(date(1990, 1, 1), date(2024, 12, 31)),
    items=st.lists(QUOTE | FOLD, max_size=8).map(tuple),
    lead=TEXT,
    tags=st.lists(TEXT.map(lambda text: text[:40]), max_size=5).map(tuple),
    thumbnail=TEXT,
    source_url=st.sampled_from(["", "https://news.example/item?id=1"]),
)


@pytest.mark.hugo
@settings(max_examples=12, deadline=None, derandomize=True)
@given(st.lists(DOCUMENT, min_size=1, max_size=6), st.booleans(), st.booleans())
def test_any_document_is_shown_as_it_is(documents: list[DigestDocument], minify: bool, multilingual: bool):
    assert differences(documents, minify=minify, multilingual=multilingual) == []


@settings(max_examples=50)
@given(DOCUMENT)
def test_any_document_can_be_written_safely(document: DigestDocument):
    post = hugo.render(document)
    content = post.encode().decode().split("+++\n", 2)[2]
    assert content.count("{{<matomeQuote ") == len(list(document.quotes()))
    assert content.count("{{") == content.count("{{<") + 1  # the footer's
