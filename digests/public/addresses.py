"""How tags, months and feeds stand in a public address. Knows no database."""

from functools import lru_cache
from urllib.parse import quote

from django.urls import get_script_prefix, reverse
from django.utils.http import RFC3986_SUBDELIMS

FEED_KINDS = ("atom", "rss", "json")
_TAKEN = {"", ".", "..", "page"}


class TagName:
    """Any name at all, slashes included: `/tags/TCP/IP/`.

    Browsers resolve the segments `.` and `..` themselves, even percent-encoded ones, and servers merge empty ones;
    `page` is followed by a page's number, and `index.html` is a page's file once the site is baked. Such a segment, and
    one that starts with `~`, gets a `~` before it: `..` is found at `/tags/~../`.
    """

    regex = r"[^\x00]+"  # a zero byte stops PostgreSQL

    def to_python(self, value: str) -> str:
        return "/".join(segment.removeprefix("~") for segment in value.split("/"))

    def to_url(self, value: str) -> str:
        return "/".join(
            f"~{segment}" if segment in _TAKEN or segment.startswith(("~", "index.")) else segment
            for segment in value.split("/")
        )


class Year:
    regex = "(?!0000)[0-9]{4}"  # every year that a date can have

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return f"{value:04}"


class Month:
    regex = "0[1-9]|1[0-2]"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return f"{value:02}"


class PageNumber:
    """Of a page of a listing. The first one is at the listing's own address."""

    regex = "[1-9][0-9]{0,8}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)


class FeedKind:
    regex = "|".join(FEED_KINDS)

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


_ANY = "any"


def of_digest(slug: str) -> str:
    return slug.join(_around("digest", get_script_prefix()))


def of_originals(slug: str) -> str:
    return slug.join(_around("originals", get_script_prefix()))


def of_old_post(path: str) -> str:
    return _percent_encoded(path).join(_around("old-post", get_script_prefix()))


def of_tag(name: str) -> str:
    return _percent_encoded(TagName().to_url(name)).join(_around("tag", get_script_prefix()))


def of_feed(kind: str, tag: str) -> str:
    return _percent_encoded(TagName().to_url(tag)).join(_around("feed", get_script_prefix(), kind))


def _percent_encoded(text: str) -> str:
    return quote(text, safe=f"{RFC3986_SUBDELIMS}/~:@")


@lru_cache(maxsize=64)
def _around(name: str, _prefix: str, *args: str) -> list[str]:
    """What stands before and behind the last argument: a bake has twenty thousand addresses, and `reverse` takes ten
    times as long for each."""
    return reverse(name, args=[*args, _ANY]).rsplit(_ANY, 1)
