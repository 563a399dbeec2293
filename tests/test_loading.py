"""`load_digest` and `dump_digest`: the archive goes out and comes in without a scratch."""

import io
import json
import threading

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from digests.models import Digest, Fold, Publication, Quote
from tests.factories import make_comment, make_digest, make_fold, make_thread

pytestmark = pytest.mark.django_db

VALUE = {
    "slug": "plain_text",
    "title": "平文の話",
    "date": "2026-09-12",
    "tags": ["平文", "AI"],
    "thumbnail": "thumbnails/blue1.jpg",
    "lead": "導入\n二行目",
    "source_url": "https://news.ycombinator.com/item?id=100",
    "article_url": "https://example.com/plain-text",
    "series": "平文の連載",
    "status": "published",
    "items": [
        {
            "quote": {
                "author": "author1",
                "created_at": "2026-09-10T12:01:00Z",
                "text": "一行目\n二行目 <b>",
                "color": "#785bff",
                "comment": 100001,
            }
        },
        {
            "fold": {
                "label": "余談",
                "items": [
                    {
                        "quote": {
                            "author": "author2",
                            "created_at": "2026-09-10T12:02:00Z",
                            "text": "二",
                            "color": "",
                            "comment": None,
                        }
                    }
                ],
            }
        },
        {"update": {"date": "2026-09-20", "text": "その後の話\n二行目"}},
    ],
}


def load(tmp_path, value, *options):
    file = tmp_path / "digest.json"
    file.write_text(value if isinstance(value, str) else json.dumps(value))
    out = io.StringIO()
    call_command("load_digest", str(file), *options, stdout=out)
    return out.getvalue()


def dump(*arguments):
    out = io.StringIO()
    call_command("dump_digest", *arguments, stdout=out)
    return json.loads(out.getvalue())


def test_what_is_loaded_is_dumped_again_unchanged(tmp_path):
    assert load(tmp_path, VALUE) == "1 created, 0 replaced\n"
    assert dump("plain_text") == VALUE
    assert dump("--all") == [VALUE]


def test_a_loaded_published_digest_is_live_and_a_draft_is_not(tmp_path):
    load(tmp_path, [VALUE, VALUE | {"slug": "draft", "status": "draft"}])
    assert list(Publication.objects.live().values_list("slug", flat=True)) == ["plain_text"]


def test_quotes_are_tied_to_the_thread_that_is_here(tmp_path):
    thread = make_thread(comments=1)
    load(tmp_path, VALUE)
    digest = Digest.objects.get()
    assert digest.thread == thread
    assert [quote.comment for quote in digest.quotes.quoted().in_order()] == [thread.comments.get(), None]


def test_a_threads_address_may_be_written_in_another_way(tmp_path):
    thread = make_thread(comments=1)
    load(tmp_path, VALUE | {"source_url": "http://news.ycombinator.com/item?id=100&p=2"})
    assert Digest.objects.get().thread == thread


def test_a_replaced_digest_keeps_its_thread_where_the_file_names_none_that_is_here(tmp_path):
    thread = make_thread(comments=1)
    make_digest(slug="plain_text", thread=thread)
    load(tmp_path, VALUE | {"source_url": "https://example.com/elsewhere"}, "--replace")
    digest = Digest.objects.get()
    assert (digest.thread, digest.source_url) == (thread, "https://example.com/elsewhere")
    assert digest.quotes.get(position=0).comment == thread.comments.get()


def test_an_existing_slug_is_refused_and_nothing_changes(tmp_path):
    make_digest(slug="plain_text", texts=["old"])
    with pytest.raises(CommandError, match="plain_text"):
        load(tmp_path, [VALUE | {"slug": "other"}, VALUE])
    assert list(Digest.objects.values_list("slug", flat=True)) == ["plain_text"]


def test_replace_writes_over_it_and_counts_as_a_change(tmp_path):
    old = make_digest(slug="plain_text", texts=["old"])
    make_fold(old, first=0, size=1)
    assert load(tmp_path, VALUE, "--replace") == "0 created, 1 replaced\n"
    digest = Digest.objects.get()
    assert (digest.pk, digest.version, digest.changes) == (old.pk, 2, 2)
    assert dump("plain_text") == VALUE
    assert (Quote.objects.count(), Fold.objects.count()) == (3, 1)


def test_replacing_with_a_draft_withdraws_it(tmp_path):
    load(tmp_path, VALUE)
    load(tmp_path, VALUE | {"status": "draft"}, "--replace")
    assert not Publication.objects.live().exists()
    assert dump("plain_text")["status"] == "draft"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ([VALUE, VALUE | {"slug": "b", "date": "soon"}], r"\[1\]\.date"),
        ([VALUE, VALUE], "plain_text"),
        ("5", "an object is expected"),
        ('{"slug": "a", "title": "one", "title": "two", "date": "2026-09-12", "items": []}', "'title' stands twice"),
        (VALUE | {"two\nlines" + "x" * 5000: 1}, r"^\S+ cannot be loaded\. two linesx{1,300}\. Nothing was changed\.$"),
    ],
)
def test_a_bad_file_changes_nothing_and_says_where(tmp_path, value, words):
    with pytest.raises(CommandError, match=words):
        load(tmp_path, value)
    assert not Digest.objects.exists()


def test_a_missing_file_is_one_clear_line(tmp_path):
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("load_digest", str(tmp_path / "none.json"))


def test_standard_input_is_a_file_too(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(json.dumps(VALUE).encode())))
    call_command("load_digest", "-", stdout=io.StringIO())
    assert Digest.objects.get().slug == "plain_text"


def test_dumping_needs_a_choice_and_existing_slugs():
    make_digest(slug="here")
    for arguments in ((), ("here", "--all"), ("here", "gone")):
        with pytest.raises(CommandError):
            call_command("dump_digest", *arguments)
    assert dump("here")["slug"] == "here"


def test_an_empty_site_dumps_an_empty_list():
    assert dump("--all") == []


def test_dumping_all_takes_as_many_queries_for_twenty_as_for_ten():
    counts = []
    for numbers in (range(10), range(10, 20)):
        for number in numbers:
            make_fold(make_digest(slug=f"d{number}", texts=["a", "b"]), first=0, size=2)
        with CaptureQueriesContext(connection) as queries:
            assert len(dump("--all")) == max(numbers) + 1
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_dead_comments_quote_keeps_its_tie(tmp_path):
    thread = make_thread(comments=0)
    dead = make_comment(thread, number=1, state="dead")
    load(tmp_path, VALUE)
    assert Digest.objects.get().quotes.get(position=0).comment == dead


@pytest.mark.django_db(transaction=True)
def test_of_two_loads_at_once_one_is_refused(tmp_path):
    file = tmp_path / "digests.json"
    file.write_text(json.dumps([VALUE | {"slug": f"digest{number}"} for number in range(20)]))
    said = []
    together = threading.Barrier(3)

    def work():
        together.wait()
        try:
            call_command("load_digest", str(file), stdout=io.StringIO())
            said.append("loaded")
        except CommandError as error:
            said.append("refused" if "digest19" in str(error) else str(error))
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(said) == ["loaded", "refused", "refused"]
    assert Digest.objects.count() == 20
