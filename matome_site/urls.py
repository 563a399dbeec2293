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
