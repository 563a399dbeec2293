"""Feeds and structured data as others read them: feedparser, and the vocabulary of schema.org as models."""

import json
from calendar import timegm
from datetime import datetime
from typing import Any

import feedparser
import pytest
from django.test import Client
from pytest_django import Settings
from selectolax.lexbor import LexborHTMLParser

from tests.factories import make_live

pytestmark = pytest.mark.django_db

HOSTILE = "</script><script>alert(1)</script> ]]> & \u2028 {{ x }} 『引用』"


@pytest.fixture(autouse=True)
def site(settings: Settings) -> None:
    settings.BASE_URL = "https://digests.example"


@pytest.mark.parametrize(("kind", "version"), [("atom", "atom10"), ("rss", "rss20")])
def test_a_feed_reader_reads_our_feeds_without_complaint(client: Client, kind: str, version: str):
    live = make_live("a", HOSTILE, headline=f"題 {HOSTILE}", tags=("猫", "C++/CLI"), lead="前文")
    make_live("b", headline="もうひとつ")
    read = feedparser.parse(client.get(f"/feeds/{kind}/").content)
    assert (read.bozo, read.version) == (False, version)
    entry = next(entry for entry in read.entries if entry.link == "https://digests.example/posts/a/")
    assert entry.title.startswith("題 ")
    assert {tag.term for tag in entry.tags} == {"猫", "C++/CLI"}
    assert timegm(entry.published_parsed) == int(live.published_at.timestamp())
    whole = entry.content[0].value if kind == "atom" else entry.summary
    assert "alert(1)" in whole
    assert "<script" not in whole


def test_a_tags_feed_is_read_too(client: Client):
    make_live("a", tags=("C++/CLI",))
    address = LexborHTMLParser(client.get("/tags/C++/CLI/").content).css_first("link[type='application/atom+xml']")
    read = feedparser.parse(client.get(str(address.attributes["href"]).removeprefix("https://digests.example")).content)
    assert (read.bozo, len(read.entries)) == (False, 1)


def structured(client: Client, path: str) -> dict[str, Any]:
    (script,) = LexborHTMLParser(client.get(path).content).css("script[type='application/ld+json']")
    value: dict[str, Any] = json.loads(script.text())
    return value


def test_a_digests_structured_data_fits_the_vocabulary_of_schema_org(client: Client):
    from schema_org import Article  # type: ignore[attr-defined]  # noqa: PLC0415  (ten seconds of models)

    make_live("a", HOSTILE, headline=f"題 {HOSTILE}", tags=("猫",), lead="前文")
    value = structured(client, "/posts/a/")
    assert value.pop("@context") == "https://schema.org"
    assert (value["@type"], value["mainEntityOfPage"]) == ("Article", "https://digests.example/posts/a/")
    for name in ("datePublished", "dateModified"):  # the models want dates, not their texts
        value[name] = datetime.fromisoformat(value[name])
        assert value[name].tzinfo is not None
    article = Article.model_validate(value)
    assert article.headline == f"題 {HOSTILE}"
    with pytest.raises(ValueError, match="Extra inputs"):  # they would tell us of what the vocabulary does not have
        Article.model_validate(value | {"headlin": "x"})
