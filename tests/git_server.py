"""A git server over HTTP on this machine, with a password: git's own http-backend behind Python's server."""

import base64
import http.server
import os
import ssl
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

GitAnswer = Callable[[http.server.BaseHTTPRequestHandler], bool]


class GitServer:
    """Serves the repositories below `root`. Without `token` everybody may read and write.

    `before` may answer a request itself (True), `seen` are the Authorization headers as they came.
    """

    def __init__(
        self,
        root: Path,
        *,
        token: str = "",
        before: GitAnswer | None = None,
        certificate: tuple[Path, Path] | None = None,
    ) -> None:
        self.root = root
        self.token = token
        self.before = before
        self.seen: list[str] = []
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"{'https' if certificate else 'http'}://127.0.0.1:{self._server.server_port}"
        if certificate:
            secured = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            secured.load_cert_chain(*certificate)
            self._server.handle_error = lambda *_: None  # type: ignore[method-assign]
            self._server.socket = secured.wrap_socket(self._server.socket, server_side=True)

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer._answer(self)

            def do_POST(self) -> None:
                outer._answer(self)

            def log_message(self, *_arguments: object) -> None:
                pass

        return Handler

    def _answer(self, request: http.server.BaseHTTPRequestHandler) -> None:
        given = request.headers.get("Authorization", "")
        self.seen.append(given)
        if self.before and self.before(request):
            return
        if self.token and self._password(given) != self.token:
            status(request, 401, {"WWW-Authenticate": 'Basic realm="git"'})
            return
        self._serve(request)

    @staticmethod
    def _password(given: str) -> str:
        return base64.b64decode(given.removeprefix("Basic ")).decode().partition(":")[2] if given else ""

    def _serve(self, request: http.server.BaseHTTPRequestHandler) -> None:
        parts = urlsplit(request.path)
        length = int(request.headers.get("Content-Length") or 0)
        sent = request.rfile.read(length) if length else self._chunks(request)
        done = subprocess.run(
            ["git", "-c", "http.receivepack=true", "http-backend"],
            env={
                "PATH": os.defpath,
                "HOME": "/nonexistent",
                "GIT_PROJECT_ROOT": str(self.root),
                "GIT_HTTP_EXPORT_ALL": "1",
                "GIT_PROTOCOL": request.headers.get("Git-Protocol", ""),
                "PATH_INFO": parts.path,
                "QUERY_STRING": parts.query,
                "REQUEST_METHOD": request.command,
                "CONTENT_TYPE": request.headers.get("Content-Type", ""),
                "HTTP_CONTENT_ENCODING": request.headers.get("Content-Encoding", ""),
                "REMOTE_ADDR": "127.0.0.1",
                "REMOTE_USER": "someone",
            },
            input=sent,
            capture_output=True,
            check=False,
        )
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
        status(request, int(headers.pop("Status", "200").split()[0]), headers, body)

    @staticmethod
    def _chunks(request: http.server.BaseHTTPRequestHandler) -> bytes:
        if request.headers.get("Transfer-Encoding", "") != "chunked":
            return b""
        body = b""
        while size := int(request.rfile.readline(), 16):
            body += request.rfile.read(size)
            request.rfile.readline()
        request.rfile.readline()
        return body


def status(
    request: http.server.BaseHTTPRequestHandler, code: int, headers: dict[str, str] | None = None, body: bytes = b""
) -> bool:
    """Answers a request; True, so that it can end a `before`."""
    request.send_response(code)
    for name, value in {**(headers or {}), "Content-Length": str(len(body))}.items():
        request.send_header(name, value)
    request.end_headers()
    request.wfile.write(body)
    return True


def slowly(seconds: float) -> GitAnswer:
    """A `before` that keeps the asker waiting."""

    def wait(request: http.server.BaseHTTPRequestHandler) -> bool:
        time.sleep(seconds)
        return status(request, 500)

    return wait
