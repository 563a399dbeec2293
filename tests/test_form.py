"""How a target's posts look: read from its settings, refused where no post could be written, used in every place."""

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digests.publishing import hugo
from digests.publishing.document import DigestDocument, DocumentFold, DocumentPicture, DocumentQuote
from digests.publishing.form import Form, FormError
from digests.publishing.proof import differences
from digests.publishing.reading import read

OWN = "thumbnails/0123456789abcdef0123.jpg"
QUOTE = DocumentQuote(author="ann", created_at=datetime(2026, 1, 5, 15, 30, 1, tzinfo=UTC), text="文", comment="101")
DOCUMENT = DigestDocument(
    slug="a_story",
    headline="平文の話",
    date=date(2026, 1, 5),
    tags=("文字",),
    thumbnail=OWN,
    source_url="https://news.ycombinator.com/item?id=100",
    article_url="https://x.example/",
    items=(
        replace(QUOTE, permalink="https://news.ycombinator.com/item?id=101"),
        DocumentFold(label="もっと", items=(replace(QUOTE, comment=None),)),
    ),
)

VALID: list[Mapping[str, Any]] = [
    {"path": "content/{year}/{month}/{day}-{slug}.md"},
    {"path": "blog/{slug}/index.md"},
    {"date_offset": "+09:00"},
    {"date_key": "published", "months_key": "", "draft_key": "hidden", "tags_key": "topics", "title_key": "name"},
    {"thumbnail_key": ""},
    {
        "constants": {
            "author": "編集部",
            "toc": True,
            "weight": 3,
            "ratio": 1.5,
            "series": ["まとめ", "x"],
            "params": {"a": "b"},
        }
    },
    {"source_label": "出典: ", "article_label": "記事: "},
    {"article_line": False},
    {"footer": ""},
    {"footer": "一行目\n[二行目](/posts/)"},
    {"layout": "2025-02"},
    {"created_at_zone": "Asia/Tokyo"},
    {"created_at_zone": "-03:30"},
    {"quote": "q", "fold": "more-quotes"},
    {"fold_size": 20, "fold_label": "続き {n}"},
    {"permalinks": True},
    {"own_shortcodes": True},
    {"pictures": "bundle"},
    {"thumbnail_folder": "static/img"},
    {"drafts": "mark", "aliases": False},
]


@pytest.mark.parametrize("value", VALID, ids=str)
def test_a_setting_is_read_written_and_faithfully_used(value: Mapping[str, Any]):
    form = Form.from_json(value)
    assert Form.from_json(form.to_json()) == form
    assert form.to_json().keys() == value.keys()
    post = hugo.render(DOCUMENT, form=form)
    path = hugo.post_path(DOCUMENT, form)
    assert not differences(post, DOCUMENT, path=path, form=form)
    found = read(post, path=path, form=form)
    assert (found.remarks, found.layout, found.document.slug) == ((), form.layout, "a_story")
    assert hugo.render(DOCUMENT, form=form, base=post) == post


def test_the_reference_form_has_no_settings():
    assert Form().to_json() == {}
    assert Form.from_json({}) == Form()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("path", "../{slug}.md"),
        ("path", "/etc/{slug}.md"),
        ("path", "content/../../{slug}.md"),
        ("path", "content//{slug}.md"),
        ("path", ".git/hooks/{slug}.md"),
        ("path", "content\\{slug}.md"),
        ("path", "content/{slug}/index.html"),
        ("path", "content/index.md"),
        ("path", "content/{title}/{slug}.md"),
        ("path", "content/{slug}/{.md"),
        ("path", "content/{year}{slug}.md"),
        ("path", "content/a\n{slug}.md"),
        ("path", ""),
        ("path", None),
        ("date_key", ""),
        ("title_key", ""),
        ("title_key", "a title"),
        ("tags_key", "title"),
        ("date_offset", "Asia/Tokyo"),
        ("date_offset", "+9"),
        ("constants", ["author"]),
        ("constants", {"title": "x"}),
        ("constants", {"a b": "x"}),
        ("constants", {"author": None}),
        ("constants", {"author": "\ud800"}),
        ("constants", {"n": float("nan")}),
        ("constants", {"n": 2**70}),
        ("constants", {"n": [["x"]]}),
        ("footer", "a\n\nb"),
        ("footer", " a"),
        ("layout", "2024-01"),
        ("created_at_zone", "Tokyo"),
        ("created_at_zone", "../../etc/passwd"),
        ("created_at_zone", ""),
        ("quote", "matome quote"),
        ("quote", 'q">}}'),
        ("quote", "1q"),
        ("fold", "matomeQuote"),
        ("fold", "matomeNote"),
        ("fold_size", 0),
        ("fold_size", "30"),
        ("fold_size", True),
        ("fold_label", ""),
        ("fold_label", "a\nb"),
        ("source_label", "{{< x >}}"),
        ("source_label", "> "),
        ("article_line", "yes"),
        ("pictures", "beside"),
        ("thumbnail_folder", "../img"),
        ("thumbnail_folder", "/img"),
        ("drafts", "sometimes"),
        ("nonsense", 1),
    ],
)
def test_a_setting_by_which_no_post_could_be_written_is_refused_by_its_name(name: str, value: Any):
    with pytest.raises(FormError) as refused:
        Form.from_json({name: value})
    assert refused.value.field == name
    assert refused.value.message
    assert name in str(refused.value)


