"""Somebody wrote into the repository meanwhile: nothing is overwritten unseen, and an editor decides."""

from pathlib import Path

import pytest

from digests import delivering
from digests.models import Comment, Delivery, DeliveryItem, Digest, Post, Publication, Quote, StaleVersion, Target
from tests.delivered import commits, done, make_site, rewrite, send, standing
from tests.factories import make_digest, make_thread
from tests.git_repositories import git, somebody_commits

pytestmark = pytest.mark.django_db

PATH = "content/posts/2026_09/2026_09_12_a_story/index.md"


class Story:
    """A digest of three quotes that stands in a site, and somebody who has the repository too."""

    def __init__(self, tmp_path: Path, **fields) -> None:
        self.target = make_site(tmp_path, **fields)
        self.digest = make_digest(texts=["一つ", "二つ", "三つ"])
        assert send(self.target, self.digest).state == "done"

    @property
    def post(self) -> str:
        return standing(self.target)[PATH].decode()

    def they_write(self, old: str, new: str) -> bytes:
        """Somebody's edit of the post; what it then is."""
        assert old in self.post
        content = self.post.replace(old, new).encode()
        somebody_commits(Path(self.target.location), {PATH: content})
        return content

    def stopped(self) -> DeliveryItem:
        """The item of a delivery that stopped."""
        delivery = send(self.target, self.digest)
        assert delivery.state == "conflict", delivery.error_detail
        return delivery.items.get()

    def decide(self, item: DeliveryItem, choice, **options) -> Delivery:
        delivering.resolve(item.pk, choice, theirs_sha256=item.theirs_sha256, by=None, **options)
        return done(delivering.retry(item.delivery_id, by=None))

    def texts(self) -> list[str]:
        return list(Quote.objects.filter(digest=self.digest).order_by("position").values_list("text", flat=True))


def test_what_somebody_changed_is_kept_and_shown(tmp_path: Path) -> None:
    story = Story(tmp_path)
    base = story.post
    theirs = story.they_write("二つ", "二つ（直し）")
    rewrite(story.digest, "一つ（直し）")
    item = story.stopped()
    assert (item.conflict, bytes(item.theirs or b""), item.path) == ("changed", theirs, PATH)
    assert item.problem
    found = delivering.conflict_of(item.pk)
    assert (found.base, found.theirs) == (base, theirs.decode())
    assert "一つ（直し）" in str(found.ours)
    assert (found.can_merge, found.picks) == (True, ())
    assert standing(story.target)[PATH] == theirs
    assert item.publication.state == "failed"
    assert story.digest.publications.live().exists()


def test_a_conflict_in_one_post_stops_the_others_too(tmp_path: Path) -> None:
    story, other = Story(tmp_path), make_digest(slug="other", texts=["一つ"])
    story.they_write("二つ", "二つ（直し）")
    rewrite(story.digest, "一つ（直し）")
    delivery = send(story.target, story.digest, other)
    assert delivery.state == "conflict"
    assert sorted(delivery.items.values_list("state", flat=True)) == ["conflict", "pending"]
    assert len(commits(story.target)) == 3
    item = delivery.items.get(state="conflict")
    assert story.decide(item, "ours").state == "done"
    assert Publication.objects.live().count() == 2


def test_ours_goes_out_over_what_was_seen(tmp_path: Path) -> None:
    story = Story(tmp_path)
    story.they_write("二つ", "二つ（直し）")
    rewrite(story.digest, "一つ（直し）")
    assert story.decide(story.stopped(), "ours").state == "done"
    assert ("一つ（直し）" in story.post, "二つ（直し）" in story.post) == (True, False)


def test_ours_does_not_go_out_over_what_came_after(tmp_path: Path) -> None:
    story = Story(tmp_path)
    story.they_write("二つ", "二つ（直し）")
    rewrite(story.digest, "一つ（直し）")
    item = story.stopped()
    third = story.they_write("三つ", "三つ（直し）")
    again = story.decide(item, "ours")
    assert (again.state, bytes(again.items.get().theirs or b"")) == ("conflict", third)
    assert story.post == third.decode()


def test_theirs_becomes_the_digests_and_their_bytes_stay(tmp_path: Path) -> None:
    story = Story(tmp_path)
    theirs = story.they_write("二つ", "二つ（直し）")
    theirs = story.they_write("draft = false\n", "draft = false\ncover = 'theirs.png' # a key of their own\n")
    rewrite(story.digest, "一つ（直し）")
    again = story.decide(story.stopped(), "theirs")
    assert (again.state, again.items.get().state) == ("done", "unchanged")
    assert standing(story.target)[PATH] == theirs
    assert story.texts() == ["一つ", "二つ（直し）", "三つ"]
    assert Post.objects.get().content == theirs
    story.digest.refresh_from_db()
    live = story.digest.publications.live().get()
    assert (live.digest_changes, "二つ（直し）" in str(live.document)) == (story.digest.changes, True)
    rewrite(story.digest, "次の直し")
    assert send(story.target, story.digest).state == "done"
    assert "cover = 'theirs.png' # a key of their own" in story.post


