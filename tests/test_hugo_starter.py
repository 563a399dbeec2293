"""The starter site: made by its command, built by the real Hugo, and what a visitor of its pages reads."""

import colorsys
import io
import json
import pathlib
import random
import re
import tomllib
from datetime import date

import pytest
from django.core.management import CommandError, call_command

import digests
from digests import palette
from digests.publishing import hugo, interchange
from digests.publishing.document import DigestDocument, DocumentFold
from digests.publishing.form import Form
from tests import hugo_site
from tests.factories import make_document, make_document_quote

POST = "posts/2026_09/2026_09_12_a_story/index.html"


def demo(name: str) -> DigestDocument:
    path = pathlib.Path(digests.__file__).parent / "demo" / f"{name}.json"
    return interchange.from_json(json.loads(path.read_text(encoding="utf-8"))).document


def starter(root: pathlib.Path, *documents: DigestDocument, **options: str) -> pathlib.Path:
    call_command("hugo_starter", root, stdout=io.StringIO(), **options)
    hugo_site.write(root, {hugo.post_path(document): hugo.render(document) for document in documents})
    return root


def built(root: pathlib.Path, *documents: DigestDocument, **options: str) -> dict[str, str]:
    hugo_site.run(starter(root, *documents, **options))
    return hugo_site.pages_of(root, ())


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", "", html)).strip()


# The command


def test_a_starter_site_says_what_it_was_told(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]):
    title = 'It\'s "a" \\ まとめ'
    call_command(
        "hugo_starter", tmp_path / "s", "--base-url=https://x.example/sub", title=title, time_zone="Asia/Seoul"
    )
    config = tomllib.loads((tmp_path / "s/hugo.toml").read_text(encoding="utf-8"))
    assert (config["title"], config["baseURL"], config["timeZone"]) == (title, "https://x.example/sub/", "Asia/Seoul")
    assert config["markup"]["goldmark"]["renderer"]["unsafe"]
    assert config["taxonomies"] == {"tag": "tags", "month": "months"}
    assert capsys.readouterr().out.endswith(f"hugo server --source {tmp_path / 's'}\n")


def test_a_folder_that_holds_something_is_left_alone(tmp_path: pathlib.Path):
    (tmp_path / "mine.txt").touch()
    with pytest.raises(CommandError, match="is not empty"):
        call_command("hugo_starter", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_what_was_changed_by_hand_stays(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]):
    call_command("hugo_starter", tmp_path)
    (tmp_path / "hugo.toml").write_text("# mine", encoding="utf-8")
    (tmp_path / "layouts/list.html").unlink()
    (tmp_path / "layouts/rss.xml").unlink()
    (tmp_path / "layouts/rss.xml").symlink_to("nowhere")
    capsys.readouterr()
    call_command("hugo_starter", tmp_path, force=True)
    said = capsys.readouterr()
    assert said.out.startswith("1 files written")
    assert said.err == "kept as it is: hugo.toml\nkept as it is: layouts/rss.xml\n"
    assert (tmp_path / "hugo.toml").read_text(encoding="utf-8") == "# mine"
    assert (tmp_path / "layouts/list.html").is_file()
    assert not (tmp_path / "layouts/nowhere").exists()


@pytest.mark.parametrize(
    "arguments", [["--base-url", "javascript:x"], ["--base-url", "https://x/?q"], ["--time-zone", "Mars"]]
)
def test_a_site_that_could_not_be_is_refused(arguments: list[str], tmp_path: pathlib.Path):
    with pytest.raises(CommandError, match="expected"):
        call_command("hugo_starter", tmp_path, *arguments)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_named(tmp_path: pathlib.Path):
    (tmp_path / "file").touch()
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("hugo_starter", tmp_path / "file/site")


# What Hugo makes of it


@pytest.mark.hugo
@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("version", hugo_site.VERSIONS)
def test_both_hugos_build_it_without_a_warning(version: str, language: str, tmp_path: pathlib.Path):
    starter(tmp_path / "site", demo("finished"), demo("half_done"), language=language)
    said = hugo_site.run(tmp_path / "site", "--panicOnWarning", "--logLevel", "info", version=version)
    assert not re.search(r"deprecat|WARN|ERROR", said)
    names = {path.relative_to(tmp_path / "site/public").as_posix() for path in (tmp_path / "site/public").rglob("*.*")}
    assert names >= {"index.html", "index.xml", "404.html", "robots.txt", "sitemap.xml", "posts/index.html"}
    assert names >= {"tags/index.html", "tags/git/index.html", "months/index.html", "months/2026/09/index.html"}


