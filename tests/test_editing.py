"""A post that stands there is edited: what nobody changed keeps its very characters, whatever its layout."""

import difflib
import re
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from digests.publishing import editing, hugo
from digests.publishing.document import (
    DigestDocument,
    DocumentFold,
    DocumentHeading,
    DocumentItem,
    DocumentNote,
    DocumentQuote,
)
from digests.publishing.form import Form
from digests.publishing.hugo import UnfaithfulPost
from digests.publishing.reading import read
from tests.posts import BETWEEN, FRONT, PATH, fold, older, post, quote, texts


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


ODD = post(
    quote("一つ", "ann"),
    "{{< alert >}}よそ{{< /alert >}}",
    '{{< matomeQuote "二つ" "bob" "2026-01-05T10:00:01" "#785bff" >}}',
    '{{<matomeQuote color="" likes="3" body=`三つ` userName="cid" createdAt="2026/01/05 10:00:02">}}',
    fold(quote("四つ", "dan"), quote("五つ", "eve")).replace('">}}\n', '" class="big">}}\n', 1),
    "**よそ**の文",
    end="\n\n\n{{< list limit=2 >}}\n",
).replace("draft = false", "draft = false # まだ\nweight=  3")


def document_in(base: str, form: Form | None = None) -> DigestDocument:
    return read(base, path=PATH, form=form).document


def changed(document: DigestDocument, author: str, /, **fields: object) -> DigestDocument:
    """The document with that author's quote changed."""

    def of(item: DocumentItem) -> DocumentItem:
        if isinstance(item, DocumentFold):
            return replace(item, items=tuple(of(entry) for entry in item.items))  # type: ignore[misc]
        if isinstance(item, DocumentQuote) and item.author == author:
            return replace(item, **fields)  # type: ignore[arg-type]
        return item

    return replace(document, items=tuple(map(of, document.items)))


def lines_changed(base: str, edited: str) -> list[str]:
    diff = difflib.ndiff(base.splitlines(), edited.splitlines())
    return [line for line in diff if line[:2] in {"- ", "+ "} and line[2:].strip()]


def rearranged(base: str, *items: DocumentItem) -> str:
    return hugo.render(replace(document_in(base), items=items), base=base)


@pytest.mark.parametrize(
    ("author", "fields", "before", "after"),
    [
        ("ann", {"text": "新しい<文>"}, 'body="一つ"', 'body="新しい&lt;文&gt;"'),
        ("ann", {"color": "#45d325"}, 'color=""', 'color="#45d325"'),
        ("ann", {"author": 'an"n'}, 'userName="ann"', 'userName="an＂n"'),
        ("bob", {"text": "二つめ"}, '"二つ" "bob"', '"二つめ" "bob"'),
        ("bob", {"color": ""}, '"#785bff" >', '"" >'),
        ("cid", {"text": "三つめ"}, "body=`三つ`", 'body="三つめ"'),
        ("cid", {"color": "#785bff"}, 'color="" likes', 'color="#785bff" likes'),
        (
            "dan",
            {"created_at": datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)},
            "2026/01/05 10:00:00",
            "2026/02/03 04:05:06",
        ),
    ],
)
def test_a_changed_quote_changes_just_those_characters(author: str, fields: dict[str, object], before: str, after: str):
    edited = hugo.render(changed(document_in(ODD), author, **fields), base=ODD)
    line = next(line for line in ODD.split("\n") if author in line)
    assert edited == ODD.replace(line, line.replace(before, after, 1), 1)


def test_what_a_shortcode_lacks_is_put_behind_its_last_value():
    base = post(
        '{{< matomeQuote body="文" userName="ann" createdAt="2026/01/05 10:00:00" >}}', '{{< matomeQuote "文" >}}'
    )
    edited = hugo.render(changed(document_in(base), "ann", color="#785bff"), base=base)
    assert edited == base.replace('10:00:00" >}}', '10:00:00" color="#785bff" >}}')
    edited = hugo.render(changed(document_in(base), "", author="bob", color="#785bff"), base=base)
    assert edited == base.replace('"文" >}}', '"文" "bob" "" "#785bff" >}}')


def test_moved_quotes_keep_their_shortcodes_and_the_post_its_blanks():
    base = post(quote("一"), quote("二"), quote("三"), between="\n\n\n")
    one, two, three = document_in(base).items
    assert rearranged(base, three, one, two) == post(quote("三"), quote("一"), quote("二"), between="\n\n\n")
    assert rearranged(base, one, three) == post(quote("一"), quote("三"), between="\n\n\n")


