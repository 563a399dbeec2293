"""The desk's pages around the board: who may enter, lists, imports, threads, publishing, taking out."""

import io
import json
import re
import zipfile
from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLPattern, reverse
from selectolax.lexbor import LexborHTMLParser

from digests import curation, importing
from digests.editor import urls
from digests.models import Digest, ImportRun, Publication
from digests.publishing import publish as publishing
from tests.factories import make_comment, make_digest, make_live, make_thread
from tests.pages import HTMX, queries, read, texts

pytestmark = pytest.mark.django_db

JAPANESE = "日本語の文です"


def addresses() -> list[str]:
    """Every address of the desk, with 1 for each id."""
    found = []
    for pattern in urls.urlpatterns:
        assert isinstance(pattern, URLPattern)
        names = pattern.pattern.converters
        found.append(reverse(pattern.name or "", kwargs=dict.fromkeys(names, 1)))
    return found


# Who may enter


@pytest.mark.parametrize("address", addresses())
def test_a_stranger_is_led_to_the_sign_in_page(client, address):
    assert client.get(address).headers["Location"] == f"/accounts/login/?next={address}"
    assert client.post(address).headers["Location"] == "/accounts/login/?next=/desk/"


@pytest.mark.parametrize("address", addresses())
def test_a_strangers_htmx_request_is_refused_without_a_page(client, address):
    answer = client.post(address, headers=HTMX)
    assert answer.status_code == 403
    assert "<" not in answer.content.decode()


@pytest.mark.parametrize("address", addresses())
def test_a_reader_with_an_account_is_refused(client, address):
    client.force_login(User.objects.create_user("reader"))
    assert client.get(address).status_code == 403
    assert client.post(address).status_code == 403


def test_a_form_without_its_token_is_refused(editor):
    client = Client(enforce_csrf_checks=True)
    client.force_login(editor)
    assert client.post("/desk/digests/").status_code == 403
    assert not Digest.objects.exists()


def test_signing_in_leads_to_the_page_that_was_asked_for_and_signing_out_back(client, editor):
    page = read(client, "/accounts/login/?next=/desk/export.zip")
    assert page.css_first("input[name=next]").attributes["value"] == "/desk/export.zip"
    account = {"username": "editor", "password": "a long enough password", "next": "/desk/export.zip"}
    wrong = client.post("/accounts/login/", account | {"password": "wrong"})
    assert "message error" in wrong.content.decode()
    for answered, field in ((client.get("/accounts/login/"), "username"), (wrong, "password")):
        focused = LexborHTMLParser(answered.content.decode()).css("[autofocus]")
        assert [one.attributes["name"] for one in focused] == [field]
    assert client.post("/accounts/login/", account).headers["Location"] == "/desk/export.zip"
    assert client.get("/accounts/logout/").status_code == 405
    assert client.post("/accounts/logout/").headers["Location"] == "/accounts/login/"
    assert client.get("/desk/").status_code == 302


def test_an_editor_changes_the_password_and_the_language(desk, editor):
    read(desk, "/accounts/password/")
    new = {"new_password1": "quite another passphrase", "new_password2": "quite another passphrase"}
    answer = desk.post("/accounts/password/", {"old_password": "a long enough password"} | new)
    assert answer.headers["Location"] == "/accounts/password/done/"
    editor.refresh_from_db()
    assert editor.check_password("quite another passphrase")
    read(desk, "/accounts/password/done/")
    for language in ("en", "ja"):
        desk.post("/language/setlang/", {"language": language, "next": "/desk/"})
        assert read(desk, "/desk/").css_first("html").attributes["lang"] == language


# Lists


def test_an_empty_desk_says_what_to_do(desk):
    page = read(desk, "/desk/")
    assert len(page.css(".empty")) == 2
    assert page.css_first("form[action='/desk/imports/'] input[name=address]") is not None


def test_an_empty_desk_offers_nothing_to_narrow_and_one_narrowed_to_nothing_does(desk):
    assert not read(desk, "/desk/").css(".finder, .columns .tabs")
    assert read(desk, "/desk/?q=nothing").css_first(".finder input[name=q]").attributes["value"] == "nothing"