@pytest.mark.hugo
def test_an_empty_starter_site_builds(tmp_path: pathlib.Path):
    pages = built(tmp_path)
    assert "まとめはまだありません。" in pages["index.html"]
    assert "まとめはまだありません。" in pages["tags/index.html"]


@pytest.mark.hugo
def test_a_page_shows_the_whole_digest(tmp_path: pathlib.Path):
    document = demo("finished")
    page = built(tmp_path, document)[
        hugo.post_path(document).removeprefix("content/").replace("index.md", "index.html")
    ]
    assert text_of(re.findall("(?s)<h1>(.*?)</h1>", page)[0]) == document.headline
    assert re.findall(r'id="(q[^"]*)"', page) == [f"q{n}" for n in range(1, 59)]
    assert [int(n) for n in re.findall(r'href="#q\d+">(?:<span.*</span> )?(\d+)</a>', page)] == [*range(1, 59)]
    folds = [item for item in document.items if isinstance(item, DocumentFold)]
    labels = [text_of(summary) for summary in re.findall("(?s)<summary>(.*?)</summary>", page)]
    assert labels == [f"{fold.label} {len(fold.quotes)}件のコメント" for fold in folds]
    assert document.source_url in page
    assert document.article_url in page


@pytest.mark.hugo
def test_the_quotation_of_a_headline_is_the_heading_as_it_was_typed(tmp_path: pathlib.Path):
    same = make_document(headline='<b> & "R&D" :smile: 1...', items=(make_document_quote(),))
    page = built(tmp_path, same)[POST]
    assert "<h1>&lt;b&gt; &amp; &quot;R&amp;D&quot; :smile: 1...</h1>" in page
    assert '<p class="lead">' not in page


@pytest.mark.hugo
def test_a_lead_is_shown_in_the_post_and_in_lists(tmp_path: pathlib.Path):
    pages = built(tmp_path, make_document(lead="導入 <b>\n二行目", items=(make_document_quote(),)))
    assert '<p class="lead">導入 &lt;b&gt;<br>\n二行目</p>' in pages[POST]
    assert '<p class="summary">導入 &lt;b&gt; 二行目</p>' in pages["index.html"]


@pytest.mark.hugo
def test_times_are_shown_in_the_sites_zone_with_the_zone_said(tmp_path: pathlib.Path):
    odd = '{{<matomeQuote body="b" userName="u" createdAt="%s" color="">}}\n\n'
    times = ("2025-02-05T15:50:09", "2025-02-05T15:50:09+09:00", "yesterday", "2025-13-05T15:50:09", "")
    document = make_document(items=(make_document_quote(),))
    starter(tmp_path, document)
    post = tmp_path / hugo.post_path(document)
    post.write_text(post.read_text("utf-8") + "".join(odd % time for time in times), encoding="utf-8")
    hugo_site.run(tmp_path)
    shown = re.findall("<time( datetime=.*?)?>(.*?)</time>", hugo_site.pages_of(tmp_path, ())[POST])
    assert shown[1:] == [
        (' datetime="2026-09-10T12:00:00Z"', "2026/09/10 21:00 JST"),
        (' datetime="2025-02-05T15:50:09Z"', "2025/02/06 00:50 JST"),
        (' datetime="2025-02-05T06:50:09Z"', "2025/02/05 15:50 JST"),
        ("", "yesterday"),
        ("", "2025-13-05T15:50:09"),
    ]


