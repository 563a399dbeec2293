"""The site's addresses: the desk, Django's admin for repairs, and the public pages for everything else."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("desk/", include("digests.editor.urls")),
    path("accounts/", include("digests.editor.accounts")),
    path("language/", include("django.conf.urls.i18n")),
    path("django-admin/", admin.site.urls),
    path("", include("digests.public.urls")),
]

handler400 = "digests.editor.failures.bad_request"
handler403 = "digests.editor.failures.permission_denied"
handler404 = "digests.editor.failures.not_found"
handler500 = "digests.editor.failures.server_error"
