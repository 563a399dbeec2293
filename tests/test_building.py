"""Changed posts are built in a copy of their site and held against their documents, whatever the site's layouts do."""

import hashlib
import os
import pathlib
import socket
import time
from collections.abc import Iterator, Mapping
from datetime import date

import pytest
from django.utils import translation

from digests.publishing import hugo
from digests.publishing.building import BuildReport, build_check
from digests.publishing.document import DigestDocument, DocumentFold
from digests.publishing.hugo import Escaping
from digests.publishing.sandbox import find_hugo, version_of
from tests import hugo_site
from tests.factories import make_document, make_document_quote
from tests.test_hugo_starter import demo, starter

pytestmark = pytest.mark.hugo

QUOTES = tuple(make_document_quote(f"{n}番目の発言です。", author=f"author{n}") for n in range(1, 6))
STORY = make_document(
    source_url="https://news.example.com/item?id=1",
    article_url="https://x.example/a",
    items=(
        make_document_quote("色付き https://x.example/b です。", color="#785bff"),
        *QUOTES,
        DocumentFold(label="もっと（1）", items=QUOTES[:2]),
        DocumentFold(label="もっと（2）", items=QUOTES[2:]),
    ),
)
PATH = hugo.post_path(STORY)


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def site(tmp_path: pathlib.Path) -> pathlib.Path:
    return starter(tmp_path / "site")


def checked(site: pathlib.Path, *documents: DigestDocument, **options: object) -> BuildReport:
    posts = {hugo.post_path(document): hugo.render(document) for document in documents}
    by_path = {hugo.post_path(document): document for document in documents}
    return check(site, posts, by_path, **options)


def check(
    site: pathlib.Path, posts: Mapping[str, str], documents: Mapping[str, DigestDocument], **options: object
) -> BuildReport:
    return build_check(site, posts, documents, hugo=pathlib.Path(hugo_site.binary()), **options)  # type: ignore[arg-type]


def edited(site: pathlib.Path, old: str, new: str) -> list[str]:
    """What is said of the story's post after an edit that its document knows nothing of."""
    post = hugo.render(STORY)
    assert old in post
    report = check(site, {PATH: post.replace(old, new)}, {PATH: STORY})
    assert not report.impossible
    return [finding.text for finding in report.problems]


