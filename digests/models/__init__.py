"""The data: one module per aggregate, each QuerySet beside its model."""

from digests.models.digests import Digest, Fold, Quote, StaleVersion
from digests.models.imports import ImportRun
from digests.models.publications import Publication, Tag
from digests.models.threads import Comment, Thread

__all__ = ["Comment", "Digest", "Fold", "ImportRun", "Publication", "Quote", "StaleVersion", "Tag", "Thread"]
