"""Pages as a test reads them: asked for, checked as HTML, and what stands in them."""

import html5lib
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from selectolax.lexbor import LexborHTMLParser

HTMX = {"HX-Request": "true"}


def read(client: Client, path: str, *, status: int = 200) -> LexborHTMLParser:
    """The page at a path, after a strict parser found nothing wrong with its HTML."""
    answer = client.get(path)
    assert answer.status_code == status, path
    text = answer.content.decode()
    html5lib.HTMLParser(strict=True).parse(text)
    return LexborHTMLParser(text)


def texts(page: LexborHTMLParser, selector: str) -> list[str]:
    return [" ".join(node.text().split()) for node in page.css(selector)]


def queries(client: Client, path: str) -> int:
    """How many a page takes."""
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)
