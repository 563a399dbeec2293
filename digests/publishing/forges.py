"""What a forge shows of a commit: its page, and whether the checks and builds that it started have ended well.

Knows GitHub, GitLab, Gitea and Forgejo (with their own hosts and others'), and Bitbucket's pages. The token is the
repository's own and goes to its forge only.
"""

import json
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from digests.plaintext import clean_line
from digests.publishing.locations import Kind, Location, parse
from digests.publishing.places import PlaceError
from digests.publishing.watching import WatchError, answer

_COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")


class State(StrEnum):
    NONE = "none"  # the forge has started nothing, or cannot be asked
    PENDING = "pending"
    SUCCESS = "success"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class CommitStatus:
    """How the commit's checks stand; `url` leads to the one that matters, `text` is the forge's own words for it."""

    state: State
    url: str = ""
    text: str = ""


class Forge(StrEnum):
    GITHUB = "github"
    GITLAB = "gitlab"
    GITEA = "gitea"  # and Forgejo, which has the same interface
    BITBUCKET = "bitbucket"


_HOSTS = (
    (re.compile(r"(^|\.|-)github\b"), Forge.GITHUB),
    (re.compile(r"(^|\.|-)gitlab\b"), Forge.GITLAB),
    (re.compile(r"(^|\.|-)(gitea|forgejo)\b|(^|\.)codeberg\.org$"), Forge.GITEA),
    (re.compile(r"(^|\.)bitbucket\.org$"), Forge.BITBUCKET),
)


_BETWEEN = {
    Forge.GITHUB: "/commit/",
    Forge.GITLAB: "/-/commit/",
    Forge.GITEA: "/commit/",
    Forge.BITBUCKET: "/commits/",
}


@dataclass(frozen=True, slots=True)
class _Repository:
    forge: Forge | None  # None: a host of one's own whose name does not tell
    site: str  # "https://host:port"
    path: str  # "owner/name", in GitLab with groups


def _repository(location: str) -> _Repository | None:
    """None for a folder, and for what is no location."""
    try:
        parsed = parse(location)
    except PlaceError:
        return None
    if parsed.kind is Kind.PATH:
        return None
    path = _path_of(parsed).strip("/").removesuffix(".git")
    if path.count("/") < 1:
        return None
    forge = next((forge for pattern, forge in _HOSTS if pattern.search(parsed.host.lower())), None)
    site = parsed.origin if parsed.is_web else f"https://{parsed.host}"  # ssh has a port of its own
    return _Repository(forge, site, path)


def _path_of(location: Location) -> str:
    if "://" in location.text:
        return urlsplit(location.text).path
    return location.text.partition(":")[2]


def commit_url(location: str, commit: str) -> str:
    """The commit's page, "" where no forge is known."""
    repository = _repository(location)
    if repository is None or not _COMMIT.fullmatch(commit):
        return ""
    if not repository.forge:
        return ""
    return f"{repository.site}/{quote(repository.path)}{_BETWEEN[repository.forge]}{commit}"


async def commit_status(http: httpx.AsyncClient, location: str, commit: str, token: str = "") -> CommitStatus:
    """How the checks of a commit stand. Raises `WatchError` where the forge cannot be asked.

    A host whose name does not tell its forge is asked as Gitea, then as GitLab.
    """
    repository = _repository(location)
    if repository is None or repository.forge is Forge.BITBUCKET or not _COMMIT.fullmatch(commit):
        return CommitStatus(State.NONE)
    asking = {Forge.GITHUB: _github, Forge.GITLAB: _gitlab, Forge.GITEA: _gitea}
    if repository.forge:
        return await asking[repository.forge](http, repository, commit, token)
    for forge in (Forge.GITEA, Forge.GITLAB):
        try:
            return await asking[forge](http, repository, commit, token)
        except WatchError as error:
            if error.code not in {"no_page", "bad_answer"}:
                raise
    return CommitStatus(State.NONE)


