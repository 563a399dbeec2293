"""A Hugo post becomes a document, whatever its layout: what is odd is remarked, and stops nothing."""

import time
from contextlib import suppress
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digests.publishing import hugo
from digests.publishing.document import DigestDocument, DocumentFold, DocumentHeading, DocumentNote, DocumentQuote
from digests.publishing.form import Form
from digests.publishing.reading import NO_TIME, ReadPost, UnreadablePost, open_post, read
from tests.posts import ADDRESS, FOOTER, FRONT, PATH, SOURCE, fold, older, post, quote


def opened(text: str, form: Form | None = None) -> ReadPost:
    """The post read; cut into blocks it is still the same text, and writing it again changes nothing."""
    cut = open_post(text, path=PATH, form=form or Form())
    joined = "".join(block.before + block.raw for block in cut.blocks)
    assert text[: cut.front.content] + joined + cut.behind == text
    found = read(text, path=PATH, form=form)
    assert hugo.render(found.document, base=text, form=form) == text
    return found


def codes(found: ReadPost) -> list[tuple[int, str]]:
    return [(remark.line, remark.code) for remark in found.remarks]


def only_quote(found: ReadPost) -> DocumentQuote:
    (only,) = found.document.quotes()
    return only


def test_a_post_of_today_is_read_without_a_remark():
    found = opened(post(quote("一行目<br>二行目", "alice", color="#785bff"), quote(), fold(quote("中"), quote("奥"))))
    made = datetime(2026, 1, 5, 10, tzinfo=UTC)
    assert found == ReadPost(
        DigestDocument(
            slug="a_story",
            headline="平文の話",
            date=date(2026, 1, 5),
            tags=("平文", "文字"),
            thumbnail="thumbnails/color3.jpg",
            source_url=ADDRESS,
            items=(
                DocumentQuote(author="alice", created_at=made, text="一行目\n二行目", color="#785bff"),
                DocumentQuote(author="author1", created_at=made, text="こんにちは"),
                DocumentFold(
                    label="もっとコメントを表示（1）",
                    items=tuple(DocumentQuote(author="author1", created_at=made, text=text) for text in ("中", "奥")),
                ),
            ),
        ),
        layout="2025-04",
        remarks=(),
    )


def test_a_post_of_the_older_form_is_told_by_its_blanks():
    found = opened(older([quote(at="2025-02-05T15:50:09")], [quote("中", at="2025-02-05T15:50:10")]))
    assert (found.layout, found.remarks) == ("2025-02", ())
    assert [one.created_at.second for one in found.document.quotes()] == [9, 10]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (post(end="\n"), None),
        (post(end=""), "no_final_line_end"),
        (post(end="\n\n\n\n{{< list limit=2 >}}\n"), "kept_text"),
        (post(source=f"引用元：{ADDRESS}"), "source_without_link"),
        (post(source=""), "no_source"),
        (post(lead=""), "no_blockquote"),
        (post().replace(' color=""', ' color="red"'), "color"),
        (post().replace("2026/01/05 10", "きのう 10"), "time"),
        (post().replace("2026/01/05 10", "0001/01/01 10"), "time"),
        (post().replace("2026/01/05 10", "9999/12/31 10"), "time"),
        (post().replace(' body="こんにちは"', ""), "no_body"),
        (post().replace(' color=""', ' color="" likes="3"'), "quote_parameters"),
        (post(fold(quote()).replace('1）">', '1）" class="big" >')), "fold_parameters"),
        (post(fold(quote()).replace(' summary="もっとコメントを表示（1）"', "")), "fold_parameters"),
        (post(quote(), "{{< alert >}}よそ{{< /alert >}}", quote()), "kept_text"),
        (post(quote(), "**よその**太字", quote()), "kept_text"),
        (post(quote(), "{{</details>}}"), "stray_close"),
        (post(quote(), fold()), "empty_fold"),
        (post(quote(), '{{< details summary="続き" />}}', quote()), "empty_fold"),
        (post(quote(), fold(quote()).replace("{{</details>}}", "")), "open_fold"),
        (post(quote('彼は"まあ"と言う')), "broken_quote"),
        (post(quote("一行目\n二行目")), "broken_quote"),
        ("\ufeff" + post(), "byte_order_mark"),
        (post().replace("\n", "\r\n"), "crlf"),
        (post(front="---\ntitle: 平文の話\ndate: 2026-01-05\n---\n"), "front_matter"),
        (post(front='{"title": "平文の話", "date": "2026-01-05"}\n'), "front_matter"),
        (post(front=""), "front_matter"),
        (post(front=FRONT.replace("'平文の話'", "'It's'")), "broken_front_matter"),
        (post(front=FRONT.replace("title = '平文の話'\n", "")), "no_title"),
        (post(front=FRONT.replace("date = '2026-01-05T00:00:00'\n", "")), "no_date"),
    ],
)
def test_what_is_odd_is_remarked_and_kept(text: str, code: str | None):
    found = opened(text)
    assert {remark.code for remark in found.remarks} - {"no_date", "no_title", "no_final_line_end"} <= {
        code,
        "fold_parameters",
    }
    assert code in {None, *(remark.code for remark in found.remarks)}
    assert found.layout == "other"
    assert found.document.date == date(2026, 1, 5)
    assert found.document.headline in {"平文の話", "It's"}
    assert next(found.document.quotes())


