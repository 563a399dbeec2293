"""When readers of a Hugo site would see a post: a date that lies ahead hides it (`buildFuture = false`)."""

from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from digests.publishing.document import DigestDocument
from digests.publishing.form import Form


def warnings(document: DigestDocument, form: Form, at: datetime) -> tuple[str, ...]:
    """What would hide the post from readers though it has gone out at that time."""
    visible_at = form.starts_at(document.date)
    if visible_at <= at:
        return ()
    shown = date_format(timezone.localtime(visible_at), "Y-m-d H:i")
    zone = timezone.localtime(visible_at).tzname()
    if form.date_offset:
        return (
            _("The digest's date lies ahead: Hugo leaves the post out until %(time)s (%(zone)s).")
            % {"time": shown, "zone": zone},
        )
    return (
        _(
            "The digest's date lies ahead: Hugo leaves the post out until %(time)s (%(zone)s), unless the site's own"
            " timeZone begins the day earlier. An offset for dates in the site's settings makes it certain."
        )
        % {"time": shown, "zone": zone},
    )
