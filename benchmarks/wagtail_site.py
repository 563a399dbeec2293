"""A Wagtail site of one page with as many StreamField blocks as a digest has quotes, to measure against.

Wagtail is installed into `build/wagtail`, never into the project, and its site lies in a folder of its own. Run with
`python -m benchmarks.wagtail_site FOLDER BLOCKS` it makes the site and says what to serve it with.
"""

import json
import os
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / "build" / "wagtail"
PYTHON = ENVIRONMENT / "bin" / "python"
WANTED = ["wagtail==8.0.1", "gunicorn"]

SETTINGS = """
from pathlib import Path
FOLDER = Path(__file__).parent
SECRET_KEY = "measured"
DEBUG = False
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "urls"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": FOLDER / "db.sqlite3"}}
INSTALLED_APPS = [
    "digest", "wagtail.contrib.forms", "wagtail.contrib.redirects", "wagtail.embeds", "wagtail.sites", "wagtail.users",
    "wagtail.snippets", "wagtail.documents", "wagtail.images", "wagtail.search", "wagtail.admin", "wagtail",
    "modelcluster", "taggit", "django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes",
    "django.contrib.sessions", "django.contrib.messages", "django.contrib.staticfiles", "django_filters",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware", "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware", "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [{
    "BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True,
    "OPTIONS": {"context_processors": [
        "django.template.context_processors.request", "django.contrib.auth.context_processors.auth",
        "django.contrib.messages.context_processors.messages",
    ]},
}]
DATA_UPLOAD_MAX_NUMBER_FIELDS = None
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
STATIC_URL, STATIC_ROOT = "/static/", FOLDER / "static"
WAGTAIL_SITE_NAME, WAGTAILADMIN_BASE_URL = "Measured", "http://127.0.0.1"
TASKS = {"default": {"BACKEND": "django.tasks.backends.dummy.DummyBackend"}}
"""
URLS = """
from django.urls import include, path
from wagtail import urls as pages
from wagtail.admin import urls as admin
urlpatterns = [path("admin/", include(admin)), path("", include(pages))]
"""
MODELS = """
from wagtail import blocks
from wagtail.admin.panels import FieldPanel
from wagtail.fields import StreamField
from wagtail.models import Page

class Quote(blocks.StructBlock):
    author = blocks.CharBlock(required=False)
    text = blocks.TextBlock(required=False)
    color = blocks.ChoiceBlock(choices=[("violet", "Violet"), ("green", "Green"), ("orange", "Orange")], required=False)

class DigestPage(Page):
    body = StreamField([("quote", Quote())])
    content_panels = [*Page.content_panels, FieldPanel("body")]
"""
TEMPLATE = """<!DOCTYPE html><html lang="ja"><head><meta charset="utf-8"><title>{{ page.title }}</title></head>
<body><h1>{{ page.title }}</h1>{% for block in page.body %}<article><p><b>{{ block.value.author }}</b></p>
<p class="{{ block.value.color }}">{{ block.value.text|linebreaks }}</p></article>{% endfor %}</body></html>
"""
# Run by Wagtail's own Python in the site's folder: makes the pages, and measures the desk when asked to.
RUN = """
import json, os, statistics, sys, time
os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
import django
django.setup()
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from wagtail.models import Page, Site
from wagtail.test.utils.form_data import nested_form_data, streamfield
from digest.models import DigestPage

order = json.load(sys.stdin)
if not os.path.exists("digest/migrations/0001_initial.py"):
    call_command("makemigrations", "digest", verbosity=0)
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    User.objects.create_superuser("editor", "editor@example.com", "password")
root = Site.objects.get().root_page
found = {}
for blocks, texts in order["pages"].items():
    body = [("quote", {"author": author, "text": text, "color": "violet"}) for author, text in texts]
    page = root.add_child(instance=DigestPage(title=f"Digest {blocks}", slug=f"d{blocks}", body=body))
    found[blocks] = {"path": f"/d{blocks}/"}
    if not order["times"]:
        continue
    client = Client()
    client.force_login(User.objects.get())
    address = f"/admin/pages/{page.pk}/edit/"
    typed = nested_form_data({
        "title": page.title, "slug": page.slug, "action-save": "1", "comments": {
            "TOTAL_FORMS": 0, "INITIAL_FORMS": 0, "MIN_NUM_FORMS": 0, "MAX_NUM_FORMS": ""},
        "body": streamfield([("quote", {"author": author, "text": text + "+", "color": "green"})
                             for author, text in texts]),
    })
    opening, saving = [], []
    for _number in range(order["times"] + 1):  # the first only warms up
        began = time.perf_counter()
        answer = client.get(address)
        opening.append(time.perf_counter() - began)
        assert answer.status_code == 200, answer.status_code
        began = time.perf_counter()
        saved = client.post(address, typed)
        saving.append(time.perf_counter() - began)
        assert saved.status_code == 302, (saved.status_code, saved.content[:2000])
    found[blocks] |= {
        "open_ms": 1000 * statistics.median(opening[1:]), "save_ms": 1000 * statistics.median(saving[1:]),
        "open_bytes": len(answer.content), "save_bytes": sum(len(name) + len(str(typed[name])) + 2 for name in typed),
    }
print(json.dumps(found))
"""


def install() -> None:
    """Makes Wagtail's environment where there is none yet; needs the network."""
    if not PYTHON.exists():
        venv.create(ENVIRONMENT, with_pip=True)
    installed = subprocess.run([PYTHON, "-m", "pip", "install", "--quiet", *WANTED], check=False)
    if installed.returncode:
        raise SystemExit("Wagtail could not be installed; is there a network?")


def make(folder: Path, pages: dict[int, list[tuple[str, str]]], *, times: int = 0) -> dict[str, Any]:
    """A site in `folder` with a page for each number of blocks, of (author, text).

    Returns for each number its `path`; with `times` also what opening and saving it in the desk takes (medians, on the
    server, in milliseconds and bytes).
    """
    install()
    for name, content in {
        "settings.py": SETTINGS,
        "urls.py": URLS,
        "wsgi.py": "from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n",
        "run.py": RUN,
        "digest/__init__.py": "",
        "digest/migrations/__init__.py": "",
        "digest/models.py": MODELS,
        "digest/templates/digest/digest_page.html": TEMPLATE,
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    order = json.dumps({"pages": pages, "times": times})
    done = subprocess.run(
        [PYTHON, "run.py"], cwd=folder, input=order, capture_output=True, text=True, check=False, env=environment()
    )
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def environment() -> dict[str, str]:
    """For Wagtail's processes: ours without what tells Django of Matome."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "MATOME_", "DATABASE"))
    }
    return kept | {"DJANGO_SETTINGS_MODULE": "settings"}


if __name__ == "__main__":
    place, blocks = Path(sys.argv[1]).resolve(), int(sys.argv[2])
    made = make(place, {blocks: [(f"author{number}", "同じ長さの文です。" * 12) for number in range(blocks)]})
    print(f"cd {place} && {ENVIRONMENT / 'bin' / 'gunicorn'} -b 127.0.0.1:8900 wsgi   # {made[str(blocks)]['path']}")
