"""Title cards and library pictures in a Hugo site: written, built with the real Hugo, read back, told apart."""

import io
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.management import call_command
from PIL import Image

from digests import illustrations
from digests.curation import picturing
from digests.delivering import adopting
from digests.models import Digest, Publication
from digests.publishing import hugo, interchange
from digests.publishing.assemble import assemble, pictures_of
from digests.publishing.form import Form
from digests.publishing.publish import publish
from digests.thumbnails import make_picture
from tests import hugo_site
from tests.delivered import make_site, rewrite, send, standing
from tests.factories import make_digest

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "media"


def given(texts=("一つ",), **fields) -> Digest:
    return make_digest(texts=texts, **fields)


def large() -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").resize((1600, 900)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.hugo
@pytest.mark.parametrize("pictures", ["assets", "bundle"])
def test_a_title_card_and_a_library_picture_are_shown_by_the_real_hugo(tmp_path, pictures):
    row, _created = picturing.add_to_library(make_picture(large()), by=None)
    root = tmp_path / "site"
    call_command("hugo_starter", root, stdout=io.StringIO())
    form = Form(pictures=pictures)
    for slug, fields in (("carded", {"card_template": "voices"}), ("pictured", {"thumbnail": row.path})):
        document = assemble(given(slug=slug, **fields).pk)
        path = hugo.post_path(document, form)
        hugo_site.write(root, {path: hugo.render(document, form=form)})
        for name, content in pictures_of(document).items():
            file = root / hugo.picture_path(document, name, form, path=path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
    hugo_site.run(root)
    pages = hugo_site.pages_of(root, ())
    for slug in ("carded", "pictured"):
        page = pages[f"posts/2026_09/2026_09_12_{slug}/index.html"]
        shown = re.search(r'<img[^>]+src="?([^" >]+\.(?:jpg|webp))', page)[1]
        file = root / "public" / shown.removeprefix("https://example.org").lstrip("/")
        with Image.open(
            file if file.is_file() else root / "public" / f"posts/2026_09/2026_09_12_{slug}" / shown
        ) as made:
            assert made.width >= 100, slug


def test_a_title_card_is_delivered_once_and_anew_when_the_headline_is_another(tmp_path: Path) -> None:
    target, digest = make_site(tmp_path), given(card_template="night")
    send(target, digest)
    first = assemble(digest.pk).thumbnail
    assert standing(target)[f"assets/{first}"] == pictures_of(assemble(digest.pk))[first]
    rewrite(digest, "直した")
    send(target, digest)
    assert [name for name in standing(target) if name.startswith("assets/")] == [f"assets/{first}"]
    Digest.objects.filter(pk=digest.pk).update(headline="別の題")
    rewrite(digest, "また直した")
    send(target, digest)
    second = assemble(digest.pk).thumbnail
    assert second != first
    post = next(content for name, content in standing(target).items() if name.endswith("index.md"))
    assert f"featureimage = '{second}'".encode() in post
    assert f"assets/{second}" in standing(target)


def test_a_picture_that_others_chose_in_the_site_takes_the_title_cards_place() -> None:
    ours = assemble(given(card_template="night").pk)
    shown = replace(ours, card="")
    theirs = replace(shown, thumbnail="thumbnails/theirs.jpg")
    result = adopting.lifted(theirs, shown, ours)
    assert (result.card, result.thumbnail) == ("", "thumbnails/theirs.jpg")
    kept = adopting.lifted(replace(shown, headline="別の題"), shown, ours)
    assert (kept.card, kept.headline) == ("night", "別の題")


def test_a_chosen_title_card_survives_our_own_json(tmp_path: Path) -> None:
    digest = given(card_template="frame")
    publish(digest.pk, changes=1, by=None)
    out = io.StringIO()
    call_command("dump_digest", digest.slug, stdout=out)
    assert json.loads(out.getvalue())["card"] == "frame" or '"card": "frame"' in out.getvalue()
    file = tmp_path / "dump.json"
    file.write_text(out.getvalue(), encoding="utf-8")
    Digest.objects.all().delete()
    call_command("load_digest", file, stdout=io.StringIO())
    loaded = Digest.objects.get()
    assert (loaded.card_template, loaded.thumbnail) == ("frame", "")
    assert Publication.objects.live().get().picture == {"card": "frame"}
    document = interchange.from_json(Publication.objects.live().get().document).document
    assert document.thumbnail == illustrations.chosen_card_path(document)


def test_the_export_writes_a_title_card_that_nobody_has_drawn_yet(tmp_path: Path) -> None:
    digest = given(card_template="band")
    publish(digest.pk, changes=1, by=None)
    call_command("export_hugo", "--all", "--to", tmp_path / "out", stdout=io.StringIO())
    (written,) = (tmp_path / "out/assets/thumbnails").iterdir()
    with Image.open(written) as card:
        assert card.size == illustrations.CARD_SIZE
