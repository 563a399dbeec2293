"""What readers see after a push: whether the served page shows the digest yet, and the hook that has a site built.

Answers are hostile and bounded in size and time; the client that is passed in decides which addresses are harmless.
Knows no database and no settings.
"""

import asyncio
import logging
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import httpx
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, override
from django.utils.translation import gettext as _

from digests.publishing import escaping, rendered, webpage
from digests.publishing.document import DigestDocument
from digests.sources.guard import ForbiddenAddress, GuardedTransport

PAGE_BYTES = 16 << 20
ANSWER_BYTES = 2 << 20
LONGEST_ANSWER_SECONDS = 60
MOST_LOOKS = 20  # a good quarter of an hour
_FIRST_WAIT_SECONDS, _LONGEST_WAIT_SECONDS = 3.0, 60.0
_MOST_TOLD = 5
_SHOWN = 40  # characters of a text in a message

_WORDS: dict[str, Promise] = {
    "bad_address": gettext_lazy("This is not an address that can be asked. It begins with https://."),
    "address_forbidden": gettext_lazy(
        "The host's name leads to an address inside this network, which is not allowed. If the host is meant, set"
        " MATOME_ALLOW_PRIVATE_TARGETS=1."
    ),
    "unreachable": gettext_lazy("The site cannot be reached."),
    "timeout": gettext_lazy("The site does not answer in time."),
    "no_page": gettext_lazy("The site has no page at this address yet."),
    "refused": gettext_lazy("The site answers, but not with what was asked for."),
    "too_large": gettext_lazy("The answer is too large to be read."),
    "bad_answer": gettext_lazy("The answer cannot be understood."),
}


class WatchError(Exception):
    """`detail` names a host and a status, never an address: a hook's is its secret."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail

    @property
    def words(self) -> str:
        return str(_WORDS[self.code])


# The served page.


@dataclass(frozen=True, slots=True)
class PageState:
    """What a page shows of a digest. `missing` says in words what it does not, or still does; empty: it is live."""

    quotes: int  # of the digest's, shown in their order
    expected: int
    missing: tuple[str, ...] = ()

    @property
    def is_live(self) -> bool:
        return not self.missing


def page_state(html: str, document: DigestDocument, post: str = "") -> PageState:
    """Whether a page shows this version of a digest: its headline, all its quotes in order, and no other quotes.

    How a layout sets them does not matter, nor do quotation marks, dashes and emphasis, which Hugo may have made of
    what an older post holds. `post` is what was published: of a quote that stands there as it once came, without safe
    escaping, the page need only show the most part, since Hugo may take parts of it for lists, code and the like.
    """
    page = webpage.read(html)
    whole, blocks = _plain(page.text), _blocks(page)
    texts = [text for text in rendered.wanted(document) if _plain(text.text) and not text.is_label]
    quotes = [text for text in texts if text.is_quote]
    places = _places([_plain(text.text) for text in quotes], blocks)
    as_they_came = [_plain(text.text) for text in quotes if post and escaping.body(text.typed) not in post]
    filled, parts = {block.plain for block in blocks}, _parts(whole if as_they_came else "")
    missing = [
        text
        for text, at in zip(quotes, places, strict=True)
        if at is None
        and not _is_among(plain := _plain(text.text), whole, filled)
        and not (plain in as_they_came and _is_mostly_in(plain, parts))
    ]
    told: list[str] = []
    if not any(_plain(document.headline) in shown for shown in (_plain(page.title), whole)):
        told.append(_("The headline is not shown."))
    if missing:
        counts = {"shown": len(quotes) - len(missing), "expected": len(quotes)}
        told.append(_("%(shown)d of %(expected)d quotes are shown.") % counts)
        told += [_("Not shown: “%(text)s”") % {"text": _clipped(text.text)} for text in missing[:_MOST_TOLD]]
    others = [text for text in texts if not text.is_quote and _plain(text.text) not in whole]
    told += [_("Not shown: “%(text)s”") % {"text": _clipped(text.text)} for text in others[:_MOST_TOLD]]
    known = [*(text.text for text in texts), *(quote.author for quote in document.quotes())]
    told += [
        _("Still shown, though it is not in the digest: “%(text)s”") % {"text": _clipped(text)}
        for text in _strange(blocks, [at for at in places if at is not None], known, as_they_came)[:_MOST_TOLD]
    ]
    return PageState(len(quotes) - len(missing), len(quotes), tuple(told))


_TYPOGRAPHIC = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "…": "...", "–": "-", "—": "-"})
_LOOSE = re.compile(r"[\s\x1f\u2060\u200b*_~`\\]+")
_TIME = re.compile(r"[\d/:.,年月日時分秒TZUCGMJ+-]+")
_PART_CHARACTERS = 5
_TELLING_CHARACTERS = 12  # a shorter text may stand anywhere by chance


def _plain(text: str) -> str:
    """A text without what a site's own markup, typography or emphasis may do to it."""
    return re.sub("-{2,}", "-", _LOOSE.sub("", rendered.untwinned(text).translate(_TYPOGRAPHIC)))


