"""The pages about the site, as editors write them."""

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from digests import plaintext
from digests.curation.errors import CurationError
from digests.models import SitePage, StaleVersion

MOST_IN_TITLE = 200


def write_site_page(kind: str, *, version: int, title: str, body: str) -> SitePage:
    """Writes such a page, from which readers see it at once; with neither title nor body it has our own text again.

    `version` is that of the page when the editor looked at it, 0 while nobody had written one. Raises `StaleVersion`.
    """
    title, body = plaintext.clean_line(title), plaintext.clean(body).strip("\n")
    if len(title) > MOST_IN_TITLE:
        message = _("A title has at most %(most)s characters.") % {"most": MOST_IN_TITLE}
        raise CurationError("too_long", message, field="title")
    pages = SitePage.objects.filter(kind=kind)
    if not version:
        try:
            with transaction.atomic():
                return SitePage.objects.create(kind=kind, title=title, body=body)
        except IntegrityError as error:
            raise StaleVersion(pages.values_list("version", flat=True).first()) from error
    new = {"title": title, "body": body, "updated_at": timezone.now()}
    if not pages.filter(version=version).update(**new, version=F("version") + 1):
        raise StaleVersion(pages.values_list("version", flat=True).first())
    return pages.get()
