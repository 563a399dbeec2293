"""A move-in that the desk asked for: its row says what happens, it can be stopped, and going on does nothing twice."""

import io
import zipfile
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.utils import timezone

from digests.archive import move_in_runs
from digests.archive.moving_in import MoveInCancelled
from digests.archive.sites import SiteError
from digests.models import Digest, MoveIn, Post, Target
from digests.publishing.checkout import Checkout
from digests.publishing.places import Place
from tests.factories import make_editor
from tests.git_repositories import repository
from tests.moving import PATH, make_target, post, write_site

pytestmark = pytest.mark.django_db


@pytest.fixture
def target(tmp_path: Path) -> Target:
    site = write_site(tmp_path / "site", {PATH: post(), "content/posts/bad/index.md": "bad\n"})
    return make_target(site)


def place_of(target: Target) -> Place:
    mirrors = Path(settings.DATA_DIR) / "checkouts"
    return Checkout(target.location, branch=target.branch, root=target.root, mirrors=mirrors)


def packed(files: dict[str, str]) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as written:
        for path, text in files.items():
            written.writestr(path, text)
    file.seek(0)
    return file


def run(row: MoveIn) -> MoveIn:
    move_in_runs.run(row.pk, place_of=place_of)
    row.refresh_from_db()
    return row


def test_a_run_says_what_it_did(target):
    row = run(move_in_runs.start(target.pk, by=make_editor()))
    assert row.state == "done"
    assert (row.result["created"], row.result["kept"], row.result["posts"], row.result["quotes"]) == (1, 1, 2, 1)
    assert [(one["path"], one["line"], one["code"]) for one in row.remarks] == [
        ("content/posts/bad/index.md", 1, "unreadable")
    ]
    assert (row.done_count, row.expected_count) == (2, 2)
    assert row.started_at is not None
    assert row.finished_at is not None
    assert Digest.objects.get().created_by == row.requested_by
    assert run(move_in_runs.start(target.pk, by=None)).result["unchanged"] == 1


def test_a_site_below_its_repository_s_root_is_read_from_there(target):
    target.location, target.root = str(Path(target.location).parent), "site"
    target.save()
    run(move_in_runs.start(target.pk, by=None))
    assert sorted(Post.objects.values_list("path", flat=True)) == [PATH, "content/posts/bad/index.md"]


def test_a_zip_moves_in_and_is_thrown_away_after(target):
    row = move_in_runs.start(target.pk, upload=packed({f"my-site/{PATH}": post()}), by=None)
    assert default_storage.exists(row.upload)
    assert run(row).result["created"] == 1
    assert Post.objects.get().path == PATH
    assert not default_storage.exists(row.upload)


def test_a_zip_that_is_none_starts_nothing(target):
    with pytest.raises(SiteError, match="not_a_zip"):
        move_in_runs.start(target.pk, upload=io.BytesIO(b"no zip"), by=None)
    assert not MoveIn.objects.exists()


def test_a_repository_moves_in_from_its_newest_commit(tmp_path):
    remote = repository(tmp_path, {f"site/{PATH}": post().encode()})
    target = make_target(remote, kind="git", branch="main", root="site")
    assert run(move_in_runs.start(target.pk, by=None)).result["created"] == 1
    assert Post.objects.get().path == PATH


def test_a_repository_that_is_not_there_fails_with_its_reason(tmp_path):
    target = make_target(tmp_path / "none.git", kind="git", branch="main")
    row = run(move_in_runs.start(target.pk, by=None))
    assert (row.state, row.error_code) == ("failed", "folder_missing")


def test_a_look_writes_nothing_and_keeps_the_zip_for_the_real_thing(target):
    row = run(move_in_runs.start(target.pk, upload=packed({PATH: post()}), dry_run=True, by=None))
    assert (row.state, row.result["created"]) == ("done", 1)
    assert not Digest.objects.exists()
    again = move_in_runs.retry(row.pk, by=None)
    assert (again.upload, again.dry_run) == (row.upload, False)
    assert run(again).result["created"] == 1
    assert Digest.objects.count() == 1


def test_while_one_is_unfinished_another_of_the_same_site_is_that_one(target):
    row = move_in_runs.start(target.pk, by=None)
    assert move_in_runs.start(target.pk, by=None) == row
    run(row)
    assert move_in_runs.start(target.pk, by=None) != row


def test_a_queued_run_that_is_cancelled_does_nothing(target):
    row = move_in_runs.start(target.pk, by=None)
    move_in_runs.cancel(row.pk)
    assert run(row).state == "cancelled"
    assert not Post.objects.exists()


def test_a_running_one_stops_at_its_next_report_or_is_given_up_when_asked_twice(target):
    row = move_in_runs.start(target.pk, by=None)
    MoveIn.objects.filter(pk=row.pk).update(state="running")
    report = move_in_runs.reporter(row.pk, clock=iter(range(10)).__next__)
    report(1, 10)
    row.refresh_from_db()
    assert (row.done_count, row.expected_count) == (1, 10)
    move_in_runs.cancel(row.pk)
    with pytest.raises(MoveInCancelled):
        report(2, 10)
    move_in_runs.cancel(row.pk)
    row.refresh_from_db()
    assert row.state == "cancelled"


def test_progress_is_written_twice_a_second_at_most(target, django_assert_num_queries):
    row = move_in_runs.start(target.pk, by=None)
    MoveIn.objects.filter(pk=row.pk).update(state="running")
    times = iter([0.0, 0.0, 0.0, 0.1, 0.49, 0.51, 0.51])
    report = move_in_runs.reporter(row.pk, clock=times.__next__)
    with django_assert_num_queries(2):
        for done in range(4):
            report(done, 4)


def test_a_run_that_its_worker_left_behind_is_given_up_and_gone_on_with(target):
    row = move_in_runs.start(target.pk, by=None)
    MoveIn.objects.filter(pk=row.pk).update(state="running", started_at=timezone.now())
    again = move_in_runs.retry(row.pk, by=None)
    row.refresh_from_db()
    assert (row.state, row.error_code) == ("failed", "interrupted")
    assert run(again).state == "done"
    MoveIn.objects.filter(pk=again.pk).update(state="running")
    assert move_in_runs.give_up_left_behind() == 1


def test_a_zip_that_is_gone_cannot_be_gone_on_with(target):
    row = move_in_runs.start(target.pk, upload=packed({PATH: post()}), by=None)
    default_storage.delete(row.upload)
    assert run(row).error_code == "upload_gone"
    with pytest.raises(SiteError, match="upload_gone"):
        move_in_runs.retry(row.pk, by=None)


def test_settings_of_the_site_that_cannot_be_used_are_said(target):
    Target.objects.update(form={"nonsense": 1})
    row = run(move_in_runs.start(target.pk, by=None))
    assert (row.state, row.error_code) == ("failed", "bad_form")
    assert "nonsense" in row.error_detail


def test_an_error_that_nobody_foresaw_is_on_the_row(target, caplog):
    @contextmanager
    def broken(_target):
        raise RuntimeError("the disk is on fire")
        yield

    Target.objects.update(kind="git", branch="main")
    row = move_in_runs.start(target.pk, by=None)
    move_in_runs.run(row.pk, place_of=broken)
    row.refresh_from_db()
    assert (row.state, row.error_code, row.error_detail) == (
        "failed",
        "unexpected",
        "RuntimeError: the disk is on fire",
    )
    assert "the disk is on fire" in caplog.text
