"""What Hugo makes of a quote can be told without building: the same text, and the same marks, as on the real page."""

import pathlib
import random
import re
import time
from collections.abc import Mapping, Sequence
from xml.etree.ElementTree import Element

import html5lib
import pytest

from digests.archive import goldmark
from tests import hugo_site

CORPUS = sorted((pathlib.Path(__file__).parent.parent.parent / "shared").glob("corpus/posts/*/*/index.md"))
QUOTE = '<div data-quote></div>{{ .Get "body" | markdownify }}<i data-end></i>\n'
LAYOUTS = {"layouts/shortcodes/matomeQuote.html": QUOTE, "layouts/shortcodes/list.html": "<p>a list</p>"}
PIECES = (
    *("a", "b", " ", "これ", "」", "「", "。", "“", "：", "é", "$", "^", "{", "1", "=", "+", "!", "'", "|", "..."),
    *("*", "**", "_", "__", "`", "``", "~", "~~", "[", "]", "(", ")", "](x)", "![", "\\", "\\*", "--", "#", "# "),
    *("<", "<b>", "</b>", "<br>", "<i x=y>", "<!-- c -->", "&", "&amp;", "&#42;", ":smile:", "- ", "1. ", "> "),
    *(
        "http://e.com/",
        "https://e.com/a_b_c",
        "www.e.com",
        "x@y.zz",
        "<https://q.com>",
        "(https://r.com)",
        "[1]: ",
        "```",
    ),
)
SIGNS = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "…": "...", "—": "---", "–": "--", "«": "<<", "»": ">>"})


def built(root: pathlib.Path, posts: Mapping[str, str]) -> dict[str, list[str]]:
    """What Hugo writes for each quote of each post."""
    pages = hugo_site.build(root, posts, layouts=LAYOUTS)
    found = {path: pages[path] for path in posts if path in pages}  # one of the corpus is a draft
    return {
        path: re.findall(r"<div data-quote></div>(.*?)<i data-end></i>", page, re.DOTALL)
        for path, page in found.items()
    }


def bodies(post: str) -> list[str]:
    return re.findall(r'matomeQuote body="(.*?)" userName', post)


def seen(html: str) -> tuple[str, bool]:
    """The text of a fragment, and whether it has elements that no plain text has."""
    pieces: list[str] = []
    strange = False

    def read(element: Element) -> None:
        nonlocal strange
        pieces.append(element.text or "")
        for child in element:
            tail = child.tail or ""
            if child.tag == "br":
                pieces.append("\n")
                tail = tail.removeprefix("\n")
            elif isinstance(child.tag, str):
                strange = strange or child.tag not in ("a", "p", "wbr")
                read(child)
            pieces.append(tail)

    read(html5lib.parseFragment(html, namespaceHTMLElements=False))
    return "".join(pieces), strange


def plain(text: str) -> str:
    """As it is compared: typography is no loss, a browser shows no blanks at the ends, an emoji is one sign."""
    return re.sub(r"\s+", " ", text.translate(SIGNS).replace("😄", "\ufffc")).strip()


def is_swallowed(raw: str, shown: goldmark.Shown) -> bool:
    marks = {effect.kind for effect in shown.effects} & goldmark.MARKS
    return bool(marks) or plain(shown.text) != plain(raw.replace("<br>", "\n"))


def disagreements(raws: Sequence[str], fragments: Sequence[str]) -> tuple[list[str], list[str], list[str]]:
    """The texts that are told wrongly; those said to be swallowed that are not; those swallowed that are not said."""
    wrong: list[str] = []
    too_many: list[str] = []
    missed: list[str] = []
    for raw, html in zip(raws, fragments, strict=True):
        shown, (text, strange) = goldmark.shown(raw), seen(html)
        truly = strange or plain(text) != plain(raw.replace("<br>", "\n"))
        if plain(shown.text) != plain(text):
            wrong.append(raw)
        if is_swallowed(raw, shown) != truly:
            (missed if truly else too_many).append(raw)
    return wrong, too_many, missed


