"""`export_hugo` with a Hugo site: what stands there goes out as it came, what changed is an edit of it."""

import io
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image

from digests import curation
from digests.models import Digest, Post, Quote, Target
from digests.publishing.publish import publish, unpublish
from digests.thumbnails import make_thumbnail
from tests.factories import make_digest
from tests.moving import PATH, MoveInto, moved, post, quote, target, write_site

__all__ = ["moved", "target"]
pytestmark = pytest.mark.django_db

OTHER = "content/posts/2026_01/2026_01_06_other/index.md"
ODD: dict[str, str | bytes] = {
    PATH: post(),
    OTHER: post(quote("本文"), quote('"壊れた"')).replace("\n", "\r\n"),
    "content/posts/2026_01/2026_01_07_bad/index.md": b"\xff\xfe\nno post\n",
    "content/posts/2026_01/2026_01_08_draft/index.md": post(draft=True),
    "content/posts/2026_01/2026_01_09_yaml/index.md": "---\ntitle: 題\ndate: 2026-01-09\n---\n" + quote(),
}


def export(*arguments: object) -> str:
    out = io.StringIO()
    call_command("export_hugo", *map(str, arguments), stdout=out, stderr=io.StringIO())
    return out.getvalue()


def files_below(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def as_bytes(files: dict[str, str | bytes]) -> dict[str, bytes]:
    return {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}


def test_a_site_that_moved_in_goes_out_byte_for_byte_odd_and_unreadable_posts_too(moved: MoveInto, tmp_path: Path):
    moved(ODD)
    out = tmp_path / "out"
    assert export("--all", "--to", out) == "5 written, 0 unchanged; 3 of them kept verbatim\n"
    assert files_below(out) == as_bytes(ODD)
    assert export("--all", "--to", out) == "0 written, 5 unchanged; 3 of them kept verbatim\n"


def test_what_readers_see_changed_is_an_edit_of_what_stands_there(moved: MoveInto, tmp_path: Path):
    moved(ODD)
    digest = Digest.objects.get(posts__path=PATH)
    digest.quotes.update(text="新しい")
    out = tmp_path / "out"
    export("--all", "--to", out)
    assert (out / PATH).read_bytes() == as_bytes(ODD)[PATH]  # nobody has published that yet
    publish(digest.pk, changes=digest.changes, by=None)
    assert export("--all", "--to", out) == "1 written, 4 unchanged; 3 of them kept verbatim\n"
    assert (out / PATH).read_text() == post().replace("こんにちは", "新しい")
    unpublish(digest.pk)
    assert export("--all", "--to", tmp_path / "without").startswith("4 written")


def test_a_draft_that_moved_in_is_shown_once_it_is_published(moved: MoveInto, tmp_path: Path):
    path = "content/posts/2026_01/2026_01_08_draft/index.md"
    moved({path: post(draft=True)})
    publish(Digest.objects.get().pk, changes=Digest.objects.get().changes, by=None)
    export("--all", "--to", tmp_path / "out")
    assert (tmp_path / "out" / path).read_text() == post()


def test_a_named_digest_is_its_post_with_what_its_editors_changed(moved: MoveInto, tmp_path: Path):
    moved(ODD)
    Quote.objects.filter(digest__posts__path=OTHER, position=0).update(text="直した")
    slug = Digest.objects.get(posts__path=OTHER).slug
    edited = export(slug, "--stdout")
    assert edited.count("\r\n") == edited.count("\n")
    assert 'body="直した"' in edited
    assert 'body="&quot;壊れた&quot;"' in edited
    export(slug, "--to", tmp_path / "out")
    assert [*files_below(tmp_path / "out")] == [OTHER]


def test_a_new_digest_takes_the_form_of_the_site(moved: MoveInto, target: Target, tmp_path: Path):
    moved(ODD)
    target.form = {"path": "content/blog/{slug}.md", "drafts": "mark", "layout": "2025-02"}
    target.save()
    digest = make_digest(slug="new", texts=["一", "二"])
    assert "\ndraft = true\n" in export("new", "--stdout")
    publish(digest.pk, changes=1, by=None)
    export("--all", "--to", tmp_path / "out")
    new = (tmp_path / "out/content/blog/new.md").read_text()
    assert "\ndraft = false\n" in new
    assert ">}}\n\n{{<" in new
    assert (tmp_path / "out" / PATH).read_text() == post()


def test_a_slug_that_changed_moves_the_post(moved: MoveInto, tmp_path: Path):
    moved({"content/old/2026-01-05-a-story.md": post()})
    digest = Digest.objects.get()
    export("--all", "--to", tmp_path / "out")
    assert [*files_below(tmp_path / "out")] == ["content/old/2026-01-05-a-story.md"]
    Digest.objects.update(slug="renamed")
    publish(digest.pk, changes=digest.changes, by=None)
    export("--all", "--to", tmp_path / "new")
    assert [*files_below(tmp_path / "new")] == ["content/old/2026-01-05-renamed.md"]  # as the site names its posts


def test_two_posts_at_one_place_are_refused(moved: MoveInto, tmp_path: Path):
    moved({PATH: b"unread\n"})
    publish(make_digest(slug="a_story", date="2026-01-05", texts=["一"]).pk, changes=1, by=None)
    with pytest.raises(CommandError, match=f"Nothing was written.\n{PATH}: two posts"):
        export("--all", "--to", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_uploaded_pictures_go_with_posts_that_stand_and_with_new_ones(moved: MoveInto, tmp_path: Path, settings):
    settings.MEDIA_ROOT = tmp_path / "media"
    out = io.BytesIO()
    Image.new("RGB", (20, 10), "teal").save(out, "PNG")
    thumbnail = make_thumbnail(out.getvalue())
    moved({PATH: post()})
    digest = Digest.objects.get()
    curation.set_thumbnail(digest.pk, version=digest.version, thumbnail=thumbnail)
    digest.refresh_from_db()
    publication = publish(digest.pk, changes=digest.changes, by=None)
    export("--all", "--to", tmp_path / "out")
    expected = f"assets/{thumbnail.path}"
    assert (tmp_path / "out" / expected).read_bytes() == thumbnail.content
    # Also once the post is known to stand there.
    known = Post.objects.get()
    known.content, known.publication = (tmp_path / "out" / PATH).read_bytes(), publication
    known.save()
    export("--all", "--to", tmp_path / "again")
    assert files_below(tmp_path / "again") == files_below(tmp_path / "out")


def test_an_export_that_finds_nothing_to_write_reads_no_post_and_asks_no_more_for_more(moved: MoveInto, tmp_path: Path):
    counts = []
    for number in (10, 20):
        files = {f"content/posts/2026_01/2026_01_05_s{n}/index.md": post(quote(f"{n}番")) for n in range(number)}
        moved(files)
        export("--all", "--to", tmp_path / "out")
        with CaptureQueriesContext(connection) as queries:
            said = export("--all", "--to", tmp_path / "out")
        assert said == f"0 written, {number} unchanged\n"
        assert not [one for one in queries.captured_queries if '"packed"' in one["sql"]]
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_file_that_somebody_changed_is_written_again(moved: MoveInto, tmp_path: Path):
    moved(ODD)
    out = write_site(tmp_path / "out", ODD | {PATH: "changed\n", "static/own.txt": "own"})
    assert export("--all", "--to", out).startswith("1 written, 4 unchanged")
    assert files_below(out) == as_bytes(ODD) | {"static/own.txt": b"own"}


def test_a_site_whose_settings_cannot_be_used_is_told(moved: MoveInto, target: Target, tmp_path: Path):
    moved(ODD)
    Target.objects.update(form={"path": "../{slug}.md"})
    for arguments in (("--all",), ("a_story",)):
        with pytest.raises(CommandError, match="settings of the Hugo site"):
            export(*arguments, "--to", tmp_path / "out")
    with pytest.raises(CommandError, match="no Hugo site named nowhere"):
        export("--all", "--target", "nowhere", "--to", tmp_path / "out")
