"""The site's own posts, where they are at hand: what was published goes out again byte for byte, and safely."""

import pathlib
import re
import tomllib
from datetime import UTC, datetime

import pytest

from digests.publishing import escaping, hugo
from digests.publishing.document import DigestDocument, DocumentFold, DocumentQuote
from digests.publishing.hugo import Escaping
from tests import hugo_site

SHARED = pathlib.Path(__file__).parent.parent.parent / "shared"
SEED = [path.read_bytes().decode() for path in (SHARED / "seed").glob("*.txt")]
CORPUS = {path.parent.name: path.read_bytes().decode() for path in sorted(SHARED.glob("corpus/posts/*/*/index.md"))}
pytestmark = pytest.mark.skipif(not SEED or not CORPUS, reason="the site's published posts are not at hand")

# The layouts of today and of before April 2025 differ in this; all others are rare.
TODAY = {name: post for name, post in CORPUS.items() if re.search(r'createdAt="\d{4}/', post)}
BEFORE = {name: post for name, post in CORPUS.items() if name not in TODAY}

QUOTE = re.compile(r'\{\{<matomeQuote body="(.*)" userName="(.*)" createdAt="(.*)" color="(.*)">\}\}')
FOLD = re.compile(r'\{\{< details summary="([^"]*)">\}\}')
CLOSE = re.compile(r"\{\{< ?/details ?>\}\}")


def read(post: str) -> DigestDocument:
    """A published post as a document, its texts as they stand in it. Raises ValueError for another layout."""
    _, front_matter, content = post.split("+++\n", 2)
    values = tomllib.loads(front_matter)
    items: list[DocumentQuote | DocumentFold] = []
    fold: tuple[str, list[DocumentQuote]] | None = None
    title, source_line, *lines, footer = (line for line in content.split("\n") if line.strip())
    source = re.fullmatch(r"引用元：\[(.*)\]\(\1\)", source_line)
    if not source or title != f"> {values['title']}" or footer + "\n" != hugo.FOOTER:
        raise ValueError(title, source_line, footer)
    for line in lines:
        if match := QUOTE.fullmatch(line):
            (fold[1] if fold else items).append(read_quote(*match.groups()))
        elif (match := FOLD.fullmatch(line)) and not fold:
            fold = (match[1], [])
        elif CLOSE.fullmatch(line) and fold:
            items.append(DocumentFold(label=fold[0], items=tuple(fold[1])))
            fold = None
        else:
            raise ValueError(line)
    return DigestDocument(
        slug="a_slug",
        headline=values["title"],
        date=datetime.fromisoformat(values["date"]).date(),
        items=tuple(items),
        tags=tuple(values["tags"]),
        thumbnail=values["featureimage"],
        source_url=source[1],
    )


def read_quote(body: str, user_name: str, created_at: str, color: str) -> DocumentQuote:
    instant = datetime.fromisoformat(created_at.replace("/", "-")).replace(tzinfo=UTC)
    return DocumentQuote(author=user_name, created_at=instant, text=body.replace("<br>", "\n"), color=color)


def bodies(post: str) -> list[str]:
    return [match[1] for match in QUOTE.finditer(post)]


def test_the_reference_post_goes_out_with_its_very_bytes():
    for post in SEED:
        assert hugo.render(read(post), escaping=Escaping.PLAIN) == post


def test_safe_escaping_changes_only_what_it_must_of_the_reference_post():
    for post in SEED:
        safe = hugo.render(read(post))
        same = [one == other for one, other in zip(bodies(post), bodies(safe), strict=True)]
        assert (same.count(True), len(same)) == (71, 84)
        assert re.sub(r'body=".*?" userName', "", safe) == re.sub(r'body=".*?" userName', "", post)


@pytest.mark.parametrize("name", TODAY)
def test_a_published_post_goes_out_with_its_very_bytes(name: str):
    assert hugo.render(read(TODAY[name]), escaping=Escaping.PLAIN) == TODAY[name]


def test_a_post_of_the_older_form_keeps_its_content_in_the_new_one():
    known = 0
    for post in BEFORE.values():
        try:
            document = read(post)
        except ValueError:
            continue
        known += 1
        assert read(hugo.render(document, escaping=Escaping.PLAIN)) == document
        assert bodies(hugo.render(document, escaping=Escaping.PLAIN)) == bodies(post)
    assert known >= 0.85 * len(BEFORE)


def test_most_published_texts_are_the_same_bytes_when_escaped_safely():
    texts = [text for post in CORPUS.values() for text in bodies(post)]
    same = sum(escaping.body(text.replace("<br>", "\n")) == text for text in texts)
    assert same / len(texts) > 0.87


@pytest.mark.hugo
def test_what_was_published_is_shown_as_it_was_written(tmp_path: pathlib.Path):
    documents = {f"content/posts/{name}/index.md": read(post) for name, post in [*TODAY.items()][::12]}
    pages = hugo_site.build(tmp_path, {path: hugo.render(document) for path, document in documents.items()})
    for path, document in documents.items():
        assert hugo_site.read(pages[path]) == hugo_site.expected(document), path
