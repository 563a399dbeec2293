"""The desk's pages about the archive: counts and jumps, batches to review, and what became of them."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from digests import curation
from digests.archive import checking, repairing
from digests.archive.codes import CODES
from digests.models import ArchiveCheck, Digest, Quote, RepairBatch, RepairItem
from digests.publishing.assemble import assemble
from digests.publishing.publish import go_live
from tests.delivered import standing
from tests.factories import make_digest, make_editor
from tests.moving import PATH, post, quote
from tests.repaired import applied, archive, proposed, worked

pytestmark = pytest.mark.django_db

OTHER = "content/posts/2026_01/2026_01_06_other/index.md"
OF_A_BATCH = ("repair", "repair-apply", "repair-undo", "repair-drop", "repair-go-on")
TAGS = {"merges": {"JS": "JavaScript"}}


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def editor(client: Client) -> Client:
    client.force_login(make_editor())
    return client


def english(client: Client, name: str, *arguments: object, **query: Any) -> str:
    """A page's text in one line."""
    answer = client.get(reverse(name, args=arguments), query, headers={"accept-language": "en"})
    assert answer.status_code == 200, answer
    return re.sub(r"\s+", " ", answer.content.decode())


def published(*texts: str, **fields: Any) -> Digest:
    """Readers see it, whatever speaks against that."""
    digest = make_digest(texts=texts, **fields)
    go_live(digest, assemble(digest.pk), by=None)
    return digest


def test_a_check_is_asked_for_and_its_counts_lead_to_the_quotes(
    editor: Client, tasks_run_at_once: None, django_capture_on_commit_callbacks: Any
) -> None:
    digest = published("", "一")
    assert "has not been looked over yet" in english(editor, "archive-checks")
    with django_capture_on_commit_callbacks(execute=True):
        assert editor.post(reverse("archive-checks")).headers["location"] == reverse("archive-checks")
    shown = english(editor, "archive-checks")
    assert "1 digest looked at, 0 unchanged" in shown
    assert f'<span class="number">1</span><a class="name" href="{reverse("archive-findings", args=["empty"])}"' in shown
    place = f"{reverse('board', args=[digest.pk])}#q{digest.quotes.get(position=0).pk}"
    assert f'href="{place}"' in english(editor, "archive-findings", "empty")


def test_a_check_under_way_is_watched_and_can_be_stopped(editor: Client) -> None:
    run = checking.start(by=None)
    ArchiveCheck.objects.update(state="running", done_count=40, expected_count=100)
    part = editor.get(reverse("archive-checks"), headers={"hx-request": "true"}).content.decode()
    assert "<html" not in part
    assert 'hx-trigger="every 1s"' in part
    assert '<progress value="40" max="100"' in part
    editor.post(reverse("archive-check-cancel", args=[run.pk]))
    run.refresh_from_db()
    assert run.state == "cancelled"
    assert "hx-trigger" not in english(editor, "archive-checks")


def test_a_post_that_is_no_digest_is_listed_by_its_path(editor: Client, tmp_path: Path) -> None:
    archive(tmp_path, {PATH: post(), "content/posts/2026_01/bad/index.md": "bad\n"})
    checking.check_now()
    assert "content/posts/2026_01/bad/index.md" in english(editor, "archive-findings", "unread_post")


def test_a_code_that_nobody_knows_is_not_found(editor: Client) -> None:
    assert editor.get(reverse("archive-findings", args=["nothing"])).status_code == 404
    assert editor.get(reverse("repair-new", args=["nothing"])).status_code == 404


def test_every_code_has_a_page_and_every_kind_its_questions(editor: Client) -> None:
    for code in CODES:
        english(editor, "archive-findings", code)
    published("一", tags=["AI", "UI/UX"]).quotes.update(color="#45d325")
    published("二", slug="other", tags=["ai"])
    for kind in RepairBatch.Kind.values:
        english(editor, "repair-new", kind)
    assert 'name="keep-0" value="AI"' in english(editor, "repair-new", "tags")
    assert "#45d325 <small>2.0:1</small>" in english(editor, "repair-new", "colors")


