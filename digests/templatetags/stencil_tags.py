"""`{% stencil %}`: a part of a template that is rendered once for each shape it takes, and from then on only filled in.

It writes what the same part would write without it. Knows no page.
"""

import dataclasses
import re
from collections.abc import Sequence
from functools import cache
from html import escape
from typing import TypeGuard

from django import template
from django.template import Context, Node, NodeList, TemplateSyntaxError
from django.template.base import FilterExpression, Parser, Token
from django.utils.functional import LazyObject, Promise
from django.utils.safestring import SafeString
from django.utils.translation import get_language

MOST = 500  # shapes that one stencil keeps

_MARK = re.compile("\0([^\0]+)\0")

register = template.Library()


@register.tag
def stencil(parser: Parser, token: Token) -> "StencilNode":
    """`{% stencil version seen %}…{% endstencil %}`, or `{% stencil version for row in rows %}…{% endstencil %}`.

    Inside only the names given are known, so that nothing of one page gets into another one (forms need `csrf_token`);
    of a row, which is a dataclass, its fields. A text may be written out and asked whether it is empty: filters and
    comparisons see a mark in its place. All else (whether, how many, which of a few) belongs to the shape: it has to
    be hashable, to look the same whenever it is equal, and to take few values. So do texts of which there are few, and
    which are to be compared: they stand behind `by`, as in `{% stencil site by section %}`.
    """
    _tag, *names = token.split_contents()
    loop = None
    if names[-4:-3] == ["for"] and names[-2] == "in":
        loop = names[-3], parser.compile_filter(names[-1])
        names = names[:-4]
    by = names.index("by") if "by" in names else len(names)
    names, few = names[:by], names[by + 1 :]
    if not all(name.isidentifier() for name in (*names, *few)):
        raise TemplateSyntaxError("stencil takes names, and behind them “by NAMES” and “for NAME in ROWS”")
    body = parser.parse(("endstencil",))
    parser.delete_first_token()
    return StencilNode(body, names, few, loop)


class StencilNode(Node):
    child_nodelists = ("body",)

    def __init__(
        self, body: NodeList, names: list[str], few: list[str], loop: tuple[str, FilterExpression] | None
    ) -> None:
        self.body, self.names, self.few, self.loop = body, names, few, loop
        self.cut: dict[tuple[object, ...], str] = {}

    def render(self, context: Context) -> str:
        page = [_known(context.get(name, "")) for name in self.names]
        few = {name: _known(context.get(name, "")) for name in self.few}
        shape, texts = (get_language(), *few.values(), *_shape(page)), _texts(self.names, page)
        marked = _marked(self.names, page) | few
        if self.loop is None:
            return self._cut(context, shape, marked) % texts
        written = []
        for row in self.loop[1].resolve(context):
            fields, keys = _fields(row.__class__)
            values = [getattr(row, field) for field in fields]
            cut = self._cut(context, (*shape, row.__class__, *_shape(values)), marked, fields, values)
            written.append(cut % (texts | _texts(keys, values)))
        return "".join(written)

    def _cut(
        self,
        context: Context,
        shape: tuple[object, ...],
        marked: dict[str, object],
        fields: Sequence[str] = (),
        values: Sequence[object] = (),
    ) -> str:
        """What this shape is filled in by: a format of Python's with the texts' names."""
        if (known := self.cut.get(shape)) is not None:
            return known
        if self.loop is not None:
            marked = marked | {self.loop[0]: _marked(fields, values, ".")}
        made = _MARK.sub(r"%(\1)s", self.body.render(context.new(marked)).replace("%", "%%"))
        if len(self.cut) >= MOST:
            self.cut.clear()
        self.cut[shape] = made
        return made


@cache
def _fields(kind: type) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The fields of a kind of row, and their names in a stencil."""
    names = tuple(field.name for field in dataclasses.fields(kind))
    return names, tuple(f".{name}" for name in names)


def _known(value: object) -> object:
    """Translations and the token of forms are texts as soon as somebody looks."""
    return str(value) if isinstance(value, Promise | LazyObject) else value


def _is_text(value: object) -> TypeGuard[str]:
    return type(value) is str or type(value) is SafeString


def _shape(values: Sequence[object]) -> list[object]:
    return [value and "\0" if _is_text(value) else value for value in values]


def _marked(names: Sequence[str], values: Sequence[object], prefix: str = "") -> dict[str, object]:
    return {
        name: f"\0{prefix}{name}\0" if value and _is_text(value) else value
        for name, value in zip(names, values, strict=True)
    }


def _texts(names: Sequence[str], values: Sequence[object]) -> dict[str, str]:
    """The texts, those that are no HTML already escaped."""
    return {
        name: value if type(value) is SafeString else escape(value)
        for name, value in zip(names, values, strict=True)
        if _is_text(value)
    }
