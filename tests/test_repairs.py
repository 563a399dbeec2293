"""Repairs of many digests: proposed, reviewed, applied as one, delivered in one commit, and taken back."""

from pathlib import Path
from typing import Any

import pytest

from digests import curation
from digests.archive import applying, checking, repairing
from digests.archive.repairing import RepairError
from digests.models import Delivery, Digest, Finding, Post, Publication, RepairBatch, RepairItem
from digests.publishing import interchange
from tests.delivered import commits, make_site, send, standing
from tests.factories import make_digest, make_editor
from tests.moving import PATH, post, quote
from tests.repaired import applied, archive, edits, proposed, texts, undone, worked

pytestmark = pytest.mark.django_db

OTHER = "content/posts/2026_01/2026_01_06_other/index.md"
TAGS = {"merges": {"javascript": "JavaScript", "JS": "JavaScript"}}


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


def two_posts(tmp_path: Path) -> Any:
    return archive(
        tmp_path,
        {
            PATH: post(tags=["javascript", "文字", "JS"], more="# a comment\nkept = 'yes'"),
            OTHER: post(quote("さようなら", at="2026/01/06 10:00:00"), title="別の話", tags=["JavaScript"]),
        },
    )


def test_tags_are_merged_in_one_commit_and_everything_else_stays(tmp_path: Path) -> None:
    target = two_posts(tmp_path)
    before = standing(target)
    batch = proposed("tags", **TAGS)
    assert (batch.state, [edits(item) for item in batch.items.all()]) == (
        "proposed",
        [[("tags", ["javascript", "文字", "JS"], ["JavaScript", "文字"])]],
    )
    batch = applied(batch, message="Tags in one spelling")
    digest = Digest.objects.get(slug="a_story")
    assert (batch.state, digest.tags) == ("applied", ["JavaScript", "文字"])
    assert len(commits(target)) == 2
    assert commits(target)[0].startswith("Tags in one spelling\n")
    now = standing(target)
    assert now[OTHER] == before[OTHER]
    assert now[PATH].decode() == before[PATH].decode().replace('["javascript", "文字", "JS"]', '["JavaScript", "文字"]')
    live = digest.publications.live().get()
    assert (live.digest_changes, [*live.tags.values_list("name", flat=True)]) == (
        digest.changes,
        ["JavaScript", "文字"],
    )


def test_what_was_applied_is_taken_back_byte_for_byte(tmp_path: Path) -> None:
    target = two_posts(tmp_path)
    before = standing(target)
    batch = undone(applied(proposed("tags", **TAGS)))
    assert (batch.state, [item.state for item in batch.items.all()]) == ("undone", ["undone"])
    assert standing(target) == before
    assert len(commits(target)) == 3
    assert Digest.objects.get(slug="a_story").tags == ["javascript", "文字", "JS"]


def test_taking_back_spares_what_was_changed_since() -> None:
    digest = make_digest(texts=["一", "二"])
    digest.quotes.update(color="#45d325")
    batch = applied(proposed_for_all(digest, {"#45d325": "#1f7a0c"}))
    first, _second = digest.quotes.in_order()
    digest.refresh_from_db()
    curation.paint(digest.pk, version=digest.version, quote_ids=[first.pk], color="#785bff")
    batch = undone(batch)
    assert [*digest.quotes.in_order().values_list("color", flat=True)] == ["#785bff", "#45d325"]
    assert batch.items.get().note


def proposed_for_all(digest: Digest, colors: dict[str, str]) -> RepairBatch:
    send(None, digest)
    return proposed("colors", colors=colors)


def test_colours_are_replaced_or_taken_away_on_our_own_pages_too() -> None:
    digest = make_digest(texts=["一", "二", "三"])
    for row, color in zip(digest.quotes.in_order(), ["#45d325", "#ff33a1", "#785bff"], strict=True):
        digest.quotes.filter(pk=row.pk).update(color=color)
    batch = applied(proposed_for_all(digest, {"#45d325": "#1f7a0c", "#ff33a1": ""}))
    assert [*digest.quotes.in_order().values_list("color", flat=True)] == ["#1f7a0c", "", "#785bff"]
    assert (batch.deliveries.get().target, batch.deliveries.get().state) == (None, "done")
    live = digest.publications.live().get()
    shown = interchange.from_json(live.document).document
    assert [quote.color for quote in shown.quotes()] == ["#1f7a0c", "", "#785bff"]
    assert batch.items.get().before == digest.publications.order_by("pk")[0]


