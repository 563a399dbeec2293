"""Who may enter the desk: people who are signed in, active and on the staff. Knows no page of the desk."""

from typing import cast

from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django_htmx.middleware import HtmxDetails


class EditorRequest(HttpRequest):
    """A request as the middleware hands it on."""

    htmx: HtmxDetails


def turned_away(request: EditorRequest) -> HttpResponse | None:
    """The answer for somebody who is no editor, None for an editor. The first line of every view of the desk.

    A page's own request is not led to the sign-in page: htmx would put that page where a part is expected.
    """
    user = request.user
    if not user.is_authenticated:
        if request.htmx:
            return HttpResponseForbidden(_("You are signed out. Sign in again in another tab, then repeat this."))
        return redirect_to_login(request.get_full_path() if request.method == "GET" else reverse("desk"))
    if not (user.is_active and user.is_staff):
        return render(request, "desk/forbidden.html", status=403)
    return None


def editor_of(request: HttpRequest) -> User:
    """The editor who asks; only after `turned_away` has let them pass."""
    return cast("User", request.user)
