"""The shortcodes of a post as they stand in its text: where, which, with what parameters. Judges no content.

Hugo's own grammar is wider; what is not found here stays text, and so is never lost.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

# The form in which posts have been written for years, told by its line: it also holds a body with quotation marks or a
# backslash before one, on which Hugo fails.
_REFERENCE = (
    r'\{\{<[ ]?%s body="(?P<body>[^\n]*)" userName="(?P<user>[^\n]*)"'
    r' createdAt="(?P<at>[^"\n]*)" color="(?P<color>[^"\n]*)"[ ]?>\}\}$'
)
_ANY = re.compile(
    r"""\{\{(?P<delimiter>[<%])\s*(?P<slash>/?)\s*(?P<name>[A-Za-z][\w./-]*)
    (?P<rest>(?:\s+(?:[\w-]+\s*=\s*)?(?:"(?:[^"\\\n]|\\[^\n])*"|`[^`]*`|[^\s"`<>%={}]+))*)
    \s*/?\s*[>%]\}\}""",
    re.VERBOSE,
)
_PARAMETER = re.compile(r"""(?:([\w-]+)\s*=\s*)?("(?:[^"\\\n]|\\[^\n])*"|`[^`]*`|[^\s"`<>%={}]+)""")


@dataclass(frozen=True, slots=True)
class Parameter:
    """`start` and `end` bound the value within the shortcode's text, without its quotation marks."""

    name: str  # "0", "1", … where none is written
    value: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Shortcode:
    """`text` stands at `start` of the post."""

    name: str
    closing: bool
    start: int
    text: str
    parameters: tuple[Parameter, ...]

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    def get(self, name: str, position: int | None = None) -> str | None:
        """The raw value of a parameter, by name or else by position."""
        for parameter in self.parameters:
            if parameter.name == name or (position is not None and parameter.name == str(position)):
                return parameter.value
        return None

    def can_take(self, values: dict[str, str]) -> bool:
        """Whether it has all these parameters, each between quotation marks, where any escaped text can stand."""
        quoted = {
            one.name for one in self.parameters if self.text[one.start - 1] == '"' == self.text[one.end : one.end + 1]
        }
        return values.keys() <= quoted

    def with_values(self, values: dict[str, str]) -> str:
        """The shortcode's text with other values; those that it does not name are put at its end."""
        text = self.text
        for parameter in reversed(self.parameters):
            if parameter.name in values:
                text = text[: parameter.start] + values[parameter.name] + text[parameter.end :]
        return text


def find(text: str, quote: str, *, start: int = 0) -> Iterator[Shortcode]:
    """Every shortcode from `start` on; `quote` is the name of the one that holds a comment."""
    reference = re.compile(_REFERENCE % re.escape(quote), re.MULTILINE)
    at = start
    while (opened := text.find("{{", at)) >= 0:
        if match := reference.match(text, opened):
            found = Shortcode(
                quote, closing=False, start=opened, text=match[0], parameters=_of_reference(match, opened)
            )
        elif match := _ANY.match(text, opened):
            found = Shortcode(match["name"], bool(match["slash"]), opened, match[0], _of_any(match, opened))
        else:
            at = opened + 2
            continue
        yield found
        at = found.end


def _of_reference(match: re.Match[str], start: int) -> tuple[Parameter, ...]:
    names = {"body": "body", "user": "userName", "at": "createdAt", "color": "color"}
    return tuple(
        Parameter(name, match[group], match.start(group) - start, match.end(group) - start)
        for group, name in names.items()
    )


def _of_any(match: re.Match[str], start: int) -> tuple[Parameter, ...]:
    found: list[Parameter] = []
    offset = match.start("rest") - start
    for position, one in enumerate(_PARAMETER.finditer(match["rest"])):
        quoted = one[2][0] in '"`'
        begin, end = one.start(2) + quoted, one.end(2) - quoted
        found.append(Parameter(one[1] or str(position), match["rest"][begin:end], offset + begin, offset + end))
    return tuple(found)