def test_posts_are_written_anew_without_a_change_of_the_digest(tmp_path: Path) -> None:
    typed = post(
        quote("`--help`と*必須*"),
        quote("見て、https://example.com", at="2026/01/05 10:00:01"),
        quote("ふつう", at="2026/01/05 10:00:02"),
        more="kept = 'yes'  # why",
    )
    target = archive(tmp_path, {PATH: typed, OTHER: post(title="別の話")})
    before = Digest.objects.get(slug="a_story")
    batch = proposed("escaping", target=target.pk)
    item = batch.items.get()
    assert [(edit["number"], edit["before"], edit["after"]) for edit in item.edits] == [
        (1, "`--help`と*必須*", "&#96;&#45;&#45;help&#96;と&#42;必須&#42;"),
        (2, "見て、https://example.com", "見て、<https://example.com>"),
    ]
    assert [edit.get("seen") for edit in item.edits] == [["--helpと必須", "`--help`と*必須*"], None]
    batch = applied(batch)
    digest = Digest.objects.get(slug="a_story")
    assert (digest.changes, digest.version, texts(digest)) == (before.changes, before.version, texts(before))
    expected = typed.replace("`--help`と*必須*", "&#96;&#45;&#45;help&#96;と&#42;必須&#42;")
    expected = expected.replace("https://example.com", "<https://example.com>")
    assert standing(target)[PATH].decode() == expected
    assert (batch.deliveries.get().state, len(commits(target))) == ("done", 2)
    checking.check_now()
    assert not Finding.objects.filter(code__in=["swallowed", "dead_link", "live_html"]).exists()
    assert undone(batch).state == "undone"
    assert standing(target)[PATH].decode() == typed


def test_a_post_of_slight_differences_is_written_anew_only_when_asked_for(tmp_path: Path) -> None:
    target = archive(tmp_path, {PATH: post(quote("まあ..."))})
    assert not proposed("escaping", target=target.pk).items.exists()
    assert proposed("escaping", target=target.pk, slight=True).items.exists()


def test_what_is_not_ticked_stays(tmp_path: Path) -> None:
    target = archive(tmp_path, {PATH: post(tags=["JS"]), OTHER: post(title="別の話", tags=["JS"])})
    batch = proposed("tags", **TAGS)
    first, second = batch.items.in_order()
    repairing.choose(batch.pk, shown=[first.pk, second.pk], chosen=[second.pk])
    batch = applied(batch)
    assert [item.state for item in batch.items.in_order()] == ["proposed", "applied"]
    assert sorted(map(tuple, Digest.objects.values_list("tags", flat=True))) == [("JS",), ("JavaScript",)]
    assert len(standing(target)) == 2


def test_without_a_tick_nothing_is_applied(tmp_path: Path) -> None:
    archive(tmp_path, {PATH: post(tags=["JS"])})
    batch = proposed("tags", **TAGS)
    repairing.choose(batch.pk, shown=[batch.items.get().pk], chosen=[])
    with pytest.raises(RepairError):
        repairing.apply(batch.pk, by=None)


def test_a_digest_that_somebody_changed_meanwhile_is_left_out(tmp_path: Path) -> None:
    archive(tmp_path, {PATH: post(tags=["JS"]), OTHER: post(title="別の話", tags=["JS"])})
    batch = proposed("tags", **TAGS)
    changed = Digest.objects.get(slug="other")
    row = changed.quotes.get()
    curation.edit_quote(row.pk, version=1, text="直した", author="author1")
    batch = applied(batch)
    left_out = batch.items.get(digest=changed)
    assert (left_out.state, bool(left_out.note)) == ("skipped", True)
    assert Digest.objects.get(slug="other").tags == ["JS"]
    assert Digest.objects.get(slug="a_story").tags == ["JavaScript"]


def test_other_unpublished_changes_do_not_go_out_with_a_repair(tmp_path: Path) -> None:
    target = archive(tmp_path, {PATH: post(tags=["JS"])})
    digest = Digest.objects.get()
    curation.edit_quote(digest.quotes.get().pk, version=1, text="まだ公開しない", author="author1")
    before = standing(target)
    batch = applied(proposed("tags", **TAGS))
    digest.refresh_from_db()
    assert (digest.tags, standing(target), batch.deliveries.count()) == (["JavaScript"], before, 0)
    assert batch.items.get().note


