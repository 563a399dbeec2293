"""The bin: what goes into it vanishes everywhere, comes back as it was, or is deleted for good; and duplicates."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings

from digests import curation, delivering
from digests.curation import CurationError, StaleVersion
from digests.curation.bin import delete_for_good, empty, put_in, take_out
from digests.delivering import DeliveryRefused
from digests.delivering.binning import put_into_bin
from digests.models import AuditEntry, Comment, Delivery, DeliveryItem, Digest, Fold, Post, Publication, Quote, Target
from digests.public.moved import leads
from digests.publishing import publish as publishing
from tests.factories import make_between, make_digest, make_fold, make_live, make_thread
from tests.pages import HTMX, queries, read, texts

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english", "asking_in_english")]

JAPANESE = "日本語の文です"


@pytest.fixture
def binned(editor):
    digest = make_digest(slug="binned", headline="捨てた話", texts=["一", "二"])
    put_in({digest.pk: digest.changes}, by=editor.pk)
    digest.refresh_from_db()
    return digest


def trail(*fields: str) -> list[tuple[str, ...]]:
    return list(AuditEntry.objects.order_by("pk").values_list(*fields))


# Into the bin


def test_deleting_asks_first_and_puts_into_the_bin(desk, editor):
    digest = make_digest(texts=["一"])
    address = f"/desk/digests/{digest.pk}/delete/"
    read(desk, address)
    curation.edit_quote(digest.quotes.get().pk, version=1, text="二", author="a")
    assert desk.post(address, {"changes": 1}).status_code == 409
    assert desk.post(address, {"changes": 2}).headers["Location"] == "/desk/bin/"
    digest.refresh_from_db()
    assert digest.binned_by == editor
    assert digest.binned_at is not None
    assert trail("action", "slug", "by__username") == [("binned", "a_story", "editor")]


def test_what_readers_see_on_our_own_pages_is_taken_back_in_the_same_step(desk, client):
    digest = make_live("a_story", JAPANESE).digest
    digest.refresh_from_db()
    address = f"/desk/digests/{digest.pk}/delete/"
    assert texts(read(desk, address), ".warn") != []
    assert desk.post(address, {"changes": digest.changes}).status_code == 422
    assert Publication.objects.live().exists()
    desk.post(address, {"changes": digest.changes, "withdraw": "1"})
    assert not Publication.objects.live().exists()
    assert client.get("/posts/a_story/").status_code == 410
    assert [action for (action,) in trail("action")] == ["published", "withdrawn", "binned"]


def test_what_stands_in_a_hugo_site_must_be_withdrawn_there_first(desk):
    digest = make_live("a_story", JAPANESE).digest
    target = Target.objects.create(name="サイト", kind="folder", location="/srv/site")
    Post.objects.create(target=target, digest=digest, path="content/a/index.md")
    page = read(desk, f"/desk/digests/{digest.pk}/delete/")
    assert page.css("form input[name=changes]") == []
    assert page.css_first(f"a[href='/desk/digests/{digest.pk}/withdraw/']") is not None
    with pytest.raises(DeliveryRefused, match="サイト"):
        put_into_bin({digest.pk: digest.changes}, by=None, withdraw=True)
    assert Publication.objects.live().exists()
    assert not Digest.objects.exclude(binned_at=None).exists()


def test_what_waits_for_its_time_does_not_go_out_from_the_bin(desk, editor):
    digest = make_digest(texts=[JAPANESE])
    later = timezone.now() + timedelta(days=1)
    delivery = delivering.start(None, {digest.pk: digest.changes}, by=editor, due_at=later)
    assert f"/desk/deliveries/{delivery.pk}/" in desk.get(f"/desk/digests/{digest.pk}/delete/").content.decode()
    desk.post(f"/desk/digests/{digest.pk}/delete/", {"changes": digest.changes})
    delivery.refresh_from_db()
    assert delivery.state == Delivery.State.CANCELLED
    assert not Publication.objects.filter(state="pending").exists()
    delivering.run(delivery.pk)
    assert not Publication.objects.live().exists()


def test_a_delivery_that_is_running_keeps_its_digests_out_of_the_bin(editor):
    digest = make_digest(texts=[JAPANESE])
    delivery = delivering.start(None, {digest.pk: digest.changes}, by=editor)
    Delivery.objects.filter(pk=delivery.pk).update(state="running")
    DeliveryItem.objects.filter(delivery=delivery).update(state="written")
    with pytest.raises(DeliveryRefused):
        put_into_bin({digest.pk: digest.changes}, by=editor, withdraw=True)
    assert not Digest.objects.exclude(binned_at=None).exists()


def test_all_of_them_go_or_none():
    one, other = make_digest(slug="one"), make_live("other").digest
    with pytest.raises(CurationError):
        put_in({one.pk: one.changes, other.pk: other.changes}, by=None)
    with pytest.raises(StaleVersion):
        put_in({one.pk: one.changes + 1}, by=None)
    assert not Digest.objects.exclude(binned_at=None).exists()


def test_a_text_saved_meanwhile_is_not_deleted_unseen():
    digest = make_digest(texts=["a"])
    curation.edit_quote(digest.quotes.get().pk, version=1, text="b", author="x")
    with pytest.raises(StaleVersion):
        put_in({digest.pk: 1}, by=None)
    assert digest.quotes.get().text == "b"


# Nowhere else


def test_a_digest_in_the_bin_is_in_no_list(desk, binned):
    make_thread()
    Digest.objects.filter(pk=binned.pk).update(thread=make_thread(native_id="7"))
    page = desk.get("/desk/").content.decode()
    assert "捨てた話" not in page
    assert "捨てた話" not in desk.get("/desk/?q=捨てた").content.decode()
    assert "捨てた話" not in desk.get("/desk/threads/").content.decode()
    assert texts(read(desk, "/desk/bin/"), ".binned .name") == ["捨てた話"]


def test_its_pages_say_where_it_is_and_its_acts_change_nothing(desk, binned):
    board = f"/desk/digests/{binned.pk}/"
    page = read(desk, board)
    assert page.css_first(f"form[action='{board}recover/'] button") is not None
    read(desk, f"{board}publish/")
    quote = binned.quotes.first()
    answer = desk.post(f"{board}quotes/{quote.pk}/", {"text": "新しい", "author": "a", "version": 1}, headers=HTMX)
    assert answer.status_code == 410
    assert "<" not in answer.content.decode()
    assert desk.post(f"{board}quotes/", {"act": f"drop:{quote.pk}", "version": binned.version}).status_code == 409
    assert desk.post(f"{board}publish/", {"changes": binned.changes}).status_code == 409
    quote.refresh_from_db()
    assert quote.text == "一"
    read(desk, f"{board}preview/")
    assert desk.get(f"{board}export/json/").status_code == 200


def test_it_cannot_be_published_by_any_door(binned, editor):
    with pytest.raises(Digest.DoesNotExist):
        publishing.publish(binned.pk, changes=binned.changes, by=None)
    with pytest.raises(StaleVersion):
        delivering.start(None, {binned.pk: binned.changes}, by=editor)
    assert delivering.plan(None, [binned.pk]).posts == ()


def test_an_old_version_of_it_does_not_go_out_again(editor):
    publication = make_live("a_story", JAPANESE)
    publishing.unpublish(publication.digest_id)
    put_in({publication.digest_id: publication.digest.changes}, by=None)
    with pytest.raises(DeliveryRefused, match="bin"):
        delivering.republish(publication.pk, by=editor)


def test_a_page_that_was_open_is_stale(binned):
    with pytest.raises(StaleVersion):
        curation.drop(binned.pk, version=1, quote_ids=[binned.quotes.first().pk])


def test_exports_leave_it_out(binned):
    make_digest(slug="kept")
    out, told = StringIO(), StringIO()
    call_command("dump_digest", "--all", stdout=out, stderr=told)
    assert '"kept"' in out.getvalue()
    assert '"binned"' not in out.getvalue()
    assert "1 digests in the bin" in told.getvalue()
    call_command("dump_digest", "binned", stdout=(by_name := StringIO()))
    assert '"binned"' in by_name.getvalue()
    with pytest.raises(CommandError, match="binned"):
        call_command("export_hugo", "binned", "--stdout")
    told = StringIO()
    call_command("export_hugo", "--all", "--stdout", stdout=StringIO(), stderr=told)
    assert "1 drafts" in told.getvalue()


def test_its_slug_is_still_its_own_and_the_desk_says_where_it_is(binned):
    other = make_digest(slug="other")
    head = {
        name: getattr(other, name)
        for name in ("headline", "lead", "date", "tags", "source_url", "article_url", "thumbnail")
    }
    with pytest.raises(CurationError, match="bin") as refused:
        curation.edit_head(other.pk, version=1, slug="binned", **head)
    assert (refused.value.code, refused.value.field) == ("slug_binned", "slug")


# Out of it


def test_it_comes_back_as_it_was(desk, editor, binned):
    answer = desk.post(f"/desk/digests/{binned.pk}/recover/")
    assert answer.headers["Location"] == f"/desk/digests/{binned.pk}/"
    binned.refresh_from_db()
    assert (binned.binned_at, binned.binned_by) == (None, None)
    assert [quote.text for quote in binned.quotes.in_order()] == ["一", "二"]
    assert trail("action", "by__username")[-1] == ("recovered", "editor")
    assert desk.post(f"/desk/digests/{binned.pk}/recover/").status_code == 302  # a second press does no harm
    assert len(trail("action")) == 2
    assert take_out([binned.pk], by=None) == 0


def test_deleting_for_good_is_possible_only_from_the_bin_and_leaves_its_entry(desk, binned):
    other = make_digest(slug="other")
    answer = desk.get(f"/desk/digests/{other.pk}/delete-for-good/")
    assert answer.headers["Location"] == f"/desk/digests/{other.pk}/delete/"
    with pytest.raises(StaleVersion):
        delete_for_good(other.pk, changes=other.changes, by=None)
    address = f"/desk/digests/{binned.pk}/delete-for-good/"
    read(desk, address)
    assert desk.post(address, {"changes": 1}).status_code == 409
    assert desk.post(address, {"changes": binned.changes}).headers["Location"] == "/desk/bin/"
    assert not Digest.objects.filter(pk=binned.pk).exists()
    assert not Quote.objects.filter(digest_id=binned.pk).exists()
    assert trail("action", "slug", "digest")[-1] == ("deleted", "binned", None)
    assert desk.get(address).status_code == 404


def test_readers_are_told_that_what_was_deleted_is_gone(client):
    digest = make_live("a_story", JAPANESE).digest
    publishing.unpublish(digest.pk)
    put_in({digest.pk: digest.changes}, by=None)
    assert client.get("/posts/a_story/").status_code == 410
    delete_for_good(digest.pk, changes=digest.changes + 1, by=None)
    assert client.get("/posts/a_story/").status_code == 410
    assert ("/posts/a_story/", "") in list(leads())
    assert client.get("/posts/another/").status_code == 404
    make_live("a_story", JAPANESE)
    assert client.get("/posts/a_story/").status_code == 200
    assert "/posts/a_story/" not in dict(leads())


def test_deleting_takes_everything_of_the_digest_and_nothing_of_the_thread():
    thread = make_thread()
    digest = make_digest(thread=thread, texts=["a"])
    put_in({digest.pk: 1}, by=None)
    delete_for_good(digest.pk, changes=2, by=None)
    assert not Digest.objects.exists()
    assert not Quote.objects.exists()
    assert Comment.objects.count() == 3


def test_what_lay_there_long_enough_is_deleted_by_itself(binned, settings: Settings, tasks_run_at_once, desk):
    young = make_digest(slug="young")
    put_in({young.pk: young.changes}, by=None)
    settings.BIN_DAYS = 30
    Digest.objects.filter(pk=binned.pk).update(binned_at=timezone.now() - timedelta(days=31))
    assert empty(days=40) == 0
    call_command("empty_bin", stdout=(out := StringIO()))
    assert out.getvalue().strip() == "1 deleted for good."
    assert list(Digest.objects.values_list("slug", flat=True)) == ["young"]
    assert trail("action", "slug", "detail")[-1] == ("deleted", "binned", "after 30 days in the bin")


def test_the_desk_has_the_bin_emptied(
    binned, tasks_run_at_once, desk, django_capture_on_commit_callbacks, settings: Settings
):
    Digest.objects.filter(pk=binned.pk).update(binned_at=timezone.now() - timedelta(days=settings.BIN_DAYS + 1))
    cache.clear()
    with django_capture_on_commit_callbacks(execute=True):
        desk.get("/desk/bin/")
    assert not Digest.objects.exists()


def test_an_empty_bin_says_what_it_is_for(desk):
    assert len(read(desk, "/desk/bin/").css(".empty")) == 1


def test_the_number_of_queries_does_not_grow_with_the_bin(desk, editor):
    def fill(start: int) -> None:
        for number in range(start, start + 5):
            digest = make_digest(slug=f"d{number}", texts=["一"], thread=make_thread(native_id=str(100 + number)))
            put_in({digest.pk: digest.changes}, by=editor.pk)

    fill(0)
    desk.get("/desk/bin/")
    few = queries(desk, "/desk/bin/")
    fill(5)
    assert queries(desk, "/desk/bin/") == few <= 6


# Duplicates


def test_a_duplicate_has_everything_that_was_written_and_nothing_that_became_of_it(desk, editor):
    thread = make_thread()
    digest = make_digest(thread=thread, texts=["一", "二", "三"], series="連載", lead="前書き", created_by=None)
    digest.quotes.filter(text="一").update(color="#ff0000", emphasis="large", comment=thread.comments.first())
    make_between(digest, "heading", position=1_000_000, text="見出し")
    make_fold(digest, first=1, size=2, label="もっと")
    publishing.go_live(digest, publishing.review_each([digest.pk])[0].document, by=editor)
    answer = desk.post(f"/desk/digests/{digest.pk}/duplicate/")
    copy = Digest.objects.exclude(pk=digest.pk).get()
    assert answer.headers["Location"] == f"/desk/digests/{copy.pk}/"
    assert (copy.slug, copy.created_by, copy.thread, copy.series) == ("a_story_2", editor, thread, "連載")
    assert not copy.publications.exists()
    fields = ("kind", "text", "author", "color", "emphasis", "comment", "native_id", "created_at")
    rows = [list(one.quotes.in_order().values_list(*fields)) for one in (digest, copy)]
    assert rows[0] == rows[1]
    folds = [
        list(Fold.objects.filter(first__digest=one).values_list("label", "size", "first__text"))
        for one in (digest, copy)
    ]
    assert folds == [[("もっと", 2, "二")]] * 2
    assert trail("action", "slug", "detail")[-1] == ("duplicated", "a_story_2", "a_story")
    curation.duplicate(digest.pk, by=None)
    assert Digest.objects.filter(slug="a_story_3").exists()


def test_what_is_in_the_bin_is_not_duplicated(desk, binned):
    assert desk.post(f"/desk/digests/{binned.pk}/duplicate/").status_code == 409
    assert Digest.objects.count() == 1
