"""What Hugo's Markdown makes of a quote that stands in a post as it was typed, told without building the site.

A shortcode's parameter is one line, so it is one block and its inlines: code spans, emphasis, links, raw HTML,
entities, escapes and bare links go as goldmark goes over them (https://spec.commonmark.org/0.31.2/, with Hugo's
extensions). On 14,131 published quotes it tells the very text that Hugo's pages show.
Knows no post, no database and no rule of safe escaping.
"""

import html
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from html.entities import html5

# What makes of a text what its writer did not mean.
MARKS = frozenset(
    {
        *("code", "emphasis", "strike", "link", "picture", "html", "emoji"),
        *("list", "heading", "blockquote", "rule", "fence", "definition"),
    }
)
# Other spellings of a character or an address; they matter only where the text has them as they stand.
SPELLINGS = frozenset({"backslash", "entity", "autolink"})
LONGEST = 20_000  # characters; pairing marks takes time with the square of their number
LONGEST_EXCERPT = 80

_BLOCK_TAGS = (
    "address article aside base basefont blockquote body caption center col colgroup dd details dialog dir div dl dt "
    "fieldset figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6 head header hr html iframe legend li link "
    "main menu menuitem nav noframes ol optgroup option p param search section summary table tbody td tfoot th thead "
    "title tr track ul"
).replace(" ", "|")
_ATTRIBUTE = r"""(?:\s+[A-Za-z_:][A-Za-z0-9:._-]*(?:\s*=\s*(?:[^"'=<>`\x00-\x20]+|'[^']*'|"[^"]*"))?)"""
_TAG = re.compile(
    rf"<(?P<open>[A-Za-z][A-Za-z0-9-]*){_ATTRIBUTE}*\s*/?>|</(?P<close>[A-Za-z][A-Za-z0-9-]*)\s*>"
    r"|<!---->|<!--(?:-?[^>-])(?:-?[^-])*-->|<\?.*?\?>|<![A-Z]+\s+[^>]*>|<!\[CDATA\[.*?\]\]>",
    re.DOTALL,
)
_HTML_BLOCK = re.compile(
    rf"<(?:(?:script|pre|style|textarea)(?:[\s>]|$)|!--|\?|![A-Z]|!\[CDATA\[|/?(?:{_BLOCK_TAGS})(?:\s|/?>|$))",
    re.IGNORECASE,
)
_DESTINATION = r"(?:<[^<>]*>|(?:[^\s()<]|\([^\s()]*\))(?:[^\s()]|\([^\s()]*\))*)"
_LINK_TITLE = r"""(?:\s+(?:"[^"]*"|'[^']*'|\([^()]*\)))"""
_BLOCKS = (
    ("rule", re.compile(r"([-*_])[ \t]*(?:\1[ \t]*){2,}\Z")),
    ("blockquote", re.compile(r">[ \t]?")),
    ("list", re.compile(r"(?:[-+*]|[0-9]{1,9}[.)])(?:[ \t]+|\Z)")),
    ("heading", re.compile(r"#{1,6}(?:[ \t]+|\Z)")),
    ("fence", re.compile(r"(?:`{3,}[^`]*|~{3,}.*)\Z", re.DOTALL)),
    ("definition", re.compile(r"\[\^[^\]\s]+\]:")),  # a footnote that nothing refers to
    ("definition", re.compile(rf"\[(?:[^\[\]\\]|\\.)+\]:[ \t]*{_DESTINATION}{_LINK_TITLE}?\Z")),
)
_WHOLE = {"rule", "fence", "definition"}  # nothing of the text is left on the page

