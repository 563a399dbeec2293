"""Delivering from the desk: choosing, the plan, the run page, the list; withdrawing a digest and a person."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone

from digests import delivering
from digests.models import Delivery, DeliveryItem, Digest, Publication, Target
from tests.delivered import commits, done, make_digests, make_site, make_target, rewrite, send, standing
from tests.factories import make_digest, make_live
from tests.pages import HTMX, queries, read, texts

pytestmark = pytest.mark.django_db

JAPANESE = "日本語の文です"
PLAN = "/desk/deliveries/plan/"


def plan_query(target: Target | None, *digests: Digest) -> str:
    pairs = [("target", target.pk if target else ""), *(("digest", one.pk) for one in digests)]
    return f"{PLAN}?{urlencode(pairs)}"


def form_of(desk: Client, address: str) -> dict[str, Any]:
    """What the plan's form sends when nothing is typed."""
    page = read(desk, address)
    sent: dict[str, Any] = {"when": "now", "message": "", "at": ""}
    for field in page.css("form#send input[type=hidden]"):
        name, value = field.attributes["name"] or "", field.attributes["value"] or ""
        if name != "csrfmiddlewaretoken":
            sent.setdefault(name, []).append(value)
    return sent


# Choosing


def test_the_desk_offers_to_publish_ticked_digests_to_each_site(desk, tmp_path):
    first, second = make_digests(2)
    target = make_site(tmp_path)
    page = read(desk, "/desk/")
    values = [node.attributes["value"] for node in page.css("input[name=digest]")]
    assert values == [str(second.pk), str(first.pk)]
    assert [node.attributes["value"] for node in page.css("select[name=target] option")] == [str(target.pk), ""]
    labels = [node.attributes["aria-label"] or "" for node in page.css("input[name=digest]")]
    assert all(digest.headline in label for digest, label in zip((second, first), labels, strict=True))


def test_without_a_site_digests_go_to_our_own_pages(desk):
    make_digest(texts=[JAPANESE])
    assert read(desk, "/desk/").css("select[name=target]") == []


def test_nothing_ticked_leads_back_with_a_word(desk):
    answer = desk.get(PLAN, follow=True)
    assert answer.redirect_chain == [("/desk/", 302)]
    assert "message info" in answer.content.decode()


@pytest.mark.parametrize(
    ("which", "wanted"), [("ticked", {"a"}), ("page", {"b"}), ("changed", {"a"}), ("missing", {"b"})]
)
def test_what_is_meant_can_be_ticked_or_named(desk, tmp_path, which, wanted):
    target = make_site(tmp_path)
    there, other = make_digest(slug="a", texts=[JAPANESE]), make_live("b", JAPANESE).digest
    send(target, there)
    rewrite(there, f"{JAPANESE}。")
    Digest.objects.filter(pk=other.pk).update(headline="別の話")
    query = urlencode({"which": which, "digest": there.pk, "on_page": other.pk, "target": target.pk})
    page = read(desk, f"{PLAN}?{query}")
    slugs = {Digest.objects.get(pk=node.attributes["value"]).slug for node in page.css("form#send input[name=digest]")}
    assert slugs == wanted


def test_at_most_a_hundred_go_out_at_once(desk):
    digests = [make_live(f"d{number}").digest for number in range(101)]
    Digest.objects.update(changes=2)
    page = read(desk, f"{PLAN}?which=changed&target=")
    assert len(page.css("form#send input[name=digest]")) == len(digests) - 1
    assert len(page.css(".message.info")) == 1


@pytest.mark.parametrize("query", ["digest=x", "digest=1&target=x"])
def test_an_address_that_nobody_made_is_refused(desk, query):
    assert desk.get(f"{PLAN}?{query}").status_code == 400


def test_a_site_that_is_gone_is_not_found(desk):
    digest = make_digest(texts=[JAPANESE])
    assert desk.get(f"{PLAN}?digest={digest.pk}&target=99").status_code == 404


# The plan


def test_the_plan_shows_every_line_that_differs_and_where(desk, tmp_path):
    target, digest = make_site(tmp_path), make_digest(texts=["一つの文です", "二つ目の文です"])
    new = read(desk, plan_query(target, digest))
    assert texts(new, ".posts .path") == ["content/posts/2026_09/2026_09_12_a_story/index.md"]
    assert new.css(".lines .removed") == []
    send(target, digest)
    rewrite(digest, "直した文です")
    page = read(desk, plan_query(target, digest))
    assert len(page.css(".lines > .removed")) == len(page.css(".lines > .added")) == 1
    assert [sign for sign in texts(page, ".lines .sign") if sign] == ["−", "+"]
    assert "直" in "".join(texts(page, ".lines ins"))