@pytest.mark.hugo
@pytest.mark.skipif(not CORPUS, reason="the site's published posts are not at hand")
def test_of_all_published_quotes_the_swallowed_ones_are_found_and_no_other(tmp_path: pathlib.Path):
    posts = {f"content/posts/{path.parent.name}/index.md": path.read_bytes().decode() for path in CORPUS}
    fragments = built(tmp_path, posts)
    raws = [raw for path in fragments for raw in bodies(posts[path])]
    assert len(raws) > 14_000
    assert disagreements(raws, [html for page in fragments.values() for html in page]) == ([], [], [])
    assert 150 < sum(is_swallowed(raw, goldmark.shown(raw)) for raw in raws) < 250


@pytest.mark.hugo
def test_of_hostile_texts_fewer_than_one_in_a_hundred_is_told_wrongly(tmp_path: pathlib.Path):
    chance = random.Random(20260912)
    texts = ["".join(chance.choices(PIECES, k=chance.randint(1, 9))) for _ in range(2000)]
    texts = [text for text in texts if not re.search(r"\\`|\\\Z|\{\{", text)]  # these fail the build
    quotes = "\n\n".join(f'{{{{<matomeQuote body="{text}" userName="" createdAt="" color="">}}}}' for text in texts)
    post = f"+++\ndate = '2025-09-06T00:00:00'\ntitle = 'x'\n+++\n\n{quotes}\n"
    path = "content/posts/one/index.md"
    wrong, too_many, missed = disagreements(texts, built(tmp_path, {path: post})[path])
    assert max(len(wrong), len(too_many), len(missed)) < len(texts) / 100, (wrong, too_many, missed)


@pytest.mark.parametrize(
    ("raw", "text", "kinds"),
    [
        ("ふつうの文。", "ふつうの文。", []),
        ("`--help`を見て", "--helpを見て", ["code"]),
        ("`a<br>b`", "a<br>b", ["code"]),
        ("5 * 3 * 2", "5 * 3 * 2", []),
        ("*必須*の情報", "必須の情報", ["emphasis"]),
        ("__init__ と snake_case_name", "init と snake_case_name", ["emphasis"]),
        ("~~消す~~", "消す", ["strike"]),
        ("> 引用<br>返事", "引用\n返事", ["blockquote"]),
        ("1. 一番<br>2. 二番", "一番\n2. 二番", ["list"]),
        ("# 見出し", "見出し", ["heading"]),
        ("---", "", ["rule"]),
        ("[1]: https://example.com", "", ["definition"]),
        ("<video>になってる", "になってる", ["html"]),
        ("<script>alert(1)</script>", "alert(1)", ["html"]),
        ("C:\\\\dir \\*", "C:\\dir *", ["backslash", "backslash"]),
        ("R&amp;D と AT&T と &nosuch;", "R&D と AT&T と &nosuch;", ["entity"]),
        ("[文](https://example.com)", "文", ["link"]),
        ("![絵](a.png)", "", ["picture"]),
        ("[1] と (2) と 配列[0]", "[1] と (2) と 配列[0]", []),
        ("10:30:45 と std::vector::size", "10:30:45 と std::vector::size", []),
        ("やった:tada:", "やった\ufffc", ["emoji"]),
        (
            "don't --- <https://e.com>",
            "don't --- https://e.com",
            ["typography", "typography", "autolink"],
        ),
    ],
)
def test_what_markdown_takes_is_named(raw: str, text: str, kinds: list[str]):
    shown = goldmark.shown(raw)
    assert (shown.text, [effect.kind for effect in shown.effects]) == (text, kinds)


def test_addresses_are_links_only_where_hugo_makes_them_so():
    shown = goldmark.shown("https://a.example は https://b.example/x、。https://c.example <br>https://d.example")
    assert shown.links == {"https://a.example", "https://b.example/x", "https://d.example"}


@pytest.mark.parametrize(
    "piece", ["`", "``x`y", "*a", "_a*b", "[", "[a](", "<a x=y ", "<!--", "<?", "&amp", "http://a.", "a@"]
)
def test_no_text_takes_long(piece: str):
    text = piece * (60_000 // len(piece))
    began = time.process_time()
    goldmark.shown(text)
    assert time.process_time() - began < 5
