"""A stand-in for Hacker News: a local HTTP server that speaks Algolia's and Firebase's protocols, with faults on order.

    with FakeHackerNews(items, latency_seconds=0.1) as site:
        site.fail("/item/102.json", status=429, retry_after="1", times=2)
        …  # site.algolia_url, site.firebase_url, site.requests

`python -m tests.fake_hn FILE [--port N] [--latency SECONDS]` serves a saved map of Firebase items.
"""

import argparse
import json
import re
import socket
import struct
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal, Self

type Item = Mapping[str, Any]
type Kind = Literal["status", "null", "truncated", "hang", "drip", "oversize", "redirect", "reset", "body", "garbled"]

ALGOLIA_PREFIX = "/api/v1"
FIREBASE_PREFIX = "/v0"


@dataclass
class Fault:
    """What happens instead of the right answer to paths that contain `path`, `times` times (None: always)."""

    path: str
    kind: Kind
    times: int | None = None
    status: int = 500
    retry_after: str = ""
    body: bytes = b""
    oversize_bytes: int = 0


class FakeHackerNews:
    """Serves `items` (Firebase's, by id or as a list) on 127.0.0.1; Algolia's answers are derived from them.

    `algolia` gives ready-made Algolia answers by id instead. `requests` lists every path asked for, in order.
    """

    def __init__(
        self,
        items: Mapping[Any, Item | None] | list[Item],
        *,
        algolia: Mapping[int, object] | None = None,
        latency_seconds: float = 0,
        port: int = 0,
    ) -> None:
        listed = items if isinstance(items, list) else [item for item in items.values() if item is not None]
        self.items: dict[int, Item] = {int(item["id"]): item for item in listed}
        self.algolia = {id_: json.dumps(answer).encode() for id_, answer in (algolia or {}).items()}
        self.latency_seconds = latency_seconds
        self.requests: list[str] = []
        self.user_agents: set[str] = set()
        self.most_at_once = 0
        self.at_once = 0
        self.closing = threading.Event()
        self._faults: list[Fault] = []
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.site = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def algolia_url(self) -> str:
        return self.base_url + ALGOLIA_PREFIX

    @property
    def firebase_url(self) -> str:
        return self.base_url + FIREBASE_PREFIX

    def fail(self, path: str, kind: Kind = "status", **details: Any) -> None:
        """Arranges a fault; the first arranged one that fits a path and has times left is used."""
        self._faults.append(Fault(path, kind, **details))

    def mend(self) -> None:
        self._faults.clear()

    def asked(self, part: str) -> list[str]:
        return [path for path in self.requests if part in path]

    def take_fault(self, path: str) -> Fault | None:
        with self._lock:
            for fault in self._faults:
                if fault.path in path and fault.times != 0:
                    fault.times = None if fault.times is None else fault.times - 1
                    return fault
        return None

    def enter(self, path: str, user_agent: str) -> None:
        with self._lock:
            self.requests.append(path)
            self.user_agents.add(user_agent)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)

    def leave(self) -> None:
        with self._lock:
            self.at_once -= 1

    def answer(self, path: str) -> tuple[int, bytes]:
        if path == "/requests":
            return 200, json.dumps(len(self.requests)).encode()
        if found := re.fullmatch(rf"{FIREBASE_PREFIX}/item/(\d+)\.json", path):
            return 200, json.dumps(self.items.get(int(found[1]))).encode()
        if found := re.fullmatch(rf"{ALGOLIA_PREFIX}/items/(\d+)", path):
            return self._algolia_answer(int(found[1]))
        return 404, b'{"error": "Not Found"}'

    def _algolia_answer(self, item_id: int) -> tuple[int, bytes]:
        if item_id in self.algolia:
            return 200, self.algolia[item_id]
        item = self.items.get(item_id)
        if item is None or item.get("dead") or item.get("deleted"):
            return 404, b'{"status": 404, "error": "Not Found"}'
        return 200, "".join(_algolia_json(item_id, self.items)).encode()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _algolia_json(root: int, items: Mapping[int, Item]) -> Iterator[str]:
    """Pieces of the JSON; without recursion, so that a chain of thousands of replies can be served."""
    children: dict[int, list[int]] = {}
    for id_, item in sorted(items.items()):
        if "parent" in item and not item.get("dead") and not item.get("deleted"):
            children.setdefault(item["parent"], []).append(id_)
    story = root
    while "parent" in items[story]:
        story = items[story]["parent"]
    waiting: list[int | str] = [root]
    while waiting:
        step = waiting.pop()
        if isinstance(step, str):
            yield step
            continue
        yield json.dumps(_algolia_fields(items[step], story))[:-1] + ', "children": ['
        waiting.append("]}")
        below = children.get(step, [])
        for number, kid in reversed(list(enumerate(below))):
            waiting.append(kid)
            if number:
                waiting.append(", ")


