"""The data: one module per aggregate, each QuerySet beside its model."""

from digests.models.archives import MoveIn, SitePicture
from digests.models.checks import ArchiveCheck, CheckedDigest, Finding
from digests.models.deliveries import Delivery, DeliveryItem, WithdrawnAuthor
from digests.models.digests import Digest, Fold, Quote, StaleVersion
from digests.models.imports import ImportRun
from digests.models.publications import Publication, Tag
from digests.models.repairs import RepairBatch, RepairItem
from digests.models.search import SearchEntry
from digests.models.targets import Post, Target
from digests.models.threads import Comment, Thread

__all__ = [
    "ArchiveCheck",
    "CheckedDigest",
    "Comment",
    "Delivery",
    "DeliveryItem",
    "Digest",
    "Finding",
    "Fold",
    "ImportRun",
    "MoveIn",
    "Post",
    "Publication",
    "Quote",
    "RepairBatch",
    "RepairItem",
    "SearchEntry",
    "SitePicture",
    "StaleVersion",
    "Tag",
    "Target",
    "Thread",
    "WithdrawnAuthor",
]