def test_a_digest_that_cannot_be_published_is_named_and_the_others_go_out(tmp_path: Path) -> None:
    target = archive(tmp_path, {PATH: post(quote(""), tags=["JS"]), OTHER: post(title="別の話", tags=["JS"])})
    batch = applied(proposed("tags", **TAGS))
    assert [bool(item.note) for item in batch.items.in_order()] == [False, True]
    assert (batch.deliveries.get().state, batch.deliveries.get().items.count()) == ("done", 1)
    assert b'"JavaScript"' in standing(target)[OTHER]
    assert b'"JS"' in standing(target)[PATH]


def test_a_draft_is_repaired_here_and_published_nowhere() -> None:
    digest = make_digest(tags=["JS"], texts=["一"])
    batch = applied(proposed("tags", **TAGS))
    digest.refresh_from_db()
    assert (digest.tags, batch.state, Publication.objects.count(), Delivery.objects.count()) == (
        ["JavaScript"],
        "applied",
        0,
        0,
    )


def test_a_worker_that_was_killed_is_followed_by_one_that_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = archive(tmp_path, {PATH: post(tags=["JS"]), OTHER: post(title="別の話", tags=["JS"])})
    batch = proposed("tags", **TAGS)
    repairing.apply(batch.pk, by=None)
    once = applying._apply_one

    def killed(batch: RepairBatch, item: RepairItem) -> None:
        if RepairItem.objects.filter(state="applied").exists():
            raise KeyboardInterrupt
        once(batch, item)

    monkeypatch.setattr(applying, "_apply_one", killed)
    with pytest.raises(KeyboardInterrupt):
        repairing.work(batch.pk)
    monkeypatch.undo()
    batch.refresh_from_db()
    assert (batch.state, batch.done_count) == ("applying", 1)
    repairing.go_on(batch.pk)
    batch = worked(batch)
    assert (batch.state, batch.done_count, batch.deliveries.count()) == ("applied", 2, 1)
    RepairBatch.objects.update(state="applying")  # a second worker that was only slow
    repairing.work(batch.pk)
    assert (batch.deliveries.count(), Digest.objects.get(slug="other").changes) == (1, 2)
    assert all(b'"JavaScript"' in text for text in standing(target).values())


def test_a_failure_is_told_and_can_be_gone_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive(tmp_path, {PATH: post(tags=["JS"])})
    batch = proposed("tags", **TAGS)
    repairing.apply(batch.pk, by=None)
    monkeypatch.setattr(applying, "_apply_one", None)
    repairing.work(batch.pk)
    batch.refresh_from_db()
    assert (batch.state, batch.error_detail.split(":")[0]) == ("failed", "TypeError")
    monkeypatch.undo()
    repairing.go_on(batch.pk)
    assert worked(batch).state == "applied"


def test_a_dropped_batch_changes_nothing_any_more(tmp_path: Path) -> None:
    archive(tmp_path, {PATH: post(tags=["JS"])})
    batch = proposed("tags", **TAGS)
    repairing.drop(batch.pk)
    for act in (repairing.drop, repairing.go_on):
        with pytest.raises(RepairError):
            act(batch.pk)
    with pytest.raises(RepairError):
        repairing.apply(batch.pk, by=None)
    repairing.work(batch.pk)
    assert Digest.objects.get().tags == ["JS"]


def test_two_sites_get_one_commit_each(tmp_path: Path) -> None:
    first = archive(tmp_path / "one", {PATH: post(tags=["JS"])})
    second = make_site(tmp_path / "two", name="the mirror")
    digest = Digest.objects.get()
    send(second, digest)
    batch = applied(proposed("tags", **TAGS))
    assert sorted(str(one.target) for one in batch.deliveries.all()) == ["the mirror", "the site"]
    assert [len(commits(target)) for target in (first, second)] == [2, 3]
    assert Post.objects.filter(digest=digest).count() == 2


def test_who_asked_is_kept(tmp_path: Path) -> None:
    archive(tmp_path, {PATH: post(tags=["JS"])})
    editor = make_editor()
    batch = repairing.propose("tags", TAGS, by=editor)
    repairing.work(batch.pk)
    repairing.apply(batch.pk, by=editor)
    assert worked(batch).requested_by == editor
    assert batch.deliveries.get().requested_by == editor
