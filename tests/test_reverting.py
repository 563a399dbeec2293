"""The editors' digest goes back to a version that went out, exactly, and from there to where it was."""

import random
from dataclasses import replace

import pytest

from digests import curation
from digests.curation import CurationError, Move, StaleVersion
from digests.delivering import reverting
from digests.models import AuditEntry, Change, Digest, Publication, Quote, WithdrawnAuthor
from digests.publishing import publish as publishing
from digests.publishing.assemble import assemble
from tests.factories import make_between, make_digest, make_fold, make_thread
from tests.pages import read, texts

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]

JAPANESE = "日本語の文です"


@pytest.fixture
def digest():
    thread = make_thread(comments=8)
    digest = make_digest(
        thread=thread, texts=[f"{JAPANESE}{number}" for number in range(8)], tags=["猫"], series="連載", lead="前書き"
    )
    for quote, comment in zip(digest.quotes.in_order(), thread.comments.in_order(), strict=True):
        Quote.objects.filter(pk=quote.pk).update(comment=comment, native_id=comment.native_id)
    make_between(digest, "heading", position=1_000_000, text="見出し")
    make_fold(digest, first=2, size=3, label="もっと")
    return digest


def version(digest: Digest) -> int:
    return Digest.objects.get(pk=digest.pk).version


def published(digest: Digest, editor) -> Publication:
    return publishing.publish(digest.pk, changes=Digest.objects.get(pk=digest.pk).changes, by=editor)


def stir(digest: Digest, editor, seed: int) -> None:
    """Ten acts at random, of every kind."""
    dice = random.Random(seed)
    for _number in range(10):
        rows = list(digest.quotes.in_order())
        row = dice.choice(rows)
        asked = {"version": version(digest), "by": editor.pk}
        match dice.randrange(6):
            case 0 if len(rows) > 3:
                curation.drop(digest.pk, quote_ids=[row.pk], **asked)
            case 1:
                curation.move(digest.pk, row_ids=[row.pk], to=dice.choice(list(Move)), **asked)
            case 2 if row.kind == Quote.Kind.QUOTE:
                curation.paint(digest.pk, quote_ids=[row.pk], color=dice.choice(["#ff0000", ""]), **asked)
            case 3:
                curation.fold_every(digest.pk, size=dice.randrange(1, 4), **asked)
            case 4:
                curation.insert(digest.pk, kind=dice.choice(["heading", "note"]), at="bottom", **asked)
            case _:
                text = f"書き直し{dice.randrange(99)}"
                curation.edit_quote(row.pk, version=row.version, text=text, author=row.author, by=editor.pk)
    Digest.objects.filter(pk=digest.pk).update(headline="別の見出し", tags=["犬"], slug="another", series="")


@pytest.mark.parametrize("seed", range(12))
def test_whatever_was_done_since_the_digest_says_again_what_readers_saw(digest, editor, seed):
    then = assemble(digest.pk)
    publication = published(digest, editor)
    stir(digest, editor, seed)
    later = assemble(digest.pk)
    reverting.revert(publication.pk, version=version(digest), by=editor.pk)
    now = assemble(digest.pk)
    assert now == replace(then, slug="another")
    assert (now.series, digest.quotes.exclude(comment=None).count()) == ("連載", 8)
    curation.undo(digest.pk, version=version(digest), by=editor.pk)
    assert assemble(digest.pk) == later


def test_rows_that_are_still_there_keep_their_ids_and_only_what_differs_is_recorded(digest, editor):
    publication = published(digest, editor)
    before = list(digest.quotes.in_order().values_list("pk", flat=True))
    quote = digest.quotes.in_order()[3]
    curation.edit_quote(quote.pk, version=quote.version, text="別の文", author=quote.author, by=editor.pk)
    reverting.revert(publication.pk, version=version(digest), by=editor.pk)
    assert list(digest.quotes.in_order().values_list("pk", flat=True)) == before
    assert Change.objects.latest("pk").delta.keys() == {"rows"}
    entry = AuditEntry.objects.latest("pk")
    assert (entry.action, entry.by) == ("restored", editor)


def test_nothing_is_done_where_nothing_differs_or_somebody_was_faster(digest, editor):
    publication = published(digest, editor)
    with pytest.raises(CurationError) as refused:
        reverting.revert(publication.pk, version=version(digest), by=editor.pk)
    assert refused.value.code == "same_already"
    with pytest.raises(StaleVersion):
        reverting.revert(publication.pk, version=version(digest) + 1, by=editor.pk)
    assert not AuditEntry.objects.filter(action="restored").exists()


def test_nobody_who_was_taken_out_comes_back(digest, editor):
    publication = published(digest, editor)
    curation.drop(digest.pk, version=version(digest), quote_ids=[digest.quotes.get(author="author3").pk])
    WithdrawnAuthor.objects.create(source="hackernews", name="author3")
    with pytest.raises(CurationError):
        reverting.revert(publication.pk, version=version(digest), by=editor.pk)
    assert not digest.quotes.filter(author="author3").exists()


def test_the_desk_shows_first_what_will_change(client, digest, editor):
    client.force_login(editor)
    publication = published(digest, editor)
    history = f"/desk/digests/{digest.pk}/history/"
    assert read(client, history).css(f"a[href='{history}{publication.pk}/restore/']") == []
    quote = digest.quotes.in_order()[0]
    curation.edit_quote(quote.pk, version=quote.version, text="別の文", author=quote.author, by=editor.pk)
    assert read(client, history).css(f"a[href='{history}{publication.pk}/restore/']") != []
    page = read(client, f"{history}{publication.pk}/restore/")
    assert len(page.css(".difference")) == 1
    assert texts(page, ".difference del")[0] in "別の文"
    place = f"{history}{publication.pk}/restore/"
    assert client.post(place, {"version": version(digest) + 1}).status_code == 409
    assert client.post(place, {"version": version(digest)}).headers["Location"] == f"/desk/digests/{digest.pk}/"
    assert client.post(place, {"version": version(digest)}).status_code == 422
    assert digest.quotes.in_order()[0].text == f"{JAPANESE}0"
    other = make_digest(slug="other")
    assert client.get(f"/desk/digests/{other.pk}/history/{publication.pk}/restore/").status_code == 404