@pytest.mark.parametrize("layout", ["2025-02", "2025-04"])
def test_folds_are_made_and_undone_in_the_layout_of_the_post(layout: str):
    form = Form(layout=layout)
    quotes = [
        DocumentQuote(author="ann", created_at=datetime(2025, 2, 5, 15, n, tzinfo=UTC), text=f"{n}番") for n in range(6)
    ]
    plain = replace(document_in(post()), items=tuple(quotes))
    folded = replace(
        plain,
        items=(
            *quotes[:2],
            DocumentFold(label="もっとコメントを表示（1）", items=tuple(quotes[2:4])),
            DocumentFold(label="もっとコメントを表示（2）", items=tuple(quotes[4:])),
        ),
    )
    for before, after in ((plain, folded), (folded, plain), (folded, replace(folded, items=folded.items[:-1]))):
        base = hugo.render(before, form=form)
        # The post's own layout is used, not the one of the form.
        assert hugo.render(after, base=base) == hugo.render(after, form=form)


def test_a_new_quote_is_spelled_like_the_others():
    base = older([quote("一", at="2025-02-05T15:50:09").replace("{{<", "{{< ").replace(">}}", " >}}")], [quote("二")])
    document = document_in(base)
    new = DocumentQuote(author="new", created_at=datetime(2025, 2, 6, 1, 2, 3, tzinfo=UTC), text="三")
    edited = hugo.render(replace(document, items=(*document.items, new)), base=base)
    assert '{{< matomeQuote body="三" userName="new" createdAt="2025-02-06T01:02:03" color="" >}}' in edited


def test_a_fold_s_label_is_changed_alone():
    document = document_in(ODD)
    items = [replace(one, label="べつの札") if isinstance(one, DocumentFold) else one for one in document.items]
    edited = rearranged(ODD, *items)
    assert edited == ODD.replace('summary="もっとコメントを表示（1）" class', 'summary="べつの札" class')


def test_texts_of_others_stay_before_what_they_stood_before():
    one, two, three, folded = document_in(ODD).items
    alert, bold, end = "{{< alert >}}よそ{{< /alert >}}", "**よそ**の文", "{{< list limit=2 >}}"

    def order(edited: str) -> list[str]:
        return re.findall(r"alert >}}よそ|\*\*よそ|list limit|一つ|二つ|三つ|四つ", edited)

    assert order(rearranged(ODD, one, three, two, folded)) == [
        *("一つ", "三つ", "alert >}}よそ", "二つ", "四つ", "**よそ", "list limit"),
    ]
    assert order(rearranged(ODD, one, three, folded)) == [
        *("一つ", "alert >}}よそ", "三つ", "四つ", "**よそ", "list limit"),
    ]
    assert order(rearranged(ODD, three)) == ["alert >}}よそ", "三つ", "**よそ", "list limit"]
    for text in (alert, bold, end):
        assert text in rearranged(ODD, three)


def test_an_edit_that_would_change_the_order_of_others_texts_is_refused():
    base = post(quote("一"), "{{< box >}}", quote("二"), "{{< /box >}}", quote("三"))
    one, two, three = document_in(base).items
    with pytest.raises(UnfaithfulPost, match="order"):
        rearranged(base, one, three, two)
    assert rearranged(base, two, three).count("box >}}") == 2


def test_what_would_break_a_build_is_mended_by_the_first_edit():
    base = post(
        quote('彼は"まあ"と言う', "ann"), fold(quote("二", "bob")).replace("\n\n{{</details>}}", ""), "{{</x>}}"
    )
    assert hugo.render(document_in(base), base=base) == base
    edited = hugo.render(changed(document_in(base), "bob", text="三"), base=base)
    assert 'body="彼は&quot;まあ&quot;と言う"' in edited
    assert edited.index("三") < edited.index("{{</details>}}") < edited.index("{{</x>}}")
    assert not [one for one in read(edited, path=PATH).remarks if one.code != "kept_text"]


