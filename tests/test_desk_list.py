"""The desk's list: narrowed by many things, sorted, and acts on many digests at once with their ways back."""

import io
import zipfile
from datetime import date, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone

from digests import curation, delivering
from digests.curation import relabelling
from digests.editor import bulk
from digests.models import AuditEntry, Change, Digest, Post, Publication, Tag, Target
from digests.publishing import publish as publishing
from tests.factories import make_digest, make_editor, make_live, make_thread
from tests.pages import queries, read, texts

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english", "asking_in_english")]

JAPANESE = "日本語の文です"
MANY = "/desk/digests/many/"


def listed(desk, query: str) -> list[str]:
    return texts(read(desk, f"/desk/?{query}"), ".digests .name")


def live(slug: str, *words: str, **head) -> Digest:
    """A digest that readers see as it is now."""
    digest = make_digest(slug=slug, texts=words, **head)
    publishing.publish(digest.pk, changes=1, by=None)
    return digest


def confirm(desk, query: str, **fields):
    """Asks what would happen, and says yes to it."""
    page = read(desk, f"{MANY}?{query}")
    form: dict[str | None, list[str | None]] = {
        node.attributes["name"]: [] for node in page.css("form input[type=hidden]")
    }
    for node in page.css("form input[type=hidden]"):
        form[node.attributes["name"]].append(node.attributes["value"])
    return desk.post(MANY, form | fields)


# Narrowing


def test_every_status_has_its_digests(desk, editor):
    make_digest(slug="draft", headline="下書き")
    live("live", JAPANESE, headline="公開")
    changed = live("changed", JAPANESE, headline="直した")
    curation.edit_quote(changed.quotes.get().pk, version=1, text=f"{JAPANESE}。", author="a")
    scheduled = make_digest(slug="scheduled", headline="予定", texts=[JAPANESE])
    delivering.start(None, {scheduled.pk: 1}, by=editor, due_at=timezone.now() + timedelta(days=1))
    failed = make_digest(slug="failed", headline="失敗", texts=[""])
    with pytest.raises(publishing.PublishError):
        publishing.publish(failed.pk, changes=1, by=None)
    withdrawn = live("withdrawn", JAPANESE, headline="撤回")
    publishing.unpublish(withdrawn.pk)
    assert set(listed(desk, "status=draft")) == {"下書き", "予定", "失敗", "撤回"}
    assert listed(desk, "status=published") == ["公開"]
    assert listed(desk, "status=changed") == ["直した"]
    assert listed(desk, "status=scheduled") == ["予定"]
    assert listed(desk, "status=failed") == ["失敗"]
    assert listed(desk, "status=withdrawn") == ["撤回"]
    assert len(read(desk, "/desk/?status=scheduled").css(".digests .chip.scheduled")) == 1


def test_words_are_found_in_what_readers_see_and_in_what_they_do_not(desk):
    live("seen", "猫が眠る話です", headline="一", tags=["動物"])
    changed = live("changed", "馬が走る話です", headline="二", tags=[])
    curation.edit_quote(changed.quotes.get().pk, version=1, text="牛が歩く話です", author="tanaka")
    make_digest(slug="draft", headline="三", texts=["犬が吠える"], lead="前書き", tags=["日記 帳"])
    assert listed(desk, "q=猫") == ["一"]
    assert listed(desk, "q=眠る") == ["一"]
    assert listed(desk, "q=牛") == ["二"]
    assert set(listed(desk, "q=話で")) == {"一", "二"}
    assert listed(desk, "q=犬") == ["三"]
    assert listed(desk, "q=前書き") == ["三"]
    assert listed(desk, "q=TANAKA") == ["二"]
    assert listed(desk, "q=動物") == ["一"]
    assert listed(desk, "q=猫+動物") == ["一"]  # each word somewhere
    assert listed(desk, "q=猫+犬") == []
    assert listed(desk, "q=%22%25_") == []


