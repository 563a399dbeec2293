"""The site's settings as the test suite wants them: a data folder of its own, fast hashing, tasks on demand."""

import atexit
import os
import shutil
import tempfile

# The machine's own configuration must not leak into the tests; DATABASE_URL chooses the database and stays.
for _name in [name for name in os.environ if name.startswith("MATOME_") and not name.startswith("MATOME_TEST_")]:
    del os.environ[_name]
os.environ["MATOME_DATA_DIR"] = tempfile.mkdtemp(prefix="matome-test-")
atexit.register(shutil.rmtree, os.environ["MATOME_DATA_DIR"], ignore_errors=True)

from matome_site.settings import *  # noqa: E402, F403

DATABASES["default"]["CONN_MAX_AGE"] = 0  # noqa: F405  (a thread of the live server leaves no connection behind)
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":  # noqa: F405
    # A file, since the live server's threads need connections of their own.
    DATABASES["default"]["TEST"] = {"NAME": DATA_DIR / "test.sqlite3"}  # noqa: F405
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
TASKS = {"default": {"BACKEND": "django.tasks.backends.dummy.DummyBackend"}}
WHITENOISE_AUTOREFRESH = True
