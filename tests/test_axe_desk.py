"""No page of the desk breaks WCAG 2.2 AA, as axe sees it, in either theme; nor does the board with things open."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from digests import curation
from digests.editor.urls import urlpatterns
from digests.models import (
    Digest,
    HiddenThing,
    ImportRun,
    LibraryPicture,
    MoveIn,
    Presence,
    Publication,
    Revision,
    Thread,
)
from digests.publishing.assemble import assemble
from digests.publishing.publish import go_live
from tests.axe import violations
from tests.browser import WINDOWS
from tests.delivered import rewrite
from tests.factories import make_between, make_digest, make_editor
from tests.repaired import proposed
from tests.test_delivering_conflicts import Story

SCHEMES = ("light", "dark")

PHONE, DESKTOP = WINDOWS["phone"], WINDOWS["desktop"]

# What hangs out sideways: of the window, or of the card it stands in.
SIDEWAYS = """
() => {
  const width = document.documentElement.clientWidth;
  const found = document.documentElement.scrollWidth > width ? ["the page is wider than the window"] : [];
  for (const card of document.querySelectorAll("main .card"))
    for (const one of card.children)
      if (one.getBoundingClientRect().right > card.getBoundingClientRect().right)
        found.push(`${one.outerHTML.slice(0, 80)} hangs out of its card`);
  return found;
}
"""

# Addresses that only take something in, or give a part of a page, a file or a redirect.
NO_PAGES = {
    *("import-cancel", "import-retry", "thread-import", "thread-comments", "thread-matches", "thread-read"),
    *("thread-hide", "show-again", "digest-new", "bulk", "bulk-undo", "board-rows", "board-since", "library-describe"),
    *("board-comments", "board-quotes", "board-quote", "board-presence", "board-head", "revision-name"),
    *("digest-recover", "digest-duplicate", "export-post", "export-json", "card-preview", "target-check"),
    *("deliveries-panel", "delivery-cancel", "delivery-retry", "move-in-cancel", "move-in-retry", "repair-drop"),
    *("archive-check-cancel", "repair-go-on", "repair-undo", "export-all"),
}


@pytest.fixture
def furnished(transactional_db: None, tmp_path: Path, settings: Any) -> dict[str, dict[str, Any]]:
    """A desk on which something of everything lies: by the name of an address its arguments, {} for none."""
    settings.MEDIA_ROOT = tmp_path / "media"
    call_command("load_demo", verbosity=0)
    digest = Digest.objects.order_by("pk")[0]
    of_digest = {"digest_id": digest.pk}
    between: dict[str, dict[str, Any]] = {
        "heading": {"text": "見出し"},
        "note": {"text": "注"},
        "card": {"title": "題", "target": "https://example.com/"},
        "picture": {"text": "絵", "target": "a.jpg", "width": 10, "height": 10},
    }
    for place, (kind, fields) in enumerate(between.items()):
        row = make_between(digest, kind, position=900_000_000 + place, **fields)
    for _ in range(2):
        go_live(digest, assemble(digest.pk), by=None)
        rewrite(digest, f"もう一度 {_}")
    published = Publication.objects.filter(digest=digest).order_by("pk")
    story = Story(tmp_path)
    story.they_write("一つ", "一つ（よそ）")
    rewrite(story.digest, "一つ（うち）")
    conflict = story.stopped()
    of_batch = {"batch_id": proposed("tags", merges={"平文": "プレーン"}).pk}
    HiddenThing.objects.create(source="hackernews", kind="author", value="nobody")
    lonely = make_digest(slug="lonely", texts=["一つ"])
    binned = make_digest(slug="in_the_bin", texts=["一つ"])
    curation.bin.put_in({binned.pk: binned.changes}, by=None)
    picture = LibraryPicture.objects.create(path="library/a.jpg", digest="0" * 64, width=9, height=9, bytes=9, alt="絵")
    revision = Revision.objects.create(
        digest=digest,
        name="版",
        began_at=digest.created_at,
        ended_at=digest.created_at,
        state=curation.states.pack(digest.pk),
    )
    target = {"target_id": story.target.pk}
    pages: dict[str, dict[str, Any]] = {
        "import-run": {"run_id": ImportRun.objects.create(address="https://example.com/", state="running").pk},
        "thread": {"thread_id": Thread.objects.order_by("pk")[0].pk},
        "join": {"digest_id": lonely.pk},
        "picture-file": {**of_digest, "quote_id": row.pk},
        "history-compared": of_digest,
        "revision-restore": {**of_digest, "revision_id": revision.pk},
        "version-restore": {**of_digest, "publication_id": published[0].pk},
        "history-again": {**of_digest, "publication_id": published[0].pk},
        "digest-delete-for-good": {"digest_id": binned.pk},
        "library-remove": {"picture_id": picture.pk},
        "target": target,
        "target-delete": target,
        "delivery": {"delivery_id": conflict.delivery_id},
        "conflict": {"delivery_id": conflict.delivery_id, "item_id": conflict.pk},
        "move-in-run": {"run_id": MoveIn.objects.create(target=story.target, state="running").pk},
        "desk-site-page": {"kind": "about"},
        "archive-findings": {"code": "empty"},
        "repair-new": {"kind": "tags"},
        "repair": of_batch,
        "repair-apply": of_batch,
    }
    Digest.objects.filter(pk=digest.pk).update(headline="とても長い見出し" * 30)
    for pattern in urlpatterns:
        name = pattern.name or ""
        if name not in NO_PAGES | pages.keys():
            pages[name] = of_digest if "digest_id" in pattern.pattern.converters else {}
    return pages


def opened(page: Page, name: str, arguments: dict[str, Any]) -> list[str]:
    """Goes there; what is wrong when there is no page."""
    query = ""
    if name == "delivery-plan":
        query = f"?digest={Digest.objects.order_by('pk')[0].pk}"
    elif name == "history-compared":
        query = f"?from=p{Publication.objects.filter(**arguments).order_by('pk')[0].pk}&to=now"
    answer = page.goto(reverse(name, kwargs=arguments) + query)
    return [] if answer and answer.ok else [f"{answer and answer.status}"]


def sideways(page: Page) -> list[str]:
    """What hangs out in a window as narrow as a phone's or, after that, as wide as a desktop's."""
    found: list[str] = []
    for size in (PHONE, DESKTOP):
        page.set_viewport_size(size)
        found += page.evaluate(SIDEWAYS)
    return found


@pytest.mark.parametrize("scheme", SCHEMES)
def test_no_page_of_the_desk_breaks_wcag_or_is_wider_than_its_window(open_page, sign_in, furnished, console, scheme):
    console.allow("/media/")
    page = open_page(scheme=scheme)
    sign_in(page, make_editor("somebody_with_a_name_as_long_as_a_name_may_be_" * 3, is_superuser=True))
    found = {}
    for name, arguments in furnished.items():
        if wrong := opened(page, name, arguments) + violations(page) + sideways(page):
            found[name] = wrong
    assert found == {}


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("window", ["desktop", "phone"])
def test_the_board_breaks_nothing_with_one_thing_after_the_other_open(open_page, sign_in, furnished, scheme, window):
    page = open_page(scheme=scheme, window=window)
    sign_in(page, make_editor())
    digest = Digest.objects.get(pk=furnished["board"]["digest_id"])
    make_presence(digest)
    digest.quotes.filter(kind="picture").delete()
    page.goto(f"/desk/digests/{digest.pk}/#digest")
    expect(page.locator("#presence")).to_be_visible()
    page.locator("#list li.quote").first.evaluate("row => row.focus({ preventScroll: true })")
    found = violations(page)
    page.keyboard.press("c")
    expect(page.locator("#counts-panel .voices")).to_be_visible()
    found += violations(page, within="#counts")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    found += violations(page, within="#keys")
    page.keyboard.press("Escape")
    for number in range(page.locator("header details, #acts details, #head details, #thread details").count()):
        page.evaluate(
            """number => {
              const places = "header details, #acts details, #head details, #thread details";
              const all = [...document.querySelectorAll(places)];
              for (const [place, one] of all.entries()) one.open = place === number;
              for (const one of all) one.classList.toggle("looked-at", one.open);
            }""",
            number,
        )
        if page.locator("details.looked-at").is_visible():
            found += violations(page, within="details.looked-at")
    assert sorted(set(found)) == []


def make_presence(digest: Digest) -> None:
    row = digest.quotes.in_order()[0]
    seen_at = timezone.now() + timedelta(hours=1)
    Presence.objects.create(digest=digest, editor=make_editor("other"), seen_at=seen_at, quote_id=row.pk)
