"""What readers get of pictures: the sizes that a page names, cards for digests without a picture, nothing withdrawn."""

import io
import re
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.tasks import default_task_backend
from django.test import Client
from PIL import Image
from selectolax.lexbor import LexborHTMLParser

from digests import illustrations, palette, renditions, typesetting
from digests.models import LibraryPicture, Publication, Rendition, SitePicture
from digests.public import pictures
from digests.publishing import interchange
from digests.publishing.document import DocumentPicture
from digests.publishing.publish import go_live, publish, unpublish
from digests.thumbnails import make_picture
from tests.delivered import make_target
from tests.factories import make_digest, make_document, make_document_quote, make_editor, make_live

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def stored(size=(1600, 900), color="teal"):
    """A picture in the storage, as an upload leaves it; its path."""
    out = io.BytesIO()
    Image.new("RGB", size, color).save(out, "PNG")
    made = make_picture(out.getvalue())
    illustrations.store(made.path, made.content)
    return made.path


def body(answer):
    """All of it; the client closes a file then."""
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def status(client: Client, path: str) -> int:
    answer = client.get(path)
    body(answer)
    return answer.status_code


def picture_of(client: Client, path: str):
    return LexborHTMLParser(client.get(path).text).css_first("picture")


def addresses(picture) -> list[tuple[str, int]]:
    """Every address that a `<picture>` offers, with the width that it says."""
    named = [node.attributes.get("srcset") or "" for node in picture.css("source, img")]
    parts = [one.split() for srcset in named for one in srcset.split(",") if one.strip()]
    return [(address, int(width.removesuffix("w"))) for address, width in parts]


def test_every_size_that_a_page_names_is_there_before_the_worker_came(client):
    make_live("a", thumbnail=stored())
    picture = picture_of(client, "/posts/a/")
    offered = addresses(picture)
    assert len(offered) == len(renditions.FORMATS) * len(renditions.MOST_BYTES)
    for address, width in offered:
        answer = client.get(address)
        content = body(answer)
        assert answer.headers["Content-Type"] == renditions.TYPES[address.rpartition(".")[2]]
        assert "immutable" in answer.headers["Cache-Control"]
        assert len(content) <= renditions.MOST_BYTES[width]
        assert Image.open(io.BytesIO(content)).width == width
        assert body(client.get(address)) == content


def test_a_picture_keeps_its_place_while_it_loads(client):
    make_live("a", thumbnail=stored((800, 600)))
    for path in ("/", "/posts/a/"):
        attributes = picture_of(client, path).css_first("img").attributes
        assert (attributes["width"], attributes["height"]) == ("800", "600")


def test_a_page_is_the_same_before_and_after_its_pictures_are_made(client):
    live = make_live("a", thumbnail=stored())
    before = client.get("/posts/a/")
    assert illustrations.make_for(illustrations_document(live), live.picture) == 12
    after = client.get("/posts/a/")
    assert (after.headers["ETag"], after.content) == (before.headers["ETag"], before.content)


def illustrations_document(live: Publication):
    return interchange.from_json(live.document).document


def test_what_a_page_names_is_made_once_and_leaves_a_row(client):
    between = stored((700, 400), "olive")
    items = (make_document_quote(), DocumentPicture(path=between, alt="緑"))
    live = make_live("a", thumbnail=stored(), items=items)
    document = illustrations_document(live)
    made = illustrations.make_for(document, live.picture)
    assert made == Rendition.objects.count() == 12 + 6
    for path in ("/", "/posts/a/"):
        for address, _width in addresses(picture_of(client, path)):
            assert default_storage.exists(f"renditions/{address.rpartition('/')[2]}")
    for row in Rendition.objects.all():
        assert default_storage.size(row.path) == row.bytes
    assert illustrations.make_for(document, live.picture) == 0