def test_tags_series_sources_threads_and_dates_narrow(desk):
    thread = make_thread()
    make_digest(slug="a", headline="一", tags=["AI", "猫"], series="連載", thread=thread, date=date(2026, 9, 1))
    make_digest(slug="b", headline="二", tags=["AI史"], date=date(2026, 9, 10))
    make_digest(slug="c", headline="三", tags=['"AI'], date=date(2026, 9, 20))
    assert listed(desk, "tag=AI") == ["一"]
    assert listed(desk, "tag=猫") == ["一"]
    assert listed(desk, "series=連載") == ["一"]
    assert listed(desk, "source=hackernews") == listed(desk, f"thread={thread.pk}") == ["一"]
    assert listed(desk, "source=none") == ["三", "二"]
    assert listed(desk, "since=2026-09-10&until=2026-09-10") == ["二"]
    assert listed(desk, "since=2026-09-10") == ["三", "二"]
    assert listed(desk, "since=soon&thread=x&order=x&editor=nobody") == ["三", "二", "一"]


def test_a_tag_is_found_in_every_spelling_that_readers_see_as_one(desk):
    kept = Tag.objects.create(name="人工知能")
    Tag.objects.create(name="AI", alias_of=kept)
    make_digest(slug="a", headline="一", tags=["AI"])
    make_digest(slug="b", headline="二", tags=["人工知能"])
    make_digest(slug="c", headline="三", tags=["人工"])
    assert set(listed(desk, "tag=AI")) == set(listed(desk, "tag=人工知能")) == {"一", "二"}
    assert listed(desk, "tag=人工") == ["三"]


def test_an_editors_digests_are_those_they_made_or_worked_on(desk, editor):
    other = make_editor("other")
    make_digest(slug="made", headline="作った", created_by=other)
    worked = make_digest(slug="worked", headline="手伝った", texts=["一"], created_by=editor)
    make_digest(slug="neither", headline="別", created_by=editor)
    curation.edit_quote(worked.quotes.get().pk, version=1, text="二", author="a", by=other.pk)
    assert set(listed(desk, "editor=other")) == {"作った", "手伝った"}


def test_the_list_is_sorted_as_asked(desk):
    make_digest(slug="b", headline="い", date=date(2026, 9, 1))
    make_digest(slug="c", headline="あ", date=date(2026, 9, 3))
    unnamed = make_digest(slug="a_slug", headline="", date=date(2026, 9, 2))
    Digest.objects.filter(pk=unnamed.pk).update(updated_at=timezone.now() + timedelta(hours=1))
    assert [name[-1] for name in listed(desk, "")] == ["あ", "g", "い"]
    assert [name[-1] for name in listed(desk, "order=oldest")] == ["い", "g", "あ"]
    assert listed(desk, "order=changed")[0].endswith("a_slug")
    assert [name[-1] for name in listed(desk, "order=headline")] == ["g", "あ", "い"]


def test_what_the_list_is_narrowed_to_can_be_taken_away_one_by_one(desk, editor):
    make_digest(tags=["猫"], series="連載", created_by=editor)
    page = read(desk, "/desk/?tag=猫&series=連載&editor=editor&status=draft&q=話&since=2026-09-01&order=oldest")
    without = [parse_qs(urlsplit(node.attributes["href"]).query) for node in page.css(".parts li:has(strong) a")]
    everything = {"tag", "series", "editor", "status", "q", "since", "order"}
    assert [everything - one.keys() for one in without] == [{"editor"}, {"tag"}, {"series"}, {"since"}]
    assert page.css_first("details.more").attributes.keys() == {"class", "open"}
    draft = next(node for node in page.css(".tabs a") if node.attributes.get("aria-current"))
    assert "tag=" in (draft.attributes["href"] or "")
    found = parse_qs(page.css_first("input[name=found]").attributes["value"])
    assert found.keys() == everything
    assert (found["q"], found["editor"]) == (["話"], ["editor"])


