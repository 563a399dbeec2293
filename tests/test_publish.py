"""Publishing: readers see a snapshot, and every attempt leaves a row."""

from datetime import UTC, date, datetime

import pytest
from django.utils import translation

from digests import curation
from digests.models import Digest, Publication, Quote, StaleVersion, Tag
from digests.publishing import interchange, problems
from digests.publishing.assemble import assemble
from digests.publishing.document import DocumentFold, DocumentUpdate
from digests.publishing.publish import PublishError, go_live, publish, review, unpublish
from tests.factories import (
    make_between,
    make_digest,
    make_document,
    make_document_quote,
    make_editor,
    make_fold,
    make_live,
    make_thread,
)

pytestmark = pytest.mark.django_db


def test_the_document_is_the_digest_with_its_folds_and_permalinks(django_assert_num_queries):
    digest = make_digest(texts=["一", "二", "三"], lead="導入")
    make_fold(digest, first=1, size=2, label="余談")
    with django_assert_num_queries(2):
        document = assemble(digest.pk)
    first, fold = document.items
    assert (first.text, first.permalink) == ("一", "https://news.ycombinator.com/item?id=100001")
    assert isinstance(fold, DocumentFold)
    assert (fold.label, [quote.text for quote in fold.quotes]) == ("余談", ["二", "三"])
    assert (document.headline, document.lead, document.tags) == ("平文の話", "導入", ("平文",))


def test_a_published_digest_is_a_snapshot_that_later_edits_do_not_touch():
    digest = make_digest(texts=["一"])
    editor = make_editor()
    publication = publish(digest.pk, changes=1, by=editor)
    assert publication.is_live
    assert publication.published_by == editor
    curation.edit_quote(digest.quotes.get().pk, version=1, text="編集中", author="x")
    live = Publication.objects.live().get()
    assert [quote.text for quote in interchange.from_json(live.document).document.quotes()] == ["一"]


def test_publishing_again_replaces_what_readers_see_and_keeps_the_history():
    digest = make_digest(texts=["一"])
    publish(digest.pk, changes=1, by=None)
    curation.edit_quote(digest.quotes.get().pk, version=1, text="二", author="x")
    second = publish(digest.pk, changes=2, by=None)
    assert list(Publication.objects.live()) == [second]
    assert Publication.objects.filter(digest=digest).count() == 2


def test_a_withdrawn_digest_is_no_longer_live():
    digest = make_digest(texts=["一"])
    publish(digest.pk, changes=1, by=None)
    assert unpublish(digest.pk)
    assert not Publication.objects.live().exists()
    assert Publication.objects.get().withdrawn_at is not None
    assert not unpublish(digest.pk)


def test_the_desk_can_tell_draft_published_and_changed_since():
    make_digest(slug="draft")
    digest = make_digest(texts=["一"])
    publish(digest.pk, changes=1, by=None)
    curation.edit_quote(digest.quotes.get().pk, version=1, text="二", author="x")
    rows = {row.slug: (row.changes, row.published_changes) for row in Digest.objects.with_publication()}
    assert rows == {"draft": (1, None), "a_story": (2, 1)}


@pytest.mark.parametrize(
    ("fields", "texts", "code"),
    [({"headline": ""}, ["一"], "no_headline"), ({}, [], "no_quotes"), ({}, ["一", " \n"], "empty")],
)
def test_what_cannot_be_published_leaves_a_failed_row_and_readers_see_what_they_saw(fields, texts, code):
    digest = make_digest(texts=texts, **fields)
    with pytest.raises(PublishError) as caught:
        publish(digest.pk, changes=1, by=None)
    assert [problem.code for problem in caught.value.problems] == [code]
    failed = Publication.objects.get()
    assert (failed.state, failed.is_live) == ("failed", False)
    assert failed.error


def test_a_failed_row_speaks_the_sites_language_whatever_its_editor_reads():
    digest = make_digest()
    said = []
    for language in ("en", "ja"):
        with translation.override(language), pytest.raises(PublishError) as caught:
            publish(digest.pk, changes=1, by=None)
        said.append(str(caught.value))
    assert said[0] != said[1]
    assert set(Publication.objects.values_list("error", flat=True)) == {said[1]}


def test_a_stale_page_does_not_publish():
    digest = make_digest(texts=["一"])
    curation.paint(digest.pk, version=1, quote_ids=[digest.quotes.get().pk], color="#ff5733")
    with pytest.raises(StaleVersion):
        publish(digest.pk, changes=1, by=None)
    assert not Publication.objects.exists()


def test_a_text_that_was_saved_meanwhile_does_not_go_out_unseen():
    digest = make_digest(texts=["一"])
    curation.edit_quote(digest.quotes.get().pk, version=1, text="まだ途中の", author="x")
    with pytest.raises(StaleVersion):
        publish(digest.pk, changes=1, by=None)
    assert not Publication.objects.exists()


def test_two_live_digests_cannot_have_one_address():
    first = make_digest(texts=["一"])
    publish(first.pk, changes=1, by=None)
    first.slug = "renamed"
    first.save()
    second = make_digest(texts=["二"])
    with pytest.raises(PublishError) as caught:
        publish(second.pk, changes=1, by=None)
    assert caught.value.problems[0].code == "slug_taken"


