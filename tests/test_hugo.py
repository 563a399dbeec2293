"""A document as a Hugo post: its form byte for byte, its path, and how it is written."""

import pathlib
import re
import tomllib
from datetime import UTC, date, datetime

import pytest

from digests.publishing import hugo
from digests.publishing.document import DigestDocument, DocumentFold, DocumentQuote
from digests.publishing.hugo import Escaping, PlainCannotHold, UnfaithfulPost
from tests import hugo_site

POST = """\
+++
date = '2025-09-06T00:00:00'
months = '2025/09'
draft = false
title = '見出し'
tags = ["AI", "a \\"b\\""]
featureimage = 'thumbnails/color3.jpg'
+++

> 見出し

引用元：[https://news.example/item?id=1](https://news.example/item?id=1)

元記事：[https://x.example/](https://x.example/)




{{<matomeQuote body="一行目<br>二行目" userName="alice" createdAt="2025/09/06 16:36:41" color="#785bff">}}




{{<matomeQuote body="短い" userName="bob" createdAt="2025/09/06 16:36:41" color="">}}




{{< details summary="もっとコメントを表示（1）">}}

{{<matomeQuote body="短い" userName="bob" createdAt="2025/09/06 16:36:41" color="">}}




{{<matomeQuote body="短い" userName="bob" createdAt="2025/09/06 16:36:41" color="">}}

{{</details>}}




{{< details summary="もっとコメントを表示（2）">}}

{{<matomeQuote body="短い" userName="bob" createdAt="2025/09/06 16:36:41" color="">}}

{{</details>}}



[記事一覧へ]({{% ref "/posts/" %}})
"""


def quote(text: str = "短い", author: str = "bob", color: str = "") -> DocumentQuote:
    return DocumentQuote(author=author, created_at=datetime(2025, 9, 6, 16, 36, 41, tzinfo=UTC), text=text, color=color)


def document(**changes: object) -> DigestDocument:
    values = {"slug": "a_slug", "headline": "見出し", "date": date(2025, 9, 6), "items": (quote(),), **changes}
    return DigestDocument(**values)  # type: ignore[arg-type]


def write(root: pathlib.Path, what: DigestDocument, *, escaping: Escaping = Escaping.SAFE) -> bool:
    return hugo.write_file(root / hugo.post_path(what), hugo.render(what, escaping=escaping).encode())


WHOLE = document(
    tags=("AI", 'a "b"'),
    thumbnail="thumbnails/color3.jpg",
    source_url="https://news.example/item?id=1",
    article_url="https://x.example/",
    items=(
        quote("一行目\n二行目", "alice", "#785bff"),
        quote(),
        DocumentFold(label="もっとコメントを表示（1）", items=(quote(), quote())),
        DocumentFold(label="もっとコメントを表示（2）", items=(quote(),)),
    ),
)


def values_of(post: str) -> dict[str, object]:
    return tomllib.loads(post.split("+++\n")[1])


@pytest.mark.parametrize("way", Escaping)
def test_a_post_has_the_form_of_the_site(way: Escaping):
    assert hugo.render(WHOLE, escaping=way) == POST


@pytest.mark.parametrize("way", Escaping)
def test_what_a_document_does_not_have_is_left_out(way: Escaping):
    post = hugo.render(document(items=()), escaping=way)
    assert "featureimage" not in post
    assert "tags = []\n" in post
    assert post.endswith('+++\n\n> 見出し\n\n\n\n[記事一覧へ]({{% ref "/posts/" %}})\n')


def test_after_a_quote_outside_a_fold_three_blank_lines_stand_before_the_footer():
    assert 'color="">}}\n\n\n\n[記事一覧へ]' in hugo.render(document())
    between = 'color="">}}\n\n{{</details>}}\n\n\n\n\n{{<matomeQuote body="後"'
    assert between in hugo.render(document(items=(DocumentFold(label="x", items=(quote(),)), quote("後"))))


def test_a_lead_takes_the_place_of_the_headline():
    lead = document(lead="一行目\n\n三行目")
    assert "\n> 一行目<br>\n> <wbr><br>\n> 三行目\n\n" in hugo.render(lead)
    assert "\n> 一行目\n>\n> 三行目\n\n" in hugo.render(lead, escaping=Escaping.PLAIN)
    assert "\n> 見出し\n\n" in hugo.render(document(lead=" \n"))


@pytest.mark.parametrize("way", Escaping)
@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "file.json", "//x.example/"])
def test_only_an_address_of_the_web_becomes_a_link(way: Escaping, url: str):
    assert f"\n\n引用元：{url}\n\n元記事：{url}\n\n" in hugo.render(
        document(source_url=url, article_url=url), escaping=way
    )


@pytest.mark.parametrize("way", Escaping)
@pytest.mark.parametrize(
    ("headline", "line"),
    [
        ('二つの"引用"', "title = '二つの\"引用\"'"),
        ("C:\\x", "title = 'C:\\x'"),
        ("It's", 'title = "It\'s"'),
        ('It\'s "C:\\x"', 'title = "It\'s \\"C:\\\\x\\""'),
        ("+++", "title = '+++'"),
    ],
)
def test_a_headline_is_toml_whatever_it_holds(way: Escaping, headline: str, line: str):
    post = hugo.render(document(headline=headline), escaping=way)
    assert f"\n{line}\n" in post
    assert values_of(post)["title"] == headline


