"""The shortcodes in a post's text: where each stands and what its parameters are. Judges no content.

Hugo's grammar is wider; what is not found here stays text, and so is never lost. Every search goes forward only, so a
hostile post costs no more than its length: a bare value holds no brace and no backslash, blanks are gone through once.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache

# A quoted value ends with its line, as in Hugo.
_PARAMETER = re.compile(
    r"""\s*+(?:(?P<name>[A-Za-z_][\w-]*+)\s*+=\s*+)?
    (?:"(?P<quoted>(?:[^"\\\n]|\\[^\n])*+)" | `(?P<raw>[^`]*+)` | (?P<bare>[^\s"`={}<>%\\/][^\s"`={}<>%\\]*+))""",
    re.VERBOSE,
)
_END = re.compile(r"\s*+/?[>%]\}\}")
_NEXT_TAG = re.compile(r">\}\}|\{\{[<%]")
_NAMED = re.compile(r'(?<=[\s"])([A-Za-z_][\w-]*+)="')


@dataclass(slots=True)
class Parameter:
    """`start` and `end` bound the value and its quotation marks within the shortcode's text."""

    name: str  # "0", "1", … where none is written
    value: str  # as Hugo hands it to the shortcode
    start: int
    end: int


@dataclass(slots=True)
class Shortcode:
    """`raw` stands at `start` of the text. One that is not `sound` breaks the build of Hugo."""

    name: str
    start: int
    raw: str
    _parameters: tuple[Parameter, ...] | None = None
    _reference: re.Match[str] | None = None  # of a quote as the reference form writes it, which nearly all are
    closing: bool = False
    sound: bool = True

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        if self._parameters is None:
            self._parameters = _of_reference(self._reference) if self._reference else ()
        return self._parameters

    @property
    def is_reference(self) -> bool:
        """Whether it is a quote with just the four parameters of the reference form, in their order."""
        return self._reference is not None

    @property
    def values(self) -> tuple[str | None, str | None, str | None, str | None]:
        """Text, author, time and colour of a quote, as Hugo hands them on; None where one is lacking."""
        if self._reference:
            body, author, time, color = self._reference.groups()
            return body, author, time, color
        return self.value("body", 0), self.value("userName", 1), self.value("createdAt", 2), self.value("color", 3)

    @property
    def end(self) -> int:
        return self.start + len(self.raw)

    def value(self, name: str, position: int = -1) -> str | None:
        """A parameter by its name, or by its position where none has a name."""
        for parameter in self.parameters:
            if parameter.name == name or parameter.name == str(position):
                return parameter.value
        return None

    def edited(self, values: dict[str, str], names: tuple[str, ...]) -> str:
        """The raw text with other values; those that it lacks are put behind its last one.

        `names` are the parameters in the order of their positions, for a shortcode that writes no names.
        """
        positional = bool(self.parameters) and self.parameters[0].name == "0"
        wanted = {str(names.index(name)): value for name, value in values.items()} if positional else values
        raw, behind = (
            self.raw,
            self.parameters[-1].end if self.parameters else self.raw.index(self.name) + len(self.name),
        )
        lacking = sorted(
            wanted.keys() - {parameter.name for parameter in self.parameters}, key=lambda key: (len(key), key)
        )
        if positional and lacking:
            lacking = [str(number) for number in range(len(self.parameters), int(lacking[-1]) + 1)]
        else:
            lacking = [name for name in names if name in lacking]
        more = "".join(f' "{wanted.get(key, "")}"' if positional else f' {key}="{wanted[key]}"' for key in lacking)
        raw = raw[:behind] + more + raw[behind:]
        for parameter in reversed(self.parameters):
            if parameter.name in wanted:
                raw = f'{raw[: parameter.start]}"{wanted[parameter.name]}"{raw[parameter.end :]}'
        return raw


def find(text: str, names: Collection[str], *, quote: str, start: int = 0) -> Iterator[Shortcode]:
    """Every shortcode of these names from `start` on. `quote` is the name of the one that holds a comment."""
    reference, opening = _patterns(quote, tuple(sorted(names)))
    at = start
    while (brace := text.find("{{", at)) >= 0:
        found: Shortcode | None
        if match := reference.match(text, brace):
            found = Shortcode(quote, brace, match[0], None, match)
        elif match := opening.match(text, brace):
            found = _read(text, match)
        else:
            found = None
        if found:
            yield found
        at = found.end if found else brace + 2


@lru_cache(maxsize=64)
def _patterns(quote: str, names: tuple[str, ...]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    value = r'"([^"\\\n]*+)"'
    reference = rf"\{{\{{< ?{re.escape(quote)} body={value} userName={value} createdAt={value} color={value} ?>\}}\}}"
    known = "|".join(map(re.escape, names))
    return re.compile(reference), re.compile(rf"\{{\{{[<%]\s*+(/?)\s*+({known})(?![\w./-])")


def _of_reference(match: re.Match[str]) -> tuple[Parameter, ...]:
    offset = match.start()
    return tuple(
        Parameter(name, match[number], match.start(number) - offset - 1, match.end(number) - offset + 1)
        for number, name in enumerate(("body", "userName", "createdAt", "color"), 1)
    )


def _read(text: str, opening: re.Match[str]) -> Shortcode | None:
    """The shortcode that begins there by Hugo's rules, or failing them one that can be made out all the same."""
    start, at = opening.start(), opening.end()
    parameters: list[Parameter] = []
    while match := _PARAMETER.match(text, at):
        kind = match.lastgroup or ""
        value, marks = match[kind], 0 if kind == "bare" else 1
        if kind == "quoted" and '\\"' in value:
            value = value.replace("\\", "")  # one escaped quotation mark makes Hugo drop every backslash
        begins, ends = match.start(kind) - marks - start, match.end(kind) + marks - start
        parameters.append(Parameter(match["name"] or str(len(parameters)), value, begins, ends))
        at = match.end()
    mixed = len({parameter.name.isdigit() for parameter in parameters}) > 1
    if not mixed and (end := _END.match(text, at)):
        return Shortcode(opening[2], start, text[start : end.end()], tuple(parameters), closing=bool(opening[1]))
    return _made_out(text, opening)


def _made_out(text: str, opening: re.Match[str]) -> Shortcode | None:
    """One with a quotation mark or a line break too many inside a value: what stands between the named values."""
    end = _NEXT_TAG.search(text, opening.end())
    if opening[1] or end is None or end[0] != ">}}":
        return None
    raw = text[opening.start() : end.end()]
    marks = list(_NAMED.finditer(raw))
    parameters = []
    for number, mark in enumerate(marks):
        limit = marks[number + 1].start() if number + 1 < len(marks) else len(raw) - len(">}}")
        stop = raw.rfind('"', mark.end(), limit)
        if stop < 0:
            return None
        parameters.append(Parameter(mark[1], raw[mark.end() : stop], mark.end() - 1, stop + 1))
    return Shortcode(opening[2], opening.start(), raw, tuple(parameters), sound=False) if parameters else None
