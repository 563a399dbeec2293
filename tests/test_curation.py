"""The editor's verbs, on a real database: what they write, what they refuse, and who wins."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from digests import curation
from digests.curation import CurationError, Move, Sorting, StaleVersion, placing
from digests.curation.bin import put_in
from digests.models import Fold
from digests.outline import FoldRange
from tests.factories import POSTED_AT, make_comment, make_digest, make_editor, make_fold, make_thread

pytestmark = pytest.mark.django_db


def texts(digest):
    """The digest as a row of texts, folds as (label, texts)."""
    by_id = dict(digest.quotes.values_list("pk", "text"))
    return [
        (entry.label, [by_id[quote] for quote in entry.quotes]) if isinstance(entry, FoldRange) else by_id[entry]
        for entry in curation.read_outline(digest.pk)
    ]


def quote(digest, text):
    return digest.quotes.get(text=text)


def head(digest, **changes):
    return {
        "headline": digest.headline,
        "lead": digest.lead,
        "date": digest.date,
        "tags": digest.tags,
        "slug": digest.slug,
        "source_url": digest.source_url,
        "article_url": digest.article_url,
        "thumbnail": digest.thumbnail,
    } | changes


# Beginning


def test_a_new_digest_takes_slug_and_addresses_from_its_thread():
    thread = make_thread(title="Show HN: I moved 40,000 notes to Plain-Text files, and why")
    digest = curation.create_digest(thread_id=thread.pk, by=make_editor())
    assert digest.slug == "show_hn_i_moved_40_000_notes_to"
    assert (digest.source_url, digest.article_url) == (thread.url, thread.article_url)
    assert digest.created_by.username == "editor"
    again = curation.create_digest(thread_id=thread.pk, by=None)
    assert again.slug == "show_hn_i_moved_40_000_notes_to_2"


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("日本語だけ", "{today}"),
        ("", "{today}"),
        ("社内WikiをGitに移して5年", "wiki_git_{today}"),
        ("Ｆｕｌｌ　ｗｉｄｔｈ Café", "full_width_cafe"),
        ("2024", "2024"),
        ("!?", "{today}"),
    ],
)
def test_a_headline_that_makes_no_address_gets_one_by_its_day(title, slug):
    today = f"{timezone.localdate():%Y%m%d}"
    made = [curation.create_digest(thread_id=None, by=None, headline=title).slug for _again in range(2)]
    assert made == [slug.format(today=today), slug.format(today=today) + "_2"]


# Choosing


def test_chosen_comments_stand_in_the_threads_order_with_their_text():
    thread = make_thread(comments=3)
    digest = make_digest(thread=thread)
    ids = list(thread.comments.in_order().values_list("pk", flat=True))
    assert curation.choose(digest.pk, version=1, comment_ids=[ids[2], ids[0]]) == 2
    assert texts(digest) == ["Comment number 1", "Comment number 3"]
    first = digest.quotes.in_order().first()
    assert (first.author, first.native_id, first.comment_id) == ("author1", "100001", ids[0])


def test_choosing_twice_adds_once():
    thread = make_thread(comments=2)
    digest = make_digest(thread=thread)
    ids = list(thread.comments.values_list("pk", flat=True))
    curation.choose(digest.pk, version=1, comment_ids=ids[:1])
    curation.choose(digest.pk, version=2, comment_ids=ids)
    assert digest.quotes.count() == 2


def test_what_is_chosen_stands_at_the_end_outside_the_last_fold():
    thread = make_thread(comments=1)
    digest = make_digest(thread=thread, texts=["a", "b", "c"])
    make_fold(digest, first=1, size=2, label="more")
    curation.choose(digest.pk, version=1, comment_ids=[thread.comments.get().pk])
    assert texts(digest) == ["a", ("more", ["b", "c"]), "Comment number 1"]


@pytest.mark.parametrize("state", ["dead", "deleted", "flagged"])
def test_what_the_site_took_down_cannot_be_quoted(state):
    thread = make_thread(comments=0)
    gone = make_comment(thread, number=1, state=state)
    digest = make_digest(thread=thread)
    with pytest.raises(CurationError) as caught:
        curation.choose(digest.pk, version=1, comment_ids=[gone.pk])
    assert caught.value.code == "not_live"
    assert not digest.quotes.exists()
    digest.refresh_from_db()
    assert digest.version == 1


def test_a_comment_of_another_thread_cannot_be_chosen():
    digest = make_digest(thread=make_thread())
    stranger = make_thread(native_id="200").comments.first()
    with pytest.raises(CurationError) as caught:
        curation.choose(digest.pk, version=1, comment_ids=[stranger.pk])
    assert caught.value.code == "other_thread"


# Order and folds


def test_moving_writes_the_new_order_and_no_other_rows():
    digest = make_digest(texts=list("abcde"))
    curation.move(digest.pk, version=1, row_ids=[quote(digest, "b").pk], to=Move.DOWN)
    assert texts(digest) == list("acbde")
    curation.move(digest.pk, version=2, row_ids=[quote(digest, "e").pk], to=Move.TOP)
    assert texts(digest) == list("eacbd")
    with CaptureQueriesContext(connection) as asked:
        curation.move(digest.pk, version=3, row_ids=[quote(digest, "a").pk], to=Move.BOTTOM)
    (written,) = [query["sql"] for query in asked if 'UPDATE "digests_quote"' in query["sql"]]
    assert written.startswith("1 times: ")


def test_a_quote_moves_through_a_fold_step_by_step():
    digest = make_digest(texts=list("abc"))
    make_fold(digest, first=1, size=1, label="more")
    steps = []
    for version in range(1, 5):
        curation.move(digest.pk, version=version, row_ids=[quote(digest, "a").pk], to=Move.DOWN)
        steps.append(texts(digest))
    assert steps == [
        [("more", ["a", "b"]), "c"],
        [("more", ["b", "a"]), "c"],
        [("more", ["b"]), "a", "c"],
        [("more", ["b"]), "c", "a"],
    ]


def test_two_folds_can_exchange_their_first_quotes():
    digest = make_digest(texts=list("abcd"))
    one, two = make_fold(digest, first=0, size=2, label="one"), make_fold(digest, first=2, size=2, label="two")
    for minute, text in enumerate("cbad"):
        digest.quotes.filter(text=text).update(created_at=POSTED_AT + timedelta(minutes=minute))
    curation.sort(digest.pk, version=1, order=Sorting.TIME)
    assert texts(digest) == [("one", ["c", "b"]), ("two", ["a", "d"])]
    assert set(Fold.objects.values_list("pk", flat=True)) == {one.pk, two.pk}


def test_dragging_out_the_last_quote_of_a_fold_dissolves_it():
    digest = make_digest(texts=list("ab"))
    make_fold(digest, first=1, size=1)
    placing.place(digest.pk, version=1, row_ids=[quote(digest, "b").pk], at="top")
    assert texts(digest) == ["b", "a"]
    assert not Fold.objects.exists()


def test_a_quote_that_is_not_there_cannot_be_placed():
    digest = make_digest(texts=list("ab"))
    ids = [quote(digest, "b").pk, make_digest(texts=["x"], slug="another").quotes.get().pk]
    with pytest.raises(StaleVersion):
        placing.place(digest.pk, version=1, row_ids=ids, at="top")
    assert texts(digest) == ["a", "b"]
    digest.refresh_from_db()
    assert digest.version == 1


def test_folds_are_made_named_and_opened():
    digest = make_digest(texts=list("abcd"))
    curation.fold(digest.pk, version=1, first_id=quote(digest, "c").pk, last_id=quote(digest, "b").pk)
    assert texts(digest) == ["a", ("もっとコメントを表示（1）", ["b", "c"]), "d"]
    made = Fold.objects.get()
    curation.rename_fold(digest.pk, version=2, fold_id=made.pk, label=" 余談\nです ")
    assert texts(digest) == ["a", ("余談 です", ["b", "c"]), "d"]
    curation.unfold(digest.pk, version=3, fold_id=made.pk)
    assert texts(digest) == list("abcd")


def test_a_fold_without_a_name_is_refused():
    digest = make_digest(texts=list("ab"))
    made = make_fold(digest, first=0, size=1)
    with pytest.raises(CurationError) as caught:
        curation.rename_fold(digest.pk, version=1, fold_id=made.pk, label="  ")
    assert (caught.value.code, caught.value.field) == ("bad_label", "label")


def test_fold_every_thirty_leaves_the_first_thirty_open():
    digest = make_digest(texts=[str(number) for number in range(84)])
    make_fold(digest, first=3, size=2, label="old")
    curation.fold_every(digest.pk, version=1)
    result = texts(digest)
    assert result[:30] == [str(number) for number in range(30)]
    assert [label for label, _members in result[30:]] == ["もっとコメントを表示（1）", "もっとコメントを表示（2）"]
    assert [len(members) for _label, members in result[30:]] == [30, 24]


def test_the_number_of_queries_of_a_move_does_not_grow_with_the_digest():
    counts = []
    for size in (10, 40):
        digest = make_digest(slug=f"of_{size}", texts=[str(number) for number in range(size)])
        make_fold(digest, first=5, size=3)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            curation.move(digest.pk, version=1, row_ids=[digest.quotes.get(position=1).pk], to=Move.BOTTOM)
        counts.append(len(queries))
    assert counts[0] == counts[1]


# Dropping and its undo


def test_a_dropped_quote_comes_back_as_it_was():
    digest = make_digest(texts=list("abcd"))
    make_fold(digest, first=1, size=2, label="more")
    lost = quote(digest, "b")
    curation.paint(digest.pk, version=1, quote_ids=[lost.pk], color="#785bff")
    version = curation.drop(digest.pk, version=2, quote_ids=[lost.pk])
    assert texts(digest) == ["a", ("more", ["c"]), "d"]
    curation.undo(digest.pk, version=version, by=None)
    assert texts(digest) == ["a", ("more", ["b", "c"]), "d"]
    assert quote(digest, "b").color == "#785bff"


def test_a_whole_dropped_fold_comes_back():
    digest = make_digest(texts=list("abcd"))
    make_fold(digest, first=1, size=2, label="more")
    ids = [quote(digest, text).pk for text in "bc"]
    version = curation.drop(digest.pk, version=1, quote_ids=ids)
    assert texts(digest) == ["a", "d"]
    curation.undo(digest.pk, version=version, by=None)
    assert [entry if isinstance(entry, str) else entry[1] for entry in texts(digest)] == ["a", ["b", "c"], "d"]


# Text and colour


def test_text_is_cleaned_and_counted_by_its_own_version():
    digest = make_digest(texts=["a", "b"])
    first = quote(digest, "a")
    edited = curation.edit_quote(first.pk, version=1, text="一行目\r\n二行目\x00", author="pg")
    assert (edited.text, edited.author, edited.version) == ("一行目\n二行目", "pg", 2)
    digest.refresh_from_db()
    assert (digest.version, digest.changes) == (1, 2)


def test_two_editors_can_write_different_quotes_at_the_same_time():
    digest = make_digest(texts=["a", "b"])
    first, second = digest.quotes.in_order()
    curation.edit_quote(first.pk, version=1, text="一", author="x")
    curation.edit_quote(second.pk, version=1, text="二", author="y")
    assert texts(digest) == ["一", "二"]


def test_the_second_writer_of_one_quote_is_told():
    digest = make_digest(texts=["a"])
    first = digest.quotes.get()
    curation.edit_quote(first.pk, version=1, text="mine", author="x")
    with pytest.raises(StaleVersion) as caught:
        curation.edit_quote(first.pk, version=1, text="theirs", author="x")
    assert caught.value.current == 2
    assert texts(digest) == ["mine"]


def test_writing_the_same_text_again_changes_nothing():
    digest = make_digest(texts=["a"])
    first = digest.quotes.get()
    assert curation.edit_quote(first.pk, version=1, text="a", author="author1").version == 1
    curation.edit_quote(first.pk, version=1, text="b", author="x")
    assert curation.edit_quote(first.pk, version=1, text="b", author="x").version == 2  # the first answer got lost
    digest.refresh_from_db()
    assert digest.changes == 2


def test_the_text_of_a_quote_that_is_gone_is_stale():
    with pytest.raises(StaleVersion) as caught:
        curation.edit_quote(12345, version=1, text="x", author="x")
    assert caught.value.current is None


def test_colors_are_set_and_taken_away_and_only_colors():
    digest = make_digest(texts=["a", "b"])
    ids = list(digest.quotes.values_list("pk", flat=True))
    curation.paint(digest.pk, version=1, quote_ids=ids, color="#45d325")
    assert set(digest.quotes.values_list("color", flat=True)) == {"#45d325"}
    curation.paint(digest.pk, version=2, quote_ids=ids[:1], color="")
    assert digest.quotes.get(pk=ids[0]).color == ""
    with pytest.raises(CurationError):
        curation.paint(digest.pk, version=3, quote_ids=ids, color="red")
    with pytest.raises(StaleVersion):
        curation.paint(digest.pk, version=3, quote_ids=[*ids, 12345], color="")


# Head


def test_the_head_is_written_whole():
    digest = make_digest()
    changes = {
        "headline": " 新しい\n見出し ",
        "lead": "一行\r\n二行\n",
        "date": date(2026, 10, 1),
        "tags": ["AI", " AI ", "", "数学"],
        "slug": "new_slug",
        "article_url": "https://example.com/x",
    }
    assert curation.edit_head(digest.pk, version=1, **head(digest, **changes)) == 2
    digest.refresh_from_db()
    assert (digest.headline, digest.lead, digest.tags) == ("新しい 見出し", "一行\n二行", ["AI", "数学"])
    assert (digest.slug, digest.date, digest.version) == ("new_slug", date(2026, 10, 1), 2)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"slug": "taken"}, "slug"),
        ({"slug": "../x"}, "slug"),
        ({"slug": ""}, "slug"),
        ({"headline": "x" * 301}, "headline"),
        ({"tags": ["x" * 101]}, "tags"),
        ({"source_url": "javascript:alert(1)"}, "source_url"),
        ({"article_url": "ftp://example.com"}, "article_url"),
    ],
)
def test_a_bad_head_is_refused_by_its_field(changes, field):
    make_digest(slug="taken")
    digest = make_digest(slug="mine")
    with pytest.raises(CurationError) as caught:
        curation.edit_head(digest.pk, version=1, **head(digest, **changes))
    assert caught.value.field == field
    digest.refresh_from_db()
    assert (digest.slug, digest.version) == ("mine", 1)


@pytest.mark.parametrize(
    "address", ["https://foo_bar.example.com/", "https://example.com/a|b?c={d}", "http://例え.jp/記事"]
)
def test_addresses_that_real_sites_have_can_be_kept(address):
    digest = make_digest()
    curation.edit_head(digest.pk, version=1, **head(digest, article_url=address))
    digest.refresh_from_db()
    assert digest.article_url == address


# Versions


@pytest.mark.parametrize(
    "act",
    [
        lambda d, q: curation.move(d.pk, version=1, row_ids=[q.pk], to=Move.UP),
        lambda d, q: curation.drop(d.pk, version=1, quote_ids=[q.pk]),
        lambda d, q: curation.paint(d.pk, version=1, quote_ids=[q.pk], color=""),
        lambda d, q: curation.fold(d.pk, version=1, first_id=q.pk, last_id=q.pk),
        lambda d, q: curation.fold_every(d.pk, version=1),
        lambda d, q: curation.edit_head(d.pk, version=1, **head(d)),
        lambda d, q: put_in({d.pk: 1}, by=None),
    ],
)
def test_every_structural_act_refuses_a_stale_version(act):
    digest = make_digest(texts=["a", "b"])
    curation.move(digest.pk, version=1, row_ids=[quote(digest, "b").pk], to=Move.UP)
    with pytest.raises(StaleVersion) as caught:
        act(digest, digest.quotes.first())
    assert caught.value.current == 2
    assert texts(digest) == ["b", "a"]
