"""The picture library at the desk: uploading several at once, finding, describing, deleting, choosing."""

import io

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image
from selectolax.lexbor import LexborHTMLParser

from digests import cards, illustrations
from digests.curation import picturing
from digests.models import Digest, LibraryPicture, Quote, Rendition
from digests.publishing.assemble import assemble
from digests.publishing.publish import publish
from digests.thumbnails import MOST_BYTES, make_picture
from tests.factories import make_between, make_digest
from tests.test_thumbnails import bomb, damaged_exif

pytestmark = pytest.mark.django_db

LIBRARY = "/desk/pictures/"


@pytest.fixture(autouse=True)
def media(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def photo(color="teal", size=(800, 500), kind="PNG", **options):
    out = io.BytesIO()
    Image.new("RGB", size, color).save(out, kind, **options)
    return out.getvalue()


def upload(data=None, name="photo.png"):
    return SimpleUploadedFile(name, photo() if data is None else data)


def in_library(color="teal", **texts) -> LibraryPicture:
    row, _created = picturing.add_to_library(make_picture(photo(color)), by=None, **texts)
    return row


def shown(answer):
    return [node.text(strip=True) for node in LexborHTMLParser(answer.text).css(".library .says")]


def test_several_pictures_are_uploaded_at_once_and_described_next(desk):
    files = [upload(photo(color), f"{color}.png") for color in ("red", "green")]
    answer = desk.post(LIBRARY, {"pictures": files, "alt": "", "credit": "山田", "tags": "風景、海"})
    first, second = LibraryPicture.objects.order_by("pk")
    assert answer.headers["Location"] == f"/desk/pictures/describe/?picture={first.pk}&picture={second.pk}"
    assert (first.credit, first.tags, first.width, first.height) == ("山田", ["風景", "海"], 800, 500)
    assert first.uploaded_by.username == "editor"
    assert default_storage.size(first.path) == first.bytes
    page = desk.get(answer.headers["Location"])
    assert page.text.count("<picture>") == 2
    typed = {f"{first.pk}-alt": "赤い", f"{second.pk}-alt": "緑の", f"{second.pk}-tags": "空"}
    assert desk.post(answer.headers["Location"], typed).status_code == 302
    second.refresh_from_db()
    assert (second.alt, second.tags) == ("緑の", ["空"])


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "読み取れません"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "読み取れません"),
        (photo()[:100], "読み取れません"),
        (damaged_exif(), "読み取れません"),
        (b"x" * (MOST_BYTES + 1), "10MB"),
        (bomb(), "4000万"),
    ],
    ids=["empty", "svg", "truncated", "exif", "bytes", "bomb"],
)
def test_what_cannot_be_taken_is_named_and_the_others_are_taken(desk, data, said):
    files = [upload(data, "bad.png"), upload(photo("olive"), "good.png")]
    answer = desk.post(LIBRARY, {"pictures": files, "credit": "山田"})
    assert answer.status_code == 422
    alerts = " ".join(node.text() for node in LexborHTMLParser(answer.text).css('[role="alert"]'))
    assert "bad.png" in alerts
    assert said in alerts
    assert LibraryPicture.objects.get().credit == "山田"
    assert 'value="山田"' in answer.text


def test_no_file_and_too_many_files_are_refused(desk):
    assert desk.post(LIBRARY, {}).status_code == 422
    assert desk.post(LIBRARY, {"pictures": [upload(name=f"{n}.png") for n in range(31)]}).status_code == 422
    assert not LibraryPicture.objects.exists()


def test_an_animation_is_its_first_frame_and_nothing_says_where_it_was_taken(desk):
    out = io.BytesIO()
    frames = [Image.new("RGB", (200, 100), color) for color in ("red", "blue")]
    exif = Image.Exif()
    exif[0x010F] = "a camera"
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:], exif=exif, lossless=True)
    desk.post(LIBRARY, {"pictures": [upload(out.getvalue(), "moving.webp")]})
    content = illustrations.read(LibraryPicture.objects.get().path)
    assert b"a camera" not in content
    with Image.open(io.BytesIO(content)) as kept:
        assert (kept.format, getattr(kept, "n_frames", 1), kept.getpixel((50, 50))[0] > 200) == ("JPEG", 1, True)


