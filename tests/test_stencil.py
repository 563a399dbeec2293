"""A stencil writes what the same template would write without it, whatever the texts are."""

import re
from dataclasses import dataclass, fields
from enum import StrEnum
from itertools import product

import pytest
from django.conf import settings
from django.template import Context, Template, TemplateSyntaxError, engines
from django.utils import translation
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy
from hypothesis import given
from hypothesis import strategies as st

from digests.editor.pieces import ThreadRow
from digests.editor.rows import FoldEdge, Part, QuoteRow
from digests.models import Quote
from digests.templatetags import stencil_tags


class Kind(StrEnum):
    ONE = "one"
    TWO = "two"


@dataclass(frozen=True, slots=True)
class Row:
    text: str
    html: SafeString
    kind: Kind = Kind.ONE
    folded: bool = False
    label: str | None = None


BODY = (
    '<li class="{{ row.kind }}{% if row.folded %} in{% endif %}">100 % {{ name }}{% if row.text %}: {{ row.text }}'
    "{% endif %}{% if row.label is not None %}<b>{{ row.label }}</b>{% endif %} %(name)s {{ row.html }}</li>"
)
STENCIL = "{% load stencil_tags %}{% stencil name for row in rows %}" + BODY + "{% endstencil %}"
LOOP = "{% for row in rows %}" + BODY + "{% endfor %}"
HOSTILE = ("", "<b>&\"'</b>", "%(name)s 100 % %%", "\0name\0 \0.text\0", "{{ name }}")

texts = st.one_of(st.sampled_from(HOSTILE), st.text())
rows = st.builds(Row, texts, texts.map(SafeString), st.sampled_from(Kind), st.booleans(), st.one_of(st.none(), texts))


@given(st.lists(st.tuples(texts, st.lists(rows))))
def test_a_stencil_writes_what_a_loop_writes(pages):
    cut, loop = Template(STENCIL), Template(LOOP)
    for name, rows in pages:  # the later pages are filled in by what the earlier ones have left
        values = {"name": name, "rows": rows}
        assert cut.render(Context(values)) == loop.render(Context(values))


def test_what_is_not_named_is_not_known_inside():
    page = Template("{% load stencil_tags %}{% stencil name %}{{ name }}, {{ other }}{% endstencil %}")
    assert page.render(Context({"name": "a", "other": "b"})) == "a, "


def test_it_is_cut_for_each_language():
    page = Template("{% load i18n stencil_tags %}{% stencil name %}{% translate 'Save' %} {{ name }}{% endstencil %}")
    name = gettext_lazy("Thread")
    with translation.override("ja"):
        japanese = page.render(Context({"name": name}))
    with translation.override("en"):
        assert page.render(Context({"name": name})) == "Save Thread"
    assert japanese == "保存 スレッド"


def test_it_is_rendered_once_for_each_shape():
    page = Template(STENCIL)
    [node] = page.nodelist.get_nodes_by_type(stencil_tags.StencilNode)
    rows = [Row(f"text {number}", SafeString("<p>"), folded=number % 2 > 0) for number in range(20)]
    page.render(Context({"name": "a", "rows": rows}))
    page.render(Context({"name": "b", "rows": rows}))
    assert len(node.cut) == 2


def test_few_texts_are_compared_where_the_stencil_is_cut_by_them():
    source = "{% stencil name by kind %}{{ name }}{% if kind == 'one' %}!{% endif %} {{ kind }} %{% endstencil %}"
    page = Template("{% load stencil_tags %}" + source)
    written = [page.render(Context({"name": name, "kind": kind})) for name in "ab" for kind in ("one", "<2>", "")]
    assert written == ["a! one %", "a &lt;2&gt; %", "a  %", "b! one %", "b &lt;2&gt; %", "b  %"]
    [node] = page.nodelist.get_nodes_by_type(stencil_tags.StencilNode)
    assert len(node.cut) == 3


def test_it_does_not_keep_more_shapes_than_that(monkeypatch):
    monkeypatch.setattr(stencil_tags, "MOST", 3)
    page = Template("{% load stencil_tags %}{% stencil number %}{{ number }}{% endstencil %}")
    [node] = page.nodelist.get_nodes_by_type(stencil_tags.StencilNode)
    assert [page.render(Context({"number": number})) for number in range(8)] == [*"01234567"]
    assert len(node.cut) <= 3


@pytest.mark.parametrize("tag", ["stencil 'a'", "stencil a|upper", "stencil row in rows:", "stencil a by b|upper"])
def test_it_takes_names_alone(tag):
    with pytest.raises(TemplateSyntaxError):
        Template("{% load stencil_tags %}{% " + tag + " %}{% endstencil %}")


# The rows of the desk, in every shape.


def filled(of: type, **fixed):
    """One row for each shape that its flags and absent texts can take, every text hostile."""
    flags = [field.name for field in fields(of) if field.type in {bool, "bool"}]
    names = [field.name for field in fields(of) if field.name not in {*fixed, *flags}]
    for number, values in enumerate(product((True, False), repeat=len(flags))):
        texts = {name: HOSTILE[(number + place) % len(HOSTILE)] for place, name in enumerate(names)}
        yield of(**fixed, **texts, **dict(zip(flags, values, strict=True)))


@pytest.mark.parametrize(
    ("path", "part", "rows"),
    [
        ("board_rows", "list", [row for kind in Quote.Kind for row in filled(QuoteRow, kind=kind, part=Part.ROW)]),
        ("board_rows", "list", [row for part in (Part.HEAD, Part.END) for row in filled(FoldEdge, part=part)]),
        ("comments", "rows", [*filled(ThreadRow)]),
    ],
)
def test_the_rows_of_the_desk_are_what_a_loop_would_write(path, part, rows):
    source = (settings.BASE_DIR / f"templates/desk/{path}.html").read_text(encoding="utf-8")
    looped = re.sub(r"{% stencil [\w ]*for (\w+ in \w+) %}", r"{% for \1 %}", source)
    looped = looped.replace("{% endstencil %}", "{% endfor %}")
    assert looped != source
    values = {"items": rows, "comments": rows, "version": "7", "acts_address": "/a/", "pictures_address": "/p/"}
    values |= {"csrf_token": "token", "choosing": True}
    engine = engines["django"].engine
    plain = engine.from_string(looped + "{% partial " + part + " %}").render(Context(values))
    assert engine.from_string(source + "{% partial " + part + " %}").render(Context(values)) == plain
    assert HOSTILE[1] not in plain
