"""Taken back: a digest from its readers, or everything that somebody said who asked to be taken out."""

import zlib
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from digests import curation, delivering
from digests.archive.moving_in import move_in
from digests.archive.site_folder import SiteFolder
from digests.curation import states
from digests.models import (
    Change,
    Comment,
    Delivery,
    Digest,
    Finding,
    Fold,
    Post,
    Publication,
    Quote,
    RepairBatch,
    RepairItem,
    Revision,
    SearchEntry,
    Target,
    Thread,
    WithdrawnAuthor,
)
from digests.publishing import interchange
from digests.publishing.assemble import assemble
from digests.publishing.loading import load
from tests import moving
from tests.delivered import commits, done, make_digests, make_site, make_target, rewrite, send, standing
from tests.factories import make_digest, make_fold, make_thread
from tests.git_repositories import somebody_commits

PATH = "content/posts/2026_09/2026_09_12_a_story/index.md"

pytestmark = pytest.mark.django_db


def test_a_withdrawn_authors_comment_is_not_chosen_and_nothing_else_of_the_choice_is() -> None:
    thread = make_thread(comments=2)
    digest = make_digest(thread=thread)
    WithdrawnAuthor.objects.create(source="hackernews", name="author2")
    with pytest.raises(curation.CurationError, match="author2") as refused:
        curation.choose(digest.pk, version=1, comment_ids=list(thread.comments.values_list("pk", flat=True)))
    assert (refused.value.code, digest.quotes.count()) == ("withdrawn_author", 0)


def test_their_namesake_on_another_site_is_quoted_as_before() -> None:
    thread = make_thread(comments=1)
    digest = make_digest(thread=thread)
    WithdrawnAuthor.objects.create(source="elsewhere", name="author1")
    curation.choose(digest.pk, version=1, comment_ids=[thread.comments.get().pk])
    assert digest.quotes.count() == 1


@pytest.mark.parametrize("shown_as", ["author1", "Another name"])
def test_undoing_does_not_bring_a_withdrawn_author_back(shown_as: str) -> None:
    thread = make_thread(comments=1)
    digest = make_digest(thread=thread)
    version = curation.choose(digest.pk, version=1, comment_ids=[Comment.objects.get().pk])
    Quote.objects.update(author=shown_as)
    version = curation.drop(digest.pk, version=version, quote_ids=[Quote.objects.get().pk])
    WithdrawnAuthor.objects.create(source="hackernews", name="author1")
    with pytest.raises(curation.CurationError, match="author1"):
        curation.undo(digest.pk, version=version, by=None)
    assert not Quote.objects.exists()


def withdrawn(target: Target | None, *digests: Digest, **options) -> Delivery:
    (delivery,) = delivering.withdraw([one.pk for one in digests], target.pk if target else None, by=None, **options)
    return done(delivery)


@pytest.mark.parametrize("kind", ["git", "folder"])
def test_a_withdrawn_digests_post_is_gone_in_one_commit(tmp_path: Path, kind: str) -> None:
    target, digests = make_site(tmp_path, kind=kind), make_digests(3)
    send(target, *digests)
    delivery = withdrawn(None, *digests[:2])
    assert (delivery.state, {*delivery.items.values_list("state", flat=True)}) == ("done", {"removed"})
    assert len(standing(target)) == 2
    assert [post.digest for post in Post.objects.all()] == [digests[2]]
    assert [one.digest for one in Publication.objects.live()] == [digests[2]]
    if kind == "git":
        assert "Matome-Digest: story_0\nMatome-Digest: story_1" in commits(target)[0]


def test_readers_of_our_own_pages_are_not_made_to_wait(tmp_path: Path) -> None:
    target, digest = make_site(tmp_path), make_digest(texts=["一つ"])
    send(target, digest)
    delivering.withdraw([digest.pk], by=None)
    assert not Publication.objects.live().exists()
    assert PATH in standing(target)


def test_on_request_our_own_pages_wait_for_the_site(tmp_path: Path) -> None:
    target, digest = make_site(tmp_path), make_digest(texts=["一つ"])
    send(target, digest)
    (delivery,) = delivering.withdraw([digest.pk], by=None, at_once=False)
    assert Publication.objects.live().exists()
    Target.objects.update(branch="gone")
    assert done(delivery).state == "failed"
    assert Publication.objects.live().exists()
    Target.objects.update(branch="main")
    assert done(delivering.retry(delivery.pk, by=None)).state == "done"
    assert not Publication.objects.live().exists()


