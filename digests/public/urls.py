"""The public addresses."""

from django.urls import path, register_converter

from digests.public import addresses, pictures, views

register_converter(addresses.TagName, "tag")
register_converter(addresses.Year, "year")
register_converter(addresses.Month, "month")

urlpatterns = [
    path("", views.home, name="home"),
    path("posts/<slug:slug>/", views.digest, name="digest"),
    path("tags/", views.tags, name="tags"),
    path("tags/<tag:name>/", views.tag, name="tag"),
    path("media/thumbnails/<str:name>", pictures.thumbnail, name="thumbnail"),
    path("months/", views.months, name="months"),
    path("months/<year:year>/<month:month>/", views.month, name="month"),
]
