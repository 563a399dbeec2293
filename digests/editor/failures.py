"""What the desk answers when something goes wrong: pages in its own look and its editor's language.

A page's own request gets a sentence. Readers' addresses keep Django's views, with the readers' templates. Asks no
database, which may be what went wrong.
"""

import re
from collections.abc import Iterator
from http import HTTPStatus
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views import csrf, defaults

type Said = str | Promise

_ON_THE_DESK = ("/desk/", "/accounts/")
_SECRET = re.compile(r"csrfmiddlewaretoken|.*password\d?")
_NOT_TYPED = re.compile(r"[\w.:+-]*", re.ASCII)  # ids, versions, names of acts, hashes


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not _is_on_the_desk(request):
        return defaults.bad_request(request, exception)
    why = _("Something in the address or in what was sent is not as it should be.")
    return _answer(request, 400, _("This request could not be read"), why)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not _is_on_the_desk(request):
        return defaults.permission_denied(request, exception)
    why = _("Your account does not have the right to see it. Ask whoever looks after this site.")
    return _answer(request, 403, _("You may not open this page"), why)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not _is_on_the_desk(request):
        return defaults.page_not_found(request, exception)
    why = _("The address may be mistyped, or what was there has been deleted for good.")
    return _answer(request, 404, _("There is no such page"), why)


def server_error(request: HttpRequest) -> HttpResponse:
    if not _is_on_the_desk(request):
        return defaults.server_error(request)
    recorded = _("The error has been recorded. Please try again in a moment.")
    kept = _("What you were writing on a board is kept in this browser, and comes back when the board opens.")
    return _answer(request, 500, _("Something went wrong on our side"), recorded, kept)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    if not _is_on_the_desk(request):
        return csrf.csrf_failure(request, reason)
    old = _("The page it was on had been open for too long, or this browser refuses cookies. Nothing was changed.")
    again = _("Go back, copy what you have written, load the page again and send it once more.")
    return _answer(request, 403, _("Your form was not accepted"), old, "" if texts_sent(request) else again)


def signed_out(request: HttpRequest) -> HttpResponse:
    """For somebody whose session ended while they wrote: to lead them to the sign-in page would lose their texts."""
    why = _("Nothing was saved. Sign in again in another tab; what you had written is here.")
    return _answer(request, 403, _("You are signed out"), why, sign_in=sign_in_url(request))


def sign_in_url(request: HttpRequest) -> str:
    """The sign-in page that leads back to where the request came from."""
    came_from = request.headers.get("Referer", "")
    own = url_has_allowed_host_and_scheme(came_from, {request.get_host()}, require_https=request.is_secure())
    return f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': urlsplit(came_from).path if own else '/desk/'})}"


def texts_sent(request: HttpRequest) -> list[str]:
    """What somebody typed into the form that was sent, as far as can be told from its values."""
    return list(dict.fromkeys(_typed(request)))


def _typed(request: HttpRequest) -> Iterator[str]:
    for name, values in request.POST.lists():
        if not _SECRET.fullmatch(name):
            yield from (value for value in values if not _NOT_TYPED.fullmatch(value.strip()))


def _is_on_the_desk(request: HttpRequest) -> bool:
    return request.path_info.startswith(_ON_THE_DESK)


def _answer(request: HttpRequest, status: int, heading: Said, *why: Said, sign_in: str = "") -> HttpResponse:
    language = translation.get_language_from_request(request)
    with translation.override(language):  # where there is no view, or none was reached, nobody has chosen it yet
        if request.headers.get("HX-Request"):
            said = " ".join((f"{heading}.", *(str(sentence) for sentence in why)))
            answer = HttpResponse(said, status=status, content_type="text/plain; charset=utf-8")
        else:
            context = {
                "status": status,
                "heading": heading,
                "why": [sentence for sentence in why if sentence],
                "texts": texts_sent(request) if status == HTTPStatus.FORBIDDEN else [],
                "sign_in": sign_in,
            }
            answer = HttpResponse(render_to_string("desk/failure.html", context), status=status)
    answer["Content-Language"] = language
    return answer
