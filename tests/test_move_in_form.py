"""What a site's own posts say about how new ones are to be written."""

from datetime import date

import pytest

from digests.archive.inferring import Ways, pattern_of
from digests.models import Target
from digests.publishing.form import Form
from tests.moving import PATH, moved, post, target

__all__ = ["moved", "target"]

DAY = date(2026, 1, 5)


@pytest.mark.parametrize(
    ("path", "pattern"),
    [
        ("content/posts/2026_01/2026_01_05_a_story/index.md", Form().path),
        ("posts/2026_01/2026_01_05_a/index.md", "posts/{year}_{month}/{year}_{month}_{day}_{slug}/index.md"),
        ("2026_01/2026_01_05_a/index.md", "{year}_{month}/{year}_{month}_{day}_{slug}/index.md"),
        ("content/blog/2026/01/05/a-story.md", "content/blog/{year}/{month}/{day}/{slug}.md"),
        ("content/posts/2026-01-05-a-story.md", "content/posts/{year}-{month}-{day}-{slug}.md"),
        ("content/posts/20260105_a/index.md", "content/posts/{slug}/index.md"),
        ("content/posts/a-story/index.md", "content/posts/{slug}/index.md"),
        ("a-story.md", "{slug}.md"),
        ("content/posts/2026_01/2026_01_05_01/index.md", ""),
        ("content/posts/2026_01_05/index.md", ""),
        ("content/posts/2025_12/a/index.md", "content/posts/2025_12/{slug}/index.md"),
    ],
)
def test_a_path_gives_its_pattern_back(path, pattern):
    assert pattern_of(path, DAY) == pattern


def test_a_pattern_gives_the_path_it_was_told_from():
    for path in (PATH, "blog/2026/01/05/a-story.md", "2026-01-05_a/index.md"):
        form = Form(path=pattern_of(path, DAY))
        assert form.path_of(form.slug_in(path), DAY) == path


def test_most_posts_decide_and_the_newest_layout():
    ways = Ways()
    for number in range(3):
        ways.see(f"blog/story-{number}.md", date(2025, 1, number + 1), "2025-02")
    ways.see("blog/2026/another.md", DAY, "other")
    assert ways.form() == Form(path="blog/{slug}.md", layout="2025-02")
    assert Ways().form() == Form()


@pytest.mark.django_db
def test_a_site_that_moves_in_for_the_first_time_is_written_to_in_its_own_way(moved, target):
    moved({"content/blog/2026/01/05/a-story.md": post(), "content/blog/2026/01/05/b-story.md": post()})
    target.refresh_from_db()
    assert target.form == {"path": "content/blog/{year}/{month}/{day}/{slug}.md"}


@pytest.mark.django_db
def test_settings_that_somebody_made_stay(moved, target):
    target.form = {"footer": ""}
    target.save()
    moved({"content/blog/a-story.md": post()})
    assert Target.objects.get().form == {"footer": ""}
