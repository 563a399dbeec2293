"""Links to commits, and how their checks stand, on the forges that are known."""

from typing import Any

import httpx
import pytest

from digests.publishing.forges import CommitStatus, State, commit_status, commit_url
from digests.publishing.watching import WatchError, asked

SHA = "0123456789abcdef0123456789abcdef01234567"
RUN = "https://github.com/a/b/actions/runs/1"


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("https://github.com/anna/site.git", f"https://github.com/anna/site/commit/{SHA}"),
        ("git@github.com:anna/site.git", f"https://github.com/anna/site/commit/{SHA}"),
        ("ssh://git@gitlab.example:2222/group/sub/site", f"https://gitlab.example/group/sub/site/-/commit/{SHA}"),
        ("https://gitlab.com/group/site", f"https://gitlab.com/group/site/-/commit/{SHA}"),
        ("https://codeberg.org/anna/site.git", f"https://codeberg.org/anna/site/commit/{SHA}"),
        ("https://anna@gitea.example:3000/anna/site", f"https://gitea.example:3000/anna/site/commit/{SHA}"),
        ("https://my-forgejo.example/anna/site", f"https://my-forgejo.example/anna/site/commit/{SHA}"),
        ("git@bitbucket.org:anna/site.git", f"https://bitbucket.org/anna/site/commits/{SHA}"),
        ("https://github.com/anna/サイト", f"https://github.com/anna/%E3%82%B5%E3%82%A4%E3%83%88/commit/{SHA}"),
        *(
            (unknown, "")
            for unknown in ("https://git.example/a/b", "/srv/site.git", "", "github.com/a/b", "forge:site")
        ),
        *(
            (unknown, "")
            for unknown in ("https://github.com.evil.example/x", "javascript:alert(1)", "https://github.com/a")
        ),
    ],
)
def test_a_commit_has_a_page_where_the_forge_is_known(location: str, url: str) -> None:
    assert commit_url(location, SHA) == url


@pytest.mark.parametrize("commit", ["", "main", "../x", f"{SHA}?x", SHA.upper(), "<script>"])
def test_only_a_commit_has_a_page(commit: str) -> None:
    assert commit_url("https://github.com/a/b", commit) == ""


def status(
    location: str, answers: dict[str, Any], *, token: str = "", seen: list[httpx.Request] | None = None
) -> CommitStatus:
    """What a forge with these answers (address → JSON, or a status) says of the commit; others are 404."""

    def handle(request: httpx.Request) -> httpx.Response:
        if seen is not None:
            seen.append(request)
        answer = answers.get(str(request.url), 404)
        return httpx.Response(answer) if isinstance(answer, int) else httpx.Response(200, json=answer)

    return asked(
        lambda: httpx.AsyncClient(transport=httpx.MockTransport(handle)),
        lambda http: commit_status(http, location, SHA, token),
    )


GITHUB = f"https://api.github.com/repos/a/b/commits/{SHA}"
GITEA = f"https://codeberg.org/api/v1/repos/a/b/commits/{SHA}/status"
GITLAB = f"https://gitlab.com/api/v4/projects/a%2Fgroup%2Fb/repository/commits/{SHA}"


def run(state: str, conclusion: str | None = None, name: str = "build") -> dict[str, Any]:
    return {"status": state, "conclusion": conclusion, "html_url": f"{RUN}/{name}", "name": name}


@pytest.mark.parametrize(
    ("runs", "state", "name"),
    [
        ([], State.NONE, ""),
        ([run("queued")], State.PENDING, "build"),
        ([run("completed", "success"), run("in_progress", name="deploy")], State.PENDING, "deploy"),
        ([run("completed", "success"), run("completed", "skipped", "lint")], State.SUCCESS, "build"),
        ([run("completed", "success"), run("completed", "failure", "lint"), run("queued")], State.FAILURE, "lint"),
        ([run("completed", "cancelled")], State.FAILURE, "build"),
        ([run("completed", "something new")], State.PENDING, "build"),
    ],
)
def test_runs_on_github_are_read_together(runs: list[dict[str, Any]], state: State, name: str) -> None:
    answers = {f"{GITHUB}/status": {"state": "pending", "statuses": []}, f"{GITHUB}/check-runs": {"check_runs": runs}}
    found = status("git@github.com:a/b.git", answers)
    assert (found.state, found.text, found.url) == (state, name, f"{RUN}/{name}" if name else "")


def test_statuses_on_github_count_as_well() -> None:
    deploy = {"state": "failure", "target_url": "https://ci.example/1", "context": "ci", "description": "broke\n it"}
    answers = {f"{GITHUB}/status": {"statuses": [deploy]}, f"{GITHUB}/check-runs": {"check_runs": [run("queued")]}}
    found = status("https://github.com/a/b", answers)
    assert found == CommitStatus(State.FAILURE, "https://ci.example/1", "ci broke it")
    assert status("https://github.com/a/b", {**answers, f"{GITHUB}/check-runs": 403}).state is State.FAILURE