def test_the_plan_names_what_blocks_and_offers_to_go_on_without_it(desk, tmp_path):
    target = make_site(tmp_path)
    good, bad = make_digest(slug="good", texts=[JAPANESE]), make_digest(slug="bad", texts=[""])
    page = read(desk, plan_query(target, good, bad))
    assert "disabled" in page.css_first("form#send button.primary").attributes
    assert len(page.css(".posts .problems.blocking")) == 1
    only_good = plan_query(target, good).removeprefix(PLAN)
    assert page.css_first(f"form#send a[href='{only_good}']") is not None
    assert page.css_first(f".posts a[href='{only_good}']") is not None  # “leave this one out” of the bad one
    answer = desk.post(PLAN, form_of(desk, plan_query(target, good, bad)))
    assert answer.status_code == 422
    assert not Delivery.objects.exists()


def test_what_was_looked_at_goes_out_in_one_commit_with_the_editors_words(desk, tmp_path):
    target, digests = make_site(tmp_path), make_digests(2)
    sent = form_of(desk, plan_query(target, *digests))
    answer = desk.post(PLAN, sent | {"message": "Two stories"})
    delivery = Delivery.objects.get()
    assert answer.headers["Location"] == f"/desk/deliveries/{delivery.pk}/"
    done(delivery)
    assert commits(target)[0].startswith("Two stories\n")
    assert len(commits(target)) == 2
    assert len(standing(target)) == 3


def test_a_digest_that_somebody_changed_meanwhile_is_shown_again_not_sent(desk, tmp_path):
    target, digest = make_site(tmp_path), make_digest(texts=[JAPANESE])
    sent = form_of(desk, plan_query(target, digest))
    rewrite(digest, f"{JAPANESE}。")
    answer = desk.post(PLAN, sent)
    assert answer.status_code == 409
    assert f'name="changes-{digest.pk}" value="2"' in answer.content.decode()
    assert not Delivery.objects.exists()


def test_a_delivery_for_a_time_waits_for_it(desk, tmp_path):
    target, digest = make_site(tmp_path), make_digest(texts=[JAPANESE])
    sent = form_of(desk, plan_query(target, digest))
    at = timezone.localtime(timezone.now() + timedelta(days=1))
    answer = desk.post(PLAN, sent | {"when": "at", "at": f"{at:%Y-%m-%dT%H:%M}"})
    if answer.status_code == 422:  # there is something to see for that time first
        seen = re.search(r'name="seen" value="(\w+)"', answer.content.decode())
        assert seen is not None
        answer = desk.post(PLAN, sent | {"when": "at", "at": f"{at:%Y-%m-%dT%H:%M}", "seen": seen[1]})
    delivery = Delivery.objects.get()
    assert delivery.state == "scheduled"
    assert delivery.due_at == at.replace(second=0, microsecond=0)
    page = read(desk, f"/desk/deliveries/{delivery.pk}/")
    assert page.css("#run[hx-trigger]") == []
    assert texts(read(desk, "/desk/"), "#under-way .chip.scheduled") != []
    assert desk.post(f"/desk/deliveries/{delivery.pk}/cancel/").status_code == 302
    delivery.refresh_from_db()
    assert delivery.state == "cancelled"


def test_a_post_that_hugo_would_hide_at_that_time_is_shown_before_it_is_sent(desk, tmp_path):
    target = make_site(tmp_path)
    tomorrow = timezone.localdate() + timedelta(days=1)
    digest = make_digest(texts=[JAPANESE], date=tomorrow + timedelta(days=5))
    sent = form_of(desk, plan_query(target, digest)) | {"when": "at", "at": f"{tomorrow}T12:00", "seen": "stale"}
    answer = desk.post(PLAN, sent)
    assert answer.status_code == 422
    assert not Delivery.objects.exists()
    seen = re.search(r'name="seen" value="(\w+)"', answer.content.decode())
    assert seen is not None
    assert desk.post(PLAN, sent | {"seen": seen[1]}).status_code == 302
    assert Delivery.objects.get().state == "scheduled"


@pytest.mark.parametrize("at", ["", "nonsense", "2020-01-01T12:00"])
def test_a_time_that_cannot_be_is_refused_beside_its_field(desk, tmp_path, at):
    target, digest = make_site(tmp_path), make_digest(texts=[JAPANESE])
    sent = form_of(desk, plan_query(target, digest)) | {"when": "at", "at": at}
    answer = desk.post(PLAN, sent)
    assert answer.status_code == 422
    assert 'id="at-error"' in answer.content.decode()
    assert not Delivery.objects.exists()


