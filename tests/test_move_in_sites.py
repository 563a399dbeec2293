"""A Hugo site's files, from a folder, a zip and a repository: what is taken, and what is passed over and told."""

import io
import os
import stat
import zipfile
from pathlib import Path

import pytest

from digests.archive import site_zip
from digests.archive.site_folder import SiteFolder
from digests.archive.site_place import SitePlace
from digests.archive.site_zip import SiteZip
from digests.archive.sites import Site, SiteError, UnreadableFile, pages_among, stands_among_posts
from digests.publishing.checkout import Checkout
from tests.git_repositories import repository

FILES = {
    "content/posts/2026_01/2026_01_05_one/index.md": b"one",
    "content/posts/2026_01/2026_01_05_one/feature.jpg": b"picture",
    "content/about.md": b"about",
    "assets/thumbnails/a.jpg": b"a",
    "static/thumbnails/b.jpg": b"b",
    "public/index.html": b"built",
    "themes/plain/README.md": b"theme",
    "README.md": b"readme",
    ".github/notes.md": b"hidden",
}
TAKEN = sorted(path for path in FILES if path.startswith(("content/", "assets/", "static/")))


def write(root: Path, files: dict[str, bytes]) -> Path:
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    return root


def packed(files: dict[str, bytes], *, prefix: str = "") -> io.BytesIO:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for path, content in files.items():
            file.writestr(prefix + path, content)
    return packed


def contents(site: Site) -> dict[str, bytes]:
    read = dict(site.read(site.listing().paths, most=100))
    return {path: content for path, content in read.items() if isinstance(content, bytes)}


def why_not(site: Site, path: str, *, most: int = 100) -> str:
    [(_, found)] = site.read([path], most=most)
    assert isinstance(found, UnreadableFile)
    return found.code


def test_a_folder_a_zip_and_a_repository_give_the_same_site(tmp_path):
    remote = repository(tmp_path, FILES)
    with Checkout(str(remote), branch="main", mirrors=tmp_path / "mirrors") as place:
        sites: list[Site] = [
            SiteFolder(write(tmp_path / "site", FILES)),
            SiteZip(packed(FILES)),
            SiteZip(packed(FILES, prefix="my-site/")),
            SitePlace(place),
        ]
        for site in sites:
            assert list(site.listing().paths) == TAKEN
            assert not site.listing().noted
            assert contents(site) == {path: FILES[path] for path in TAKEN}


def test_pages_are_looked_for_below_content_or_anywhere_where_there_is_none():
    assert pages_among(TAKEN) == ["content/about.md", "content/posts/2026_01/2026_01_05_one/index.md"]
    assert pages_among(["2026_01/one/index.md", "posts/two.markdown", "a.jpg"]) == [
        "2026_01/one/index.md",
        "posts/two.markdown",
    ]


@pytest.mark.parametrize(
    ("path", "is_post"),
    [
        ("content/posts/one/index.md", True),
        ("content/posts/one.md", True),
        ("content/posts/_index.md", False),
        ("content/posts/_index.ja.md", False),
        ("content/about/index.md", False),
        ("content/blog/2026_01/one/index.md", True),
        ("2026_01/2026_01_05_one/index.md", True),
        ("2026-01-05-one/index.md", True),
        ("odd/index.md", True),  # the folder given holds posts directly
        ("README.md", False),
        ("content/compost/index.md", False),
    ],
)
def test_a_page_without_quotes_is_a_post_where_posts_stand(path, is_post):
    assert stands_among_posts(path) is is_post


def test_what_is_no_plain_file_is_passed_over_and_told(tmp_path):
    outside = write(tmp_path / "outside", {"secret/index.md": b"secret"})
    site = write(tmp_path / "site", {"posts/good/index.md": b"good", "posts/big/index.md": b"x" * 101})
    (site / "posts/linked").symlink_to(outside / "secret")
    (site / "posts/one").mkdir()
    (site / "posts/one/index.md").symlink_to(outside / "secret/index.md")
    (site / "posts/folder/index.md").mkdir(parents=True)
    (site / "posts/pipe").mkdir()
    os.mkfifo(site / "posts/pipe/index.md")
    (site / "posts/control\x07").mkdir()
    (site / "posts/control\x07/index.md").write_bytes(b"x")
    (site / os.fsdecode(b"posts/latin\xe9.md")).write_bytes(b"x")
    (site / ("long/" * 50) / ("n" * 255)).mkdir(parents=True)
    (site / ("long/" * 50) / ("n" * 255) / "index.md").write_bytes(b"x")
    listing = SiteFolder(site).listing()
    assert listing.paths == ("posts/big/index.md", "posts/good/index.md")
    assert sorted((noted.code, noted.path[:20]) for noted in listing.noted) == [
        ("bad_name", "posts/control\ufffd/index.md"[:20]),
        ("bad_name", "posts/latin\ufffd.md"),
        ("link", "posts/linked"),
        ("link", "posts/one/index.md"),
        ("name_too_long", "long/long/long/long/"),
        ("not_a_file", "posts/folder/index.md"[:20]),
        ("not_a_file", "posts/pipe/index.md"[:20]),
    ]
    assert why_not(SiteFolder(site), "posts/big/index.md") == "too_large"


