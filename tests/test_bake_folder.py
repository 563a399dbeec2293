"""A folder that a site is baked into, with things in it that nobody expected."""

import os
import random
import shutil
import signal
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.template.loader import render_to_string
from pytest_django import Settings

from digests.baking import bake as baking
from digests.baking import rendering
from digests.baking.folder import OWN, BakeError, ForeignFile
from digests.public import listings, pages
from digests.publishing.publish import unpublish
from tests.factories import make_live

pytestmark = pytest.mark.django_db


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "site"


def test_a_file_where_a_folder_belongs_is_refused_before_anything_is_touched(out: Path):
    make_live("a")
    out.mkdir()
    (out / "posts").write_text("theirs")
    with pytest.raises(ForeignFile, match="posts"):
        baking.bake(out)
    assert {path.name for path in out.iterdir()} == {OWN, "posts"}
    (out / "posts").unlink()
    assert baking.bake(out).problems == []
    assert (out / "posts/a/index.html").is_file()


def test_a_folder_where_a_file_belongs_is_refused(out: Path):
    make_live("a")
    (out / "robots.txt").mkdir(parents=True)
    with pytest.raises(ForeignFile, match="robots"):
        baking.bake(out)


def test_nothing_is_written_or_removed_through_a_link_that_leads_out(out: Path, tmp_path: Path):
    gone = make_live("gone")
    make_live("a")
    outside = tmp_path / "outside"
    outside.mkdir()
    baking.bake(out)
    shutil.move(out / "posts/gone", outside / "gone")
    (out / "posts/gone").symlink_to(outside / "gone")
    held = {path: path.read_bytes() for path in outside.rglob("*") if path.is_file()}
    unpublish(gone.digest_id)
    with pytest.raises(ForeignFile, match="gone"):
        baking.bake(out)
    assert {path: path.read_bytes() for path in outside.rglob("*") if path.is_file()} == held
    (out / "posts/gone").unlink()
    baking.bake(out)
    assert not (out / "posts/gone").exists()
    assert {path: path.read_bytes() for path in outside.rglob("*") if path.is_file()} == held


def test_a_link_to_a_file_is_replaced_and_what_it_led_to_stays(out: Path, tmp_path: Path):
    make_live("a")
    baking.bake(out)
    theirs = tmp_path / "theirs.html"
    theirs.write_text("theirs")
    (out / "index.html").unlink()
    (out / "index.html").symlink_to(theirs)
    baking.bake(out, everything=True)
    assert theirs.read_text() == "theirs"
    assert not (out / "index.html").is_symlink()
    assert (out / "index.html").read_text() != "theirs"


def test_lists_that_cannot_be_read_cost_time_and_nothing_else(out: Path):
    make_live("a")
    baking.bake(out)
    for name in ("files", "unfinished", "manifest.json"):
        (out / OWN / name).write_text('"cut off')
    assert baking.bake(out).problems == []


class Killed(BaseException):
    pass


def kill_at(step: int, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """From now on the process ends before that many-th change of a file. Gives how many there have been."""
    done = 0

    def counted(real: Callable[..., Any]) -> Callable[..., Any]:
        def change(*args: object, **options: object) -> object:
            nonlocal done
            if done == step:
                raise Killed
            done += 1
            return real(*args, **options)

        return change

    for name in ("replace", "unlink", "rmdir"):
        monkeypatch.setattr(Path, name, counted(getattr(Path, name)))
    return lambda: done


def whole(folder: Path) -> dict[str, bytes]:
    """All that readers and servers get."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    return {name: content for name, content in found.items() if not name.startswith(OWN) or "nginx" in name}


def test_a_bake_that_ends_anywhere_is_made_good_by_the_next_whatever_changed_meanwhile(out: Path, tmp_path: Path):
    gone, kept = make_live("gone", tags=("去る札",)), make_live("kept", tags=("札",), series="連載")
    baking.bake(out)
    unpublish(gone.digest_id)
    new = make_live("new", tags=("新しい札", "札"), series="連載")
    baking.bake(shutil.copytree(out, tmp_path / "first"))  # which draws the pictures
    with pytest.MonkeyPatch.context() as patched:
        changes = kill_at(-1, patched)
        baking.bake(shutil.copytree(out, tmp_path / "counted"))
    steps = sorted({0, *random.Random(5).sample(range(changes()), 4), changes() - 3, changes() - 2, changes() - 1})
    killed = {step: shutil.copytree(out, tmp_path / f"killed{step}") for step in steps}
    for step, folder in killed.items():
        with pytest.MonkeyPatch.context() as patched:
            kill_at(step, patched)
            with pytest.raises(Killed):
                baking.bake(folder)
    for number in range(2):
        fresh = tmp_path / f"fresh{number}"
        baking.bake(fresh)
        for step, folder in killed.items():
            again = shutil.copytree(folder, tmp_path / f"again{number}-{step}")
            assert baking.bake(again).problems == []
            assert whole(again) == whole(fresh), step
            assert baking.bake(again).written == 0
        unpublish(new.digest_id)  # now everything is otherwise once more
        unpublish(kept.digest_id)


def test_a_bake_that_the_site_outruns_says_so(out: Path, monkeypatch: pytest.MonkeyPatch):
    make_live("a")
    states = count()
    monkeypatch.setattr(pages, "state", lambda: next(states))
    assert baking.bake(out).problems == [
        "readers see something else by now than this folder shows; bake again",
    ]


@pytest.mark.django_db(transaction=True)
def test_a_process_that_is_ended_from_outside_ends_the_bake_and_frees_the_folder(
    out: Path, monkeypatch: pytest.MonkeyPatch
):
    make_live("a")
    ours, real = os.getpid(), rendering.Renderer.one

    def one(self: rendering.Renderer, wish: rendering.Wish) -> rendering.Result:
        if os.getpid() != ours:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(self, wish)

    monkeypatch.setattr(rendering, "WORTH_A_PROCESS", 1)
    monkeypatch.setattr(rendering.Renderer, "one", one)
    with pytest.raises(BakeError, match="ended from outside"):
        baking.bake(out, jobs=2)
    assert baking.bake(out).problems == []


def test_a_page_that_fails_is_named_and_stays_as_it_was(out: Path, monkeypatch: pytest.MonkeyPatch):
    make_live("a", tags=("札",))
    baking.bake(out)
    before = whole(out)
    make_live("b", tags=("札",))

    def broken(template: str, context: dict[str, object]) -> str:
        if template == "public/tag.html":
            raise ValueError(template)
        return render_to_string(template, context)

    monkeypatch.setattr(listings, "render_to_string", broken)
    assert baking.bake(out).problems == ["/tags/%E6%9C%AD/ answers 500"]
    assert whole(out)["tags/札/index.html"] == before["tags/札/index.html"]
    assert "posts/b/index.html" in whole(out)


def test_a_dead_link_to_a_japanese_address_is_reported_as_any_other(out: Path, settings: Settings):
    make_live("a", f"見よ {settings.BASE_URL}/tags/%E7%84%A1/ {settings.BASE_URL}/posts/%E7%84%A1/")
    assert sorted(baking.bake(out).problems) == [
        "/posts/a/ points at /posts/%E7%84%A1/, which is not there",
        "/posts/a/ points at /tags/%E7%84%A1/, which is not there",
    ]
