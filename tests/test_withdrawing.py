"""Somebody asked to be taken out: what they said cannot be quoted again, however it is tried."""

import pytest

from digests import curation
from digests.models import Comment, Quote, WithdrawnAuthor
from tests.factories import make_digest, make_thread

pytestmark = pytest.mark.django_db


def test_a_withdrawn_authors_comment_is_not_chosen_and_nothing_else_of_the_choice_is() -> None:
    thread = make_thread(comments=2)
    digest = make_digest(thread=thread)
    WithdrawnAuthor.objects.create(source="hackernews", name="author2")
    with pytest.raises(curation.CurationError, match="author2") as refused:
        curation.choose(digest.pk, version=1, comment_ids=list(thread.comments.values_list("pk", flat=True)))
    assert (refused.value.code, digest.quotes.count()) == ("withdrawn_author", 0)


def test_their_namesake_on_another_site_is_quoted_as_before() -> None:
    thread = make_thread(comments=1)
    digest = make_digest(thread=thread)
    WithdrawnAuthor.objects.create(source="elsewhere", name="author1")
    curation.choose(digest.pk, version=1, comment_ids=[thread.comments.get().pk])
    assert digest.quotes.count() == 1


@pytest.mark.parametrize("shown_as", ["author1", "Another name"])
def test_undoing_does_not_bring_a_withdrawn_author_back(shown_as: str) -> None:
    thread = make_thread(comments=1)
    digest = make_digest(thread=thread)
    version = curation.choose(digest.pk, version=1, comment_ids=[Comment.objects.get().pk])
    Quote.objects.update(author=shown_as)
    version, token = curation.drop(digest.pk, version=version, quote_ids=[Quote.objects.get().pk])
    WithdrawnAuthor.objects.create(source="hackernews", name="author1")
    with pytest.raises(curation.CurationError, match="author1"):
        curation.restore(digest.pk, version=version, token=token)
    assert not Quote.objects.exists()
