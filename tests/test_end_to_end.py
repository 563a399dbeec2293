"""The whole path in a real browser: a thread's address becomes a published digest and a post that Hugo builds.

Everything is real: the thread comes over HTTP from a stand-in for Hacker News, through the database queue and its
worker; the post is built by Hugo; the readers' page and Hugo's are compared with what the editor put in.
"""

import json
import re
from pathlib import Path

import pytest
from django.core.management import call_command
from playwright.sync_api import Page, expect

from digests.models import Digest, Thread
from digests.publishing import hugo
from digests.publishing.assemble import assemble
from digests.publishing.document import DigestDocument, DocumentFold
from tests import hugo_site
from tests.factories import make_editor
from tests.fake_hn import FakeHackerNews

DEMO = Path(__file__).parent.parent / "digests" / "demo" / "thread.json"
HEADLINE = "社内Wikiを平文に戻して5年、の「その後」 <b>&amp;"
TEXT = "一行目：`grep` で *十分* だよね\n二行目 {{< x >}} https://example.com/a?b=c&d=e を参照 \\o/"


@pytest.fixture
def hacker_news(settings):
    with FakeHackerNews(json.loads(DEMO.read_text(encoding="utf-8"))) as site:
        settings.HN_ALGOLIA_URL, settings.HN_FIREBASE_URL = site.algolia_url, site.firebase_url
        settings.ALLOW_LOOPBACK_SOURCES = True
        settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
        yield site


def import_thread(page: Page) -> Thread:
    page.goto("/desk/")
    page.locator("input[name=address]").fill("https://news.ycombinator.com/item?id=990000001")
    page.locator("input[name=address]").press("Enter")
    page.wait_for_url("**/desk/imports/*/")
    call_command("db_worker", "--batch", "--no-startup-delay", "--no-reload", verbosity=0)
    page.wait_for_url("**/desk/threads/*/")  # the page that watches the import leads on by itself
    thread = Thread.objects.get()
    assert (thread.order, thread.comment_count >= 150) == ("ranked", True)
    return thread


def act(page: Page, selector: str, path: str = "/(quotes|comments)/$") -> None:
    with page.expect_response(re.compile(path)) as answer:
        page.locator(selector).click()
    assert answer.value.ok


def at(page: Page, pk: int, name: str) -> None:
    """An act on one row, by the bar of tools."""
    page.locator(f"#q{pk}").focus()
    act(page, f"#acts [data-act={name}]")


def choose_forty(page: Page, thread: Thread) -> None:
    live = list(thread.comments.quotable().in_order().values_list("pk", flat=True))
    for pk in live[:120:3]:
        act(page, f"#thread button[name=comment][value='{pk}']")
    expect(page.locator("#list li.quote")).to_have_count(40)


def write(page: Page, pk: int, text: str) -> None:
    field = page.locator(f"#t{pk} textarea")
    field.fill(text)
    with page.expect_response(re.compile(f"/quotes/{pk}/$")) as answer:
        field.press("Control+Enter")
    assert answer.value.ok


def edit(page: Page, digest: Digest) -> None:
    """Orders, colours, writes, and folds all after the first thirty."""
    ids = list(digest.quotes.in_order().values_list("pk", flat=True))
    at(page, ids[7], "top")
    at(page, ids[0], "down")
    at(page, ids[3], "bottom")
    for number, pk in enumerate(ids[:6], 1):
        at(page, pk, f"paint-{number}")
    write(page, ids[7], TEXT)
    write(page, ids[0], "二番目に来る引用です。\n\n空行もそのまま。")
    act(page, "#acts [data-act=every]")
    page.locator("#head [name=headline]").fill(HEADLINE)
    page.locator("#head [name=lead]").fill("導入の一行目。\n導入の二行目。")
    page.locator("#head details summary").click()
    page.locator("#head [name=tags]").fill("平文, Wiki、TCP/IP")
    page.locator("#head button.save").click()
    # Each field is saved when it is left, and the button saves them all: wait for the last answer, not for any.
    for _ in range(200):
        digest.refresh_from_db()
        if digest.tags and "saved" in (page.locator("#head-state").get_attribute("class") or ""):
            break
        page.wait_for_timeout(100)


def readers_texts(page: Page) -> list[str]:
    """The quotes as the public page's DOM holds them, `\\n` for each line break."""
    script = """quotes => quotes.map(quote => [...quote.querySelector('blockquote').childNodes].map(
        node => node.nodeName === 'BR' ? '\\n' : node.textContent).join(''))"""
    return list(page.locator("article.quote").evaluate_all(script))


def assert_page_shows(page: Page, document: DigestDocument) -> None:
    assert page.locator("h1").inner_text() == document.headline
    assert readers_texts(page) == [quote.text for quote in document.quotes()]
    folds = [item for item in document.items if isinstance(item, DocumentFold)]
    assert page.locator("details.fold summary .label").all_inner_texts() == [fold.label for fold in folds]
    assert page.locator("details.fold").first.locator("article.quote").count() == len(folds[0].quotes)
    links = page.locator("article.quote > footer a:not([href*='/original/'])").evaluate_all(
        "links => links.map(link => link.href)"
    )
    assert links == [quote.permalink for quote in document.quotes()]


def test_from_a_threads_address_to_a_published_digest(page, sign_in, hacker_news, tmp_path):
    sign_in(page, make_editor())
    thread = import_thread(page)
    page.locator("button[name=thread]").click()
    page.wait_for_url("**/desk/digests/*/")
    digest = Digest.objects.get()
    choose_forty(page, thread)
    edit(page, digest)

    document = assemble(digest.pk)
    assert next(document.quotes()).text == TEXT
    assert [len(item.quotes) for item in document.items if isinstance(item, DocumentFold)] == [10]
    assert len({quote.color for quote in document.quotes()}) == 7
    assert document.tags == ("平文", "Wiki", "TCP/IP")

    page.goto(f"/desk/digests/{digest.pk}/preview/")
    assert_page_shows(page, document)
    page.goto(f"/desk/digests/{digest.pk}/publish/")
    page.locator("form[action$='/publish/'] button").click()
    page.goto(f"/posts/{digest.slug}/")
    assert_page_shows(page, document)

    page.goto(f"/desk/digests/{digest.pk}/export/")
    assert "}}" in page.locator("#post-text").input_value()
    with page.expect_download() as download:
        page.locator("a[href*='/export/post/']").click()
    post = Path(download.value.path()).read_bytes().decode()
    assert post == hugo.render(document)
    path = hugo.post_path(document)
    built = hugo_site.build(tmp_path / "site", {path: post})
    assert hugo_site.read(built[path]) == hugo_site.expected(document)
    call_command("export_hugo", "--all", "--to", str(tmp_path / "other"), verbosity=0)
    assert (tmp_path / "other" / path).read_bytes().decode() == post
