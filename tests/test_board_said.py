"""What the board says of an act is true, also of one that has nothing to change."""

import pytest

from digests import curation
from digests.models import Change, Digest, Fold, Quote
from tests.factories import make_digest, make_fold

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english", "asking_in_english")]


@pytest.fixture
def digest():
    """a[bc]d, of which a is violet."""
    digest = make_digest(texts="abcd")
    make_fold(digest, first=1, size=2, label="more")
    digest.quotes.filter(text="a").update(color="#785bff", author="x")
    return digest


def said(desk, digest: Digest, name: str, *, status: int = 200, **more) -> str:
    """What is said of an act on rows that are named by their texts; nothing is changed by it."""
    verb, *rest = name.split(":")
    ids = dict(digest.quotes.values_list("text", "pk"))
    act = ":".join([verb, *(str(ids.get(word, word)) for word in rest)])
    answer = desk.post(
        f"/desk/digests/{digest.pk}/quotes/",
        {"version": digest.version, "act": act} | more,
        headers={"HX-Request": "true"},
    )
    assert answer.status_code == status
    assert Digest.objects.get(pk=digest.pk).version == digest.version
    assert not Change.objects.exists()
    found: str = answer.json()["said"]
    return found


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("up:a", "Already at the top."),
        ("top:a", "Already at the top."),
        ("down:d", "Already at the bottom."),
        ("bottom:d", "Already at the bottom."),
        ("paint:a:violet", "It looks like that already."),
        ("paint:b:none", "It looks like that already."),
        ("paint_author:a:same", "It looks like that already."),
        ("emphasis:a:none", "It looks like that already."),
        ("sort:rank", "The quotes stand in this order already."),
    ],
)
def test_what_is_so_already_is_said_to_be_so(desk, digest, name, words):
    assert said(desk, digest, name, status=422 if name.startswith("sort") else 200) == words


def test_rows_dropped_where_they_were_have_not_moved(desk, digest):
    ids = dict(digest.quotes.values_list("text", "pk"))
    assert said(desk, digest, "place:top", pick=[ids["a"]]) == "Nothing has moved."
    assert said(desk, digest, "under:a", number="0") == "Nothing has moved."
    assert said(desk, digest, "place:quote:a", fold=Fold.objects.get().pk) == "Nothing has moved."


def test_a_range_that_is_a_fold_already_stays_that_fold(desk, digest):
    ids = dict(digest.quotes.values_list("text", "pk"))
    fold = Fold.objects.get()
    assert said(desk, digest, "fold", pick=[ids["b"], ids["c"]]) == "It is folded like that already."
    assert Fold.objects.get() == fold
    curation.fold(digest.pk, version=1, first_id=ids["b"], last_id=ids["c"], label="another")
    assert Fold.objects.get().label == "another"


def test_a_digest_without_a_long_tail_has_nothing_to_fold(desk):
    digest = make_digest(texts="abcd")
    assert said(desk, digest, "every") == "There are no more than 30 quotes: nothing is folded."


def test_a_long_tail_that_is_folded_stays_as_it_is(desk):
    digest = make_digest(texts=[f"t{number}" for number in range(31)])
    digest.version = curation.fold_every(digest.pk, version=1)
    Change.objects.all().delete()
    fold = Fold.objects.get()
    assert said(desk, digest, "every") == "It is folded like that already."
    assert Fold.objects.get() == fold


def test_a_heading_has_no_colour(desk):
    digest = make_digest()
    Quote.objects.create(digest=digest, kind=Quote.Kind.HEADING, text="h", position=0)
    for name in ("paint:h:violet", "emphasis:h:large"):
        words = said(desk, digest, name, status=422)
        assert words == "Only quotes have a colour or are large or boxed."


def test_a_head_that_is_saved_as_it_is_gives_no_new_version():
    digest = make_digest()
    names = ("headline", "lead", "date", "tags", "slug", "source_url", "article_url", "thumbnail")
    head = {name: getattr(digest, name) for name in names}
    assert curation.edit_head(digest.pk, version=1, **head) == 1
    assert not Change.objects.exists()
    assert curation.edit_head(digest.pk, version=1, **head | {"headline": "別"}) == 2
