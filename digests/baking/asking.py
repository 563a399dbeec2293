"""Asks the application for an address as a reader would, within this process. Knows no file and no database."""

import mimetypes
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import unquote, unquote_to_bytes, urlsplit

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.core.signals import request_finished
from django.db import close_old_connections
from django.http import FileResponse, StreamingHttpResponse
from django.http.response import HttpResponse, HttpResponseBase
from django.urls import resolve
from django.utils import translation

_HASHED = re.compile(r"\.[0-9a-f]{12}\.[a-z0-9]+\Z")  # as the static files' storage names them


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    headers: dict[str, str]

    @property
    def content_type(self) -> str:
        return self.headers.get("Content-Type", "")

    @property
    def etag(self) -> str:
        return self.headers.get("ETag", "")

    @property
    def is_for_ever(self) -> bool:
        """Whether the address always gives these bytes."""
        return "immutable" in self.headers.get("Cache-Control", "")


def static(address: str) -> Answer | None:
    """A style sheet or the like, from where `collectstatic` or the project has it; None for any other address."""
    prefix = str(settings.STATIC_URL)
    if not address.startswith(prefix):
        return None
    name = unquote(urlsplit(address).path.removeprefix(prefix))
    found = staticfiles_storage.path(name) if staticfiles_storage.exists(name) else finders.find(name)
    if not found:
        return Answer(404, b"", {})
    kind, _coding = mimetypes.guess_type(name)
    kept = "immutable" if _HASHED.search(name) else ""
    return Answer(200, Path(found).read_bytes(), {"Content-Type": kind or "", "Cache-Control": kept})


class Asker:
    """Answers as a reader gets them. Pages come uncompressed."""

    @cached_property
    def _handler(self) -> WSGIHandler:
        return WSGIHandler()  # loads the middleware, which looks at every static file

    def ask(self, address: str, *, etag: str = "") -> Answer:
        """`address` is percent-encoded, from the root on. To be called within `asking()`."""
        response = _of_view(_request(address, etag))
        if response is not None:  # which nobody has to be told the end of
            return Answer(response.status_code, _body(response), dict(response.headers))
        response = self._handler.get_response(_request(address, etag))
        try:
            return Answer(response.status_code, _body(response), dict(response.headers))
        finally:
            response.close()

    def headers(self, address: str) -> Mapping[str, str]:
        """All that go out with an answer, those of the middleware too."""
        with asking():
            response = self._handler.get_response(_request(address))
            response.close()
        return response.headers


def _of_view(request: WSGIRequest) -> HttpResponseBase | None:
    """What the public view at that address answers, None where there is none or it finds nothing.

    Middleware gives public pages nothing but headers that are the same for all, and takes as long as a short page.
    """
    try:
        view, args, kwargs = resolve(request.path_info)
        return view(request, *args, **kwargs) if getattr(view, "in_site_language", False) else None
    except Exception:  # what becomes of it the handler says: 404, or 500 and a line in the log
        return None


def _body(response: HttpResponseBase) -> bytes:
    if isinstance(response, FileResponse) and response.file_to_stream is not None:
        with response.file_to_stream as file:
            return bytes(file.read())  # at once, not by the pieces in which a server sends it
    if isinstance(response, StreamingHttpResponse):
        return b"".join(response)
    return response.content if isinstance(response, HttpResponse) else b""


@contextmanager
def asking() -> Iterator[None]:
    """In the site's language, and with the connection to the database kept: a closed answer is the end of a request to
    Django, which may then close it."""
    was_connected = request_finished.disconnect(close_old_connections)
    try:
        with translation.override(settings.LANGUAGE_CODE):
            yield
    finally:
        if was_connected:
            request_finished.connect(close_old_connections)


def _request(address: str, etag: str = "") -> WSGIRequest:
    """A new one each time: Django decodes the path within what it was given."""
    environ = _environ(address)
    if etag:
        environ["HTTP_IF_NONE_MATCH"] = etag
    return WSGIRequest(environ)


def _environ(address: str) -> dict[str, Any]:
    """What a server passes on (PEP 3333). As the site's own host, by TLS when readers come so."""
    base, asked = urlsplit(settings.BASE_URL), urlsplit(address)
    return {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(asked.path).decode("latin-1"),
        "QUERY_STRING": asked.query,
        "SERVER_NAME": base.hostname,
        "SERVER_PORT": str(base.port or (443 if base.scheme == "https" else 80)),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": base.netloc,
        "HTTP_X_FORWARDED_PROTO": base.scheme,
        "wsgi.url_scheme": base.scheme,
        "wsgi.version": (1, 0),
        "wsgi.input": BytesIO(),
        "wsgi.errors": BytesIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
