"""Plain text into a Hugo post: the reader sees exactly the characters the editor typed, links work, nothing breaks.

A text passes Hugo's shortcode reader, goldmark (twice inside a fold), its typographer, linkifier and emoji, and perhaps
an HTML minifier. What is written here survives them all; where Hugo disagrees, Hugo is right. Knows no document.
"""

import re
import unicodedata
from collections.abc import Iterable
from urllib.parse import quote

from digests.palette import is_color
from digests.plaintext import WORD_JOINER, clean, clean_line, is_web_address, split_links

_ASCII = "".join(map(chr, range(0x21, 0x7F)))
_NAMED = {'"': "&quot;", "<": "&lt;", ">": "&gt;", "&": "&amp;"}

_EMOJI = r":(?=[A-Za-z0-9_+-]+:)"
_ANYWHERE = rf"""[\\"<>&`*_~'@] | \.(?=\.) | (?<=\.)\. | -(?=-) | (?<=-)- | {_EMOJI}"""
_IN_TEXT = re.compile(rf"{_ANYWHERE} | \](?=[(\[:]) | :(?=//) | (?<=www)\.", re.VERBOSE)
_IN_LINK_TEXT = re.compile(rf"{_ANYWHERE} | [\[\]]", re.VERBOSE)  # goldmark looks for no bare links in here

# What begins a heading, a list, a table or a definition.
_AT_START = re.compile(r"([0-9]*)((?<![0-9])[#+\-=|:]|(?<=[0-9])[.)])")

# Between two braces stands a tag. Entities do not help: a fold decodes them, and is then read for shortcodes again.
# A comment does not either: --minify takes it out.
_DOUBLE_BRACE = re.compile(r"(?<=\{)(?=\{)")

# A folder outside the tags' own, the name of a file that stands beside it, a token of Hugo's own.
_BAD_FOLDER = re.compile(r"\A\.|\.\Z|\A[ -]*index\.|__", re.IGNORECASE)
_INVISIBLE_MARK = "\u034f"  # has no width, and can name a folder; without one the tag's page replaces the list of tags
_LONGEST_TAG = 240  # bytes, of the 255 that a folder's name may have


def body(text: str) -> str:
    """A quote's text as a shortcode's parameter, addresses as links, `<br>` for a line break."""
    return "<br>".join(_line(line, links=True) for line in clean(text).split("\n"))


def label(text: str) -> str:
    """A fold's label as the parameter of `details`, which puts a word of its own in the place of an empty one."""
    return _line(clean_line(text), links=False) or "&#8203;"


def blockquote(text: str) -> str:
    """A lead or headline as a Markdown blockquote: each line of the text is a line of it and of the page."""
    # An empty line is no lone <br>: a line that is one tag and nothing else begins a block of raw HTML.
    lines = [_line(line, links=False) or "<wbr>" for line in clean(text).split("\n")]
    return ">" if lines == ["<wbr>"] else "<br>\n".join(f"> {line}" for line in lines)


def source(url: str) -> str:
    """An address as a Markdown link that shows it whole; as mere text where it is no address of the web."""
    url = clean_line(url)
    if is_link(url):
        return link(url)
    return _line(url, links=False)


def line(text: str) -> str:
    """A text of one line as a shortcode's parameter, without links; "" stays ""."""
    return _line(clean_line(text), links=False)


def heading(text: str) -> str:
    """A text of one line behind the signs of a Markdown heading."""
    # Braces at its end would be attributes, number signs are taken for the heading's own end.
    written = re.sub(r"[{}]", lambda match: _entity(match.group()), line(text))
    return re.sub(r"#+\Z", lambda match: "&#35;" * len(match.group()), written)


def link(address: str, text: str = "") -> str:
    """A Markdown link, which shows its address where no text is given."""
    shown = _DOUBLE_BRACE.sub("<wbr>", _entities(clean_line(text) or address, _IN_LINK_TEXT))
    return f"[{shown}]({link_address(address)})"


