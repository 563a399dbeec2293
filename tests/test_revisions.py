"""Revisions at the desk: named and grouped by themselves, compared with anything, gone back to, and back again."""

from datetime import timedelta

import pytest
from django.utils import timezone

from digests import curation
from digests.editor import versions
from digests.models import AuditEntry, Change, Digest, Revision
from digests.publishing import publish as publishing
from digests.publishing.assemble import assemble
from tests.factories import make_between, make_digest, make_editor, make_fold, make_thread
from tests.pages import queries, read, texts

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english", "asking_in_english")]

JAPANESE = "日本語の文です"


@pytest.fixture
def digest(editor):
    return make_digest(texts=[f"{JAPANESE}一", f"{JAPANESE}二", f"{JAPANESE}三"], created_by=editor)


def address(digest: Digest, rest: str = "") -> str:
    return f"/desk/digests/{digest.pk}/history/{rest}"


def write(digest: Digest, place: int, text: str, *, by) -> None:
    quote = digest.quotes.in_order()[place]
    curation.edit_quote(quote.pk, version=quote.version, text=text, author=quote.author, by=by.pk)


def some_time_passes() -> None:
    """Everything done so far was done an hour ago."""
    hour = timedelta(hours=1)
    for revision in Revision.objects.all():
        Revision.objects.filter(pk=revision.pk).update(
            began_at=revision.began_at - hour, ended_at=revision.ended_at - hour
        )
    for change in Change.objects.all():
        Change.objects.filter(pk=change.pk).update(at=change.at - hour)


def test_a_digest_that_nobody_touched_says_so(desk):
    digest = make_digest()
    page = read(desk, address(digest))
    assert len(page.css(".empty")) == 1
    assert page.css("form.compare") == []
    assert len(read(desk, address(digest, "?show=named")).css(".empty")) == 1


def test_what_one_editor_does_in_one_go_is_one_line_with_its_kinds_in_words(desk, editor, digest):
    other = make_editor("other")
    write(digest, 0, "新しい一", by=editor)
    write(digest, 1, "新しい二", by=editor)
    curation.move(digest.pk, version=1, row_ids=[digest.quotes.in_order()[2].pk], to=curation.Move.TOP, by=editor.pk)
    some_time_passes()
    write(digest, 0, "新しい三", by=other)
    rows = texts(read(desk, address(digest)), ".timeline > li")
    assert len(rows) == 3
    assert "At work" in rows[0]
    assert "other" in rows[0]
    assert "1 text written" in rows[0]
    assert "3 changes" in rows[1]
    assert "moved 1 time, 2 texts written" in rows[1]
    assert "editor" in rows[1]
    assert "How it began" in rows[2]


def test_the_digest_is_kept_under_a_name(desk, editor, digest):
    answer = desk.post(address(digest, "name/"), {"name": "  最後の前  "}, follow=True)
    assert "最後の前" in answer.content.decode()
    kept = Revision.objects.get(name="最後の前")
    assert (kept.by, kept.quote_count) == (editor, 3)
    assert versions.of_revision(kept) == assemble(digest.pk)
    assert texts(read(desk, address(digest, "?show=named")), ".given") == ["最後の前"]
    refused = desk.post(address(digest, "name/"), {"name": " "}, follow=True)
    assert "message error" in refused.content.decode()
    assert desk.get(address(digest, "name/")).status_code == 302


def test_a_revision_says_exactly_what_the_digest_said(editor):
    thread = make_thread()
    digest = make_digest(
        thread=thread, texts=["一", "二", "三"], lead="前書き", series="連載", tags=["猫"], thumbnail="thumbnails/a.jpg"
    )
    digest.quotes.filter(text="一").update(color="#ff0000", emphasis="boxed", comment=thread.comments.first())
    make_between(digest, "heading", position=1_000_000, text="見出し")
    make_between(digest, "update", position=2_000_000, text="追記", created_at=timezone.now())
    make_between(digest, "picture", position=3_000_000, text="猫", target="a/b.jpg", width=3, height=4)
    make_between(digest, "card", position=4_000_000, target="https://example.com/", title="題")
    make_fold(digest, first=1, size=2, label="もっと")
    kept = curation.name_revision(digest.pk, name="今", by=editor.pk)
    assert versions.of_revision(kept) == assemble(digest.pk)
    assert versions.of_revision(kept).series == "連載"


