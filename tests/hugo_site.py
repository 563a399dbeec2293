"""A tiny Hugo site for tests: builds posts with the real binary. `tests.hugo_page` reads its pages.

Its layouts are the barest that show all that a post holds; the site's own treat a post's text in the same way.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from functools import cache

import pytest

from tests.hugo_page import Page, as_rendered, expected, read

__all__ = ["BuildFailed", "Page", "as_rendered", "binary", "build", "expected", "pages_of", "read", "run", "write"]

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
PLAIN = r"""| replaceRE "<wbr>" "" | htmlUnescape | replaceRE "[{]" "{\u2060" """  # a fold looks for shortcodes again
PICTURE = f"""\
<figure><img src="{{{{ .Get "src" }}}}" alt="{{{{ .Get "alt" {PLAIN} }}}}"
><figcaption>{{{{ .Get "caption" | markdownify }}}}<small>{{{{ .Get "credit" | markdownify }}}}</small></figcaption
></figure>
"""
CARD = """\
<p><a href="{{ .Get "url" | safeURL }}">{{ .Get "title" | markdownify }}</a
>{{ with .Get "text" }}<br>{{ . | markdownify }}{{ end }}</p>
"""
FILES = {
    "content/posts/_index.md": '+++\ntitle = "posts"\n+++\n',
    "layouts/_default/baseof.html": BASE,
    "layouts/_default/single.html": SINGLE,
    "layouts/_default/list.html": LIST,
    "layouts/_default/terms.html": LIST,
    "layouts/index.html": LIST,
    "layouts/shortcodes/matomeQuote.html": QUOTE,
    "layouts/shortcodes/matomeHeading.html": '<h2>{{ .Get "text" | markdownify }}</h2>\n',
    "layouts/shortcodes/matomeNote.html": '<p>{{ .Get "body" | markdownify }}</p>\n',
    "layouts/shortcodes/matomePicture.html": PICTURE,
    "layouts/shortcodes/matomeCard.html": CARD,
}


class BuildFailed(Exception):
    """Hugo refused the site. The argument is what it said."""


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
