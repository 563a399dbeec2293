"""How tags, months and feeds stand in a public address. Knows no database."""

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