def test_the_head_is_edited_line_by_line():
    document = document_in(ODD)
    new = replace(
        document, headline="新しい'題'", date=date(2026, 2, 3), tags=("文字", "新"), article_url="https://x.example/"
    )
    assert sorted(lines_changed(ODD, hugo.render(new, base=ODD))) == sorted(
        [
            "- date = '2026-01-05T00:00:00'",
            "- months = '2026/01'",
            "+ date = '2026-02-03T00:00:00'",
            "+ months = '2026/02'",
            "- title = '平文の話'",
            '- tags = ["平文", "文字"]',
            "+ title = \"新しい'題'\"",
            '+ tags = ["文字", "新"]',
            "- > 平文の話",
            "+ > 新しい&#39;題&#39;",
            "+ 元記事：[https://x.example/](https://x.example/)",
        ]
    )
    without = hugo.render(replace(document, thumbnail="", source_url=""), base=ODD)
    assert lines_changed(ODD, without) == [f"- {line}" for line in ODD.split("\n") if line[:3] in {"fea", "引用元"}]


def test_a_head_that_was_lacking_is_put_before_everything():
    base = post(source="", lead="")
    new = replace(document_in(base), lead="導入", source_url="https://s.example/", article_url="https://x.example/")
    lines = (
        "> 導入",
        "引用元：[https://s.example/](https://s.example/)",
        "元記事：[https://x.example/](https://x.example/)",
    )
    assert hugo.render(new, base=base) == post(lead=lines[0], source="\n\n".join(lines[1:]))


def test_a_lead_takes_the_place_of_the_headline_and_goes_again():
    base = post()
    led = hugo.render(replace(document_in(base), lead="一行目\n二行目"), base=base)
    assert "\n> 一行目<br>\n> 二行目\n" in led
    assert hugo.render(document_in(base), base=led) == base


def test_the_mark_of_a_draft_is_left_alone_or_set():
    hidden = post(front=FRONT.replace("draft = false", "draft = true"))
    document = document_in(hidden)
    assert read(hidden, path=PATH).draft
    assert hugo.render(document, base=hidden) == hidden
    assert hugo.render(document, base=hidden, draft=False) == post()
    assert hugo.render(document, base=post(), draft=True) == hidden


def test_what_contradicted_itself_before_stops_no_edit():
    base = post(quote("一", "ann"), front=FRONT.replace("2026/01'", "2025/12'"))
    edited = hugo.render(changed(document_in(base), "ann", text="二"), base=base)
    assert edited == base.replace('body="一"', 'body="二"')


def test_addresses_that_lead_to_the_post_are_added_to_those_it_names():
    moved = hugo.render(document_in(post()), base=post(), aliases=("/posts/old/",))
    assert lines_changed(post(), moved) == ['+ aliases = ["/posts/old/"]']
    again = hugo.render(document_in(moved), base=moved, aliases=("/posts/old/", "/posts/older/"))
    assert 'aliases = ["/posts/old/", "/posts/older/"]\n' in again


@pytest.mark.parametrize(
    "front",
    [
        "---\ntitle: 平文の話 # 題\ndate: 2026-01-05\ntags:\n  - 平文\n  - 文字\nweight: 3\n---\n",
        '{\n  "title": "平文の話",\n  "date": "2026-01-05",\n  "tags": ["平文", "文字"],\n  "weight": 3\n}\n',
        FRONT.replace("'2026/01'", "'2026'01'"),
        "",
    ],
)
def test_a_head_in_another_language_is_edited_too(front: str):
    base = post(front=front)
    document = replace(document_in(base), headline="新しい題", tags=("新",), date=date(2026, 2, 3))
    edited = hugo.render(document, base=base)
    found = read(edited, path=PATH)
    assert (found.document.headline, found.document.tags, found.document.date) == (
        "新しい題",
        ("新",),
        date(2026, 2, 3),
    )
    assert ("weight" in edited) is ("weight" in base)
    assert (" # 題" in edited) is (" # 題" in base)
    assert edited.endswith(base[len(front) :].replace("平文の話", "新しい題").lstrip("\n"))


@pytest.mark.parametrize("change", [lambda text: text.replace("\n", "\r\n"), lambda text: "\ufeff" + text, str.rstrip])
def test_line_ends_and_marks_of_the_file_stay(change):
    base = change(post(quote("一"), fold(quote("二"))))
    one, folded = document_in(base).items
    note = DocumentNote(text="一言")
    edited = rearranged(base, folded, one, note)
    assert edited == change(post(fold(quote("二")), quote("一"), "一言"))


def test_headings_and_notes_come_and_go():
    base = post(quote("一"), quote("二"))
    one, two = document_in(base).items
    items = (DocumentHeading(text="前半"), one, DocumentNote(text="ここから後半"), two)
    longer = rearranged(base, *items)
    assert longer == post("## 前半", quote("一"), "ここから後半", quote("二"))
    assert rearranged(longer, one, two) == base


