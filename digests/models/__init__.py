"""The data: one module per aggregate, each QuerySet beside its model."""

from digests.models.archives import MoveIn, SitePicture
from digests.models.changes import AuditEntry, Change, Revision
from digests.models.checks import ArchiveCheck, CheckedDigest, Finding
from digests.models.deliveries import Delivery, DeliveryItem, WithdrawnAuthor
from digests.models.digests import Digest, Fold, Quote, StaleVersion
from digests.models.editors import HiddenThing, Keymap, Presence, ThreadReading
from digests.models.imports import ImportRun
from digests.models.pages import SitePage
from digests.models.palettes import PaletteColor
from digests.models.pictures import LibraryPicture, Rendition
from digests.models.publications import Publication, Series, Tag
from digests.models.repairs import RepairBatch, RepairItem
from digests.models.search import SearchEntry
from digests.models.targets import Post, Target
from digests.models.threads import Comment, Thread

__all__ = [
    "ArchiveCheck",
    "AuditEntry",
    "Change",
    "CheckedDigest",
    "Comment",
    "Delivery",
    "DeliveryItem",
    "Digest",
    "Finding",
    "Fold",
    "HiddenThing",
    "ImportRun",
    "Keymap",
    "LibraryPicture",
    "MoveIn",
    "PaletteColor",
    "Post",
    "Presence",
    "Publication",
    "Quote",
    "Rendition",
    "RepairBatch",
    "RepairItem",
    "Revision",
    "SearchEntry",
    "Series",
    "SitePage",
    "SitePicture",
    "StaleVersion",
    "Tag",
    "Target",
    "Thread",
    "ThreadReading",
    "WithdrawnAuthor",
]
