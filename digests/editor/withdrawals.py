"""Taking back what went out: one digest, or everything that one person said."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from digests import delivering, plaintext, sources, textdiff
from digests.delivering import DeliveryRefused, Plan
from digests.editor.access import EditorRequest, editor_of, turned_away
from digests.editor.board import load_digest
from digests.editor.deliveries import led_on
from digests.editor.forms import whole_number
from digests.models import Digest, Quote, Target
from digests.publishing import publish as publishing
from digests.textdiff import Line

OWN, EVERYWHERE = "own", "everywhere"


@dataclass(frozen=True, slots=True)
class Way:
    """One place that a digest can be taken from: what is removed there, and what its address says afterwards."""

    value: str
    name: str
    path: str
    afterwards: str
    lines: tuple[Line, ...]
    problems: tuple[str, ...]


def withdraw(request: EditorRequest, digest_id: int) -> HttpResponse:
    """GET says from where the digest can be taken and what readers find then; POST does it (`from`)."""
    if answer := turned_away(request):
        return answer
    digest = load_digest(digest_id)
    targets = list(Target.objects.filter(posts__digest=digest).order_by("name"))
    if request.method != "POST":
        return _show(request, digest, targets)
    given = request.POST.get("from", "")
    if given == OWN:
        return _from_own_pages(request, digest)
    by = editor_of(request)
    try:
        if given == EVERYWHERE:
            started = delivering.withdraw([digest.pk], by=by)
        else:
            target = get_object_or_404(Target, pk=whole_number(given), posts__digest=digest)
            started = delivering.withdraw([digest.pk], target.pk, by=by)
    except DeliveryRefused as error:
        return _show(request, digest, targets, status=422, said=str(error))
    if not started:
        messages.success(request, _("Readers no longer see the digest. It is a draft again."))
    return led_on(started, redirect("publish", digest.pk))


def author(request: EditorRequest) -> HttpResponse:
    """GET finds everything that one author (`source`, `name`) said; POST takes all of it out."""
    if answer := turned_away(request):
        return answer
    given = request.POST if request.method == "POST" else request.GET
    source, name = given.get("source", "")[:40], plaintext.clean_line(given.get("name", ""))[:200]
    if request.method != "POST" or not name:
        return _show_author(request, source, name)
    if request.POST.get("sure") != "1":
        return _show_author(request, source, name, status=422, said=_("Say that you have read what is lost."))
    try:
        started = delivering.withdraw_author(source, name, by=editor_of(request))
    except DeliveryRefused as error:
        return _show_author(request, source, name, status=422, said=str(error))
    messages.success(request, _("Everything that %(name)s said is taken out.") % {"name": name})
    return led_on(started, redirect("deliveries"))


def _from_own_pages(request: EditorRequest, digest: Digest) -> HttpResponse:
    if publishing.unpublish(digest.pk, by=editor_of(request)):
        messages.success(request, _("Readers no longer see the digest. It is a draft again."))
    else:
        messages.info(request, _("The digest was not published."))
    return redirect("publish", digest.pk)


def _show(
    request: EditorRequest, digest: Digest, targets: Iterable[Target], *, status: int = 200, said: str = ""
) -> HttpResponse:
    context: dict[str, Any] = {
        "digest": digest,
        "live": digest.publications.live().first(),
        "ways": [_way(target, delivering.plan_withdrawal(target.pk, [digest.pk])) for target in targets],
        "said": said,
    }
    return render(request, "desk/withdraw.html", context, status=status)


def _way(target: Target, planned: Plan) -> Way:
    post = planned.posts[0]
    busy = (_("Another delivery of this digest is under way."),) if post.busy else ()
    reasons = (*busy, *post.differences, *(problem.message for problem in post.blocking))
    return Way(
        str(target.pk),
        target.name,
        post.path,
        afterwards(target),
        textdiff.lines(post.diff),
        (*planned.notes, *reasons),
    )


def afterwards(target: Target) -> str:
    """What readers find at the address of a post that was taken from a site."""
    words = {
        Target.Withdrawal.DELETE: _("The post is removed; its address says “not found”, as the site does everywhere."),
        Target.Withdrawal.NOTE: _("A short note at its address says that the post was withdrawn."),
        Target.Withdrawal.GONE: _("The post is removed; its address says that it is gone for good (410)."),
    }
    return words[Target.Withdrawal(target.withdrawal)]


def _show_author(request: EditorRequest, source: str, name: str, *, status: int = 200, said: str = "") -> HttpResponse:
    context: dict[str, Any] = {
        "sources": list(sources.SOURCES),
        "source": source,
        "name": name,
        "said": said,
    }
    if source and name:
        found = delivering.traces(source, name)
        quotes = Quote.objects.filter(digest__in=found.digests, author=name).in_order().select_related("digest")
        context["traces"] = found
        context["groups"] = [(digest, list(group)) for digest, group in groupby(quotes, key=lambda quote: quote.digest)]
        context["targets"] = Target.objects.filter(posts__digest__in=found.digests).distinct().order_by("name")
    return render(request, "desk/withdraw_author.html", context, status=status)