def test_theirs_keeps_what_a_post_does_not_say(tmp_path: Path) -> None:
    thread = make_thread(comments=2)
    target, digest = (
        make_site(tmp_path, form={"article_line": False}),
        make_digest(thread=thread, texts=["一つ", "二つ"]),
    )
    for quote, comment in zip(digest.quotes.order_by("position"), Comment.objects.order_by("position"), strict=True):
        Quote.objects.filter(pk=quote.pk).update(
            comment=comment, native_id=comment.native_id, author=f'a "{comment.author}"'
        )
    Digest.objects.update(article_url="https://example.com/article", lead="前書き")
    send(target, digest)
    theirs = standing(target)[PATH].replace("二つ".encode(), "二つ（直し）".encode())
    somebody_commits(Path(target.location), {PATH: theirs})
    rewrite(digest, "一つ（直し）")
    stopped = send(target, digest).items.get()
    delivering.resolve(stopped.pk, "theirs", theirs_sha256=stopped.theirs_sha256, by=None)
    digest.refresh_from_db()
    assert (digest.article_url, digest.lead) == ("https://example.com/article", "前書き")
    rows = digest.quotes.order_by("position").values_list("text", "author", "comment__author")
    assert list(rows) == [("一つ", 'a "author1"', "author1"), ("二つ（直し）", 'a "author2"', "author2")]


def test_both_sides_are_merged_by_quote(tmp_path: Path) -> None:
    story = Story(tmp_path)
    story.they_write("二つ", "二つ（直し）")
    rewrite(story.digest, "一つ（直し）")
    assert story.decide(story.stopped(), "merged").state == "done"
    assert story.texts() == ["一つ（直し）", "二つ（直し）", "三つ"]
    assert all(text in story.post for text in story.texts())


@pytest.mark.parametrize(("side", "kept"), [("ours", "一つ（ここ）"), ("theirs", "一つ（そこ）")])
def test_a_place_that_both_changed_is_picked(tmp_path: Path, side: str, kept: str) -> None:
    story = Story(tmp_path)
    story.they_write("一つ", "一つ（そこ）")
    rewrite(story.digest, "一つ（ここ）")
    item = story.stopped()
    (pick,) = delivering.conflict_of(item.pk).picks
    assert (pick.base, pick.ours, pick.theirs) == ("一つ", "一つ（ここ）", "一つ（そこ）")
    with pytest.raises(delivering.DeliveryRefused):
        delivering.resolve(item.pk, "merged", theirs_sha256=item.theirs_sha256, by=None)
    assert story.decide(item, "merged", picks={pick.key: side}).state == "done"
    assert story.texts()[0] == kept
    assert kept in story.post


def test_a_decision_about_another_text_than_was_seen_is_refused(tmp_path: Path) -> None:
    story = Story(tmp_path)
    story.they_write("二つ", "二つ（直し）")
    rewrite(story.digest, "一つ（直し）")
    item = story.stopped()
    with pytest.raises(StaleVersion):
        delivering.resolve(item.pk, "ours", theirs_sha256="0" * 64, by=None)


def test_a_digest_that_was_edited_since_is_not_replaced(tmp_path: Path) -> None:
    story = Story(tmp_path)
    story.they_write("二つ", "二つ（直し）")
    rewrite(story.digest, "一つ（直し）")
    item = story.stopped()
    rewrite(story.digest, "もっと新しい")
    with pytest.raises(delivering.DeliveryRefused):
        delivering.resolve(item.pk, "theirs", theirs_sha256=item.theirs_sha256, by=None)
    assert story.texts()[0] == "もっと新しい"


def test_what_is_no_post_any_more_can_only_be_overwritten(tmp_path: Path) -> None:
    story = Story(tmp_path)
    somebody_commits(Path(story.target.location), {PATH: b"\xff no post"})
    rewrite(story.digest, "一つ（直し）")
    item = story.stopped()
    assert not delivering.conflict_of(item.pk).can_merge
    for choice in ("theirs", "merged"):
        with pytest.raises(delivering.DeliveryRefused):
            delivering.resolve(item.pk, choice, theirs_sha256=item.theirs_sha256, by=None)
    assert story.decide(item, "ours").state == "done"


def test_where_a_new_post_would_stand_another_file_is_not_overwritten(tmp_path: Path) -> None:
    target, digest = make_site(tmp_path, files={PATH: b"theirs"}), make_digest(texts=["一つ"])
    item = send(target, digest).items.get()
    assert (item.conflict, item.path, standing(target)[PATH]) == ("taken", PATH, b"theirs")
    delivering.resolve(item.pk, "ours", theirs_sha256=item.theirs_sha256, by=None)
    assert done(delivering.retry(item.delivery_id, by=None)).state == "done"
    assert "一つ".encode() in standing(target)[PATH]


