"""Each rule of the law of escaping is needed: taken out, it lets a text through that Hugo shows otherwise, or fails on.

A rule is taken out by giving the module's functions the code that its source has without it.
"""

import inspect
import pathlib
import re
import types
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from itertools import batched
from typing import Any
from urllib.parse import unquote

import html5lib
import pytest

from digests import plaintext
from digests.publishing import escaping, frontmatter, hugo
from digests.publishing.document import DigestDocument, DocumentFold, DocumentHeading, DocumentQuote
from tests import hugo_site


@dataclass(frozen=True)
class Rule:
    """In `module`'s source each first of `changes` stands once; with its second in its place the rule is gone. `text`
    shows that, in its `place`."""

    name: str
    text: str
    changes: tuple[tuple[str, str], ...]
    place: str = "text"
    module: types.ModuleType = escaping
    options: dict[str, Any] = field(default_factory=dict)


def rule(name: str, text: str, *changes: str, **further: Any) -> Rule:
    return Rule(name, text, tuple(batched(changes, 2)), **further)  # type: ignore[arg-type]


def sign(char: str, text: str) -> Rule:
    """A sign that becomes an entity wherever it stands."""
    return rule(f"{char} anywhere", text, ANYWHERE, ANYWHERE.replace("\\\\" if char == "\\" else char, ""))


def first(char: str, text: str) -> Rule:
    """A sign that becomes an entity at the start of a line."""
    signs = r"[#+\-=|:]"
    return rule(f"{char} first", text, signs, signs.replace({"-": r"\-"}.get(char, char), ""), place="lead")


HOOK = {"layouts": {"layouts/_default/_markup/render-blockquote.html": "<blockquote>{{ .Text }}</blockquote>"}}
LINKS = {"multilingual": True}
ANYWHERE = r"""[\\"<>&`*_~'@]"""
BESIDE = r" | \.(?=\.) | (?<=\.)\. | -(?=-) | (?<=-)- | {_EMOJI}"
CLOSING = r"\](?=[(\[:])"
BEFORE_LINK = 'written.endswith(("!", "]"))'
HOST = "[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
NAMES = "_DOUBLE_BRACE.sub(WORD_JOINER, clean_line(text).translate(twins))"
TAG_ENDS = r"""re.sub(rf"\A[\s.{WORD_JOINER}]+|[\s.{WORD_JOINER}]+\Z", "", text)"""
DOTS = r"\A\.|\.\Z|\A["
EMOJI_TITLE = 're.sub(r"(?::[A-Za-z0-9_+-]+)+:"'
TOKENS = "(?<=H)(?=AHAHUGOSHORTCODE)"

