"""Comment HTML → structured text → safe HTML: nothing is lost, nothing dangerous comes out."""

import json
import time
import warnings

import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digests import markup
from digests.markup import CodeBlock, Content, Paragraph, Run
from tests.recorded import shared_thread


def test_a_paragraph_tag_separates_and_is_never_closed() -> None:
    assert markup.parse("First.<p>Second <i>word</i> here.<p>Third") == (
        Paragraph((Run("First."),)),
        Paragraph((Run("Second "), Run("word", italic=True), Run(" here."))),
        Paragraph((Run("Third"),)),
    )


def test_a_link_cut_to_sixty_characters_gets_its_whole_address_back() -> None:
    address = "https://example.com/a/very/long/path/that/never/ends/at/sixty/characters?x=1&y=2"
    written = address.replace("/", "&#x2F;").replace("&y", "&amp;y")
    html = f'See <a href="{written}" rel="nofollow">{address[:60]}...</a>!'
    assert markup.parse(html) == (Paragraph((Run("See "), Run(address, href=address), Run("!"))),)


def test_a_link_with_words_of_its_own_keeps_both_words_and_address() -> None:
    content = markup.parse('<a href="https://example.com/x">the report</a> says')
    assert content == (Paragraph((Run("the report", href="https://example.com/x"), Run(" says"))),)
    assert markup.to_text(content) == "the report (https://example.com/x) says"


def test_a_link_without_text_shows_its_address() -> None:
    assert markup.to_text(markup.parse('<a href="https://example.com/x"></a>')) == "https://example.com/x"


@pytest.mark.parametrize("text", ["wait...", "https://other.example/...", "..."])
def test_dots_alone_do_not_make_a_cut_link(text: str) -> None:
    content = markup.parse(f'<a href="https://example.com/x">{text}</a>')
    assert content == (Paragraph((Run(text, href="https://example.com/x"),)),)


def test_a_code_block_keeps_its_spaces_and_lines() -> None:
    html = "Try:<p><pre><code>  if x &lt; 1:\n\n      y  =  &quot;&amp;lt;&quot;\n</code></pre>\nThen rest."
    assert markup.parse(html) == (
        Paragraph((Run("Try:"),)),
        CodeBlock('  if x < 1:\n\n      y  =  "&lt;"\n'),
        Paragraph((Run("Then rest."),)),
    )


def test_an_address_hidden_in_code_is_not_lost() -> None:
    assert markup.parse('<pre>see <a href="https://example.com/x">this</a></pre>') == (
        CodeBlock("see this (https://example.com/x)"),
    )


def test_entities_are_decoded_once() -> None:
    assert markup.to_text(markup.parse("&amp;lt; &#x27;&#x2F;&quot; &amp;amp;#x27;")) == "&lt; '/\" &amp;#x27;"


def test_a_line_break_inside_a_paragraph_is_a_space() -> None:
    assert markup.to_text(markup.parse("one\ntwo\r\n three<p>\n<p> four ")) == "one two three\n\nfour"


def test_spaces_between_runs_are_neither_lost_nor_doubled() -> None:
    assert markup.to_text(markup.parse("a <i> b </i> c<i>d</i>\n<i> </i>")) == "a b cd"


def test_control_characters_are_gone_and_joiners_stay() -> None:
    text = "a\x00b\x08c\x1bd\x7fe\x85f\u200bg\ufeffh\u202ei\ud800j\ufdd0k\uffffl&#1;&#xFFFE;m"
    assert markup.to_text(markup.parse(text)) == "abcdefghijklm"
    assert markup.to_text(markup.parse("क्\u200dष 👩\u200d💻")) == "क्\u200dष 👩\u200d💻"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<div>a<span>b</span></div>c", "ab\n\nc"),
        ("a<br>b", "a\n\nb"),
        ("<ul><li>one<li>two</ul>", "one\n\ntwo"),
        ("<b>a</i>b</b></p>c", "ab\n\nc"),
        ("<script>alert(1)</script>", "alert(1)"),
        ("<template>in<b>side</b></template>", "inside"),
        ("<textarea><i>x</textarea>", "<i>x"),
        ("<frameset>a</frameset>b", "ab"),
        ("a < b and c <d", "a < b and c"),
        ("", ""),
        ("<!-- unseen -->seen", "seen"),
        ("<i><p>x", "x"),
        ("&lt;script&gt;", "<script>"),
    ],
)
def test_tag_soup_gives_its_text(html: str, text: str) -> None:
    assert markup.to_text(markup.parse(html)) == text


def test_italics_reach_over_paragraphs() -> None:
    assert markup.parse("<i>a<p>b</i>c") == (
        Paragraph((Run("a", italic=True),)),
        Paragraph((Run("b", italic=True), Run("c"))),
    )


def test_html_is_escaped_and_links_say_that_we_do_not_vouch_for_them() -> None:
    link = Run("x<y", italic=True, href='https://e.example/?a="&b')
    content = (Paragraph((Run('<b> & "'), link)), CodeBlock("<i>\n"))
    assert markup.to_html(content) == (
        "<p>&lt;b&gt; &amp; &quot;"
        '<a href="https://e.example/?a=&quot;&amp;b" rel="nofollow noopener ugc"><em>x&lt;y</em></a></p>\n'
        "<pre><code>&lt;i&gt;\n</code></pre>"
    )