async def _github(http: httpx.AsyncClient, repository: _Repository, commit: str, token: str) -> CommitStatus:
    """Statuses, and the check runs that Actions report (docs.github.com/rest/commits/statuses, /rest/checks/runs)."""
    site = repository.site
    base = "https://api.github.com" if site.lower() == "https://github.com" else f"{site}/api/v3"
    headers = {"Accept": "application/vnd.github+json", **({"Authorization": f"Bearer {token}"} if token else {})}
    at = f"{base}/repos/{quote(repository.path)}/commits/{commit}"
    statuses = await _json(http, f"{at}/status", headers)
    found = [_status(one, "state", "target_url", "context", "description") for one in _list(statuses, "statuses")]
    try:
        runs = await _json(http, f"{at}/check-runs", headers)
    except WatchError as error:
        if error.code not in {"refused", "no_page"}:  # a token may read statuses and not checks
            raise
        runs = {}
    for run in _list(runs, "check_runs"):
        key = "conclusion" if run.get("status") == "completed" else "status"
        found.append(_status(run, key, "html_url", "name", ""))
    return _together(found)


async def _gitea(http: httpx.AsyncClient, repository: _Repository, commit: str, token: str) -> CommitStatus:
    """The combined status (codeberg.org/api/swagger)."""
    headers = {"Authorization": f"token {token}"} if token else {}
    url = f"{repository.site}/api/v1/repos/{quote(repository.path)}/commits/{commit}/status"
    combined = await _json(http, url, headers)
    if "state" not in combined:
        raise WatchError("bad_answer", repository.site)
    return _together(
        [_status(one, "status", "target_url", "context", "description") for one in _list(combined, "statuses")]
    )


async def _gitlab(http: httpx.AsyncClient, repository: _Repository, commit: str, token: str) -> CommitStatus:
    """The commit's last pipeline (docs.gitlab.com/api/commits)."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    project = quote(repository.path, safe="")
    found = await _json(http, f"{repository.site}/api/v4/projects/{project}/repository/commits/{commit}", headers)
    pipeline = found.get("last_pipeline")
    if not isinstance(pipeline, dict):
        return CommitStatus(State.NONE)
    return _together([_status(pipeline, "status", "web_url", "ref", "")])


async def _json(http: httpx.AsyncClient, url: str, headers: dict[str, str]) -> dict[str, Any]:
    response = await answer(http, "GET", url, headers={"Accept": "application/json", **headers})
    if response.status_code in {404, 410}:
        raise WatchError("no_page", f"{response.status_code}")
    if response.status_code != 200:
        raise WatchError("refused", f"{response.status_code}")
    try:
        found = json.loads(response.content)
    except (ValueError, RecursionError):
        raise WatchError("bad_answer", urlsplit(url).hostname or "") from None
    if not isinstance(found, dict):
        raise WatchError("bad_answer", urlsplit(url).hostname or "")
    return found


def _list(found: dict[str, Any], name: str) -> list[dict[str, Any]]:
    values = found.get(name)
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []


_STATES = {
    State.SUCCESS: {"success", "neutral", "skipped", "manual", "warning"},
    State.FAILURE: {
        *("failure", "failed", "error", "cancelled", "canceled", "timed_out", "action_required", "startup_failure"),
        "stale",
    },
}


def _status(found: dict[str, Any], state: str, url: str, name: str, text: str) -> CommitStatus:
    said = str(found.get(state) or "").lower()
    known = next((state for state, words in _STATES.items() if said in words), State.PENDING)
    words = " ".join(str(found.get(key) or "")[:200] for key in (name, text) if key)
    address = found.get(url)
    is_address = isinstance(address, str) and re.fullmatch(r"https?://[!-~]{1,2000}", address)
    return CommitStatus(known, str(address) if is_address else "", " ".join(clean_line(words).split()))


def _together(found: list[CommitStatus]) -> CommitStatus:
    """One failure is a failure; else what is not finished is pending."""
    for state in (State.FAILURE, State.PENDING, State.SUCCESS):
        if first := next((one for one in found if one.state is state), None):
            return first
    return CommitStatus(State.NONE)