def test_what_is_odd_but_harmless_is_no_remark():
    for text in (
        post(front=FRONT.replace("'平文の話'", '"平文の話"')),
        post(front=FRONT.replace('["平文", "文字"]', "['平文', '文字']")),
        post(front=FRONT.replace("\n+++", "\n\n+++")),
        post(front=FRONT.replace("title", "\n# 題\ntitle")),
        post(quote(), quote().replace("{{<", "{{< ").replace(">}}", " >}}")),
        post(quote(), "  " + quote() + "  "),
        post(quote(), quote(), between="\n   \n"),
        post(lead=">\t平文の話 "),
        post(lead=">"),
        post(lead=f"> 平文の話\n元記事：[{ADDRESS}]({ADDRESS})"),
    ):
        assert opened(text).remarks == ()


def test_a_remark_says_the_line_and_the_text():
    found = opened(post(quote(), "**よその**太字", quote(color="red")))
    lines = post(quote(), "**よその**太字", quote(color="red")).split("\n")
    assert [(lines[one.line - 1], one.code, one.detail) for one in found.remarks] == [
        ("**よその**太字", "kept_text", "**よその**太字"),
        (quote(color="red"), "color", "red"),
    ]


@pytest.mark.parametrize(
    "written",
    [
        '{{<matomeQuote color="#785bff" createdAt="2026/01/05 10:00:00" userName="ann" body="本文">}}',
        '{{< matomeQuote "本文" "ann" "2026/01/05 10:00:00" "#785bff" >}}',
        "{{% matomeQuote body=`本文` userName=ann createdAt=`2026-01-05T10:00:00Z` color=`#785BFF` %}}",
        '{{<matomeQuote\n  body="本文"\n userName="ann"\n createdAt="2026-01-05T19:00:00+09:00" color="#785bff"\n/>}}',
        '{{<matomeQuote body="本文" userName="ann" createdAt="2026/1/5 10:00" color="#785bff" likes="3">}}',
    ],
)
def test_a_quote_is_read_however_its_shortcode_is_spelled(written: str):
    assert only_quote(opened(post(written))) == DocumentQuote(
        author="ann", created_at=datetime(2026, 1, 5, 10, tzinfo=UTC), text="本文", color="#785bff"
    )


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("a &lt;b&gt; &amp;lt; &#42;", "a <b> &lt; *"),
        ("C:\\x", "C:\\x"),
        ('a \\"b\\" C:\\x', 'a "b" C:x'),  # what Hugo makes of it
        ("<b>太字</b> *強調*", "<b>太字</b> *強調*"),
        ("<https://a.example/>", "https://a.example/"),
        ("[名前](https://a.example/)", "[名前](https://a.example/)"),
        ("タブ\tと\x07", "タブ と"),
        ("", ""),
    ],
)
def test_a_quotes_text_is_what_its_author_typed(raw: str, text: str):
    assert only_quote(opened(post(quote(raw)))).text == text


def test_a_broken_quote_is_made_out_all_the_same():
    found = only_quote(opened(post(quote('彼は"まあ"と言い、body="x" と書く', "ann"))))
    assert found.author == "ann"
    assert "まあ" in found.text


def test_times_are_read_in_the_zone_of_the_form():
    found = opened(post(), Form(created_at_zone="Asia/Tokyo"))
    assert only_quote(found).created_at == datetime(2026, 1, 5, 1, tzinfo=UTC)
    assert only_quote(opened(post(quote(at="いつか")))).created_at == NO_TIME


def test_a_fold_that_is_not_closed_ends_where_the_next_begins_or_with_the_last_quote():
    open_end = fold(quote("a"), label="A").replace("{{</details>}}", "")
    found = opened(post(open_end, fold(quote("b"), label="B").replace("{{</details>}}", ""), quote("c")))
    assert [(one.label, len(one.items)) for one in found.document.items if isinstance(one, DocumentFold)] == [
        ("A", 1),
        ("B", 2),
    ]


