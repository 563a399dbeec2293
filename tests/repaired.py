"""Archives to be repaired: a site's repository whose posts have moved in, and a batch brought from step to step."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from digests import delivering
from digests.archive import repairing
from digests.archive.moving_in import move_in
from digests.archive.site_folder import SiteFolder
from digests.models import Digest, RepairBatch, RepairItem, Target
from tests.delivered import make_site
from tests.moving import write_site


def archive(tmp_path: Path, posts: Mapping[str, str]) -> Target:
    """A git repository with these posts (path → text), and their digests here."""
    target = make_site(tmp_path, files={path: text.encode() for path, text in posts.items()})
    move_in(SiteFolder(write_site(tmp_path / "copy", posts)), target)
    return target


def proposed(kind: str, **options: Any) -> RepairBatch:
    batch = repairing.propose(kind, options, by=None)
    repairing.work(batch.pk)
    return RepairBatch.objects.get(pk=batch.pk)


def applied(batch: RepairBatch, **options: Any) -> RepairBatch:
    """The batch after it was applied, its deliveries run."""
    repairing.apply(batch.pk, by=None, **options)
    return worked(batch)


def undone(batch: RepairBatch) -> RepairBatch:
    repairing.undo(batch.pk, by=None)
    return worked(batch)


def worked(batch: RepairBatch) -> RepairBatch:
    repairing.work(batch.pk)
    for delivery in batch.deliveries.all():
        delivering.run(delivery.pk)
    return RepairBatch.objects.get(pk=batch.pk)


def edits(item: RepairItem) -> list[tuple[str, Any, Any]]:
    return [(edit["field"], edit["before"], edit["after"]) for edit in item.edits]


def texts(digest: Digest) -> list[str]:
    return [*digest.quotes.in_order().values_list("text", flat=True)]