def _is_among(plain: str, whole: str, filled: set[str]) -> bool:
    """Whether a text stands on the page though no block is its own: the layout, or its own markup, may be why."""
    return plain in whole and plain not in filled and len(plain) >= _TELLING_CHARACTERS


def _parts(*texts: str) -> set[str]:
    return {text[at : at + _PART_CHARACTERS] for text in texts for at in range(len(text) - _PART_CHARACTERS + 1)}


def _is_mostly_in(plain: str, parts: set[str]) -> bool:
    own = _parts(plain)
    return 2 * len(own & parts) >= len(own)


@dataclass(frozen=True, slots=True)
class _Block:
    """A block of a page's text. `kind` names the elements around it: all quotes of a page have one of a few."""

    text: str
    plain: str
    kind: tuple[str, ...]


def _blocks(page: webpage.Page) -> list[_Block]:
    found, at = [], 0
    for text in page.text.split(webpage.BOUNDARY):
        if plain := _plain(text):
            around = page.around(at, at + len(text))
            classes = [one.attributes.get("class") or "" for one in around[-3:]]
            found.append(_Block(text, plain, (*(one.tag for one in around), *classes)))
        at += len(text) + 1
    return found


def _places(texts: list[str], blocks: list[_Block]) -> list[int | None]:
    """The block that each text fills, as many as stand in the texts' order.

    A short text may fill a block of the navigation as well: blocks that are like others of the quotes' go first.
    """
    own: dict[str, list[int]] = {}
    for number, block in enumerate(blocks):
        own.setdefault(block.plain, []).append(number)
    kinds = Counter(kind for text in {*texts} for kind in {blocks[at].kind for at in own.get(text, ())})
    pairs = []
    for number, text in enumerate(texts):
        found = own.get(text, [])
        usual = [at for at in found if kinds[blocks[at].kind] > 1]
        pairs += [(number, at) for at in reversed(usual or found)]
    places: list[int | None] = [None] * len(texts)
    for number, at in rendered.longest_rise(pairs):
        places[number] = at
    return places


def _strange(blocks: list[_Block], quotes: list[int], known: list[str], as_they_came: list[str]) -> list[str]:
    """Texts that stand in just such elements as quotes do and are none of the digest's, or stand there too often."""
    left, parts = Counter(map(_plain, known)), _parts(*as_they_came)
    kinds = {kind for kind, times in Counter(blocks[at].kind for at in quotes).items() if times > 1}
    found = []
    for block in blocks:
        if block.kind not in kinds or _TIME.fullmatch(block.plain):
            continue
        left[block.plain] -= 1
        if left[block.plain] < 0 and not (as_they_came and _is_mostly_in(block.plain, parts)):
            found.append(block.text)
    # Where there are so many of them, the layout shows more in such elements than quotes.
    return found if 2 * len(found) <= len(quotes) else []


def _clipped(text: str) -> str:
    text = text.replace("\n", "⏎")
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def page_address(site_url: str, path: str) -> str:
    """Where Hugo serves a post, unless the site has permalinks of its own: below the content folder, in lower case."""
    below = path.removeprefix("content/").removesuffix(".md").lower()
    folder = re.sub(r"(^|/)_?index$", "", below).replace(" ", "-").strip("/")
    return f"{site_url.rstrip('/')}/{quote(folder)}/" if folder else f"{site_url.rstrip('/')}/"


def wait_seconds(attempt: int) -> float:
    """How long to wait after the attempt-th look (from 0)."""
    return min(_FIRST_WAIT_SECONDS * 1.6**attempt, _LONGEST_WAIT_SECONDS)