def tree_of(folder: pathlib.Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


# What holds


@pytest.mark.parametrize("version", hugo_site.VERSIONS)
def test_posts_that_show_their_documents_pass(site: pathlib.Path, version: str):
    documents = (demo("finished"), demo("half_done"), STORY)
    posts = {hugo.post_path(document): hugo.render(document) for document in documents}
    by_path = dict(zip(posts, documents, strict=True))
    report = build_check(site, posts, by_path, hugo=pathlib.Path(hugo_site.binary(version)))
    assert (report.impossible, report.problems, report.notes) == ("", (), ())
    assert report.version == version_of(pathlib.Path(hugo_site.binary(version)))


@pytest.mark.parametrize(
    "config",
    [
        "defaultContentLanguageInSubdir = true\n[languages.ja]\nweight = 1\n[languages.en]\nweight = 2\n",
        "uglyURLs = true\n",
        '[permalinks.page]\nposts = "/:year/:month/:slugorfilename/"\n',
        "[minify]\nminifyOutput = true\n",
        '[languages.ja]\nbaseURL = "https://ja.example/sub/"\n[languages.en]\nbaseURL = "https://en.example/"\n',
    ],
)
def test_the_page_is_found_wherever_the_site_puts_it(site: pathlib.Path, config: str):
    path = site / "hugo.toml"
    path.write_text(
        config.split("[", maxsplit=1)[0] + path.read_text("utf-8") + "[" + config.partition("[")[2], encoding="utf-8"
    )
    if "[" not in config:
        path.write_text(path.read_text("utf-8").removesuffix("["), encoding="utf-8")
    report = checked(site, STORY)
    assert (report.impossible, report.problems) == ("", ())
    assert "lies in the future" not in str(report.notes)


def test_the_site_itself_is_not_touched(site: pathlib.Path):
    config = site / "hugo.toml"
    config.write_text(config.read_text("utf-8") + "\n[build.buildStats]\nenable = true\n", encoding="utf-8")
    before = tree_of(site)
    assert checked(site, STORY).problems == ()
    assert tree_of(site) == before


def test_a_picture_goes_with_its_post(site: pathlib.Path):
    (site / "layouts/single.html").write_text(
        '{{ define "main" }}{{ (resources.Get .Params.featureimage).RelPermalink }}{{ .Content }}{{ end }}'
    )
    picture = (site / "assets/thumbnails/lines.png").read_bytes()
    story = make_document(thumbnail="thumbnails/mine.png", items=QUOTES)
    assert checked(site, story, files={"assets/thumbnails/mine.png": picture}).problems == ()
    said = [finding.text for finding in checked(site, story).problems]
    assert said[0].startswith("Hugo cannot build it: ")
    assert said[1] == "its picture thumbnails/mine.png is not in the site, which may be why"


# What a page shows otherwise


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("3番目の発言", "3番目の発現", "Quote 4 (author3): after “3番目の発” it shows “現です。” for “言です。”"),
        ("2番目の発言です。", "*2番目*の発言です。", "Quote 3 (author2): it is shown with <em>, which nobody typed"),
        ("2番目の発言です。", "2番目<script>x</script>の発言です。", "Quote 3 (author2): it is shown with <script>"),
        ("2番目の発言です。", "", "Quote 3 (author2): its text is not shown: “2番目の発言です。”"),
        ("<https://x.example/b>", "https&#58;//x.example/b", "Quote 1 (author1): https://x.example/b is no link"),
        ("<https://x.example/b>", "[https://x.example/b](/b)", "Quote 1 (author1): there is a link to /b"),
        ("3番目の発言です。", "[3番目](/b)の発言です。", "Quote 4 (author3): there is a link to /b"),
        ('userName="author4"', 'userName="somebody"', "Quote 5 (author4): its author's name is not shown"),
        ('createdAt="2026/09/10 12:00:00" color="">', 'createdAt="x" color="#38d3d3">', "not shown in its colour"),
        ('summary="もっと（1）"', 'summary="もっと"', "a fold's label is not shown as it is: “もっと（1）”"),
        ("{{</details>}}\n\n\n\n\n{{< details", "{{</details>}}\n\n{{< details", ""),
    ],
)
def test_what_a_page_shows_otherwise_is_said_in_words(site: pathlib.Path, old: str, new: str, said: str):
    found = edited(site, old, new)
    assert any(said in text for text in found) if said else found == []


def test_a_layout_that_loses_links_is_told(site: pathlib.Path):
    (site / "layouts/_markup/render-link.html").write_text("{{ .Text }}")
    assert [finding.text for finding in checked(site, STORY).problems] == [
        "there is no link to https://news.example.com/item?id=1",
        "there is no link to https://x.example/a",
        "Quote 1 (author1): https://x.example/b is no link",
    ]


def test_quotes_that_changed_places_are_told(site: pathlib.Path):
    first, second = ("1番目の発言です。", "5番目の発言です。")
    post = hugo.render(make_document(items=QUOTES))
    swapped = post.replace(first, "*").replace(second, first).replace("*", second)
    document = make_document(items=QUOTES)
    report = check(site, {PATH: swapped}, {PATH: document})
    assert {finding.text[:20] for finding in report.problems} >= {"Quote 1 (author1): i", "Quote 5 (author5): i"}


def test_a_fold_that_holds_too_much_is_told(site: pathlib.Path):
    shut, opened = "{{</details>}}", '{{< details summary="もっと（2）">}}'
    post = hugo.render(STORY)
    moved = post.replace(f"{shut}\n\n\n\n\n{opened}\n\n", "").replace(shut, f"{shut}\n\n\n\n\n{opened}\n\n{shut}")
    report = check(site, {PATH: moved}, {PATH: STORY})
    assert "Quote 9 (author3): it stands in another fold" in [finding.text for finding in report.problems]


def test_at_most_twenty_things_are_said_of_a_post(site: pathlib.Path):
    texts = [f"{n}番目" for n in range(30)]
    document = make_document(items=tuple(map(make_document_quote, texts)))
    report = check(site, {PATH: hugo.render(document).replace("番目", "番")}, {PATH: document})
    assert len(report.problems) == 21
    assert report.problems[-1].text == "and 10 more"


