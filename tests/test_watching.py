"""What readers see after a push: a page is live when it shows this version, and says what it lacks when not."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial

import httpx
import pytest

from digests.publishing.document import DigestDocument, DocumentFold, DocumentHeading, DocumentItem, DocumentQuote
from digests.publishing.watching import (
    PageState,
    WatchError,
    asked,
    call_hook,
    client,
    look,
    page_address,
    page_state,
    wait_seconds,
)

pytestmark = pytest.mark.usefixtures("in_english")

PAGE = "https://site.example/p/"
HOOK = "https://hooks.example/build/s3cret?token=s3cret"
AT = datetime(2025, 9, 6, 16, 36, 41, tzinfo=UTC)


def quote(text: str, author: str = "anna") -> DocumentQuote:
    return DocumentQuote(author=author, created_at=AT, text=text)


TEXTS = ("最初の引用", 'He said "it\'s fine" -- and left...', "line one\nline two", "はい", "a <b> & c")


def document(*texts: str, headline: str = "見出し", folded: int = 2) -> DigestDocument:
    quotes = [quote(text) for text in texts or TEXTS]
    fold = DocumentFold(label="もっと", items=tuple(quotes[folded:])) if quotes[folded:] else None
    items: tuple[DocumentItem, ...] = (*quotes[:folded], *([fold] if fold else []))
    return DigestDocument(slug="s", headline=headline, date=date(2025, 9, 6), items=items)


def html(
    *bodies: str, title: str = "見出し", box: str = "<div class='q'><p>{}</p><p class='who'>anna</p></div>"
) -> str:
    shown = "".join(box.format(body) for body in bodies)
    return (
        f"<!doctype html><html><head><title>{title} | Site</title></head><body><nav><p>はい</p></nav>"
        f"<h1>{title}</h1><blockquote><p>{title}</p></blockquote>{shown}<footer><p>© Site</p></footer></body></html>"
    )


BODIES = (
    "最初の引用",
    "He said &quot;it's fine&quot; -- and left...",
    "line one<br>line two",
    "はい",
    "a &lt;b&gt; &amp; c",
)


def test_a_page_with_all_quotes_in_order_is_live() -> None:
    state = page_state(html(*BODIES), document())
    assert (state.is_live, state.quotes, state.expected, state.missing) == (True, 5, 5, ())


def test_what_hugo_makes_typographic_is_the_same_text() -> None:
    bodies = [*BODIES]
    bodies[1] = "He said “it’s fine” – and left…"
    assert page_state(html(*bodies), document()).is_live


def test_markup_inside_a_text_does_not_matter() -> None:
    bodies = [*BODIES]
    bodies[0] = "最初の<em>引用</em>"
    assert page_state(html(*bodies), document("最初の_引用_", *TEXTS[1:])).is_live


def test_minified_and_sloppy_pages_are_read() -> None:
    page = f"<title>見出し</title><h1>見出し<div>{''.join(f'<p>{body}' for body in BODIES)}"
    assert page_state(page, document()).is_live


@pytest.mark.parametrize("missing", range(5))
def test_each_missing_quote_is_told(missing: int) -> None:
    bodies = [body for number, body in enumerate(BODIES) if number != missing]
    state = page_state(html(*bodies), document())
    assert (state.is_live, state.quotes, state.expected) == (False, 4, 5)
    assert state.missing[0] == "4 of 5 quotes are shown."
    assert TEXTS[missing].split("\n")[0][:8] in state.missing[1]


def test_the_version_before_is_not_this_one() -> None:
    """One text was made shorter, one was dropped, one is new: the old page shows all of what is left, and more."""
    old = html(*BODIES)
    shorter = page_state(old, document("最初の引用", 'He said "it\'s fine"', *TEXTS[2:]))
    assert not shorter.is_live
    assert any("Still shown" in said or "Not shown" in said for said in shorter.missing)
    dropped = page_state(old, document(*TEXTS[:4]))
    assert (dropped.is_live, dropped.quotes) == (False, 4)
    assert dropped.missing == ("Still shown, though it is not in the digest: “a <b> & c”",)
    added = page_state(old, document(*TEXTS, "a new one at the end"))
    assert (added.is_live, added.quotes, added.expected) == (False, 5, 6)


def test_quotes_in_another_order_are_not_live() -> None:
    for order in ((3, 0, 1, 2, 4), (0, 2, 1, 3, 4), (4, 0, 1, 2, 3)):
        state = page_state(html(*BODIES), document(*(TEXTS[number] for number in order)))
        assert (state.is_live, state.quotes) == (False, 4)


def test_another_headline_is_told() -> None:
    assert page_state(html(*BODIES, title="古い見出し案"), document()).is_live
    state = page_state(html(*BODIES, title="ほかの話"), document())
    assert "The headline is not shown." in state.missing


def test_the_lead_and_headings_count_as_well() -> None:
    told = replace(document(), lead="導入の一文", items=(DocumentHeading(text="第一部"), *document().items))
    state = page_state(html(*BODIES), told)
    assert state.missing == ("Not shown: “導入の一文”", "Not shown: “第一部”")
    assert page_state(html("導入の一文", "第一部", *BODIES), told).quotes == 5


def test_an_error_page_shows_nothing() -> None:
    state = page_state("<h1>404</h1>", document())
    assert (state.is_live, state.quotes, state.expected) == (False, 0, 5)
    assert state.missing[1] == "0 of 5 quotes are shown."
    assert len(state.missing) < 12


@pytest.mark.parametrize("page", ["", "\0", "<", "<p>" * 20_000, "\ud800", "<table><p>" * 500])
def test_whatever_is_served_is_read(page: str) -> None:
    assert not page_state(page, document()).is_live


def test_long_pages_are_read_in_time() -> None:
    texts = [f"引用の本文 {number} " * 8 for number in range(400)]
    page = html(*texts)
    assert page_state(page, document(*texts)).is_live
    assert page_state(page, document(*texts[:200], "ほかの本文", *texts[201:])).quotes == 399


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("content/posts/2025_09/2025_09_06_a/index.md", "https://site.example/blog/posts/2025_09/2025_09_06_a/"),
        ("content/posts/Foo Bar.md", "https://site.example/blog/posts/foo-bar/"),
        ("content/記事/index.md", "https://site.example/blog/%E8%A8%98%E4%BA%8B/"),
        ("content/_index.md", "https://site.example/blog/"),
        ("posts/a.md", "https://site.example/blog/posts/a/"),
    ],
)
def test_a_posts_address_follows_from_its_path(path: str, address: str) -> None:
    assert page_address("https://site.example/blog/", path) == address


# Asking.


type Answer = httpx.Response | Exception


def site(*answers: Answer, seen: list[httpx.Request] | None = None) -> Callable[[], httpx.AsyncClient]:
    """A client whose site gives these answers one after the other, the last one for ever."""
    left = [*answers]

    def handle(request: httpx.Request) -> httpx.Response:
        if seen is not None:
            seen.append(request)
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    return lambda: httpx.AsyncClient(transport=httpx.MockTransport(handle))


def page(text: str, status: int = 200) -> httpx.Response:
    return httpx.Response(status, text=text, headers={"Content-Type": "text/html; charset=utf-8"})


def test_waits_grow_and_end() -> None:
    waits = [wait_seconds(attempt) for attempt in range(20)]
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (3, 60)
    assert 600 < sum(waits) < 1200


def looked(*answers: Answer, url: str = PAGE) -> PageState:
    return asked(site(*answers), lambda http: look(http, url, document()))


def test_each_look_asks_past_what_is_kept_on_the_way() -> None:
    seen: list[httpx.Request] = []
    state = asked(site(page(html(*BODIES)), seen=seen), lambda http: look(http, PAGE, document()))
    assert state.is_live
    assert [request.headers["Cache-Control"] for request in seen] == ["no-cache"]


def test_a_page_that_lacks_quotes_says_how_many_it_has() -> None:
    state = looked(page(html(*BODIES[:3])))
    assert (state.is_live, state.quotes) == (False, 3)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (page("", 404), "no page at this address"),
        (page("", 500), "not with what was asked"),
        (httpx.ConnectError("x"), "cannot be reached"),
        (httpx.ReadTimeout("x"), "in time"),
        (httpx.Response(200, content=b"x" * (17 << 20)), "too large"),
        (httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(b"x")), "understood"),
    ],
)
def test_what_stands_in_the_way_is_told(answer: Answer, said: str) -> None:
    state = looked(answer)
    assert (state.is_live, state.quotes, state.expected) == (False, 0, 5)
    assert said in state.missing[0]


@pytest.mark.parametrize("url", ["", "ftp://host/", "https://", "javascript:alert(1)", "http://[::1", "/etc/passwd"])
def test_what_is_no_address_is_not_asked(url: str) -> None:
    assert "address" in looked(page(html(*BODIES)), url=url).missing[0]


def test_a_page_may_have_moved_a_few_times() -> None:
    away = httpx.Response(301, headers={"Location": "https://www.site.example/p/"})
    assert looked(away, page(html(*BODIES))).is_live
    assert not looked(httpx.Response(302, headers={"Location": "/p/"})).is_live
    assert not looked(httpx.Response(302, headers={"Location": "http://["})).is_live


def test_addresses_inside_are_not_asked() -> None:
    asking = partial(client, user_agent="Matome/test")
    for url in ("http://127.0.0.1:9/", "http://localhost/", "http://169.254.169.254/latest", "http://[::1]/"):
        state = asked(asking, partial(look, url=url, document=document()))
        assert "inside this network" in state.missing[0]
        with pytest.raises(WatchError, match="address_forbidden"):
            asked(asking, partial(call_hook, url=url))


# Hooks.


def test_a_hook_is_called_once_with_post() -> None:
    seen: list[httpx.Request] = []
    assert asked(site(httpx.Response(201), seen=seen), lambda http: call_hook(http, HOOK)) == 201
    assert [(request.method, str(request.url), request.content) for request in seen] == [("POST", HOOK, b"")]


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (httpx.Response(404), "refused"),
        (httpx.Response(500), "refused"),
        (httpx.Response(302, headers={"Location": "https://evil.example/"}), "refused"),
        (httpx.ConnectError(f"could not connect to {HOOK}"), "unreachable"),
        (httpx.ConnectTimeout(HOOK), "timeout"),
        (httpx.Response(200, content=b"x" * (3 << 20)), "too_large"),
    ],
)
def test_a_hooks_address_is_in_no_error_and_no_log(answer: Answer, code: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    seen: list[httpx.Request] = []
    with pytest.raises(WatchError) as raised:
        asked(site(answer, seen=seen), lambda http: call_hook(http, HOOK))
    assert raised.value.code == code
    assert len(seen) == 1
    told = f"{raised.value} {raised.value!r} {raised.value.words} {raised.value.detail} {raised.value.__cause__}"
    assert "s3cret" not in told + caplog.text


def test_a_hook_that_works_is_in_no_log_and_others_are(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    asked(site(httpx.Response(200)), lambda http: call_hook(http, HOOK))
    assert "s3cret" not in caplog.text
    looked(page(""))
    assert "site.example" in caplog.text


def test_several_at_once_keep_their_secrets_apart(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    async def both(http: httpx.AsyncClient) -> None:
        await asyncio.gather(call_hook(http, HOOK), look(http, PAGE, document()))

    asked(site(httpx.Response(200)), both)
    assert "s3cret" not in caplog.text
    assert "site.example" in caplog.text


def test_a_site_can_be_asked_while_a_loop_of_the_caller_s_runs() -> None:
    async def caller() -> PageState:
        return looked(page(html(*BODIES)))

    assert asyncio.run(caller()).is_live