def test_digests_are_listed_with_their_status_and_can_be_narrowed(desk, editor):
    make_digest(slug="draft", headline="下書きの話", texts=["犬と猫"], created_by=editor)
    make_live("published", headline="公開した話")
    changed = make_live("changed", headline="直した話").digest
    Digest.objects.filter(pk=changed.pk).update(changes=9, tags=["猫"], headline="直した話")
    Digest.objects.filter(slug="published").update(headline="公開した話")

    def listed(query: str) -> set[str]:
        return set(texts(read(desk, f"/desk/{query}"), ".digests .name"))

    everything = {"下書きの話", "公開した話", "直した話"}
    assert listed("") == listed("?status=nonsense") == everything
    assert listed("?status=draft") == {"下書きの話"}
    assert listed("?status=published") == {"公開した話"}
    assert listed("?status=changed") == {"直した話"}
    assert listed("?q=猫") == {"下書きの話", "直した話"}  # a quote's text, a tag
    assert listed("?q=PUBLISHED") == {"公開した話"}
    assert listed("?q=猫&status=draft") == {"下書きの話"}
    assert listed("?q=馬") == set()
    facts = texts(read(desk, "/desk/?status=draft"), ".digests .facts")
    assert "editor" in facts[0]
    assert "2026/09/12" in facts[0]


def test_the_list_is_paged_and_its_links_keep_what_it_is_narrowed_to(desk):
    for number in range(21):
        make_digest(slug=f"story_{number}", headline=f"話{number}", date=date(2026, 9, number + 1))
    page = read(desk, "/desk/?q=話&status=draft")
    assert len(page.css(".digests > li")) == 20
    following = page.css_first("a[rel=next]").attributes["href"] or ""
    assert texts(read(desk, f"/desk/{following}"), ".digests .name") == ["話0"]


def test_the_number_of_queries_does_not_grow_with_the_lists(desk, editor):
    def fill(start: int) -> None:
        for number in range(start, start + 5):
            thread = make_thread(native_id=str(100 + number), comments=1)
            make_digest(thread=thread, slug=f"d{number}", texts=["一", "二"], created_by=editor)
            make_live(f"live{number}")
            ImportRun.objects.create(address=str(number), thread=thread, state="done")

    fill(0)
    queries(desk, "/desk/")  # now and then it also looks after deliveries
    few = queries(desk, "/desk/")
    fill(5)
    assert queries(desk, "/desk/") == few <= 18


def test_a_new_digest_starts_from_a_thread_or_from_nothing(desk, editor):
    thread = make_thread()
    answer = desk.post("/desk/digests/", {"thread": thread.pk})
    digest = Digest.objects.get()
    assert answer.headers["Location"] == f"/desk/digests/{digest.pk}/"
    assert (digest.thread, digest.created_by) == (thread, editor)
    assert texts(read(desk, "/desk/"), ".made") == [digest.slug]
    desk.get(answer.headers["Location"])
    answer = desk.post("/desk/digests/", headers={"Accept-Language": "en"})
    assert Digest.objects.filter(thread=None).count() == 1
    assert "A new draft without a thread" in texts(read(desk, answer.headers["Location"]), "#said")[0]
    assert desk.post("/desk/digests/", {"thread": "999"}).status_code == 404
    assert desk.post("/desk/digests/", {"thread": "x"}).status_code == 400


def test_all_threads_are_paged_and_searched(desk):
    for number in range(31):
        thread = make_thread(native_id=str(100 + number), comments=0, title=f"Story {number}")
        make_digest(thread=thread, slug=f"d{number}")
    page = read(desk, "/desk/threads/")
    assert len(page.css(".threads > li")) == 30
    assert texts(read(desk, "/desk/threads/?q=STORY 30"), ".threads .name") == ["Story 30"]
    assert texts(read(desk, "/desk/threads/?q=id=104"), ".threads .name") == ["Story 4"]
    assert texts(read(desk, "/desk/threads/?q=story 30%00"), ".threads .name") == ["Story 30"]
    assert queries(desk, "/desk/threads/") == queries(desk, "/desk/threads/?page=2")


# Imports


def test_an_import_is_started_and_watched(desk, editor):
    answer = desk.post("/desk/imports/", {"address": "https://news.ycombinator.com/item?id=100"})
    run = ImportRun.objects.get()
    assert (answer.headers["Location"], run.requested_by) == (f"/desk/imports/{run.pk}/", editor)
    ImportRun.objects.update(state="running", done_count=30, expected_count=120)
    page = read(desk, f"/desk/imports/{run.pk}/")
    assert page.css_first("progress").attributes == {"value": "30", "max": "120"} | {
        "aria-label": page.css_first("progress").attributes["aria-label"]
    }
    assert page.css_first("#run").attributes["hx-trigger"] == "every 1s"
    assert "http-equiv" in desk.get(f"/desk/imports/{run.pk}/").content.decode()
    assert texts(read(desk, "/desk/"), ".runs a") == [run.address]
    part = desk.get(f"/desk/imports/{run.pk}/", headers=HTMX).content.decode()
    assert part.startswith('<div id="run"')


