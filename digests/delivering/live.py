"""After the push: the build hook is called, and the site is looked at until it shows what was delivered.

Each look is a task of its own, so no worker waits for a site that builds.
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial

import httpx
from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from digests.delivering.queueing import enqueue
from digests.importing import our_user_agent
from digests.models import Delivery, DeliveryItem, Post, Publication, Target
from digests.publishing import forges, interchange, watching
from digests.publishing.document import DigestDocument
from digests.publishing.watching import WatchError

MOST_TOLD = 20
_LONGEST_DETAIL = 4000
Build = Delivery.Build
_BUILDS = {
    forges.State.PENDING: Build.PENDING,
    forges.State.SUCCESS: Build.SUCCESS,
    forges.State.FAILURE: Build.FAILURE,
}

type Clients = Callable[[], httpx.AsyncClient]


def client() -> httpx.AsyncClient:
    """How this site's settings say that others' sites are to be asked."""
    return watching.client(user_agent=our_user_agent(), allow_private=settings.ALLOW_PRIVATE_TARGETS)


def watch(delivery_id: int, attempt: int = 0, *, clients: Clients = client) -> None:
    """Looks once whether the site shows what was delivered; looks again later, for a bounded time."""
    waiting = Delivery.objects.filter(pk=delivery_id, live=Delivery.Live.WAITING)
    delivery = waiting.select_related("target").first()
    if delivery is None or delivery.target is None:
        return
    with translation.override(settings.LANGUAGE_CODE):
        last = attempt >= watching.MOST_LOOKS - 1
        found = {} if attempt else _call_hook(delivery.target, clients)
        found |= _asked_forge(delivery, delivery.target, clients)
        missing = list(_missing(delivery, delivery.target, clients, all_of_them=last))
        if missing and last:
            found |= {"live": Delivery.Live.MISSING, "live_detail": _detail(missing)}
        elif not missing:
            found["live"] = Delivery.Live.LIVE
        if found:
            waiting.update(**found)
    if missing and not last:
        again = timezone.now() + timedelta(seconds=watching.wait_seconds(attempt))
        enqueue("watch_delivery", delivery.pk, attempt + 1, at=again)


def _call_hook(target: Target, clients: Clients) -> dict[str, str]:
    if not target.hook_variable:
        return {}
    address = settings.SECRET_NAMED(target.hook_variable)  # "" where it is not set, which is no address
    try:
        watching.asked(clients, partial(_hooked, url=address))
    except WatchError as error:
        reason = f"{error.words} {error.detail}".strip()
        return {"live_detail": _("The build hook could not be called: %(reason)s") % {"reason": reason}}
    return {"live_detail": ""}


async def _hooked(http: httpx.AsyncClient, url: str) -> int:
    return await watching.call_hook(http, url)


def _asked_forge(delivery: Delivery, target: Target, clients: Clients) -> dict[str, str]:
    """How the checks of the commit stand, where its forge says so."""
    if target.kind != Target.Kind.GIT or not delivery.commit or delivery.build in {Build.SUCCESS, Build.FAILURE}:
        return {}
    token = settings.SECRET_NAMED(target.token_variable) if target.token_variable else ""

    async def ask(http: httpx.AsyncClient) -> forges.CommitStatus:
        return await forges.commit_status(http, target.location, delivery.commit, token)

    with suppress(WatchError):
        status = watching.asked(clients, ask)
        if status.state in _BUILDS:
            return {"build": _BUILDS[status.state], "build_url": status.url[:2000], "build_text": status.text[:500]}
    return {}


def _missing(
    delivery: Delivery, target: Target, clients: Clients, *, all_of_them: bool
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Address and reasons of pages that do not show what they should; the first such page unless all are wanted."""
    for item in _watched(delivery, target):
        url = watching.page_address(target.site_url, item.path)
        reasons = watching.asked(clients, _look(url, item, target))
        if reasons:
            yield url, reasons
            if not all_of_them:
                return


def _watched(delivery: Delivery, target: Target) -> list[DeliveryItem]:
    """What the site should show of this delivery, or no longer show: not what a later one has replaced by now."""
    items = delivery.items.exclude(path="").exclude(digest=None).select_related("publication").order_by("pk")
    rows = Post.objects.filter(target=target, path__in=items.values("path"))
    standing = dict(rows.exclude(digest=None).values_list("path", "publication_id"))
    return [
        item
        for item in items
        if (item.path not in standing if item.publication is None else standing.get(item.path) == item.publication.pk)
    ]


def _look(url: str, item: DeliveryItem, target: Target) -> Callable[[httpx.AsyncClient], Awaitable[tuple[str, ...]]]:
    if item.publication is not None:
        post = Post.objects.filter(target=target, path=item.path).first()
        text = post.content.decode(errors="replace") if post else ""
        return partial(_is_shown, url=url, document=_document(item.publication), post=text)
    last = Publication.objects.filter(digest=item.digest_id).order_by("pk").last()
    return partial(_is_gone, url=url, document=_document(last) if last else None)


async def _is_shown(http: httpx.AsyncClient, *, url: str, document: DigestDocument, post: str) -> tuple[str, ...]:
    return (await watching.look(http, url, document, post)).missing


async def _is_gone(http: httpx.AsyncClient, *, url: str, document: DigestDocument | None) -> tuple[str, ...]:
    """A page may stand at the address, such as a note; but none of the quotes on it."""
    try:
        response = await watching.answer(http, "GET", url, most_bytes=watching.PAGE_BYTES)
    except WatchError as error:
        return (error.words,)
    if response.status_code != 200 or document is None or not watching.page_state(response.text, document).quotes:
        return ()
    return (_("The post is still shown."),)


def _document(publication: Publication) -> DigestDocument:
    return interchange.from_json(publication.document).document


def _detail(missing: Sequence[tuple[str, tuple[str, ...]]]) -> str:
    """A line for each page, as many as help."""
    lines = [f"{url} {' '.join(reasons)}" for url, reasons in missing[:MOST_TOLD]]
    if more := len(missing) - MOST_TOLD:
        lines += [_("and %(count)d more") % {"count": more}] if more > 0 else []
    return "\n".join(lines)[:_LONGEST_DETAIL]