RULES = (
    sign("\\", "C:\\"),
    sign('"', 'say "hi"'),
    sign("<", "<<"),
    sign(">", "> q"),
    sign("&", "&lt; &copy;"),
    sign("`", "`a`"),
    sign("*", "*a*"),
    sign("_", "_a_"),
    sign("~", "~~a~~"),
    sign("'", "'a'"),
    sign("@", "a@b.example"),
    rule(". beside a .", "a...b", BESIDE, BESIDE.replace(r" | \.(?=\.) | (?<=\.)\.", "")),
    rule("- beside a -", "a--b", BESIDE, BESIDE.replace(r" | -(?=-) | (?<=-)-", "")),
    rule(": of an emoji", "a :smile:", BESIDE, BESIDE.replace(" | {_EMOJI}", "")),
    rule("] before (", "[a](/b)", CLOSING, r"\](?=[\[:])"),
    rule("] before :", "[x]: /y", CLOSING, r"\](?=[(\[])"),
    rule(": of a bare link", "ftp://f.example/x", r" | :(?=//)", ""),
    rule(". of a bare link", "www.example.com", r" | (?<=www)\.", ""),
    first("#", "# a"),
    first("+", "+ a"),
    first("-", "- a"),
    first("=", "a\n="),
    first("|", "|a\n|-"),
    first(":", "a\n: b"),
    rule("1. first", "1. a", "(?<=[0-9])[.)]", "(?<=[0-9])[)]"),
    rule("1) first", "1) a", "(?<=[0-9])[.)]", "(?<=[0-9])[.]"),
    rule("{{ in a text", "{{%", '_DOUBLE_BRACE.sub("<wbr>", _linked(line)', '"".__add__(_linked(line)'),
    rule("a blank first", "\u3000a", 'line[0].isspace() or line.startswith("[!")', 'line.startswith("[!")'),
    rule("a blank last", "a\u3000", '"<wbr>" if line[-1].isspace() else ""', '""'),
    rule("an alert", "[!NOTE]\na", ' or line.startswith("[!")', "", place="lead", options=HOOK),
    rule("a line break in a body", "a\nb", '"<br>".join(_line(line, links=True)', '"\\n".join(_line(line, links=True)'),
    rule("a line break in a lead", "a\nb", r'"<br>\n".join(f"> ', r'"\n".join(f"> ', place="lead"),
    rule(
        "an empty line in a lead",
        "\n!",
        '_line(line, links=False) or "<wbr>"',
        "_line(line, links=False)",
        place="lead",
    ),
    rule("an empty label", "", ', links=False) or "&#8203;"', ", links=False)"),
    rule(
        "# at the end of a heading",
        "a ##",
        'return re.sub(r"#+\\Z"',
        'return written or re.sub(r"#+\\Z"',
        place="heading",
    ),
    rule("attributes of a heading", "a {#x}", 're.sub(r"[{}]"', 'line(text) or re.sub(r"[{}]"', place="heading"),
    # Links
    rule("an address is a link", "a。https://x.example/b", "if not segment.href:", "if segment:"),
    rule("] in an address", "[https://x.example/]:b", r"&|\]", "&"),
    rule("& in an address", "https://x.example/&#38;", r"&|\]", r"\]", options=LINKS),
    rule("! before a link", "!https://x.example/?a&b", BEFORE_LINK, "False"),
    rule("brackets in a link's text", "https://x.example/a]b?c&d", r"{_ANYWHERE} | [\[\]]", "{_ANYWHERE}"),
    rule("brackets in an address", "https://x.example/?a&b=)c", "-._~:/?#@!$&+,;=%]", "-._~:/?#@!$&+,;=%()]"),
    rule("an entity in an address", "https://x.example/?a&copy;b", r'r"\1%3B"', r'r"\1;"'),
    rule("a source that is no address", "javascript:alert(1)", "if is_link(url):", "if url:", place="source"),
    rule("a port", "https://x.example:port/", "[0-9]{1,5}", "[a-z0-9]*", module=plaintext, options=LINKS),
    rule("a %", "https://x.example/1%", "(?:[^%]|%[0-9A-Fa-f]{2})*", ".*", module=plaintext, options=LINKS),
    rule("a host", "http://[::1/", HOST, r"[\[:A-Za-z0-9]*", module=plaintext, options=LINKS),
    # Places without entities
    rule("< > in a title", "<b>x</b>", '.replace("<", "＜").replace(">", "＞")', "", place="title"),
    rule("& in a title", "&copy;", 'text = re.sub(r"&(?=[A-Za-z#])", "＆", text)', "", place="title"),
    rule(": in a title", ":smile:", f"return {EMOJI_TITLE}", f"return text or {EMOJI_TITLE}", place="title"),
    rule("' in a title", "It's", r"""r"['\x00""", r"""r"[\x00""", place="title", module=frontmatter),
    rule('" in a name', 'a"b', """ord('"'): "＂", """, "", place="author"),
    rule("\\ in a name", "a\\", """ord("\\\\"): "＼", """, "", place="author"),
    rule("{{ in a name", "{{%", NAMES, NAMES.removeprefix("_DOUBLE_BRACE.sub(WORD_JOINER, ")[:-1], place="author"),
    rule("a colour", '#fff" x="', 'value if is_color(value) else ""', "value", place="color"),
    # Tags, which become folders
    rule("/ in a tag", "UI/UX", '.replace("/", "／")', "", place="tag"),
    rule("dots around a tag", "..", TAG_ENDS, "text", DOTS, r"\A[", place="tag"),
    rule("dots among signs", "!..!", DOTS, r"\A[", place="tag"),
    rule("__ in a tag", "__hdeferred/", 're.sub("_{2,}", "_", ', "str(", r'index\.|__"', r'index\."', place="tag"),
    rule("a file's name as a tag", "index.html", r"|\A[ -]*index\.", "", place="tag"),
    rule("% in a tag", "100%41", ' or re.search("%[0-9A-Fa-f]{2}", text)', "", place="tag"),
    rule("a tag of signs", "🔥", "text += _INVISIBLE_MARK", "pass", place="tag"),
    rule("a long tag", "日" * 100, "[:_LONGEST_TAG]", "", place="tag"),
    # Cleaning
    rule("carriage returns", "a\rb", r'_NEWLINE = re.compile(r"\r', '_NEWLINE = re.compile(r"(?!)', module=plaintext),
    rule("control characters", "a\x07b\x00", r"[\x00-\x08\x0b-\x1f\x7f-\x9f", "[\x01", module=plaintext),
    rule("lone surrogates", "a\ud800", r'"\ud800-\udfff"', '""', module=plaintext),
    rule("a shortcode's token", "HAHAHUGOSHORTCODE1s0HBHB", f"{TOKENS}|", "", module=plaintext),
    rule("a deferred template's token", "__hdeferred/x", r"|(?<=_)(?=_hdeferred/)", "", module=plaintext),
    rule("a placeholder's token", "__h_pp_l1_0:", r"|(?<=_)(?=_h_pp_l1)", "", module=plaintext),
)


