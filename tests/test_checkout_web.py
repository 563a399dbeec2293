"""Repositories behind a server: credentials reach the one that they are for, and nobody else."""

import base64
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from digests.publishing.checkout import Checkout
from digests.publishing.locations import Kind, Location
from digests.publishing.places import PlaceError
from digests.publishing.plumbing import Git
from tests.git_repositories import MESSAGE, git, repository
from tests.git_server import GitServer, slowly, status

pytestmark = pytest.mark.usefixtures("in_english")

TOKEN = "s3cret-t0ken-with-$-and-'quotes\""


def checkout(location: str, tmp_path: Path, **fields) -> Checkout:
    given = {"branch": "main", "mirrors": tmp_path / "mirrors", "allow_private": True, **fields}
    return Checkout(location, **given)


def closed_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def test_a_commit_arrives_over_http_with_a_token(tmp_path: Path) -> None:
    remote = repository(tmp_path / "served", {"a.md": b"a"})
    with GitServer(tmp_path / "served", token=TOKEN) as server:
        place = checkout(f"{server.url}/remote.git", tmp_path, token=TOKEN)
        assert place.read(["a.md"]) == {"a.md": b"a"}
        made = place.replay({"a.md": b"b", "big.jpg": os.urandom(1_200_000)}, MESSAGE)
        place.push(made)
        assert place.arrived(made)
    assert git(remote, "rev-parse", "main") == made


def test_the_user_in_the_address_goes_with_the_token(tmp_path: Path) -> None:
    repository(tmp_path / "served", {"a.md": b"a"})
    with GitServer(tmp_path / "served", token=TOKEN) as server:
        checkout(server.url.replace("//", "//anna@") + "/remote.git", tmp_path, token=TOKEN).fetch()
        checkout(f"{server.url}/remote.git", tmp_path, token=TOKEN).fetch()
        given = {base64.b64decode(header.removeprefix("Basic ")).decode() for header in server.seen if header}
    assert given - {"anna:"} == {f"anna:{TOKEN}", f"x-access-token:{TOKEN}"}


@pytest.mark.parametrize("token", ["wrong", ""])
def test_wrong_credentials_are_told_from_a_missing_repository(tmp_path: Path, token: str) -> None:
    repository(tmp_path / "served", {"a.md": b"a"})
    with GitServer(tmp_path / "served", token=TOKEN) as server, pytest.raises(PlaceError) as raised:
        checkout(f"{server.url}/remote.git", tmp_path, token=token).fetch()
    assert raised.value.code == "wrong_credentials"
    assert "token" in raised.value.words


def test_a_token_that_expires_between_fetch_and_push_leaves_all_as_it_was(tmp_path: Path) -> None:
    remote = repository(tmp_path / "served", {"a.md": b"a"})
    with GitServer(tmp_path / "served", token=TOKEN) as server:
        place = checkout(f"{server.url}/remote.git", tmp_path, token=TOKEN)
        before = place.fetch()
        made = place.replay({"a.md": b"b"}, MESSAGE)
        server.token = "another"
        with pytest.raises(PlaceError, match="wrong_credentials"):
            place.push(made)
        assert git(remote, "rev-parse", "main") == before
        server.token = TOKEN
        place.push(made)
    assert git(remote, "rev-parse", "main") == made


def test_who_may_only_read_is_told_so(tmp_path: Path) -> None:
    repository(tmp_path / "served", {"a.md": b"a"})

    def read_only(request) -> bool:
        return "git-receive-pack" in request.path and status(request, 403)

    with GitServer(tmp_path / "served", before=read_only) as server:
        place = checkout(f"{server.url}/remote.git", tmp_path)
        with pytest.raises(PlaceError, match="not_allowed"):
            place.push(place.replay({"a.md": b"b"}, MESSAGE))


