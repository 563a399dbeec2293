"""Every setting of the site, read from the environment (the README has a table of them)."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_database_url
from django.utils.csp import CSP
from django.utils.translation import gettext_lazy as _

from matome_site import environment

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = environment.directory("DATA_DIR", default=BASE_DIR / "data")

SECRET_KEY = environment.secret_key(DATA_DIR)
DEBUG = environment.boolean("DEBUG")

PORT = environment.integer("PORT", default=8000, least=1, most=65535)
BASE_URL = environment.http_url("BASE_URL", default=f"http://127.0.0.1:{PORT}")
_base = urlsplit(BASE_URL)
if DEBUG and not environment.is_loopback(_base.hostname or ""):
    environment.stop(f"MATOME_DEBUG is on, but {BASE_URL} is a public address; debug pages give secrets away.")
ALLOWED_HOSTS = [_base.hostname or "", "127.0.0.1", "localhost", "[::1]"]
CSRF_TRUSTED_ORIGINS = [f"{_base.scheme}://{_base.netloc}"]

# Security. Behind TLS everything that can insist on it does.
_https = _base.scheme == "https"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = _https
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if _https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _https
if environment.boolean("BEHIND_PROXY"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "digests.editor.failures.csrf_failure"
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000  # a drag names every quote; the admin's form has eight fields for each
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF, CSP.NONCE],
    "style-src": [CSP.SELF, CSP.NONCE],
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
    "object-src": [CSP.NONE],
}

INSTALLED_APPS = [
    "digests",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "django_tasks_db",
]

MIDDLEWARE = [
    "digests.public.responses.KeptResponsesMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "matome_site.language.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "matome_site.urls"
WSGI_APPLICATION = "matome_site.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]


DATABASE_ENGINES = {"django.db.backends.sqlite3", "django.db.backends.postgresql"}


def _database() -> dict[str, Any]:
    default = f"sqlite:///{DATA_DIR / 'matome.sqlite3'}"
    try:
        database: Any = dj_database_url.config(default=default, conn_max_age=60, conn_health_checks=True)
    except ValueError:
        database = {}
    if not database.get("NAME") or database["ENGINE"] not in DATABASE_ENGINES:
        environment.stop("DATABASE_URL cannot be read; it looks like postgres://user:password@host:5432/name.")
    if database["ENGINE"] == "django.db.backends.sqlite3":
        # IMMEDIATE: a transaction that will write takes the write lock at its start, where waiting for it
        # works; a lock upgrade in the middle fails at once whatever the timeout.
        database["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
        }
    return dict(database)


DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {"default": environment.cache(entries=1500)}

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "desk"
LOGOUT_REDIRECT_URL = "login"

LANGUAGE_CODE = environment.choice("LANGUAGE", default="ja", among=("ja", "en"))
LANGUAGES = [("ja", _("Japanese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = environment.time_zone("TIME_ZONE", default="Asia/Tokyo")
USE_TZ = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = DATA_DIR / "static"
MEDIA_URL = "/media/"
MEDIA_ROOT = DATA_DIR / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

_log_level = environment.choice("LOG_LEVEL", default="WARNING", among=("DEBUG", "INFO", "WARNING", "ERROR"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    # The level stands on the handler too: the worker sets its own loggers to INFO.
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "level": _log_level}},
    "root": {"handlers": ["console"], "level": _log_level},
}

# Matome's own
SITE_NAME = environment.text("SITE_NAME", default="Matome")
TAKEDOWN_CONTACT = environment.contact("TAKEDOWN_CONTACT")
CARD_FONT = environment.file("CARD_FONT")
TAG_LEAST_USE = environment.integer("TAG_LEAST_USE", default=1, least=1, most=1000)
TAG_FEED_CONTENT = environment.choice("TAG_FEED_CONTENT", default="summary", among=("full", "summary"))
FEED_CONTENT = environment.choice("FEED_CONTENT", default="full", among=("full", "summary"))
HN_ALGOLIA_URL = environment.http_url("HN_ALGOLIA_URL", default="https://hn.algolia.com/api/v1")
HN_FIREBASE_URL = environment.http_url("HN_FIREBASE_URL", default="https://hacker-news.firebaseio.com/v0")
ALLOW_LOOPBACK_SOURCES = environment.boolean("ALLOW_LOOPBACK_SOURCES")
BIN_DAYS = environment.integer("BIN_DAYS", default=30, least=1, most=3650)
SOURCE_CONTACT = environment.text("SOURCE_CONTACT", default=BASE_URL)
SOURCE_CONCURRENCY = environment.integer("SOURCE_CONCURRENCY", default=16, least=1, most=64)
SOURCE_TIMEOUT_SECONDS = environment.integer("SOURCE_TIMEOUT_SECONDS", default=20, least=1, most=300)

# Deliveries into Hugo sites
GIT_NAME = environment.text("GIT_NAME", default=SITE_NAME)
GIT_EMAIL = environment.text("GIT_EMAIL", default=f"matome@{_base.hostname}")
GIT_SSH_KEY = environment.file("GIT_SSH_KEY")
GIT_TIMEOUT_SECONDS = environment.integer("GIT_TIMEOUT_SECONDS", default=120, least=1, most=3600)
GIT_ENVIRONMENT = environment.for_git()
ALLOW_PRIVATE_TARGETS = environment.boolean("ALLOW_PRIVATE_TARGETS")
HUGO = environment.program("HUGO", default="auto")
HUGO_TIMEOUT_SECONDS = environment.integer("HUGO_TIMEOUT_SECONDS", default=120, least=5, most=3600)
SECRET_NAMED = environment.secret  # a target names its token's variable; the value is read when it is needed