def test_a_digest_that_stands_nowhere_else_needs_no_delivery() -> None:
    digest = make_digest(texts=["一つ"])
    send(None, digest)
    assert delivering.withdraw([digest.pk], by=None) == ()
    assert not Publication.objects.live().exists()


def test_a_note_stands_where_the_post_was_and_leaves_when_it_comes_back(tmp_path: Path) -> None:
    target, digest = make_site(tmp_path, withdrawal="note"), make_digest(texts=["一つ"])
    send(target, digest)
    before = standing(target)[PATH]
    withdrawn(target, digest)
    note = standing(target)[PATH].decode()
    assert "一つ" not in note
    assert "date = '2026-09-12T00:00:00'" in note or 'date = "2026-09-12T00:00:00"' in note
    assert send(target, digest).state == "done"
    assert standing(target)[PATH] == before


def test_its_address_says_gone_where_the_host_can(tmp_path: Path) -> None:
    redirects = "static/_redirects"
    target = make_site(tmp_path, withdrawal="gone", files={redirects: b"/old /new 301\n"})
    digest = make_digest(texts=["一つ"])
    send(target, digest)
    withdrawn(target, digest)
    line = b"/posts/2026_09/2026_09_12_a_story/ /404.html 410\n"
    assert standing(target) == {redirects: b"/old /new 301\n" + line}
    send(target, digest)
    assert standing(target)[redirects] == b"/old /new 301\n"


def test_what_somebody_changed_there_is_not_removed_unseen(tmp_path: Path) -> None:
    target, digest = make_site(tmp_path), make_digest(texts=["一つ"])
    send(target, digest)
    somebody_commits(Path(target.location), {PATH: standing(target)[PATH] + b"theirs\n"})
    assert withdrawn(target, digest).state == "conflict"
    assert PATH in standing(target)


def test_what_waits_to_go_out_does_not_after_a_withdrawal(tmp_path: Path) -> None:
    target, digests = make_site(tmp_path), make_digests(2)
    both = delivering.start(target.pk, {one.pk: 1 for one in digests}, by=None)
    alone = delivering.start(None, {digests[0].pk: 1}, by=None)
    assert delivering.withdraw([digests[0].pk], by=None) == ()
    alone.refresh_from_db()
    assert (alone.state, done(both).state) == ("cancelled", "done")
    assert [one.digest for one in Publication.objects.live()] == [digests[1]]
    assert len(standing(target)) == 2


# One person.

SAID = "消してほしい言葉"


def quoted(slug: str = "a_story") -> Digest:
    """Five quotes, two folds of two; author2 and author4 are told apart by the second one's texts."""
    thread = make_thread(comments=5, native_id="100" if slug == "a_story" else "200")
    digest = make_digest(slug=slug, thread=thread, source_url=thread.url)
    curation.choose(digest.pk, version=1, comment_ids=list(thread.comments.values_list("pk", flat=True)))
    Quote.objects.filter(digest=digest).update(text="ほかの人")
    Quote.objects.filter(digest=digest, author__in=["author3", "author4", "author5"]).update(text=f"{SAID}")
    Quote.objects.filter(digest=digest, author__in=["author3"]).update(text="ほかの人", author="author3")
    Quote.objects.filter(digest=digest, author="author5").update(author="author4")
    make_fold(digest, first=1, size=2)
    make_fold(digest, first=3, size=2, label="もっとコメントを表示（2）")
    return Digest.objects.get(pk=digest.pk)


def everything_stored() -> str:
    rows = [*Quote.objects.values_list(), *Publication.objects.values_list(), *SearchEntry.objects.values_list()]
    files = [post.content.decode() for post in Post.objects.all()]
    return f"{rows}{files}{[past(digest) for digest in Digest.objects.all()]}"


