"""Who may enter the desk: people who are signed in, active and on the staff. Knows no page of the desk.

And what stands before every page of a digest: one in the bin has none but those that show it.
"""

from typing import cast

from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django_htmx.middleware import HtmxDetails

from digests.editor import failures
from digests.models import Digest

# Pages by which a digest in the bin is looked at, taken out or deleted; all others wait until it is out.
OF_THE_BINNED = {
    *("digest-recover", "digest-delete-for-good", "preview", "export-json"),
    *("history", "history-compared"),
}


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
            said = _("You are signed out. Sign in again in another tab, then repeat this.")
            return HttpResponseForbidden(said, headers={"Matome-Sign-In": reverse("login")})
        if request.method == "POST" and failures.texts_sent(request):
            return failures.signed_out(request)
        return redirect_to_login(request.get_full_path() if request.method == "GET" else reverse("desk"))
    if not (user.is_active and user.is_staff):
        return render(request, "desk/forbidden.html", status=403)
    return _in_the_bin(request)


def _in_the_bin(request: EditorRequest) -> HttpResponse | None:
    """The answer where the address is of a digest that is in the bin."""
    match = request.resolver_match
    digest_id = match.kwargs.get("digest_id") if match and match.url_name not in OF_THE_BINNED else None
    if digest_id is None or not Digest.objects.filter(pk=digest_id, binned_at__isnull=False).exists():
        return None
    if request.htmx:
        return HttpResponse(_("This digest is in the bin; nothing was changed. Take it out first."), status=410)
    digest = Digest.objects.select_related("binned_by").get(pk=digest_id)
    return render(request, "desk/binned.html", {"digest": digest}, status=200 if request.method == "GET" else 409)


def editor_of(request: HttpRequest) -> User:
    """The editor who asks; only after `turned_away` has let them pass."""
    return cast("User", request.user)
