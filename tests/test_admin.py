"""Django's admin opens for superusers, and shows originals without offering to change them."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.urls import reverse
from playwright.sync_api import expect

from digests.models import Comment, Digest, ImportRun, Thread
from tests.factories import make_digest, make_editor, make_fold, make_live, make_thread

pytestmark = pytest.mark.django_db

OWN = sorted(model._meta.model_name or "" for model in admin.site._registry if model._meta.app_label == "digests")


@pytest.fixture
def superuser():
    return User.objects.create_superuser("root", password="a long enough password")


@pytest.fixture
def rows():
    """One row of everything."""
    digest = make_digest(thread=make_thread(), texts=["一", "二"])
    make_fold(digest, first=0, size=1)
    make_live("live")
    ImportRun.objects.create(address="https://news.ycombinator.com/item?id=100")


def test_every_model_is_registered():
    assert OWN == ["comment", "digest", "fold", "importrun", "publication", "quote", "tag", "thread"]


@pytest.mark.parametrize("name", OWN)
def test_lists_searches_and_rows_open(client, superuser, rows, name):
    client.force_login(superuser)
    address = reverse(f"admin:digests_{name}_changelist")
    model = next(model for model in admin.site._registry if model._meta.model_name == name)
    assert client.get(address, {"q": "100"}).status_code == 200
    for row in model._default_manager.all():
        answer = client.get(reverse(f"admin:digests_{name}_change", args=[row.pk]))
        assert answer.status_code == 200
        assert "style=" not in answer.content.decode()
        assert "<script>" not in answer.content.decode()


def test_a_comment_can_be_read_and_nothing_else(client, superuser, rows):
    client.force_login(superuser)
    comment = Comment.objects.first()
    assert comment is not None
    address = reverse("admin:digests_comment_change", args=[comment.pk])
    assert client.post(address, {"author": "somebody else"}).status_code == 403
    assert client.get(reverse("admin:digests_comment_add")).status_code == 403
    assert client.post(reverse("admin:digests_comment_delete", args=[comment.pk]), {"post": "yes"}).status_code == 403
    comment.refresh_from_db()
    assert comment.author == "author1"


def test_what_readers_see_is_looked_at_here_and_changed_at_the_desk(client, superuser):
    client.force_login(superuser)
    live = make_live("live", tags=("猫",))
    for name, row in (("publication", live), ("tag", live.tags.get())):
        for act in ("change", "delete"):
            answer = client.post(reverse(f"admin:digests_{name}_{act}", args=[row.pk]), {"post": "yes"})
            assert answer.status_code == 403
    assert (
        client.post(reverse("admin:digests_publication_changelist"), {"action": "delete_selected"}).status_code != 500
    )
    assert client.get("/posts/live/").status_code == client.get("/tags/猫/").status_code == 200


def test_a_thread_is_thrown_away_with_its_comments_unless_a_digest_needs_it(client, superuser, rows):
    client.force_login(superuser)
    thread = Thread.objects.get()
    address = reverse("admin:digests_thread_delete", args=[thread.pk])
    assert client.post(address, {"post": "yes"}).status_code == 200  # says what protects it
    thread.digests.update(thread=None)
    assert client.post(address, {"post": "yes"}).status_code == 302
    assert not Thread.objects.exists()
    assert not Comment.objects.exists()


def test_the_form_of_a_digest_with_hundreds_of_quotes_is_read(client, superuser):
    client.force_login(superuser)
    address = reverse("admin:digests_digest_change", args=[make_digest().pk])
    answer = client.post(address, {f"quotes-{number}-text": "一" for number in range(3000)})
    assert answer.status_code == 200  # what is wrong with it stands beside its fields


def test_the_admin_is_not_the_editors_desk(client, rows):
    client.force_login(make_editor())
    assert client.get(reverse("admin:digests_digest_changelist")).status_code == 403


def test_superusers_use_the_admin_under_the_strict_policy(page, sign_in, superuser, rows):
    sign_in(page, superuser)
    for path in ("/django-admin/", "/django-admin/digests/digest/", "/django-admin/digests/comment/"):
        page.goto(path)
    page.goto("/django-admin/digests/digest/")
    page.get_by_role("link", name="平文の話").first.click()
    page.get_by_label("Headline").fill("直した見出し")
    page.locator("input[name=_save]").click()
    expect(page.get_by_text("直した見出し").first).to_be_visible()
    assert Digest.objects.filter(headline="直した見出し").exists()


def test_a_repair_counts_as_a_change_so_that_an_open_board_is_told(client, superuser):
    client.force_login(superuser)
    digest = make_digest(texts=["一", "二"])
    quote = digest.quotes.get(position=0)
    address = reverse("admin:digests_quote_change", args=[quote.pk])
    form = client.get(address).context["adminform"].form
    fields = {name: "" if form[name].value() is None else form[name].value() for name in form.fields} | {
        "text": "直した"
    }
    fields |= {"created_at_0": "2026-09-10", "created_at_1": "12:00:00"}
    assert client.post(address, fields).status_code == 302
    digest.refresh_from_db()
    quote.refresh_from_db()
    assert (quote.text, quote.version, digest.version, digest.changes) == ("直した", 2, 2, 2)


def test_a_digest_is_deleted_only_from_the_desks_bin(client):
    digest = make_digest()
    client.force_login(make_editor(is_superuser=True))
    assert client.post(reverse("admin:digests_digest_delete", args=[digest.pk]), {"post": "yes"}).status_code == 403
    page = client.get(reverse("admin:digests_digest_change", args=[digest.pk])).content.decode()
    assert "binned" not in page