def link_address(address: str) -> str:
    """An address as it stands in a link's parentheses, in characters that need no escaping anywhere."""
    escaped = re.sub(r"[^A-Za-z0-9\-._~:/?#@!$&+,;=%]", lambda match: quote(match.group(), safe=""), address)
    return re.sub(r"(&(?:[A-Za-z0-9]+|#[A-Za-z0-9]+));", r"\1%3B", escaped)  # goldmark would decode an entity


def is_link(address: str) -> bool:
    """Whether an address may stand behind a link: of the web, once its characters beyond ASCII are escaped."""
    return is_web_address(quote(address, safe=_ASCII))


def title(text: str) -> str:
    """A headline for the front matter, in characters that are neither HTML nor the name of an emoji.

    The theme Blowfish prints `.Title | emojify` without escaping it, so `<` `>`, the `&` of an entity and the `:` of
    `:name:` become their full-width twins.
    """
    text = clean_line(text).replace("<", "＜").replace(">", "＞")
    text = re.sub(r"&(?=[A-Za-z#])", "＆", text)
    return re.sub(r"(?::[A-Za-z0-9_+-]+)+:", lambda match: match.group().replace(":", "："), text)


def tags(texts: Iterable[str]) -> list[str]:
    """Tags in characters that can name a folder, each once; those of which nothing is left are left out."""
    return list(dict.fromkeys(tag for tag in map(_tag, texts) if tag))


def user_name(text: str) -> str:
    """A name as a shortcode's parameter that Hugo prints escaped, where an entity would show."""
    twins = {ord('"'): "＂", ord("\\"): "＼", ord("`"): "｀"}
    return _DOUBLE_BRACE.sub(WORD_JOINER, clean_line(text).translate(twins))


def color(value: str) -> str:
    """`#rrggbb` in lower case, or nothing: the site prints it into a style attribute."""
    value = value.lower()
    return value if is_color(value) else ""


def _tag(text: str) -> str:
    """Tags become folders, in which Hugo keeps letters, digits, marks and a few signs."""
    text = re.sub("_{2,}", "_", clean_line(text).replace("/", "／"))
    text = re.sub(rf"\A[\s.{WORD_JOINER}]+|[\s.{WORD_JOINER}]+\Z", "", text)
    if _BAD_FOLDER.search(_folder(text)) or re.search("%[0-9A-Fa-f]{2}", text):
        text = text.translate(str.maketrans("._%", "．＿％"))
    if text and not _folder(text):
        text += _INVISIBLE_MARK
    return text.encode()[:_LONGEST_TAG].decode(errors="ignore")


def _folder(tag: str) -> str:
    """Roughly what Hugo makes of a tag: other punctuation is dropped, and with it a joiner that broke a token."""
    return "".join(char for char in tag if char in "._#+~@\\- " or _is_letter_digit_or_mark(char))


def _is_letter_digit_or_mark(char: str) -> bool:
    category = unicodedata.category(char)
    return category[0] in "LM" or category == "Nd"


def _line(line: str, *, links: bool) -> str:
    if not line:
        return ""
    written = _DOUBLE_BRACE.sub("<wbr>", _linked(line) if links else _entities(line, _IN_TEXT))
    if begins := _AT_START.match(written):
        written = begins[1] + _entity(begins[2]) + written[begins.end() :]
    # Of all blanks that Unicode knows: Hugo trims a parameter of any. And it finds an alert in the finished blockquote.
    before = "<wbr>" if line[0].isspace() or line.startswith("[!") else ""
    return before + written + ("<wbr>" if line[-1].isspace() else "")


def _linked(line: str) -> str:
    written = ""
    for segment in split_links(line):
        if not segment.href:
            written += _entities(segment.text, _IN_TEXT)
        elif not re.search(r"&|\]", segment.href):  # "]:" in it would end a definition that the text began
            written += f"<{segment.href}>"
        else:
            if written.endswith(("!", "]")):  # the mark of a picture, or a link before this one
                written = written[:-1] + _entity(written[-1])
            written += link(segment.href)
    return written


def _entities(text: str, pattern: re.Pattern[str]) -> str:
    return pattern.sub(lambda match: _entity(match.group()), text)


def _entity(character: str) -> str:
    return _NAMED.get(character) or f"&#{ord(character)};"