@pytest.mark.parametrize(
    ("data", "merges"),
    [
        ({"merge": ["0"], "tags-0": ["JS", "js"], "keep-0": "JS"}, {"js": "JS"}),
        ({"merge": ["0"], "tags-0": ["JS", "js"], "keep-0": " JavaScript "}, {"JS": "JavaScript", "js": "JavaScript"}),
        ({"tags-0": ["JS", "js"], "keep-0": "JS", "more": "人工知能 → AI\nML -> AI"}, {"人工知能": "AI", "ML": "AI"}),
        ({"more": "a → b\nb → c\nd → d"}, {"a": "c", "b": "c"}),
    ],
)
def test_merges_are_ticked_or_written(editor: Client, data: dict[str, Any], merges: dict[str, str]) -> None:
    answer = editor.post(reverse("repair-new", args=["tags"]), data)
    batch = RepairBatch.objects.get()
    assert (answer.headers["location"], batch.options, batch.kind) == (
        reverse("repair", args=[batch.pk]),
        {"merges": merges},
        "tags",
    )


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("tags", {}),
        ("tags", {"more": "no arrow"}),
        ("tags", {"more": "a → "}),
        ("tags", {"more": "a → b\nb → a"}),
        ("colors", {}),
        ("escaping", {}),
        ("escaping", {"target": "999"}),
        ("thread", {"imports": "100000"}),
    ],
)
def test_questions_without_an_answer_are_asked_again(editor: Client, kind: str, data: dict[str, str]) -> None:
    assert editor.post(reverse("repair-new", args=[kind]), data).status_code == 422
    assert not RepairBatch.objects.exists()


def test_what_is_to_become_of_each_colour_is_said(editor: Client) -> None:
    digest = published("一", "二", "三")
    for row, color in zip(digest.quotes.in_order(), ["#45d325", "#ff33a1", "#785bff"], strict=True):
        Quote.objects.filter(pk=row.pk).update(color=color)
    data = {"color-45d325": "replace", "color-ff33a1": "drop", "color-785bff": "", "color-000000": "drop"}
    editor.post(reverse("repair-new", args=["colors"]), data)
    assert RepairBatch.objects.get().options == {"colors": {"#45d325": "#1f7a0c", "#ff33a1": ""}}


def test_a_batch_is_reviewed_applied_and_taken_back(editor: Client, tmp_path: Path) -> None:
    target = archive(tmp_path, {PATH: post(tags=["JS", "文字"]), OTHER: post(title="別の話", tags=["JS"])})
    before = standing(target)
    batch = proposed("tags", **TAGS)
    shown = english(editor, "repair", batch.pk)
    assert "2 of 2 proposals are ticked" in shown
    assert "<del>JS</del>" in shown
    assert "<ins>JavaScript</ins>, 文字" in shown
    first, second = batch.items.in_order()
    answer = editor.post(
        reverse("repair", args=[batch.pk]), {"shown": [first.pk, second.pk], "pick": [second.pk], "go": "1"}
    )
    assert answer.headers["location"] == reverse("repair-apply", args=[batch.pk])
    asked = english(editor, "repair-apply", batch.pk)
    assert "Change 1 digest?" in asked
    assert "1 post, in one commit" in asked
    editor.post(reverse("repair-apply", args=[batch.pk]), {"message": "Tidy"})
    worked(batch)
    shown = english(editor, "repair", batch.pk)
    assert "1 digest was changed" in shown
    assert "Not chosen" in shown
    assert reverse("delivery", args=[batch.deliveries.get().pk]) in shown
    assert "Take 1 change back?" in english(editor, "repair-undo", batch.pk)
    editor.post(reverse("repair-undo", args=[batch.pk]))
    worked(batch)
    assert "Taken back" in english(editor, "repair", batch.pk)
    assert standing(target) == before


def test_a_choice_is_kept_page_by_page(editor: Client) -> None:
    for number in range(12):
        published("一", slug=f"story_{number}", tags=["JS"])
    batch = proposed("tags", **TAGS)
    items = [*batch.items.in_order().values_list("pk", flat=True)]
    address = f"{reverse('repair', args=[batch.pk])}?page=2"
    assert editor.post(address, {"shown": items[10:], "pick": items[10]}).headers["location"] == address
    assert [*RepairItem.objects.filter(chosen=False).values_list("pk", flat=True)] == items[11:]
    shown = english(editor, "repair", batch.pk)
    assert "11 of 12 proposals are ticked" in shown
    assert shown.count('name="pick"') == 10


def test_the_confirmation_says_what_stays_here(editor: Client) -> None:
    published("一", tags=["JS"])
    make_digest(slug="draft", tags=["JS"], texts=["一"])
    behind = published("一", slug="behind", tags=["JS"])
    curation.edit_quote(behind.quotes.get().pk, version=1, text="二", author="author1")
    asked = english(editor, "repair-apply", proposed("tags", **TAGS).pk)
    assert "Change 3 digests?" in asked
    assert "1 digest is published again" in asked
    assert "1 digest has other changes that are not published" in asked
    assert "<dt>Drafts</dt><dd>1</dd>" in asked


def test_quotes_of_one_change_are_told_by_their_numbers(editor: Client) -> None:
    digest = published(*"あいうえお")
    digest.quotes.exclude(position=3).update(color="#45d325")
    shown = english(editor, "repair", proposed("colors", colors={"#45d325": ""}).pk)
    assert "Green #45d325 (2.0:1) → no colour" in shown
    assert "<p>Quotes 1–3, 5</p>" in shown