@pytest.mark.parametrize(
    "url",
    ["https://example.com/a|b", "https://example.com/{x}?q=<y>", 'https://example.com/"q"\x01', "HTTPS://例え.jp/記事"],
)
def test_every_address_an_editor_may_give_is_one_that_readers_get(client, url):
    digest = make_digest(texts=["一"])
    head = {name: getattr(digest, name) for name in curation.heads.HEAD_FIELDS}
    curation.edit_head(digest.pk, version=1, **head | {"article_url": url})
    publish(digest.pk, changes=2, by=None)
    assert client.get("/posts/a_story/").status_code == 200


def test_an_articles_address_that_no_digest_can_hold_is_left_out():
    thread = make_thread(article_url="https://example.com/a b")
    assert curation.create_digest(thread_id=thread.pk, by=None).article_url == ""


def test_tags_of_a_publication_become_rows():
    digest = make_digest(texts=["一"], tags=["AI", "数学"])
    Tag.objects.create(name="AI")
    publication = publish(digest.pk, changes=1, by=None)
    assert set(publication.tags.values_list("name", flat=True)) == {"AI", "数学"}
    assert Tag.objects.count() == 2


def test_what_readers_no_longer_see_carries_no_tags():
    live = make_live("a", tags=("猫",))
    go_live(live.digest, make_document(slug="a", tags=("犬", "鳥")), by=None)
    carried = Publication.tags.through.objects.values_list("publication__is_live", "tag__name")
    assert set(carried.all()) == {(True, "犬"), (True, "鳥")}
    assert dict(Tag.objects.shown().values_list("name", "digest_count")) == {"犬": 1, "鳥": 1}
    unpublish(live.digest_id)
    assert not carried.all()
    assert not Tag.objects.shown()


def test_a_review_names_the_quote():
    digest = make_digest(texts=["一", "This text has not been translated yet, has it?"])
    (problem,) = review(digest.pk)
    assert (problem.code, problem.blocking, problem.number) == ("untranslated", False, 2)
    assert problem.quote_id == digest.quotes.get(position=1).pk


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("See how it goes on https://example.com/", "untranslated"),
        ("詳しくは https://example.com/a-very-long... を見て", "cut_address"),
        ("", "empty"),
    ],
)
def test_a_text_with_a_defect_is_found(text, code):
    document = make_document(items=(make_document_quote(text),), source_url="https://example.com/", tags=("a",))
    assert [finding.code for finding in problems.find(document, language="ja")] == [code]


@pytest.mark.parametrize(
    "text", ["GPT-4o mini", "https://example.com/some/long/path/to/it", "LGTM!", "これはよい text です"]
)
def test_a_text_without_a_defect_is_not(text):
    document = make_document(items=(make_document_quote(text),), source_url="https://example.com/", tags=("a",))
    assert problems.find(document, language="ja") == ()


def test_doubled_quotes_are_found_both():
    document = make_document(
        items=(make_document_quote("同じ"), make_document_quote("別"), make_document_quote("同じ ")),
        source_url="https://example.com/",
        tags=("a",),
    )
    found = problems.find(document, language="ja")
    assert [(finding.code, finding.number) for finding in found] == [("doubled", 1), ("doubled", 3)]


def test_what_would_not_read_back_does_not_go_live():
    digest = make_digest(texts=["一"])
    Digest.objects.filter(pk=digest.pk).update(article_url="javascript:alert(1)")  # past every form
    with pytest.raises(PublishError) as caught:
        publish(digest.pk, changes=1, by=None)
    assert [problem.code for problem in caught.value.problems] == ["unreadable"]
    assert not Publication.objects.live().exists()


def test_a_digest_keeps_the_time_at_which_readers_first_saw_it():
    first = make_live("a")
    unpublish(first.digest_id)
    again = go_live(first.digest, make_document(slug="a"), by=None)
    assert again.published_at == first.published_at < again.created_at


def test_readers_get_the_original_of_a_quote_and_how_far_it_goes():
    thread = make_thread(comments=3)
    digest = make_digest(thread=thread, texts=["コメント", "number 2", "Comment number 3"])
    for quote, comment in zip(digest.quotes.in_order(), thread.comments.in_order(), strict=True):
        Quote.objects.filter(pk=quote.pk).update(comment=comment)
    document = interchange.from_json(publish(digest.pk, changes=1, by=None).document).document
    found = [(quote.original, quote.fidelity) for quote in document.quotes()]
    assert found == [("Comment number 1", ""), ("Comment number 2", "part"), ("Comment number 3", "verbatim")]


def test_a_comment_of_which_two_quotes_are_made_is_quoted_in_parts():
    thread = make_thread(comments=1)
    digest = make_digest(thread=thread, texts=["前半", "後半"])
    digest.quotes.update(comment=thread.comments.get())
    document = assemble(digest.pk, originals=True)
    assert [quote.fidelity for quote in document.quotes()] == ["part", "part"]


def test_a_comment_that_was_deleted_on_its_site_is_shown_to_nobody():
    thread = make_thread(comments=1)
    digest = make_digest(thread=thread, texts=["一"])
    digest.quotes.update(comment=thread.comments.get())
    thread.comments.update(state="deleted")
    document = assemble(digest.pk, originals=True)
    assert [quote.original for quote in document.quotes()] == [""]


def test_the_date_of_an_update_is_that_of_the_sites_own_zone():
    digest = make_digest(texts=["一"])
    make_between(digest, "update", position=1, text="直った", created_at=datetime(2026, 9, 19, 16, tzinfo=UTC))
    *_quotes, update = assemble(digest.pk).entries()
    assert update == DocumentUpdate(text="直った", date=date(2026, 9, 20))
