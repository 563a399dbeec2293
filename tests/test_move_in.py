"""A site's posts become digests; running it again changes nothing; what changed since is told apart."""

from collections.abc import Iterator, Sequence

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from digests import curation
from digests.archive.moving_in import AT_ONCE, MoveInCancelled, move_in
from digests.archive.reports import Outcome
from digests.archive.site_folder import SiteFolder
from digests.archive.sites import Listing, Site, UnreadableFile
from digests.models import Digest, Fold, MoveIn, Post, Publication, Quote, Tag
from digests.publishing import interchange
from digests.publishing.assemble import assemble
from digests.publishing.publish import unpublish
from tests.factories import make_comment, make_digest, make_editor, make_thread
from tests.moving import (
    ADDRESS,
    PATH,
    codes,
    fold,
    make_target,
    moved,
    outcomes,
    picture,
    post,
    quote,
    target,
    write_site,
)

__all__ = ["moved", "target"]

pytestmark = pytest.mark.django_db


def edit(digest: Digest, headline: str) -> None:
    curation.edit_head(
        digest.pk,
        version=digest.version,
        headline=headline,
        lead=digest.lead,
        date=digest.date,
        tags=digest.tags,
        slug=digest.slug,
        source_url=digest.source_url,
        article_url=digest.article_url,
        thumbnail=digest.thumbnail,
    )


def test_a_post_becomes_a_digest_that_readers_see(moved):
    text = post(
        quote("一つ目<br>二行目", author="ann", at="2026/01/05 10:00:01", color="#785bff"),
        quote("二つ目"),
        fold(quote("三つ目"), quote("四つ目"), label="もっと（1）"),
        picture="thumbnails/color3.jpg",
    )
    report = moved({PATH: text})
    assert outcomes(report) == {"created": 1}
    assert (report.posts, report.quotes, report.layouts) == (1, 4, {"2025-04": 1})
    digest = Digest.objects.get()
    assert (digest.slug, digest.headline, str(digest.date)) == ("a_story", "平文の話", "2026-01-05")
    assert (digest.tags, digest.thumbnail) == (["平文", "文字"], "thumbnails/color3.jpg")
    assert (digest.source_url, digest.version, digest.changes) == (ADDRESS, 1, 1)
    first = digest.quotes.in_order()[0]
    assert (first.author, first.text, first.color) == ("ann", "一つ目\n二行目", "#785bff")
    assert first.created_at.isoformat() == "2026-01-05T10:00:01+00:00"
    assert [one.text for one in digest.quotes.in_order()[1:]] == ["二つ目", "三つ目", "四つ目"]
    assert Fold.objects.values_list("first__position", "size", "label").get() == (2, 2, "もっと（1）")
    live = Publication.objects.live().get()
    assert interchange.from_json(live.document).document == assemble(digest.pk)
    assert sorted(live.tags.values_list("name", flat=True)) == ["平文", "文字"]
    assert (live.digest_changes, live.quote_count, live.published_at.astimezone().date()) == (1, 4, digest.date)
    kept = Post.objects.get()
    assert (kept.path, kept.content, kept.digest, kept.publication) == (PATH, text.encode(), digest, live)


def test_a_draft_has_no_readers(moved):
    moved({PATH: post(draft=True)})
    assert not Publication.objects.exists()
    assert Post.objects.get().digest == Digest.objects.get()
    assert not Tag.objects.exists()


@pytest.mark.parametrize(
    ("folder", "slug"),
    [
        ("2026_01_05_a_story", "a_story"),
        ("2026-01-05-A-Story", "a-story"),
        ("20260105_a_story", "a_story"),
        ("2026_01_05_01", "2026_01_05_01"),
        ("2026_01_05", "2026_01_05"),
        ("a_story", "a_story"),
        ("2026_01_05_日本語の話", "2026_01_05"),
        ("2026_01_05_gpt_2025_05_released", "gpt_2025_05_released"),
        ("x" * 150, "x" * 120),
    ],
)
def test_a_slug_is_the_folder_s_name_without_its_date(moved, folder, slug):
    moved({f"content/posts/{folder}/index.md": post()})
    assert Digest.objects.get().slug == slug


def test_a_slug_that_is_taken_becomes_the_whole_name_then_a_number(moved):
    make_digest(slug="a_story")
    moved(
        {
            "content/posts/2026_01/2026_01_05_a_story/index.md": post(),
            "content/posts/2026_02/2026_01_05_a_story/index.md": post(),
            "content/posts/2026_03/2026_01_05_a_story.md": post(),
        }
    )
    slugs = Post.objects.in_order().values_list("digest__slug", flat=True)
    assert list(slugs) == ["2026_01_05_a_story", "2026_01_05_a_story_2", "2026_01_05_a_story_3"]


