"""Posts are built with the real Hugo and the site's own layouts before they go out."""

from pathlib import Path

import pytest

from digests import delivering
from tests import hugo_site
from tests.delivered import done, make_site, send, standing
from tests.factories import make_digest

pytestmark = [pytest.mark.django_db, pytest.mark.hugo]

PATH = "content/posts/2026_09/2026_09_12_a_story/index.md"
SITE = {name: text.encode() for name, text in {**hugo_site.FILES, "hugo.toml": hugo_site.CONFIG}.items()}


@pytest.fixture(autouse=True)
def the_real_hugo(settings) -> None:
    settings.HUGO = hugo_site.binary()


@pytest.mark.parametrize("kind", ["git", "folder"])
def test_a_post_that_the_site_builds_goes_out(tmp_path: Path, kind: str) -> None:
    target, digest = make_site(tmp_path, kind=kind, files=SITE, build_check=True), make_digest(texts=["一つ", "二つ"])
    delivery = send(target, digest)
    assert (delivery.state, delivery.error_detail) == ("done", "")
    assert "build" in [step["step"] for step in delivery.steps]
    assert PATH in standing(target)


def test_a_layout_that_loses_quotes_stops_the_delivery_and_says_what_is_lost(tmp_path: Path) -> None:
    broken = {**SITE, "layouts/shortcodes/matomeQuote.html": b"<p>lost</p>\n"}
    target, digest = make_site(tmp_path, files=broken, build_check=True), make_digest(texts=["一つ", "二つ"])
    delivery = send(target, digest)
    item = delivery.items.get()
    assert (delivery.state, delivery.error_code, item.state) == ("failed", "build", "refused")
    assert PATH in item.problem
    assert PATH not in standing(target)
    assert digest.publications.get().state == "failed"


def test_a_site_that_cannot_be_built_at_all_is_told_and_does_not_hold_up(tmp_path: Path) -> None:
    broken = {**SITE, "hugo.toml": b"this is no configuration"}
    target, digest = make_site(tmp_path, files=broken, build_check=True), make_digest(texts=["一つ"])
    delivery = send(target, digest)
    assert delivery.state == "done"
    (build,) = (step for step in delivery.steps if step["step"] == "build")
    assert build["note"]


def test_a_repository_of_posts_alone_cannot_be_built_and_is_told_so(tmp_path: Path) -> None:
    target, digest = make_site(tmp_path, build_check=True), make_digest(texts=["一つ"])
    delivery = send(target, digest)
    assert delivery.state == "done"
    (build,) = (step for step in delivery.steps if step["step"] == "build")
    assert build["note"]


@pytest.mark.parametrize("configured", ["off", "/nowhere/hugo"])
def test_without_hugo_nothing_is_built(tmp_path: Path, settings, configured: str) -> None:
    settings.HUGO = configured
    target, digest = make_site(tmp_path, files=SITE, build_check=True), make_digest(texts=["一つ"])
    delivery = delivering.start(target.pk, {digest.pk: 1}, by=None)
    assert [step["step"] for step in done(delivery).steps] == ["check", "fetch", "compare", "write", "push", "verify"]