def test_the_head_may_lack_its_blank_lines():
    joined = f"> 平文の話\n{SOURCE}\n元記事：[https://x.example/](https://x.example/)"
    found = opened(post(lead=joined, source=""))
    assert (found.document.source_url, found.document.article_url) == (ADDRESS, "https://x.example/")
    assert found.document.headline == "平文の話"


def test_a_blockquote_that_is_not_the_title_is_the_lead():
    assert opened(post(lead="> 一行目\n> 二行目")).document.lead == "一行目\n二行目"
    assert opened(post(lead="> 一行目<br>\n>\n> 三行目")).document.lead == "一行目\n\n三行目"
    written = opened(post(front=FRONT.replace("平文の話", "＜b＞のR＆D"), lead="> &lt;b&gt;のR&amp;D"))
    assert (written.document.headline, written.document.lead) == ("<b>のR&D", "")


def test_text_of_ours_between_quotes_becomes_items_and_others_text_stays_theirs():
    found = opened(post(quote(), "## 見出し", "編集部の一言&#42;", "### よその見出し", quote()))
    assert found.document.items[1:3] == (DocumentHeading(text="見出し"), DocumentNote(text="編集部の一言*"))
    assert len(found.document.items) == 4
    assert [one.code for one in found.remarks] == ["kept_text"]


@pytest.mark.parametrize(
    ("path", "slug"),
    [
        ("content/posts/2026_01/2026_01_05_a_story/index.md", "a_story"),
        ("content/posts/2026_01/2026_01_05_01/index.md", "01"),
        ("content/posts/2026_01/2026_01_05_Some Story!/index.md", "some_story"),
        ("content/posts/2026-01-05-a-story.md", "a-story"),
        ("content/posts/2026-01-05/index.ja.md", "2026-01-05"),
        ("content/posts/日本語/index.md", "post"),
    ],
)
def test_the_slug_is_told_by_the_path(path: str, slug: str):
    assert read(post(), path=path).document.slug == slug


@pytest.mark.parametrize(
    ("text", "line", "path"),
    [
        ("", 1, PATH),
        ("ただの文。\n", 1, PATH),
        (FRONT + "\nただの文。\n", 9, PATH),
        (post(front="") + "\0", post(front="").count("\n") + 1, PATH),
        (post(front=FRONT.replace("2026-01-05", "2026-31-05")), 1, "content/posts/a/index.md"),
    ],
)
def test_what_cannot_be_a_post_is_refused_with_its_line(text: str, line: int, path: str):
    with pytest.raises(UnreadablePost) as refused:
        read(text, path=path)
    assert refused.value.reason
    assert refused.value.line == line


PIECES = st.sampled_from(
    [
        *(
            "+++\n",
            "---\n",
            "{",
            "title = 'x'\n",
            "> a\n",
            SOURCE,
            "\n",
            "\n\n",
            " ",
            "\r\n",
            "\ufeff",
            "あ",
            "## 見出し",
        ),
        *(quote(), quote('"'), "{{<matomeQuote ", 'body="', '"', "`", "\\", ">}}", "{{", "{{< details ", 'summary="x"'),
        *("{{</details>}}", "{{</ details", "{{<matomeNote body=", "**[a](https://b.example/)**", "<figure>", FOOTER),
    ]
)


@given(st.lists(PIECES, max_size=30).map("".join))
def test_any_text_is_read_or_refused_and_never_lost(text: str):
    with suppress(UnreadablePost):
        opened(text)


@pytest.mark.parametrize(
    "piece",
    [
        '{{<matomeQuote "',
        '{{<matomeQuote \\"',
        "{{<matomeQuote a=`",
        "{{<matomeQuote a ",
        '{{<matomeQuote body="x" ',
        "{{<" + " " * 50,
        "{{< details ",
        "[" * 40,
        "[a](" * 10,
        "<https://",
        "> a\n",
        "a\n",
        "a\n\n",
        "**[",
        "&" * 20,
        "<br><wbr>",
        "+++\n",
        quote() + "\n\n" + fold(),
    ],
)
def test_reading_takes_as_long_as_the_post_is(piece: str):
    """Eight times the text must not take sixty-four times as long; measured in the process's own time."""

    def seconds(size: int) -> float:
        text = post(piece * (size // len(piece)), quote(piece * (size // len(piece))))
        started = time.process_time()
        read(text, path=PATH)
        return time.process_time() - started

    seconds(1_000)
    short = min(seconds(40_000) for _try in range(3))
    long = min(seconds(320_000) for _try in range(3))
    assert long < 30 * short + 0.3


def test_a_post_of_five_megabytes_does_not_hang():
    text = post(*(quote("{{<`\\ " * 1000) for _each in range(800)))
    assert len(text) > 4_000_000
    assert read(text, path=PATH).document.items
