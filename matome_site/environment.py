"""Typed readers for the environment: a value that cannot be read stops the start with one clear line.

Knows nothing of Django's settings; `settings.py` is its only caller.
"""

import contextlib
import ipaddress
import os
import shutil
import sys
import tempfile
import zoneinfo
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

import environs
from django.utils.crypto import get_random_string

env = environs.Env(prefix="MATOME_")


def stop(message: str) -> NoReturn:
    """End the process with exit code 1 and one line on standard error."""
    sys.exit(f"Matome cannot start: {message}")


def boolean(name: str, *, default: bool = False) -> bool:
    try:
        return env.bool(name, default)
    except environs.EnvError:
        stop(f"MATOME_{name} must be 1 or 0, not {env.str(name)!r}.")


def integer(name: str, *, default: int, least: int, most: int) -> int:
    value = env.str(name, str(default))
    if not (value.isascii() and value.isdigit() and least <= int(value) <= most):
        stop(f"MATOME_{name} must be a whole number from {least} to {most}, not {value!r}.")
    return int(value)


def text(name: str, *, default: str) -> str:
    return env.str(name, default).strip()


def choice(name: str, *, default: str, among: tuple[str, ...]) -> str:
    value = text(name, default=default)
    if value not in among:
        stop(f"MATOME_{name} must be one of {', '.join(among)}, not {value!r}.")
    return value


def http_url(name: str, *, default: str) -> str:
    """An http or https address with a host, without query and without a slash at its end."""
    value = text(name, default=default)
    try:
        parts = urlsplit(value)
        well_formed = parts.scheme in {"http", "https"} and parts.hostname and (parts.port or 1)
    except ValueError:
        well_formed = False
    if not well_formed or parts.query or parts.fragment or " " in value:
        stop(f"MATOME_{name} must be an http or https address such as {default}, not {value!r}.")
    return value.rstrip("/")


def contact(name: str) -> str:
    """A mail address, an http or https address, or "" for none."""
    value = text(name, default="")
    is_mail = value.count("@") == 1 and not value.startswith("@") and not value.endswith("@")
    if value and ((" " in value) or not (is_mail or value.startswith(("http://", "https://")))):
        stop(f"MATOME_{name} must be a mail address or an http or https address, not {value!r}.")
    return value


def cache(*, entries: int) -> dict[str, Any]:
    """Django's settings for a cache: the Redis or Valkey that CACHE_URL names, else one in each process's memory."""
    value = os.environ.get("CACHE_URL", "").strip()
    if not value:
        return {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": entries}}
    scheme, _, rest = value.partition("://")
    scheme = {"valkey": "redis", "valkeys": "rediss"}.get(scheme, scheme)
    if scheme not in {"redis", "rediss"} or not urlsplit(f"{scheme}://{rest}").hostname:
        stop("CACHE_URL cannot be read; it looks like redis://127.0.0.1:6379/0.")
    return {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": f"{scheme}://{rest}"}


def time_zone(name: str, *, default: str) -> str:
    value = text(name, default=default)
    try:
        zoneinfo.ZoneInfo(value)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        stop(f"MATOME_{name} must be a time zone such as {default}, not {value!r}.")
    return value


def secret(name: str) -> str:
    """What a variable holds at this moment, under the name as it stands; "" when it is not set. Not to be kept."""
    return os.environ.get(name, "").strip()


def for_git() -> dict[str, str]:
    """What git and ssh may know of this machine: where programs and keys are, and how to get out."""
    names = {"PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "SSH_AUTH_SOCK", "SSL_CERT_FILE", "SSL_CERT_DIR"}
    names |= {"GIT_SSL_CAINFO", "GIT_CONFIG_GLOBAL", "XDG_CONFIG_HOME"}
    names |= {"XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS"}  # by which a desktop's store of passwords is reached
    proxies = {"http_proxy", "https_proxy", "no_proxy", "all_proxy"}
    return {name: value for name, value in os.environ.items() if name in names or name.lower() in proxies}


def file(name: str) -> Path | None:
    """A file that can be read, None when none is named."""
    value = text(name, default="")
    path = Path(value).expanduser().resolve()
    if value and not (path.is_file() and os.access(path, os.R_OK)):
        stop(f"MATOME_{name} names a file that cannot be read: {path}.")
    return path if value else None


def directory(name: str, *, default: Path) -> Path:
    """A folder that exists afterwards and can be written to."""
    path = Path(text(name, default=str(default))).expanduser().resolve()
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        stop(f"MATOME_{name} names a folder that cannot be made: {path} ({error.strerror}).")
    if not os.access(path, os.W_OK | os.X_OK):
        stop(f"MATOME_{name} names a folder that cannot be written to: {path}.")
    return path


def program(name: str, *, default: str) -> str:
    """Either "auto" or "off" as it stands, or the path or name of a program that can be run."""
    value = text(name, default=default)
    if value not in {"auto", "off"} and shutil.which(value) is None:
        stop(f"MATOME_{name} must be auto, off or the path of a program, not {value!r}.")
    return value


def secret_key(data_dir: Path) -> str:
    """MATOME_SECRET_KEY, or the one generated once into the data folder (readable by its owner only)."""
    if given := text("SECRET_KEY", default=""):
        if len(given) < 32:
            stop("MATOME_SECRET_KEY is too short; use at least 32 random characters.")
        return given
    path = data_dir / "secret_key"
    try:
        if not path.exists():
            _write_once(path, get_random_string(64))
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        stop(f"the secret key in {path} cannot be read or written ({error.strerror}).")


def _write_once(path: Path, content: str) -> None:
    """Linked into place complete, so that of two processes starting together neither reads half a key."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, encoding="ascii") as file:  # its mode is 0600
        file.write(content)
        file.flush()
        with contextlib.suppress(FileExistsError):
            os.link(file.name, path)


def is_loopback(host: str) -> bool:
    """Whether a host name can only mean this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
