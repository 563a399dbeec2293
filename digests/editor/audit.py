"""The audit trail: who published, withdrew, restored, binned, deleted or duplicated which digest, and when."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render

from digests.editor.access import EditorRequest, turned_away
from digests.models import AuditEntry, Digest

PER_PAGE = 50


class AuditFilter(forms.Form):
    """What the trail is narrowed to. Every field may be missing or nonsense."""

    by = forms.ModelChoiceField(User.objects.all(), required=False, to_field_name="username")
    action = forms.ChoiceField(choices=[("", ""), *AuditEntry.Action.choices], required=False)
    digest = forms.ModelChoiceField(Digest.objects.all(), required=False)
    slug = forms.CharField(required=False, max_length=120)  # what has been deleted has no other name
    since = forms.DateField(required=False, input_formats=["%Y-%m-%d"])
    until = forms.DateField(required=False, input_formats=["%Y-%m-%d"])


def audit(request: EditorRequest) -> HttpResponse:
    """Every entry, newest first, narrowed by who (`by`), what (`action`), which digest (`digest`, `slug`) and when."""
    if answer := turned_away(request):
        return answer
    form = AuditFilter(request.GET)
    form.is_valid()
    asked = {name: form.cleaned_data.get(name) or "" for name in form.fields}
    page = Paginator(_narrowed(asked), PER_PAGE).get_page(request.GET.get("page"))
    words = {name: getattr(value, "username", getattr(value, "pk", value)) for name, value in asked.items()}
    context = {
        "page": page,
        "asked": asked,
        "narrowed": any(asked.values()),
        "actions": AuditEntry.Action.choices,
        "editors": User.objects.filter(is_staff=True).order_by("username"),
        "page_query": urlencode({name: value for name, value in words.items() if value}),
    }
    return render(request, "desk/audit.html", context)


def _narrowed(asked: dict[str, Any]) -> Any:
    found = AuditEntry.objects.newest_first().select_related("by", "digest")
    for name in ("by", "action", "digest"):
        if asked[name]:
            found = found.filter(**{name: asked[name]})
    if asked["slug"]:
        found = found.filter(slug__icontains=asked["slug"]) | found.filter(headline__icontains=asked["slug"])
    if asked["since"]:
        found = found.filter(at__date__gte=asked["since"])
    if asked["until"]:
        found = found.filter(at__date__lte=asked["until"])
    return found
