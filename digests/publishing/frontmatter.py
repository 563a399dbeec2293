"""A post's front matter, whatever it is written in: found, read, and edited in place.

TOML is edited by a library that keeps order, comments and spellings; in YAML and JSON values are replaced where they
stand. Knows no document.
"""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

import tomlkit
import yaml
from tomlkit.items import Array, String

LONGEST = 20_000  # characters; nobody writes more, and parsers of nested values take their time

_BEGIN = re.compile(r"[\ufeff\s]*+(\+\+\+|---|\{)")
_TOML_LINE = re.compile(r"""^[ \t]*([A-Za-z0-9_-]+)[ \t]*=[ \t]*(.*?)[ \t\r]*$""", re.MULTILINE)
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the fast one is not built everywhere
_MOST_BITS = 1000
_DEEP = re.compile(r"(?:\.[ \t]*+[\w-]++[ \t]*+){30}|[\[{][\[{ \t]{30}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class NotEditable(ValueError):
    """A front matter in which a value cannot be changed without harm to the rest."""


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """`post[start:end]` is the text between the delimiters; `content` is where the post's content begins.

    `language` is "toml", "yaml", "json" or, where there is none, "". `broken` says why it cannot be parsed, and `line`,
    counted from 1 within the post, where; `values` is then what can be made out all the same.
    """

    language: str
    start: int = 0
    end: int = 0
    content: int = 0
    values: Mapping[str, Any] = field(default_factory=dict)
    broken: str = ""
    line: int = 1


def find(post: str) -> FrontMatter:
    """The front matter of a post. Never fails."""
    begin = _BEGIN.match(post)
    if begin is None:
        return FrontMatter("", content=1 if post.startswith("\ufeff") else 0)
    if begin[1] == "{":
        return _json(post, begin.start(1))
    line_end = post.find("\n", begin.end())
    if line_end < 0 or post[begin.end() : line_end].strip():
        return FrontMatter("", content=1 if post.startswith("\ufeff") else 0)
    start = line_end + 1
    closing = re.compile(rf"^{re.escape(begin[1])}[^\S\n]*(?:\n|\Z)", re.MULTILINE).search(post, start)
    if closing is None:
        return FrontMatter("", content=1 if post.startswith("\ufeff") else 0, broken="it does not end")
    end, content = closing.start(), closing.end()
    language = "toml" if begin[1] == "+++" else "yaml"
    raw = post[start:end]
    first_line = post.count("\n", 0, start) + 1
    try:
        if len(raw) > LONGEST or _DEEP.search(raw):
            raise ValueError("it is too long or nested too deeply")  # noqa: TRY301
        values = tomllib.loads(raw) if language == "toml" else _yaml(raw)
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        values = _made_out(raw) if language == "toml" and len(raw) <= LONGEST else {}
        return FrontMatter(language, start, end, content, values, _reason(error), first_line + _line(error))
    return FrontMatter(language, start, end, content, values)


def edited(raw: str, language: str, changes: Mapping[str, Any]) -> str:
    """The text between the delimiters with other values; a key that is new is put at its end, None takes one out.

    Raises `NotEditable`.
    """
    if not changes:
        return raw
    if len(raw) > LONGEST or _DEEP.search(raw):
        raise NotEditable("it is too long or nested too deeply")
    try:
        before = _parsed(raw, language)
    except (ValueError, RecursionError, yaml.YAMLError):
        before = _made_out(raw) if language == "toml" else {}
    try:
        after = {"toml": _edited_toml, "yaml": _edited_yaml, "json": _edited_json}[language](raw, changes)
        now = _parsed(after, language)
    except (ValueError, KeyError, RecursionError, yaml.YAMLError) as error:
        raise NotEditable(str(error)) from error
    wanted = {**before, **changes}
    for name in [name for name, value in changes.items() if value is None]:
        del wanted[name]
    if not _same(now, wanted):
        raise NotEditable("it does not read back as it was meant")
    return after


def written(values: Mapping[str, Any]) -> str:
    """New TOML, one value a line."""
    table = tomlkit.document()
    for name, value in values.items():
        table[name] = _string(value) if isinstance(value, str) else _plain(value)
    return tomlkit.dumps(table)


def text_of(value: Any) -> str:
    """A value as text; a date as it is written; "" for what is no text: a list, a table, a number without end."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, int) and value.bit_length() > _MOST_BITS:  # Python refuses to write out very long ones
        return ""
    return str(value) if isinstance(value, str | int | float) else ""


def with_date(value: Any, day: date) -> Any:
    """A value of `date` with another day, in its own type, its time and zone kept."""
    if isinstance(value, datetime):
        return value.replace(year=day.year, month=day.month, day=day.day)
    if isinstance(value, date):
        return day
    text = text_of(value)
    return f"{day.isoformat()}{text[10:]}" if _DATE.match(text) else f"{day.isoformat()}T00:00:00"


def _parsed(raw: str, language: str) -> Mapping[str, Any]:
    if language == "toml":
        return tomllib.loads(raw)
    return _yaml(raw) if language == "yaml" else _object(json.loads(raw))


def _yaml(raw: str) -> Mapping[str, Any]:
    try:
        values = _object(yaml.load(raw, Loader=_LOADER) or {})  # noqa: S506  (both loaders are the safe ones)
    except (ArithmeticError, AttributeError, LookupError, TypeError) as error:  # as `!!timestamp x`, `!!bool x` raise
        raise ValueError("a value is not of the kind that it says") from error
    _count(values)
    return values


def _count(values: Mapping[str, Any]) -> None:
    """Raises ValueError where a few aliases of aliases stand for more values than anybody can go through."""
    left, waiting = LONGEST, list[Any]([values])
    while waiting:
        each = waiting.pop()
        inside = list(each.values()) if isinstance(each, Mapping) else each if isinstance(each, list) else []
        waiting += inside
        left -= len(inside)
        if left < 0:
            raise ValueError("its aliases stand for too many values")


def _object(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("it is no table of keys and values")  # noqa: TRY004
    return {str(key): each for key, each in value.items()}


def _json(post: str, start: int) -> FrontMatter:
    try:
        values, end = json.JSONDecoder().raw_decode(post[start : start + LONGEST])
    except (ValueError, RecursionError) as error:
        is_content = post.startswith("{{", start)  # a shortcode, and no front matter at all
        return FrontMatter("", broken="" if is_content else _reason(error), line=post.count("\n", 0, start) + 1)
    content = start + end
    ends_line = re.compile(r"[^\S\n]*\n").match(post, content)
    return FrontMatter("json", start, content, ends_line.end() if ends_line else content, _object(values))


def _reason(error: Exception) -> str:
    if isinstance(error, yaml.MarkedYAMLError):
        return str(error.problem or error.context or "it cannot be read")
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error)


def _line(error: Exception) -> int:
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        return mark.line if mark else 0
    found = re.search(r"at line (\d+)", str(error))
    return int(found[1]) - 1 if found else 0


def _made_out(raw: str) -> dict[str, Any]:
    """What the lines of a broken TOML say, as far as each can be understood by itself."""
    values: dict[str, Any] = {}
    for name, text in _TOML_LINE.findall(raw):
        try:
            values[name] = tomllib.loads(f"{name} = {text}")[name]
        except (ValueError, RecursionError):
            if len(text) > 1 and text[0] in "\"'" and text[-1] == text[0]:
                values[name] = text[1:-1]
    return values


def _edited_toml(raw: str, changes: Mapping[str, Any]) -> str:
    try:
        table = tomlkit.parse(raw)
    except ValueError:
        return _mended_toml(raw, changes)
    new = {name: value for name, value in changes.items() if name not in table and value is not None}
    for name, value in changes.items():
        old = table.get(name)
        if name in new:
            continue
        if value is None:
            table.pop(name, None)
        elif isinstance(value, list) and isinstance(old, Array):
            table[name] = _like_array(old, value)
        elif isinstance(value, str):
            table[name] = _string(value, literal=not isinstance(old, String) or not old.as_string().startswith('"'))
        else:
            table[name] = value
    return _with_new_lines(tomlkit.dumps(table), written(new))


def _with_new_lines(raw: str, lines: str) -> str:
    """TOML with further keys, which have to stand before the first table."""
    if not lines:
        return raw
    table = re.search(r"^[ \t]*\[", raw, re.MULTILINE)
    at = table.start() if table else len(raw)
    before = raw[:at] if raw[:at].endswith("\n") or not raw[:at] else f"{raw[:at]}\n"
    return before + lines + raw[at:]


def _mended_toml(raw: str, changes: Mapping[str, Any]) -> str:
    """One that no parser takes: lines of the keys that change are written anew, and the rest must then be sound."""
    for name, value in changes.items():
        line = next((found for found in _TOML_LINE.finditer(raw) if found[1] == name), None)
        new = written({name: value}).rstrip("\n") if value is not None else ""
        raw = f"{raw[: line.start()]}{new}{raw[line.end() :]}" if line else f"{raw}{new}\n"
    return raw


def _like_array(old: Array, values: list[str]) -> Array:
    """A list of texts in the spelling of the one before: its marks, its blanks, its lines."""
    raw = old.as_string()
    marks = re.search(r"[\"']", raw)
    inside = re.match(r"\[(\s*)", raw)
    between = re.search(r"[\"'](\s*,\s*)[\"']", raw)
    behind = re.search(r"(,?\s*)\]\Z", raw)
    texts = [_string(value, literal=marks is not None and marks[0] == "'").as_string() for value in values]
    before, after = (inside[1] if inside else ""), (behind[1] if behind else "")
    joined = (between[1] if between else ", ").join(texts)
    return Array([], old.trivia) if not values else _array(f"[{before}{joined}{after}]")


def _array(raw: str) -> Array:
    found = tomlkit.parse(f"x = {raw}")["x"]
    if not isinstance(found, Array):
        raise NotEditable(raw)
    return found


def _string(value: str, *, literal: bool = True) -> String:
    return tomlkit.string(value, literal=literal and re.search(r"['\x00-\x1f\x7f]", value) is None)


def _plain(value: Any) -> Any:
    return {key: _plain(each) for key, each in value.items()} if isinstance(value, Mapping) else value


def _edited_yaml(raw: str, changes: Mapping[str, Any]) -> str:
    root = yaml.compose(raw, Loader=yaml.SafeLoader) if raw.strip() else None
    if root is not None and (not isinstance(root, yaml.MappingNode) or root.flow_style):
        raise NotEditable("it is no table of lines")
    pairs = list(root.value) if root is not None else []
    starts = [key.start_mark.index for key, _value in pairs]
    edits: list[tuple[int, int, str]] = []
    for name, value in changes.items():
        number = next((n for n, (key, _value) in enumerate(pairs) if key.value == name), None)
        if number is None:
            if value is not None:
                edits.append((len(raw), len(raw), f"{name}: {_yaml_value(value)}\n"))
            continue
        key, node = pairs[number]
        behind = starts[number + 1] if number + 1 < len(starts) else len(raw)
        if value is None:
            edits.append((key.start_mark.index, behind, ""))
            continue
        end = node.start_mark.index + len(raw[node.start_mark.index : node.end_mark.index].rstrip())
        begin, new = node.start_mark.index, _yaml_value(value)
        if isinstance(node, yaml.SequenceNode) and not node.flow_style and value:
            indent = " " * node.start_mark.column
            new = f"\n{indent}".join(f"- {_yaml_value(each)}" for each in value)
        elif not isinstance(node, yaml.ScalarNode) or begin == end:
            begin, new = key.end_mark.index, f": {new}"
            end = max(end, raw.index(":", key.end_mark.index) + 1)
        edits.append((begin, end, new))
    for begin, end, new in sorted(edits, reverse=True):
        raw = raw[:begin] + new + raw[end:]
    return raw


def _yaml_value(value: Any) -> str:
    if isinstance(value, str):
        return f"'{value}'" if "'" not in value and value.isprintable() else _yaml_escaped(value)
    if isinstance(value, list):
        return f"[{', '.join(_yaml_value(each) for each in value)}]"
    return value.isoformat() if isinstance(value, date) else json.dumps(value)


def _yaml_escaped(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(char if char.isprintable() else f"\\U{ord(char):08X}" for char in escaped) + '"'


def _edited_json(raw: str, changes: Mapping[str, Any]) -> str:
    pairs = list(_json_pairs(raw))
    indent = re.match(r"\{(\s*)", raw)
    for number, (name, begin, start, end) in reversed(list(enumerate(pairs))):
        if name in changes and changes[name] is not None:
            raw = raw[:start] + json.dumps(changes[name], ensure_ascii=False) + raw[end:]
        elif name in changes:
            following = pairs[number + 1][1] if number + 1 < len(pairs) else 0
            raw = (
                raw[:begin] + raw[following:]
                if following
                else raw[: pairs[number - 1][3] if number else begin] + raw[end:]
            )
    new = {
        name: value for name, value in changes.items() if value is not None and name not in {pair[0] for pair in pairs}
    }
    for name, value in new.items():
        last = raw.rstrip()[:-1].rstrip()
        comma = "" if last == "{" else ","
        written = f"{json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}"
        raw = f"{last}{comma}{indent[1] if indent else ''}{written}{raw[len(last) :]}"
    return raw


def _json_pairs(raw: str) -> Iterator[tuple[str, int, int, int]]:
    """Each key of an object: its name, where it begins, and where its value does and ends."""
    decoder, blanks = json.JSONDecoder(), re.compile(r"[\s,:]*")
    at = _end(blanks, raw, raw.index("{") + 1)
    while raw[at] != "}":
        name, key_end = decoder.raw_decode(raw, at)
        start = _end(blanks, raw, key_end)
        _value, end = decoder.raw_decode(raw, start)
        yield name, at, start, end
        at = _end(blanks, raw, end)


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    try:
        return {key: _comparable(each) for key, each in one.items()} == {k: _comparable(v) for k, v in other.items()}
    except RecursionError:  # a value that holds itself, as YAML can say
        return False


def _comparable(value: Any) -> Any:
    return text_of(value) if isinstance(value, datetime | date | time) else value
