"""The pictures of a site that moves in: kept as they are, shown to readers, and told when they are not there."""

import pytest
from pytest_django import Settings

from digests.models import SitePicture
from tests.moving import PATH, codes, moved, picture, post, target

__all__ = ["moved", "target"]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(tmp_path, settings: Settings) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


def test_pictures_are_kept_as_they_are(moved):
    folder = PATH.removesuffix("index.md")
    files = {
        PATH: post(picture="thumbnails/a.jpg"),
        "assets/thumbnails/a.jpg": picture(),
        "assets/thumbnails/unused.jpg": picture("blue"),
        f"{folder}feature.png": picture("green"),
        f"{folder}trap.jpg": b"<script>",
    }
    report = moved(files)
    assert report.pictures == 2
    assert codes(report) == [(f"{folder}trap.jpg", "picture_unusable")]
    kept = {one.path: one for one in SitePicture.objects.all()}
    assert sorted(kept) == ["assets/thumbnails/a.jpg", f"{folder}feature.png"]
    assert kept["assets/thumbnails/a.jpg"].name == "thumbnails/a.jpg"
    assert (kept["assets/thumbnails/a.jpg"].width, kept["assets/thumbnails/a.jpg"].height) == (40, 30)
    for path, one in kept.items():
        assert one.content == files[path]
    assert moved({}).pictures == 0
    assert moved({"assets/thumbnails/a.jpg": picture("black")}).pictures == 1
    assert SitePicture.objects.get(path="assets/thumbnails/a.jpg").content == picture("black")


def test_pictures_that_are_not_there_are_told_once(moved):
    paths = [f"content/posts/2026_01/2026_01_05_{name}/index.md" for name in "abc"]
    report = moved(dict.fromkeys(paths, post(picture="thumbnails/none.jpg")))
    [missing] = report.noted
    assert (missing.path, missing.code, missing.detail) == (
        paths[0],
        "picture_missing",
        "thumbnails/none.jpg, named by 3 posts",
    )


def test_a_picture_is_shown_to_readers_and_nothing_else_of_the_storage_is(client, moved):
    content = picture(kind="PNG")
    moved({PATH: post(picture="thumbnails/a.png"), "static/thumbnails/a.png": content})
    shown = SitePicture.objects.get()
    assert f'src="/media/renditions/{shown.sha256}-' in client.get("/posts/a_story/").text
    answer = client.get(f"/media/{shown.file}")
    assert b"".join(answer.streaming_content) == content
    assert (answer.headers["Content-Type"], answer.headers["X-Content-Type-Options"]) == ("image/png", "nosniff")
    assert "immutable" in answer.headers["Cache-Control"]
    for name in ("../secret_key", "a.png", f"{'0' * 64}.png", f"{shown.sha256}.svg", shown.sha256):
        assert client.get(f"/media/pictures/{name}").status_code == 404