def test_a_missing_repository_is_missing(tmp_path: Path) -> None:
    repository(tmp_path / "served", {"a.md": b"a"})
    with GitServer(tmp_path / "served") as server, pytest.raises(PlaceError, match="remote_missing"):
        checkout(f"{server.url}/other.git", tmp_path).fetch()


@pytest.mark.parametrize("code", [500, 502, 503, 429])
def test_a_server_in_trouble_is_unreachable(tmp_path: Path, code: int) -> None:
    with GitServer(tmp_path, before=lambda request: status(request, code)) as server:
        place = checkout(f"{server.url}/remote.git", tmp_path)
        with pytest.raises(PlaceError, match="unreachable"):
            place.fetch()


def test_a_server_that_is_not_there_is_unreachable(tmp_path: Path) -> None:
    with pytest.raises(PlaceError, match="unreachable"):
        checkout(f"http://127.0.0.1:{closed_port()}/remote.git", tmp_path).fetch()


def test_a_host_without_an_address_is_unreachable(tmp_path: Path) -> None:
    for allow_private in (True, False):
        with pytest.raises(PlaceError, match="unreachable"):
            checkout("https://nowhere.invalid/remote.git", tmp_path, allow_private=allow_private).fetch()


def test_a_server_that_does_not_answer_is_not_waited_for(tmp_path: Path) -> None:
    with GitServer(tmp_path, before=slowly(5)) as server:
        started = time.monotonic()
        with pytest.raises(PlaceError, match="timeout"):
            checkout(f"{server.url}/remote.git", tmp_path, timeout_seconds=0.4).fetch()
        assert time.monotonic() - started < 3


def test_what_git_started_ends_with_it(tmp_path: Path) -> None:
    with GitServer(tmp_path, before=slowly(30)) as server:
        with pytest.raises(PlaceError, match="timeout"):
            checkout(f"{server.url}/remote.git", tmp_path, timeout_seconds=0.5).fetch()
        time.sleep(0.2)
        assert server.url not in subprocess.run(["ps", "axww"], capture_output=True, check=True, text=True).stdout


def test_a_host_inside_is_not_asked_unless_allowed(tmp_path: Path) -> None:
    with GitServer(tmp_path) as server:
        for location in (f"{server.url}/remote.git", server.url.replace("127.0.0.1", "localhost") + "/remote.git"):
            with pytest.raises(PlaceError) as raised:
                checkout(location, tmp_path, allow_private=False).fetch()
            assert raised.value.code == "address_forbidden"
        assert server.seen == []
    with pytest.raises(PlaceError, match="address_forbidden"):
        checkout("git@127.0.0.1:site.git", tmp_path, allow_private=False).fetch()


def test_only_the_addresses_that_were_checked_are_connected_to(tmp_path: Path) -> None:
    """The name has no address at all, so what answers can only be the one that was handed over."""
    remote = repository(tmp_path / "served", {"a.md": b"a"})
    with GitServer(tmp_path / "served") as server:
        port = int(server.url.rpartition(":")[2])
        location = Location(f"http://nowhere.invalid:{port}/remote.git", Kind.HTTP, "nowhere.invalid", port)
        calls = Git(directory=remote, environment={"PATH": os.defpath, "HOME": str(tmp_path)})
        checked = calls.against(location, addresses=("127.0.0.1",), timeout_seconds=10)
        assert checked.text("ls-remote", location.text, "refs/heads/main").split()[0] == git(
            remote, "rev-parse", "main"
        )
        assert calls.against(location, timeout_seconds=10).call("ls-remote", location.text).code


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    making = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1"]
    making += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    if not shutil.which("openssl"):
        pytest.skip("no openssl to make a certificate with")
    subprocess.run(making, check=True, capture_output=True)
    repository(tmp_path / "served", {"a.md": b"a"})
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text("[http]\nsslVerify = false\n")
    surroundings = {"PATH": os.defpath, "HOME": str(home)}
    with GitServer(tmp_path / "served", token=TOKEN, certificate=(certificate, key)) as server:
        place = checkout(f"{server.url}/remote.git", tmp_path, token=TOKEN, environment=surroundings)
        with pytest.raises(PlaceError) as raised:
            place.fetch()
        assert raised.value.code == "certificate"
        assert server.seen == []
        trusting = {**surroundings, "GIT_SSL_CAINFO": str(certificate)}
        assert checkout(f"{server.url}/remote.git", tmp_path, token=TOKEN, environment=trusting).fetch()