def test_a_digest_under_way_leads_to_its_delivery(desk, tmp_path):
    target, digest = make_site(tmp_path), make_digest(texts=[JAPANESE])
    desk.post(PLAN, form_of(desk, plan_query(target, digest)))
    page = read(desk, plan_query(target, digest))
    link = f"/desk/deliveries/{Delivery.objects.get().pk}/"
    assert page.css_first(f".problems.blocking a[href='{link}']") is not None


def test_digests_go_to_our_own_pages_without_a_site(desk):
    digests = make_digests(2)
    desk.post(PLAN, form_of(desk, plan_query(None, *digests)))
    done(Delivery.objects.get())
    assert Publication.objects.live().count() == 2


def test_the_number_of_queries_of_a_plan_does_not_grow_with_its_digests(desk, tmp_path):
    target = make_site(tmp_path)
    digests = [make_digest(slug=f"d{number}", texts=[JAPANESE]) for number in range(20)]
    send(target, *digests[:5])
    few = queries(desk, plan_query(target, *digests[:10]))
    assert queries(desk, plan_query(target, *digests)) == few


# While it runs, and after


def test_the_page_of_a_delivery_watches_until_it_is_done(desk, tmp_path):
    target, digest = make_site(tmp_path), make_digest(texts=[JAPANESE])
    desk.post(PLAN, form_of(desk, plan_query(target, digest)))
    delivery = Delivery.objects.get()
    address = f"/desk/deliveries/{delivery.pk}/"
    assert read(desk, address).css_first("#run").attributes["hx-trigger"] == "every 1s"
    assert "http-equiv" in desk.get(address).content.decode()
    Delivery.objects.update(state="running", step="fetch", steps=[{"step": "check", "seconds": 0.2, "note": "1"}])
    steps = read(desk, address).css(".steps > li")
    assert [node.attributes["class"] for node in steps[:3]] == ["done", "running", "waiting"]
    assert desk.get(address, headers=HTMX).content.decode().startswith('<div id="run"')
    Delivery.objects.update(state="queued", step="", steps=[])
    done(delivery)
    page = read(desk, address)
    assert page.css("#run[hx-trigger]") == []
    assert {node.attributes["class"] for node in page.css(".steps > li")} == {"done"}
    assert Delivery.objects.get().commit[:10] in texts(page, ".result .commit")[0]
    assert texts(page, ".items .chip.written") != []


@pytest.mark.parametrize(("url", "links"), [("https://ci.example/1", 1), ("javascript:alert(1)", 0)])
def test_what_the_forge_and_the_site_say_is_shown(desk, tmp_path, url, links):
    found = Delivery.objects.create(
        target=make_site(tmp_path),
        state="done",
        live="missing",
        live_detail="話は3件のうち2件",
        build="failure",
        build_url=url,
        build_text="hugo",
    )
    page = read(desk, f"/desk/deliveries/{found.pk}/")
    assert len(page.css(".result .chip.failure")) == len(page.css(".result .chip.missing")) == 1
    assert len(page.css(".result a[href]")) == links
    assert texts(page, ".live-detail") == ["話は3件のうち2件"]
    assert page.css("#run[hx-trigger]") == []
    Delivery.objects.update(live="waiting")
    assert read(desk, f"/desk/deliveries/{found.pk}/").css_first("#run").attributes["hx-trigger"] == "every 5s"


def test_a_delivery_that_failed_says_why_and_is_tried_again_by_one_button(desk, tmp_path):
    target, digest = make_target(tmp_path / "nowhere.git"), make_digest(texts=[JAPANESE])
    delivery = send(target, digest)
    address = f"/desk/deliveries/{delivery.pk}/"
    page = read(desk, address)
    assert len(texts(page, ".explanation")[0]) > 20
    assert page.css(".steps > .failed") != []
    assert not Publication.objects.live().exists()
    assert desk.get(f"{address}retry/").headers["Location"] == address
    answer = desk.post(f"{address}retry/")
    again = Delivery.objects.latest("pk")
    assert answer.headers["Location"] == f"/desk/deliveries/{again.pk}/"
    assert (again.state, again.retry_of_id) == ("queued", delivery.pk)
    page = read(desk, address)
    assert page.css("form[action$='retry/']") == []
    assert page.css_first(f"a[href='/desk/deliveries/{again.pk}/']") is not None


def test_what_cannot_be_tried_again_is_said(desk, tmp_path):
    target, digest = make_target(tmp_path / "nowhere.git"), make_digest(texts=[JAPANESE])
    delivery = send(target, digest)
    delivering.start(target.pk, {digest.pk: 1}, by=None)  # somebody else was faster, and theirs still waits
    answer = desk.post(f"/desk/deliveries/{delivery.pk}/retry/")
    assert answer.status_code == 422
    assert "problems blocking" in answer.content.decode()
    assert Delivery.objects.count() == 2


