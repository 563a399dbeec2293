"""The site's own posts, where they are at hand: read, written again byte for byte, and shown as they were written."""

import pathlib
import re
from dataclasses import replace
from datetime import date

import pytest

from digests.publishing import escaping, hugo, unescaping
from digests.publishing.document import DocumentFold, DocumentQuote
from digests.publishing.form import Form
from digests.publishing.hugo import Escaping
from digests.publishing.reading import ReadPost, open_post, read
from tests import hugo_site

SHARED = pathlib.Path(__file__).parent.parent.parent / "shared"
SEED = [path.read_bytes().decode() for path in (SHARED / "seed").glob("*.txt")]
CORPUS = {path.parent.name: path.read_bytes().decode() for path in sorted(SHARED.glob("corpus/posts/*/*/index.md"))}
pytestmark = pytest.mark.skipif(not SEED or not CORPUS, reason="the site's published posts are not at hand")

FOUND = {name: read(post, path=f"content/posts/{name}/index.md") for name, post in CORPUS.items()}
LAYOUTS = ("2025-02", "2025-04")


def known(layout: str) -> dict[str, ReadPost]:
    return {name: found for name, found in FOUND.items() if found.layout == layout}


def bodies(post: str) -> list[str]:
    return re.findall(r'body="(.*)" userName', post)


def seed() -> tuple[str, ReadPost]:
    (post,) = SEED
    return post, read(post, path="content/posts/2025_09/2025_09_06_the_seed/index.md")


def test_the_reference_post_goes_out_with_its_very_bytes():
    post, found = seed()
    document = replace(found.document, slug="a_slug")
    assert hugo.render(document, escaping=Escaping.PLAIN) == post
    assert hugo.render(document, base=post) == post
    assert len(list(document.quotes())) == 84


def test_safe_escaping_changes_only_what_it_must_of_the_reference_post():
    post, found = seed()
    safe = hugo.render(replace(found.document, slug="a_slug"))
    same = [one == other for one, other in zip(bodies(post), bodies(safe), strict=True)]
    assert (same.count(True), len(same)) == (71, 84)
    assert re.sub(r'body=".*?" userName', "", safe) == re.sub(r'body=".*?" userName', "", post)


@pytest.mark.parametrize("name", CORPUS)
def test_a_published_post_goes_out_again_as_it_came(name: str):
    found = FOUND[name]
    opened = open_post(CORPUS[name], path="", form=Form())
    blocks = "".join(block.before + block.raw for block in opened.blocks)
    assert CORPUS[name][: opened.front.content] + blocks + opened.behind == CORPUS[name]
    assert hugo.render(found.document, base=CORPUS[name]) == CORPUS[name]
    assert len(list(found.document.quotes())) == CORPUS[name].count("{{<matomeQuote ")


def test_nearly_all_posts_have_one_of_two_layouts():
    counted = {layout: len(known(layout)) for layout in LAYOUTS}
    assert sum(counted.values()) >= 0.95 * len(CORPUS)
    assert min(counted.values()) >= 0.2 * len(CORPUS)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_post_of_a_known_layout_is_written_without_its_base(layout: str):
    form = Form(layout=layout)
    same = 0
    for name, found in known(layout).items():
        document = replace(found.document, slug="a_slug")
        post = hugo.render(document, form=form, escaping=Escaping.PLAIN)
        assert read(post, path="", form=form).layout == layout
        same += post == CORPUS[name]
    # A body that has an entity reads as its character, and a few titles are written in the other kind of quotes.
    assert same >= 0.9 * len(known(layout))


def test_an_edited_quote_changes_its_own_line_only():
    for name, found in FOUND.items():
        items, post = list(found.document.items), CORPUS[name]
        at = next(number for number, item in enumerate(items) if isinstance(item, DocumentQuote))
        first = items[at]
        assert isinstance(first, DocumentQuote)
        items[at] = replace(first, text='新しい "訳" です')
        edited = hugo.render(replace(found.document, items=tuple(items)), base=post)
        pairs = list(zip(post.split("\n"), edited.split("\n"), strict=True))
        ((before, after),) = [pair for pair in pairs if pair[0] != pair[1]]
        assert bodies(after) == ["新しい &quot;訳&quot; です"]
        assert before.replace(bodies(before)[0], "") == after.replace(bodies(after)[0], "")


def test_a_moved_quote_keeps_its_shortcode_and_the_post_its_blanks():
    for name, found in FOUND.items():
        items, post = list(found.document.items), CORPUS[name]
        if len(items) < 3 or isinstance(items[1], DocumentFold):
            continue
        items[0], items[1] = items[1], items[0]
        edited = hugo.render(replace(found.document, items=tuple(items)), base=post)
        assert sorted(bodies(edited)) == sorted(bodies(post)), name
        if found.layout in LAYOUTS:
            assert sorted(edited.split("\n")) == sorted(post.split("\n")), name


def test_an_edited_head_keeps_the_lines_of_the_front_matter_that_nobody_changed():
    for name, found in FOUND.items():
        edited = hugo.render(
            replace(found.document, headline="新しい「題」", date=date(2026, 1, 2)),
            base=CORPUS[name],
        )
        lines = set(CORPUS[name].split("\n")) ^ set(edited.split("\n"))
        assert all(re.match(r"date|months|title|>", line) for line in lines), name


def test_most_published_texts_are_the_same_bytes_when_escaped_safely():
    texts = [text for post in CORPUS.values() for text in bodies(post)]
    same = sum(escaping.body(unescaping.body(text)) == text for text in texts)
    assert same / len(texts) > 0.87


@pytest.mark.hugo
def test_what_was_published_is_shown_as_it_was_written(tmp_path: pathlib.Path):
    chosen = {name: replace(found.document, slug="a_slug") for name, found in [*known("2025-04").items()][::12]}
    documents = {f"content/posts/{name}/index.md": document for name, document in chosen.items()}
    pages = hugo_site.build(tmp_path, {path: hugo.render(document) for path, document in documents.items()})
    for path, document in documents.items():
        assert hugo_site.read(pages[path]) == hugo_site.expected(document), path