def test_the_same_picture_is_in_the_library_once_and_keeps_what_is_known_of_it(desk):
    in_library(alt="海")
    desk.post(LIBRARY, {"pictures": [upload()], "alt": "山", "credit": "山田"})
    row = LibraryPicture.objects.get()
    assert (row.alt, row.credit) == ("海", "山田")


def test_pictures_are_found_by_words_and_tags_in_any_width_of_letters(desk):
    in_library("red", alt="赤いＬＥＤ", tags=["電子"])
    in_library("blue", alt="青い海", credit="山田", tags=["風景"])
    in_library("green", alt="緑", tags=["風景", "電子"])
    for query, expected in (
        ("", ["緑", "青い海", "赤いＬＥＤ"]),
        ("?q=led", ["赤いＬＥＤ"]),
        ("?q=山田", ["青い海"]),
        ("?q=風景 海", ["青い海"]),
        ("?tag=電子", ["緑", "赤いＬＥＤ"]),
        ("?tag=電子&q=緑", ["緑"]),
        ("?q=無い", []),
    ):
        assert shown(desk.get(f"{LIBRARY}{query}")) == expected, query


def test_the_number_of_queries_does_not_grow(desk, django_assert_max_num_queries):
    for number in range(20):
        in_library((number * 12, 0, 0), alt=str(number))
        if number in {4, 19}:
            with django_assert_max_num_queries(8):
                assert len(shown(desk.get(LIBRARY))) == number + 1


def test_a_picture_that_nobody_uses_is_deleted_with_its_files(desk):
    row = in_library()
    illustrations.make_library_pictures([row.pk])
    files = [row.path, *Rendition.objects.values_list("path", flat=True)]
    assert len(files) == 1 + 3 * 3
    page = LexborHTMLParser(desk.get(f"/desk/pictures/{row.pk}/delete/").text)
    assert page.css_first('main [role="alert"]') is None
    desk.post(f"/desk/pictures/{row.pk}/delete/")
    assert not LibraryPicture.objects.exists()
    assert not Rendition.objects.exists()
    assert not any(default_storage.exists(path) for path in files)


@pytest.mark.parametrize("how", ["thumbnail", "between", "published"])
def test_where_a_picture_is_used_is_said_before_it_is_deleted_and_there_it_stays(desk, how):
    row = in_library()
    digest = make_digest(headline="使っている", texts=["一"], thumbnail=row.path if how != "between" else "")
    if how == "between":
        make_between(digest, Quote.Kind.PICTURE, position=1, target=row.path, width=800, height=500)
    if how == "published":
        publish(digest.pk, changes=1, by=None)
        Digest.objects.filter(pk=digest.pk).update(thumbnail="")
    page = LexborHTMLParser(desk.get(f"/desk/pictures/{row.pk}/delete/").text)
    assert page.css_first('main [role="alert"]') is not None
    desk.post(f"/desk/pictures/{row.pk}/delete/")
    assert not LibraryPicture.objects.exists()
    assert default_storage.exists(row.path)


def test_a_picture_is_chosen_from_the_library(desk):
    row, digest = in_library(alt="海", credit="山田"), make_digest(texts=["一"], card_template="night")
    address = reverse("digest-picture", args=[digest.pk])
    assert f'name="library" value="{row.pk}"' in desk.get(f"{address}?q=海").text
    assert desk.post(address, {"library": row.pk, "version": 1}).status_code == 302
    digest.refresh_from_db()
    assert (digest.thumbnail, digest.card_template, digest.version) == (row.path, "", 2)
    assert desk.post(address, {"library": 999, "version": 2}).status_code == 404
    assert desk.post(address, {"library": row.pk, "version": 1}).status_code == 409


