"""The whole public site as files: what is written, what is left alone, and what is said about links."""

import fcntl
import gzip
import json
import os
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from urllib.parse import unquote

import brotli
import pytest
from django.conf import settings as site
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from selectolax.lexbor import LexborHTMLParser

from digests.baking import bake as baking
from digests.baking.folder import OWN, Busy, ForeignFile, opened
from digests.models import Digest, Publication
from digests.public import pages
from digests.publishing.publish import unpublish
from tests.factories import make_live

pytestmark = pytest.mark.django_db


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "site"


def bake(folder: Path, **options: object) -> baking.Report:
    report = baking.bake(folder, **options)  # type: ignore[arg-type]
    assert report.problems == []
    return report


def files(folder: Path) -> dict[str, bytes]:
    """What readers can get."""
    found = (path for path in folder.rglob("*") if path.is_file() and OWN not in path.parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def changed(before: dict[str, bytes], after: dict[str, bytes]) -> set[str]:
    """The pages that differ, without their compressed twins."""
    paths = before.keys() | after.keys()
    return {path for path in paths if before.get(path) != after.get(path) and not path.endswith((".br", ".gz"))}


def test_every_address_of_the_sitemap_and_every_feed_is_a_file_with_the_bytes_of_the_live_site(
    client: Client, out: Path
):
    for number in range(1, 23):
        make_live(f"story{number}", tags=("猫", "TCP/IP", f"札{number}"), date=date(2026, 9, number))
    bake(out)
    held = files(out)
    for page in pages.every_page(pages.Site()):
        live = client.get(page.address)
        assert live.status_code == 200
        path = unquote(page.address).removeprefix("/")
        assert held[path + ("index.html" if page.address.endswith("/") else "")] == live.content
    assert {"page/2/index.html", "tags/猫/page/2/index.html", "tags/TCP/IP/index.html"} <= held.keys()
    assert {"feeds/rss/tags/猫/index.html", "robots.txt", "sitemap.xml", "sitemaps/1.xml", "404.html"} <= held.keys()


def test_every_text_has_compressed_twins(out: Path):
    make_live("a")
    bake(out)
    held = files(out)
    texts = [path for path in held if path.endswith((".html", ".xml", ".css", ".svg", ".txt"))]
    assert len(texts) > 10
    for path in texts:
        assert brotli.decompress(held[f"{path}.br"]) == gzip.decompress(held[f"{path}.gz"]) == held[path]


def test_style_sheets_and_pictures_that_pages_use_come_along(out: Path):
    make_live("a")
    bake(out)
    page = LexborHTMLParser(files(out)["posts/a/index.html"])
    styles = [str(link.attributes["href"]) for link in page.css("link[rel=stylesheet], link[rel=icon]")]
    assert styles
    assert {path.removeprefix("/") for path in styles} <= files(out).keys()


def test_nothing_is_asked_or_written_when_nothing_changed(out: Path):
    make_live("a", tags=("猫",))
    bake(out)
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*") if OWN not in path.parts}
    report = bake(out)
    assert (report.written, report.removed) == (0, 0)
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*") if OWN not in path.parts} == before


def test_a_digest_published_again_changes_its_page_and_the_pages_that_show_it(out: Path):
    for number in range(45):
        make_live(f"story{number}", tags=("猫",) if number % 2 else ("犬",), date=date(2026, 8 + number % 2, 3))
    bake(out)
    before = files(out)
    digest = Digest.objects.get(slug="story44")
    digest.publications.update(is_live=False)
    row = digest.publications.get()
    row.pk, row.is_live = None, True
    row.document = row.document | {"lead": "新しい導入。"}
    row.lead = "新しい導入。"
    row.save()
    row.tags.set(Publication.objects.filter(slug="story42").get().tags.all())
    report = bake(out)
    differing = changed(before, files(out))
    assert "posts/story44/index.html" in differing
    assert {path for path in differing if path.startswith("tags/猫/")} == set()
    assert {"page/2/index.html", "tags/犬/index.html", "months/2026/08/index.html"} <= differing
    assert len([path for path in differing if path.startswith("posts/")]) == 1
    assert report.asked < 40


def test_all_anew_leaves_files_alone_that_are_right(out: Path):
    make_live("a", tags=("猫",))
    bake(out)
    before = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in out.rglob("*") if path.is_file()}
    wrong = out / "tags/猫/index.html.gz"
    wrong.write_bytes(b"of somebody else")
    report = bake(out, everything=True)
    assert (report.asked >= report.pages, report.written) == (True, 1)
    assert wrong.read_bytes() == before[wrong][1]
    kept = [path for path in before if path != wrong and OWN not in path.parts]
    assert [path for path in kept if path.stat().st_mtime_ns != before[path][0]] == []