def test_a_digest_without_a_picture_is_listed_and_shared_with_its_title_card(client):
    live = make_live("a", headline="題")
    page = client.get("/posts/a/").text
    assert LexborHTMLParser(page).css_first("article picture") is None  # the headline stands there already
    share = re.search(r'property="og:image" content="http://127.0.0.1:8000([^"]+)"', page)[1]
    with Image.open(io.BytesIO(body(client.get(share)))) as card:
        assert (card.format, card.size) == ("JPEG", (1200, 630))
    for address, width in addresses(picture_of(client, "/")):
        assert Image.open(io.BytesIO(body(client.get(address)))).width == width
    assert illustrations.make_for(illustrations_document(live), live.picture) == 3


def test_a_chosen_title_card_stands_on_the_page(client):
    digest = make_digest(texts=["一"], card_template="night")
    publish(digest.pk, changes=1, by=None)
    picture = picture_of(client, "/posts/a_story/")
    assert picture.css_first("img").attributes["alt"] == "平文の話"
    for address, _width in addresses(picture):
        assert status(client, address) == 200


def test_a_card_that_a_digest_had_leads_to_the_one_it_has(client):
    live = make_live("a", headline="題")
    old = picture_of(client, "/").css_first("img").attributes["src"]
    go_live(live.digest, make_document(slug="a", headline="新しい題"), by=None)
    new = picture_of(client, "/").css_first("img").attributes["src"]
    answer = client.get(old)
    assert (answer.status_code, answer.headers["Location"]) == (302, new)


def test_alt_and_credit_come_from_the_library(client):
    path = stored()
    LibraryPicture.objects.create(
        path=path, digest="d" * 64, width=1600, height=900, bytes=1, alt="青い海", credit="山田"
    )
    make_live("a", thumbnail=path)
    page = LexborHTMLParser(client.get("/posts/a/").text)
    assert page.css_first("picture img").attributes["alt"] == "青い海"
    assert "山田" in page.css_first(".digest-head .credit").text()


def test_cards_go_when_their_digest_goes(client):
    live = make_live("a")
    card = picture_of(client, "/").css_first("img").attributes["src"]
    for address in (card, "/posts/a/q/1.jpg", "/posts/a/q/1-square.jpg"):
        assert status(client, address) == 200
    unpublish(live.digest_id)
    for address in (card, "/posts/a/q/1.jpg", "/posts/a/q/1-square.jpg"):
        assert status(client, address) == 404


def test_a_draft_has_no_cards(client):
    digest = make_digest(slug="draft", texts=["秘密"])
    card = illustrations.title_card(slug="draft", headline=digest.headline, day=digest.date, tags=digest.tags)
    illustrations.drawn(card)
    assert status(client, f"/media/cards/draft/{illustrations.card_key(card)}.jpg") == 404
    assert status(client, f"/media/thumbnails/{illustrations.card_key(card)}.jpg") == 404
    assert status(client, "/posts/draft/q/1.jpg") == 404


def test_a_quote_has_a_square_card_as_well(client):
    make_live("a", "引用")
    wide, square = (client.get(f"/posts/a/q/1{shape}.jpg") for shape in ("", "-square"))
    assert wide.headers["ETag"] != square.headers["ETag"]
    sizes = [Image.open(io.BytesIO(body(answer))).size for answer in (wide, square)]
    assert sizes == [(1200, 630), (1200, 1200)]
    assert status(client, "/posts/a/q/2-square.jpg") == 404


