"""`export_hugo`: the seed's content gives the seed's bytes; files are written whole, and only when they change."""

import io
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image

from digests import curation
from digests.publishing import loading
from digests.publishing.document import DigestDocument, DocumentFold, DocumentQuote
from digests.publishing.interchange import Entry
from digests.publishing.publish import publish
from digests.thumbnails import make_thumbnail
from tests.factories import make_digest

pytestmark = pytest.mark.django_db

SEED = Path(__file__).parent.parent.parent / "shared" / "seed" / "000_8f471aa8bcadff82.txt"


def export(*arguments):
    out, err = io.StringIO(), io.StringIO()
    call_command("export_hugo", *arguments, stdout=out, stderr=err)
    return out.getvalue()


def read_post(post) -> Any:
    """The seed's content, read by its lines."""

    def value(pattern):
        return re.search(pattern, post, re.MULTILINE)[1]

    items: list[DocumentQuote | DocumentFold] = []
    label, folded = "", list[DocumentQuote]()
    for line in post.split("\n"):
        if found := re.match(r'\{\{<matomeQuote body="(.*)" userName="(.*)" createdAt="(.*)" color="(.*)">\}\}', line):
            created_at = datetime.strptime(found[3], "%Y/%m/%d %H:%M:%S").replace(tzinfo=UTC)
            text = found[1].replace("<br>", "\n")
            quote = DocumentQuote(author=found[2], created_at=created_at, text=text, color=found[4])
            items.append(quote) if not label else folded.append(quote)
        elif found := re.match(r'\{\{< details summary="(.*)">\}\}', line):
            label, folded = found[1], []
        elif line == "{{</details>}}":
            items.append(DocumentFold(label=label, items=tuple(folded)))
            label = ""
    return DigestDocument(
        slug="math_for_llms",
        headline=value("^title = '(.*)'"),
        date=datetime.fromisoformat(value("^date = '(.*)'")).date(),
        tags=tuple(re.findall('"(.*?)"', value(r"^tags = \[(.*)\]"))),
        thumbnail=value("^featureimage = '(.*)'"),
        source_url=value(r"引用元：\[(.*?)\]"),
        items=tuple(items),
    )


@pytest.mark.skipif(not SEED.exists(), reason="the reference post is not here: ../shared/seed")
def test_the_seeds_content_exports_to_the_seeds_bytes_through_the_database(tmp_path):
    seed = SEED.read_bytes()
    loading.load([Entry(read_post(seed.decode()), "published")])
    assert export("math_for_llms", "--stdout", "--escaping", "plain").encode() == seed
    export("--all", "--to", str(tmp_path), "--escaping", "plain")
    written = tmp_path / "content/posts/2025_09/2025_09_06_math_for_llms/index.md"
    assert written.read_bytes() == seed


def test_only_files_whose_content_changed_are_written(tmp_path):
    digests = [make_digest(slug=slug, texts=["一"]) for slug in ("a", "b")]
    for digest in digests:
        publish(digest.pk, changes=1, by=None)
    assert export("--all", "--to", str(tmp_path)) == "2 written, 0 unchanged\n"
    assert export("--all", "--to", str(tmp_path)) == "0 written, 2 unchanged\n"
    digests[0].quotes.update(text="二")
    assert export("--all", "--to", str(tmp_path)) == "0 written, 2 unchanged\n"  # readers do not see it either
    publish(digests[0].pk, changes=1, by=None)
    assert export("--all", "--to", str(tmp_path)) == "1 written, 1 unchanged\n"


def test_drafts_are_exported_only_by_name(tmp_path):
    make_digest(slug="draft", texts=["一"])
    assert export("--all", "--to", str(tmp_path)) == "0 written, 0 unchanged\n"
    assert 'body="一"' in export("draft", "--stdout")


def test_one_post_that_cannot_be_written_stops_the_export_before_the_first_file(tmp_path):
    for slug, text in (("a", "一"), ("b", '引用 "符" です')):
        publish(make_digest(slug=slug, texts=[text]).pk, changes=1, by=None)
    with pytest.raises(CommandError, match="b: plain escaping"):
        export("--all", "--to", str(tmp_path), "--escaping", "plain")
    assert not list(tmp_path.iterdir())


def test_mistakes_in_the_arguments_are_one_clear_line(tmp_path):
    make_digest(slug="here")
    target = ("--to", str(tmp_path))
    for arguments in (
        ("here", "--to", ""),
        target,
        ("here", "--all", *target),
        ("gone", *target),
        ("here",),
        ("here", "--stdout", *target),
    ):
        with pytest.raises(CommandError):
            export(*arguments)


def test_a_folder_that_cannot_be_written_is_one_clear_line(tmp_path):
    (tmp_path / "content").write_text("a file where a folder must be")
    make_digest(slug="here", texts=["一"])
    with pytest.raises(CommandError, match="cannot be written"):
        export("here", "--to", str(tmp_path))


def test_exporting_all_takes_as_many_queries_for_twenty_as_for_ten(tmp_path):
    counts = []
    for numbers in (range(10), range(10, 20)):
        for number in numbers:
            publish(make_digest(slug=f"d{number}", texts=["一", "二"]).pk, changes=1, by=None)
        with CaptureQueriesContext(connection) as queries:
            export("--all", "--to", str(tmp_path))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_an_uploaded_thumbnail_goes_with_its_post(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "media"
    out = io.BytesIO()
    Image.new("RGB", (20, 10), "teal").save(out, "PNG")
    thumbnail = make_thumbnail(out.getvalue())
    digest = make_digest(slug="here", texts=["一"])
    curation.set_thumbnail(digest.pk, version=1, thumbnail=thumbnail)
    export("here", "--to", str(tmp_path / "site"))
    assert (tmp_path / "site/assets" / thumbnail.path).read_bytes() == thumbnail.content
    assert f"featureimage = '{thumbnail.path}'" in export("here", "--stdout")


def test_a_thumbnail_that_lies_in_the_site_already_is_named_and_not_written(tmp_path):
    make_digest(slug="here", texts=["一"], thumbnail="thumbnails/../../../etc/passwd")
    export("here", "--to", str(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["content"]


def test_a_slug_that_would_break_the_build_is_refused(tmp_path):
    make_digest(slug="x__hdeferred", texts=["一"])
    with pytest.raises(CommandError, match="x__hdeferred"):
        export("x__hdeferred", "--to", str(tmp_path))
    assert not list(tmp_path.iterdir())