_AUTOLINK = re.compile(
    r"<([A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]*|[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*)>"
)
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]*);")
_LINK_TAIL = re.compile(rf"\(\s*{_DESTINATION}?{_LINK_TITLE}?\s*\)")
_HOST = r"[-a-zA-Z0-9@:%._+~#=]{1,256}\.[a-z]+"
_PATH = r"""(?:[/#?][-a-zA-Z0-9@:%_+.~#$!?&/=();,'">^{}\[\]`]*)?"""
_BARE = re.compile(rf"(?P<web>(?:https?|ftp)://{_HOST}(?::\d+)?{_PATH})|www\.{_HOST}{_PATH}")
_MAIL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_{|}~.-]++@(?>[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)(?![-_])")
_BEFORE_BARE = " *_~("  # a bare link begins behind one of these, at the start, or behind something that was parsed
_SPECIAL = re.compile(r"[\\`<&!\[\]*_~: (']|\.\.\.|--|>>")
_TYPOGRAPHY = re.compile(r"'|\.\.\.|--|<<|>>")
# Hugo knows 1,800 names; these are what people type. A name that is not here is taken for text.
_EMOJI = re.compile(
    r":(?:smile|smiley|grin|grinning|joy|laughing|wink|blush|thinking|cry|sob|rage|angry|scream|sunglasses|heart|fire|tada|"
    r"rocket|star|sparkles|eyes|clap|pray|wave|ok_hand|muscle|thumbsup|thumbsdown|\+1|-1|100|poop|shrug|facepalm|skull|"
    r"warning|bug|zap|bulb|memo|lock|key|coffee|beer|pizza|cat|dog|x|o|v|m|a|b|on|end|top|back|new|free|up|cool|ok|sos|"
    r"question|exclamation|white_check_mark|heavy_check_mark|point_up|point_down|point_left|point_right|raised_hands):"
)


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing that Markdown does to a text. `kind` is of `MARKS` or `SPELLINGS`, or "typography" or "bare_link"."""

    kind: str
    excerpt: str


@dataclass(frozen=True, slots=True)
class Shown:
    """The text of the page, `\\n` for a line break, as far as it matters; what was done to it; addresses made links."""

    text: str
    effects: tuple[Effect, ...]
    links: frozenset[str] = frozenset()


def shown(raw: str) -> Shown:
    """What a page shows of a parameter. Quotation marks, dots and dashes are left as typed; `typography` names them."""
    found = _Paragraph()
    line = raw[:LONGEST].strip()
    while line:
        kind, match = _block(line)
        if match is None:
            break
        found.note(kind, line)
        line = "" if kind in _WHOLE else line[match.end() :].strip()
        if kind == "heading":
            line = re.sub(r"(?:^|[ \t])#+[ \t]*\Z", "", line)
            break
    if _is_html_block(line):
        if line != "<br>":
            found.note("html", line)
        text = html.unescape(_TAG.sub(lambda tag: "\n" if _is_break(tag) else "", line))
    else:
        text = found.read(line)
    return Shown(text, tuple(found.effects), frozenset(found.links))


def _block(line: str) -> tuple[str, re.Match[str] | None]:
    for kind, pattern in _BLOCKS:
        if match := pattern.match(line):
            return kind, match
    return "", None


def _is_html_block(line: str) -> bool:
    if _HTML_BLOCK.match(line):
        return True
    tag = _TAG.match(line)
    return bool(tag and (tag["open"] or tag["close"]) and tag.end() == len(line))


def _is_break(tag: re.Match[str]) -> bool:
    return (tag["open"] or "").lower() == "br"


@dataclass(slots=True)
class _Run:
    """A stretch of the paragraph: plain text, or (with a `char`) a run that may open or close emphasis."""

    text: str
    char: str = ""
    opens: bool = False
    closes: bool = False
    length: int = 0  # as it was; `text` becomes shorter as it is used up
    source: int = 0


@dataclass(slots=True)
class _Paragraph:
    line: str = ""
    at: int = 0
    runs: list[_Run] = field(default_factory=list)
    brackets: list[tuple[int, int, bool]] = field(default_factory=list)  # run, place in the line, of a picture
    effects: list[Effect] = field(default_factory=list)
    links: set[str] = field(default_factory=set)

    def note(self, kind: str, excerpt: str) -> None:
        self.effects.append(Effect(kind, excerpt[:LONGEST_EXCERPT]))

    def read(self, line: str) -> str:
        self.line = line
        fresh = True
        while self.at < len(line):
            if fresh and not self.brackets and self._bare_link():
                continue
            char = line[self.at]
            if (parse := _PARSERS.get(char)) and parse(self):
                fresh = char not in "\\&["
                continue
            fresh = char in _BEFORE_BARE
            following = None if fresh else _SPECIAL.search(line, self.at + 1)
            self._append(char if fresh else line[self.at : following.start() if following else len(line)])
        self._emphasis(0)
        return "".join(run.text for run in self.runs)

    def _append(self, text: str, length: int | None = None) -> None:
        self.runs.append(_Run(text))
        self.at += len(text) if length is None else length

    def _bare_link(self) -> bool:
        match = _BARE.match(self.line, self.at) or _MAIL.match(self.line, self.at)
        if not match:
            return False
        address = _trimmed(match.group())
        if match.re is _MAIL or not match["web"]:
            self.note("bare_link", address)
        else:
            self.links.add(address)
        self._append(address)
        return True

    def backslash(self) -> bool:
        following = self.line[self.at + 1 : self.at + 2]
        if not following or not _is_ascii_punctuation(following):
            return False
        self.note("backslash", self.line[self.at : self.at + 12])
        self._append(following, 2)
        return True

    def code(self) -> bool:
        ticks = _run_of(self.line, self.at)
        opening = self.at + len(ticks)
        for closing in re.finditer(r"`+", self.line[opening:]):
            if len(closing.group()) == len(ticks):
                inside = self.line[opening : opening + closing.start()]
                self.note("code", f"{ticks}{inside}{ticks}")
                if inside.strip() and inside.startswith(" ") and inside.endswith(" "):
                    inside = inside[1:-1]
                self._append(inside, len(ticks) * 2 + closing.start())
                return True
        self._append(ticks)
        return True

    def tag(self) -> bool:
        if self.line.startswith("<<", self.at):
            return self.typography()
        if link := _AUTOLINK.match(self.line, self.at):
            self.note("autolink", link.group())
            self.links.add(link[1])
            self._append(link[1], len(link.group()))
            return True
        tag = _TAG.match(self.line, self.at)
        if not tag:
            return False
        if (tag["open"] or "").lower() not in {"br", "wbr"}:
            self.note("html", tag.group())
        self._append("\n" if _is_break(tag) else "", len(tag.group()))
        return True

    def entity(self) -> bool:
        match = _ENTITY.match(self.line, self.at)
        if not match or (match.group()[1] != "#" and match.group()[1:] not in html5):
            return False
        self.note("entity", match.group())
        self._append(html.unescape(match.group()), len(match.group()))
        return True

    def emoji(self) -> bool:
        match = _EMOJI.match(self.line, self.at)
        if not match:
            return False
        self.note("emoji", match.group())
        self._append("\ufffc", len(match.group()))
        return True

    def typography(self) -> bool:
        match = _TYPOGRAPHY.match(self.line, self.at)
        if not match:
            return False
        self.note("typography", match.group())
        self._append(match.group())
        return True

    def picture(self) -> bool:
        return self.line.startswith("![", self.at) and self.bracket()

    def bracket(self) -> bool:
        mark = "![" if self.line[self.at] == "!" else "["
        self.brackets.append((len(self.runs), self.at, mark == "!["))
        self._append(mark)
        return True

    def closing_bracket(self) -> bool:
        if not self.brackets:
            return False
        index, start, is_picture = self.brackets.pop()
        tail = _LINK_TAIL.match(self.line, self.at + 1)
        if not tail:
            return False
        self.note("picture" if is_picture else "link", self.line[start : tail.end()])
        self._emphasis(index + 1)
        inside = "" if is_picture else "".join(run.text for run in self.runs[index + 1 :])
        self.runs[index:] = [_Run(inside)]
        self.at = tail.end()
        if not is_picture:
            self.brackets = [entry for entry in self.brackets if entry[2]]  # there is no link in a link
        return True

    def delimiter(self) -> bool:
        text = _run_of(self.line, self.at)
        before = self.line[self.at - 1] if self.at else " "
        after = self.line[self.at + len(text) : self.at + len(text) + 1] or " "
        run = _Run(text, "", *_flanks(text[0], before, after), len(text), self.at)
        if text[0] != "~" or (len(text) <= 2 and before != "~"):
            run.char = text[0]
        self.runs.append(run)
        self.at += len(text)
        return True

    def _emphasis(self, bottom: int) -> None:
        """Pairs opening and closing runs from the bottom on; what is paired goes from the text."""
        stack = [run for run in self.runs[bottom:] if run.char]
        place = 0
        while place < len(stack):
            closer = stack[place]
            opener = (
                next((other for other in reversed(stack[:place]) if _pairs(other, closer)), None)
                if closer.closes
                else None
            )
            if opener is None:
                place += 1
                continue
            used = 2 if len(opener.text) >= 2 and len(closer.text) >= 2 else 1
            end = closer.source + closer.length - len(closer.text) + used
            start = opener.source + len(opener.text) - used
            self.note("strike" if closer.char == "~" else "emphasis", self.line[start:end])
            opener.text, closer.text = opener.text[used:], closer.text[used:]
            del stack[stack.index(opener) + 1 : place]
            if not opener.text:
                stack.remove(opener)
            place = stack.index(closer)
            if not closer.text:
                stack.remove(closer)
        for run in self.runs[bottom:]:
            run.char = ""


def _pairs(opener: _Run, closer: _Run) -> bool:
    if not opener.opens or opener.char != closer.char:
        return False
    both = opener.closes or closer.opens
    return not (both and (opener.length + closer.length) % 3 == 0 and closer.length % 3 != 0)


def _flanks(char: str, before: str, after: str) -> tuple[bool, bool]:
    """Whether a run of `char` between two characters can open emphasis, and whether it can close it."""
    left = not after.isspace() and (not _is_punctuation(after) or before.isspace() or _is_punctuation(before))
    right = not before.isspace() and (not _is_punctuation(before) or after.isspace() or _is_punctuation(after))
    if char == "_":
        return left and (not right or _is_punctuation(before)), right and (not left or _is_punctuation(after))
    return left, right


def _is_punctuation(char: str) -> bool:
    return unicodedata.category(char)[0] in "PS"


def _is_ascii_punctuation(char: str) -> bool:
    return char.isascii() and not char.isalnum() and char.isprintable() and char != " "


def _run_of(line: str, at: int) -> str:
    end = at
    while end < len(line) and line[end] == line[at]:
        end += 1
    return line[at:end]


def _trimmed(address: str) -> str:
    """Without what goldmark leaves to the sentence."""
    if address.endswith(".") or (address.endswith(")") and address.count(")") > address.count("(")):
        surplus = max(1, address.count(")") - address.count("(")) if address.endswith(")") else 1
        address = address[:-surplus]
    elif entity := re.search(r"&[A-Za-z0-9]+;\Z", address):
        address = address[: entity.start()]
    return address.rstrip("?!.,:*_~")


_PARSERS: dict[str, Callable[[_Paragraph], bool]] = {
    "\\": _Paragraph.backslash,
    "`": _Paragraph.code,
    "<": _Paragraph.tag,
    "&": _Paragraph.entity,
    ":": _Paragraph.emoji,
    "!": _Paragraph.picture,
    "[": _Paragraph.bracket,
    "]": _Paragraph.closing_bracket,
    "*": _Paragraph.delimiter,
    "_": _Paragraph.delimiter,
    "~": _Paragraph.delimiter,
    "'": _Paragraph.typography,
    ".": _Paragraph.typography,
    "-": _Paragraph.typography,
    ">": _Paragraph.typography,
}