def _algolia_fields(item: Item, story: int) -> dict[str, object]:
    seconds = item.get("time", 0)
    return {
        "id": item["id"],
        "created_at": datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "created_at_i": seconds,
        "type": item.get("type"),
        "author": item.get("by"),
        "title": item.get("title"),
        "url": item.get("url"),
        "text": item.get("text"),
        "points": item.get("score"),
        "parent_id": item.get("parent"),
        "story_id": story,
        "options": [],
    }


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    site: FakeHackerNews

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65536  # head and body in one packet; two would wait for each other's acknowledgement
    disable_nagle_algorithm = True

    @property
    def site(self) -> FakeHackerNews:
        assert isinstance(self.server, _Server)
        return self.server.site

    def do_GET(self) -> None:
        if self.path == "/requests":
            return self._send(*self.site.answer(self.path))
        self.site.enter(self.path, self.headers.get("User-Agent", ""))
        try:
            time.sleep(self.site.latency_seconds)
            fault = self.site.take_fault(self.path)
            if fault is None:
                self._send(*self.site.answer(self.path))
            else:
                getattr(self, f"_{fault.kind}")(fault)
        finally:
            self.site.leave()

    def _send(self, status: int, body: bytes, *, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        with suppress(ConnectionError):
            self.wfile.write(body)

    def _status(self, fault: Fault) -> None:
        headers = {"Retry-After": fault.retry_after} if fault.retry_after else {}
        self._send(fault.status, b'{"error": "arranged"}', headers=headers)

    def _null(self, _fault: Fault) -> None:
        self._send(200, b"null")

    def _body(self, fault: Fault) -> None:
        self._send(200, fault.body)

    def _garbled(self, _fault: Fault) -> None:
        self._send(200, b"not gzip at all", headers={"Content-Encoding": "gzip"})

    def _truncated(self, _fault: Fault) -> None:
        """JSON that ends in the middle, sent as if it were whole."""
        _, body = self.site.answer(self.path)
        self._send(200, body[: len(body) // 2])

    def _hang(self, _fault: Fault) -> None:
        self.site.closing.wait(60)
        self.close_connection = True

    def _drip(self, _fault: Fault) -> None:
        """A byte now and then: each read succeeds, the answer never ends."""
        self._send(200, b"[", headers={"Content-Length": "1000"})
        with suppress(ConnectionError):
            while not self.site.closing.wait(0.02):
                self.wfile.write(b" ")
                self.wfile.flush()
        self.close_connection = True

    def _oversize(self, fault: Fault) -> None:
        """More bytes than a sane answer has, without a word about their number."""
        self.send_response(200)
        self.send_header("Connection", "close")
        self.end_headers()
        with suppress(ConnectionError):
            for _ in range(fault.oversize_bytes // 65536 + 1):
                self.wfile.write(b" " * 65536)
        self.close_connection = True

    def _redirect(self, _fault: Fault) -> None:
        self._send(302, b"", headers={"Location": f"{self.site.base_url}/elsewhere"})

    def _reset(self, _fault: Fault) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def log_message(self, *_args: object) -> None:
        """Silent; `requests` has it all."""


def main() -> None:
    parser = argparse.ArgumentParser(description="Serves a saved map of Firebase items as Hacker News does.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    options = parser.parse_args()
    items = json.loads(options.file.read_text(encoding="utf-8"))
    with FakeHackerNews(items, latency_seconds=options.latency, port=options.port) as site:
        print(f"MATOME_HN_ALGOLIA_URL={site.algolia_url}", flush=True)  # noqa: T201
        print(f"MATOME_HN_FIREBASE_URL={site.firebase_url}", flush=True)  # noqa: T201
        with suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