def test_the_same_post_there_already_is_no_conflict(tmp_path: Path) -> None:
    story = Story(tmp_path)
    Post.objects.all().delete()  # as a run leaves it that failed after its push
    again = send(story.target, story.digest)
    assert (again.state, again.items.get().state) == ("done", "unchanged")


@pytest.mark.parametrize(("choice", "stands"), [("ours", True), ("theirs", False)])
def test_a_post_that_somebody_deleted_is_not_put_back_unseen(tmp_path: Path, choice: str, stands: bool) -> None:
    story = Story(tmp_path)
    somebody_commits(Path(story.target.location), {PATH: None})
    rewrite(story.digest, "一つ（直し）")
    item = story.stopped()
    assert (item.conflict, item.theirs, item.theirs_sha256) == ("deleted", None, "absent")
    assert story.decide(item, choice).state == "done"
    assert (PATH in standing(story.target), story.digest.publications.live().exists()) == (stands, stands)


def test_a_post_that_somebody_moved_is_followed(tmp_path: Path) -> None:
    story = Story(tmp_path)
    moved = "content/archive/a_story.md"
    somebody_commits(Path(story.target.location), {PATH: None, moved: story.post.encode()})
    rewrite(story.digest, "一つ（直し）")
    assert send(story.target, story.digest).state == "done"
    assert set(standing(story.target)) == {"README.md", moved}
    assert (Post.objects.get().path, "一つ（直し）" in standing(story.target)[moved].decode()) == (moved, True)
    rewrite(story.digest, "一つ（また直し）")
    send(story.target, story.digest)
    assert set(standing(story.target)) == {"README.md", moved}


def test_a_removal_that_is_called_off_leaves_their_text(tmp_path: Path) -> None:
    story = Story(tmp_path)
    theirs = story.they_write("二つ", "二つ（直し）")
    (delivery,) = delivering.withdraw([story.digest.pk], by=None)
    item = done(delivery).items.get()
    assert (item.conflict, delivering.conflict_of(item.pk).ours) == ("changed", None)
    delivering.resolve(item.pk, "theirs", theirs_sha256=item.theirs_sha256, by=None)
    with pytest.raises(delivering.DeliveryRefused):
        delivering.retry(delivery.pk, by=None)
    assert standing(story.target)[PATH] == theirs


def test_a_removal_that_is_meant_goes_on(tmp_path: Path) -> None:
    story = Story(tmp_path)
    story.they_write("二つ", "二つ（直し）")
    (delivery,) = delivering.withdraw([story.digest.pk], by=None)
    assert story.decide(done(delivery).items.get(), "ours").state == "done"
    assert set(standing(story.target)) == {"README.md"}


def test_other_line_ends_are_no_edit_and_stay(tmp_path: Path) -> None:
    story = Story(tmp_path)
    windows = story.post.replace("\n", "\r\n").encode()
    somebody_commits(Path(story.target.location), {PATH: windows})
    rewrite(story.digest, "一つ（直し）")
    assert send(story.target, story.digest).state == "done"
    assert standing(story.target)[PATH] == windows.replace("一つ".encode(), "一つ（直し）".encode())


def test_a_hand_changed_picture_is_left_alone_and_told(tmp_path: Path) -> None:
    from digests import curation, thumbnails  # noqa: PLC0415
    from tests.moving import picture  # noqa: PLC0415

    story = Story(tmp_path, form={"pictures": "bundle"})
    first, second = (thumbnails.make_thumbnail(picture(color)) for color in ("red", "blue"))
    beside = PATH.replace("index.md", "feature.jpg")
    story.digest.refresh_from_db()
    curation.set_thumbnail(story.digest.pk, version=story.digest.version, thumbnail=first)
    send(story.target, story.digest)
    assert standing(story.target)[beside] == first.content
    somebody_commits(Path(story.target.location), {beside: b"their own"})
    curation.set_thumbnail(story.digest.pk, version=story.digest.version + 1, thumbnail=second)
    delivery = send(story.target, story.digest)
    assert (delivery.state, standing(story.target)[beside]) == ("done", b"their own")
    assert beside in str(delivery.steps)


def test_a_conflict_is_decided_once(tmp_path: Path) -> None:
    story = Story(tmp_path)
    story.they_write("二つ", "二つ（直し）")
    rewrite(story.digest, "一つ（直し）")
    item = story.stopped()
    story.decide(item, "ours")
    with pytest.raises(delivering.DeliveryRefused):
        delivering.resolve(item.pk, "theirs", theirs_sha256=item.theirs_sha256, by=None)
    assert Target.objects.count() == 1
    assert git(Path(story.target.location), "log", "--format=%H", "main").count("\n") == 3
