"""The safe escaping, rule by rule. That the rules are the right ones is shown with the real Hugo elsewhere."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digests.publishing import escaping

HOSTILE = st.text(st.sampled_from("{}<>%[]():.-_*~`\"'\\&#;!@|=+/w \n\t1ahtpsあ") | st.characters(codec="utf-8"))


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("ふつうの文。{a} $b^ (c) |d=e", "ふつうの文。{a} $b^ (c) |d=e"),
        ("C:\\CON\\", "C:&#92;CON&#92;"),
        ('"a" <b> & c', "&quot;a&quot; &lt;b&gt; &amp; c"),
        ("`a` *b* _c_ ~d~ 'e' @f", "&#96;a&#96; &#42;b&#42; &#95;c&#95; &#126;d&#126; &#39;e&#39; &#64;f"),
        ("{{< x >}} {{{%", "{<wbr>{&lt; x &gt;}} {<wbr>{<wbr>{%"),
        ("[a](b) [c][d] [e]: [f] g", "[a&#93;(b) [c&#93;[d] [e&#93;: [f] g"),
        ("a... b.. c. www.d", "a&#46;&#46;&#46; b&#46;&#46; c. www&#46;d"),
        ("a--b---c-d", "a&#45;&#45;b&#45;&#45;&#45;c-d"),
        ("ftp://a :smile: 12:30:45 a: b", "ftp&#58;//a &#58;smile: 12&#58;30:45 a: b"),
        ("# a", "&#35; a"),
        ("- a", "&#45; a"),
        ("+ a", "&#43; a"),
        ("= a", "&#61; a"),
        ("| a", "&#124; a"),
        (": a", "&#58; a"),
        ("12. a", "12&#46; a"),
        ("1) a", "1&#41; a"),
        ("a 1. b", "a 1. b"),
        ("[!NOTE]", "<wbr>[!NOTE]"),
        (" a ", "<wbr> a <wbr>"),
        ("\u3000a\u00a0", "<wbr>\u3000a\u00a0<wbr>"),
        (" ", "<wbr> <wbr>"),
        ("", ""),
    ],
)
def test_a_line_of_text(typed: str, written: str):
    assert escaping.body(typed) == written


def test_a_line_break_is_a_br_and_each_line_stands_for_itself():
    assert escaping.body("a\r\n- b\n\n c") == "a<br>&#45; b<br><br><wbr> c"


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("詳細https://x.example/a_b*c'd。", "詳細<https://x.example/a_b*c'd>。"),
        ("https://x.example/a--b...c/:d:/", "<https://x.example/a--b...c/:d:/>"),
        ("https://x.example/?a=1&b_c=2", "[https://x.example/?a=1&amp;b&#95;c=2](https://x.example/?a=1&b_c=2)"),
        (
            "https://x.example/?a&copy;=(b)*'",
            "[https://x.example/?a&amp;copy;=(b)](https://x.example/?a&copy%3B=%28b%29)&#42;&#39;",
        ),
        ("https://x.example/?&#38;b", "[https://x.example/?&amp;#38;b](https://x.example/?&#38%3Bb)"),
        ("https://x.example/[a]:b", "[https://x.example/&#91;a&#93;:b](https://x.example/%5Ba%5D:b)"),
        ("!https://x.example/?a&b", "&#33;[https://x.example/?a&amp;b](https://x.example/?a&b)"),
        ("[a]https://x.example/?a&b", "[a&#93;[https://x.example/?a&amp;b](https://x.example/?a&b)"),
        ("[a]!https://x.example/", "[a]!<https://x.example/>"),
        ("https://x.example/cut...", "https&#58;//x.example/cut&#46;&#46;&#46;"),
        ("https://x.example/100%", "https&#58;//x.example/100%"),
    ],
)
def test_an_address_in_a_quote_is_a_link(typed: str, written: str):
    assert escaping.body(typed) == written


def test_a_label_is_one_line_without_links_and_never_empty():
    assert escaping.label("もっとコメントを表示（1）") == "もっとコメントを表示（1）"
    assert escaping.label(' "a"\nhttps://x.example/ ') == "&quot;a&quot; https&#58;//x.example/"
    assert escaping.label(" \n") == "&#8203;"


def test_each_line_of_a_lead_is_a_line_of_the_blockquote():
    assert escaping.blockquote("一行目") == "> 一行目"
    assert escaping.blockquote("a\n\n# b\n https://x.example") == (
        "> a<br>\n> <wbr><br>\n> &#35; b<br>\n> <wbr> https&#58;//x.example"
    )
    assert escaping.blockquote("") == ">"


@pytest.mark.parametrize(
    ("url", "written"),
    [
        ("https://news.example/item?id=1", "[https://news.example/item?id=1](https://news.example/item?id=1)"),
        ("https://www.x.example/a_(b)", "[https://www.x.example/a&#95;(b)](https://www.x.example/a_%28b%29)"),
        ("https://x.example/日本?a&b", "[https://x.example/日本?a&amp;b](https://x.example/%E6%97%A5%E6%9C%AC?a&b)"),
        ("javascript:alert(1)", "javascript:alert(1)"),
        ("https://x.example/a b", "[https://x.example/a b](https://x.example/a%20b)"),
        ("https://x.example/100%", "https&#58;//x.example/100%"),
        ("https://x.example/](javascript:x)<b>", "https&#58;//x.example/&#93;(javascript:x)&lt;b&gt;"),
    ],
)
def test_a_source_is_a_link_only_where_it_is_an_address_of_the_web(url: str, written: str):
    assert escaping.source(url) == written


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ('It\'s "<b>" & R&D', 'It\'s "＜b＞" & R＆D'),
        ("&#38; :smile: :a:b: a: b", "＆#38; ：smile： ：a：b： a: b"),
        ("a\nb", "a b"),
    ],
)
def test_a_title_has_nothing_in_it_that_a_theme_takes_for_html_or_an_emoji(typed: str, written: str):
    assert escaping.title(typed) == written


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("UI/UX", ["UI／UX"]),
        (" ..a. ", ["a"]),
        (".NET", ["NET"]),
        ("__init__", ["_init_"]),
        ("__hdeferred/", ["＿\u2060＿hdeferred／"]),
        ("_!_hdeferred/", ["＿!＿hdeferred／"]),
        ("!..", ["!\u034f"]),
        ("index.html", ["index．html"]),
        ("100%41 50%", ["100％41 50％"]),
        ("50%", ["50%"]),
        ("C++", ["C++"]),
        ("node.js", ["node.js"]),
        ("🔥", ["🔥\u034f"]),
        (". .", []),
        ("日" * 100, ["日" * 80]),
    ],
)
def test_a_tag_can_name_a_folder(typed: str, written: list[str]):
    assert escaping.tags([typed]) == written


def test_a_tag_stands_once():
    assert escaping.tags(["AI", "", "AI ", "LLM"]) == ["AI", "LLM"]


def test_a_name_is_printed_escaped_and_holds_no_entities():
    assert escaping.user_name('a"b\\c`d <e> {{f\n') == "a＂b＼c｀d <e> {\u2060{f"


def test_a_colour_is_six_digits_or_nothing():
    assert escaping.color("#785BFF") == "#785bff"
    assert [escaping.color(value) for value in ("", "red", "#fff", "#785bff;x")] == [""] * 4


@given(HOSTILE)
def test_nothing_leaves_a_parameter_or_opens_a_shortcode(text: str):
    for written in (escaping.body(text), escaping.label(text), escaping.user_name(text)):
        assert not re.search(r'["\\`\n\r]|\{\{', written)
    assert all(line.startswith(">") for line in escaping.blockquote(text).split("\n"))
    assert "{{" not in escaping.blockquote(text)
