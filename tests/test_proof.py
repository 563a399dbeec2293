"""The proof of a finished post: each thing that it says otherwise than its digest is told in words."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from django.utils import translation

from digests.publishing import hugo
from digests.publishing.document import DocumentCard, DocumentFold, DocumentHeading, DocumentQuote
from digests.publishing.form import Form
from digests.publishing.hugo import Escaping
from digests.publishing.proof import differences
from digests.publishing.reading import read
from tests.posts import FRONT, PATH, fold, post, quote

LATER = "2026/01/05 10:00:01"
WHOLE = post(quote("一つ", "ann"), "## 見出し", fold(quote("二つ", "bob", at=LATER), quote("三つ", "cid")))
DOCUMENT = read(WHOLE, path=PATH).document


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


def told(text: str) -> list[tuple[int | None, str]]:
    found = differences(text, DOCUMENT, path=PATH)
    return [(one.number, str(one)) for one in found]


def test_a_faithful_post_has_no_differences():
    assert told(WHOLE) == []
    assert differences(hugo.render(DOCUMENT), DOCUMENT, path=hugo.post_path(DOCUMENT)) == ()


@pytest.mark.parametrize(
    ("change", "number", "said"),
    [
        (lambda text: text.replace("一つ", "一個"), 1, "Quote 1, text: the post says “一個”, the digest “一つ”."),
        (lambda text: text.replace("ann", "dan"), 1, "Quote 1, author: the post says “dan”, the digest “ann”."),
        (
            lambda text: text.replace(LATER, "2026/01/05 10:00:02"),
            2,
            "Quote 2, time: the post says “2026-01-05 10:00:02",
        ),
        (lambda text: text.replace('color=""', 'color="#785bff"', 1), 1, "Quote 1, colour: the post says “#785bff”"),
        (lambda text: text.replace("見出し", "別の題"), None, "Heading: the post says “別の題”, the digest “見出し”."),
        (
            lambda text: text.replace("（1）", "（2）"),
            None,
            "The fold at item 3 is labelled “もっとコメントを表示（2）”",
        ),
        (lambda text: text.replace("{{</details>}}", ""), None, "would stop Hugo: もっとコメントを表示（1）"),
        (lambda text: text + "{{</details>}}\n", None, "would stop Hugo: {{</details>}}"),
        (lambda text: text.replace("一つ", '"一つ"'), 1, "text"),
        (lambda text: text.replace("2026-01-05", "2026-01-06"), None, "date: the post says “2026-01-06T00:00:00”"),
        (
            lambda text: text.replace("2026/01'", "2026/02'"),
            None,
            "months: the post says “2026/02”, the digest “2026/01”",
        ),
        (lambda text: text.replace("title = '平文", "title = '別文"), None, "title: the post says “別文の話”"),
        (lambda text: text.replace("> 平文の話", "> 別の話"), None, "lead: the post says “別の話”"),
        (
            lambda text: text.replace('"文字"', '"活字"'),
            None,
            "tags: the post says “平文, 活字”, the digest “平文, 文字”",
        ),
        (lambda text: text.replace("color3", "color4"), None, "featureimage: the post says “thumbnails/color4.jpg”"),
        (lambda text: text.replace("id=100", "id=101"), None, "source: the post says “https://news.ycombinator.com/"),
        (lambda text: text.replace("'平文の話'", "'it's'"), None, "The front matter cannot be read"),
        (lambda text: text.replace("引用元：", "出典："), None, "source"),
        (lambda _text: "", None, "The post cannot be read back"),
        (lambda text: text.replace("一つ", "\ud800"), None, "a character that no file can hold"),
    ],
)
def test_each_difference_is_told_with_its_quotes_number(change: Callable[[str], str], number: int | None, said: str):
    found = told(change(WHOLE))
    assert any(said in words and number == one for one, words in found), found


def test_quotes_that_are_missing_or_in_another_order_are_told():
    (only, *_rest) = told(post(quote("一つ", "ann")))
    assert "The post holds 1 quotes and other items, the digest 4." in only[1]
    order = told(post(quote("一つ", "ann"), "## 見出し", fold(quote("三つ", "cid"), quote("二つ", "bob", at=LATER))))
    assert {number for number, _said in order} == {2, 3}
    longer = told(post(quote("一つ", "ann"), "## 見出し", quote("二つ", "bob", at=LATER), fold(quote("三つ", "cid"))))
    assert [words for _number, words in longer] == ["The post folds 4-4, the digest 3-4."]


def test_the_path_must_be_the_forms_or_the_one_where_the_post_stands():
    found = differences(WHOLE, DOCUMENT, path="content/posts/elsewhere.md")
    assert [str(one) for one in found] == [
        f"The post would stand at content/posts/elsewhere.md, not at {hugo.post_path(DOCUMENT)}."
    ]
    assert not differences(WHOLE, DOCUMENT, path="content/posts/x.md", stands_at="content/posts/x.md")


def test_what_a_form_does_not_carry_is_no_difference():
    document = replace(DOCUMENT, article_url="https://x.example/")
    assert [str(one) for one in differences(WHOLE, document)] == [
        "article: the post says “”, the digest “https://x.example/”."
    ]
    assert not differences(WHOLE, document, form=Form(article_line=False))
    first = replace(DOCUMENT.items[0], comment="7", permalink="https://news.ycombinator.com/item?id=7")
    linked = replace(DOCUMENT, items=(first, *DOCUMENT.items[1:]))
    assert not differences(WHOLE, linked)
    assert ", link: the post says “”" in str(differences(WHOLE, linked, form=Form(permalinks=True))[0])


def test_full_width_twins_are_what_was_meant():
    text = hugo.render(replace(DOCUMENT, headline="<R&D>", tags=("UI/UX", "a__b", ".")))
    assert "title = '＜R＆D＞'" in text
    found = replace(DOCUMENT, headline="<R&D>", tags=("UI/UX", "a__b", "."))
    named = replace(DOCUMENT, items=(replace(DOCUMENT.items[0], author='a"`'),))
    assert not differences(text, found)
    assert not differences(hugo.render(named), named)


def test_an_unescaped_text_is_held_against_what_is_shown():
    raw = post(quote("a &amp; b"))
    made = datetime(2026, 1, 5, 10, tzinfo=UTC)
    shown = replace(DOCUMENT, items=(DocumentQuote(author="author1", created_at=made, text="a & b"),))
    meant = replace(DOCUMENT, items=(DocumentQuote(author="author1", created_at=made, text="a &amp; b"),))
    assert not differences(raw, shown)
    assert differences(raw, meant)
    assert not differences(raw, meant, escaping=Escaping.PLAIN)


def test_a_card_whose_address_is_another_is_told():
    card = DocumentCard(url="https://a.example/?q=(x)", title="題", text="一言")
    document = replace(DOCUMENT, items=(DocumentFold(label="x", items=(card, DocumentHeading(text="y {#z} #"))),))
    text = hugo.render(document)
    assert not differences(text, document)
    assert "Link card" in str(differences(text.replace("a.example", "b.example"), document)[0])


def test_a_post_without_front_matter_may_say_the_rest():
    text = WHOLE.removeprefix(FRONT).lstrip()
    document = read(text, path=PATH).document
    assert document.date == date(2026, 1, 5)
    assert not differences(text, document, path=PATH)