def test_paths_are_kept_as_they_stand_below_the_folder_given(tmp_path):
    corpus = write_site(tmp_path / "corpus", {"posts/2026_01/2026_01_05_a/index.md": post()})
    for folder, path in (
        (corpus, "posts/2026_01/2026_01_05_a/index.md"),
        (corpus / "posts", "2026_01/2026_01_05_a/index.md"),
    ):
        target = make_target(folder, name=folder.name)
        assert outcomes(move_in(SiteFolder(folder), target)) == {"created": 1}
        assert target.posts.get().path == path


def test_what_cannot_be_read_is_kept_told_and_stops_nothing(moved):
    broken = {
        "no_head": b"just text\n",
        "bad_toml": b"+++\ndate = '2026-01-05T00:00:00'\ntitle = 'it's'\n+++\n\n" + quote().encode(),
        "not_utf8": post().encode().replace("こ".encode(), b"\xff\xfe"),
        "empty": b"",
        "no_quotes": post("only words").encode(),
    }
    files = {f"content/posts/2026_01/2026_01_05_{name}/index.md": content for name, content in broken.items()}
    report = moved(files | {PATH: post(), "content/about.md": "+++\ntitle = 'About'\n+++\n", "content/_index.md": ""})
    assert outcomes(report) == {"created": 2, "kept": 4, "page": 2}
    assert Digest.objects.count() == 2
    mended = Post.objects.get(path__contains="bad_toml")
    assert (mended.content, mended.layout) == (broken.pop("bad_toml"), "other")
    assert mended.digest is not None
    assert mended.digest.headline == "it's"
    for path, content in files.items():
        if "bad_toml" in path:
            continue
        kept = Post.objects.get(path=path)
        assert (kept.content, kept.digest, kept.publication, kept.layout) == (content, None, None, "")
        assert kept.remarks
        assert kept.remarks[0]["line"] >= 1
    found = {noted.path.split("2026_01_05_")[-1].removesuffix("/index.md"): noted for noted in report.noted}
    assert found["not_utf8"].code == "not_utf8"
    assert found["not_utf8"].line == 1 + post().encode().split("こ".encode())[0].count(b"\n")
    assert found["no_quotes"].code == "no_quotes"
    assert ("broken_front_matter", 3) in {(one.code, one.line) for one in report.noted if "bad_toml" in one.path}
    assert found["content/about.md"].code == "page"


def test_what_the_database_cannot_hold_is_cleaned_or_kept_without_a_digest(moved):
    clean = "content/posts/2026_01/2026_01_05_clean/index.md"
    report = moved(
        {
            clean: post(quote("タブ\tと\x07制御文字", author=" ann "), tags=["", "文字", " "]),
            "content/posts/2026_01/2026_01_06_author/index.md": post(quote(author="x" * 201)),
            "content/posts/2026_01/2026_01_07_source/index.md": post().replace(f"[{ADDRESS}]({ADDRESS})", "どこか"),
        }
    )
    assert outcomes(report) == {"created": 1, "kept": 2}
    quoted = Quote.objects.get()
    assert (quoted.text, quoted.author, quoted.digest.tags) == ("タブ と制御文字", "ann", ["文字"])
    assert [noted.code for noted in report.noted if noted.path != clean] == ["not_held", "not_held"]
    assert outcomes(moved({clean: post(quote("新しい"))})) == {"updated": 1, "kept": 2}


def test_running_it_again_writes_nothing_and_says_the_same(moved):
    files = {PATH: post(), "content/posts/2026_01/2026_01_06_bad/index.md": "bad\n", "content/about.md": "about"}
    first = moved(files)
    rows = [list(model.objects.order_by("pk").values()) for model in (Digest, Quote, Publication, Post, Tag)]
    with CaptureQueriesContext(
        connection,
    ) as queries:
        again = moved(files)
    assert not [one["sql"] for one in queries if not one["sql"].startswith("SELECT")]
    assert outcomes(again) == {"unchanged": 1, "kept": 1, "page": 1}
    assert [list(model.objects.order_by("pk").values()) for model in (Digest, Quote, Publication, Post, Tag)] == rows
    assert codes(again) == codes(first)
    assert again.layouts == first.layouts


