"""The public addresses."""

from django.urls import path, register_converter

from digests.public import (
    addresses,
    feeds,
    moved,
    originals,
    palettes,
    pictures,
    quotes,
    search,
    series,
    site_pages,
    sitemaps,
    views,
)

register_converter(addresses.TagName, "tag")
register_converter(addresses.Year, "year")
register_converter(addresses.Month, "month")
register_converter(addresses.PageNumber, "page")
register_converter(addresses.FeedKind, "feed")

urlpatterns = [
    path("", views.home, name="home"),
    path("page/<page:number>/", views.home, name="home"),
    path("posts/<slug:slug>/", views.digest, name="digest"),
    path("posts/<slug:slug>/original/", originals.originals, name="originals"),
    path("posts/<slug:slug>/q/<page:number>/", quotes.quote, name="quote"),
    path("posts/<slug:slug>/q/<int:number>.jpg", pictures.quote_card, name="quote-card"),
    path(
        "posts/<slug:slug>/q/<int:number>-square.jpg", pictures.quote_card, {"square": True}, name="quote-card-square"
    ),
    path("posts/<path:path>/", views.public_page(moved.post), name="old-post"),
    path("tags/", views.tags, name="tags"),
    path("tags/page/<page:number>/", views.tags, name="tags"),
    path("tags/<tag:name>/page/<page:number>/", views.tag, name="tag"),
    path("tags/<tag:name>/", views.tag, name="tag"),
    path("media/thumbnails/<str:name>", pictures.thumbnail, name="thumbnail"),
    path("media/renditions/<str:name>", pictures.rendition, name="rendition"),
    path("media/cards/<slug:slug>/<str:name>", pictures.title_card, name="title-card"),
    path("media/pictures/<str:name>", pictures.site_picture, name="site-picture"),
    path("months/", views.months, name="months"),
    *(path(f"{kind}/", site_pages.site_page, {"kind": kind}, name=kind) for kind in ("about", "sources", "takedown")),
    path("series/", series.all_series, name="all-series"),
    path("series/page/<page:number>/", series.all_series, name="all-series"),
    path("series/<tag:name>/page/<page:number>/", series.series, name="series"),
    path("series/<tag:name>/", series.series, name="series"),
    path("search/", search.search, name="search"),
    path("feeds/<feed:kind>/", feeds.feed, name="feed"),
    path("feeds/<feed:kind>/tags/<tag:name>/", feeds.feed, name="feed"),
    path("sitemap.xml", sitemaps.index, name="sitemap"),
    path("sitemaps/listings.xml", sitemaps.listings, name="sitemap-listings"),
    path("sitemaps/<page:number>.xml", sitemaps.digests, name="sitemap-part"),
    path("palette-<slug:state>.css", palettes.palette, name="palette"),
    path("robots.txt", sitemaps.robots, name="robots"),
    path("months/<year:year>/<month:month>/", views.month, name="month"),
    path("months/<year:year>/<month:month>/page/<page:number>/", views.month, name="month"),
]
