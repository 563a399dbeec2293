"""Hugo sites: which are connected, how each is reached and writes its posts, and whether that works."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import Count, OuterRef, Subquery
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from digests.delivering.reaching import place_of
from digests.editor.access import EditorRequest, editor_of, turned_away
from digests.editor.post_forms import PostsForm, sample
from digests.editor.target_forms import TargetForm
from digests.models import Delivery, Target
from digests.publishing import hugo
from digests.publishing.form import Form, FormError
from digests.publishing.places import PlaceError
from digests.publishing.sandbox import find_hugo, version_of

CHECK_WAIT_SECONDS = 5  # for a delivery that works there just now


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that the test of a connection found. `state` is "fine", "warn" or "bad"."""

    state: str
    words: str
    detail: str = ""


def may_change(request: EditorRequest) -> bool:
    return editor_of(request).has_perm("digests.change_target")


def targets(request: EditorRequest) -> HttpResponse:
    """Every site with its posts and its newest delivery; where none is, how to connect one."""
    if answer := turned_away(request):
        return answer
    newest = Delivery.objects.filter(target=OuterRef("pk")).newest_first()
    found = Target.objects.order_by("name").annotate(
        post_count=Count("posts"),
        last_state=Subquery(newest.values("state")[:1]),
        last_id=Subquery(newest.values("pk")[:1]),
    )
    labels = dict(Delivery.State.choices)
    rows = [(target, labels.get(target.last_state, "")) for target in found]
    return render(request, "desk/targets.html", {"rows": rows, "may_change": may_change(request)})


def new_target(request: EditorRequest) -> HttpResponse:
    """A site that is not connected yet."""
    if answer := turned_away(request):
        return answer
    if not may_change(request):
        return _forbidden(request)
    return _edit(request, Target(kind=Target.Kind.GIT))


def target(request: EditorRequest, target_id: int) -> HttpResponse:
    """A site's settings: to change for those who may, to read for everybody else."""
    if answer := turned_away(request):
        return answer
    found = get_object_or_404(Target, pk=target_id)
    if request.method == "POST" and not may_change(request):
        return _forbidden(request)
    return _edit(request, found)


def check(request: EditorRequest, target_id: int) -> HttpResponse:
    """Asks the site's place whether it answers; every editor may, since nothing is written."""
    if answer := turned_away(request):
        return answer
    found = get_object_or_404(Target, pk=target_id)
    if request.method != "POST":
        return redirect("target", target_id)
    findings = checked(found)
    if request.htmx:
        return render(request, "desk/target.html#checked", {"findings": findings})
    return _show(request, found, TargetForm(instance=found), PostsForm(form=_form_of(found)), findings=findings)


def delete(request: EditorRequest, target_id: int) -> HttpResponse:
    """GET asks, POST forgets the site: its own files are not touched."""
    if answer := turned_away(request):
        return answer
    if not may_change(request):
        return _forbidden(request)
    found = get_object_or_404(Target, pk=target_id)
    under_way = found.deliveries.unfinished().exists()
    if request.method == "POST" and not under_way:
        found.delete()
        messages.success(request, _("“%(name)s” is no longer connected.") % {"name": found})
        return redirect("targets")
    context = {
        "target": found,
        "under_way": under_way,
        "post_count": found.posts.count(),
        "delivery_count": found.deliveries.count(),
    }
    return render(request, "desk/target_delete.html", context, status=409 if request.method == "POST" else 200)


def checked(target: Target) -> list[Finding]:
    """What can be said about a site's place without writing anything."""
    found = [*_variables(target), *_builder(target)]
    try:
        place = place_of(target, wait_seconds=CHECK_WAIT_SECONDS)
        commit = place.fetch()
        posts = sum(path.endswith(".md") for path in place.list("content"))
    except PlaceError as error:
        return [*found, Finding("bad", error.words, error.detail)]
    if commit:
        found.append(
            Finding("fine", _("The repository answers; its newest commit is %(commit)s.") % {"commit": commit[:10]})
        )
    elif target.kind == Target.Kind.GIT:
        found.append(Finding("warn", _("The repository answers, and is empty.")))
    else:
        found.append(Finding("fine", _("The folder is there and can be read.")))
    said = ngettext("It holds %(n)s page (.md below content/).", "It holds %(n)s pages (.md below content/).", posts)
    found.append(Finding("fine" if posts else "warn", said % {"n": posts}))
    return found


def _variables(target: Target) -> list[Finding]:
    found = []
    for name in (target.token_variable, target.hook_variable):
        if name and settings.SECRET_NAMED(name):
            found.append(Finding("fine", _("The environment variable %(name)s is set.") % {"name": name}))
        elif name:
            said = _("The environment variable %(name)s is not set. Set it on the server and start Matome again.")
            found.append(Finding("bad", said % {"name": name}))
    return found


def _builder(target: Target) -> list[Finding]:
    if not target.build_check:
        return []
    if hugo_program := find_hugo(settings.HUGO):
        said = _("Hugo %(version)s is found; changed posts are built before they go out.")
        return [Finding("fine", said % {"version": version_of(hugo_program)})]
    return [
        Finding("warn", _("No Hugo is found here, so posts go out unbuilt. Install it, or name it in MATOME_HUGO."))
    ]


def _edit(request: EditorRequest, found: Target) -> HttpResponse:
    if request.method != "POST":
        return _show(request, found, TargetForm(instance=found), PostsForm(form=_form_of(found)))
    posts = PostsForm(request.POST, form=_form_of(found))
    if request.POST.get("show") == "sample":
        shown = _sample(posts)
        if request.htmx:
            return render(request, "desk/target.html#sample", {"shown": shown})
        # The page again with what was typed; nothing is stored, so nothing is refused either.
        return _show(request, found, TargetForm(request.POST, instance=found), posts, shown=shown)
    form = TargetForm(request.POST, instance=found)
    if not (form.is_valid() and posts.is_valid()):
        return _show(request, Target.objects.filter(pk=found.pk).first() or found, form, posts, status=422)
    found.form = posts.written
    form.save()
    messages.success(request, _("Saved. Test the connection before you publish."))
    return redirect("target", found.pk)


def _show(
    request: EditorRequest, found: Target, form: TargetForm, posts: PostsForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    context: dict[str, Any] = {
        "target": found if found.pk else None,
        "form": form,
        "posts": posts,
        "may_change": may_change(request),
        "shown": _sample(posts),
        **more,
    }
    return render(request, "desk/target.html", context, status=status)


def _sample(posts: PostsForm) -> dict[str, str]:
    """The path and text of a sample post as the settings stand, or why there is none."""
    if posts.is_bound and not posts.is_valid():
        return {"problem": _("Mend what is marked, then the sample appears here.")}
    form = Form.from_json(posts.written)
    document = sample(form)
    try:
        return {"path": hugo.post_path(document, form=form), "post": hugo.render(document, form=form)}
    except (hugo.UnfaithfulPost, ValueError) as error:
        return {"problem": str(error)}


def _form_of(found: Target) -> Form:
    """The stored form; the reference form where the stored one cannot be read, so that it can be mended."""
    try:
        return Form.from_json(found.form)
    except FormError:
        return Form()


def _forbidden(request: EditorRequest) -> HttpResponse:
    return render(request, "desk/targets.html", {"rows": [], "forbidden": True, "may_change": False}, status=403)
