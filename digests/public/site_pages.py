"""Who publishes here, where the quotes come from, and how to be taken out: in the editors' words, or else in ours."""

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.urls import reverse

from digests import sources
from digests.models import SitePage
from digests.public.freshness import answer
from digests.public.views import public_page


def stored(kind: str) -> SitePage:
    """What editors have written; an empty page where they have not."""
    return SitePage.objects.filter(kind=kind).first() or SitePage(kind=kind)


@public_page
def site_page(request: HttpRequest, kind: str) -> HttpResponseBase:
    page = stored(kind)
    contact = settings.TAKEDOWN_CONTACT
    names = sorted(sources.SOURCES)

    def render() -> str:
        context = {
            "page": page,
            "label": SitePage.Kind(kind).label,
            "address": reverse(kind),
            "section": kind,
            "contact": contact,
            "contact_url": contact if "://" in contact else f"mailto:{contact}",
            "source_names": names,
        }
        return render_to_string("public/site_page.html", context)

    state = (kind, page.title, page.body, page.updated_at, contact, names)
    return answer(request, state=state, changed_at=page.updated_at, render=render)