def test_a_title_card_is_chosen_and_follows_the_headline(desk):
    digest = make_digest(texts=["一"], thumbnail="thumbnails/color1.jpg")
    address = reverse("digest-picture", args=[digest.pk])
    assert desk.post(address, {"card": "band", "version": 1}).status_code == 302
    digest.refresh_from_db()
    assert (digest.thumbnail, digest.card_template) == ("", "band")
    before = assemble(digest.pk)
    assert (before.card, before.thumbnail) == ("band", illustrations.chosen_card_path(before))
    Digest.objects.update(headline="別の題")
    assert assemble(digest.pk).thumbnail != before.thumbnail
    assert desk.post(address, {"card": "by-itself", "version": 2}).status_code == 302
    digest.refresh_from_db()
    assert digest.card_template == ""
    assert assemble(digest.pk).thumbnail == ""
    assert desk.post(address, {"card": "no such", "version": 3}).status_code == 422


def test_every_template_is_shown_as_it_will_be(desk):
    digest = make_digest()
    page = desk.get(reverse("digest-picture", args=[digest.pk])).text
    drawn = set()
    for template in (*cards.TEMPLATES, "by-itself"):
        address = reverse("card-preview", args=[digest.pk, template])
        assert address in page
        answer = desk.get(address)
        assert (answer.headers["Content-Type"], answer.headers["Cache-Control"]) == ("image/jpeg", "private, no-store")
        drawn.add(answer.content)
    assert len(drawn) == len(cards.TEMPLATES)
    assert desk.get(reverse("card-preview", args=[digest.pk, "none"])).status_code == 404
    assert not default_storage.exists("cards")


def test_what_is_uploaded_for_a_digest_joins_the_library(desk):
    digest = make_digest()
    data = {"picture": upload(), "alt": "海", "version": 1}
    assert desk.post(reverse("digest-picture", args=[digest.pk]), data).status_code == 302
    digest.refresh_from_db()
    row = LibraryPicture.objects.get()
    assert (row.path, row.alt) == (digest.thumbnail, "海")


def test_a_picture_between_quotes_comes_from_the_library_with_its_words(desk):
    row, digest = in_library(alt="海", credit="山田"), make_digest(texts=["一"])
    address = reverse("picture-new", args=[digest.pk])
    assert f'name="library" value="{row.pk}"' in desk.get(address).text
    data = {"library": row.pk, "version": 1, "at": "bottom", "alt": "", "credit": "", "caption": "図"}
    assert desk.post(address, data).status_code == 302
    placed = digest.quotes.get(kind=Quote.Kind.PICTURE)
    assert (placed.target, placed.text, placed.author, placed.title) == (row.path, "海", "山田", "図")
    other = in_library("red", alt="赤")
    file = reverse("picture-file", args=[digest.pk, placed.pk])
    assert desk.post(file, {"library": other.pk, "version": 2}).status_code == 302
    placed.refresh_from_db()
    assert (placed.target, placed.text) == (other.path, "海")


def test_only_editors_see_the_library(client):
    row, digest = in_library(), make_digest()
    for address in (
        *(LIBRARY, f"/desk/pictures/describe/?picture={row.pk}", f"/desk/pictures/{row.pk}/delete/"),
        reverse("card-preview", args=[digest.pk, "paper"]),
    ):
        assert client.get(address).status_code == 302
        assert client.post(address).status_code == 302
    assert LibraryPicture.objects.exists()


def test_hostile_words_stay_words(desk):
    in_library(alt='"><script>alert(1)</script>', tags=["<b>", "a&b=c"])
    page = desk.get(LIBRARY).text
    assert "<script>alert" not in page
    assert "?tag=a%26b%3Dc" in page
    assert len(shown(desk.get(f"{LIBRARY}?tag=a%26b%3Dc"))) == 1
