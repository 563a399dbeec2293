"""The house rules hold for the whole project, and each of them fires on a bad example."""

import io
import subprocess
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from tests import conventions
from tests.conventions import Module

ROOT = settings.BASE_DIR


def _tracked(*patterns: str) -> list[Path]:
    """Files of the project that git knows or would add: an unfinished or ignored one of somebody else's is neither."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [ROOT / line for line in listed.splitlines() if (ROOT / line).is_file()]


def _modules(*folders: str) -> list[Module]:
    paths = [path for folder in folders for path in _tracked(f"{folder}/*.py") if "migrations" not in path.parts]
    return [Module(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")) for path in paths]


OWN = _modules("digests", "matome_site")
ALL = [*OWN, *_modules("tests", "benchmarks")]
NAMES = frozenset(module.name for module in OWN)
TEMPLATES = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in _tracked("templates/*.html")}


def test_the_whole_project_is_looked_at() -> None:
    assert {"digests.palette", "digests.models.digests", "matome_site.settings", "digests.editor"} <= NAMES
    assert len(TEMPLATES) > 5


def test_a_module_imports_only_from_layers_below_its_own() -> None:
    assert [wrong for module in OWN if module.name.startswith("digests") for wrong in _layers(module)] == []


def _layers(module: Module) -> list[str]:
    return conventions.wrong_layer(module, NAMES)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("digests/palette.py", "from digests.models import Digest"),
        ("digests/palette.py", "from django.conf import settings"),
        ("digests/plaintext.py", "import digests.palette"),
        ("digests/publishing/hugo.py", "from digests.publishing import publish"),
        ("digests/publishing/hugo.py", "def late():\n    from django.db import models"),
        ("digests/models/threads.py", "from digests.curation import create_digest"),
        ("digests/models/threads.py", "from django.http import HttpResponse"),
        ("digests/curation/heads.py", "from digests import importing"),
        ("digests/curation/heads.py", "from ..editor import board"),
        ("digests/curation/heads.py", "from matome_site import settings"),
        ("digests/public/views.py", "from digests.editor import board"),
        ("digests/tasks.py", "from digests.editor.imports import start_import"),
        ("digests/publishing/__init__.py", "from digests.publishing import hugo"),
        ("digests/newcomer.py", ""),
    ],
)
def test_an_import_from_above_is_noticed(path: str, text: str) -> None:
    known = NAMES | {
        "digests.importing",
        "digests.editor.board",
        "digests.editor.imports",
        "digests.publishing.publish",
    }
    assert len(conventions.wrong_layer(Module(path, text), known)) == 1


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("digests/publishing/hugo.py", "from digests.publishing import document\nfrom digests import plaintext"),
        (
            "digests/models/threads.py",
            "from digests.sources.contract import CommentState\nfrom django.db import models",
        ),
        ("digests/editor/board.py", "from digests.editor import forms\nfrom digests import curation, tasks"),
        ("digests/palette.py", "from django.utils.translation import gettext_lazy"),
    ],
)
def test_an_import_from_below_is_allowed(path: str, text: str) -> None:
    known = NAMES | {"digests.tasks", "digests.editor.forms"}
    assert conventions.wrong_layer(Module(path, text), known) == []


def test_no_import_goes_in_a_circle() -> None:
    assert conventions.import_cycle(OWN) == []


def test_a_circle_is_noticed_even_through_a_package_and_a_function() -> None:
    one = Module("digests/models/one.py", "from digests.models import two")
    two = Module("digests/models/two.py", "def late():\n    from . import three")
    three = Module("digests/models/three.py", "from digests.models.one import THING")
    assert conventions.import_cycle([one, two]) == []
    assert "digests.models.three" in conventions.import_cycle([one, two, three])[0]


RULES = [
    conventions.forbidden_name,
    conventions.too_long,
    conventions.no_docstring,
    conventions.unfashionable,
    conventions.text_called_safe,
    conventions.untranslatable,
]


@pytest.mark.parametrize("rule", RULES)
def test_every_module_keeps_the_rule(rule) -> None:
    modules = OWN if rule in {conventions.unfashionable, conventions.text_called_safe} else ALL
    assert [wrong for module in modules for wrong in rule(module)] == []


@pytest.mark.parametrize(
    ("rule", "module"),
    [
        (conventions.forbidden_name, Module("digests/utils.py", "")),
        (conventions.forbidden_name, Module("digests/editor/services.py", "")),
        (conventions.forbidden_name, Module("digests/repositories/__init__.py", "")),
        (conventions.too_long, Module("digests/long.py", "x = 1\n" * 401)),
        (conventions.too_long, Module("digests/long.py", "def f():\n" + "    x = 1\n" * 60)),
        (conventions.no_docstring, Module("digests/bare.py", "x = 1")),
        (conventions.unfashionable, Module("digests/v.py", "class DigestView(View): pass")),
        (conventions.unfashionable, Module("digests/v.py", "class EditorMixin: pass")),
        (conventions.unfashionable, Module("digests/v.py", "published = django.dispatch.Signal()")),
        (conventions.unfashionable, Module("digests/v.py", "import os\nos.environ['MATOME_X']")),
        (conventions.text_called_safe, Module("digests/v.py", "mark_safe(text)")),
        (conventions.text_called_safe, Module("digests/v.py", "safestring.SafeString(text)")),
        (conventions.untranslatable, Module("digests/v.py", "html = f'<p>{escape(_(\"Gone\"))}</p>'")),
    ],
)
def test_a_module_that_breaks_the_rule_is_noticed(rule, module: Module) -> None:
    assert len(rule(module)) == 1


@pytest.mark.parametrize("path", TEMPLATES)
def test_a_template_has_nothing_inline_nothing_unescaped_and_a_token_in_each_form(path: str) -> None:
    assert conventions.bad_template(path, TEMPLATES[path]) == []


@pytest.mark.parametrize(
    "text",
    [
        '<p style="color: {{ color }}">',
        '<button onclick="go()">',
        '<button hx-on:click="go()">',
        '<button hx-on::after-request="go()">',
        '<a href="javascript:go()">',
        "<button hx-vals='js:{a: 1}'>",
        '<button hx-vars="a: 1">',
        "<script>go()</script>",
        "<style>p {}</style>",
        "{{ text|safe }}",
        "{{ texts | safeseq }}",
        "{% autoescape off %}",
        '<form method="post"></form>',
        '<form {% if x %}class="a>b"{% endif %} hx-post="/"><input></form>{% csrf_token %}',
        '<form method="post">{# {% csrf_token %} #}</form>',
    ],
)
def test_a_bad_template_is_noticed(text: str) -> None:
    assert len(conventions.bad_template("bad.html", text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "<script src=\"{% static 'board.js' %}\" defer></script>",
        '<form method="get"></form>',
        '<form method="post" hx-post="{% url \'x\' %}">{% csrf_token %}</form>',
        '<p class="{{ kind }}">one is unsafe</p>',
        "{# <p style='x'> #}{% comment %}<script>{% endcomment %}",
    ],
)
def test_a_good_template_is_let_through(text: str) -> None:
    assert conventions.bad_template("good.html", text) == []


def test_every_partial_of_a_template_is_rendered_by_somebody() -> None:
    assert conventions.unused_partials(TEMPLATES, "".join(module.text for module in OWN)) == []


def test_a_partial_that_nobody_renders_is_noticed() -> None:
    templates = {
        "one.html": "{% partialdef row %}{% endpartialdef %}{% partial row %}",
        "two.html": "{% partialdef head inline %}{% endpartialdef %}{% partialdef lost %}{% endpartialdef %}",
    }
    assert len(conventions.unused_partials(templates, 'render(request, "two.html#head")')) == 1
    assert len(conventions.unused_partials(templates, "")) == 2


def test_the_readme_has_every_setting_and_no_other() -> None:
    module = next(module for module in OWN if module.path == "matome_site/settings.py")
    documented = conventions.settings_documented((ROOT / "README.md").read_text(encoding="utf-8"))
    assert documented == conventions.settings_read(module)


def test_a_setting_is_found_where_it_is_read_and_where_it_is_documented() -> None:
    read = conventions.settings_read(Module("s.py", 'X = environment.text("SITE_NAME", default="x")'))
    assert read == {"CACHE_URL", "DATABASE_URL", "MATOME_SECRET_KEY", "MATOME_SITE_NAME"}
    table = "| `MATOME_SITE_NAME` | x |\n| `MATOME_TEST_CHROMIUM` | y |\nsome `MATOME_OTHER`\n"
    assert conventions.settings_documented(table) == {"MATOME_SITE_NAME"}


def test_vendored_files_are_the_ones_written_down() -> None:
    assert conventions.undocumented_vendored(ROOT / "static" / "vendor") == []
    assert conventions.undocumented_vendored(ROOT / "tests" / "vendor") == []


def test_a_changed_vendored_file_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "one.js").write_text("")
    (tmp_path / "two.js").write_text("changed")
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    (tmp_path / "VENDORED.md").write_text(f"| one.js | `{empty}` |\n| two.js | `{empty}` |\n")
    assert [line.split()[0] for line in conventions.undocumented_vendored(tmp_path)] == ["two.js"]


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    said = io.StringIO()
    call_command("makemigrations", check_changes=True, dry_run=True, stdout=said)
    assert "No changes detected" in said.getvalue()


def test_every_migration_has_a_name_of_its_own() -> None:
    migrations = [path.stem for path in _tracked("digests/migrations/0*.py")]
    assert migrations
    assert conventions.auto_named(migrations) == []
    assert conventions.auto_named(["0002_auto_20260101", "0003_digest_lead_and_more", "0004_lead"]) == [
        "0002_auto_20260101",
        "0003_digest_lead_and_more",
    ]
