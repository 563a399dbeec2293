"""Colour and emphasis as an editor gives them, and as they go in and out with a digest."""

import pytest
from django.core.management import call_command

from digests import curation
from digests.curation import CurationError, StaleVersion, undoing
from digests.models import Quote
from digests.publishing import hugo, interchange
from digests.publishing.assemble import assemble
from digests.publishing.loading import load
from tests.delivered import make_site, send, standing
from tests.factories import make_between, make_digest, make_document, make_document_quote, make_editor

pytestmark = pytest.mark.django_db


def looks(digest) -> list[tuple[str, str]]:
    return list(digest.quotes.in_order().values_list("color", "emphasis"))


def test_quotes_are_made_large_or_boxed_and_plain_again():
    digest = make_digest(texts=["一", "二", "三"])
    first, second, third = digest.quotes.in_order()
    version = curation.emphasize(digest.pk, version=1, quote_ids=[first.pk, third.pk], emphasis="large")
    version = curation.emphasize(digest.pk, version=version, quote_ids=[second.pk], emphasis="boxed")
    assert [emphasis for _color, emphasis in looks(digest)] == ["large", "boxed", "large"]
    curation.emphasize(digest.pk, version=version, quote_ids=[first.pk], emphasis="")
    assert [emphasis for _color, emphasis in looks(digest)] == ["", "boxed", "large"]


def test_an_emphasis_is_taken_back():
    digest, editor = make_digest(texts=["一"]), make_editor()
    version = curation.emphasize(
        digest.pk, version=1, quote_ids=[digest.quotes.get().pk], emphasis="boxed", by=editor.pk
    )
    version = undoing.undo(digest.pk, version=version, by=editor.pk)
    assert looks(digest) == [("", "")]
    undoing.redo(digest.pk, version=version, by=editor.pk)
    assert looks(digest) == [("", "boxed")]


def test_a_heading_has_no_emphasis_and_another_word_is_none():
    digest = make_digest(texts=["一"])
    heading = make_between(digest, "heading", position=9, text="見出し")
    ids = list(digest.quotes.values_list("pk", flat=True))
    version = curation.emphasize(digest.pk, version=1, quote_ids=ids, emphasis="large")
    assert Quote.objects.get(pk=heading.pk).emphasis == ""
    with pytest.raises(CurationError):
        curation.emphasize(digest.pk, version=version, quote_ids=ids, emphasis="huge")
    with pytest.raises(StaleVersion):
        curation.emphasize(digest.pk, version=1, quote_ids=ids, emphasis="boxed")


def test_all_that_one_author_says_gets_one_color():
    digest = make_digest(texts=["一", "二", "三"])
    digest.quotes.filter(position__in=[0, 2]).update(author="alice")
    first = digest.quotes.get(position=2)
    _version, painted = curation.paint_author(digest.pk, version=1, quote_id=first.pk, color="#45d325")
    assert [color for color, _emphasis in looks(digest)] == ["#45d325", "", "#45d325"]
    assert painted == tuple(digest.quotes.filter(author="alice").in_order().values_list("pk", flat=True))


def test_somebody_without_a_name_is_nobody_else():
    digest = make_digest(texts=["一", "二"])
    digest.quotes.update(author="")
    curation.paint_author(digest.pk, version=1, quote_id=digest.quotes.get(position=0).pk, color="#45d325")
    assert [color for color, _emphasis in looks(digest)] == ["#45d325", ""]


def test_a_quote_that_is_gone_tells_that_the_page_is_old():
    digest, other = make_digest(texts=["一"]), make_digest(slug="other", texts=["二"])
    with pytest.raises(StaleVersion):
        curation.paint_author(digest.pk, version=1, quote_id=other.quotes.get().pk, color="#45d325")
    with pytest.raises(CurationError):
        curation.paint_author(digest.pk, version=1, quote_id=digest.quotes.get().pk, color="green")


def test_an_emphasis_comes_back_with_a_dropped_quote():
    digest = make_digest(texts=["一", "二"])
    quote = digest.quotes.get(position=0)
    version = curation.emphasize(digest.pk, version=1, quote_ids=[quote.pk], emphasis="boxed")
    version = curation.drop(digest.pk, version=version, quote_ids=[quote.pk])
    curation.undo(digest.pk, version=version, by=None)
    assert [emphasis for _color, emphasis in looks(digest)] == ["boxed", ""]


def test_matomes_own_json_carries_an_emphasis_and_nothing_where_there_is_none():
    document = make_document(items=(make_document_quote("一", emphasis="large"), make_document_quote("二")))
    stored = interchange.to_json(document, status="draft")
    assert [item["quote"].get("emphasis") for item in stored["items"]] == ["large", None]
    assert interchange.from_json(stored).document == document
    load([interchange.Entry(document, "draft")])
    digest = Quote.objects.first().digest
    assert assemble(digest.pk).items == document.items


def test_an_emphasis_reaches_our_readers_and_leaves_the_post_of_a_site_as_it_is(tmp_path, client):
    site, digest = make_site(tmp_path), make_digest(texts=["一つ", "二つ"])
    send(site, digest)
    before = standing(site)
    quote = digest.quotes.first()
    curation.emphasize(digest.pk, version=1, quote_ids=[quote.pk], emphasis="large")
    delivery = send(site, digest)
    assert (delivery.state, delivery.items.get().state) == ("done", "unchanged")
    assert standing(site) == before
    assert "e-large" in client.get(f"/posts/{digest.slug}/").content.decode()


def test_an_emphasis_that_is_none_is_refused_with_its_place():
    document = make_document(items=(make_document_quote("一", emphasis="huge"),))
    with pytest.raises(interchange.InterchangeError, match=r"items\[0\].quote.emphasis"):
        interchange.from_json(interchange.to_json(document, status="draft"))


def test_a_post_leaves_the_emphasis_out_and_the_export_says_so(client, in_english):
    digest = make_digest(texts=["一", "二"])
    curation.emphasize(digest.pk, version=1, quote_ids=[digest.quotes.first().pk], emphasis="large")
    plain = make_document(items=assemble(digest.pk).items)
    assert "large" not in hugo.render(plain)
    client.force_login(make_editor())
    page = client.get(f"/desk/digests/{digest.pk}/export/", headers={"Accept-Language": "en"}).content.decode()
    assert page.count("1 quote is large or boxed here") == 1
    curation.emphasize(digest.pk, version=2, quote_ids=[digest.quotes.first().pk], emphasis="")
    page = client.get(f"/desk/digests/{digest.pk}/export/", headers={"Accept-Language": "en"}).content.decode()
    assert "large or boxed" not in page


def test_the_export_by_the_shell_says_it_once(tmp_path, capsys):
    digest = make_digest(texts=["一", "二"])
    call_command("export_hugo", digest.slug, to=tmp_path)
    assert "Large or boxed" not in capsys.readouterr().err
    curation.emphasize(
        digest.pk, version=1, quote_ids=list(digest.quotes.values_list("pk", flat=True)), emphasis="large"
    )
    call_command("export_hugo", digest.slug, to=tmp_path)
    said = capsys.readouterr()
    assert said.err.count("Large or boxed quotes (2) go out like the others") == 1
    assert "0 written, 1 unchanged" in said.out