def test_a_moved_repository_is_followed_but_not_with_the_token(tmp_path: Path) -> None:
    """A server may send us on; the token is for the host in the address."""
    repository(tmp_path / "served", {"a.md": b"a"})
    with GitServer(tmp_path / "served") as other:

        def away(request) -> bool:
            return status(request, 301, {"Location": f"{other.url}{request.path}"})

        with GitServer(tmp_path, before=away) as server:
            place = checkout(f"{server.url}/remote.git", tmp_path, token=TOKEN)
            assert place.read(["a.md"]) == {"a.md": b"a"}
            other.token = TOKEN
            with pytest.raises(PlaceError, match="wrong_credentials"):
                place.fetch()
            assert {*server.seen, *other.seen} == {""}


def test_without_a_token_the_accounts_own_store_is_asked(tmp_path: Path) -> None:
    repository(tmp_path / "served", {"a.md": b"a"})
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text("[credential]\nhelper = store\n")
    with GitServer(tmp_path / "served", token="st0red") as server:
        (home / ".git-credentials").write_text(server.url.replace("//", "//anna:st0red@") + "\n")
        place = checkout(f"{server.url}/remote.git", tmp_path, environment={"PATH": os.defpath, "HOME": str(home)})
        place.push(place.replay({"a.md": b"b"}, MESSAGE))
        (home / ".git-credentials").write_text("")
        with pytest.raises(PlaceError, match="wrong_credentials"):
            place.fetch()


def test_the_token_is_nowhere_to_be_seen(tmp_path: Path) -> None:
    """Not among the arguments of any process, nor in a file, nor in an error."""
    repository(tmp_path / "served", {"a.md": b"a"})
    arguments: list[str] = []
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            for process in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    arguments.append(process.read_bytes().decode(errors="replace"))
                except OSError:
                    continue

    watching = threading.Thread(target=watch)
    watching.start()
    plain = "s3cret-t0ken-plain"
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text("[credential]\nhelper = store\n")
    surroundings = {"PATH": os.defpath, "HOME": str(home), "GIT_TRACE_CURL": "1", "GIT_CURL_VERBOSE": "1"}
    try:
        with GitServer(tmp_path / "served", token=plain) as server:
            with checkout(f"{server.url}/remote.git", tmp_path, token=plain, environment=surroundings) as place:
                place.push(place.replay({"a.md": b"b"}, MESSAGE))
            server.token = "changed"
            with pytest.raises(PlaceError) as raised:
                place.fetch()
    finally:
        done.set()
        watching.join()
    assert any("remote-http" in line for line in arguments)
    assert not any(plain in line for line in arguments)
    assert plain not in f"{raised.value} {raised.value.detail} {raised.value!r} {place._mirror!r} {vars(place)}"
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not [path for path in files if plain.encode() in path.read_bytes()]


def test_a_server_cannot_put_the_token_into_an_error(tmp_path: Path) -> None:
    repository(tmp_path / "served", {"a.md": b"a"})
    (tmp_path / "served/remote.git/hooks").mkdir(exist_ok=True)
    hook = tmp_path / "served/remote.git/hooks/pre-receive"
    hook.write_text(
        "#!/bin/sh\necho 'you said s3cret-t0ken, see https://anna:pass@host/x'\nprintf '\\033[2J'\nexit 1\n"
    )
    hook.chmod(0o755)
    with GitServer(tmp_path / "served", token="s3cret-t0ken") as server:
        place = checkout(f"{server.url}/remote.git", tmp_path, token="s3cret-t0ken")
        with pytest.raises(PlaceError) as raised:
            place.push(place.replay({"a.md": b"b"}, MESSAGE))
    assert raised.value.code == "refused"
    assert "you said ***, see https://***@host/x" in raised.value.detail
    assert "\x1b" not in raised.value.detail


