"""Posts of every form, and posts that were edited where they stood, in a site that the real Hugo builds.

The starter site's own layouts show them; each page is held against its document.
"""

import pathlib
from collections.abc import Iterator
from dataclasses import replace
from itertools import batched
from typing import Any

import pytest
from django.utils import translation

from digests.publishing import hugo
from digests.publishing.building import BuildReport, build_check
from digests.publishing.document import (
    DigestDocument,
    DocumentCard,
    DocumentEntry,
    DocumentFold,
    DocumentHeading,
    DocumentItem,
    DocumentNote,
    DocumentPicture,
)
from digests.publishing.form import Form
from digests.publishing.hugo import Escaping
from digests.publishing.reading import read
from tests import hugo_site
from tests.factories import make_document, make_document_quote
from tests.test_hugo_property import hostile_texts
from tests.test_hugo_starter import demo, starter

pytestmark = pytest.mark.hugo


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


SHARED = pathlib.Path(__file__).parent.parent.parent / "shared"
OWN_PICTURE = "thumbnails/0123456789abcdef0123.jpg"
PERMALINK = "https://news.ycombinator.com/item?id=1"

QUOTES = tuple(
    make_document_quote(f"{n}番目 <b>と</b> *印*", author=f"author{n}", permalink=PERMALINK) for n in range(5)
)
BETWEEN: tuple[DocumentEntry, ...] = (
    DocumentHeading(text="見出し {#x} ## と *印*"),
    DocumentNote(text="編集部より：\n- https://x.example/?a=1&b を参照 {{< x >}}"),
    DocumentPicture(path=OWN_PICTURE, alt='図 "1" {{%', caption="説明 *印*", credit="© <作者>", width=1200, height=630),
    DocumentCard(url="https://card.example/a_b?c&d", title="題 [1] *印*", text="一行目\n二行目"),
)
STORY = make_document(
    headline="全部入り",
    lead="導入。",
    thumbnail=OWN_PICTURE,
    source_url="https://news.ycombinator.com/item?id=1",
    article_url="https://x.example/a",
    items=(
        QUOTES[0],
        *BETWEEN,
        QUOTES[1],
        DocumentFold(label="もっと（1）", items=(QUOTES[2], *BETWEEN, QUOTES[3])),
        DocumentFold(label="もっと（2）", items=(QUOTES[4],)),
    ),
)


def checked(
    root: pathlib.Path, posts: dict[str, str], documents: dict[str, DigestDocument], form: Form, **options: Any
) -> BuildReport:
    """With the pictures where the form has them, in a new starter site."""
    version = options.pop("version", "new")
    site = starter(root / "site")
    picture = (site / "assets/thumbnails/lines.png").read_bytes()
    files = {hugo.picture_path(document, form=form): picture for document in documents.values() if document.thumbnail}
    for path, document in documents.items():
        for entry in document.entries():
            if isinstance(entry, DocumentPicture):
                files[hugo.picture_path(document, entry.path, form, path=path)] = picture
    names = {form.quote: "matomeQuote", form.fold: "details"}
    for name, own in names.items():
        if name != own:
            shortcodes = site / "layouts/_shortcodes"
            (shortcodes / f"{own}.html").rename(shortcodes / f"{name}.html")
    program = pathlib.Path(hugo_site.binary(version))
    return build_check(site, posts, documents, hugo=program, files=files, **options)


FORMS = {
    "the reference": Form(),
    "of February 2025": Form(layout="2025-02"),
    "a page bundle": Form(pictures="bundle"),
    "with Matome's shortcodes and permalinks": Form(own_shortcodes=True, permalinks=True),
    "another path, no footer": Form(path="content/reactions/{slug}/index.md", footer="", thumbnail_folder="static/up"),
    "single files": Form(path="content/posts/{year}-{month}-{day}-{slug}.md"),
    "other names": Form(quote="kotoba", fold="tatami", fold_label="続き {n}"),
    "another zone and keys": Form(
        date_offset="+09:00",
        created_at_zone="Asia/Tokyo",
        thumbnail_key="image",
        constants={"toc": True},
    ),
}


@pytest.mark.parametrize("version", hugo_site.VERSIONS)
@pytest.mark.parametrize("name", FORMS)
def test_a_post_of_any_form_is_shown_as_its_document(name: str, version: str, tmp_path: pathlib.Path):
    form = FORMS[name]
    path = hugo.post_path(STORY, form)
    report = checked(tmp_path, {path: hugo.render(STORY, form=form)}, {path: STORY}, form, version=version)
    assert (report.impossible, report.problems, report.notes) == ("", (), ())


