"""Hugo sites at the desk: connecting, changing, testing and disconnecting one."""

import subprocess
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from selectolax.lexbor import LexborHTMLParser

from digests.editor.post_forms import PostsForm
from digests.models import Delivery, Post, Target
from digests.publishing.form import Form
from tests.factories import make_editor
from tests.pages import HTMX, queries, read, texts

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    client.force_login(make_editor("chief", is_superuser=True))
    return client


def typed(form: Form | None = None, **fields: Any) -> dict[str, Any]:
    """What a browser sends for a site with the usual settings, or with those of a form."""
    posts = PostsForm(form=form)
    values = {name: posts.initial[name] for name in posts.fields}
    usual = {"name": "サイト", "kind": "git", "location": "https://example.com/a/site.git", "branch": "main"}
    return {
        name: value
        for name, value in (values | usual | {"withdrawal": "delete"} | fields).items()
        if value is not False  # a box that is not ticked is not sent
    }


def make_target(**fields: Any) -> Target:
    usual = {"name": "サイト", "kind": "git", "location": "/srv/site.git", "build_check": False}
    return Target.objects.create(**usual | fields)


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@example.com", *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A bare repository with one post in it."""
    work = tmp_path / "work"
    (work / "content" / "posts").mkdir(parents=True)
    (work / "content" / "posts" / "one.md").write_text("+++\ntitle = 'x'\n+++\n")
    (work / "hugo.toml").write_text("title = 'x'\n")
    git(work, "init", "-q", "-b", "main")
    git(work, "add", "-A")
    git(work, "commit", "-q", "-m", "first")
    git(tmp_path, "clone", "-q", "--bare", "work", "site.git")
    return tmp_path / "site.git"


# Connecting


def test_where_no_site_is_connected_the_page_says_how_to_connect_one(desk):
    page = read(desk, "/desk/sites/")
    assert len(page.css(".guide > li")) == 5
    assert page.css_first("a.primary[href='/desk/sites/new/']") is not None


def test_a_site_is_connected_with_the_usual_form(desk):
    read(desk, "/desk/sites/new/")
    answer = desk.post("/desk/sites/new/", typed())
    target = Target.objects.get()
    assert answer.headers["Location"] == f"/desk/sites/{target.pk}/"
    assert (target.name, target.branch, target.form) == ("サイト", "main", {})
    assert texts(read(desk, "/desk/sites/"), ".digests .name") == ["サイト"]


def test_every_setting_of_a_post_has_a_field_with_a_label_and_none_stands_outside_a_group(desk):
    form = PostsForm()
    shown = [field.name for _title, bound, _wrong in form.groups() for field in bound]
    assert sorted(shown) == sorted(one.name for one in fields(Form))
    assert [name for name in shown if form.fields[name].label == name] == []


def test_the_settings_of_a_post_are_kept_as_they_were_typed(desk):
    target = make_target()
    answer = desk.post(
        f"/desk/sites/{target.pk}/",
        typed(
            path="content/{year}/{slug}.md",
            months_key="",
            title_key="headline",
            constants="author = 'Desk'\r\nlabels = ['a', 'b']\r\n[params]\r\ntoc = true\r\n",
            fold_size="20",
            footer="",
            article_line=False,
            layout="2025-02",
        ),
    )
    assert answer.status_code == 302
    target.refresh_from_db()
    form = Form.from_json(target.form)
    assert form.path == "content/{year}/{slug}.md"
    assert (form.months_key, form.title_key, form.tags_key) == ("", "headline", "tags")
    assert form.constants == {"author": "Desk", "labels": ["a", "b"], "params": {"toc": True}}
    assert (form.fold_size, form.footer, form.article_line, form.layout) == (20, "", False, "2025-02")
    assert form.quote == Form().quote
    desk.post(f"/desk/sites/{target.pk}/", typed(form))
    again = Target.objects.get()
    assert again.form == target.form


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"location": "https://me:secret@example.com/a.git"}, "location"),
        ({"location": "https://ghp_0123456789012345678901234567890123@example.com/a.git"}, "location"),
        ({"location": "ext::sh -c touch% /tmp/x"}, "location"),
        ({"location": "relative/folder", "kind": "folder"}, "location"),
        ({"branch": "--upload-pack=x"}, "branch"),
        ({"root": "../outside"}, "root"),
        ({"site_url": "javascript:alert(1)"}, "site_url"),
        ({"token_variable": "MATOME_SECRET_KEY"}, "token_variable"),
        ({"token_variable": "ghp_a_real_secret"}, "token_variable"),
        ({"hook_variable": "PATH"}, "hook_variable"),
        ({"path": "content/posts/same.md"}, "path"),
        ({"title_key": ""}, "title_key"),
        ({"tags_key": "title"}, "tags_key"),
        ({"constants": "not toml"}, "constants"),
        ({"fold_size": "0"}, "fold_size"),
        ({"created_at_zone": "Asia/Nowhere"}, "created_at_zone"),
        ({"name": ""}, "name"),
    ],
)
def test_what_cannot_be_used_is_refused_beside_its_field_and_nothing_is_stored(desk, wrong, field):
    answer = desk.post("/desk/sites/new/", typed(**wrong))
    assert answer.status_code == 422
    assert not Target.objects.exists()
    page = answer.content.decode()
    assert f'id="id_{field}_error"' in page
    assert 'role="alert"' in page


def test_a_refused_change_leaves_the_sites_name_on_the_page(desk):
    target = make_target()
    answer = desk.post(f"/desk/sites/{target.pk}/", typed(name="", location="x"))
    assert answer.status_code == 422
    assert "<h1>サイト</h1>" in answer.content.decode()