def test_the_number_of_queries_does_not_grow_with_quotes_or_posts(moved):
    moved({PATH: post()})  # the first posts also say how new ones are written

    def count(number: int, quotes: int) -> int:
        with CaptureQueriesContext(connection) as queries:
            path = "content/posts/2026_0{}/2026_01_05_story_{}/index.md"
            moved({path.format(number, n): post(*[quote(f"{n} {m}") for m in range(quotes)]) for n in range(number)})
        return len(queries)

    assert count(2, 3) == count(4, 30)


def test_a_file_that_changed_takes_its_digest_along(moved):
    moved({PATH: post(quote("古い"), quote("二つ目"))})
    before = Publication.objects.live().get()
    report = moved({PATH: post(quote("新しい"), title="新しい話", tags=["新語"])})
    assert outcomes(report) == {"updated": 1}
    digest = Digest.objects.get()
    assert (digest.headline, digest.version, digest.changes) == ("新しい話", 2, 2)
    assert [one.text for one in digest.quotes.all()] == ["新しい"]
    live = Publication.objects.live().get()
    assert (live.headline, live.digest_changes, live.published_at) == ("新しい話", 2, before.published_at)
    assert list(live.tags.values_list("name", flat=True)) == ["新語"]
    assert Post.objects.get().publication == live
    assert outcomes(moved({})) == {"unchanged": 1}


def test_a_file_that_changed_leaves_each_quote_its_emphasis_which_no_post_can_say(moved):
    moved({PATH: post(quote("一"), quote("二", author="b"), quote("三", author="c"))})
    Quote.objects.filter(author="b").update(emphasis="boxed")
    report = moved({PATH: post(quote("新"), quote("三", author="c"), quote("直した", author="b"))})
    assert outcomes(report) == {"updated": 1}
    stands = Quote.objects.in_order().values_list("text", "emphasis")
    assert list(stands) == [("新", ""), ("三", ""), ("直した", "boxed")]


def test_a_file_that_became_a_draft_is_taken_from_readers_and_back(moved):
    moved({PATH: post()})
    moved({PATH: post(draft=True)})
    assert not Publication.objects.live().exists()
    assert Post.objects.get().publication is None
    moved({PATH: post()})
    assert Post.objects.get().publication == Publication.objects.live().get()


def test_when_both_have_changed_nothing_does_and_it_is_told(moved):
    moved({PATH: post()})
    edit(Digest.objects.get(), "編集者の題")
    report = moved({PATH: post(title="ほかの題")})
    assert outcomes(report) == {"conflict": 1}
    assert (PATH, "conflict") in codes(report)
    assert Digest.objects.get().headline == "編集者の題"
    assert Post.objects.get().content == post().encode()
    assert Publication.objects.get().headline == "平文の話"


def test_when_both_have_changed_to_the_same_the_file_is_known_from_then_on(moved):
    moved({PATH: post()})
    edit(Digest.objects.get(), "同じ題")
    assert outcomes(moved({PATH: post(title="同じ題")})) == {"updated": 1}
    assert Post.objects.get().content == post(title="同じ題").encode()
    assert Publication.objects.count() == 1


def test_a_digest_that_was_taken_back_here_is_not_shown_again(moved):
    moved({PATH: post()})
    unpublish(Digest.objects.get().pk)
    assert outcomes(moved({})) == {"unchanged": 1}
    assert outcomes(moved({PATH: post(title="新しい話")})) == {"conflict": 1}
    assert not Publication.objects.live().exists()


def test_a_file_that_can_no_longer_be_read_leaves_its_digest_alone(moved):
    moved({PATH: post()})
    report = moved({PATH: "broken\n"})
    assert outcomes(report) == {"conflict": 1}
    assert {code for _path, code in codes(report)} == {"unreadable", "conflict"}
    assert Digest.objects.get().quotes.count() == 1
    assert Post.objects.get().content == post().encode()


def test_a_file_that_was_mended_becomes_a_digest(moved):
    moved({PATH: "broken\n"})
    assert outcomes(moved({PATH: "broken still\n"})) == {"kept": 1}
    assert Post.objects.get().content == b"broken still\n"
    assert outcomes(moved({PATH: post()})) == {"created": 1}
    kept = Post.objects.get()
    assert (kept.digest, kept.layout, kept.remarks) == (Digest.objects.get(), "2025-04", [])


