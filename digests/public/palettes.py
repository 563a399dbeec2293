"""The style sheet of a palette of the site's own. That of the default palette is a file: static/palette.css."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from digests.models.palettes import current_palette

CONTENT_TYPE = "text/css; charset=utf-8"


def stylesheet() -> tuple[str, bytes] | None:
    """Its address and its bytes; None while the palette is the default."""
    colors = current_palette()
    return (reverse("palette", args=[colors.state]), colors.stylesheet().encode()) if colors.state else None


@require_safe
def palette(_request: HttpRequest, state: str) -> HttpResponse:
    """Kept for ever under the address that the pages name; an older page gets the colours of now, and not to keep."""
    colors = current_palette()
    kept = "public, max-age=31536000, immutable" if state == colors.state else "public, max-age=0, must-revalidate"
    return HttpResponse(colors.stylesheet(), content_type=CONTENT_TYPE, headers={"Cache-Control": kept})


palette.in_site_language = True  # type: ignore[attr-defined]