@pytest.mark.parametrize("href", ["javascript:alert(1)", "JAVA\tSCRIPT:x", "data:text/html,x", "//e.example", "item"])
def test_only_web_addresses_become_links(href: str) -> None:
    content = markup.parse(f'<a href="{href}">x</a>')
    assert "<a" not in markup.to_html(content)
    assert markup.links(content) == ()


def test_a_paragraph_that_quotes_is_marked() -> None:
    html = markup.to_html(markup.parse("&gt; said<p>answer<p><i>&gt;&gt; more</i>"))
    assert html.splitlines() == [
        '<p class="quoted">&gt; said</p>',
        "<p>answer</p>",
        '<p class="quoted"><em>&gt;&gt; more</em></p>',
    ]


def test_links_are_listed_in_order_and_once() -> None:
    html = '<a href="http://b.example">1</a> <a href="http://a.example">2</a><p><a href="http://b.example">3</a>'
    assert markup.links(markup.parse(html)) == ("http://b.example", "http://a.example")


def test_plain_text_has_blank_lines_between_paragraphs_and_code_as_it_is() -> None:
    assert markup.to_text(markup.parse("a<p><pre><code>  b\n  c\n</code></pre>\nd")) == "a\n\n  b\n  c\n\nd"


def test_json_is_compact() -> None:
    content = markup.parse("a <i>b</i><p><pre>c</pre>")
    assert markup.to_json(content) == [["a ", ["b", True, ""]], {"code": "c"}]


@pytest.mark.parametrize("value", [["text"], [[["a", 1, ""]]], [{"code": 1}], [{"other": "x"}], [[None]], [None]])
def test_json_of_another_shape_is_refused(value: list[object]) -> None:
    with pytest.raises(ValueError, match="not a"):
        markup.from_json(value)


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 200_000,
        "<i>" * 200_000 + "x",
        "<a " + " ".join(f"x{number}" for number in range(14_000)) + ">",
        "<a href='" * 100_000,
        "&amp;" * 400_000,
        "x<p>" * 200_000,
    ],
)
def test_a_hostile_body_takes_seconds_not_minutes(html: str) -> None:
    started = time.process_time()
    markup.to_html(markup.parse(html))
    assert time.process_time() - started < 5


def test_a_body_beyond_the_limits_is_shown_as_it_came() -> None:
    assert markup.to_text(markup.parse("<b>&lt;</b>" + "<u>" * 6000))[:9] == "<b><</b><"


ALLOWED = {"p": {"class"}, "em": set(), "a": {"href", "rel"}, "pre": set(), "code": set()}
PIECES = (
    *("<p>", "</p>", "<i>", "</i>", "<pre>", "<pre><code>", "</code></pre>", "<a href='http://e.example/a'>", "</a>"),
    *('<a href="javascript:x">', "<script>", "</script>", "<style>", "<svg>", "<math>", "<table>", "<template>"),
    *("<img src=x onerror=y>", "<textarea>", "<!--", "-->", "<![CDATA[", "&lt;", "&#60;script&#62;"),
)
SOUP = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=8)), max_size=20).map("".join)
RUNS = st.builds(Run, st.text(), italic=st.booleans(), href=st.text())
CONTENT = st.lists(st.one_of(st.builds(Paragraph, st.lists(RUNS).map(tuple)), st.builds(CodeBlock, st.text()))).map(
    tuple
)


def tags_of(html: str) -> list[tuple[str, set[str]]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fragment = html5lib.parseFragment(html, treebuilder="etree", namespaceHTMLElements=False)
    return [(str(element.tag), set(element.attrib)) for element in fragment.iter()][1:]


@given(SOUP)
def test_whatever_comes_in_only_allowed_tags_come_out(html: str) -> None:
    shown = markup.to_html(markup.parse(html))
    assert [found for found in tags_of(shown) if not found[1] <= ALLOWED.get(found[0], {"never"})] == []


@given(CONTENT)
def test_even_made_up_content_shows_only_allowed_tags(content: Content) -> None:
    assert {tag for tag, _ in tags_of(markup.to_html(content))} <= ALLOWED.keys()


@given(CONTENT)
def test_json_brings_back_the_same_content(content: Content) -> None:
    assert markup.from_json(markup.to_json(content)) == content


@given(SOUP)
def test_parsed_text_survives_a_database(html: str) -> None:
    content = markup.parse(html)
    stored = json.dumps(markup.to_json(content), ensure_ascii=False).encode()
    assert b"\x00" not in stored
    assert markup.from_json(json.loads(stored)) == content


VISIBLE = st.characters(exclude_categories=["Cc", "Cf", "Cs", "Cn", "Zl", "Zp", "Zs", "Co"])


@given(st.text(alphabet=VISIBLE, max_size=60))
def test_text_without_markup_comes_back_unchanged(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    assert markup.to_text(markup.parse(escaped)) == text


def test_no_address_stays_cut_in_a_recorded_thread() -> None:
    items = shared_thread("hackernews/firebase-items-25015967.json")
    texts = [item.get("text", "") for item in items.values()]
    cut = [text for text in texts if "...</a>" in text]
    assert len(cut) > 100
    for text in cut:
        addresses = markup.links(markup.parse(text))
        assert addresses
        assert [address for address in addresses if address.endswith("...")] == []
