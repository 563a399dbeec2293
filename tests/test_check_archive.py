"""What deserves a look in the archive is found, told by code, digest and quote, and forgotten once it is mended."""

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from digests import curation
from digests.archive import checking, findings, tags
from digests.archive.codes import CODES
from digests.archive.moving_in import move_in
from digests.archive.site_folder import SiteFolder
from digests.curation.bin import put_in
from digests.models import ArchiveCheck, CheckedDigest, Digest, Finding, Target
from digests.publishing import problems
from digests.publishing.assemble import assemble
from digests.publishing.publish import go_live, unpublish
from tests.factories import make_digest, make_document, make_document_quote, make_thread
from tests.moving import (
    PATH,
    MoveInto,
    moved,
    post,
    quote,
    target,
)

__all__ = ["moved", "target"]

pytestmark = pytest.mark.django_db
BAD = "content/posts/2026_01/bad/index.md"
CORPUS = Path(__file__).parent.parent.parent / "shared" / "corpus" / "posts"


def check(*arguments: str) -> str:
    out = io.StringIO()
    call_command("check_archive", *arguments, stdout=out)
    return out.getvalue()


def told() -> list[tuple[str, str | None, int | None, str]]:
    """Everything found, but for what every small test digest lacks."""
    rows = Finding.objects.exclude(code__in=["no_article", "no_thread", "tag_once", "no_tags"]).order_by(
        "code", "number", "pk"
    )
    return [*rows.values_list("code", "digest__slug", "number", "detail")]


def published(*texts: str, **fields: Any) -> Digest:
    """A digest that readers see, with one quote for each text."""
    digest = make_digest(texts=texts, **fields)
    make_published(digest)
    return digest


def make_published(digest: Digest) -> None:
    go_live(digest, assemble(digest.pk), by=None)


def test_texts_are_looked_at_with_their_numbers_and_places() -> None:
    digest = published(
        "ひとつめ",
        "",
        "This one was never put into Japanese",
        "続きは https://example.com/a/long/add... で",
        "ひとつめ",
    )
    checking.check_now()
    assert told() == [
        ("cut_address", "a_story", 4, "https://example.com/a/long/add"),
        ("doubled", "a_story", 1, "5"),
        ("doubled", "a_story", 5, "1"),
        ("empty", "a_story", 2, ""),
        ("untranslated", "a_story", 3, "This one was never put into Japanese"),
    ]
    assert Finding.objects.get(code="empty").quote == digest.quotes.get(position=1)


def test_what_hugo_makes_of_a_quote_as_it_was_typed_is_found(moved: MoveInto) -> None:
    typed = [
        quote("`--help`を見て、*必須*です"),
        quote("ふつう"),
        quote("<video>になってる", at="2026/01/05 10:00:01"),
        quote("何か...だね", at="2026/01/05 10:00:02"),
        quote("見て、https://example.com", at="2026/01/05 10:00:03"),
        quote("&lt;安全&gt; に &#96;書いた&#96;", at="2026/01/05 10:00:04"),
    ]
    moved({PATH: post(*typed)})
    checking.check_now()
    assert told() == [
        ("dead_link", "a_story", 5, "https://example.com"),
        ("live_html", "a_story", 3, "<video>"),
        ("swallowed", "a_story", 1, "`--help` … *必須*"),
        ("typography", "a_story", 4, "..."),
    ]


def test_a_quote_that_was_reworded_is_not_the_one_in_the_post(moved: MoveInto) -> None:
    moved({PATH: post(quote("`--help`を見て"))})
    first = Digest.objects.get().quotes.get()
    curation.edit_quote(first.pk, version=1, text="ヘルプを見て", author=first.author)
    checking.check_now()
    assert told() == []


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("C<T> と R&D と :smile: の話", [("title", "< > & :smile:")]),
        ("AT & T: 3 < 4", [("title", "<")]),
        ("ふつうの話", []),
    ],
)
def test_titles_that_a_theme_takes_for_html_are_found(
    moved: MoveInto, title: str, expected: list[tuple[str, str]]
) -> None:
    moved({PATH: post(title=title)})
    checking.check_now()
    assert [(code, detail) for code, _slug, _number, detail in told()] == expected


def test_a_quotation_mark_in_a_title_breaks_the_build_or_is_told(moved: MoveInto) -> None:
    typed = post(title="Don't")  # the literal string ends at the '
    moved({PATH: typed, "content/posts/2026_01/2026_01_06_b/index.md": typed.replace("'Don't'", '"Don\'t"')})
    checking.check_now()
    found = [(code, slug, detail.partition(":")[0]) for code, slug, _number, detail in told()]
    assert ("title", "a_story", "TOML") in found
    assert ("title_quote", "b", "Don't") in found
    assert ("broken_post", "a_story", PATH) in found
    assert Finding.objects.get(code="broken_post").detail.startswith(f"{PATH}:5 ")


