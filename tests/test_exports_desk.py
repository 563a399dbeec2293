"""Taking out at the desk what a Hugo site would get: one post, or all of a site."""

import io
import zipfile
from typing import Any

import pytest

from tests.delivered import make_site, send, standing
from tests.factories import make_digest, make_live
from tests.pages import read, texts

pytestmark = pytest.mark.django_db

JAPANESE = "日本語の文です"


def test_the_post_is_shown_as_a_site_would_get_it(desk, tmp_path):
    target = make_site(tmp_path, form={"path": "content/{slug}.md", "quote": "comment"})
    digest = make_digest(texts=["初めの文です"])
    address = f"/desk/digests/{digest.pk}/export/"
    assert texts(read(desk, address), ".facts code") == ["content/posts/2026_09/2026_09_12_a_story/index.md"]
    page = read(desk, f"{address}?target={target.pk}")
    assert texts(page, ".facts code") == ["content/a_story.md"]
    assert "{{<comment " in page.css_first("textarea").text()
    send(target, digest)
    stood = standing(target)["content/a_story.md"].decode()
    assert desk.get(f"{address}post/?target={target.pk}").content.decode() == stood
    target.form = {"nonsense": 1}
    target.save()
    assert desk.get(f"{address}post/?target={target.pk}").status_code == 422
    assert desk.get(f"{address}?target=99").status_code == 404


def test_a_site_is_downloaded_whole_as_it_stands(desk, tmp_path):
    target, digest = make_site(tmp_path, form={"path": "content/{slug}.md"}), make_digest(texts=[JAPANESE])
    send(target, digest)
    make_live("another", JAPANESE)
    answer: Any = desk.get(f"/desk/export.zip?target={target.pk}")
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as file:
        assert set(file.namelist()) == {"content/a_story.md", "content/another.md"}
        assert file.read("content/a_story.md") == standing(target)["content/a_story.md"]
    target.form = {"nonsense": 1}
    target.save()
    assert desk.get(f"/desk/export.zip?target={target.pk}").status_code == 422