def test_versions_and_revisions_are_compared_with_each_other_and_with_now(desk, editor, digest):
    first = publishing.publish(digest.pk, changes=1, by=editor)
    write(digest, 0, f"{JAPANESE}壱", by=editor)
    kept = curation.name_revision(digest.pk, name="途中", by=editor.pk)
    write(digest, 1, f"{JAPANESE}弐", by=editor)
    pairs = {
        (f"p{first.pk}", f"r{kept.pk}"): (["一"], ["壱"]),
        (f"r{kept.pk}", "now"): (["二"], ["弐"]),
        (f"r{kept.pk}", f"p{first.pk}"): (["壱"], ["一"]),
        ("now", f"r{kept.pk}"): (["弐"], ["二"]),
    }
    for (before, after), (gone, new) in pairs.items():
        page = read(desk, address(digest, f"compared/?from={before}&to={after}"))
        assert (texts(page, ".difference del"), texts(page, ".difference ins")) == (gone, new)
        assert page.css_first(f"select[name=to] option[value='{after}'][selected]") is not None


def test_everything_that_differs_is_told(desk, editor, digest):
    fold = make_fold(digest, first=0, size=2, label="もっと")
    kept = curation.name_revision(digest.pk, name="前", by=editor.pk)
    rows = list(digest.quotes.in_order())
    Digest.objects.filter(pk=digest.pk).update(headline="別の見出し", series="連載", tags=["猫"])
    version = curation.unfold(digest.pk, version=1, fold_id=fold.pk, by=editor.pk)
    version = curation.paint(digest.pk, version=version, quote_ids=[rows[0].pk], color="#ff0000", by=editor.pk)
    version = curation.move(digest.pk, version=version, row_ids=[rows[2].pk], to=curation.Move.TOP, by=editor.pk)
    version = curation.insert(digest.pk, version=version, kind="heading", at="bottom", by=editor.pk)[0]
    curation.drop(digest.pk, version=version, quote_ids=[rows[1].pk], by=editor.pk)
    digest.quotes.filter(pk=rows[0].pk).update(emphasis="large")
    page = read(desk, address(digest, f"compared/?from=r{kept.pk}&to=now"))
    labels = texts(page, ".differences .chip")
    assert sorted(label.partition(":")[0] for label in labels) == ["Added", "Changed", "Moved", "Removed"]
    assert "Moved: from number 3 to 1" in labels
    assert {"Headline", "Series", "Tags", "Folds"} <= set(texts(page, ".difference.changed h3"))
    assert {"Colour", "Emphasis"} <= set(texts(page, ".difference h4"))


@pytest.mark.parametrize(
    ("query", "status"),
    [("from=r1&to=", 404), ("from=r99999&to=now", 404), ("from=rx&to=now", 400), ("from=&to=", 404)],
)
def test_revisions_that_do_not_exist_are_not_compared(desk, digest, query, status):
    assert desk.get(address(digest, f"compared/?{query}")).status_code == status


def test_going_back_shows_first_what_will_change_and_can_be_undone(desk, editor, digest):
    kept = curation.name_revision(digest.pk, name="前", by=editor.pk)
    write(digest, 0, "別の文", by=editor)
    version = curation.drop(digest.pk, version=1, quote_ids=[digest.quotes.in_order()[2].pk], by=editor.pk)
    later = assemble(digest.pk)
    place = address(digest, f"revisions/{kept.pk}/restore/")
    page = read(desk, place)
    assert len(page.css(".difference")) == 2
    assert desk.post(place, {"version": 1}).status_code == 409
    assert assemble(digest.pk) == later
    answer = desk.post(place, {"version": version})
    assert answer.headers["Location"] == f"/desk/digests/{digest.pk}/"
    assert assemble(digest.pk) == versions.of_revision(kept)
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.by, entry.detail) == ("restored", editor, "前")
    curation.undo(digest.pk, version=version + 1, by=editor.pk)
    assert assemble(digest.pk) == later


def test_going_back_to_where_one_is_does_nothing(desk, editor, digest):
    kept = curation.name_revision(digest.pk, name="今", by=editor.pk)
    place = address(digest, f"revisions/{kept.pk}/restore/")
    assert "disabled" in read(desk, place).css_first("form.line button").attributes
    assert desk.post(place, {"version": 1}).status_code == 422
    assert not AuditEntry.objects.exists()


def test_another_digests_revision_is_not_shown(desk, editor, digest):
    other = make_digest(slug="other")
    kept = curation.name_revision(digest.pk, name="今", by=editor.pk)
    assert desk.get(address(other, f"revisions/{kept.pk}/restore/")).status_code == 404
    assert desk.get(address(other, f"compared/?from=r{kept.pk}&to=now")).status_code == 404


def test_the_number_of_queries_does_not_grow_with_the_revisions(desk, editor, digest):
    def fill(count: int) -> None:
        for number in range(count):
            some_time_passes()
            write(digest, 0, f"{JAPANESE}{number}", by=editor)

    fill(4)
    few = queries(desk, address(digest))
    fill(8)
    assert queries(desk, address(digest)) == few
