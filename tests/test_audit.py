"""The audit trail: every door by which a digest goes out, comes back or is lost leaves its entry, with who it was."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from digests import curation, delivering
from digests.archive.moving_in import move_in
from digests.archive.site_folder import SiteFolder
from digests.curation.bin import delete_for_good, put_in, take_out
from digests.models import AuditEntry, Digest
from digests.publishing import interchange, loading
from digests.publishing import publish as publishing
from digests.publishing.assemble import assemble
from tests import moving
from tests.delivered import done, make_site
from tests.factories import make_digest, make_editor, make_live
from tests.pages import queries, read, texts

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english", "asking_in_english")]

JAPANESE = "日本語の文です"


def trail(digest: Digest | None = None) -> list[tuple[str, str, str | None]]:
    entries = AuditEntry.objects.filter(digest=digest) if digest else AuditEntry.objects.all()
    return list(entries.order_by("pk").values_list("action", "detail", "by__username"))


# Every door


def test_our_own_pages(editor):
    digest = make_digest(texts=[JAPANESE])
    publishing.publish(digest.pk, changes=1, by=editor)
    publishing.unpublish(digest.pk, by=editor)
    publishing.unpublish(digest.pk, by=editor)  # nothing is withdrawn twice
    assert trail(digest) == [("published", "", "editor"), ("withdrawn", "", "editor")]


def test_what_is_refused_leaves_none(editor):
    digest = make_digest(texts=[""])
    with pytest.raises(publishing.PublishError):
        publishing.publish(digest.pk, changes=1, by=editor)
    assert trail() == []


def test_a_delivery_to_a_site_and_its_withdrawal(tmp_path: Path, editor):
    target, digest = make_site(tmp_path), make_digest(texts=[JAPANESE])
    assert done(delivering.start(target.pk, {digest.pk: 1}, by=editor)).state == "done"
    assert trail(digest) == [("published", target.name, "editor")]
    (delivery,) = delivering.withdraw([digest.pk], by=editor)
    assert done(delivery).state == "done"
    assert trail(digest)[1:] == [("withdrawn", "", "editor"), ("withdrawn", target.name, "editor")]


def test_what_readers_see_already_goes_to_a_further_site(tmp_path: Path, editor):
    target, digest = make_site(tmp_path), make_digest(texts=[JAPANESE])
    publishing.publish(digest.pk, changes=1, by=None)
    done(delivering.start(target.pk, {digest.pk: 1}, by=editor))
    assert [(action, detail) for action, detail, _by in trail(digest)] == [
        ("published", ""),
        ("published", target.name),
    ]


def test_a_delivery_that_fails_leaves_none(tmp_path: Path, editor):
    target, digest = make_site(tmp_path), make_digest(texts=[JAPANESE])
    type(target).objects.update(branch="gone")
    assert done(delivering.start(target.pk, {digest.pk: 1}, by=editor)).state == "failed"
    assert trail() == []


def test_one_that_waited_for_its_time(editor):
    digest = make_digest(texts=[JAPANESE])
    delivery = delivering.start(None, {digest.pk: 1}, by=editor, due_at=timezone.now() + timedelta(hours=1))
    assert trail() == []
    type(delivery).objects.filter(pk=delivery.pk).update(due_at=timezone.now(), state="queued")
    assert done(delivery).state == "done"
    assert trail(digest) == [("published", "", "editor")]


def test_an_old_version_once_more(editor):
    digest = make_digest(texts=[JAPANESE])
    first = publishing.publish(digest.pk, changes=1, by=None)
    curation.edit_quote(digest.quotes.get().pk, version=1, text=f"{JAPANESE}。", author="a")
    publishing.publish(digest.pk, changes=2, by=None)
    (delivery,) = delivering.republish(first.pk, by=editor)
    done(delivery)
    assert trail(digest)[-1] == ("published", "", "editor")


def test_a_site_that_moves_in(tmp_path: Path):
    folder = moving.write_site(tmp_path / "site", {moving.PATH: moving.post()})
    target = moving.make_target(folder)
    move_in(SiteFolder(folder), target)
    assert trail(Digest.objects.get()) == [("published", target.name, None)]
    move_in(SiteFolder(folder), target)
    assert len(trail()) == 1
    moving.write_site(folder, {moving.PATH: moving.post(draft=True)})
    move_in(SiteFolder(folder), target)
    assert [action for action, _detail, _by in trail()] == ["published", "withdrawn"]


def test_matomes_own_json():
    digest = make_digest(texts=[JAPANESE])
    value = interchange.to_json(assemble(digest.pk), status="published")
    loading.load([interchange.from_json(value)], replace=True)
    loading.load([interchange.from_json(value | {"status": "draft"})], replace=True)
    assert [action for action, _detail, _by in trail(digest)] == ["published", "withdrawn"]


def test_the_bin_duplicates_and_going_back(editor):
    digest = make_digest(texts=[JAPANESE])
    kept = curation.name_revision(digest.pk, name="前", by=editor.pk)
    curation.edit_quote(digest.quotes.get().pk, version=1, text="別の文", author="a", by=editor.pk)
    curation.restore_revision(digest.pk, version=1, revision_id=kept.pk, by=editor.pk)
    copy = curation.duplicate(digest.pk, by=editor)
    put_in({copy.pk: 1}, by=editor.pk)
    take_out([copy.pk], by=editor.pk)
    put_in({copy.pk: 2}, by=editor.pk)
    delete_for_good(copy.pk, changes=3, by=editor.pk)
    assert trail() == [
        ("restored", "前", "editor"),
        ("duplicated", "a_story", "editor"),
        ("binned", "", "editor"),
        ("recovered", "", "editor"),
        ("binned", "", "editor"),
        ("deleted", "", "editor"),
    ]
    assert set(AuditEntry.objects.filter(action="deleted").values_list("slug", "digest")) == {("a_story_2", None)}


def test_an_act_that_is_rolled_back_leaves_none(editor):
    digest = make_digest(texts=[JAPANESE])
    kept = curation.name_revision(digest.pk, name="前", by=editor.pk)
    with pytest.raises(curation.CurationError):
        curation.restore_revision(digest.pk, version=1, revision_id=kept.pk, by=editor.pk)
    assert trail() == []


# The page


def test_the_trail_is_narrowed_by_who_what_which_and_when(desk, editor):
    other = make_editor("other")
    one, two = make_digest(slug="one", headline="一つ目", texts=[JAPANESE]), make_digest(slug="two", headline="二つ目")
    publishing.publish(one.pk, changes=1, by=editor)
    put_in({two.pk: 1}, by=other.pk)
    old = AuditEntry.objects.create(action="deleted", slug="gone", headline="昔の話")
    AuditEntry.objects.filter(pk=old.pk).update(at=timezone.now() - timedelta(days=10))
    day = timezone.localdate() - timedelta(days=5)

    def listed(query: str) -> list[str]:
        found = texts(read(desk, f"/desk/audit/?{query}"), ".trail .what")
        return [name for row in found for name in ("一つ目", "二つ目", "昔の話") if name in row]

    assert listed("") == ["二つ目", "一つ目", "昔の話"]
    assert listed("by=other") == ["二つ目"]
    assert listed("action=deleted") == listed("slug=GONE") == listed("slug=昔") == ["昔の話"]
    assert listed(f"digest={one.pk}") == ["一つ目"]
    assert listed(f"until={day}") == ["昔の話"]
    assert listed(f"since={day}") == ["二つ目", "一つ目"]
    assert listed("by=nobody&action=x&digest=x&since=soon") == ["二つ目", "一つ目", "昔の話"]
    assert listed(f"by=other&digest={one.pk}") == []
    links = [node.attributes["href"] for node in read(desk, "/desk/audit/").css(".trail .what a")]
    assert links == ["/desk/bin/", f"/desk/digests/{one.pk}/"]


def test_a_digests_history_leads_to_its_trail(desk):
    digest = make_live("a_story", JAPANESE).digest
    page = read(desk, f"/desk/digests/{digest.pk}/history/")
    assert page.css(f"a[href='/desk/audit/?digest={digest.pk}']") != []


def test_the_number_of_queries_does_not_grow_with_the_trail(desk, editor):
    def fill(start: int) -> None:
        for number in range(start, start + 5):
            publishing.publish(make_digest(slug=f"d{number}", texts=[JAPANESE]).pk, changes=1, by=editor)

    fill(0)
    few = queries(desk, "/desk/audit/")
    fill(5)
    assert queries(desk, "/desk/audit/") == few <= 6