def test_the_number_of_queries_does_not_grow_with_what_is_found(desk, editor):
    def fill(start: int) -> None:
        for number in range(start, start + 4):
            live(f"live{number}", JAPANESE, tags=["猫"], created_by=editor)
            make_digest(slug=f"d{number}", texts=[JAPANESE], tags=["猫"], created_by=editor)

    fill(0)
    address = "/desk/?q=日本語&tag=猫&editor=editor&since=2026-01-01&order=headline"
    queries(desk, address)
    few = queries(desk, address)
    fill(4)
    assert queries(desk, address) == few
    assert len(listed(desk, address.partition("?")[2])) == 16


# Acts on many


def test_tags_are_added_and_taken_away_in_one_act_per_digest(desk, editor):
    one = make_digest(slug="one", tags=["古い", "猫"])
    two = make_digest(slug="two", tags=["新しい"])
    answer = confirm(desk, f"act=tags&digest={one.pk}&digest={two.pk}", add="新しい、犬", remove=["古い"])
    assert answer.headers["Location"] == "/desk/"
    assert [digest.tags for digest in Digest.objects.order_by("pk")] == [["猫", "新しい", "犬"], ["新しい", "犬"]]
    assert set(Change.objects.values_list("verb", "by__username")) == {("tags", "editor")}
    page = read(desk, "/desk/")
    assert "2 digests" in texts(page, ".undoable")[0]
    desk.post(f"{MANY}undo/")
    assert [digest.tags for digest in Digest.objects.order_by("pk")] == [["古い", "猫"], ["新しい"]]
    assert read(desk, "/desk/").css(".undoable") == []


def test_undo_leaves_what_was_changed_since(desk, editor):
    one, two = make_digest(slug="one", tags=[], texts=["一"]), make_digest(slug="two", tags=[])
    confirm(desk, f"act=tags&digest={one.pk}&digest={two.pk}", add="犬")
    curation.edit_quote(one.quotes.get().pk, version=1, text="二", author="a", by=editor.pk)
    answer = desk.post(f"{MANY}undo/", follow=True, headers={"Accept-Language": "en"})
    assert "Undone in 1 digest. 1 was changed since." in answer.content.decode()
    assert [digest.tags for digest in Digest.objects.order_by("pk")] == [["犬"], []]
    assert one.quotes.get().text == "二"


def test_all_that_are_found_get_a_series_and_those_that_have_it_are_left_alone(desk):
    for number in range(25):
        make_digest(slug=f"d{number}", headline="話", series="連載" if number < 5 else "")
    make_digest(slug="other", headline="別")
    confirm(desk, "act=series&which=found&found=q%3D話", series="連載")
    assert Digest.objects.filter(series="連載").count() == 25
    assert Digest.objects.filter(version=2).count() == 20


def test_more_than_a_few_seconds_of_work_is_done_in_several_presses(desk, monkeypatch):
    monkeypatch.setattr(bulk, "SECONDS", 0)
    monkeypatch.setattr(relabelling, "CHUNK", 3)
    for number in range(5):
        make_digest(slug=f"d{number}", headline="話", tags=[])
    answer = confirm(desk, "act=tags&which=found&found=q%3D話", add="犬")
    assert answer.headers["Location"].startswith(f"{MANY}?act=tags&which=found")
    assert Digest.objects.filter(version=2).count() == 3
    confirm(desk, "act=tags&which=found&found=q%3D話", add="犬")
    assert all(digest.tags == ["犬"] for digest in Digest.objects.all())
    desk.post(f"{MANY}undo/")
    assert "4 more are left" in texts(read(desk, "/desk/"), ".undoable")[0]
    for _press in range(4):
        desk.post(f"{MANY}undo/")
    assert all(digest.tags == [] for digest in Digest.objects.all())
    assert read(desk, "/desk/").css(".undoable") == []