@given(
    st.dictionaries(
        st.sampled_from([one.name for one in fields(Form)]),
        st.one_of(
            st.text(max_size=20), st.integers(), st.booleans(), st.none(), st.lists(st.text(max_size=3), max_size=3)
        ),
        max_size=3,
    )
)
def test_any_settings_are_a_form_or_refused(value: dict[str, Any]):
    try:
        form = Form.from_json(value)
    except FormError as refused:
        assert refused.field in {one.name for one in fields(Form)}  # noqa: PT017
    else:
        assert Form.from_json(form.to_json()) == form


def test_what_is_no_object_is_refused():
    with pytest.raises(FormError):
        Form.from_json(["path"])


def test_constants_keep_their_order_whatever_the_database_does():
    form = Form.from_json({"constants": [["zebra", 1], ["author", "x"], ["b", ["y"]]]})
    assert form.to_json() == {"constants": [["zebra", 1], ["author", "x"], ["b", ["y"]]]}
    assert "zebra = 1\nauthor = 'x'\nb = [\"y\"]\n+++" in hugo.render(DOCUMENT, form=form)


def test_each_setting_shows_in_the_post():
    form = Form(
        date_offset="+09:00",
        date_key="published",
        months_key="",
        layout="2025-02",
        created_at_zone="Asia/Tokyo",
        quote="q",
        fold="more",
        footer="",
        source_label="出典: ",
        article_label="記事: ",
        permalinks=True,
        thumbnail_folder="static/img",
        constants={"author": "編集部"},
    )
    assert (
        hugo.render(DOCUMENT, form=form)
        == """\
+++
published = '2026-01-05T00:00:00+09:00'
draft = false
title = '平文の話'
tags = ["文字"]
featureimage = 'img/0123456789abcdef0123.jpg'
author = '編集部'
+++

> 平文の話

出典: [https://news.ycombinator.com/item?id=100](https://news.ycombinator.com/item?id=100)

記事: [https://x.example/](https://x.example/)

{{<q body="文" userName="ann" createdAt="2026-01-06T00:30:01" color="" permalink="https://news.ycombinator.com/item?id=101">}}

{{< more summary="もっと">}}
{{<q body="文" userName="ann" createdAt="2026-01-06T00:30:01" color="">}}


{{< /more >}}
"""
    )
    assert hugo.picture_path(DOCUMENT, form=form) == "static/img/0123456789abcdef0123.jpg"


def test_comments_are_known_again_by_their_permalinks():
    form = Form(permalinks=True)
    (first, second) = read(hugo.render(DOCUMENT, form=form), path=hugo.post_path(DOCUMENT), form=form).document.quotes()
    assert (first.comment, second.comment) == ("101", None)


def test_pictures_lie_where_the_form_and_the_post_want_them():
    between = "thumbnails/abcdefabcdefabcdefab.jpg"
    document = replace(DOCUMENT, items=(*DOCUMENT.items, DocumentPicture(path=between, alt="x")))
    folder = "content/posts/2026_01/2026_01_05_a_story"
    bundle, single = Form(pictures="bundle"), Form(path="content/{slug}.md", pictures="bundle")
    assert hugo.picture_path(document) == f"assets/{OWN}"
    assert hugo.picture_path(document, between) == f"{folder}/abcdefabcdefabcdefab.jpg"
    assert hugo.picture_path(document, OWN, bundle) == f"{folder}/feature.jpg"
    assert "featureimage" not in hugo.render(document, form=bundle)
    # A post without a folder of its own has nothing beside it.
    assert hugo.picture_path(document, OWN, single) == f"assets/{OWN}"
    assert hugo.picture_path(document, between, single) == "static/abcdefabcdefabcdefab.jpg"
    written = hugo.render(document, form=single)
    assert "featureimage" in written
    assert '<img src="/abcdefabcdefabcdefab.jpg"' in written
    assert read(written, path="content/a_story.md", form=single).document.items[-1] == document.items[-1]


def test_a_picture_that_came_with_the_site_is_named_as_it_was():
    document = replace(DOCUMENT, thumbnail="images/old.png")
    for form in (Form(), Form(pictures="bundle"), Form(thumbnail_folder="static/img")):
        assert "featureimage = 'images/old.png'\n" in hugo.render(document, form=form)


def test_a_post_begins_to_show_when_its_day_does():
    assert Form().starts_at(date(2026, 1, 5)) == datetime(2026, 1, 5, tzinfo=UTC)
    assert Form(date_offset="+09:00").starts_at(date(2026, 1, 5)) == datetime(2026, 1, 4, 15, tzinfo=UTC)