@pytest.mark.parametrize("token", ["a\nb", "a\0b", "tökén", "a\r"])
def test_what_cannot_be_a_token_is_refused(tmp_path: Path, token: str) -> None:
    with pytest.raises(PlaceError, match="bad_token") as raised:
        checkout("https://host.example/x.git", tmp_path, token=token)
    assert token not in str(raised.value)


def fake_ssh(tmp_path: Path, script: str) -> dict[str, str]:
    """Surroundings in which `ssh` is a script."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/ssh").write_text(f"#!{sys.executable}\nimport json, os, subprocess, sys\n{script}\n")
    (tmp_path / "bin/ssh").chmod(0o755)
    return {"PATH": f"{tmp_path / 'bin'}:{os.defpath}", "HOME": str(tmp_path), "SEEN": str(tmp_path / "seen")}


def test_over_ssh_nobody_is_asked_and_only_the_given_key_is_offered(tmp_path: Path) -> None:
    remote = repository(tmp_path, {"a.md": b"a"})
    surroundings = fake_ssh(
        tmp_path,
        "open(os.environ['SEEN'], 'a').write(json.dumps(sys.argv[1:]) + '\\n')\n"
        "sys.exit(subprocess.run(['sh', '-c', sys.argv[-1]]).returncode)",
    )
    key = tmp_path / "a key's file"
    place = checkout(f"git@forge.example:{remote}", tmp_path, ssh_key=key, environment=surroundings)
    place.push(place.replay({"a.md": b"b"}, MESSAGE))
    assert git(remote, "show", "main:a.md") == "b"
    seen = [json.loads(line) for line in (tmp_path / "seen").read_text().splitlines()]
    for arguments in seen:
        assert [a for a in arguments if a.endswith("=yes")] == ["BatchMode=yes", "IdentitiesOnly=yes"]
        assert arguments[arguments.index("-i") + 1] == str(key)
        assert "git@forge.example" in arguments


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("git@forge.example: Permission denied (publickey).", "wrong_credentials"),
        ("Host key verification failed.", "unknown_host"),
        ("ssh: Could not resolve hostname forge.example: Name or service not known", "unreachable"),
        ("ssh: connect to host forge.example port 22: Connection refused", "unreachable"),
        ("ssh: connect to host forge.example port 22: Connection timed out", "timeout"),
        ("ERROR: Repository not found.", "remote_missing"),
        ("ERROR: The project you were looking for could not be found or you don't have permission", "remote_missing"),
        ("something nobody has ever seen", "git_failed"),
    ],
)
def test_what_ssh_says_has_a_name(tmp_path: Path, said: str, code: str) -> None:
    surroundings = fake_ssh(tmp_path, f"print({said!r}, file=sys.stderr); sys.exit(255)")
    with pytest.raises(PlaceError) as raised:
        checkout("git@forge.example:a/b.git", tmp_path, environment=surroundings).fetch()
    assert raised.value.code == code
    assert said in raised.value.detail


def test_a_missing_ssh_is_missing(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/git").write_text('#!/bin/sh\nPATH=/nonexistent exec /usr/bin/git "$@"\n')
    (tmp_path / "bin/git").chmod(0o755)
    surroundings = {"PATH": str(tmp_path / "bin"), "HOME": str(tmp_path)}
    with pytest.raises(PlaceError, match="git_missing"):
        checkout("git@forge.example:a/b.git", tmp_path, environment=surroundings).fetch()