def test_the_bin_takes_so_many_at_once(desk, monkeypatch):
    monkeypatch.setattr(bulk, "MOST_AT_ONCE", 3)
    for number in range(5):
        make_digest(slug=f"d{number}", headline="話")
    confirm(desk, "act=bin&which=found&found=q%3D話")
    assert Digest.objects.kept().count() == 2
    confirm(desk, "act=bin&which=found&found=q%3D話")
    assert Digest.objects.kept().count() == 0
    desk.post(f"{MANY}undo/")
    assert Digest.objects.kept().count() == 5


def test_many_go_into_the_bin_but_for_those_in_a_hugo_site_and_come_back(desk):
    draft, shown, standing = make_digest(slug="draft"), live("shown", JAPANESE), live("standing", JAPANESE)
    target = Target.objects.create(name="site", kind="folder", location="/srv/site")
    Post.objects.create(target=target, digest=standing, path="content/a/index.md")
    query = "act=bin&which=page" + "".join(f"&on_page={one.pk}" for one in (draft, shown, standing))
    page = read(desk, f"{MANY}?{query}")
    assert f"/desk/digests/{standing.pk}/withdraw/" in {a.attributes["href"] for a in page.css("a")}
    assert len(page.css(".warn")) == 2
    confirm(desk, query)
    assert set(Digest.objects.exclude(binned_at=None).values_list("slug", flat=True)) == {"draft", "shown"}
    assert list(Publication.objects.live().values_list("slug", flat=True)) == ["standing"]
    desk.post(f"{MANY}undo/")
    assert not Digest.objects.exclude(binned_at=None).exists()
    assert AuditEntry.objects.filter(action="recovered").count() == 2


def test_what_changed_since_it_was_looked_at_is_not_binned_unseen(desk):
    digest = make_digest(texts=["一"])
    page = read(desk, f"{MANY}?act=bin&digest={digest.pk}")
    seen = page.css_first("input[name=seen]").attributes["value"]
    curation.edit_quote(digest.quotes.get().pk, version=1, text="二", author="a")
    form = {"act": "bin", "which": "ticked", "digest": digest.pk, "seen": seen}
    assert desk.post(MANY, form).status_code == 409
    assert not Digest.objects.exclude(binned_at=None).exists()


def test_what_cannot_be_carried_out_is_said_and_nothing_is_done(desk):
    digest = make_digest(tags=["猫"])
    assert confirm(desk, f"act=tags&digest={digest.pk}").status_code == 422
    assert confirm(desk, f"act=tags&digest={digest.pk}", add="あ" * 101).status_code == 422
    assert confirm(desk, f"act=series&digest={digest.pk}", series="あ" * 101).status_code == 422
    assert desk.get(f"{MANY}?act=tags").headers["Location"] == "/desk/"
    assert desk.get(f"{MANY}?act=dance&digest={digest.pk}").status_code == 400
    digest.refresh_from_db()
    assert (digest.tags, digest.version) == (["猫"], 1)


def test_the_ticked_ones_are_published_or_zipped(desk):
    one, two = live("one", JAPANESE), live("two", JAPANESE)
    make_live("three")
    plan = read(desk, f"/desk/deliveries/plan/?which=found&found=q%3Done&target=&on_page={two.pk}")
    assert [node.attributes["value"] for node in plan.css("input[name=digest]")] == [str(one.pk)]
    answer = desk.get(f"{MANY}?act=export&digest={one.pk}&digest={two.pk}", follow=True)
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as file:
        assert {name.split("_")[-1] for name in file.namelist()} == {"one/index.md", "two/index.md"}


def test_the_number_of_queries_does_not_grow_with_what_is_chosen(desk):
    def fill(start: int) -> None:
        for number in range(start, start + 5):
            live(f"live{number}", JAPANESE, headline="話")

    fill(0)
    few = {act: queries(desk, f"{MANY}?act={act}&which=found&found=q%3D話") for act in ("tags", "series", "bin")}
    fill(5)
    for act, count in few.items():
        assert queries(desk, f"{MANY}?act={act}&which=found&found=q%3D話") == count