async def look(http: httpx.AsyncClient, url: str, document: DigestDocument, post: str = "") -> PageState:
    """One look at the served page, as `page_state`. What stands in the way of it is what is missing."""
    expected = sum(1 for _quote in document.quotes())
    try:
        html = await _page(http, url)
    except WatchError as error:
        return PageState(0, expected, (error.words,))
    return page_state(html, document, post)


async def _page(http: httpx.AsyncClient, url: str) -> str:
    for _hop in range(4):
        response = await answer(http, "GET", url, headers={"Cache-Control": "no-cache"}, most_bytes=PAGE_BYTES)
        if response.next_request is None:
            break
        url = str(response.next_request.url)
    if response.status_code in {404, 410}:
        raise WatchError("no_page", f"{response.status_code}")
    if response.status_code != 200:
        raise WatchError("refused", f"{response.status_code}")
    return response.text


# Asking.


def client(*, user_agent: str, allow_private: bool = False, timeout_seconds: float = 20) -> httpx.AsyncClient:
    """One that goes to harmless addresses only, unless `allow_private`, and by no proxy."""
    return httpx.AsyncClient(
        transport=httpx.AsyncHTTPTransport() if allow_private else GuardedTransport(),
        timeout=timeout_seconds,
        headers={"User-Agent": user_agent},
        follow_redirects=False,
        trust_env=False,
    )


def asked[T](http: Callable[[], httpx.AsyncClient], work: Callable[[httpx.AsyncClient], Awaitable[T]]) -> T:
    """The result of `work` with a client of its own, for those who do not wait asynchronously.

    In a thread of its own, since the caller's may have a loop that runs; it speaks the caller's language.
    """
    language = get_language()

    async def working() -> T:
        async with http() as opened:
            return await work(opened)

    def run() -> T:
        with override(language):
            return asyncio.run(working())

    with ThreadPoolExecutor(max_workers=1) as threads:
        return threads.submit(run).result()


async def call_hook(http: httpx.AsyncClient, url: str) -> int:
    """Has a site built: POST without following any redirect. The status, 200 to 299.

    The address is a secret: it stands in no log and no error. Raises `WatchError`.
    """
    with _unlogged():
        response = await answer(http, "POST", url, most_bytes=ANSWER_BYTES)
    if not response.is_success:
        raise WatchError("refused", f"{response.status_code}")
    return response.status_code


async def answer(
    http: httpx.AsyncClient,
    method: str,
    url: str,
    *,
    headers: dict[str, str] | None = None,
    most_bytes: int = ANSWER_BYTES,
) -> httpx.Response:
    """An answer, read whole. Follows no redirect. Raises `WatchError`."""
    try:
        is_address = urlsplit(url).scheme in {"http", "https"} and bool(urlsplit(url).hostname)
    except ValueError:
        is_address = False
    if not is_address:
        raise WatchError("bad_address")
    host = urlsplit(url).hostname or ""
    body = bytearray()
    try:
        async with (
            asyncio.timeout(LONGEST_ANSWER_SECONDS),
            http.stream(
                method, url, headers={"Accept-Encoding": "identity", **(headers or {})}, follow_redirects=False
            ) as response,
        ):
            if response.headers.get("Content-Encoding", "identity") != "identity":  # what it unpacks to has no limit
                raise WatchError("bad_answer", host)
            async for chunk in response.aiter_bytes(65_536):
                body += chunk
                if len(body) > most_bytes:
                    raise WatchError("too_large", host)
    except ForbiddenAddress:
        raise WatchError("address_forbidden", host) from None
    except (TimeoutError, httpx.TimeoutException):
        raise WatchError("timeout", host) from None
    except httpx.InvalidURL:
        raise WatchError("bad_address") from None
    except httpx.HTTPError as error:
        raise WatchError("unreachable", f"{host}: {type(error).__name__}") from None
    whole = httpx.Response(
        response.status_code, headers=response.headers, content=bytes(body), request=response.request
    )
    whole.next_request = response.next_request
    return whole


_is_secret: ContextVar[bool] = ContextVar("is_secret", default=False)


@contextmanager
def _unlogged() -> Iterator[None]:
    """httpx writes the address of each request into its log."""
    token = _is_secret.set(True)
    try:
        yield
    finally:
        _is_secret.reset(token)


logging.getLogger("httpx").addFilter(lambda _record: not _is_secret.get())
