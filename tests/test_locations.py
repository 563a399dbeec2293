"""Which addresses, branches, paths and messages git may be given."""

import pytest

from digests.publishing.locations import Kind, checked_branch, parse
from digests.publishing.places import Message, PlaceError, checked_path, explain

pytestmark = pytest.mark.usefixtures("in_english")


@pytest.mark.parametrize(
    ("text", "kind", "host"),
    [
        ("https://github.com/a/b.git", Kind.HTTPS, "github.com"),
        ("https://anna@git.example:8443/a/b", Kind.HTTPS, "git.example"),
        ("https://[2606:4700::1]/a", Kind.HTTPS, "[2606:4700::1]"),
        ("http://127.0.0.1:3000/a/b.git", Kind.HTTP, "127.0.0.1"),
        ("http://localhost/a/b.git", Kind.HTTP, "localhost"),
        ("ssh://git@git.example:2222/a/b.git", Kind.SSH, "git.example"),
        ("git@github.com:a/b.git", Kind.SSH, "github.com"),
        ("forge:site", Kind.SSH, "forge"),
        ("ssh://git@[2606:4700::1]/a/b.git", Kind.SSH, "[2606:4700::1]"),
        ("/srv/site", Kind.PATH, ""),
        ("/srv/a b:c/サイト", Kind.PATH, ""),
        ("file:///srv/site.git", Kind.PATH, ""),
    ],
)
def test_three_kinds_of_addresses_are_known(text: str, kind: Kind, host: str) -> None:
    location = parse(text)
    assert (location.kind, location.host) == (kind, host)
    assert location.text == text.removeprefix("file://")


@pytest.mark.parametrize(
    "text",
    [
        *("", "-x", "--upload-pack=touch /tmp/x", "ext::sh -c touch% /tmp/x", "fd::3", "git://host/a", "ftp://host/a"),
        *("site", "./site", "../site", "~/site", "/srv/../etc", "file://host/srv", "C:\\site", "http:///a"),
        *("https://host", "https://host/", "https://host/a?x=1", "https://host/a#x", "https://ho st/a", "https:///a"),
        *("https://-host/a", "ssh://-oProxyCommand=x/a", "-oProxyCommand=x:a", "git@-oProxyCommand=x:a", "-u@host:a"),
        *("git@host:-a", "git@host:", "host::a", "git@host:a\n", "https://host/a\x00", "https://host/a/../b"),
        *("https://host:port/a", "https://[::1/a", "git@[::1]:a", "https://us er@host/a", "ssh://a$(x)@host/a"),
        *("https://host/a\ud800", "/srv/a\x1b"),
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(PlaceError) as raised:
        parse(text)
    assert raised.value.code in {"bad_location", "insecure_location"}


@pytest.mark.parametrize(
    "text",
    [
        "https://anna:s3cret@git.example/a",
        "https://:s3cret@git.example/a",
        "https://ghp_s3cret@github.com/a/b",
        "https://s3crets3crets3crets3crets3crets3cret@github.com/a/b",
        "ssh://git:s3cret@git.example/a",
        "https://glpat-s3cret@gitlab.com/a/b",
    ],
)
def test_a_secret_in_an_address_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(PlaceError) as raised:
        parse(text)
    assert raised.value.code == "secret_in_location"
    assert "s3cret" not in f"{raised.value} {raised.value.detail}"
    assert "environment variable" in raised.value.words


@pytest.mark.parametrize("text", ["http://git.example/a", "http://127.0.0.1.evil.example/a", "http://10.0.0.1/a"])
def test_http_is_for_this_machine_only(text: str) -> None:
    with pytest.raises(PlaceError, match="insecure_location"):
        parse(text)


@pytest.mark.parametrize("name", ["main", "gh-pages", "release/2025-09", "公開", "a.b", "v1@x"])
def test_names_of_branches_are_taken(name: str) -> None:
    assert checked_branch(name) == name


@pytest.mark.parametrize(
    "name",
    [
        *("", "-f", "a..b", "a b", "a~1", "a^", "a:b", "a?", "a*", "a[b", "a\\b", "/a", "a/", "a//b", "a.lock"),
        *(".a", "a/.b", "a.", "@", "a@{1}", "a\nb", "a\x7f", "x.lock/y", "refs\x00", "a\ud800", "x" * 201),
    ],
)
def test_what_git_takes_for_no_branch_is_refused(name: str) -> None:
    with pytest.raises(PlaceError, match="bad_branch"):
        checked_branch(name)


@pytest.mark.parametrize(
    "path", ["a.md", "content/posts/2025_09/x/index.md", "記事/é.md", "a/.gitignore", "..a/b..", "a b"]
)
def test_paths_below_the_root_are_taken(path: str) -> None:
    assert checked_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        *("", "/", "/a", "a/", "a//b", ".", "..", "./a", "a/./b", "a/../b", "-a", "a\\b", "a\0b", "a\nb", "a\x85b"),
        *(".git", ".GIT/config", "a/.git/x", "a/.git ", "a/.git./x", "git~1/x", "a/.g\u200cit/x", ".git::$INDEX/x"),
        *("a/" * 500 + "a", "x" * 256, "あ" * 90, "a\ud800"),
    ],
)
def test_other_paths_are_refused(path: str) -> None:
    with pytest.raises(PlaceError, match="bad_path"):
        checked_path(path)


def written(**fields) -> Message:
    people = {"author_name": "A", "author_email": "a@x", "committer_name": "C", "committer_email": "c@x"}
    return Message(**{"subject": "s", **people, **fields})


def test_a_message_has_its_trailers_in_order() -> None:
    trailers = (("Matome-Delivery", "k"), ("Matome-Digest", "a v1"), ("Matome-Digest", "b v2"))
    said = written(subject="十本の記事", trailers=trailers)
    assert said.text() == "十本の記事\n\nMatome-Delivery: k\nMatome-Digest: a v1\nMatome-Digest: b v2\n"
    assert said.key() == "k"
    assert (written().text(), written().key()) == ("s\n", "")


def test_nothing_in_a_message_can_pass_for_a_trailer() -> None:
    forged = written(
        subject="s\n\nMatome-Delivery: forged", trailers=(("Matome-Digest", "x\nMatome-Delivery: forged"),)
    )
    assert forged.text() == "s Matome-Delivery: forged\n\nMatome-Digest: x Matome-Delivery: forged\n"
    with pytest.raises(ValueError, match="trailer"):
        written(trailers=(("Matome Delivery: x\n", "y"),))
    assert written(subject=" \n ").text() == "Matome\n"


def test_a_code_without_words_is_shown_itself() -> None:
    assert "odd_code" in explain("odd_code")
