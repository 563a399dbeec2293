"""A tiny Hugo site for tests: builds posts with the real binary, and reads what a visitor of a page would see.

Its layouts are the barest that show all that a post holds; the site's own treat a post's text in the same way.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from xml.etree.ElementTree import Element

import html5lib
import pytest

from digests.plaintext import clean, clean_line, split_links
from digests.publishing.document import DigestDocument, DocumentFold, DocumentQuote

CONFIG = """\
baseURL = "https://example.org/"
title = "A site"
timeZone = "Asia/Tokyo"
defaultContentLanguage = "ja"
enableEmoji = true

[taxonomies]
tag = "tags"
month = "months"

[markup.goldmark.renderer]
unsafe = true
"""
LANGUAGES = """
[languages.ja]
weight = 1

[languages.en]
weight = 2
"""
BASE = """\
<!doctype html>
<html lang="ja"><head><meta charset="utf-8"><title>{{ .Title }}</title></head>
<body>{{ block "main" . }}{{ end }}</body></html>
"""
SINGLE = """\
{{ define "main" }}
<h1>{{ .Title | emojify }}</h1>
<ul>{{ range .Params.tags }}<li>{{ . }}</li>{{ end }}</ul>
<nav>{{ range .GetTerms "tags" }}<a href="{{ .RelPermalink }}">{{ .LinkTitle }}</a>{{ end }}</nav>
<article>{{ .Content }}</article>
{{ end }}
"""
LIST = """\
{{ define "main" }}
<ul>{{ range .Pages }}<li><a href="{{ .RelPermalink }}">{{ .LinkTitle }}</a></li>{{ end }}</ul>
{{ end }}
"""
QUOTE = """\
<div class="quote"{{ with .Get "color" }} data-color="{{ . }}"{{ end }}>
  <p>{{ .Get "body" | markdownify }}</p>
  <footer><cite>{{ .Get "userName" }}</cite> <time>{{ .Get "createdAt" }}</time></footer>
