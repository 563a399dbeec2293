"""Once more: an old version, a delivery that failed; and what a plan says before."""

from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from digests import delivering
from digests.models import Delivery, DeliveryItem, Digest, Post, Publication, Target
from digests.publishing import hugo
from digests.publishing.assemble import assemble
from digests.publishing.publish import publish
from tests.delivered import done, make_digests, make_site, rewrite, send, standing
from tests.factories import make_digest, make_live

pytestmark = pytest.mark.django_db

PATH = "content/posts/2026_09/2026_09_12_a_story/index.md"


def test_an_old_version_goes_out_again_and_the_desk_keeps_its_own(tmp_path: Path) -> None:
    target, digest = make_site(tmp_path), make_digest(texts=["一つ"])
    first = send(target, digest).items.get().publication
    as_it_was = standing(target)[PATH]
    rewrite(digest, "直した")
    send(target, digest)
    rewrite(digest, "まだ出さない")
    (delivery,) = delivering.republish(first.pk, by=None)
    assert done(delivery).state == "done"
    assert standing(target)[PATH] == as_it_was
    digest.refresh_from_db()
    live = digest.publications.live().get()
    assert (live.document, live.digest_changes < digest.changes) == (first.document, True)
    assert live.published_at == first.published_at
    assert digest.quotes.get().text == "まだ出さない"
    assert digest.publications.count() == 3


def test_an_old_version_goes_to_every_site_where_the_digest_stands(tmp_path: Path) -> None:
    targets = [make_site(tmp_path / name, name=name) for name in ("one", "two")]
    digest = make_digest(texts=["一つ"])
    (tmp_path / "x").mkdir()
    first = send(targets[0], digest).items.get().publication
    rewrite(digest, "直した")
    for target in targets:
        send(target, digest)
    deliveries = [done(one) for one in delivering.republish(first.pk, by=None)]
    assert [one.target for one in deliveries] == targets
    assert ["一つ".encode() in standing(target)[PATH] for target in targets] == [True, True]
    assert digest.publications.live().get().document == first.document


def test_what_readers_never_saw_does_not_go_out_again(tmp_path: Path) -> None:
    target, digest = make_site(tmp_path, branch="gone"), make_digest(texts=["一つ"])
    failed = send(target, digest).items.get().publication
    with pytest.raises(delivering.DeliveryRefused):
        delivering.republish(failed.pk, by=None)


def test_a_failed_attempt_does_not_go_out_over_what_came_after_it(tmp_path: Path) -> None:
    target, digest = make_site(tmp_path), make_digest(texts=["一つ"])
    Target.objects.update(branch="gone")
    failed = send(Target.objects.get(), digest)
    Target.objects.update(branch="main")
    rewrite(digest, "直した")
    send(target, digest)
    with pytest.raises(delivering.DeliveryRefused):
        delivering.retry(failed.pk, by=None)


def test_clicked_twice_it_is_tried_again_once(tmp_path: Path) -> None:
    digest = make_digest(texts=["一つ"])
    failed = send(make_site(tmp_path, branch="gone"), digest)
    first, second = (delivering.retry(failed.pk, by=None) for _click in range(2))
    assert first == second
    assert Delivery.objects.count() == 2


def test_what_was_withdrawn_meanwhile_is_not_tried_again(tmp_path: Path) -> None:
    target, digests = make_site(tmp_path), make_digests(2)
    waiting = delivering.start(target.pk, {one.pk: 1 for one in digests}, by=None)
    delivering.withdraw([digests[0].pk], by=None)
    Target.objects.update(branch="gone")
    assert done(waiting).state == "failed"
    Target.objects.update(branch="main")
    again = done(delivering.retry(waiting.pk, by=None))
    assert [item.digest for item in again.items.all()] == [digests[1]]


def test_a_later_publication_on_our_own_pages_is_not_replaced_by_an_older_one(tmp_path: Path) -> None:
    target, digest = make_site(tmp_path), make_digest(texts=["一つ"])
    waiting = delivering.start(target.pk, {digest.pk: 1}, by=None)
    rewrite(digest, "直した")
    digest.refresh_from_db()
    newer = publish(digest.pk, changes=digest.changes, by=None)
    assert done(waiting).state == "done"
    assert digest.publications.live().get() == newer
    assert waiting.items.get().publication.state == "succeeded"


def test_an_address_that_was_taken_meanwhile_is_told_and_the_site_has_its_post(tmp_path: Path) -> None:
    target, digest = make_site(tmp_path), make_digest(texts=["一つ"])
    waiting = delivering.start(target.pk, {digest.pk: 1}, by=None)
    other = make_live("other")
    Publication.objects.filter(pk=other.pk).update(slug="a_story")
    assert done(waiting).state == "done"
    assert PATH in standing(target)
    assert (digest.publications.get().state, bool(digest.publications.get().error)) == ("failed", True)
    assert Publication.objects.live().get() == other


def test_a_deleted_digest_is_left_out(tmp_path: Path) -> None:
    target, digests = make_site(tmp_path), make_digests(2)
    waiting = delivering.start(target.pk, {one.pk: 1 for one in digests}, by=None)
    digests[0].delete()
    assert done(waiting).state == "done"
    assert len(standing(target)) == 2
    digests[1].delete()
    alone = delivering.start(target.pk, {make_digest(texts=["一つ"]).pk: 1}, by=None)
    Digest.objects.all().delete()
    assert done(alone).error_code == "nothing_left"


