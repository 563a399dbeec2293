"""What an editor's text is: cleaning, the one linkifier, and HTML for our own pages."""

import unicodedata

import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digests.plaintext import (
    Segment,
    clean,
    clean_line,
    cut_addresses,
    is_web_address,
    split_links,
    to_html,
)

# Text that is likely to hold addresses and what ends them.
ADDRESSES = st.lists(
    st.sampled_from(
        [
            *("https://", "http://", "x.example", "/a", ":80", "%41", "%", "(", ")", "[", "]", ".", "...", "…", "。"),
            *(" ", "\n", "?q=1", "&b", "#c", "'", "*", "_", "~", "!", ";", "<", '"', "あ", "@", "www."),
        ]
    ),
    max_size=14,
).map("".join)


def hrefs(text: str) -> list[str]:
    return [segment.href for segment in split_links(text) if segment.href]


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("a\r\nb\rc\nd", "a\nb\nc\nd"),
        ("\tif x:\t", " if x: "),
        ("a\x00b\x07\x1b\x7f\x85\x0bc", "abc"),
        ("a\ud800b\udfff", "ab"),
        ("a\ufdd0\ufffe\U0001ffffb", "ab"),
        ("مرحبا\u200f \u202eabc\u202c", "مرحبا\u200f \u202eabc\u202c"),
        ("👩\u200d💻 e\u0301 \ufeff\ufffd", "👩\u200d💻 e\u0301 \ufeff\ufffd"),
        ("  x  \n\n y ", "  x  \n\n y "),
    ],
)
def test_cleaning_leaves_what_can_be_published(typed: str, stored: str):
    assert clean(typed) == stored


@pytest.mark.parametrize("token", ["HAHAHUGOSHORTCODE", "__hdeferred/", "__h_pp_l1"])
def test_cleaning_breaks_a_token_of_hugo_without_changing_what_is_seen(token: str):
    cleaned = clean(f"a {token}{token}1 b {token[:3]}\x00{token[3:]}")
    assert token not in cleaned
    assert cleaned.replace("\u2060", "") == f"a {token}{token}1 b {token}"


@given(st.text(st.characters(codec=None)) | ADDRESSES)
def test_cleaning_twice_is_cleaning_once(text: str):
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    assert {unicodedata.category(character) for character in cleaned.replace("\n", "")} & {"Cc", "Cs"} == set()


@pytest.mark.parametrize(
    ("typed", "stored"),
    [("  a\nb\r\nc\td ", "a b c d"), ("\n\n", ""), ("__hdeferred\n/", "__hdeferred /"), ("\u3000題名\u3000", "題名")],
)
def test_a_field_of_one_line_has_one_line(typed: str, stored: str):
    assert clean_line(typed) == stored
    assert clean_line(stored) == stored


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("詳しくはhttps://x.example/aを見て", ["https://x.example/a"]),
        (
            "（https://x.example/a）。http://y.example:8080/?q=1#f",
            ["https://x.example/a", "http://y.example:8080/?q=1#f"],
        ),
        ("see https://x.example/a, https://x.example/b.", ["https://x.example/a", "https://x.example/b"]),
        ("https://x.example/a!?;:'*_~", ["https://x.example/a"]),
        ("(https://x.example/a_(b))", ["https://x.example/a_(b)"]),
        ("[https://x.example/a].", ["https://x.example/a"]),
        ("https://x.example/a[1]", ["https://x.example/a[1]"]),
        ("https://x.example/a).)", ["https://x.example/a"]),
        ("https://x.example/%E3%81%82", ["https://x.example/%E3%81%82"]),
        ("https://web.example/2020/https://x.example/", ["https://web.example/2020/https://x.example/"]),
        ("<https://x.example>", ["https://x.example"]),
        ('"https://x.example/"', ["https://x.example/"]),
        ("https://x.example/a...b", ["https://x.example/a...b"]),
        ("http://localhost:8000", ["http://localhost:8000"]),
        ("https://my_site.example", ["https://my_site.example"]),
    ],
)
def test_an_address_is_a_link(text: str, links: list[str]):
    assert hrefs(text) == links


@pytest.mark.parametrize(
    "text",
    [
        *("https://x.example/a...", "https://x.example/a…", "https://x.example/a....", "https://x.example/a... b"),
        *("https://x.example/100%", "https://x.example/%zz", "https://x.example:port/", "https://x.example:/"),
        *(
            "http://[::1]/",
            "https://user@x.example/",
            "https://",
            "http://.",
            "https:///a",
            "https://-x/",
            "https://日本.example/",
        ),
        *(
            "javascript:alert(1)",
            "ftp://x.example/",
            "//x.example",
            "www.example.com",
            "mailto:a@x.example",
            "https:/x",
        ),
    ],
)
def test_what_leads_nowhere_stays_text(text: str):
    assert split_links(text) == (Segment(text),)


def test_the_empty_text_has_no_segments():
    assert split_links("") == ()


@given(st.text() | ADDRESSES)
def test_the_segments_of_a_text_are_the_text(text: str):
    segments = split_links(text)
    assert "".join(segment.text for segment in segments) == text
    for segment in segments:
        assert segment.text
        assert not segment.href or (segment.href == segment.text and is_web_address(segment.href))


def test_a_very_long_run_of_brackets_takes_no_time():
    text = "https://x.example/" + ")" * 200_000
    assert hrefs(text) == ["https://x.example/"]


def test_cut_addresses_are_found():
    text = "https://x.example/a... と https://x.example/b… と https://x.example/c。 https://x.example/d"
    assert cut_addresses(text) == ("https://x.example/a", "https://x.example/b")
    assert cut_addresses("待って... https://x.example/") == ()


def test_our_own_pages_show_the_text_with_links_and_line_breaks():
    assert to_html("a <b>\n\n  https://x.example/?a=1&b='2'。") == (
        'a &lt;b&gt;<br><br>  <a href="https://x.example/?a=1&amp;b=&#x27;2" rel="nofollow noopener ugc">'
        "https://x.example/?a=1&amp;b=&#x27;2</a>&#x27;。"
    )


@given((st.text() | ADDRESSES).map(clean))
def test_our_own_pages_show_every_character_that_was_typed(text: str):
    fragment = html5lib.parseFragment(to_html(text), namespaceHTMLElements=False)
    shown = "".join(
        (element.text or "" if element.tag != "br" else "\n")
        + (element.tail or "") * (element.tag != "DOCUMENT_FRAGMENT")
        for element in fragment.iter()
    )
    assert shown == text
    assert [link.get("href") for link in fragment.iter("a")] == hrefs(text)
    assert {element.tag for element in fragment.iter()} <= {"DOCUMENT_FRAGMENT", "br", "a"}
