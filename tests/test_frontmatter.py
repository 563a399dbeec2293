"""Front matter, edited in place: only the lines of what changed change, in whatever language it is written."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digests.publishing import frontmatter
from digests.publishing.frontmatter import NotEditable

TOML = """\
# 頭
title   =   '題'  # 見出し
date = 2026-01-05T00:00:00+09:00
tags = [ 'a', 'b' ]

draft = false
[params]
  "odd key" = [1,
    2]  # 二行
"""
YAML = """\
# 頭
title: "題"   # 見出し
date: 2026-01-05
tags:
  - a   # 一つめ
  - b
draft: false
params: {x: [1, 2]}
"""

# Each line stands for five of the line before it: more values than atoms in the world.
BOMB = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 5)}]\n" for n in range(1, 120))


@pytest.mark.parametrize(
    ("changes", "before", "after"),
    [
        ({"title": "新"}, "'題'", "'新'"),
        ({"title": "it's"}, "'題'", '"it\'s"'),
        ({"title": "改\n行"}, "'題'", '"改\\n行"'),
        ({"tags": ["b", "c", "d"]}, "[ 'a', 'b' ]", "[ 'b', 'c', 'd' ]"),
        ({"tags": ["it's"]}, "[ 'a', 'b' ]", '[ "it\'s" ]'),
        ({"tags": []}, "[ 'a', 'b' ]", "[]"),
        ({"draft": True}, "draft = false", "draft = true"),
        ({"draft": None}, "draft = false\n", ""),
        ({"date": datetime.fromisoformat("2026-02-03T00:00:00+09:00")}, "2026-01-05T", "2026-02-03T"),
    ],
)
def test_toml_keeps_its_order_comments_and_spellings(changes: dict[str, Any], before: str, after: str):
    assert frontmatter.edited(TOML, "toml", changes) == TOML.replace(before, after)


def test_a_new_key_stands_before_the_first_table():
    edited = frontmatter.edited(TOML, "toml", {"months": "2026/01"})
    assert edited.index("months = '2026/01'\n") < edited.index("[params]")
    assert edited.replace("months = '2026/01'\n", "") == TOML
    assert frontmatter.edited("title = 'a'", "toml", {"draft": True}) == "title = 'a'\ndraft = true\n"


@pytest.mark.parametrize(
    ("raw", "tags", "after"),
    [
        ('tags = ["a", "b"]\n', ["c"], 'tags = ["c"]\n'),
        ('tags = ["a","b"] # x\n', ["c", "d"], 'tags = ["c","d"] # x\n'),
        ('tags = [\n  "a",\n  "b",\n]\n', ["b", "c"], 'tags = [\n  "b",\n  "c",\n]\n'),
        ("tags = []\n", ["a"], 'tags = ["a"]\n'),
        ("tags = 'a'\n", ["a", "b"], 'tags = ["a", "b"]\n'),
        ("", ["a"], 'tags = ["a"]\n'),
    ],
)
def test_a_list_keeps_the_spelling_that_it_has(raw: str, tags: list[str], after: str):
    assert frontmatter.edited(raw, "toml", {"tags": tags}) == after


@pytest.mark.parametrize(
    ("changes", "before", "after"),
    [
        ({"title": "新"}, '"題"', "'新'"),
        ({"title": "it's: \\"}, '"題"', '"it\'s: \\\\"'),
        ({"date": date(2026, 2, 3)}, "2026-01-05", "2026-02-03"),
        ({"tags": ["c"]}, "- a   # 一つめ\n  - b", "- 'c'"),
        ({"tags": []}, "tags:\n  - a   # 一つめ\n  - b", "tags: []"),
        ({"draft": True}, "draft: false", "draft: true"),
        ({"draft": None}, "draft: false\n", ""),
        ({"months": "2026/01"}, "2]}\n", "2]}\nmonths: '2026/01'\n"),
    ],
)
def test_yaml_is_edited_where_its_values_stand(changes: dict[str, Any], before: str, after: str):
    assert frontmatter.edited(YAML, "yaml", changes) == YAML.replace(before, after)


def test_json_keeps_its_keys_and_their_order():
    raw = '{\n  "b": [1],\n  "title": "題",\n  "a": null\n}'
    assert frontmatter.edited(raw, "json", {"title": "新"}) == raw.replace("題", "新")
    assert frontmatter.edited(raw, "json", {"c": [True]}) == raw.replace("null\n", 'null,\n  "c": [true]\n')
    assert frontmatter.edited(raw, "json", {"a": None}) == raw.replace(',\n  "a": null', "")
    assert frontmatter.edited(raw, "json", {"b": None}) == raw.replace('"b": [1],\n  ', "")
    assert frontmatter.edited("{}", "json", {"a": 1}) == '{"a": 1}'


@pytest.mark.parametrize(
    ("raw", "language", "changes"),
    [
        ("a = [1\nb = 2\n", "toml", {"title": "x"}),
        ("a: [1\n", "yaml", {"title": "x"}),
        ("{title: x}\n", "yaml", {"title": "y"}),
        ("a: &x {b: 1}\ntitle: *x\n", "yaml", {"a": "y"}),
        ("- a\n", "yaml", {"title": "x"}),
        ("a: &x {b: *x}\ntitle: y\n", "yaml", {"title": "x"}),
    ],
)
def test_what_cannot_be_changed_without_harm_is_left_alone(raw: str, language: str, changes: dict[str, Any]):
    with pytest.raises(NotEditable):
        frontmatter.edited(raw, language, changes)


@pytest.mark.parametrize(
    ("post", "language", "values", "content"),
    [
        ("+++\na = 1\n+++\nx", "toml", {"a": 1}, "x"),
        ("\ufeff\n +++ \r\na = 1\r\n+++  \r\nx", "toml", {"a": 1}, "x"),
        ("+++\n+++", "toml", {}, ""),
        ("---\na: 1\n---\nx", "yaml", {"a": 1}, "x"),
        ("---\n---\nx", "yaml", {}, "x"),
        ('{"a": 1} \nx', "json", {"a": 1}, "x"),
        ("x\n+++\na = 1\n+++\n", "", {}, "x\n+++\na = 1\n+++\n"),
        ("+++ x\n", "", {}, "+++ x\n"),
        ("{{< x >}}", "", {}, "{{< x >}}"),
    ],
)
def test_it_is_found_in_each_language(post: str, language: str, values: dict[str, Any], content: str):
    found = frontmatter.find(post)
    assert (found.language, dict(found.values), post[found.content :]) == (language, values, content)
    assert not found.broken


@pytest.mark.parametrize(
    ("post", "line", "values"),
    [
        ("+++\ndate = '2026-01-05'\ntitle = 'it's'\ntags = ['a']\n+++\n", 3, {"title": "it's", "tags": ["a"]}),
        ('+++\ntitle = "a\\x"\n+++\n', 2, {"title": "a\\x"}),
        ("+++\na = 1\na = 2\n+++\n", 3, {}),
        ("---\na: [\n---\n", 2, {}),
        ("---\n- a\n---\n", 2, {}),
        ("---\na: " + "[" * 5000 + "\n---\n", 2, {}),
        ("+++\na = " + "[" * 5000 + "\n+++\n", 2, {}),
        ("+++\na = '" + "x" * frontmatter.LONGEST + "'\n+++\n", 2, {}),
        ("+++\n" + "a." * 9000 + "b = 1\n+++\n", 2, {}),
        ("---\n" + BOMB + "---\n", 2, {}),
    ],
)
def test_one_that_is_broken_says_where_and_what_can_be_made_out(post: str, line: int, values: dict[str, Any]):
    found = frontmatter.find(post)
    assert found.broken
    assert found.values.items() >= values.items()
    assert abs(found.line - line) <= 1


def test_one_that_does_not_end_is_none():
    assert frontmatter.find("+++\na = 1\n").broken
    assert frontmatter.find("+++\na = 1\n").content == 0


VALUES = st.text(st.characters(codec="utf-8"))


@given(st.dictionaries(st.sampled_from("abc"), VALUES), st.dictionaries(st.sampled_from("bcd"), VALUES))
def test_new_values_read_back_whatever_they_hold(before: dict[str, str], changes: dict[str, str]):
    for delimiter, language in (("+++\n", "toml"), ("---\n", "yaml")):
        raw = frontmatter.written(before) if language == "toml" else "".join(f"{key}: x\n" for key in before)
        kept = before if language == "toml" else dict.fromkeys(before, "x")
        found = frontmatter.find(delimiter + frontmatter.edited(raw, language, changes) + delimiter)
        assert found.values == {**kept, **changes}


def test_a_day_is_changed_in_the_type_and_zone_that_it_has():
    day = date(2026, 2, 3)
    assert frontmatter.with_date("2026-01-05T12:34:56+09:00", day) == "2026-02-03T12:34:56+09:00"
    assert frontmatter.with_date(datetime(2026, 1, 5, 1, 2, tzinfo=UTC), day) == datetime(2026, 2, 3, 1, 2, tzinfo=UTC)
    assert frontmatter.with_date(date(2026, 1, 5), day) == day
    assert frontmatter.with_date("きのう", day) == "2026-02-03T00:00:00"


def test_json_that_is_broken_is_no_content_and_a_shortcode_is():
    assert frontmatter.find('\n{"title": \n').broken
    assert frontmatter.find('\n{"title": \n').line == 2
    assert not frontmatter.find("{{< x >}}").broken