def test_a_form_that_cannot_be_used_stops_it_in_words(tmp_path: Path) -> None:
    target, digest = make_site(tmp_path), make_digest(texts=["一つ"])
    waiting = delivering.start(target.pk, {digest.pk: 1}, by=None)
    Target.objects.update(form={"path": "content/posts/index.md"})
    assert (done(waiting).state, done(waiting).error_code) == ("failed", "bad_form")
    assert set(standing(target)) == {"README.md"}
    assert delivering.plan(target.pk, [digest.pk]).notes
    with pytest.raises(delivering.DeliveryRefused):
        delivering.start(target.pk, {digest.pk: 1}, by=None)


def test_a_post_that_could_not_stand_is_refused_before_anything_starts(tmp_path: Path) -> None:
    target = make_site(tmp_path, form={"path": "content/posts/{slug}.md"})
    digest = make_digest(slug="a__h_pp_l1", texts=["一つ"])  # Hugo's own token, which panics the build
    assert delivering.plan(target.pk, [digest.pk]).posts[0].differences
    with pytest.raises(delivering.DeliveryRefused) as refused:
        delivering.start(target.pk, {digest.pk: 1}, by=None)
    assert list(refused.value.problems) == [digest.pk]


def test_what_became_unfaithful_meanwhile_is_refused_and_named(tmp_path: Path) -> None:
    target, digest = make_site(tmp_path), make_digest(texts=["一つ"])
    waiting = delivering.start(target.pk, {digest.pk: 1}, by=None)
    publication = digest.publications.get()
    publication.document["slug"] = "a__h_pp_l1"
    publication.save()
    after, item = done(waiting), waiting.items.get()
    assert (after.error_code, item.state, bool(item.problem)) == ("unfaithful", "refused", True)
    assert set(standing(target)) == {"README.md"}


def test_a_text_to_write_in_stands_in_for_the_one_that_stands_there(tmp_path: Path) -> None:
    target, digest = make_site(tmp_path), make_digest(texts=["一つ"])
    send(target, digest)
    base = hugo.render(assemble(digest.pk)).replace("draft = false\n", "draft = false\nextra = 1 # kept\n")
    digest.refresh_from_db()
    delivery = delivering.start(target.pk, {digest.pk: digest.changes}, by=None, bases={digest.pk: base.encode()})
    assert done(delivery).state == "done"
    assert standing(target)[PATH].decode() == base


def test_a_plan_says_where_a_post_moves_and_what_holds_it_up(tmp_path: Path) -> None:
    target, digest = make_site(tmp_path), make_digest(texts=["一つ"])
    send(target, digest)
    Digest.objects.update(slug="renamed", changes=2)
    waiting = delivering.start(target.pk, {digest.pk: 2}, by=None)
    post = delivering.plan(target.pk, [digest.pk]).posts[0]
    assert (post.action, post.old_path, post.busy, post.refused) == ("move", PATH, waiting.pk, True)
    assert post.path == PATH.replace("a_story", "renamed")


def test_a_plan_of_a_withdrawal_shows_what_goes(tmp_path: Path) -> None:
    target, digest = make_site(tmp_path), make_digest(texts=["一つ"])
    send(target, digest)
    post = delivering.plan_withdrawal(target.pk, [digest.pk]).posts[0]
    assert (post.action, post.path, post.diff.splitlines()[:2]) == ("remove", PATH, [f"--- {PATH}", "+++ /dev/null"])


def test_a_plans_queries_do_not_grow_with_the_digests(tmp_path: Path) -> None:
    target, digests = make_site(tmp_path), make_digests(9)
    send(target, *digests)
    counts = []
    for batch in (digests[:3], digests):
        with CaptureQueriesContext(connection) as queries:
            assert len(delivering.plan(target.pk, [one.pk for one in batch]).posts) == len(batch)
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.django_db(transaction=True)
def test_a_listing_asks_for_help_only_where_something_was_left(tmp_path: Path, settings) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    target, digest = make_site(tmp_path), make_digest(texts=["一つ"])
    delivery = delivering.start(target.pk, {digest.pk: 1}, by=None)
    DBTaskResult.objects.all().delete()
    delivering.look_after()
    assert not DBTaskResult.objects.exists()
    cache.clear()
    Delivery.objects.update(state="running", started_at=timezone.now())
    delivering.look_after()
    delivering.look_after()
    assert [task.task_path for task in DBTaskResult.objects.all()] == ["digests.tasks.recover_deliveries"]
    assert delivering.recover() == 1
    delivery.refresh_from_db()
    assert delivery.error_code == "interrupted"


def test_a_post_of_megabytes_is_neither_kept_nor_overwritten(tmp_path: Path) -> None:
    from tests.git_repositories import somebody_commits  # noqa: PLC0415

    target, digest = make_site(tmp_path), make_digest(texts=["一つ"])
    send(target, digest)
    huge = b"x" * (5 << 20)
    somebody_commits(Path(target.location), {PATH: huge})
    rewrite(digest, "直した")
    stopped = send(target, digest)
    assert (stopped.state, stopped.error_code) == ("failed", "too_large")
    assert standing(target)[PATH] == huge
    assert not DeliveryItem.objects.exclude(theirs=None).exists()
    assert Post.objects.get().content != huge
