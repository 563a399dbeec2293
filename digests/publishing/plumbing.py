"""Calls of git: in which surroundings, for how long, and what a failure means.

No text of a user reaches git as an option, nothing of the surroundings as configuration, no secret as an argument: a
token stands in the environment of the one process that needs it, and is given only to the host that it is for.
"""

import os
import re
import shlex
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Self, TypedDict, Unpack

from digests.publishing.beneath import told
from digests.publishing.locations import Kind, Location
from digests.publishing.places import LARGEST_FILE_BYTES, PlaceError

_REPORT_BYTES = 65_536
_LOCAL_SECONDS = 120.0
_NO_ROOM_BYTES = 65_536

# The user comes from the environment as well: nobody's text stands in a command.
_CREDENTIAL_HELPER = (
    """!f() { test "$1" = get && printf 'username=%s\\npassword=%s\\n' "$MATOME_GIT_USER" "$MATOME_GIT_TOKEN"; }; f"""
)
_CONFIG = {
    "core.hooksPath": os.devnull,
    "core.fsmonitor": "false",
    "core.quotePath": "false",
    "credential.interactive": "false",
    "fetch.recurseSubmodules": "false",
    "gc.auto": "0",
    "http.followRedirects": "initial",
    "http.lowSpeedLimit": "1000",
    "http.lowSpeedTime": "30",
    "http.sslVerify": "true",
    "i18n.commitEncoding": "UTF-8",
    "i18n.logOutputEncoding": "UTF-8",
    "log.showSignature": "false",
    "maintenance.auto": "false",
    "protocol.version": "2",
    "push.followTags": "false",
    "push.gpgSign": "false",
    "push.recurseSubmodules": "no",
}
# What git and ssh say (in English: LC_ALL=C) where an exit code does not tell; the first that fits counts.
_FULL = r"no space left on device|out of diskspace|disk quota exceeded|file too large"
_DENIED = r"permission denied|read-only file system|insufficient permission"
_SAID_HERE = {"disk_full": _FULL, "permission_denied": _DENIED}
_SAID_THERE = {
    "disk_full": _FULL,
    "not_owned": r"dubious ownership",
    "unknown_host": r"host key verification failed",
    "wrong_credentials": r"authentication failed|could not read (username|password)|permission denied \("
    r"|returned error: 401|access denied|invalid credentials|too many authentication failures",
    "certificate": r"ssl certificate problem|certificate verif|ssl peer certificate|server certificate",
    "timeout": r"operation too slow|connection timed out|operation timed out|timeout was reached|ssh: .*timed out",
    "unreachable": r"could not resolve|failed to connect|couldn't connect|connection refused|no route to host"
    r"|network is unreachable|connection reset|empty reply|ssl_error|gnutls|ssl connect error|recv failure"
    r"|returned error: (5\d\d|429)|connection closed by",
    "not_allowed": r"returned error: 403|write access .* not granted|you are not allowed|permission to .* denied",
    "remote_missing": r"returned error: 404|repository .*not found|not appear to be a git repository"
    r"|not valid: is this a git|could not be found|project you were looking for|does not exist"
    r"|no such file or directory",
    "git_missing": r"cannot run ssh|ssh: not found|unable to find remote helper",
    "permission_denied": _DENIED,
}


class _How(TypedDict, total=False):
    sent: bytes | IO[bytes]
    into: IO[bytes] | None
    timeout_seconds: float
    extra: Mapping[str, str] | None