def test_all_deliveries_are_listed_narrowed_and_paged(desk, tmp_path):
    assert len(read(desk, "/desk/deliveries/").css(".empty")) == 1
    target = make_site(tmp_path)
    other = make_target(tmp_path / "other.git", name="another")
    for number in range(31):
        Delivery.objects.create(target=target, state="done", commit=f"{number:040x}")
    Delivery.objects.create(target=other, state="cancelled")
    Delivery.objects.create(target=None, state="done")

    def listed(query: str) -> int:
        return len(read(desk, f"/desk/deliveries/{query}").css(".deliveries > li"))

    assert (listed(""), listed("?page=2")) == (30, 3)
    assert (listed(f"?target={other.pk}"), listed("?state=cancelled")) == (1, 1)
    assert listed(f"?target={target.pk}&state=done&page=2") == 1
    assert listed("?target=x&state=y") == 30
    assert listed(f"?target={other.pk}&state=done") == 0


def test_the_number_of_queries_does_not_grow_with_the_deliveries(desk, tmp_path, editor):
    target = make_site(tmp_path)

    def fill(count: int) -> None:
        for number in range(count):
            delivery = Delivery.objects.create(target=target, state="done", requested_by=editor)
            for digest in Digest.objects.all():
                DeliveryItem.objects.create(delivery=delivery, digest=digest, path=f"{number}", state="written")

    make_digests(3)
    fill(10)
    queries(desk, "/desk/deliveries/")  # now and then it also looks after deliveries
    few = queries(desk, "/desk/deliveries/")
    fill(10)
    assert queries(desk, "/desk/deliveries/") == few
    page = f"/desk/deliveries/{Delivery.objects.latest('pk').pk}/"
    few = queries(desk, page)
    for number in range(10):
        digest = make_digest(slug=f"more{number}")
        DeliveryItem.objects.create(delivery=Delivery.objects.latest("pk"), digest=digest, path="x", state="written")
    assert queries(desk, page) == few


def test_the_panel_of_the_desk_is_asked_again_by_the_page_alone(desk, tmp_path):
    assert desk.get("/desk/deliveries/under-way/").headers["Location"] == "/desk/"
    Delivery.objects.create(target=make_site(tmp_path), state="queued")
    part = desk.get("/desk/deliveries/under-way/", headers=HTMX).content.decode()
    assert part.startswith('<ul class="runs" id="under-way"')
    assert 'hx-trigger="every 2s"' in part


# Where a digest stands


def test_the_publish_page_says_where_a_digest_stands(desk, tmp_path):
    target, digest = make_site(tmp_path), make_digest(texts=[JAPANESE])
    make_target(tmp_path / "other.git", name="another")
    address = f"/desk/digests/{digest.pk}/publish/"
    assert len(read(desk, address).css(".standings .chip.live, .standings .chip.changed")) == 0
    delivery = send(target, digest)
    page = read(desk, address)
    assert len(page.css(".standings .chip.live")) == 1
    assert texts(page, ".standings .path") == ["content/posts/2026_09/2026_09_12_a_story/index.md"]
    assert page.css_first(f".standings a[href='/desk/deliveries/{delivery.pk}/']") is not None
    assert page.css_first(f".standings a[href='{PLAN}?target={target.pk}&digest={digest.pk}']") is not None
    rewrite(digest, f"{JAPANESE}。")
    assert len(read(desk, address).css(".standings .chip.changed")) == 1


def test_an_old_version_is_published_again_wherever_the_digest_stands(desk, tmp_path):
    target, digest = make_site(tmp_path), make_digest(texts=["初めの文です"])
    send(target, digest)
    first = digest.publications.get()
    rewrite(digest, "あとの文です")
    send(target, digest)
    answer = desk.post(f"/desk/digests/{digest.pk}/history/{first.pk}/again/")
    assert answer.headers["Location"] == f"/desk/deliveries/{Delivery.objects.latest('pk').pk}/"
    done(Delivery.objects.latest("pk"))
    assert any("初めの文です".encode() in content for content in standing(target).values())
    assert "初めの文です" in str(digest.publications.live().get().document)
    assert digest.quotes.get().text == "あとの文です"


def test_a_warning_of_many_quotes_stands_once_with_their_numbers(desk, tmp_path):
    target, digest = (
        make_site(tmp_path),
        make_digest(texts=["https://example.org/long/pa...", JAPANESE, "See https://a.org/b..."]),
    )
    (group,) = (one for one in read(desk, plan_query(target, digest)).css(".posts .problems li") if "× 2" in one.text())
    ids = list(digest.quotes.order_by("position").values_list("pk", flat=True))
    links = [link.attributes["href"] for link in group.css("a")]
    assert links == [f"/desk/digests/{digest.pk}/#q{pk}" for pk in (ids[0], ids[2])]