def test_a_github_of_ones_own_is_asked_itself() -> None:
    at = f"https://github.corp.example/api/v3/repos/a/b/commits/{SHA}"
    answers = {f"{at}/status": {"statuses": []}, f"{at}/check-runs": {"check_runs": [run("completed", "success")]}}
    assert status("https://github.corp.example/a/b.git", answers).state is State.SUCCESS


@pytest.mark.parametrize(
    ("said", "state"),
    [("success", State.SUCCESS), ("pending", State.PENDING), ("failure", State.FAILURE), ("warning", State.SUCCESS)],
)
def test_a_status_on_gitea_is_read(said: str, state: State) -> None:
    one = {"status": said, "target_url": "https://ci.example/2", "context": "woodpecker", "description": "ok"}
    found = status("https://codeberg.org/a/b", {GITEA: {"state": said, "statuses": [one]}})
    assert found == CommitStatus(state, "https://ci.example/2", "woodpecker ok")
    assert status("https://codeberg.org/a/b", {GITEA: {"state": "", "statuses": None}}).state is State.NONE


@pytest.mark.parametrize(
    ("said", "state"),
    [("success", State.SUCCESS), ("running", State.PENDING), ("failed", State.FAILURE), ("canceled", State.FAILURE)],
)
def test_a_pipeline_on_gitlab_is_read(said: str, state: State) -> None:
    pipeline = {"status": said, "web_url": "https://gitlab.com/a/group/b/-/pipelines/7", "ref": "main"}
    found = status("https://gitlab.com/a/group/b.git", {GITLAB: {"id": SHA, "last_pipeline": pipeline}})
    assert found == CommitStatus(state, pipeline["web_url"], "main")
    assert status("https://gitlab.com/a/group/b", {GITLAB: {"last_pipeline": None}}).state is State.NONE


def test_a_host_whose_name_does_not_tell_is_tried() -> None:
    gitlab = f"https://git.example/api/v4/projects/a%2Fb/repository/commits/{SHA}"
    assert status("https://git.example/a/b", {}).state is State.NONE
    assert status("https://git.example/a/b", {gitlab: {"last_pipeline": {"status": "success"}}}).state is State.SUCCESS
    gitea = f"https://git.example/api/v1/repos/a/b/commits/{SHA}/status"
    found = status("https://git.example/a/b", {gitea: {"state": "pending", "statuses": [{"status": "pending"}]}})
    assert found == CommitStatus(State.PENDING)


@pytest.mark.parametrize("location", ["/srv/site.git", "", "git@bitbucket.org:a/b", "https://github.com/a"])
def test_without_an_interface_nobody_is_asked(location: str) -> None:
    seen: list[httpx.Request] = []
    assert status(location, {}, seen=seen) == CommitStatus(State.NONE)
    assert seen == []


@pytest.mark.parametrize(
    ("location", "header"),
    [
        ("https://github.com/a/b", "Bearer t0ken"),
        ("https://codeberg.org/a/b", "token t0ken"),
        ("https://gitlab.com/a/group/b", "Bearer t0ken"),
    ],
)
def test_the_token_goes_along_in_a_header_only(location: str, header: str) -> None:
    seen: list[httpx.Request] = []
    with pytest.raises(WatchError) as raised:
        status(location, {}, token="t0ken", seen=seen)
    assert {request.headers["Authorization"] for request in seen} == {header}
    assert not any("t0ken" in str(request.url) for request in seen)
    assert "t0ken" not in f"{raised.value!r} {raised.value.detail}"
    seen.clear()
    with pytest.raises(WatchError):
        status(location, {}, seen=seen)
    assert not any("Authorization" in request.headers for request in seen)


def test_the_token_does_not_follow_a_redirect() -> None:
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(302, headers={"Location": "https://evil.example/"})

    with pytest.raises(WatchError, match="refused"):
        asked(
            lambda: httpx.AsyncClient(transport=httpx.MockTransport(handle), follow_redirects=True),
            lambda http: commit_status(http, "https://codeberg.org/a/b", SHA, "t0ken"),
        )
    assert [request.url.host for request in seen] == ["codeberg.org"]


@pytest.mark.parametrize("answer", [[], "x", 1, {}, {"message": "no"}])
def test_an_odd_answer_is_told(answer: Any) -> None:
    with pytest.raises(WatchError, match=r"bad_answer|refused"):
        status("https://codeberg.org/a/b", {GITEA: answer})


@pytest.mark.parametrize("statuses", ["x", [1, None, {}], {"a": 1}, [[]]])
def test_odd_parts_of_an_answer_do_not_break_anything(statuses: Any) -> None:
    found = status("https://codeberg.org/a/b", {GITEA: {"state": [], "statuses": statuses}})
    assert found.state in {State.NONE, State.PENDING}


@pytest.mark.parametrize("url", ["javascript:alert(1)", "/x", "https://", "https://a b/", 7, None, "data:text/html,x"])
def test_what_is_no_address_is_no_link(url: Any) -> None:
    one = {"status": "success", "target_url": url, "context": "a\x1b[2J\n<b>", "description": ["x"]}
    found = status("https://codeberg.org/a/b", {GITEA: {"state": "success", "statuses": [one]}})
    assert found.url == ""
    assert "\x1b" not in found.text