def test_everything_an_author_said_is_gone_from_everywhere(tmp_path: Path, client: Client) -> None:
    target, digest = make_site(tmp_path), quoted()
    other = quoted("another")
    send(target, digest, other)
    rewrite(digest, "新しい版")
    send(target, digest)
    assert SAID in client.get(reverse("digest", args=["a_story"])).content.decode()
    found = delivering.traces("hackernews", "author4")
    assert (found.digests, found.quotes, found.posts) == (tuple(sorted([digest.pk, other.pk])), 4, 2)
    assert found.publications == 3

    (delivery,) = delivering.withdraw_author("hackernews", "author4", by=None)
    assert done(delivery).state == "done"

    assert SAID not in everything_stored()
    assert not any(SAID.encode() in content for content in standing(target).values())
    assert len(commits(target)) == 4
    assert [*Fold.objects.values_list("size", "label")] == [(2, "もっとコメントを表示（1）")] * 2
    assert Publication.objects.live().count() == 2
    for page in Publication.objects.live():
        answer = client.get(reverse("digest", args=[page.slug]))
        assert (answer.status_code, SAID in answer.content.decode()) == (200, False)
    digest.refresh_from_db()
    assert digest.publications.live().get().digest_changes == digest.changes
    assert WithdrawnAuthor.objects.get().name == "author4"
    assert delivering.withdraw_author("hackernews", "author4", by=None) == ()


def past(digest: Digest) -> str:
    """What is kept of it in revisions and acts."""
    revisions = Revision.objects.filter(digest=digest).exclude(state=None)
    acts = list(Change.objects.filter(digest=digest).values_list("delta", flat=True))
    return f"{[states.unpack(bytes(one.state or b'')) for one in revisions]}{acts}"


def test_what_they_said_long_ago_is_gone_from_the_past_and_the_rest_of_it_stays() -> None:
    digest, namesakes = quoted(), quoted("another")
    Thread.objects.filter(digests=namesakes).update(source="elsewhere")
    for one in (digest, namesakes):
        curation.name_revision(one.pk, name="前", by=None)
        mine = Quote.objects.filter(digest=one, author="author4").values_list("pk", flat=True)
        curation.drop(one.pk, version=one.version, quote_ids=list(mine))
        curation.name_revision(one.pk, name="後", by=None)
        assert SAID in past(one)

    assert delivering.withdraw_author("hackernews", "author4", by=None) == ()

    assert SAID not in past(digest)
    assert SAID in past(namesakes)
    before, after = Revision.objects.filter(digest=digest).exclude(name="").order_by("pk")
    assert (before.quote_count, after.quote_count) == (3, 3)
    folds = [states.unpack(bytes(one.state or b"")).outline for one in (before, after)]
    assert folds[0] == folds[1]
    assert not Change.objects.filter(digest=digest, verb="drop").exists()
    assert Change.objects.filter(digest=namesakes, verb="drop").exists()


def test_what_was_not_published_yet_stays_unpublished(tmp_path: Path) -> None:
    target, digest = make_site(tmp_path), quoted()
    send(target, digest)
    rewrite(digest, "まだ出さない")
    (delivery,) = delivering.withdraw_author("hackernews", "author4", by=None)
    done(delivery)
    assert "まだ出さない".encode() not in standing(target)[PATH]
    digest.refresh_from_db()
    assert digest.publications.live().get().digest_changes < digest.changes


def test_a_digest_of_one_voice_is_withdrawn_with_it(tmp_path: Path) -> None:
    target, digest = make_site(tmp_path), make_digest(texts=[SAID])
    send(target, digest)
    (delivery,) = delivering.withdraw_author("hackernews", "author1", by=None)
    assert not Publication.objects.live().exists()
    assert done(delivery).state == "done"
    assert set(standing(target)) == {"README.md"}


def test_a_namesake_elsewhere_keeps_what_they_said(tmp_path: Path) -> None:
    digest = quoted()
    send(None, digest)
    assert delivering.withdraw_author("elsewhere", "author4", by=None) == ()
    assert SAID in everything_stored()


def test_what_waits_to_go_out_goes_without_them(tmp_path: Path) -> None:
    target, digest = make_site(tmp_path), quoted()
    waiting = delivering.start(target.pk, {digest.pk: digest.changes}, by=None)
    assert delivering.withdraw_author("hackernews", "author4", by=None) == ()
    assert done(waiting).state == "done"
    assert SAID.encode() not in standing(target)[PATH]
    assert SAID not in everything_stored()