def test_what_stops_a_build_and_what_is_no_post_are_found(moved: MoveInto) -> None:
    opened = '{{< details summary="開いたまま">}}'
    moved({PATH: post(quote("C:\\"), quote("a\\`b", at="2026/01/05 10:00:01"), opened, quote("中")), BAD: "bad\n"})
    checking.check_now()
    broken = [detail for code, _slug, _number, detail in told() if code == "broken_post"]
    assert len(broken) == 3
    assert all(any(part in detail for detail in broken) for part in ("開いたまま", "C:", "a\\`b"))
    unread = Finding.objects.get(code="unread_post")
    assert (unread.digest, str(unread.post)) == (None, BAD)
    assert unread.detail.startswith(f"{BAD}:")


def test_colours_are_told_once_for_a_digest_with_the_numbers_of_their_quotes() -> None:
    digest = published("一", "二", "三")
    digest.quotes.filter(position__in=[1, 2]).update(color="#45d325")
    digest.quotes.filter(position=0).update(color="#1f7a0c")
    checking.check_now()
    assert told() == [("unreadable_color", "a_story", 2, "#45d325 2.0:1 ×2 (2, 3)")]


def test_tags_and_threads_are_compared_over_all_digests() -> None:
    address = "https://news.ycombinator.com/item?id=7"
    published("一", slug="one", tags=["JavaScript", "カンバン"], source_url=address)
    published("二", slug="two", tags=["JavaScript", "かんばん"], source_url=f"{address}&x=1".replace("&x=1", ""))
    published(
        "三",
        slug="three",
        tags=["javascript", "UI/UX", "かん ばん"],
        source_url="http://news.ycombinator.com/item?id=8",
    )
    make_digest(slug="draft", tags=["JAVASCRIPT"], source_url=address)
    checking.check_now()
    assert sorted((code, slug, detail) for code, slug, _number, detail in told()) == [
        ("duplicated_thread", "one", "two"),
        ("duplicated_thread", "two", "one"),
        ("tag_alias", "one", "カンバン → かんばん (1 : 1)"),
        ("tag_alias", "three", "javascript → JavaScript (1 : 2)"),
        ("tag_alias", "three", "かん ばん → かんばん (1 : 1)"),
        ("tag_folder", "three", "UI/UX → UI／UX"),
    ]
    assert [*Finding.objects.filter(code="tag_once").values_list("detail", flat=True)] == ["UI/UX"]


def test_what_is_not_linked_is_told() -> None:
    published("一", source_url="", slug="nowhere", article_url="https://example.com")
    thread = make_thread()
    published("二", slug="tied", thread=thread, article_url="https://example.com")
    published("三", slug="named")
    checking.check_now()
    found = Finding.objects.filter(code__in=["no_source", "no_thread", "unmatched", "no_article", "duplicated_thread"])
    assert sorted(found.values_list("code", "digest__slug")) == [
        ("duplicated_thread", "named"),
        ("duplicated_thread", "tied"),
        ("no_article", "named"),
        ("no_source", "nowhere"),
        ("no_thread", "named"),
        ("unmatched", "tied"),
    ]


def test_drafts_are_no_part_of_the_archive() -> None:
    make_digest(texts=[""])
    assert "1 drafts are no part of the archive" in check()
    assert not Finding.objects.exists()


def test_only_what_has_changed_is_looked_at_again_and_what_is_mended_vanishes() -> None:
    mended, other = published("", slug="mended"), published("", slug="other")
    assert check().startswith("2 digests looked at, 0 unchanged")
    row = mended.quotes.get()
    curation.edit_quote(row.pk, version=1, text="書いた", author="author1")
    kept = Finding.objects.get(code="empty", digest=other)
    assert check().startswith("1 digests looked at, 1 unchanged")
    assert [*Finding.objects.filter(code="empty")] == [kept]
    unpublish(other.pk)
    put_in({other.pk: 1}, by=None)
    assert check().startswith("0 digests looked at, 1 unchanged")
    assert not Finding.objects.filter(code="empty").exists()
    assert CheckedDigest.objects.count() == 1


def test_a_digest_that_leaves_the_archive_leaves_no_findings() -> None:
    digest = published("")
    check()
    digest.publications.update(is_live=False)
    check()
    assert not Finding.objects.exists()
    assert not CheckedDigest.objects.exists()