def test_what_stands_in_a_post_as_it_came_is_only_noted(site: pathlib.Path):
    """A post that moved in keeps its texts as they were, and shows them as it always has."""
    document = make_document(items=(*QUOTES, make_document_quote("*強調* -- した", author="old")))
    base = hugo.render(document, escaping=Escaping.PLAIN)
    report = check(site, {PATH: base}, {PATH: document}, bases={PATH: base})
    assert ([finding.text[:15] for finding in report.notes], report.problems) == (["Quote 6 (old): "], ())
    report = check(site, {PATH: base}, {PATH: document})
    assert ([finding.text[:15] for finding in report.problems], report.notes) == (["Quote 6 (old): "], ())


# What cannot be built


def test_a_post_that_breaks_the_build_is_named_with_its_line(site: pathlib.Path):
    other = make_document(slug="other", items=QUOTES)
    broken = hugo.render(STORY).replace("{{<matomeQuote", "{{< no-such >}}{{<matomeQuote", 1)
    wrong = hugo.render(other).replace("3番目", "三番目")
    report = check(site, {PATH: broken, hugo.post_path(other): wrong}, {PATH: STORY, hugo.post_path(other): other})
    first, second = report.problems
    line = broken[: broken.index("{{< no-such")].count("\n") + 1
    assert (first.path, first.line) == (PATH, line)
    assert first.text.startswith("Hugo cannot build it: failed to extract shortcode: template for shortcode")
    assert second.path == hugo.post_path(other)


def test_a_post_is_found_that_hugo_does_not_name(site: pathlib.Path):
    (site / "layouts/_partials/tags.html").write_text('{{ if in .Params.tags "bad" }}{{ errorf "no" }}{{ end }}')
    good, bad = (make_document(slug=slug, tags=(slug,), items=QUOTES) for slug in ("good", "bad"))
    report = checked(site, good, bad)
    assert [(finding.path, finding.text) for finding in report.problems] == [
        (hugo.post_path(bad), "Hugo cannot build it: no")
    ]


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ('theme = "nowhere"\n', 'module "nowhere" not found'),
        ('[[module.imports]]\npath = "github.com/x/y"\n', "github.com/x/y"),
        ("title = \n", "hugo.toml"),
    ],
)
def test_a_site_that_cannot_be_built_is_not_the_posts_fault(site: pathlib.Path, config: str, said: str):
    path = site / "hugo.toml"
    text = path.read_text("utf-8")
    path.write_text(text + config if config.startswith("[[") else config + text, encoding="utf-8")
    report = checked(site, STORY)
    assert said in report.impossible
    assert str(site.parent) not in report.impossible
    assert (report.problems, report.notes) == ((), ())


@pytest.mark.parametrize("version", hugo_site.VERSIONS)
def test_layouts_cannot_reach_the_network_run_programs_or_read_the_environment(site: pathlib.Path, version: str):
    asked = socket.create_server(("127.0.0.1", 0))
    asked.settimeout(0.2)
    config = site / "hugo.toml"
    allowed = "\n[security.http]\nurls = ['.*']\n[security.exec]\nallow = ['.*']\n[security.funcs]\ngetenv = ['.*']\n"
    config.write_text(config.read_text("utf-8") + allowed, encoding="utf-8")
    address = f"http://127.0.0.1:{asked.getsockname()[1]}/x.json"
    for layout, said in (
        (f'{{{{ with try (resources.GetRemote "{address}") }}}}{{{{ with .Err }}}}{{{{ errorf "%s" . }}}}', "network"),
        ('{{ with getenv "MATOME_SECRET_KEY" }}{{ with . }}{{ errorf "%s" . }}', "security.funcs"),
        ('{{ with resources.FromString "x.css" "a{}" | css.PostCSS }}{{ with .Content }}{{ . }}', "programs"),
    ):
        (site / "layouts/home.html").write_text(
            f'{{{{ define "main" }}}}{layout}{{{{ end }}}}{{{{ end }}}}{{{{ end }}}}'
        )
        hugo_path = pathlib.Path(hugo_site.binary(version))
        report = build_check(site, {PATH: hugo.render(STORY)}, {PATH: STORY}, hugo=hugo_path)
        assert said in report.impossible, report
    with pytest.raises(TimeoutError):
        asked.accept()
    asked.close()


def test_links_out_of_the_site_are_not_followed(site: pathlib.Path, tmp_path: pathlib.Path):
    (tmp_path / "secret").write_text("secret")
    (site / "layouts/_partials/tags.html").unlink()
    (site / "layouts/_partials/tags.html").symlink_to(tmp_path / "secret")
    assert 'partial "tags.html" not found' in str(checked(site, STORY).problems)