def test_what_the_repository_held_against_a_delivery_is_forgotten_too(tmp_path: Path) -> None:
    target, digest = make_site(tmp_path), quoted()
    send(target, digest)
    somebody_commits(Path(target.location), {PATH: standing(target)[PATH] + b"theirs\n"})
    rewrite(digest, "直した")
    stopped = send(target, digest)
    assert stopped.state == "conflict"
    delivering.withdraw_author("hackernews", "author4", by=None)
    assert (stopped.items.get().theirs, stopped.items.get().state) == (None, "dropped")


def test_what_was_reported_and_repaired_says_nothing_of_them_any_more(tmp_path: Path) -> None:
    target, digest = make_site(tmp_path), quoted()
    sent = send(target, digest)
    said = digest.quotes.filter(author="author4").first()
    Delivery.objects.update(live="missing", live_detail=f"Not shown: {SAID}")
    Delivery.objects.update(steps=[{"step": "build", "at": "", "seconds": 1, "note": SAID}])
    sent.items.update(state="refused", problem=SAID, packed_base=zlib.compress(f"author4 {SAID}".encode()))
    edits = [{"quote": said.pk, "before": SAID, "after": ""}, {"field": "headline", "before": "a", "after": "b"}]
    batch = RepairBatch.objects.create(kind=RepairBatch.Kind.ESCAPING)
    repair = RepairItem(batch=batch, digest=digest, changes=1, edits=edits)
    repair.posts = {target.pk: f"author4 {SAID}"}
    repair.save()
    Finding.objects.create(code="cut", digest=digest, quote=said, detail=SAID)
    delivering.withdraw_author("hackernews", "author4", by=None)
    repair.refresh_from_db()
    assert (repair.edits, repair.edit_count, repair.posts) == (edits[1:], 1, {})
    rows = [*Delivery.objects.values_list(), *sent.items.values_list(), *Finding.objects.values_list()]
    assert SAID not in str(rows)
    assert [item.base for item in sent.items.all()] == [None]


def test_a_draft_that_stands_in_a_site_loses_them_and_stays_a_draft(tmp_path: Path) -> None:
    target, digest = make_site(tmp_path), quoted()
    send(target, digest)
    draft = standing(target)[PATH].replace(b"draft = false", b"draft = true")
    somebody_commits(Path(target.location), {PATH: draft})
    Publication.objects.all().delete()  # as it is after a move-in
    post = Post.objects.get()
    post.content = draft
    post.save()
    (delivery,) = delivering.withdraw_author("hackernews", "author4", by=None)
    assert done(delivery).state == "done"
    assert (SAID.encode() in standing(target)[PATH], b"draft = true" in standing(target)[PATH]) == (False, True)
    assert not Publication.objects.live().exists()


def test_a_file_that_nobody_can_read_as_a_post_is_named(tmp_path: Path) -> None:
    target = make_site(tmp_path)
    odd = Post(target=target, path="content/posts/odd.md")
    odd.content = b'no post, but {{<matomeQuote userName="author4">}}'
    odd.save()
    assert delivering.traces("hackernews", "author4").kept == ("content/posts/odd.md",)
    assert delivering.traces("hackernews", "author5").kept == ()


def test_a_site_that_moves_in_does_not_bring_them_back(tmp_path: Path) -> None:
    WithdrawnAuthor.objects.create(source="hackernews", name="author2")
    blocks = [moving.quote("一つ目", author="author1"), moving.fold(moving.quote(SAID, author="author2"))]
    moving.write_site(tmp_path / "site", {moving.PATH: moving.post(*blocks)})
    target = make_target(tmp_path / "site", kind="folder")
    for _time in range(2):
        move_in(SiteFolder(tmp_path / "site"), target)
    assert [*Quote.objects.values_list("text", flat=True)] == ["一つ目"]
    assert SAID not in f"{Publication.objects.values_list()}"


def test_a_dump_does_not_bring_them_back() -> None:
    digest = quoted()
    entry = interchange.Entry(assemble(digest.pk), "published")
    delivering.withdraw_author("hackernews", "author4", by=None)
    load([entry], replace=True)
    assert SAID not in everything_stored()
    assert Publication.objects.live().get().quote_count == 3