@pytest.mark.parametrize("own", [False, True])
def test_hostile_texts_are_shown_in_the_starter_site_as_they_were_typed(own: bool, tmp_path: pathlib.Path):
    form = Form(own_shortcodes=own, permalinks=own)
    texts = [text for text in hostile_texts(300, seed=21 + own) if text.strip()]
    documents = {}
    for number, some in enumerate(batched(texts, 6)):
        quotes = tuple(make_document_quote(text, author=text, permalink=PERMALINK) for text in some)
        items: tuple[DocumentItem, ...] = quotes[:3]
        if len(quotes) > 3:
            items = (*items, DocumentFold(label=some[0], items=quotes[3:]))
        document = make_document(slug=f"s{number}", headline=some[0], lead="\n".join(some), tags=some, items=items)
        documents[hugo.post_path(document, form)] = document
    posts = {path: hugo.render(document, form=form) for path, document in documents.items()}
    report = checked(tmp_path, posts, documents, form)
    assert (report.impossible, report.problems, report.notes) == ("", (), ())


# Posts that were edited where they stand


def as_edited(document: DigestDocument, *further: DocumentEntry) -> DigestDocument:
    """Another headline, the first and the last quote with other texts, one quote less, and more at the end."""
    quotes = list(document.quotes())
    changed = {
        id(quotes[0]): replace(quotes[0], text='新しい "文" {{< x >}} https://x.example/?a=1&b です', color="#38d3d3"),
        id(quotes[-1]): replace(quotes[-1], text="- 最後 *の* 文", author='"名前"'),
        id(quotes[1]): None,
    }

    def edited(entry: DocumentEntry) -> DocumentEntry | None:
        return changed.get(id(entry), entry)

    items: list[Any] = []
    for item in document.items:
        if isinstance(item, DocumentFold):
            items.append(replace(item, items=tuple(kept for entry in item.items if (kept := edited(entry)))))
        elif kept := edited(item):
            items.append(kept)
    return replace(document, headline="新しい <見出し> It's", items=(*items, *further))


@pytest.mark.parametrize("layout", ["2025-02", "2025-04"])
def test_an_edited_post_is_shown_as_its_document(layout: str, tmp_path: pathlib.Path):
    form = Form(layout=layout)
    before = replace(demo("finished"), thumbnail="")
    path = hugo.post_path(before, form)
    base = hugo.render(before, form=form).replace("draft = false", "draft = false # 済\nmyKey = [1,2]")
    document = as_edited(before, *BETWEEN)
    post = hugo.render(document, form=form, base=base)
    assert "draft = false # 済\nmyKey = [1,2]" in post
    report = checked(tmp_path, {path: post}, {path: document}, form, bases={path: base})
    assert (report.impossible, report.problems, report.notes) == ("", (), ())


def test_what_was_published_plainly_is_noted_and_what_is_new_is_shown(tmp_path: pathlib.Path):
    texts = ("そのまま", "消える", "`code` と *強調*", "最後")
    before = make_document(items=tuple(make_document_quote(text, author=f"a{n}") for n, text in enumerate(texts)))
    path = hugo.post_path(before)
    base = hugo.render(before, escaping=Escaping.PLAIN)
    document = as_edited(before)
    post = hugo.render(document, base=base)
    assert 'body="`code` と *強調*"' in post
    report = checked(tmp_path, {path: post}, {path: document}, Form(), bases={path: base})
    assert (report.impossible, report.problems) == ("", ())
    assert [note.text.partition(":")[0] for note in report.notes] == ["Quote 2 (a2)"]


POSTS = sorted(SHARED.glob("corpus/posts/*/*/index.md"))


@pytest.mark.skipif(not POSTS, reason="the site's published posts are not at hand")
def test_published_posts_that_were_edited_build_and_show_what_was_changed(tmp_path: pathlib.Path):
    posts, documents, bases = {}, {}, {}
    for file in POSTS[::9]:
        path = f"content/posts/{file.parent.parent.name}/{file.parent.name}/index.md"
        bases[path] = file.read_bytes().decode()
        was = read(bases[path], path=path).document
        documents[path] = as_edited(was, *BETWEEN[:2])
        posts[path] = hugo.render(documents[path], base=bases[path])
    report = checked(
        tmp_path, posts, {path: replace(one, thumbnail="") for path, one in documents.items()}, Form(), bases=bases
    )
    assert (report.impossible, report.problems) == ("", ())