def test_a_build_that_takes_too_long_ends_with_all_its_processes(site: pathlib.Path, tmp_path: pathlib.Path):
    program = tmp_path / "hugo"
    program.write_text(f"#!/bin/sh\nPATH=/usr/bin:/bin\nsleep 60 & echo $! > {tmp_path}/child; sleep 60\n")
    program.chmod(0o700)
    started = time.monotonic()
    report = build_check(site, {PATH: hugo.render(STORY)}, {PATH: STORY}, hugo=program, timeout_seconds=0.5)
    assert report.impossible == "Hugo does not finish in the time that it has here"
    assert time.monotonic() - started < 25
    child = int((tmp_path / "child").read_text())
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and _runs(child):
        time.sleep(0.05)
    assert not _runs(child)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = pathlib.Path(f"/proc/{pid}/stat")
    return not state.exists() or state.read_text().split(")")[1].split()[0] != "Z"


def test_a_program_that_says_no_end_of_things_is_not_listened_to(site: pathlib.Path, tmp_path: pathlib.Path):
    program = tmp_path / "hugo"
    program.write_text("#!/bin/sh\nPATH=/usr/bin:/bin\nhead -c 3000000 /dev/zero | tr '\\0' x\nexit 1\n")
    program.chmod(0o700)
    report = build_check(site, {PATH: hugo.render(STORY)}, {PATH: STORY}, hugo=program)
    assert len(report.impossible) == 300


# What a site hides, and what it lacks


def test_a_post_of_tomorrow_is_noted_and_compared(site: pathlib.Path):
    document = make_document(date=date(2100, 1, 1), items=QUOTES)
    path = hugo.post_path(document)
    report = check(site, {path: hugo.render(document).replace("4番目", "四番目")}, {path: document})
    assert [finding.text[:24] for finding in report.notes] == ["Hugo does not show it no"]
    assert [finding.text[:19] for finding in report.problems] == ["Quote 4 (author4): "]


def test_a_site_that_leaves_html_out_is_told_how_not_to(site: pathlib.Path):
    config = site / "hugo.toml"
    config.write_text(config.read_text("utf-8").replace("unsafe = true", "unsafe = false"), encoding="utf-8")
    said = [finding.text for finding in checked(site, STORY).problems]
    assert "Hugo leaves parts of it out: the site needs unsafe = true in [markup.goldmark.renderer]" in said
    assert any(text.startswith("Quote 7 (author1): ") for text in said)


@pytest.mark.parametrize(
    ("name", "there"),
    [("/posts/", True), ("other", True), ("/posts/2025_01/other", True), ("/other/", False), ("/post/", False)],
)
def test_a_link_to_another_post_is_judged_by_the_names_of_all(site: pathlib.Path, name: str, there: bool):
    post = hugo.render(STORY).replace('ref "/posts/"', f'ref "{name}"')
    for contents in ({"content/posts/2025_01/other/index.md"}, set()):
        if not contents:
            hugo_site.write(site, {"content/posts/2025_01/other/index.md": "not even a post: {{<"})
        report = check(site, {PATH: post}, {PATH: STORY}, contents=contents)
        said = [f"it links to {name}, which the site does not have"]
        assert [finding.text for finding in report.problems] == ([] if there else said)


def test_a_lead_that_is_not_shown_is_told(site: pathlib.Path):
    document = make_document(lead="導入です。", items=QUOTES)
    report = check(site, {PATH: hugo.render(document).replace("導入です", "導入でした")}, {PATH: document})
    assert [finding.text for finding in report.problems] == ["its text is not shown: “導入です。”"]


def test_a_site_without_layouts_makes_no_page(tmp_path: pathlib.Path):
    hugo_site.write(tmp_path / "site", {"hugo.toml": hugo_site.CONFIG, "layouts/shortcodes/matomeQuote.html": "x"})
    assert [finding.text for finding in checked(tmp_path / "site", STORY).problems] == ["Hugo makes no page of it"]


def test_the_program_is_found_or_named_or_off(tmp_path: pathlib.Path):
    real = find_hugo()
    assert real is not None
    assert find_hugo(str(real)) == real
    assert find_hugo("off") is None
    assert find_hugo(str(tmp_path / "hugo")) is None
    assert version_of(tmp_path / "hugo") == ""
    assert version_of(real).startswith("0.")