def test_a_quote_card_is_asked_for_again_each_time_and_costs_nothing_when_it_is_the_same(client):
    make_live("a", "一", "二")
    first = client.get("/posts/a/q/2.jpg")
    with Image.open(io.BytesIO(body(first))) as card:
        assert card.size == (1200, 630)
    assert first.headers["Cache-Control"] == "public, max-age=0, must-revalidate"
    again = client.get("/posts/a/q/2.jpg", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get("/posts/a/q/1.jpg").headers["ETag"] != first.headers["ETag"]
    for number in ("0", "3", "99999999999999999999", "-1", "x"):
        assert client.get(f"/posts/a/q/{number}.jpg", follow=True).status_code == 404


@pytest.mark.parametrize(
    "name", ["{stem}-321.jpg", "{stem}-1280.png", "{stem}-0320.jpg", "{stem}.jpg", "{other}-320.jpg", "..%2Fx-320.jpg"]
)
def test_no_other_file_is_made_or_given(client, media, name):
    stem = stored().removeprefix("thumbnails/").removesuffix(".jpg")
    answer = client.get(f"/media/renditions/{name.format(stem=stem, other='0' * 20)}")
    assert answer.status_code == 404
    assert not (media / "renditions").exists()


def test_no_rendition_is_wider_than_its_picture(client):
    stem = stored((500, 300)).removeprefix("thumbnails/").removesuffix(".jpg")
    assert status(client, f"/media/renditions/{stem}-500.webp") == 200
    assert status(client, f"/media/renditions/{stem}-640.webp") == 404


def test_a_picture_that_somebody_took_from_the_storage_is_a_title_card(client):
    path = stored()
    make_live("a", thumbnail=path)
    default_storage.delete(path)
    assert status(client, "/posts/a/") == 200
    stem = path.removeprefix("thumbnails/").removesuffix(".jpg")
    assert status(client, f"/media/renditions/{stem}-320.jpg") == 404


def test_while_one_is_made_others_wait_and_are_sent_away_in_the_end(client, monkeypatch):
    make_live("a")
    monkeypatch.setattr(pictures, "PATIENCE_SECONDS", 0.01)
    with pictures._making:
        answer = client.get("/posts/a/q/1.jpg")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert "immutable" not in answer.headers.get("Cache-Control", "")
    assert status(client, "/posts/a/q/1.jpg") == 200


def test_a_file_appears_whole(media):
    """Whoever asks while it is stored gets all of it or nothing."""
    content = b"x" * 3_000_000
    seen: set[int] = set()
    done = threading.Event()

    def look():
        while not done.is_set():
            for path in (media / "cards").glob("[!.]*"):
                seen.add(len(path.read_bytes()))

    looking = threading.Thread(target=look)
    looking.start()
    for number in range(20):
        illustrations.store(f"cards/{number}.jpg", content)
    done.set()
    looking.join()
    assert seen <= {len(content)}
    assert not list((media / "cards").glob(".*"))


def test_facts_of_many_cost_as_many_queries_as_of_one(django_assert_num_queries):
    paths = [stored(color=color) for color in ("red", "green", "blue")]
    for many in (1, 3):
        with django_assert_num_queries(2):
            illustrations.facts_of([*((path, "") for path in paths[:many]), ("thumbnails/color3.jpg", ""), ("", "")])


def test_a_card_is_another_when_its_quote_is():
    read = interchange.from_json(make_live("a", "一").document).document
    other = replace(read, items=(make_document_quote("二"),))
    keys = {illustrations.card_key(illustrations.quote_card(one, 1, palette.DEFAULT)) for one in (read, other)}
    assert len(keys) == 2


def test_a_preview_shows_the_card_that_was_chosen_and_no_draft_gets_an_address(client):
    client.force_login(make_editor())
    digest = make_digest(texts=["一"], card_template="night")
    picture = picture_of(client, f"/desk/digests/{digest.pk}/preview/")
    assert picture.css_first("img").attributes["src"].startswith("data:image/jpeg;base64,")
    assert picture.css("source") == []


def test_only_as_many_quote_cards_are_kept_as_there_is_room_for(client):
    make_live("a", "一", "二", "三")
    for number in (1, 2, 3):
        client.get(f"/posts/a/q/{number}.jpg")
    paths = [f"quote-cards/{name}" for name in default_storage.listdir("quote-cards")[1]]
    total = sum(default_storage.size(path) for path in paths)
    illustrations.forget_quote_cards(total)
    assert len(default_storage.listdir("quote-cards")[1]) == 3
    illustrations.forget_quote_cards(total - 1)
    assert len(default_storage.listdir("quote-cards")[1]) == 2
    assert all(status(client, f"/posts/a/q/{number}.jpg") == 200 for number in (1, 2, 3))


def test_publishing_asks_for_the_pictures_to_be_made(django_capture_on_commit_callbacks):
    default_task_backend.clear()
    with django_capture_on_commit_callbacks(execute=True):
        live = make_live("a")
    asked = [one for one in default_task_backend.results if one.task.name == "make_pictures"]
    assert [one.args for one in asked] == [[[live.pk]]]
    illustrations.make_pictures([live.pk])
    assert Rendition.objects.count() == 3


def test_a_picture_that_is_none_stops_no_other(client, caplog):
    path = "thumbnails/0123456789abcdef0123.jpg"
    illustrations.store(path, b"no picture")
    broken, whole = make_live("a", thumbnail=path), make_live("b", thumbnail=stored())
    assert illustrations.make_pictures([broken.pk, whole.pk]) == 12 + 3
    assert status(client, "/posts/a/") == 200


def test_an_archive_is_caught_up_and_notes_pictures_that_came_later(tmp_path):
    live = make_live("a", thumbnail="thumbnails/color3.jpg")
    assert live.picture == {}
    target = make_target(tmp_path)
    illustrations.store("pictures/" + "a" * 64 + ".jpg", illustrations.read(stored()))
    SitePicture.objects.create(
        target=target,
        path="assets/thumbnails/color3.jpg",
        name="thumbnails/color3.jpg",
        file="pictures/" + "a" * 64 + ".jpg",
        sha256="a" * 64,
        width=1600,
        height=900,
    )
    call_command("make_pictures", stdout=io.StringIO())
    live.refresh_from_db()
    assert live.picture["path"] == "pictures/" + "a" * 64 + ".jpg"
    assert Rendition.objects.count() == 12
    call_command("make_pictures", stdout=(said := io.StringIO()))
    assert said.getvalue() == "0 files made\n"


def test_a_list_is_shared_with_the_newest_digests_picture(client):
    make_live("a", headline="題", tags=("猫",))
    for path in ("/", "/tags/猫/", "/months/2026/09/"):
        share = re.search(r'property="og:image" content="http://127.0.0.1:8000([^"]+)"', client.get(path).text)[1]
        assert status(client, share) == 200
    assert "og:image" not in client.get("/tags/").text


def test_another_font_or_name_of_the_site_is_another_page_and_another_card(client, settings, tmp_path):
    make_live("a")
    before = client.get("/")
    card = picture_of(client, "/").css_first("img").attributes["src"]
    settings.SITE_NAME = "別の名"
    named = picture_of(client, "/").css_first("img").attributes["src"]
    settings.CARD_FONT = tmp_path / "own.otf"
    settings.CARD_FONT.write_bytes(Path(typesetting.packaged_fonts().sans).read_bytes())
    after = client.get("/")
    set_otherwise = picture_of(client, "/").css_first("img").attributes["src"]
    assert len({card, named, set_otherwise}) == 3
    assert after.headers["ETag"] != before.headers["ETag"]
    assert status(client, set_otherwise) == 200


def test_title_cards_that_no_published_digest_has_any_more_go(client):
    live = make_live("a", headline="題")
    illustrations.make_pictures([live.pk])
    old = Rendition.objects.values_list("original", flat=True).first()
    go_live(live.digest, make_document(slug="a", headline="新しい題"), by=None)
    assert illustrations.make_missing_pictures() == 3
    assert not default_storage.exists(old)
    assert Rendition.objects.count() == 3
    assert len(default_storage.listdir("renditions")[1]) == 3
    assert status(client, picture_of(client, "/").css_first("img").attributes["src"]) == 200