def test_a_file_that_is_gone_is_told_and_its_digest_stays(moved, tmp_path):
    moved({PATH: post()})
    (tmp_path / "site" / PATH).unlink()
    report = moved({})
    assert (outcomes(report), codes(report)) == ({"gone": 1}, [(PATH, "gone")])
    assert Digest.objects.exists()
    assert Publication.objects.live().exists()


def test_a_file_that_moved_keeps_its_digest(moved, tmp_path):
    moved({PATH: post()})
    (tmp_path / "site" / PATH).unlink()
    new = "content/posts/2026_01/2026_01_05_A_STORY/index.md"
    report = moved({new: post()})
    assert outcomes(report) == {"moved": 1}
    assert (Post.objects.get().path, Post.objects.get().digest) == (new, Digest.objects.get())
    assert outcomes(moved({})) == {"unchanged": 1}


def test_a_digest_that_was_deleted_here_does_not_come_back(moved):
    moved({PATH: post()})
    Digest.objects.all().delete()
    for files in ({}, {PATH: post(title="新しい話")}):
        report = moved(files)
        assert (outcomes(report), codes(report)) == ({"unchanged": 1}, [(PATH, "digest_deleted")])
    assert not Digest.objects.exists()


def test_a_dry_run_writes_nothing_and_counts_the_same(moved, tmp_path):
    files = {
        PATH: post(picture="thumbnails/a.jpg"),
        "content/posts/bad/index.md": "bad",
        "assets/thumbnails/a.jpg": picture(),
    }
    site = SiteFolder(write_site(tmp_path / "site", files))
    with CaptureQueriesContext(connection) as queries:
        looked = move_in(site, None, dry_run=True)
    assert not [one["sql"] for one in queries if not one["sql"].startswith("SELECT")]
    done = moved({})
    assert looked.counts() == done.counts()
    assert codes(looked) == codes(done)


def test_the_thread_is_attached_and_quotes_find_their_comments(moved):
    thread = make_thread(comments=0)
    comment = make_comment(thread, number=1, author="ann")
    moved({PATH: post(quote(author="ann", at=f"{comment.posted_at:%Y/%m/%d %H:%M:%S}"), quote("ほか", author="bob"))})
    digest = Digest.objects.get()
    assert digest.thread == thread
    assert list(digest.quotes.in_order().values_list("comment", "native_id")) == [
        (comment.pk, comment.native_id),
        (None, ""),
    ]
    shown = interchange.from_json(Publication.objects.get().document).document
    assert next(shown.quotes()).permalink.endswith(f"id={comment.native_id}")
    assert outcomes(moved({PATH: post(title="新しい話")})) == {"updated": 1}
    assert Digest.objects.get().thread == thread


def test_one_that_was_stopped_in_the_middle_goes_on_without_doubles(moved):
    files = {f"content/posts/2026_01/2026_01_05_story_{n:03}/index.md": post() for n in range(AT_ONCE + 5)}

    def stop(done: int, _expected: int) -> None:
        if done:
            raise MoveInCancelled

    with pytest.raises(MoveInCancelled):
        moved(files, progress=stop)
    assert Digest.objects.count() == AT_ONCE
    assert outcomes(moved({})) == {"unchanged": AT_ONCE, "created": 5}
    assert Digest.objects.count() == Publication.objects.count() == Post.objects.count() == AT_ONCE + 5


class Overtaken:
    """A site during whose reading somebody else takes a slug, once."""

    def __init__(self, site: Site, slug: str) -> None:
        self.site, self.slug = site, slug

    def listing(self) -> Listing:
        return self.site.listing()

    def read(self, paths: Sequence[str], *, most: int) -> Iterator[tuple[str, bytes | UnreadableFile]]:
        if self.slug:
            make_digest(slug=self.slug)
        self.slug = ""
        return self.site.read(paths, most=most)


@pytest.mark.django_db(transaction=True)
def test_a_slug_that_is_taken_meanwhile_is_chosen_anew(tmp_path, target):
    site = SiteFolder(write_site(tmp_path / "site", {PATH: post()}))
    assert outcomes(move_in(Overtaken(site, "a_story"), target)) == {"created": 1}
    assert Post.objects.get().digest == Digest.objects.get(slug="2026_01_05_a_story")


def test_whoever_moved_it_in_is_remembered(moved):
    editor = make_editor()
    moved({PATH: post()}, by=editor)
    assert Digest.objects.get().created_by == editor
    assert Publication.objects.get().published_by == editor
    assert not MoveIn.objects.exists()
    assert Outcome.CREATED.value == "created"
