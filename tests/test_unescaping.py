"""What safe escaping wrote reads back as the text, in every place of a post; what stood unescaped as it was typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digests.plaintext import clean, clean_line
from digests.publishing import escaping, unescaping

PIECES = (
    *("https://example.com/a?b=c&d=e;f", "http://a.b/(x)", "https://x.y/%E3%81%82", "www.example.com", "//", ":smile:"),
    *("&amp;", "&#38;", "&lt;br&gt;", "<br>", "<wbr>", "[a](b)", "![a](b)", "{{<", "{{% x %}}", "`", "\\", "\\`", '"'),
    *("<https://example.com>", "[https://example.com/](https://example.com/)", "...", "…", "--", "- ", "# ", "1. "),
    *(
        "> ",
        "\n",
        "\n\n",
        " ",
        "　",
        "\t",
        "HAHAHUGOSHORTCODE",
        "あ",
        "。",
        "）",
        "[",
        "]",
        "(",
        ")",
        "&copy",
        "&nbsp;",
    ),
)
TEXTS = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=4)), max_size=12).map("".join)


@given(TEXTS)
def test_a_body_reads_back_as_its_text(text: str):
    assert unescaping.body(escaping.body(text)) == clean(text)


@given(TEXTS)
def test_a_label_and_a_blockquote_read_back_as_their_text(text: str):
    assert unescaping.label(escaping.label(text)) == clean_line(text).removeprefix("\u200b")
    assert unescaping.blockquote(escaping.blockquote(text)) == clean(text)
    assert unescaping.line(escaping.line(clean_line(text))) == clean_line(text)


@given(TEXTS)
def test_an_address_reads_back_from_its_source_line(text: str):
    assert unescaping.source(escaping.source(text)) == clean_line(text)


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("一行目<br>二行目<br/>三行目<br />四", "一行目\n二行目\n三行目\n四"),
        ("a &lt;b&gt; &#42;c&#x2a; &amp;lt; &hearts; &nosuch; &amp", "a <b> *c* &lt; ♥ &nosuch; &amp"),
        ("*強調* `code` # 見出し", "*強調* `code` # 見出し"),
        ("[名前](https://example.com/)", "[名前](https://example.com/)"),
        ("<https://example.com/>と<b>太字</b>", "https://example.com/と<b>太字</b>"),
        ("&#0; &#xD800; &#1114112;", "\ufffd \ufffd \ufffd"),
        ("後ろの\\", "後ろの\\"),
    ],
)
def test_a_body_that_stood_unescaped_reads_as_it_was_typed(raw: str, text: str):
    assert unescaping.body(raw) == text


@pytest.mark.parametrize(
    ("raw", "url"),
    [
        ("[https://a.example/?id=1](https://a.example/?id=1)", "https://a.example/?id=1"),
        ("[スレッド](https://a.example/?id=1)", "https://a.example/?id=1"),
        ("https://a.example/?id=1", "https://a.example/?id=1"),
        ("ある掲示板", "ある掲示板"),
        ("[ある掲示板]()", "ある掲示板"),
    ],
)
def test_the_source_is_the_address_wherever_it_stands(raw: str, url: str):
    assert unescaping.source(raw) == url