def test_a_file_that_became_a_link_or_went_since_it_was_listed_is_not_read(tmp_path):
    site = write(tmp_path / "site", {"posts/a/index.md": b"good"})
    (site / "posts/a/index.md").unlink()
    assert why_not(SiteFolder(site), "posts/a/index.md") == "unreadable_file"
    (site / "posts/a/index.md").symlink_to("/etc/hostname")
    assert why_not(SiteFolder(site), "posts/a/index.md") == "unreadable_file"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_told(tmp_path):
    site = write(tmp_path / "site", {"posts/a/index.md": b"a", "posts/b/index.md": b"b"})
    (site / "posts/a/index.md").chmod(0)
    (site / "posts/b").chmod(0)
    assert why_not(SiteFolder(site), "posts/a/index.md") == "unreadable_file"
    assert [noted.path for noted in SiteFolder(site).listing().noted] == ["posts/b"]
    (site / "posts/b").chmod(stat.S_IRWXU)


def test_a_folder_that_is_not_there_says_so(tmp_path):
    with pytest.raises(SiteError, match="no_folder"):
        SiteFolder(tmp_path / "nowhere").listing()


@pytest.mark.parametrize("name", ["../out.md", "/etc/x.md", "posts/../../x.md", "C:/x.md", "posts\\x.md"])
def test_a_zip_with_a_name_that_leads_out_of_it_is_refused_as_a_whole(name):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as written:
        written.writestr("posts/a/index.md", b"a")
        info = zipfile.ZipInfo("x")
        info.filename = name
        written.writestr(info, b"b")
    with pytest.raises(SiteError, match="unsafe_name"):
        SiteZip(file)


def test_links_in_a_zip_are_told_and_not_read():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as written:
        info = zipfile.ZipInfo("posts/a/index.md")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        written.writestr(info, b"/etc/passwd")
    listing = SiteZip(file).listing()
    assert not listing.paths
    assert [(noted.path, noted.code) for noted in listing.noted] == [("posts/a/index.md", "link")]


def test_a_zip_that_is_none_or_a_trap_is_refused(monkeypatch):
    for content in (b"", b"no zip at all", b"PK\3\4" + b"\0" * 60):
        with pytest.raises(SiteError, match="not_a_zip"):
            SiteZip(io.BytesIO(content))
    with pytest.raises(SiteError, match="zip_bomb"):
        SiteZip(packed({"posts/a/index.md": b"\0" * 5_000_000}))
    twice = packed({"a.md": b"1", "b.md": b"2"}).getvalue().replace(b"b.md", b"a.md")
    with pytest.raises(SiteError, match="name_twice"):
        SiteZip(io.BytesIO(twice))
    monkeypatch.setattr(site_zip, "MOST_FILES", 3)
    with pytest.raises(SiteError, match="too_many_files"):
        SiteZip(packed({f"{number}.md": b"" for number in range(4)}))
    monkeypatch.setattr(site_zip, "MOST_BYTES", 100)
    with pytest.raises(SiteError, match="too_large"):
        SiteZip(packed({"a.md": os.urandom(200)}))


def test_an_encrypted_zip_says_so():
    file = packed({"a.md": b"text"})
    raw = bytearray(file.getvalue())
    for signature, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        raw[raw.index(signature) + offset] |= 1
    with pytest.raises(SiteError, match="encrypted"):
        SiteZip(io.BytesIO(raw))


def test_a_damaged_member_of_a_zip_stops_nothing_else():
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w") as written:
        written.writestr("posts/a/index.md", b"first text")
        written.writestr("posts/b/index.md", b"second text")
    raw = stored.getvalue().replace(b"first", b"fIrst", 1)
    site = SiteZip(io.BytesIO(raw))
    found = dict(site.read(site.listing().paths, most=100))
    assert found["posts/b/index.md"] == b"second text"
    assert isinstance(found["posts/a/index.md"], UnreadableFile)
