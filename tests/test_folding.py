"""Folds are as large, and labelled, as the Hugo site wants it."""

import pytest

from digests import curation
from digests.models import Fold, Post, Target
from tests.factories import make_digest, make_editor

pytestmark = pytest.mark.django_db

TWOS = {"fold_size": 2, "fold_label": "残り（{n}）"}


def make_site(name: str, form: dict[str, object]) -> Target:
    return Target.objects.create(name=name, kind="folder", location=f"/srv/{name}", form=form)


def labels() -> list[tuple[str, int]]:
    return list(Fold.objects.order_by("first__position").values_list("label", "size"))


def test_the_only_site_says_how_many_stand_open_and_what_a_fold_is_called():
    make_site("site", TWOS)
    digest = make_digest(texts=list("一二三四五"))
    version = curation.fold_every(digest.pk, version=1)
    assert labels() == [("残り（1）", 2), ("残り（2）", 1)]
    first, second, *_rest = digest.quotes.in_order()
    curation.fold(digest.pk, version=version, first_id=first.pk, last_id=second.pk)
    assert ("残り（3）", 2) in labels()


def test_of_several_sites_the_one_where_the_digest_stands_decides():
    make_site("other", {"fold_size": 1})
    digest = make_digest(texts=list("一二三"))
    assert curation.folding(digest.pk).fold_size == 1
    site = make_site("site", TWOS)
    assert curation.folding(digest.pk).fold_size == 30
    Post.objects.create(target=site, digest=digest, path="content/posts/a.md", sha256="0" * 64)
    assert curation.folding(digest.pk).fold_size == 2


def test_without_a_site_or_with_one_that_cannot_be_read_it_is_the_reference_form():
    digest = make_digest(texts=["一"])
    assert curation.folding(digest.pk).label(1) == "もっとコメントを表示（1）"
    make_site("site", {"fold_size": 0})
    assert curation.folding(digest.pk).fold_size == 30


def test_the_board_says_the_size_before_and_after(client):
    make_site("site", TWOS)
    digest = make_digest(texts=list("一二三"))
    client.force_login(make_editor())
    assert "2番より後を2件ずつ折りたたむ" in client.get(f"/desk/digests/{digest.pk}/").content.decode()
    client.post(f"/desk/digests/{digest.pk}/quotes/", {"version": 1, "act": "every"})
    assert labels() == [("残り（1）", 1)]
