"""A delivery from its start to its end: into a repository, into a folder, to our own readers."""

from datetime import date
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from digests import curation, delivering, thumbnails
from digests.models import Delivery, DeliveryItem, Digest, Post, Publication, StaleVersion, Target
from tests.delivered import commits, done, make_digests, make_site, make_target, rewrite, send, standing
from tests.factories import make_digest, make_editor, make_live
from tests.git_repositories import git
from tests.moving import picture

pytestmark = pytest.mark.django_db

PATH = "content/posts/2026_09/2026_09_12_a_story/index.md"
KINDS = pytest.mark.parametrize("kind", ["git", "folder"])


@KINDS
def test_a_digest_goes_out_and_readers_see_it(tmp_path: Path, kind: str) -> None:
    target = make_site(tmp_path, kind=kind)
    digest = make_digest(texts=["一つ", "二つ"])
    delivery = send(target, digest)
    assert (delivery.state, delivery.error_code, delivery.error_detail) == ("done", "", "")
    assert set(standing(target)) == {"README.md", PATH}
    assert "一つ".encode() in standing(target)[PATH]
    live = digest.publications.live().get()
    post = Post.objects.get()
    assert (post.digest, post.publication, post.path) == (digest, live, PATH)
    assert (post.content, post.layout) == (standing(target)[PATH], "2025-04")
    assert (delivery.items.get().state, delivery.items.get().path) == ("written", PATH)


def test_readers_see_nothing_before_the_site_has_it(tmp_path: Path) -> None:
    digest = make_digest(texts=["一つ"])
    delivery = delivering.start(make_site(tmp_path).pk, {digest.pk: 1}, by=None)
    waiting = digest.publications.get()
    assert (delivery.state, waiting.state, waiting.is_live) == ("queued", "pending", False)
    assert not Publication.objects.live().exists()


def test_what_went_out_is_what_was_looked_at(tmp_path: Path) -> None:
    target, digest = make_site(tmp_path), make_digest(texts=["一つ"])
    delivery = delivering.start(target.pk, {digest.pk: 1}, by=None)
    rewrite(digest, "あとから直した")
    done(delivery)
    assert "一つ".encode() in standing(target)[PATH]
    digest.refresh_from_db()
    assert digest.publications.live().get().digest_changes < digest.changes


def test_ten_digests_are_one_commit_whose_message_names_them(tmp_path: Path) -> None:
    target, digests = make_site(tmp_path), make_digests(10)
    editor = make_editor("hana", first_name="花", last_name="山田", email="hana@example.org")
    delivery = send(target, *digests, by=editor)
    newest = commits(target)[0].splitlines()
    assert len(commits(target)) == 2
    assert "話 0 / 話 1 / 話 2 " in newest[0]
    assert "話 3" not in newest[0]
    assert f"Matome-Delivery: {delivery.key}" in newest
    assert "Matome-Digest: story_9 v1" in newest
    who = git(Path(target.location), "log", "-1", "--format=%an <%ae> %cn <%ce>", "main")
    assert who == "花 山田 <hana@example.org> Matome <matome@127.0.0.1>"
    assert delivery.commit == git(Path(target.location), "rev-parse", "main")
    assert Publication.objects.live().count() == 10


@pytest.mark.parametrize(
    ("template", "given", "subject"),
    [
        ("{count} posts: {slugs}", "", "1 posts: a_story"),
        ("{count.__class__} {nothing}", "", "{count.__class__} {nothing}"),
        ("{target}", "By hand, {slug}", "By hand, a_story"),
    ],
)
def test_the_commit_says_what_the_template_or_the_editor_wants(tmp_path, template, given, subject) -> None:
    target = make_site(tmp_path, commit_message=template)
    send(target, make_digest(texts=["一つ"]), message=given)
    assert commits(target)[0].splitlines()[0] == subject


def test_a_second_delivery_of_the_same_makes_no_commit(tmp_path: Path) -> None:
    target, digest = make_site(tmp_path), make_digest(texts=["一つ"])
    first = send(target, digest)
    before = git(Path(target.location), "rev-parse", "main")
    second = send(target, digest)
    assert (second.state, second.commit, second.items.get().state) == ("done", "", "unchanged")
    assert git(Path(target.location), "rev-parse", "main") == before
    assert digest.publications.get() == first.items.get().publication  # no snapshot of what readers see already


