"""A digest's picture: uploaded at the desk, shown to readers, refused when it is none."""

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from digests.publishing.publish import publish
from tests.factories import make_digest

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def upload(size=(1600, 900), data=None):
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, "PNG")
    return SimpleUploadedFile("photo.png", data if data is not None else out.getvalue())


def test_an_uploaded_picture_is_on_the_readers_page_and_in_its_card(desk, client):
    digest = make_digest(texts=["一"])
    address = reverse("digest-picture", args=[digest.pk])
    assert desk.post(address, {"picture": upload(), "version": "1"}).status_code == 302
    digest.refresh_from_db()
    publish(digest.pk, changes=digest.changes, by=None)
    page = client.get("/posts/a_story/").text
    stem = digest.thumbnail.removeprefix("thumbnails/").removesuffix(".jpg")
    widest = f"/media/renditions/{stem}-960.jpg"
    assert f'src="{widest}"' in page
    assert 'width="1120" height="630"' in page
    assert f'property="og:image" content="http://127.0.0.1:8000{widest}"' in page
    answer = client.get(f"/media/{digest.thumbnail}")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/jpeg")
    assert "immutable" in answer.headers["Cache-Control"]
    with Image.open(io.BytesIO(b"".join(answer.streaming_content))) as shown:
        assert shown.size == (1120, 630)


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"picture": upload(data=b"<svg/>"), "version": "1"}, 422),
        ({"version": "1"}, 422),
        ({"picture": upload(), "version": "7"}, 409),
    ],
)
def test_what_cannot_be_taken_changes_nothing(desk, fields, status):
    digest = make_digest()
    answer = desk.post(reverse("digest-picture", args=[digest.pk]), fields)
    assert answer.status_code == status
    assert 'role="alert"' in answer.text
    digest.refresh_from_db()
    assert (digest.thumbnail, digest.version) == ("", 1)


def test_the_zip_of_posts_holds_each_picture_once_where_a_theme_looks_for_it(desk):
    first, second = make_digest(slug="a", texts=["一"]), make_digest(slug="b", texts=["二"])
    for digest in (first, second):
        desk.post(reverse("digest-picture", args=[digest.pk]), {"picture": upload(), "version": "1"})
        publish(digest.pk, changes=2, by=None)
    first.refresh_from_db()
    with zipfile.ZipFile(io.BytesIO(b"".join(desk.get(reverse("export-all")).streaming_content))) as file:
        assert sorted(name for name in file.namelist() if name.startswith("assets/")) == [f"assets/{first.thumbnail}"]
        assert len(file.namelist()) == 3


def test_only_editors_upload(client):
    address = reverse("digest-picture", args=[make_digest().pk])
    assert client.post(address, {"picture": upload(), "version": "1"}).status_code == 302
    assert client.get(address).status_code == 302


@pytest.mark.parametrize("name", ["secret.txt", "0123456789abcdef0123.jpg", "..%2F..%2Fsecret_key"])
def test_no_other_file_is_given_out(client, media, name):
    (media / "secret.txt").write_text("x")
    assert client.get(f"/media/thumbnails/{name}").status_code == 404


def test_a_picture_that_lies_in_a_hugo_site_is_not_linked(client):
    publish(make_digest(texts=["一"], thumbnail="thumbnails/blue1.jpg").pk, changes=1, by=None)
    assert "<img" not in client.get("/posts/a_story/").text
