"""The baked site in a real nginx, by the configuration that we ship: every answer is the live site's."""

import gzip
import http.client
import os
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

import brotli
import pytest
from django.conf import settings as site
from django.core.files.storage import default_storage
from django.test import Client
from PIL import Image

from digests import thumbnails
from digests.baking import bake as baking
from digests.baking.folder import OWN
from digests.public import moved, pages
from digests.publishing.publish import unpublish
from tests.factories import make_live
from tests.test_bake_links import make_post

pytestmark = pytest.mark.django_db

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
APPLICATION = re.compile(
    r"    # What only the application can do .*?\n    }\n", re.DOTALL
)  # the place to drop without one
BROTLI = Path("/usr/lib/nginx/modules/ngx_http_brotli_static_module.so")


@dataclass(frozen=True)
class Got:
    status: int
    headers: dict[str, str]
    body: bytes


class Server:
    def __init__(self, port: int) -> None:
        self.port = port

    def get(self, address: str, **headers: str) -> Got:
        web = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        web.request("GET", address, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = web.getresponse()
        got = Got(answer.status, dict(answer.getheaders()), answer.read())
        web.close()
        return got


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A baked site with everything that an address can be."""
    picture = BytesIO()
    Image.new("RGB", (1200, 630), "teal").save(picture, "JPEG")
    for number in range(1, 23):
        make_live(
            f"story{number}", tags=("猫", "TCP/IP", "Machine Learning", f"札{number}"), date=date(2026, 9, number)
        )
    odd = ('"$1\\', "..", ".net", "page", "index.html", "a b;c", "100%", "長" * 100, "~", "q?x#y", "é")
    made = thumbnails.make_thumbnail(picture.getvalue())
    default_storage.save(made.path, BytesIO(made.content))
    shown = make_live("odd", tags=odd, thumbnail=made.path, date=date(2026, 10, 1))
    make_post("content/posts/2025_09/2025_09_06_old/index.md", shown.digest_id)
    make_post("content/posts/日記/その一.md", shown.digest_id)
    gone = make_live("gone", tags=("消えた札",))
    make_post("content/posts/2025_09/2025_09_07_gone/index.md", gone.digest_id)
    unpublish(gone.digest_id)
    baking.bake(tmp_path / "site")
    return tmp_path / "site"


@pytest.fixture
def server(folder: Path, tmp_path: Path) -> Iterator[Server]:
    shipped = (site.BASE_DIR / "docs/nginx.conf").read_text(encoding="utf-8")
    with running(shipped, folder, tmp_path) as server:
        yield server


@contextmanager
def running(shipped: str, folder: Path, tmp_path: Path) -> Iterator[Server]:
    if NGINX is None:
        pytest.skip("nginx is not on this machine: apt install nginx-light libnginx-mod-http-brotli-static")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    ours = shipped.replace("/srv/matome/site", str(folder)).replace("listen 80;", f"listen 127.0.0.1:{port};")
    ours = ours.replace("digests.example", "127.0.0.1")
    if not BROTLI.is_file():
        ours = ours.replace("brotli_static on;", "")
    (tmp_path / "nginx.conf").write_text(_around(ours, tmp_path), encoding="utf-8")
    command = [NGINX, "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf"), "-e", str(tmp_path / "error.log")]
    subprocess.run([*command, "-t"], check=True, capture_output=True)
    process = subprocess.Popen([*command, "-g", "daemon off;"], stderr=subprocess.DEVNULL)
    try:
        _wait_for(port, process)
        yield Server(port)
    finally:
        process.terminate()
        process.wait(timeout=20)


def _around(ours: str, folder: Path) -> str:
    """The file that a distribution's nginx.conf includes ours into."""
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{kind}_temp_path {folder / kind};\n" for kind in kinds)
    module = f"load_module {BROTLI};\n" if BROTLI.is_file() else ""
    user = "user root;\n" if os.getuid() == 0 else ""
    inner = f"access_log off;\n{temporary}{ours}"
    return f"{module}{user}pid {folder / 'pid'};\nworker_processes 1;\nevents {{ }}\nhttp {{\n{inner}\n}}\n"


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _attempt in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert process.poll() is None
            time.sleep(0.1)
        else:
            return
    raise AssertionError("nginx does not answer")


def live(client: Client, address: str) -> Got:
    answer = client.get(address, headers={"Accept-Encoding": "identity"})
    return Got(answer.status_code, dict(answer.headers), b"".join(answer))


def same(client: Client, server: Server, address: str) -> None:
    """Status, body and type, however the body travels; and where a redirect leads."""
    wanted = live(client, address)
    for coding, unpack in (("identity", bytes), ("gzip", gzip.decompress), ("br", brotli.decompress)):
        got = server.get(address, Accept_Encoding=coding)
        assert got.status == wanted.status, address
        assert got.headers.get("Location", "").replace("%24", "$") == wanted.headers.get("Location", ""), address
        if wanted.status == 301:
            continue
        packed = got.headers.get("Content-Encoding", "identity")
        is_text = wanted.headers["Content-Type"].startswith(("text/", "application/"))
        if is_text and not (coding == "br" and not BROTLI.is_file()):
            assert packed == coding, address
        assert (unpack(got.body) if packed == coding else got.body) == wanted.body, address
        assert got.headers["Content-Type"] == wanted.headers["Content-Type"], address


def test_every_page_feed_and_part_of_the_sitemap_is_the_live_one(client: Client, server: Server):
    addresses = [page.address for page in pages.every_page(pages.Site())]
    assert len(addresses) > 150
    for address in addresses:
        same(client, server, address)


def test_old_addresses_and_withdrawn_ones_answer_as_they_do_live(client: Client, server: Server):
    leads = list(moved.leads())
    assert len(leads) > 3
    for address, _to in leads:
        same(client, server, address)
    for address in (
        *(
            "/?page=1",
            "/?page=2",
            "/?page=x",
            "/tags/TCP/IP/?page=2",
            f"/tags/{quote('猫')}/?page=2",
            "/posts/odd/?page=2",
        ),
        *(
            "/months/2026/09/?page=2",
            "/tags/machine-learning/",
            "/posts/gone/",
            "/posts/nothing/",
            "/nothing/",
            "/x.html",
        ),
        *("/page/99/", "/page/1x/", f"/tags/{quote('消えた札')}/", "/feeds/atom/tags/nothing/", "/feeds/none/"),
    ):
        same(client, server, address)


def test_an_address_without_its_slash_gets_it(client: Client, server: Server):
    for address in ("/posts/odd", f"/tags/{quote('猫')}", "/months/2026/09"):
        wanted, got = live(client, address), server.get(address)
        assert (got.status, got.headers["Location"]) == (wanted.status, wanted.headers["Location"])


def test_pictures_are_the_live_ones_and_are_kept_for_ever(client: Client, server: Server, folder: Path):
    found = [path.relative_to(folder) for path in (folder / "media").rglob("*") if path.is_file()]
    assert len(found) > 2
    for path in found:
        same(client, server, f"/{quote(str(path))}")
        assert "immutable" in server.get(f"/{quote(str(path))}").headers["Cache-Control"]


def test_pages_have_the_headers_of_the_live_ones(client: Client, server: Server):
    names = ("Content-Security-Policy", "X-Frame-Options", "Referrer-Policy", "X-Content-Type-Options", "Cache-Control")
    for address in ("/", "/posts/odd/", "/feeds/atom/", "/robots.txt"):
        wanted, got = live(client, address), server.get(address)
        assert [got.headers[name] for name in names] == [wanted.headers[name] for name in names]


@pytest.mark.parametrize(
    "path", [f"/{OWN}/manifest.json", "/_redirects", "/_headers", "/posts/odd/index.html", "/index.html.br"]
)
def test_what_is_for_the_server_is_not_given_out(server: Server, path: str):
    assert server.get(path).status == 404


def test_a_shared_quote_is_the_applications_or_else_a_place_in_its_digest(folder: Path, tmp_path: Path):
    shipped = (site.BASE_DIR / "docs/nginx.conf").read_text(encoding="utf-8")
    alone = APPLICATION.sub("", shipped)
    assert "proxy_pass" in shipped
    assert "proxy_pass" not in alone
    with running(alone, folder, tmp_path) as server:
        got = server.get("/posts/odd/q/12/")
        assert (got.status, got.headers["Location"]) == (302, "/posts/odd/#q12")
        assert [server.get(f"/posts/odd/q/{name}").status for name in ("12.jpg", "0/", "x/", "")] == [404] * 4
    with HTTPServer(("127.0.0.1", 0), _Application) as application:
        threading.Thread(target=application.serve_forever, daemon=True).start()
        here = f"127.0.0.1:{application.server_port}"
        with running(shipped.replace("127.0.0.1:8000", here), folder, tmp_path) as server:
            for path in ("/posts/odd/q/12/", "/posts/odd/q/12.jpg"):
                assert server.get(path).body == path.encode()
            assert server.get("/posts/odd/q/x/").status == 404
        application.shutdown()


class _Application(BaseHTTPRequestHandler):
    """Says what it is asked for."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.path.encode())

    def log_message(self, *_args: object) -> None:
        pass