def test_plain_keeps_control_characters_of_a_headline_as_escapes():
    post = hugo.render(document(headline="a\x07b"), escaping=Escaping.PLAIN)
    assert 'title = "a\\u0007b"' in post


@pytest.mark.parametrize("text", ['say "hi"', "C:\\", "C:\\\\", "a\\`b", "a\rb"])
def test_plain_refuses_what_no_parameter_can_hold(text: str):
    fold = DocumentFold(label=text, items=(quote(),))
    for item in (quote(text), quote(author=text), fold):
        with pytest.raises(PlainCannotHold) as refused:
            hugo.render(document(items=(item,)), escaping=Escaping.PLAIN)
        assert refused.value.args == (text,)
        hugo.render(document(items=(item,)))


@pytest.mark.parametrize("text", ["\\n C:\\CON\\x \\\\b", "<b>&amp;", "{{< x >}}", "*a* `b`", "a\tb", " a "])
def test_plain_is_the_text_as_it_stands(text: str):
    assert f'body="{text}"' in hugo.render(document(items=(quote(text),)), escaping=Escaping.PLAIN)


@pytest.mark.parametrize("broken", [{"headline": "\ud800"}, {"lead": "a\rb"}, {"lead": "a\udfff"}])
def test_a_post_that_does_not_read_back_never_leaves(broken: dict[str, str], tmp_path: pathlib.Path):
    with pytest.raises(UnfaithfulPost, match="a_slug"):
        write(tmp_path, document(**broken), escaping=Escaping.PLAIN)
    assert list(tmp_path.iterdir()) == []
    hugo.render(document(**broken))


def test_a_post_stands_below_its_month_and_day():
    assert hugo.post_path(document()) == "content/posts/2025_09/2025_09_06_a_slug/index.md"


@pytest.mark.parametrize(
    "slug",
    [
        *("", "..", "a/../b", "a/b", "/a", "a\\b", "a\n", "a b", ".a", "a.md", "A", "あ", "_a", "a" * 201),
        *("a__hdeferred", "a__h_pp_l1"),  # in the post's address they would panic Hugo
    ],
)
def test_a_slug_cannot_leave_its_folder(slug: str, tmp_path: pathlib.Path):
    with pytest.raises(ValueError, match="slug"):
        write(tmp_path, document(slug=slug))
    assert list(tmp_path.iterdir()) == []


def test_a_post_is_written_once_and_again_only_when_it_has_changed(tmp_path: pathlib.Path):
    path = tmp_path / hugo.post_path(WHOLE)
    assert write(tmp_path, WHOLE)
    assert path.read_bytes() == POST.encode()
    first = path.stat()
    assert not write(tmp_path, WHOLE)
    assert path.stat() == first
    path.write_bytes(POST.replace("\n", "\r\n").encode())
    assert write(tmp_path, WHOLE)
    assert path.read_bytes() == POST.encode()
    assert [child.name for child in path.parent.iterdir()] == ["index.md"]


def test_a_post_that_cannot_be_put_in_place_leaves_nothing_behind(tmp_path: pathlib.Path):
    path = tmp_path / hugo.post_path(WHOLE)
    path.mkdir(parents=True)
    with pytest.raises(OSError, match=r"index\.md"):
        write(tmp_path, WHOLE)
    assert [child.name for child in path.parent.iterdir()] == ["index.md"]


@pytest.mark.hugo
@pytest.mark.parametrize("way", Escaping)
def test_hugo_shows_a_post_as_it_was_meant(way: Escaping, tmp_path: pathlib.Path):
    path = hugo.post_path(WHOLE)
    pages = hugo_site.build(tmp_path, {path: hugo.render(WHOLE, escaping=way)})
    assert hugo_site.read(pages[path]) == hugo_site.expected(WHOLE)
    assert "tags/ai/index.html" in pages


@pytest.mark.hugo
def test_a_site_that_shows_alerts_does_not_take_a_lead_for_one(tmp_path: pathlib.Path):
    lead = document(lead="[!NOTE]\nnoted")
    hook = {"layouts/_default/_markup/render-blockquote.html": "<blockquote>{{ .Type }} {{ .Text }}</blockquote>"}
    pages = hugo_site.build(tmp_path, {hugo.post_path(lead): hugo.render(lead)}, layouts=hook)
    assert "<blockquote>regular <p><wbr>[!NOTE]<br>" in pages[hugo.post_path(lead)]


@pytest.mark.hugo
@pytest.mark.parametrize("tag", ["index.html", "index.xml", "日" * 100, "__hdeferred/", "..", "TCP/IP", "🔥"])
def test_a_tag_of_which_hugo_would_fail_builds(tag: str, tmp_path: pathlib.Path):
    tagged = document(tags=(tag, "AI"))
    pages = hugo_site.build(tmp_path, {hugo.post_path(tagged): hugo.render(tagged)})
    assert "<title>Tags</title>" in pages["tags/index.html"]
    assert len([name for name in pages if re.fullmatch("tags/[^/]+/index.html", name)]) == (1 if tag == ".." else 2)


@pytest.mark.hugo
@pytest.mark.parametrize("text", ["C:\\", "a\\`b", 'say "hi"'])
def test_what_plain_refuses_would_break_the_build(text: str, tmp_path: pathlib.Path):
    path = hugo.post_path(WHOLE)
    with pytest.raises(hugo_site.BuildFailed):
        hugo_site.build(tmp_path, {path: POST.replace("一行目", text).replace("<br>二行目", "")})
