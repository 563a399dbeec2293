"""Whole answers of pages that are asked for all the time, kept in this process as they go out.

A view that can tell by one query whether its answer still holds says so with `kept_while`; the next request for the
same then takes that query and nothing else: no view, no other middleware, no cache. Nothing old is ever sent, whichever
process published.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from time import monotonic

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase, ResponseHeaders
from django.utils.cache import get_conditional_response

from digests.public import packing
from digests.public.freshness import made_by
from digests.public.neighbours import KEPT_SECONDS

MOST_BYTES = 32 * 1024 * 1024  # some 1,500 digests of 84 quotes, compressed
_OF_BODY = {"Content-Type", "Content-Length", "Content-Encoding"}


@dataclass(frozen=True, slots=True)
class Kept:
    headers: ResponseHeaders
    body: bytes
    still_holds: Callable[[], bool]
    until: float  # by `monotonic`; no longer than what the page itself was made from


class Shelf:
    """The answers asked for last, of together at most so many bytes."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.most_bytes = most_bytes
        self.bytes = 0
        self._answers: OrderedDict[object, Kept] = OrderedDict()
        self._lock = Lock()

    def get(self, key: object) -> Kept | None:
        with self._lock:
            found = self._answers.get(key)
            if found is not None:
                self._answers.move_to_end(key)
        return found

    def put(self, key: object, kept: Kept) -> None:
        with self._lock:
            self._drop(key)
            self._answers[key] = kept
            self.bytes += len(kept.body)
            while self.bytes > self.most_bytes:
                self._drop(next(iter(self._answers)))

    def _drop(self, key: object) -> None:
        if (gone := self._answers.pop(key, None)) is not None:
            self.bytes -= len(gone.body)


def kept_while(response: HttpResponseBase, still_holds: Callable[[], bool]) -> HttpResponseBase:
    """Lets an answer be sent again as it is, while that is so; it says all that can have changed."""
    response.still_holds = still_holds  # type: ignore[attr-defined]
    return response


class KeptResponsesMiddleware:
    """The outermost one, so that it keeps what the others add. They have looked at the host before it is kept."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.shelf = Shelf()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        asked = request.META
        if request.method != "GET" or asked["QUERY_STRING"]:
            return self.get_response(request)
        coding = packing.coding_for(asked.get("HTTP_ACCEPT_ENCODING", ""))
        key = (made_by(), request.scheme, asked.get("HTTP_HOST"), request.path_info, coding)
        kept = self.shelf.get(key)
        if kept is None or monotonic() > kept.until or not kept.still_holds():
            return self._kept(key, self.get_response(request))
        response = HttpResponse(kept.body, content_type="")
        response.headers = kept.headers  # nobody changes them on the way out
        if "HTTP_IF_NONE_MATCH" in asked and (known := get_conditional_response(request, kept.headers["ETag"])):
            known.headers = ResponseHeaders({name: kept.headers[name] for name in kept.headers if name not in _OF_BODY})
            return known
        return response

    def _kept(self, key: object, response: HttpResponseBase) -> HttpResponseBase:
        still_holds = getattr(response, "still_holds", None)
        if still_holds and isinstance(response, HttpResponse) and response.status_code == 200 and not response.cookies:
            until = monotonic() + KEPT_SECONDS
            self.shelf.put(key, Kept(response.headers, response.content, still_holds, until))
        return response