def test_an_edit_changes_its_lines_and_nothing_else_of_the_post(tmp_path: Path) -> None:
    target, digest = make_site(tmp_path), make_digest(texts=["一つ", "二つ"])
    send(target, digest)
    before = standing(target)[PATH].decode().splitlines()
    rewrite(digest, "直した")
    send(target, digest)
    after = standing(target)[PATH].decode().splitlines()
    assert [(old, new) for old, new in zip(before, after, strict=True) if old != new] == [
        (line, line.replace("一つ", "直した")) for line in before if "一つ" in line
    ]


def test_a_renamed_digests_post_moves_in_one_commit_and_says_where_it_was(tmp_path: Path) -> None:
    target, digest = make_site(tmp_path), make_digest(texts=["一つ"])
    send(target, digest)
    Digest.objects.update(slug="renamed", date=date(2026, 10, 1), changes=2)
    delivery = send(target, digest)
    new = "content/posts/2026_10/2026_10_01_renamed/index.md"
    assert set(standing(target)) == {"README.md", new}
    assert (Post.objects.get().path, delivery.items.get().path, len(commits(target))) == (new, new, 3)
    assert b"/posts/2026_09/2026_09_12_a_story/" in standing(target)[new]


def test_what_lies_beside_a_post_moves_with_it(tmp_path: Path) -> None:
    folder = PATH.removesuffix("/index.md")
    target, digest = make_site(tmp_path, files={f"{folder}/pictures/one.png": b"png"}), make_digest(texts=["一つ"])
    send(target, digest)
    Digest.objects.update(slug="renamed", changes=2)
    send(target, digest)
    new = folder.replace("a_story", "renamed")
    assert set(standing(target)) == {f"{new}/index.md", f"{new}/pictures/one.png"}


def test_without_a_target_it_goes_to_our_own_readers(tmp_path: Path) -> None:
    digest = make_digest(texts=["一つ"])
    delivery = send(None, digest)
    assert (delivery.state, delivery.items.get().state) == ("done", "written")
    assert digest.publications.live().exists()


def test_a_stale_page_starts_nothing(tmp_path: Path) -> None:
    digest = make_digest(texts=["一つ"])
    rewrite(digest, "直した")
    with pytest.raises(StaleVersion):
        delivering.start(make_site(tmp_path).pk, {digest.pk: 1}, by=None)
    assert (Delivery.objects.count(), Publication.objects.count()) == (0, 0)


def test_what_cannot_be_published_starts_nothing_and_says_why_per_digest(tmp_path: Path) -> None:
    good, empty = make_digest(slug="good", texts=["一つ"]), make_digest(slug="bad", texts=[""])
    with pytest.raises(delivering.DeliveryRefused) as refused:
        delivering.start(make_site(tmp_path).pk, {good.pk: 1, empty.pk: 1}, by=None)
    assert list(refused.value.problems) == [empty.pk]
    assert Delivery.objects.count() == 0
    assert list(Publication.objects.values_list("digest__slug", "state")) == [("bad", "failed")]


def test_a_digest_is_not_in_two_deliveries_into_one_site_at_once(tmp_path: Path) -> None:
    target, digest = make_site(tmp_path), make_digest(texts=["一つ"])
    first = delivering.start(target.pk, {digest.pk: 1}, by=None)
    with pytest.raises(delivering.DeliveryRefused):
        delivering.start(target.pk, {digest.pk: 1}, by=None)
    assert delivering.cancel(first.pk)
    assert delivering.start(target.pk, {digest.pk: 1}, by=None)


def test_a_cancelled_delivery_goes_nowhere(tmp_path: Path) -> None:
    target, digest = make_site(tmp_path), make_digest(texts=["一つ"])
    delivery = delivering.start(target.pk, {digest.pk: 1}, by=None)
    assert delivering.cancel(delivery.pk)
    assert (done(delivery).state, digest.publications.get().state) == ("cancelled", "failed")
    assert set(standing(target)) == {"README.md"}