def test_where_rare_tags_have_no_page_those_are_asked_for_again_that_show_another_link(
    out: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(site, "TAG_LEAST_USE", 2)
    for number in range(12):
        make_live(f"s{number}", tags=("猫", f"一度{number}"), date=date(2026, 1 + number, 5))
    bake(out)
    before = files(out)
    make_live("more", tags=("一度0", "魚"), date=date(2026, 12, 6))
    report = bake(out)
    differing = changed(before, files(out))
    assert {"posts/s0/index.html", "months/2026/01/index.html", "tags/一度0/index.html"} <= differing
    assert not {path for path in differing if path.startswith(("posts/s5/", "months/2026/06/"))}
    assert report.asked < 25


@pytest.mark.parametrize("least", [1, 3])
def test_what_a_bake_writes_bit_by_bit_is_what_it_writes_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, least: int
):
    """The facts that pages are skipped by miss nothing: after each change the folder is the one of a first bake."""
    monkeypatch.setattr(site, "TAG_LEAST_USE", least)
    made = []
    for number in range(24):
        tags = [f"札{number % 5}", f"札{number % 3}", "猫" if number % 2 else f"一度{number}"]
        made.append(
            make_live(f"s{number}", tags=tuple(dict.fromkeys(tags)), date=date(2026, 7 + number % 3, 5), lead="導入")
        )
        if number == 20:
            unpublish(made[3].digest_id)
        if number % 6 == 5 or number == 20:
            bake(tmp_path / "grown")
    unpublish(made[-1].digest_id)
    bake(tmp_path / "grown")
    bake(tmp_path / "fresh")
    assert files(tmp_path / "grown") == files(tmp_path / "fresh")


def test_a_withdrawn_digest_is_gone_from_every_file(out: Path):
    live = make_live("a", headline="取り下げられる題")
    make_live("b")
    bake(out)
    assert any("取り下げられる題".encode() in content for content in files(out).values())
    unpublish(live.digest_id)
    bake(out)
    assert not (out / "posts/a").exists()
    assert not any("取り下げられる題".encode() in content for content in files(out).values())
    assert "/posts/a/ /410.html 410" in (out / "_redirects").read_text()


def test_a_tag_that_nobody_carries_any_more_leaves_no_folder(out: Path):
    live = make_live("a", tags=("一度/だけ",))
    make_live("b", tags=("猫",))
    bake(out)
    assert (out / "tags/一度/だけ/index.html").is_file()
    unpublish(live.digest_id)
    bake(out)
    assert not (out / "tags/一度").exists()
    assert not (out / "feeds/json/tags/一度").exists()


def test_files_of_others_are_neither_removed_nor_replaced(out: Path):
    live = make_live("a")
    (out / "posts/a").mkdir(parents=True)
    (out / "CNAME").write_text("digests.example")
    (out / "posts/a/notes.txt").write_text("mine")
    bake(out)
    unpublish(live.digest_id)
    bake(out, everything=True)
    assert (out / "CNAME").read_text() == "digests.example"
    assert (out / "posts/a/notes.txt").read_text() == "mine"
    (out / "page/2").mkdir(parents=True)
    (out / "page/2/index.html").write_text("mine too")
    for number in range(21):
        make_live(f"b{number}")
    before = files(out)
    with pytest.raises(ForeignFile, match=r"page/2/index\.html"):
        baking.bake(out)
    assert files(out) == before


def test_a_file_that_somebody_lost_comes_back_with_all(out: Path):
    make_live("a")
    bake(out)
    (out / "posts/a/index.html").unlink()
    bake(out, everything=True)
    assert (out / "posts/a/index.html").is_file()


def test_one_bake_at_a_time(out: Path):
    out.joinpath(OWN).mkdir(parents=True)
    with (out / OWN / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(Busy):
            baking.bake(out)
        with pytest.raises(CommandError, match="Another bake is at work"):
            call_command("bake", str(out))
    bake(out)


def test_what_a_killed_bake_touched_is_written_again(out: Path):
    """Killed between two files: the next bake trusts neither the one that it wrote nor the ones that it did not."""
    live = make_live("a", "最初の文")
    bake(out)
    whole = files(out)
    with opened(out) as folder:
        (folder.own / "unfinished").write_text(
            f"{json.dumps('posts/a/index.html')}\n{json.dumps('posts/b/index.html')}\n"
        )
    (out / "posts/a/index.html").write_text("of a later state that was taken back")
    (out / "posts/b").mkdir()
    (out / "posts/b/index.html").write_text("of a digest that is gone")
    bake(out)
    assert files(out) == whole
    assert Publication.objects.get(pk=live.pk).is_live


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("after_seconds", [0.0, 0.15, 0.4])
def test_a_bake_that_is_killed_is_ended_by_the_next(tmp_path: Path, after_seconds: float):
    for number in range(12):
        make_live(f"story{number}", tags=("猫", f"札{number}"))
    out, other = tmp_path / "killed", tmp_path / "whole"
    program = (
        "import django; django.setup(); from pathlib import Path; from digests.baking.bake import bake;"
        "from django.db import connection; connection.settings_dict['NAME'] = {!r};"
        "print('begun', flush=True); bake(Path({!r}))"
    ).format(str(connection.settings_dict["NAME"]), str(out))
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=site.BASE_DIR, env=_environment(), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "begun\n"
        time.sleep(after_seconds)
        process.send_signal(signal.SIGKILL)
    bake(out)
    bake(other)
    assert files(out) == files(other)
    assert not (out / OWN / "unfinished").exists()
    assert list((out / OWN).glob("staging/*")) == []


def _environment() -> dict[str, str]:
    return {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
