"""Pages that the real Hugo made of posts are known for what they are, older ones' odd markup included."""

from dataclasses import replace
from pathlib import Path

import pytest

from digests.publishing import hugo, reading
from digests.publishing.document import DigestDocument, DocumentFold, DocumentItem, DocumentQuote
from digests.publishing.watching import page_state
from tests import hugo_site

POSTS = Path(__file__).parents[2] / "shared" / "corpus" / "posts"


@pytest.fixture
def posts() -> dict[str, str]:
    """Every fourth post of the archive, path → text."""
    found = {f"content/posts/{path.relative_to(POSTS)}": path for path in sorted(POSTS.rglob("index.md"))[::4]}
    if not found:
        pytest.skip("the archive is not here")
    return {name: path.read_text(encoding="utf-8") for name, path in found.items()}


def changed(document: DigestDocument) -> DigestDocument:
    """With a word more in the first quote."""
    items: list[DocumentItem] = []
    done = False
    for item in document.items:
        first = item.quotes[0] if isinstance(item, DocumentFold) and item.quotes else item
        if done or not isinstance(first, DocumentQuote):
            items.append(item)
            continue
        done = True
        longer = replace(first, text=f"{first.text}と追記した")
        items.append(replace(item, items=(longer, *item.items[1:])) if isinstance(item, DocumentFold) else longer)
    return replace(document, items=tuple(items))


@pytest.mark.hugo
@pytest.mark.parametrize("escaping", ["as it came", "safe"])
def test_a_post_that_was_built_is_live_and_the_next_version_is_not(
    posts: dict[str, str], escaping: str, tmp_path: Path
) -> None:
    documents = {name: reading.read(text, path=name).document for name, text in posts.items()}
    written = posts if escaping == "as it came" else {name: hugo.render(one) for name, one in documents.items()}
    layouts = {"layouts/shortcodes/list.html": "<ul></ul>"}
    pages = hugo_site.build(tmp_path, written, minify=True, layouts=layouts)
    assert len(pages.keys() & documents.keys()) > 30
    for name, document in documents.items():
        if name in pages:  # all but drafts
            assert page_state(pages[name], document, written[name]).missing == ()
            longer = changed(document)
            state = page_state(pages[name], longer, hugo.render(longer, base=written[name]))
            assert not state.is_live, name
