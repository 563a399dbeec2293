"""What an editor types about a Hugo site. Secrets have no field: only names of environment variables."""

import re
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from digests.models import Target
from digests.models.digests import check_web_address
from digests.models.targets import HOOK_VARIABLE, TOKEN_VARIABLE
from digests.publishing import locations
from digests.publishing.places import PlaceError, checked_path


class TargetForm(forms.ModelForm[Target]):
    """Where a site is and how it is reached."""

    class Meta:
        model = Target
        fields = (
            "name",
            "kind",
            "location",
            "branch",
            "root",
            "token_variable",
            "site_url",
            "hook_variable",
            "commit_message",
            "withdrawal",
            "build_check",
        )
        widgets: ClassVar[dict[str, forms.Widget]] = {
            "kind": forms.RadioSelect(),
            "withdrawal": forms.RadioSelect(),
            "site_url": forms.URLInput(),
        }
        labels: ClassVar[dict[str, Any]] = {
            "name": gettext_lazy("Name"),
            "kind": gettext_lazy("Kind"),
            "location": gettext_lazy("Address or folder"),
            "branch": gettext_lazy("Branch"),
            "root": gettext_lazy("The site's folder in the repository"),
            "token_variable": gettext_lazy("Environment variable with the token"),
            "site_url": gettext_lazy("Address of the live site"),
            "hook_variable": gettext_lazy("Environment variable with the build hook's address"),
            "commit_message": gettext_lazy("Commit message"),
            "withdrawal": gettext_lazy("When a digest is withdrawn"),
            "build_check": gettext_lazy("Build the changed posts with Hugo before anything is written"),
        }
        help_texts: ClassVar[dict[str, Any]] = {
            "name": gettext_lazy("As editors see it."),
            "location": gettext_lazy(
                "https://host/owner/site.git, git@host:owner/site.git, or a full path on this machine. Without a"
                " password: an address with one is refused."
            ),
            "root": gettext_lazy("Empty when the repository is the site."),
            "token_variable": gettext_lazy(
                "For https. The name only, such as MATOME_TOKEN_SITE; its value stays on the server, is never stored or"
                " shown. For ssh the key of the account that runs Matome is used."
            ),
            "site_url": gettext_lazy("Empty: Matome does not look whether a delivery is live."),
            "hook_variable": gettext_lazy(
                "For hosts that build when an address is called. The name only, such as MATOME_HOOK_SITE."
            ),
            "commit_message": gettext_lazy(
                "Empty for the usual words. {count}, {titles}, {slug}, {slugs}, {editor} and {target} are replaced."
            ),
            "build_check": gettext_lazy("Only where Hugo is installed beside Matome."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["branch"].required = False
        kind = self.fields["kind"]
        if isinstance(kind, forms.ChoiceField):
            kind.choices = Target.Kind.choices  # without an empty one

    def clean_site_url(self) -> str:
        value: str = self.cleaned_data["site_url"]
        if value:
            check_web_address(value)
        return value

    def clean_root(self) -> str:
        value = self.cleaned_data["root"].strip("/")
        if not value:
            return ""
        try:
            return checked_path(value)
        except PlaceError as error:
            raise forms.ValidationError(error.words) from error

    def clean_token_variable(self) -> str:
        return self._variable("token_variable", TOKEN_VARIABLE, "MATOME_TOKEN_SITE")

    def clean_hook_variable(self) -> str:
        return self._variable("hook_variable", HOOK_VARIABLE, "MATOME_HOOK_SITE")

    def _variable(self, name: str, pattern: str, example: str) -> str:
        value: str = self.cleaned_data[name]
        if value and not re.fullmatch(pattern, value):
            said = _("This is not such a name. It begins like %(example)s; the secret itself does not belong here.")
            raise forms.ValidationError(said % {"example": example})
        return value

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        kind, location = cleaned.get("kind"), cleaned.get("location", "")
        if kind == Target.Kind.FOLDER and location and not location.startswith("/"):
            self.add_error("location", _("Give the folder's full path, from / on."))
        if kind == Target.Kind.GIT:
            self._check("location", location, locations.parse)
            cleaned["branch"] = cleaned.get("branch") or "main"
            self._check("branch", cleaned["branch"], locations.checked_branch)
        return cleaned

    def _check(self, name: str, value: str, check: Any) -> None:
        if not value or name in self.errors:
            return
        try:
            check(value)
        except PlaceError as error:
            self.add_error(name, error.words)