@pytest.mark.hugo
def test_every_colour_is_shown_as_our_own_pages_show_it(tmp_path: pathlib.Path):
    source = random.Random(7)
    hues = [colorsys.hsv_to_rgb(step / 90, 0.9, 0.8) for step in range(90)]
    values = [f"#{''.join(f'{round(part * 255):02x}' for part in rgb)}" for rgb in hues]
    values += [f"#{source.randrange(1 << 24):06x}" for _ in range(100)]
    values += [color.hex for color in palette.COLORS] + ["#000000", "#808080", "#ffffff", ""]
    quotes = tuple(make_document_quote(color=value) for value in values)
    page = built(tmp_path, make_document(items=quotes))[POST]
    shown = re.findall(r'class="quote(?: c-(\w+))?"', page)
    assert shown == [color.key if (color := palette.shown_as(value)) else "" for value in values]
    marks = re.findall('aria-hidden="true">(.)</span><span class="hidden">', page)
    assert marks == [palette.shown_as(value).mark for value in values if value]


@pytest.mark.hugo
def test_a_picture_is_shown_wherever_it_stands_and_a_missing_one_breaks_nothing(tmp_path: pathlib.Path):
    names = {
        "assets": "thumbnails/brackets.png",
        "static": "favicon.svg",
        "missing": "thumbnails/gone.jpg",
        "elsewhere": "https://x.example/a.png",
    }
    pages = built(tmp_path, *(make_document(slug=slug, thumbnail=name) for slug, name in names.items()))
    shown = {slug: re.findall('<img class="picture".*?>', pages[POST.replace("a_story", slug)]) for slug in names}
    assert shown == {
        "assets": ['<img class="picture" src="/thumbnails/brackets.png" width="1200" height="630" alt="">'],
        "static": ['<img class="picture" src="/favicon.svg" alt="">'],
        "missing": [],
        "elsewhere": [],
    }
    assert '"https://example.org/thumbnails/brackets.png"' in pages[POST.replace("a_story", "assets")]


@pytest.mark.hugo
def test_a_picture_beside_the_post_is_found(tmp_path: pathlib.Path):
    document = make_document()
    starter(tmp_path, document)
    picture = tmp_path / "assets/thumbnails/lines.png"
    picture.rename((tmp_path / hugo.post_path(document)).with_name("feature.png"))
    hugo_site.run(tmp_path)
    src = '<img class="picture" src="/posts/2026_09/2026_09_12_a_story/feature.png" width="1200" height="630" alt="">'
    assert src in hugo_site.pages_of(tmp_path, ())[POST]


@pytest.mark.hugo
def test_lists_have_pages_and_months_their_years(tmp_path: pathlib.Path):
    days = [date(2025 + n // 12, n % 12 + 1, 3) for n in range(22)]
    documents = (make_document(slug=f"s{n}", date=day, headline=f"第{n}話") for n, day in enumerate(days))
    pages = built(tmp_path, *documents)
    assert "1 / 2 ページ" in pages["index.html"]
    assert pages["page/2/index.html"].count('<li class="card">') == 2
    assert re.findall("<h2>(20..年)</h2>", pages["months/index.html"]) == ["2026年", "2025年"]
    assert '<h1 class="list-title">2025年3月</h1>' in pages["months/2025/03/index.html"]
    feed = (tmp_path / "public/index.xml").read_text("utf-8")
    assert feed.count("<item>") == 20
    assert "<pubDate>Sat, 03 Oct 2026 00:00:00 +0900</pubDate>" in feed


@pytest.mark.hugo
def test_no_page_asks_for_anything_from_elsewhere(tmp_path: pathlib.Path):
    pages = built(tmp_path, demo("finished"))
    for name, page in pages.items():
        assert not re.findall(r'<(?:script|iframe|img|link rel="stylesheet")[^>]*(?:src|href)="(?!/[^/])', page), name
        assert "<script" not in page
        assert " style=" not in page
        if 'http-equiv="refresh"' not in page:  # Hugo's own stubs that lead to a first page
            assert "default-src 'none'" in page or "default-src &#39;none&#39;" in page


@pytest.mark.hugo
def test_the_older_posts_form_builds_too(tmp_path: pathlib.Path):
    document = make_document(items=(make_document_quote(),))
    starter(tmp_path, document)
    post = tmp_path / hugo.post_path(document)
    post.write_text(post.read_text("utf-8").replace(Form().footer, "{{< list limit=2 >}}"), encoding="utf-8")
    hugo_site.run(tmp_path, "--panicOnWarning")
    assert (
        f'<li><a href="/{POST.removesuffix("index.html")}">平文の話</a></li>' in hugo_site.pages_of(tmp_path, ())[POST]
    )