def document_of(one: Rule) -> DigestDocument:
    instant = datetime(2025, 9, 6, 16, 36, 41, tzinfo=UTC)

    def value(*places: str, other: str) -> str:
        return one.text if one.place in places else other

    quote = DocumentQuote(
        author=value("author", other="somebody"),
        created_at=instant,
        text=value("text", other="発言"),
        color=value("color", other="#785bff"),
    )
    return DigestDocument(
        slug="a_story",
        headline=value("title", other="見出し"),
        date=date(2025, 9, 6),
        lead=value("text", "lead", other="導入"),
        tags=(value("tag", other="タグ"), "AI"),
        items=(
            quote,
            DocumentHeading(text=value("heading", other="節")),
            DocumentFold(label=value("text", other="もっと"), items=(quote,)),
        ),
        source_url=value("source", other="https://news.example/item?id=1"),
    )


def expected_of(one: Rule) -> hugo_site.Page:
    """Told without a word of the law: a colour that is none is not shown, a tag has at most 80 such letters."""
    if one.place == "color":
        one = replace(one, text="")
    return hugo_site.expected(document_of(replace(one, text=one.text[:80])))


def is_shown(one: Rule, expected: hugo_site.Page, root: pathlib.Path) -> bool:
    """Whether the built site shows the text as it was typed, and has a page for each tag, where its link leads."""
    document = document_of(one)
    path = hugo.post_path(document)
    try:
        pages = hugo_site.build(root, {path: hugo.render(document)}, **one.options)
        shown = hugo_site.read(pages[path])
    except (hugo_site.BuildFailed, AssertionError, ValueError):
        return False
    links = html5lib.parse(pages[path], namespaceHTMLElements=False).iterfind(".//nav/a")
    there = [f"{unquote(link.get('href', '')).strip('/')}/index.html" for link in links]
    own = [name for name in pages if re.fullmatch(r"tags/.+/index\.html", name)]
    flat = all(name.count("/") == 2 for name in own) and "<title>Tags</title>" in pages["tags/index.html"]
    return shown == expected and flat and sorted(own) == sorted(there)


@contextmanager
def without(one: Rule) -> Iterator[None]:
    module = one.module
    source = inspect.getsource(module)
    for old, new in one.changes:
        assert source.count(old) == 1, f"the rule is written in another way now: {old}"
        source = source.replace(old, new)
    changed: dict[str, Any] = {"__name__": module.__name__}
    exec(compile(source, module.__file__ or "", "exec"), changed)
    own = vars(module)
    kept = dict(own)
    codes = {name: value.__code__ for name, value in own.items() if isinstance(value, types.FunctionType)}
    try:
        for name, value in changed.items():
            if name in codes and own[name].__module__ == module.__name__:
                own[name].__code__ = value.__code__
            elif isinstance(value, re.Pattern | str | frozenset | tuple) and not name.startswith("__"):
                own[name] = value
        yield
    finally:
        own.update(kept)
        for name, code in codes.items():
            own[name].__code__ = code


@pytest.mark.hugo
@pytest.mark.parametrize("one", RULES, ids=lambda one: one.name)
def test_a_rule_that_is_taken_out_is_missed(one: Rule, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch):
    expected = expected_of(one)
    assert is_shown(one, expected, tmp_path / "with")
    monkeypatch.setattr(hugo, "differences", lambda *_args, **_options: ())  # which would not let most of them out
    with without(one):
        assert not is_shown(one, expected, tmp_path / "without")
