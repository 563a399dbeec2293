"""What only shows when the archive's digests (and posts) are looked at together: in one pass, without their quotes."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress

from digests import sources
from digests.archive import tags
from digests.models import Digest, Finding, Post
from digests.models.digests import DigestQuerySet
from digests.sources.contract import SourceError

_SLUGS_SHOWN = 5


def findings(archived: DigestQuerySet) -> Iterator[Finding]:
    """Rows to be stored, for the digests given and for posts that are none's."""
    digests = list(archived.order_by("pk").only("pk", "slug", "tags", "thread", "source_url").iterator())
    yield from _threads(digests)
    yield from _tags(digests)
    yield from _unread_posts()


def _threads(digests: list[Digest]) -> Iterator[Finding]:
    """Two digests have one thread when they are tied to it, or name it, however its address is written."""
    addresses = {digest.thread_id: _canonical(digest.source_url) for digest in digests if digest.thread_id}
    retold: defaultdict[object, list[Digest]] = defaultdict(list)
    for digest in digests:
        key = addresses.get(digest.thread_id or 0) or _canonical(digest.source_url) or digest.thread_id
        if key:
            retold[key].append(digest)
    for same in retold.values():
        for digest in same if len(same) > 1 else ():
            others = [other.slug for other in same if other.pk != digest.pk]
            more = [f"… {len(others)}"] if len(others) > _SLUGS_SHOWN else []
            yield _finding("duplicated_thread", digest, ", ".join([*others[:_SLUGS_SHOWN], *more]))


def _canonical(url: str) -> str:
    with suppress(SourceError):
        return sources.canonical(url)
    return url.strip().rstrip("/")


def _tags(digests: list[Digest]) -> Iterator[Finding]:
    counts = tags.uses(digest.tags for digest in digests)
    aliases = tags.aliases(counts)
    for digest in digests:
        for tag in dict.fromkeys(digest.tags):
            if tag in aliases:
                yield _finding("tag_alias", digest, f"{tag} → {aliases[tag]} ({counts[tag]} : {counts[aliases[tag]]})")
            elif counts[tag] == 1 and tag not in aliases.values():
                yield _finding("tag_once", digest, tag)


def _unread_posts() -> Iterator[Finding]:
    for post in Post.objects.filter(digest=None, layout="").defer("packed").in_order().iterator():
        first = post.remarks[0] if post.remarks else {}
        detail = f"{post.path}:{first.get('line', 1)} {first.get('code', '')} {first.get('detail', '')}"
        yield Finding(code="unread_post", post=post, detail=detail.strip()[:500], across=True)


def _finding(code: str, digest: Digest, detail: str) -> Finding:
    return Finding(code=code, digest=digest, detail=detail[:500], across=True)