@dataclass(frozen=True, slots=True)
class Done:
    """How a call ended. `report` is what it said on standard error, without secrets."""

    code: int
    output: bytes
    report: str

    @property
    def text(self) -> str:
        return self.output.decode(errors="replace").strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Git:
    """How to call git in one repository. `environment` is what it may know of this machine: PATH, HOME, proxies, …"""

    directory: Path  # GIT_DIR
    work_tree: Path | None = None
    environment: Mapping[str, str] = field(repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    config: Mapping[str, str] = field(default_factory=dict)
    kept_open: tuple[int, ...] = ()  # descriptors that the calls hold as long as they live

    def against(
        self,
        location: Location,
        *,
        token: str = "",
        ssh_key: Path | None = None,
        addresses: tuple[str, ...] = (),
        timeout_seconds: float,
    ) -> Self:
        """The same for calls that talk to a location: only its protocol, only its credentials.

        `addresses` are those of a web location's host that were found harmless; no other is connected to.
        """
        connect_seconds = str(int(min(timeout_seconds, 30)))
        ssh = ["ssh", "-o", "BatchMode=yes", "-o", f"ConnectTimeout={connect_seconds}", "-o", "ControlPath=none"]
        if ssh_key:
            ssh += ["-o", "IdentitiesOnly=yes", "-i", str(ssh_key)]
        environment = {
            **self.environment,
            "GIT_ALLOW_PROTOCOL": location.kind.value,
            "GIT_SSH_COMMAND": shlex.join(ssh),
            "GIT_SSH_VARIANT": "ssh",
        }
        config = dict(self.config)
        if token and location.is_web:
            environment |= {"MATOME_GIT_TOKEN": token, "MATOME_GIT_USER": location.user or _user_for(location.host)}
            config |= {"credential.helper": "", f"credential.{location.origin}.helper": _CREDENTIAL_HELPER}
        if addresses and location.is_web:
            port = location.port or (443 if location.kind is Kind.HTTPS else 80)
            config["http.curloptResolve"] = f"{location.host}:{port}:{','.join(addresses)}"
        secrets = (*self.secrets, token) if token else self.secrets
        return replace(self, environment=environment, config=config, secrets=secrets, kept_open=())

    def call(
        self,
        *arguments: str,
        sent: bytes | IO[bytes] = b"",
        into: IO[bytes] | None = None,
        timeout_seconds: float = _LOCAL_SECONDS,
        extra: Mapping[str, str] | None = None,
    ) -> Done:
        """Runs git to its end, whatever that is. Raises `PlaceError` ("timeout", "git_missing").

        Much is sent from and received into files.
        """
        with told("a temporary file"), tempfile.TemporaryFile() as said:
            source, text = (subprocess.PIPE, sent) if isinstance(sent, bytes) else (sent, None)
            with self._started(arguments, said, extra or {}, source=source, into=into or subprocess.PIPE) as process:
                try:
                    output, _ = process.communicate(text, timeout=timeout_seconds)
                except subprocess.TimeoutExpired:
                    raise PlaceError("timeout", f"git {arguments[0]}: {timeout_seconds:g} s") from None
                return Done(process.returncode, output or b"", self._report(said))

    def ask(self, *arguments: str, **how: Unpack[_How]) -> bytes:
        """The output of a call that must succeed. Raises `PlaceError`."""
        done = self.call(*arguments, **how)
        if done.code:
            error = failure_here(done)
            if error.code == "git_failed" and any(map(_is_full, filter(None, (self.directory, self.work_tree)))):
                raise PlaceError("disk_full", error.detail)  # some of git's commands do not say why they cannot write
            raise error
        return done.output

    def text(self, *arguments: str, **how: Unpack[_How]) -> str:
        return self.ask(*arguments, **how).decode(errors="replace").strip()

    def holds(self, *arguments: str) -> bool:
        """Whether a call that answers by its exit code says yes."""
        return self.call(*arguments).code == 0

    @contextmanager
    def objects(self) -> "Iterator[Objects]":
        """A running `cat-file --batch`."""
        with (
            told("a temporary file"),
            tempfile.TemporaryFile() as said,
            self._started(("cat-file", "--batch"), said) as process,
        ):
            yield Objects(process)

    @contextmanager
    def _started(
        self,
        arguments: tuple[str, ...],
        said: IO[bytes],
        extra: Mapping[str, str] | None = None,
        *,
        source: int | IO[bytes] = subprocess.PIPE,
        into: int | IO[bytes] = subprocess.PIPE,
    ) -> "Iterator[subprocess.Popen[bytes]]":
        try:
            process = subprocess.Popen(  # noqa: S603
                ["git", *arguments],  # noqa: S607  (found by the PATH of the surroundings)
                stdin=source,
                stdout=into,
                stderr=said,
                cwd=self.work_tree or self.directory.parent,
                env={**self._surroundings(), **(extra or {})},
                pass_fds=self.kept_open,
                start_new_session=True,  # so that what git starts can be ended with it
            )
        except (FileNotFoundError, PermissionError) as error:
            if error.filename != "git":  # but the folder to run it in
                raise
            raise PlaceError("git_missing", str(error)) from error
        try:
            with process:
                try:
                    yield process
                except BaseException:
                    _end(process)
                    raise
        except BrokenPipeError:
            raise PlaceError("git_failed", self._report(said)) from None

    def _surroundings(self) -> dict[str, str]:
        config = {**_CONFIG, **self.config}
        numbered = {f"GIT_CONFIG_KEY_{number}": key for number, key in enumerate(config)}
        numbered |= {f"GIT_CONFIG_VALUE_{number}": value for number, value in enumerate(config.values())}
        return {
            "GIT_ALLOW_PROTOCOL": "none",
            **self.environment,
            **numbered,
            "GIT_CONFIG_COUNT": str(len(config)),
            "GIT_DIR": str(self.directory),
            **({"GIT_WORK_TREE": str(self.work_tree)} if self.work_tree else {}),
            "GIT_ADVICE": "0",
            "GIT_ASKPASS": "",  # asks nobody, neither by core.askPass nor by SSH_ASKPASS
            "GCM_INTERACTIVE": "never",
            "GIT_LITERAL_PATHSPECS": "1",
            "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_TERMINAL_PROMPT": "0",
            "LC_ALL": "C",
        }

    def _report(self, said: IO[bytes]) -> str:
        size = said.seek(0, os.SEEK_END)
        said.seek(max(0, size - _REPORT_BYTES))
        return scrubbed(said.read().decode(errors="replace"), self.secrets)


class Objects:
    """Blobs by their ids. Answers one object after the other, so that memory does not grow with their number."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process

    def blob(self, name: str) -> bytes:
        """Raises `PlaceError`: "git_failed" where the repository lacks it, "too_large"."""
        asked, answered = self._process.stdin, self._process.stdout
        if asked is None or answered is None:
            raise TypeError("the process has no pipes")
        asked.write(name.encode() + b"\n")
        asked.flush()
        header = answered.readline().split()
        if len(header) != 3 or header[1] != b"blob":
            raise PlaceError("git_failed", f"{name} is missing")
        size = int(header[2])
        if size > LARGEST_FILE_BYTES:
            raise PlaceError("too_large", f"{size} bytes")
        content = answered.read(size)
        if len(content) != size or answered.read(1) != b"\n":
            raise PlaceError("git_failed", f"{name} is cut off")
        return content


def _is_full(folder: Path) -> bool:
    try:
        disk = os.statvfs(folder)
    except OSError:
        return False
    return disk.f_bavail * disk.f_frsize < _NO_ROOM_BYTES


def _end(process: "subprocess.Popen[bytes]") -> None:
    """The process and all that it started (git-remote-https, ssh)."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        process.kill()


def _user_for(host: str) -> str:
    """The name that goes with a token; GitHub, GitLab, Gitea and Forgejo take any, Bitbucket insists."""
    return "x-token-auth" if host == "bitbucket.org" else "x-access-token"


def scrubbed(text: str, secrets: tuple[str, ...]) -> str:
    """Without the secrets, without what stands before an @ in an address, without control characters."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, "***")
    text = re.sub(r"(?<=://)[^\s/@']+@", "***@", text)
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]+", " ", text).strip()


def failure_here(done: Done) -> PlaceError:
    """What a call that talks to nobody failed of."""
    return _failure(done, _SAID_HERE)


def failure_there(done: Done) -> PlaceError:
    """What a call that talks to another repository failed of."""
    return _failure(done, _SAID_THERE)


def _failure(done: Done, said: Mapping[str, str]) -> PlaceError:
    detail = "\n".join(done.report.splitlines()[-12:])[-2000:] or f"git ended with {done.code}"
    if done.code == -signal.SIGXFSZ:
        return PlaceError("disk_full", detail)
    code = next((code for code, words in said.items() if re.search(words, done.report, re.IGNORECASE)), "git_failed")
    return PlaceError(code, detail)
