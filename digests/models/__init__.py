"""The data: one module per aggregate, each QuerySet beside its model."""

from digests.models.archives import MoveIn, SitePicture
from digests.models.deliveries import Delivery, DeliveryItem, WithdrawnAuthor
from digests.models.digests import Digest, Fold, Quote, StaleVersion
from digests.models.imports import ImportRun
from digests.models.publications import Publication, Tag
from digests.models.targets import Post, Target
from digests.models.threads import Comment, Thread

__all__ = [
    "Comment",
    "Delivery",
    "DeliveryItem",
    "Digest",
    "Fold",
    "ImportRun",
    "MoveIn",
    "Post",
    "Publication",
    "Quote",
    "SitePicture",
    "StaleVersion",
    "Tag",
    "Target",
    "Thread",
    "WithdrawnAuthor",
]
