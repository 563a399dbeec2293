"""The least that Django can do: one view, no middleware, a file's bytes. The public page is measured against it."""

import os
from pathlib import Path

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

BODY = Path(os.environ["BENCHMARK_BODY"]).read_bytes()


def page(_request: HttpRequest, slug: str) -> HttpResponse:  # noqa: ARG001
    return HttpResponse(BODY)


urlpatterns = [path("posts/<slug:slug>/", page)]
settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["127.0.0.1"], SECRET_KEY="no secret", MIDDLEWARE=[])
application = get_wsgi_application()