def test_an_address_is_needed(desk):
    answer = desk.post("/desk/imports/", {"address": " "})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.content.decode()


def test_a_failed_import_says_why_and_can_be_tried_again(desk):
    desk.post("/desk/imports/", {"address": "https://example.com/nothing"})
    failed = ImportRun.objects.get()
    page = read(desk, f"/desk/imports/{failed.pk}/")
    assert texts(page, ".explanation") == [" ".join(importing.explain(failed.error_code).split())]
    assert page.css("#run[hx-trigger]") == []
    ImportRun.objects.update(address="100")
    answer = desk.post(f"/desk/imports/{failed.pk}/retry/")
    assert answer.headers["Location"] == f"/desk/imports/{ImportRun.objects.latest('pk').pk}/"
    assert ImportRun.objects.latest("pk").state == "queued"


def test_an_import_can_be_cancelled(desk):
    run = importing.start("100", requested_by=None)
    assert desk.get(f"/desk/imports/{run.pk}/cancel/").status_code == 302
    desk.post(f"/desk/imports/{run.pk}/cancel/")
    run.refresh_from_db()
    assert run.state == "cancelled"


def test_a_finished_import_leads_to_the_thread_at_the_comment_that_was_asked_for(desk):
    thread = make_thread()
    marked = thread.comments.get(native_id="100002")
    run = ImportRun.objects.create(address="100002", state="done", thread=thread, marked_id="100002")
    address = f"/desk/threads/{thread.pk}/?mark={marked.pk}#c{marked.pk}"
    assert read(desk, f"/desk/imports/{run.pk}/").css_first("a.primary").attributes["href"] == address
    assert desk.get(f"/desk/imports/{run.pk}/", headers=HTMX).headers["HX-Redirect"] == address
    page = read(desk, address)
    assert [node.attributes["id"] for node in page.css(".marked")] == [f"c{marked.pk}"]
    assert "author2" in texts(page, ".message")[0]


# Threads


def test_a_thread_is_shown_with_its_tree_and_what_is_gone_is_closed(desk):
    thread = make_thread(comments=1, order="time")
    root = thread.comments.get()
    reply = make_comment(thread, number=2, parent=root, body="<i>why</i> &lt;script&gt;", rank=0)
    make_comment(thread, number=3, state="dead", body="unseen")
    page = read(desk, f"/desk/threads/{thread.pk}/")
    assert [node.attributes["class"] for node in page.css(".comments > li")] == ["d0 new", "d1 new", "d0 gone"]
    assert page.css_first(f"#c{reply.pk} > div").html == "<div><p><em>why</em> &lt;script&gt;</p></div>"
    assert page.css_first(".gone details[open]") is None
    assert page.css_first(".warn") is not None  # by time, not in the site's own order
    answer = desk.post(f"/desk/threads/{thread.pk}/import/")
    assert answer.headers["Location"] == f"/desk/imports/{ImportRun.objects.get().pk}/"


def test_the_number_of_queries_does_not_grow_with_the_thread(desk):
    short, long = make_thread(comments=10), make_thread(comments=20, native_id="200")
    make_digest(thread=long, slug="one")
    assert queries(desk, f"/desk/threads/{short.pk}/") == queries(desk, f"/desk/threads/{long.pk}/") <= 9


# Publishing


def test_the_panel_names_the_problems_and_leads_to_them(desk):
    digest = make_digest(headline="", texts=["", JAPANESE])
    empty = digest.quotes.get(position=0)
    page = read(desk, f"/desk/digests/{digest.pk}/publish/")
    links = [node.attributes["href"] for node in page.css(".problems.blocking a")]
    assert links == [f"/desk/digests/{digest.pk}/#head", f"/desk/digests/{digest.pk}/#q{empty.pk}"]
    assert "disabled" in page.css_first("form[action$='/publish/'] button").attributes
    answer = desk.post(f"/desk/digests/{digest.pk}/publish/", {"changes": 1})
    assert answer.status_code == 422
    assert texts(read(desk, f"/desk/digests/{digest.pk}/publish/"), ".history .warn") != []


