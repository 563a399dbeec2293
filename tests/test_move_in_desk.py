"""Moving a site in from the desk: from its folder, a zip or its repository, with progress, results and remarks."""

import io
import zipfile
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from digests.models import Digest, MoveIn, Target
from tests.factories import make_editor
from tests.git_repositories import repository
from tests.moving import PATH, make_target, post, write_site

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("tasks_run_at_once")]
ADDRESS = "/desk/move-in/"


@pytest.fixture
def desk(client):
    client.force_login(make_editor(is_superuser=True))
    return client


@pytest.fixture
def move(desk, django_capture_on_commit_callbacks):
    """Sends the form and does the background work."""

    def move(**fields):
        with django_capture_on_commit_callbacks(execute=True):
            return desk.post(ADDRESS, fields)

    return move


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return write_site(tmp_path / "site", {PATH: post(), "content/posts/bad/index.md": "bad\n"})


def packed(text: str) -> SimpleUploadedFile:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as written:
        written.writestr(PATH, text)
    return SimpleUploadedFile("site.zip", file.getvalue())


def test_only_editors_can_move_sites_in(client):
    row = MoveIn.objects.create(target=make_target(Path("/nowhere")))
    for address in (ADDRESS, f"{ADDRESS}{row.pk}/", f"{ADDRESS}{row.pk}/cancel/", f"{ADDRESS}{row.pk}/retry/"):
        assert client.post(address).status_code == 302
        assert client.get(address)["Location"].startswith(reverse("login"))
    row.refresh_from_db()
    assert row.state == "queued"


def test_who_may_not_connect_sites_can_move_in_those_that_are(client, site):
    client.force_login(make_editor())
    assert client.post(ADDRESS, {"location": str(site)}).status_code == 403
    assert 'name="location"' not in client.get(ADDRESS).content.decode()
    target = make_target(site)
    assert client.post(ADDRESS, {"target": target.pk}).status_code == 302
    assert MoveIn.objects.get().target == target


def test_a_folder_moves_in_and_its_page_lists_what_is_odd_with_links(desk, move, site):
    answer = move(location=str(site))
    row = MoveIn.objects.get()
    assert answer["Location"] == f"{ADDRESS}{row.pk}/"
    assert (row.state, row.target.location, row.target.kind) == ("done", str(site), "folder")
    page = desk.get(answer["Location"]).content.decode()
    assert "content/posts/bad/index.md" in page
    assert "2025-04: 1" in page
    assert Digest.objects.count() == 1
    (site / PATH).write_text(post(picture="thumbnails/none.jpg"), encoding="utf-8")
    page = desk.get(move(target=row.target.pk)["Location"]).content.decode()
    assert f'href="{reverse("board", args=[Digest.objects.get().pk])}"' in page
    assert "thumbnails/none.jpg" in page


def test_a_repository_moves_in_by_its_address(move, tmp_path):
    remote = repository(tmp_path, {PATH: post().encode()})
    move(location=str(remote))
    target = Target.objects.get()
    assert (target.kind, target.name, target.branch) == ("git", "remote", "main")
    assert MoveIn.objects.get().state == "done"
    assert Digest.objects.get().slug == "a_story"


def test_a_zip_moves_into_a_site(move, site):
    target = make_target(site)
    move(target=target.pk, upload=packed(post(title="詰めた話")))
    assert Digest.objects.get().headline == "詰めた話"


def test_a_look_first_then_the_real_thing(desk, move, site, django_capture_on_commit_callbacks):
    address = move(location=str(site), dry_run="on")["Location"]
    assert not Digest.objects.exists()
    with django_capture_on_commit_callbacks(execute=True):
        again = desk.post(f"{address}retry/")
    assert again["Location"] != address
    assert Digest.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "location-error"),
        ({"location": "ext::sh -c true"}, "location-error"),
        ({"location": "https://user:secret@example.com/site.git"}, "location-error"),
        ({"location": "/nowhere", "upload": SimpleUploadedFile("site.zip", b"no zip")}, "upload-error"),
        ({"target": "999"}, "error"),
    ],
)
def test_what_cannot_move_in_is_said_beside_its_field(desk, fields, said):
    answer = desk.post(ADDRESS, fields)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert "secret@" not in answer.content.decode().replace('value="https://user:secret@', "")
    assert not MoveIn.objects.exists()


def test_a_run_that_failed_says_why_and_can_be_gone_on_with(desk, move, tmp_path, django_capture_on_commit_callbacks):
    address = move(location=str(tmp_path / "site"))["Location"]
    assert MoveIn.objects.get().error_code == "no_folder"
    assert 'class="explanation"' in desk.get(address).content.decode()
    write_site(tmp_path / "site", {PATH: post()})
    with django_capture_on_commit_callbacks(execute=True):
        desk.post(f"{address}retry/")
    assert MoveIn.objects.newest_first()[0].state == "done"


def test_a_running_one_shows_its_progress_and_asks_again(desk):
    row = MoveIn.objects.create(target=make_target(Path("/x")), state="running", done_count=40, expected_count=176)
    address = f"{ADDRESS}{row.pk}/"
    page = desk.get(address).content.decode()
    assert 'value="40" max="176"' in page
    assert f'hx-get="{address}"' in page
    part = desk.get(address, headers={"HX-Request": "true"}).content.decode()
    assert part.startswith('<div id="run"')
    desk.post(f"{address}cancel/")
    row.refresh_from_db()
    assert row.cancel_requested


def test_a_get_of_an_act_changes_nothing(desk):
    row = MoveIn.objects.create(target=make_target(Path("/x")))
    for act in ("cancel", "retry"):
        assert desk.get(f"{ADDRESS}{row.pk}/{act}/")["Location"] == f"{ADDRESS}{row.pk}/"
    row.refresh_from_db()
    assert row.state == "queued"
    assert MoveIn.objects.count() == 1


def test_a_zip_that_is_gone_is_said(desk):
    row = MoveIn.objects.create(target=make_target(Path("/x")), upload="move_ins/gone.zip", state="cancelled")
    answer = desk.post(f"{ADDRESS}{row.pk}/retry/")
    assert answer.status_code == 409
    assert 'class="explanation"' in answer.content.decode()


def test_the_page_does_not_ask_more_for_more_sites_and_runs(desk, django_assert_max_num_queries):
    def count(number: int) -> int:
        MoveIn.objects.all().delete()
        Target.objects.all().delete()
        for n in range(number):
            MoveIn.objects.create(target=make_target(Path(f"/{n}"), name=f"site {n}"))
        with django_assert_max_num_queries(12) as queries:
            assert desk.get(ADDRESS).status_code == 200
        return len(queries)

    assert count(2) == count(8)