def test_a_post_that_changed_is_looked_at_again(moved: MoveInto) -> None:
    moved({PATH: post(quote("`a`"))})
    check()
    moved({PATH: post(quote("b"))})
    assert check().startswith("1 digests looked at")
    assert told() == []


def test_new_rules_have_everything_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    published("一")
    check()
    monkeypatch.setattr(checking, "VERSION", checking.VERSION + 1)
    assert check().startswith("1 digests looked at, 0 unchanged")


def test_the_shell_lists_a_code_and_gives_json() -> None:
    published("", "https://example.com/abc... の話")
    listed = check("--code", "empty")
    assert "error         1  empty              Empty quotes" in listed
    assert "cut_address" not in listed
    assert listed.splitlines()[-1] == "empty: a_story no. 1"
    value = json.loads(check("--json"))
    assert (value["checked"], value["unchanged"], value["counts"]["cut_address"]) == (0, 1, 1)
    cut = next(one for one in value["findings"] if one["code"] == "cut_address")
    quote_id = Digest.objects.get().quotes.get(position=1).pk
    assert cut == {
        "code": "cut_address",
        "severity": "warning",
        "digest": "a_story",
        "post": None,
        "number": 2,
        "detail": "https://example.com/abc",
        "board": f"/desk/digests/{Digest.objects.get().pk}/#q{quote_id}",
    }


def test_a_run_that_was_overtaken_writes_nothing_more() -> None:
    published("")
    run = ArchiveCheck.objects.create()
    assert checking.cancel(run.pk)
    checking.run(run.pk)
    assert not Finding.objects.exists()
    old = checking.start(by=None)
    assert checking.start(by=None) == old
    checking.check_now()
    assert ArchiveCheck.objects.get(pk=old.pk).state == "cancelled"


def test_a_run_that_fails_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    published("一")
    run = checking.start(by=None)
    monkeypatch.setattr(checking, "CHUNK", 0)
    checking.run(run.pk)
    run.refresh_from_db()
    assert (run.state, run.error_code, run.error_detail[:10]) == ("failed", "unexpected", "ValueError")


@pytest.mark.parametrize("count", [5, 30])
def test_questions_to_the_database_do_not_grow_with_digests(count: int) -> None:
    for number in range(count):
        published("一", "", slug=f"story_{number}")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        checking.check_now()
    assert len(queries) <= 25


def test_every_problem_before_publishing_has_a_name_here() -> None:
    source = Path(problems.__file__).read_text(encoding="utf-8")
    codes = set(re.findall(r'Finding\(\s*"(\w+)"', source))
    assert len(codes) > 8
    assert codes <= CODES.keys()


def test_a_document_is_judged_without_a_database() -> None:
    document = make_document(items=(make_document_quote("一", color="#ffffff"),), tags=(".NET",))
    assert [(one.code, one.detail) for one in findings.in_document(document, language="en")] == [
        ("no_source", ""),
        ("unreadable_color", "#ffffff 1.0:1 ×1 (1)"),
        ("tag_folder", ".NET → NET"),
        ("no_article", ""),
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("AI", "ai"),
        ("ＡＩ", "AI"),
        ("カンバン", "かんばん"),
        ("機械 学習", "機械学習"),
        ("ｶﾝﾊﾞﾝ", "かんばん"),
        ("ヴィム", "ゔぃむ"),
    ],
)
def test_spellings_of_one_tag_are_one(one: str, other: str) -> None:
    assert tags.folded(one) == tags.folded(other)
    assert tags.aliases({one: 1, other: 2}) == {one: other}


def test_different_tags_stay_different() -> None:
    assert tags.groups({"C": 1, "C++": 1, "C#": 1, "Go": 2, "ゴー": 1}) == []


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the site's published posts are not at hand")
def test_the_whole_corpus_is_checked(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    move_in(SiteFolder(CORPUS), Target.objects.create(name="site", kind="folder", location=str(CORPUS), branch=""))
    run = checking.check_now()
    assert run.result == {"checked": 176, "unchanged": 0}
    counts = checking.counts(Finding.objects.all())
    assert {code: counts.get(code, 0) for code in ("swallowed", "live_html", "empty", "cut_address")} == {
        "swallowed": 190,
        "live_html": 12,
        "empty": 46,
        "cut_address": 461,
    }
    assert {"untranslated", "doubled", "unreadable_color", "tag_alias", "tag_folder", "no_thread"} <= counts.keys()
    assert checking.check_now().result == {"checked": 0, "unchanged": 176}