def test_a_digest_is_published_changed_and_taken_back(desk, editor):
    digest = make_digest(texts=[JAPANESE])
    address = f"/desk/digests/{digest.pk}/publish/"
    assert desk.post(address, {"changes": 7}).status_code == 409
    assert desk.post(address, {"changes": "x"}).status_code == 400
    assert desk.post(address, {"changes": "9" * 5000}).status_code == 400
    assert desk.post(address, {"changes": 1}).status_code == 302
    assert Publication.objects.live().get().published_by == editor
    page = read(desk, address)
    assert page.css("form[action$='/publish/']") == []
    assert page.css_first(".chip.live") is not None
    curation.edit_quote(digest.quotes.get().pk, version=1, text=f"{JAPANESE}。", author="a")
    assert read(desk, address).css_first(".chip.changed") is not None
    read(desk, f"/desk/digests/{digest.pk}/withdraw/")
    assert Publication.objects.live().exists()
    desk.post(f"/desk/digests/{digest.pk}/withdraw/", {"from": "own"})
    assert not Publication.objects.live().exists()
    assert read(desk, address).css_first(".chip.draft") is not None


def test_the_preview_is_the_readers_page_made_from_the_draft(desk, client):
    digest = make_digest(texts=[JAPANESE], slug="a_story")
    preview = desk.get(f"/desk/digests/{digest.pk}/preview/").content.decode()
    assert JAPANESE in preview
    assert f'href="/desk/digests/{digest.pk}/"' in preview
    publishing.publish(digest.pk, changes=1, by=None)
    public = client.get("/posts/a_story/").content.decode()

    def body(text: str) -> str:
        page = LexborHTMLParser(text)
        for link in page.css(".digest a[href^='/posts/a_story/original/']"):
            link.decompose()  # the page with the originals is made of what is published
        return re.sub(r"\s+</", "</", "".join(node.html or "" for node in page.css(".digest")))

    assert body(preview) == body(public) != ""


# Taking out


def test_a_post_is_shown_copied_and_downloaded(desk):
    digest = make_digest(texts=['彼は "はい" と言った'])
    page = read(desk, f"/desk/digests/{digest.pk}/export/")
    assert "&quot;はい&quot;" in page.css_first("textarea").text()
    assert "content/posts/2026_09/2026_09_12_a_story/index.md" in page.text()
    answer = desk.get(f"/desk/digests/{digest.pk}/export/post/")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="2026_09_12_a_story.md"'
    assert answer.content.decode() == page.css_first("textarea").text().removeprefix("\n")
    value = json.loads(desk.get(f"/desk/digests/{digest.pk}/export/json/").content)
    assert (value["slug"], value["status"], len(value["items"])) == ("a_story", "draft", 1)


def test_what_cannot_be_written_plain_is_said_not_sent(desk):
    digest = make_digest(texts=['彼は "はい" と言った'])
    page = read(desk, f"/desk/digests/{digest.pk}/export/?escaping=plain")
    assert page.css("textarea") == []
    assert len(page.css(".message.error")) == 1
    assert desk.get(f"/desk/digests/{digest.pk}/export/post/?escaping=plain").status_code == 422


def unzipped(answer: Any) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as file:
        assert file.testzip() is None
        return {name: file.read(name).decode() for name in file.namelist()}


def test_all_published_digests_come_as_one_zip(desk):
    assert "nothing to download" in desk.get("/desk/export.zip", headers={"Accept-Language": "en"}).content.decode()
    make_digest(slug="a_draft", texts=["下書き"])
    make_live("first", "一つ目")
    make_live("second", "二つ目")
    answer = desk.get("/desk/export.zip")
    assert answer.headers["Content-Type"] == "application/zip"
    posts = unzipped(answer)
    assert set(posts) == {f"content/posts/2026_09/2026_09_12_{slug}/index.md" for slug in ("first", "second")}
    assert "一つ目" in posts["content/posts/2026_09/2026_09_12_first/index.md"]


def test_a_digest_that_cannot_be_a_post_is_named_and_left_out_only_knowingly(desk):
    make_live("good", "よい文")
    bad = make_live("bad", 'わるい "文')
    answer = desk.get("/desk/export.zip?escaping=plain")
    assert answer.status_code == 422
    page = LexborHTMLParser(answer.content.decode())
    assert [node.attributes["href"] for node in page.css(".problems a")] == [f"/desk/digests/{bad.digest_id}/"]
    without = page.css_first("a.button").attributes["href"] or ""
    assert list(unzipped(desk.get(f"/desk/export.zip{without}"))) == ["content/posts/2026_09/2026_09_12_good/index.md"]