def test_what_readers_see_is_shown_before_the_files_own_text(editor: Client, tmp_path: Path) -> None:
    target = archive(tmp_path, {PATH: post(quote("`--help`を見て"))})
    shown = english(editor, "repair", proposed("escaping", target=target.pk).pk)
    assert shown.index("What readers see") < shown.index("In the post&#x27;s file")
    assert "<ins>`</ins>--help<ins>`</ins>を見て" in shown


def test_an_act_that_comes_too_late_is_answered_with_the_present_state(editor: Client, tmp_path: Path) -> None:
    archive(tmp_path, {PATH: post(tags=["JS"])})
    batch = applied(proposed("tags", **TAGS))
    item = batch.items.get()
    for name, data in (("repair", {"shown": item.pk}), ("repair-apply", {}), ("repair-drop", {}), ("repair-go-on", {})):
        assert editor.post(reverse(name, args=[batch.pk]), data).status_code == 409, name
    assert editor.get(reverse("repair-apply", args=[batch.pk])).headers["location"] == reverse(
        "repair", args=[batch.pk]
    )
    item.refresh_from_db()
    assert item.chosen


def test_a_batch_at_work_is_watched_until_it_is_done(editor: Client) -> None:
    batch = repairing.propose("tags", TAGS, by=None)
    address = reverse("repair", args=[batch.pk])
    part = editor.get(address, headers={"hx-request": "true"})
    assert 'hx-trigger="every 1s"' in part.content.decode()
    assert "<html" not in part.content.decode()
    repairing.work(batch.pk)
    assert editor.get(address, headers={"hx-request": "true"}).headers["HX-Refresh"] == "true"
    assert "There is nothing to repair" in english(editor, "repair", batch.pk)
    editor.post(reverse("repair-drop", args=[batch.pk]))
    assert "The batch was dropped" in english(editor, "repair", batch.pk)


def test_only_editors_come_in(client: Client) -> None:
    batch = repairing.propose("tags", TAGS, by=None)
    addresses = [reverse("archive-checks"), reverse("archive-findings", args=["empty"]), reverse("repairs")]
    addresses += [reverse("repair-new", args=["tags"]), reverse("archive-check-cancel", args=[1])]
    addresses += [reverse(name, args=[batch.pk]) for name in OF_A_BATCH]
    for address in addresses:
        assert client.get(address).headers["location"].startswith(reverse("login")), address
        assert client.post(address).headers["location"].startswith(reverse("login")), address
    user = make_editor("reader")
    user.is_staff = False
    user.save()
    client.force_login(user)
    assert {client.post(address).status_code for address in addresses} == {403}
    batch.refresh_from_db()
    assert (batch.state, ArchiveCheck.objects.count()) == ("collecting", 0)


@pytest.mark.parametrize("path", ["archive-findings", "repairs", "repair"])
def test_questions_to_the_database_do_not_grow_with_rows(editor: Client, path: str) -> None:
    asked = []
    for start in (0, 5):
        for number in range(start, start + 5):
            published("", slug=f"story_{number}", tags=["JS"])
        checking.check_now()
        batch = proposed("tags", **TAGS)
        arguments: dict[str, list[Any]] = {"archive-findings": ["empty"], "repairs": [], "repair": [batch.pk]}
        with CaptureQueriesContext(connection) as queries:
            english(editor, path, *arguments[path])
        asked.append(len(queries))
    assert asked[0] == asked[1]
    assert asked[1] < 15


def test_it_is_all_done_without_a_script_on_a_phone(
    open_page: Any, sign_in: Any, tmp_path: Path, tasks_run_at_once: None
) -> None:
    target = archive(tmp_path, {PATH: post(quote("`--help`を見て"), quote("<b>太字</b>", at="2026/01/05 10:00:01"))})
    page = open_page(window="phone", javascript=False, locale="en-US")
    sign_in(page, make_editor())
    page.goto(reverse("archive-checks"))
    page.get_by_role("button", name="Check now").click()
    page.get_by_role("link", name="Live HTML", exact=True).click()
    page.get_by_role("link", name="Repair …").click()
    page.get_by_role("button", name="Collect proposals").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="Apply the ticked ones …").click()
    page.get_by_role("button", name="Apply", exact=True).click()
    assert page.get_by_text("1 digest was changed").is_visible()
    assert page.get_by_role("link", name=str(target)).is_visible()
    assert "&#96;&#45;&#45;help&#96;" in standing(target)[PATH].decode()
    page.goto(reverse("archive-checks"))
    page.get_by_role("button", name="Check now").click()
    assert page.get_by_role("link", name="Swallowed text", exact=True).count() == 0
