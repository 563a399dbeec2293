"""`import_hugo` and `export_hugo`: a whole site moves in, and goes out again byte for byte."""

import io
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from digests.models import Digest, MoveIn, Post, Publication, SitePicture, Target
from tests.factories import make_live
from tests.moving import PATH, fold, picture, post, quote, write_site

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parent.parent
CORPUS = ROOT.parent / "shared" / "corpus"
needs_corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not beside the project")


@pytest.fixture(autouse=True)
def media(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return write_site(tmp_path / "my-site", {PATH: post(), "content/posts/bad/index.md": "bad\n"})


def run(*arguments: object, **options: Any) -> str:
    out = io.StringIO()
    call_command(*map(str, arguments), stdout=out, stderr=io.StringIO(), **options)
    return out.getvalue()


def files(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def test_it_says_in_words_what_it_did(site):
    said = run("import_hugo", site)
    assert said.startswith("my-site: 2 posts\n1 created, 1 kept\nlayouts: 2025-04 1, unread 1\n")
    assert "  content/posts/bad/index.md:1  " in said
    target = Target.objects.get()
    assert (target.name, target.kind, target.location) == ("my-site", "folder", str(site))
    assert run("import_hugo", site).startswith("my-site: 2 posts\n1 unchanged, 1 kept\n")
    assert Target.objects.count() == 1
    assert not MoveIn.objects.exists()


def test_json_is_one_object_with_counts_and_remarks(site):
    said = json.loads(run("import_hugo", site, "--json"))
    assert (said["target"], said["dry_run"], said["posts"], said["created"], said["kept"]) == (
        "my-site",
        False,
        2,
        1,
        1,
    )
    assert said["layouts"] == {"2025-04": 1, "unread": 1}
    [remark] = said["remarks"]
    assert (remark["path"], remark["line"], remark["code"]) == ("content/posts/bad/index.md", 1, "unreadable")


def test_a_dry_run_leaves_no_trace(site):
    looked = json.loads(run("import_hugo", site, "--json", "--dry-run"))
    for model in (Target, Post, Digest, Publication):
        assert not model.objects.exists()
    done = json.loads(run("import_hugo", site, "--json"))
    assert looked | {"dry_run": False} == done


def test_a_name_chooses_the_site_that_is_known_or_names_a_new_one(site, tmp_path):
    known = Target.objects.create(name="live", kind="git", location="https://example.com/site.git")
    run("import_hugo", site, "--target", "live")
    assert known.posts.count() == 2
    run("import_hugo", write_site(tmp_path / "other", {PATH: post()}), "--target", "Another")
    assert Target.objects.get(name="Another").posts.count() == 1


def test_two_folders_of_one_name_are_two_sites(tmp_path):
    for parent in "ab":
        run("import_hugo", write_site(tmp_path / parent / "site", {PATH: post()}))
    assert sorted(Target.objects.values_list("name", flat=True)) == ["site", "site 2"]


@pytest.mark.parametrize("name", ["nowhere", "file"])
def test_what_is_no_folder_is_said_in_one_line(tmp_path, name):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(CommandError, match="This folder cannot be read") as raised:
        run("import_hugo", tmp_path / name)
    assert "\n" not in str(raised.value)
    assert not Target.objects.exists()


def test_what_moved_in_goes_out_as_it_came_with_its_pictures(tmp_path):
    odd = "content/posts/2026_01/2026_01_07_odd/index.md"
    posts: dict[str, str | bytes] = {
        PATH: post(quote("一つ目"), fold(quote("二つ目")), picture="thumbnails/a.jpg", more="# ours\nweight = 3"),
        "content/posts/2026_01/2026_01_06_draft/index.md": post(draft=True),
        odd: post().replace("\n\n\n\n\n", "\n\n\n"),
        "content/posts/2026_01/2026_01_08_broken/index.md": "+++\ntitle = 'it's'\n+++\n",
        "content/posts/2026_01/2026_01_09_latin/index.md": b"+++\ntitle = '\xe9'\n+++\n",
        "content/posts/2026_01/2026_01_10_crlf/index.md": post().replace("\n", "\r\n"),
    }
    site = write_site(tmp_path / "site", posts | {"assets/thumbnails/a.jpg": picture()})
    run("import_hugo", site)
    run("export_hugo", "--all", "--to", tmp_path / "out")
    assert files(tmp_path / "out") == files(site)
    assert SitePicture.objects.count() == 1


@pytest.mark.parametrize(
    "front",
    [
        "---\ndate: 2026-01-05\ntitle: !!timestamp x\n---\n",
        "---\ndate: 2026-01-05\ntitle: !!bool x\n---\n",
        "---\ndate: 2026-01-05\ntitle: !!int ''\n---\n",
        f"---\ndate: 0x{'f' * 9000}\ntitle: 0x{'f' * 9000}\ntags: [0x{'f' * 9000}]\n---\n",
        f"+++\ndate = 0x{'f' * 9000}\ntitle = 0x{'f' * 9000}\ntags = [[1], {{a = 2}}]\n+++\n",
        "+++\ndate = 0001-01-01T00:00:00+14:00\ntitle = 'x'\n+++\n",
        "+++\ndate = 9999-12-31\ntitle = 'x'\n+++\n",
    ],
)
def test_front_matter_that_no_parser_expects_stops_nothing_and_goes_out_as_it_came(tmp_path, front):
    odd = front + post().partition("+++\n\n")[2]
    root = write_site(tmp_path / "site", {"content/posts/2026-01-05-odd.md": odd, PATH: post()})
    assert json.loads(run("import_hugo", root, json=True))["created"] == 2
    assert json.loads(run("import_hugo", root, json=True))["unchanged"] == 2
    run("export_hugo", all=True, to=tmp_path / "out")
    assert files(tmp_path / "out") == files(root)


def test_posts_of_several_sites_go_out_together_or_one_site_by_its_name(tmp_path):
    one = write_site(tmp_path / "one", {PATH: post(), "content/posts/bad/index.md": "\0"})
    two = write_site(tmp_path / "two", {PATH.replace("01_05", "01_06"): post(title="二つ目")})
    run("import_hugo", one)
    run("import_hugo", two)
    make_live("fresh")
    run("export_hugo", "--all", "--to", tmp_path / "out")
    fresh = "content/posts/2026_09/2026_09_12_fresh/index.md"
    assert set(files(tmp_path / "out")) == {*files(one), *files(two), fresh}
    assert (files(one) | files(two)).items() <= files(tmp_path / "out").items()
    run("import_hugo", write_site(tmp_path / "three", {PATH: post(title="同じ所")}))
    with pytest.raises(CommandError, match="--target"):
        run("export_hugo", "--all", "--to", tmp_path / "again")
    run("export_hugo", "--all", "--target", "one", "--to", tmp_path / "again")
    assert files(one).items() <= files(tmp_path / "again").items()


@needs_corpus
@pytest.mark.parametrize("folder", [CORPUS, CORPUS / "posts"], ids=["corpus", "posts"])
def test_the_corpus_goes_out_byte_for_byte(tmp_path, folder):
    said = json.loads(run("import_hugo", folder, "--json"))
    assert said["created"] == said["posts"] == len(files(folder))
    run("export_hugo", "--all", "--to", tmp_path)
    assert files(tmp_path) == files(folder)
    rows = Digest.objects.count(), Publication.objects.count(), Post.objects.count()
    assert json.loads(run("import_hugo", folder, "--json"))["unchanged"] == said["posts"]
    assert (Digest.objects.count(), Publication.objects.count(), Post.objects.count()) == rows


@needs_corpus
def test_the_corpus_as_a_whole_site_goes_out_byte_for_byte(tmp_path):
    shutil.copytree(CORPUS / "posts", tmp_path / "site/content/posts")
    run("import_hugo", tmp_path / "site")
    run("export_hugo", "--all", "--to", tmp_path / "out")
    assert files(tmp_path / "out") == files(tmp_path / "site")


def count(data: Path, table: str) -> int:
    with closing(sqlite3.connect(data / "matome.sqlite3", timeout=20)) as database:
        return int(database.execute(f"SELECT count(*) FROM digests_{table}").fetchone()[0])


def test_one_that_is_killed_goes_on_without_doubles(tmp_path):
    """Whole processes on a database of their own, the first one killed in the middle of its work."""
    data, number = tmp_path / "data", 600
    paths = [f"content/posts/2026_01/2026_01_05_story_{n:03}/index.md" for n in range(number)]
    site = write_site(tmp_path / "site", dict.fromkeys(paths, post(*[quote(f"{n}番目の文") for n in range(60)])))
    data.mkdir()
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment |= {"MATOME_DATA_DIR": str(data), "DJANGO_SETTINGS_MODULE": "matome_site.settings"}

    def start(*arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)

    assert start("migrate", "-v0").wait() == 0
    first = start("import_hugo", str(site))
    while not count(data, "post") and first.poll() is None:
        time.sleep(0.02)
    first.kill()
    assert first.wait() == -signal.SIGKILL
    assert 0 < count(data, "post") < number
    assert start("import_hugo", str(site)).wait() == 0
    for table in ("post", "digest", "publication"):
        assert count(data, table) == number
    assert count(data, "quote") == number * 60
