"""Building changed posts with the real Hugo and the site's own layouts, before anybody else does.

The build runs on a copy, without network, programs or environment, within limits of time and size; the site itself is
only read. Knows no database and no git.
"""

import csv
import re
import tempfile
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from django.utils.translation import gettext as _

from digests.publishing import escaping, frontmatter, rendered, webpage
from digests.publishing.document import DigestDocument, DocumentQuote
from digests.publishing.sandbox import NAMED, Impossible, Run, Sandbox, innermost, shortened, version_of

PAGE_BYTES = 16 << 20
MOST_PROBLEMS = 20  # told of one post

_NOT_FOUND = re.compile(r'REF_NOT_FOUND: Ref "([^"]*)": "(.*?):(\d+):\d+"')
_PICTURE = re.compile(r"[^:\n]+\.(?:jpe?g|png|webp|avif|gif|svg)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a post, in words. `line` counts the post's lines from 1; 0 where there is none to name."""

    path: str
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build showed.

    `impossible`: why the site cannot be built here, whatever the posts; then nothing is known of them. `problems`
    speak against publishing. `notes` do not: they tell of texts that stand in a post as they came, of posts that Hugo
    hides for now.
    """

    version: str  # of Hugo; "" where nothing was built
    seconds: float
    impossible: str = ""
    problems: tuple[Finding, ...] = ()
    notes: tuple[Finding, ...] = ()


def build_check(
    site: Path,
    posts: Mapping[str, str],
    documents: Mapping[str, DigestDocument],
    *,
    hugo: Path,
    timeout_seconds: float = 120,
    bases: Mapping[str, str] | None = None,
    files: Mapping[str, bytes] | None = None,
    contents: Collection[str] = (),
) -> BuildReport:
    """Build `posts` (path below the site's root → text) in the site whose root is `site`, and hold the pages against
    `documents` (the same paths).

    `bases` are the posts as they stand in the site: what is wrong with a text that stands there too is only noted.
    `files` go with the posts, such as pictures. Of the site's own content only the `_index` files are built;
    `contents` are the paths of all its content files, when `site` does not hold them, so that links between posts can
    be judged. Never raises for what a site or a post holds.
    """
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="matome-build-", ignore_cleanup_errors=True) as scratch:
        box = Sandbox(Path(scratch), hugo, deadline=started + timeout_seconds)
        check = _Check(box, posts, documents, bases or {})
        impossible = ""
        try:
            known = box.copy(site, {PurePosixPath(path).parts[0] for path in posts})
            box.write({path: text.encode() for path, text in posts.items()} | dict(files or {}))
            check.run({*known, *contents, *posts})
        except (Impossible, OSError) as reason:
            impossible = str(reason)
    return BuildReport(
        version=version_of(hugo) if not impossible else "",
        seconds=time.monotonic() - started,
        impossible=impossible,
        problems=() if impossible else tuple(_most(check.problems)),
        notes=() if impossible else tuple(_most(check.notes)),
    )


def _most(findings: Iterable[Finding]) -> Iterator[Finding]:
    """At most so many of each post, and how many there are beyond."""
    by_post: dict[str, list[Finding]] = {}
    for finding in findings:
        by_post.setdefault(finding.path, []).append(finding)
    for path, found in by_post.items():
        yield from found[:MOST_PROBLEMS]
        if len(found) > MOST_PROBLEMS:
            yield Finding(path, 0, _("and %(count)d more") % {"count": len(found) - MOST_PROBLEMS})


class _Check:
    """Posts in a copy of their site, and what building them has shown so far."""

    def __init__(
        self,
        box: Sandbox,
        posts: Mapping[str, str],
        documents: Mapping[str, DigestDocument],
        bases: Mapping[str, str],
    ) -> None:
        self.box = box
        self.posts = posts
        self.documents = documents
        self.bases = bases
        self.problems: list[Finding] = []
        self.notes: list[Finding] = []

    def run(self, known: Collection[str]) -> None:
        left = dict(self.posts)
        run = self.box.build()
        while left and not run.ok:
            for path in self._blame(left, run):
                (self.box.root / path).unlink()
                del left[path]
            if left:
                run = self.box.build()
        if left:
            self._links(run, known)
            self._compare(left)

    def _blame(self, posts: Mapping[str, str], run: Run) -> list[str]:
        """The posts that break the build, at least one; what is wrong with each becomes a problem."""
        blamed: dict[str, tuple[int, str]] = {}
        for line in run.said.splitlines():
            for named in NAMED.finditer(line):
                if named[1] in posts:  # the first place is the one in the post, the last reason the innermost
                    number, _reason = blamed.get(named[1], (int(named[2]), ""))
                    blamed[named[1]] = number, innermost(line[named.end() :])
        if not blamed:
            if not (nothing := self._only((), posts)).ok:
                raise Impossible(nothing.reason())
            alone = {path: self._only((path,), posts) for path in posts}
            blamed = {path: (0, one.reason()) for path, one in alone.items() if not one.ok}
            self._only(posts, posts)
        for path, (number, reason) in (blamed or dict.fromkeys(posts, (0, run.reason()))).items():
            said = _("Hugo cannot build it: %(reason)s") % {"reason": shortened(reason)}
            self.problems.append(Finding(path, number, said))
            if picture := self._missing_picture(path, posts[path]):
                said = _("its picture %(name)s is not in the site, which may be why") % {"name": picture}
                self.problems.append(Finding(path, 0, said))
        return list(blamed or posts)

    def _only(self, these: Collection[str], posts: Mapping[str, str]) -> Run:
        for path, text in posts.items():
            (self.box.root / path).unlink(missing_ok=True)
            if path in these:
                self.box.write({path: text.encode()})
        return self.box.build()

    def _missing_picture(self, path: str, post: str) -> str:
        """A picture that the front matter names and that lies nowhere a theme would look for it; else ""."""
        for value in frontmatter.find(post).values.values():
            if isinstance(value, str) and _PICTURE.fullmatch(value):
                places = (f"assets/{value}", f"static/{value}", f"{PurePosixPath(path).parent}/{value}")
                if not any((self.box.root / place).is_file() for place in places):
                    return value
        return ""

    def _links(self, run: Run, known: Collection[str]) -> None:
        """Links between posts that lead to no content file of the site. Hugo fails builds on them."""
        for name, path, number in _NOT_FOUND.findall(run.said):
            if not _is_content(name, known):
                said = _("it links to %(name)s, which the site does not have") % {"name": name}
                self.problems.append(Finding(path, int(number), said))

    def _compare(self, posts: Mapping[str, str]) -> None:
        pages = self._pages(posts)
        if missing := [path for path in posts if path not in pages]:
            self.box.build("--buildDrafts", "--buildExpired", "--buildFuture")
            hidden = self._pages(missing)
            for path in missing:
                if path in hidden:
                    said = _("Hugo does not show it now: it is a draft, or its date lies in the future")
                    self.notes.append(Finding(path, 0, said))
                else:
                    self.problems.append(Finding(path, 0, _("Hugo makes no page of it")))
            pages |= hidden
        for path, html in pages.items():
            if "<!-- raw HTML omitted -->" in html:
                said = _("Hugo leaves parts of it out: the site needs unsafe = true in [markup.goldmark.renderer]")
                self.problems.append(Finding(path, 0, said))
        read = {path: (webpage.read(html), self.documents[path]) for path, html in pages.items()}
        for path, found in rendered.differences(read).items():
            for difference in found:
                line = _line_of(difference.about, posts[path])
                if not line and difference.about in _addresses(self.documents[path]):
                    continue  # a form may leave them out
                where = self.notes if self._stood(path, line, difference) else self.problems
                where.append(Finding(path, line, _in_words(difference, self.documents[path])))

    def _stood(self, path: str, line: int, difference: rendered.Difference) -> bool:
        """Whether it was so before: the text's line is one of the base's, or is not written as Matome would."""
        base = self.bases.get(path, "")
        if not base or not difference.about:
            return False
        return not line or self.posts[path].split("\n")[line - 1] in base.split("\n")

    def _pages(self, posts: Collection[str]) -> dict[str, str]:
        """The HTML of each post of which there is a page."""
        pages = {}
        rows = self.box.run("list", "all").said.splitlines()
        header = next((n for n, row in enumerate(rows) if row.startswith("path,")), len(rows))
        for row in csv.DictReader(rows[header:]):
            if (path := row["path"] or "") in posts and (page := self._page(row["permalink"] or "")):
                pages[path] = page.read_text(encoding="utf-8", errors="replace")
        return pages

    def _page(self, permalink: str) -> Path | None:
        """The file behind an address. The site of a language may have a host of its own, and then a folder."""
        name = unquote(urlsplit(permalink).path).strip("/")
        file = name if name.endswith(".html") else f"{name}/index.html"
        parts = PurePosixPath(file).parts
        for folder in (self.box.public, *sorted(self.box.public.glob("*/"))):
            for start in range(min(len(parts), 3)):  # a base address may end in folders
                page = folder.joinpath(*parts[start:])
                if page.is_file() and page.stat().st_size <= PAGE_BYTES:
                    return page
        return None


def _is_content(name: str, known: Collection[str]) -> bool:
    """Whether a `ref` finds one of the content files: by its path, or by its name alone."""
    name = name.partition("#")[0]
    wanted = "/" + name.strip("/").removesuffix(".md")
    for path in known:
        below = "/" + re.sub(r"(/_?index)?\.\w+$", "", path).partition("/")[2]
        if f"{below}/".startswith(f"{wanted}/") or (not name.startswith("/") and below.endswith(wanted)):
            return True
    return False


def _addresses(document: DigestDocument) -> set[str]:
    return {document.source_url, document.article_url} - {""}


def _line_of(typed: str, post: str) -> int:
    """The line of a post where a text stands with safe escaping, from 1; 0 where it stands there as it once came."""
    title = escaping.title(typed)
    ways = (escaping.body, escaping.blockquote, escaping.label, escaping.user_name, escaping.source)
    for text in (*(way(typed) for way in ways), title, title.replace("\\", "\\\\").replace('"', '\\"')):
        if typed and text and (at := post.find(text)) >= 0:
            return post.count("\n", 0, at) + 1
    return 0


def _in_words(difference: rendered.Difference, document: DigestDocument) -> str:
    if difference.entry is None:
        return difference.text
    entries = list(document.entries())
    entry = entries[difference.entry]
    if not isinstance(entry, DocumentQuote):
        return _("Item %(number)d: %(what)s") % {"number": difference.entry + 1, "what": difference.text}
    number = sum(isinstance(one, DocumentQuote) for one in entries[: difference.entry + 1])
    words = {"number": number, "author": entry.author[:40], "what": difference.text}
    return _("Quote %(number)d (%(author)s): %(what)s") % words