def test_permalinks_are_added_where_the_form_has_them():
    link = "https://news.ycombinator.com/item?id=101"
    form, base = Form(permalinks=True), post()
    document = changed(document_in(base), "author1", comment="101", permalink=link)
    edited = hugo.render(document, base=base, form=form)
    assert edited == base.replace('color="">}}', f'color="" permalink="{link}">}}}}')
    assert document_in(edited, form) == document
    assert hugo.render(document, base=base) == base


def test_every_text_can_be_escaped_anew_and_nothing_else():
    base = post(quote('"', "ann"), quote("*a*", "bob"), "**よそ**", fold(quote("c"), label="*札*")).replace(
        "title = '平文の話'", "title = '<平文>の話'"
    )
    anew = editing.escaped(base, path=PATH, form=Form())
    assert texts(anew) == ["&quot;", "&#42;a&#42;", "c"]
    assert lines_changed(base, anew) == lines_changed(
        base,
        base.replace("'<平文>の話'", "'＜平文＞の話'")
        .replace('body="""', 'body="&quot;"')
        .replace("*a*", "&#42;a&#42;")
        .replace("*札*", "&#42;札&#42;"),
    )


QUOTES = [
    DocumentQuote(author=name, created_at=datetime(2026, 1, 5, 10, tzinfo=UTC), text=f"{name}の文") for name in "abcdef"
]


@st.composite
def documents(draw: st.DrawFn) -> DigestDocument:
    """A few quotes, in any order, colour and fold, with words between them."""
    chosen = draw(st.lists(st.sampled_from(QUOTES), unique=True, min_size=1))
    items: list[DocumentItem] = [
        replace(one, color=draw(st.sampled_from(["", "#785bff"])), text=one.text + draw(st.sampled_from(["", '"<'])))
        for one in chosen
    ]
    if draw(st.booleans()):
        items.insert(draw(st.integers(0, len(items))), DocumentHeading(text="見出し"))
    start, size = draw(st.integers(0, len(items))), draw(st.integers(0, len(items)))
    if inside := items[start : start + size]:
        items[start : start + size] = [DocumentFold(label=draw(st.sampled_from("xy")), items=tuple(inside))]  # type: ignore[arg-type]
    tags = tuple(draw(st.lists(st.sampled_from("猫犬"), unique=True)))
    return replace(document_in(post()), items=tuple(items), tags=tags, headline=draw(st.sampled_from("題名")))


@given(documents(), documents(), st.sampled_from(["2025-02", "2025-04"]))
def test_any_edit_gives_the_post_that_would_be_written_anew(before: DigestDocument, after: DigestDocument, layout: str):
    form = Form(layout=layout)
    base = hugo.render(before, form=form)
    edited = hugo.render(after, base=base, form=form)
    assert edited == hugo.render(after, form=form)
    assert hugo.render(before, base=edited, form=form) == base


@given(documents())
def test_any_edit_of_an_odd_post_says_what_was_meant_or_is_refused(after: DigestDocument):
    try:
        edited = hugo.render(after, base=ODD)
    except UnfaithfulPost as refused:
        assert "order" in str(refused)  # noqa: PT017
        return
    assert document_in(edited).items == after.items
    for text in ("{{< alert >}}よそ{{< /alert >}}", "**よそ**の文", "{{< list limit=2 >}}", "# まだ\nweight=  3"):
        assert text in edited


def test_blanks_of_the_post_are_used_where_the_form_has_others():
    base = post(quote("一"), quote("二"), between="\n\n\n\n\n\n\n")
    one, two = document_in(base).items
    new = replace(QUOTES[0], created_at=datetime(2026, 1, 5, 10, 0, 0, tzinfo=UTC))
    edited = rearranged(base, one, new, two)
    assert edited.count("\n" * 7) == 3
    assert BETWEEN * 2 not in edited


def test_a_quote_can_be_edited_where_the_front_matter_has_no_title():
    base = post(quote("一つ", "ann"), front=FRONT.replace("title = '平文の話'\n", ""))
    edited = hugo.render(changed(document_in(base), "ann", text="新しい"), base=base)
    assert edited == base.replace("一つ", "新しい")


def test_a_fold_that_closes_itself_is_no_beginning_and_gets_no_end():
    base = post(quote("一つ", "ann"), '{{< details summary="続き" />}}', quote("二つ", "bob"))
    edited = hugo.render(changed(document_in(base), "bob", text="新しい"), base=base)
    assert edited == base.replace("二つ", "新しい")