</div>
"""
FILES = {
    "content/posts/_index.md": '+++\ntitle = "posts"\n+++\n',
    "layouts/_default/baseof.html": BASE,
    "layouts/_default/single.html": SINGLE,
    "layouts/_default/list.html": LIST,
    "layouts/_default/terms.html": LIST,
    "layouts/index.html": LIST,
    "layouts/shortcodes/matomeQuote.html": QUOTE,
}


class BuildFailed(Exception):
    """Hugo refused the site. The argument is what it said."""


@dataclass(frozen=True)
class Shown:
    """Text as a visitor sees it, `\\n` for each line break, and the links in it: (text, address)."""

    text: str
    links: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class ShownQuote:
    body: Shown
    author: str
    created_at: str
    color: str


@dataclass(frozen=True)
class ShownFold:
    label: Shown
    quotes: tuple[ShownQuote, ...]


@dataclass(frozen=True)
class Page:
    """All that a page shows of a post, in order."""

    title: str
    tags: tuple[str, ...]
    lead: Shown
    sources: tuple[Shown, ...]
    items: tuple[ShownQuote | ShownFold, ...]


VERSIONS = ("new", "old")


@cache
def binary(version: str = "new") -> str:
    """The real Hugo: that of the dev group, or the oldest one supported. Without it the test is skipped."""
    old = sorted(pathlib.Path(sys.prefix).glob("hugo-old/hugo/binaries/hugo*"))
    beside = shutil.which("hugo", path=str(pathlib.Path(sys.executable).parent))
    found = str(old[0]) if version == "old" and old else (beside or shutil.which("hugo")) if version == "new" else None
    if found is None:
        say = pytest.fail if os.environ.get("MATOME_TEST_REQUIRE_HUGO") == "1" else pytest.skip
        say(f"the {version} Hugo is not here: make installed-dev")
    return found


def build(
    root: pathlib.Path,
    posts: Mapping[str, str],
    *,
    minify: bool = False,
    multilingual: bool = False,
    layouts: Mapping[str, str] | None = None,
    version: str = "new",
) -> dict[str, str]:
    """Build a site of `posts` (path below the site's root → text) in `root`, which is empty, and return its pages.

    A page's key is its post's path where it has one, else its path below `public/`. `layouts` replace or add files.
    Raises `BuildFailed` with Hugo's own words.
    """
    config = CONFIG + (LANGUAGES if multilingual else "")
    write(root, {**FILES, "hugo.toml": config, **(layouts or {}), **posts})
    run(root, *(["--minify"] if minify else []), version=version)
    return pages_of(root, posts)


def write(root: pathlib.Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")


def run(root: pathlib.Path, *options: str, version: str = "new") -> str:
    """Build the site in `root`; returns what Hugo said, or raises `BuildFailed` with it."""
    command = [binary(version), "--source", str(root), "--noBuildLock", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BuildFailed(done.stdout + done.stderr)
    return done.stdout + done.stderr


def pages_of(root: pathlib.Path, posts: Iterable[str]) -> dict[str, str]:
    """The pages of a site that was built: a post's path, or a path below `public/`, → its HTML."""
    names = {re.sub(r"^content/(.*)\.md$", r"\1.html", name): name for name in posts}
    pages = {}
    for path in (root / "public").rglob("*.html"):
        if path.is_file():  # the tag "x.html" has a folder of that name
            name = str(path.relative_to(root / "public"))
            # Two tags that differ in punctuation only have one folder, and Hugo may write both pages at the same time.
            pages[names.get(name, name)] = path.read_text(encoding="utf-8", errors="replace")
    return pages


def read(html: str) -> Page:
    """What a page of a post shows. Whatever does not belong where it stands turns up in a text, as `<its name>`."""
    body = html5lib.parse(html, namespaceHTMLElements=False).find("body")
    heading, tags, _, article = body if body is not None else []
    quoted, *paragraphs, footer = (element for element in article if element.tag not in ("div", "details"))
    items = [element for element in article if element.tag in ("div", "details")]
    assert list(article) == [quoted, *paragraphs, *items, footer], "the post's parts are not in order"
    assert _shown(footer) == Shown("記事一覧へ", (("記事一覧へ", "https://example.org/posts/"),))
    assert (quoted.tag, [child.tag for child in quoted][1:]) == ("blockquote", [])
    _no_text_between(quoted)
    _no_text_between(article)
    return Page(
        title=one_form(_shown(heading).text),
        tags=tuple(_tag(_shown(tag).text) for tag in tags),
        lead=_shown(quoted[0]) if len(quoted) else Shown(""),
        sources=tuple(_shown(paragraph) for paragraph in paragraphs),
        items=tuple(_read_quote(item) if item.tag == "div" else _read_fold(item) for item in items),
    )


def expected(document: DigestDocument) -> Page:
    """What the page of a document should show, told from the document alone."""
    sources = (("引用元：", document.source_url), ("元記事：", document.article_url))
    return Page(
        title=one_form(document.headline),
        tags=tuple(dict.fromkeys(filter(None, map(_tag, document.tags)))),
        lead=Shown(clean(document.lead if clean_line(document.lead) else document.headline)),
        sources=tuple(Shown(name + url, ((url, _address(url)),)) for name, url in sources if url),
        items=tuple(_expected(item) for item in document.items if isinstance(item, DocumentQuote | DocumentFold)),
    )


def as_rendered(page: Page) -> Page:
    """The page as a browser renders it, and --minify leaves it: a run of blanks is one, none beside a line break."""
    return Page(
        title=_collapsed(page.title),
        tags=tuple(map(_collapsed, page.tags)),
        lead=_rendered(page.lead),
        sources=tuple(map(_rendered, page.sources)),
        items=tuple(_rendered_item(item) for item in page.items),
    )


def one_form(text: str) -> str:
    """A text of one line from a place without entities, with the twins that stand for some characters folded back."""
    twins = str.maketrans("＜＞＆：／．＿％＂＼｀", '<>&:/._%"\\`')
    return re.sub("[\u2060\u034f]", "", clean_line(text)).translate(twins)


def _tag(text: str) -> str:
    return re.sub(r"^[\s.]+|[\s.]+$", "", re.sub("__+", "_", one_form(text)))


def _expected(item: DocumentQuote | DocumentFold) -> ShownQuote | ShownFold:
    if isinstance(item, DocumentFold):
        return ShownFold(Shown(clean_line(item.label) or "\u200b"), tuple(map(_expected_quote, item.quotes)))
    return _expected_quote(item)


def _expected_quote(item: DocumentQuote) -> ShownQuote:
    text = clean(item.text)
    links = tuple((segment.text, _address(segment.href)) for segment in split_links(text) if segment.href)
    created_at = f"{item.created_at:%Y/%m/%d %H:%M:%S}"
    return ShownQuote(Shown(text, links), one_form(item.author), created_at, item.color)


def _read_quote(element: Element) -> ShownQuote:
    body, footer = _children(element, "div", "p", "footer")
    author, created_at = _children(footer, "footer", "cite", "time")
    color = element.get("data-color", "")
    return ShownQuote(_shown(body), one_form(_shown(author).text), _shown(created_at).text, color)


def _read_fold(element: Element) -> ShownFold:
    label, *quotes = element
    assert label.tag == "summary"
    _no_text_between(element)
    return ShownFold(_shown(label), tuple(map(_read_quote, quotes)))


def _children(element: Element, name: str, *children: str) -> list[Element]:
    assert (element.tag, [child.tag for child in element]) == (name, list(children))
    _no_text_between(element)
    return list(element)


def _no_text_between(element: Element) -> None:
    stray = "".join([element.text or "", *(child.tail or "" for child in element)]).strip()
    assert not stray, f"in {element.tag}, outside its parts: {stray}"


def _shown(element: Element) -> Shown:
    links = tuple(("".join(_pieces(link)), _address(link.get("href", ""))) for link in element.iter("a"))
    return Shown("".join(_pieces(element)), links)


def _pieces(element: Element) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        tail = child.tail or ""
        if child.tag == "br":
            yield "\n"
            tail = tail.removeprefix("\n")  # the line break of the source, which is no second one on the page
        elif child.tag not in ("wbr", "a"):
            yield f"<{child.tag}>"
        yield from _pieces(child)
        yield tail


def _address(address: str) -> str:
    """The address in the form in which two compare equal that lead to the same place.

    Characters are escaped only where they must be (`[` and `%5b` are the same to a browser). The link
    hook of a multilingual site drops an empty fragment, and escapes a second `#`.
    """
    address = re.sub(r"%(27|28|29|2a|3b|5b|5d)", lambda match: chr(int(match[1], 16)), address, flags=re.IGNORECASE)
    before, _, fragment = address.partition("#")
    return f"{before}#{fragment.replace('%23', '#')}" if fragment else before


def _collapsed(text: str) -> str:
    return re.sub(r" *\n *", "\n", re.sub(" +", " ", text)).strip(" ")


def _rendered(shown: Shown) -> Shown:
    return Shown(_collapsed(shown.text), shown.links)


def _rendered_item(item: ShownQuote | ShownFold) -> ShownQuote | ShownFold:
    if isinstance(item, ShownFold):
        return ShownFold(_rendered(item.label), tuple(map(_rendered_quote, item.quotes)))
    return _rendered_quote(item)


def _rendered_quote(item: ShownQuote) -> ShownQuote:
    return ShownQuote(_rendered(item.body), _collapsed(item.author), item.created_at, item.color)