@pytest.mark.parametrize("location", ["/nowhere/at/all.git", "https://127.0.0.1:1/site.git"])
def test_a_push_that_fails_marks_nothing_published_and_one_click_tries_again(tmp_path: Path, location: str) -> None:
    target, digest = make_target(Path("/x")), make_digest(texts=["一つ"])
    Target.objects.update(location=location)
    make_live("a_story_2")
    delivery = send(target, digest)
    assert delivery.state == "failed"
    assert delivering.explain(delivery.error_code, delivery.error_detail)
    failed = digest.publications.get()
    assert (failed.state, failed.is_live, bool(failed.error)) == ("failed", False, True)
    Target.objects.update(location=str(make_site(tmp_path, name="real").location))
    again = done(delivering.retry(delivery.pk, by=None))
    assert (again.state, again.retry_of) == ("done", delivery)
    assert digest.publications.live().exists()


def test_what_readers_saw_stays_when_a_delivery_fails(tmp_path: Path) -> None:
    target, digest = make_site(tmp_path), make_digest(texts=["一つ"])
    send(target, digest)
    live = digest.publications.live().get()
    rewrite(digest, "直した")
    Target.objects.update(branch="gone")
    assert send(Target.objects.get(), digest).error_code == "branch_missing"
    assert digest.publications.live().get() == live


def test_a_missing_token_is_named_and_its_value_is_nowhere(tmp_path: Path, monkeypatch, caplog) -> None:
    target = make_target(Path("/x"), token_variable="MATOME_TOKEN_SITE")
    Target.objects.update(location="https://127.0.0.1:1/site.git")
    digest = make_digest(texts=["一つ"])
    delivery = send(target, digest)
    assert (delivery.error_code, delivery.error_detail) == ("token_missing", "MATOME_TOKEN_SITE")
    monkeypatch.setenv("MATOME_TOKEN_SITE", "hush-hush-hush")
    again = done(delivering.retry(delivery.pk, by=None))
    assert again.state == "failed"
    stored = [*Delivery.objects.values_list(), *DeliveryItem.objects.values_list(), *Publication.objects.values_list()]
    assert "hush-hush" not in f"{stored}{caplog.text}"


def test_steps_say_what_was_done_in_order(tmp_path: Path) -> None:
    delivery = send(make_site(tmp_path), make_digest(texts=["一つ"]))
    assert [step["step"] for step in delivery.steps] == ["check", "fetch", "compare", "write", "push", "verify"]
    assert all(step["seconds"] >= 0 and step["at"] for step in delivery.steps)


def test_a_picture_goes_with_its_post_and_is_written_once(tmp_path: Path) -> None:
    target, digest = make_site(tmp_path), make_digest(texts=["一つ"])
    curation.set_thumbnail(digest.pk, version=1, thumbnail=thumbnails.make_thumbnail(picture()))
    send(target, digest)
    digest.refresh_from_db()
    assert f"assets/{digest.thumbnail}" in standing(target)
    rewrite(digest, "直した")
    send(target, digest)
    changed = git(Path(target.location), "show", "--format=", "--name-only", "main").splitlines()
    assert changed == [PATH]


def test_queries_do_not_grow_with_the_digests(tmp_path: Path) -> None:
    counts = []
    target, digests = make_site(tmp_path), make_digests(9)
    for batch in (digests[:3], digests[3:]):
        with CaptureQueriesContext(connection) as queries:
            assert send(target, *batch).state == "done"
        counts.append(len(queries) - len(batch))  # `send` itself asks for each digest's changes
    assert counts[0] == counts[1]


@pytest.mark.parametrize("field", ["token_variable", "hook_variable"])
@pytest.mark.parametrize(
    "name", ["DATABASE_URL", "MATOME_SECRET_KEY", "MATOME_TOKEN_", "matome_token_a", "X MATOME_HOOK_A"]
)
def test_a_target_names_no_other_secret_of_the_server(field: str, name: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make_target(Path("/x"), **{field: name})