def test_a_sample_follows_what_is_typed_and_stores_nothing(desk):
    target = make_target()
    sent = typed(path="content/{slug}.md", quote="comment", show="sample")
    part = desk.post(f"/desk/sites/{target.pk}/", sent, headers=HTMX).content.decode()
    assert part.startswith('<div id="sample"')
    assert "content/a_sample_post.md" in part
    assert "{{&lt;comment " in part
    whole = desk.post(f"/desk/sites/{target.pk}/", sent)
    assert whole.status_code == 200
    assert "content/a_sample_post.md" in whole.content.decode()
    wrong = desk.post(f"/desk/sites/{target.pk}/", sent | {"path": "x"}, headers=HTMX).content.decode()
    assert "message error" in wrong
    target.refresh_from_db()
    assert target.form == {}


def test_a_stored_form_that_cannot_be_read_can_be_mended(desk):
    target = make_target(form={"nonsense": 1})
    read(desk, f"/desk/sites/{target.pk}/")
    assert desk.post(f"/desk/sites/{target.pk}/", typed()).status_code == 302
    target.refresh_from_db()
    assert target.form == {}


# Who may


def test_an_editor_without_the_permission_reads_and_tests_but_changes_nothing(client):
    client.force_login(make_editor())
    target = make_target()
    assert read(client, "/desk/sites/").css("a[href='/desk/sites/new/']") == []
    page = read(client, f"/desk/sites/{target.pk}/")
    assert len(page.css("form#settings fieldset[disabled]")) == len(page.css("form#settings fieldset:not(.field)"))
    assert page.css("form#settings button") == []
    for address in ("/desk/sites/new/", f"/desk/sites/{target.pk}/", f"/desk/sites/{target.pk}/delete/"):
        assert client.post(address, typed(name="other")).status_code == 403
    assert client.get("/desk/sites/new/").status_code == 403
    assert Target.objects.get().name == "サイト"
    assert client.post(f"/desk/sites/{target.pk}/check/").status_code == 200


def test_an_editor_with_the_permission_changes_it(client):
    editor = make_editor()
    editor.user_permissions.add(Permission.objects.get(codename="change_target"))
    client.force_login(editor)
    target = make_target()
    assert client.post(f"/desk/sites/{target.pk}/", typed(name="other")).status_code == 302
    assert Target.objects.get().name == "other"


# Testing the connection


def findings(client: Any, target: Target) -> list[tuple[str, str]]:
    answer = client.post(f"/desk/sites/{target.pk}/check/", headers=HTMX)
    assert answer.content.decode().startswith('<div id="checked"')
    page = LexborHTMLParser(answer.content.decode())
    return [(node.attributes["class"] or "", " ".join(node.text().split())) for node in page.css(".findings > li")]


def test_a_repository_that_answers_is_described(desk, repository):
    target = make_target(location=str(repository))
    said = findings(desk, target)
    assert any(git(repository, "rev-parse", "main")[:10] in words for state, words in said if state == "fine")
    assert any("1" in words and "content/" in words for state, words in said if state == "fine")
    whole = desk.post(f"/desk/sites/{target.pk}/check/")
    assert "findings" in whole.content.decode()
    assert desk.get(f"/desk/sites/{target.pk}/check/").status_code == 302


def test_a_folder_is_described(desk, tmp_path):
    (tmp_path / "content").mkdir()
    target = make_target(kind="folder", location=str(tmp_path))
    assert [state for state, _words in findings(desk, target)][:2] == ["fine", "warn"]


def test_a_missing_repository_and_an_unset_variable_are_said_in_words(desk, tmp_path, monkeypatch):
    target = make_target(location=str(tmp_path / "nowhere.git"), token_variable="MATOME_TOKEN_NOWHERE")
    monkeypatch.delenv("MATOME_TOKEN_NOWHERE", raising=False)
    said = findings(desk, target)
    assert {state for state, _words in said} == {"bad"}
    assert "MATOME_TOKEN_NOWHERE" in said[0][1]
    monkeypatch.setenv("MATOME_TOKEN_NOWHERE", "the-secret-itself")
    assert "the-secret-itself" not in str(findings(desk, target))


@pytest.mark.parametrize(("setting", "state"), [("auto", "fine"), ("off", "warn")])
def test_whether_hugo_is_found_is_said_where_posts_are_to_be_built(desk, repository, settings, setting, state):
    settings.HUGO = setting
    said = findings(desk, make_target(location=str(repository), build_check=True))
    assert [kind for kind, words in said if "Hugo" in words] == [state]


# Disconnecting


def test_disconnecting_asks_first_and_forgets_the_bookkeeping(desk):
    target = make_target()
    Post.objects.create(target=target, path="content/a.md")
    read(desk, f"/desk/sites/{target.pk}/delete/")
    assert Target.objects.exists()
    assert desk.post(f"/desk/sites/{target.pk}/delete/").headers["Location"] == "/desk/sites/"
    assert not Target.objects.exists()
    assert not Post.objects.exists()


def test_a_site_to_which_something_is_under_way_is_kept(desk):
    target = make_target()
    Delivery.objects.create(target=target, state="queued")
    assert desk.post(f"/desk/sites/{target.pk}/delete/").status_code == 409
    assert Target.objects.exists()


def test_the_number_of_queries_does_not_grow_with_the_sites(desk):
    def fill(start: int) -> None:
        for number in range(start, start + 10):
            target = make_target(name=f"site {number}")
            Post.objects.create(target=target, path="content/a.md")
            Delivery.objects.create(target=target, state="done")

    fill(0)
    few = queries(desk, "/desk/sites/")
    fill(10)
    assert queries(desk, "/desk/sites/") == few
