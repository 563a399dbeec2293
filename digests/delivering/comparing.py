"""What stands in the site now against what Matome knows of it: what may be written, and what must not be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from digests.delivering.posts import Outgoing, address_of, folder_of, is_bundle
from digests.models import DeliveryItem, Target
from digests.models.deliveries import hash_of
from digests.publishing.places import Place, PlaceError

REDIRECTS = "static/_redirects"
MOST_BYTES = 4 * 1024 * 1024  # of a post; the largest of 1,933 real ones has 110 kB
_PAGES = (".md", ".markdown", ".html")


@dataclass(slots=True)
class Clash:
    """Something stands there that nobody here has seen. `theirs` is None where nothing does any more."""

    outgoing: Outgoing
    conflict: DeliveryItem.Conflict
    theirs: bytes | None


@dataclass(slots=True)
class Compared:
    """`changes` is what to write: path → bytes, None deletes. `kept` are pictures that somebody changed and keeps."""

    changes: dict[str, bytes | None] = field(default_factory=dict)
    clashes: list[Clash] = field(default_factory=list)
    states: dict[int, DeliveryItem.State] = field(default_factory=dict)  # by item
    kept: list[str] = field(default_factory=list)


def compare(outgoing: Sequence[Outgoing], place: Place, target: Target) -> Compared:
    """Against the place as it was fetched. A post that somebody moved is followed: its `path` and `known` change.

    Raises `PlaceError`.
    """
    found = Compared()
    standing = dict(place.read(_paths(outgoing)))
    for one in outgoing:
        _follow(one, standing, place)
    for one in outgoing:
        clash = _clash(one, standing, others=[other for other in outgoing if other is not one])
        if clash:
            found.clashes.append(clash)
        else:
            _write(one, standing, found)
            _move_bundle(one, place, found)
    if target.withdrawal == Target.Withdrawal.GONE:
        _say_gone(outgoing, place, found)
    return found


def same(one: bytes | None, other: bytes | None) -> bool:
    """The same text; how its lines end is the checkout's affair, not an edit."""
    if one is None or other is None:
        return one is other
    return one == other or _lf(one) == _lf(other)


def _lf(content: bytes) -> bytes:
    return content.replace(b"\r\n", b"\n")


def _paths(outgoing: Sequence[Outgoing]) -> list[str]:
    return list(dict.fromkeys(path for one in outgoing for path in (one.known, one.path, *one.pictures) if path))


def _follow(one: Outgoing, standing: dict[str, bytes | None], place: Place) -> None:
    """A post that is not where it was, but whose very bytes stand elsewhere, was moved by somebody."""
    if not one.known or one.base is None or standing[one.known] is not None:
        return
    if one.renamed and same(standing[one.path], one.content):
        return  # an earlier run of ours has moved it
    if moved := place.moved(one.base):
        one.path = one.path if one.renamed else moved
        one.known = moved
        standing.update(place.read({one.path, moved, *one.pictures}))


def _clash(one: Outgoing, standing: Mapping[str, bytes | None], *, others: Sequence[Outgoing]) -> Clash | None:
    conflict = DeliveryItem.Conflict
    accepted = one.item.accepted_sha256
    if one.known:
        theirs = standing[one.known]
        fine = same(theirs, one.base) or same(theirs, one.content) or hash_of(theirs) == accepted
        done = theirs is None and (is_removal(one) or (one.renamed and same(standing[one.path], one.content)))
        if not (fine or done):
            _check_size(one.known, theirs)
            return Clash(one, conflict.DELETED if theirs is None else conflict.CHANGED, theirs)
    if one.path != one.known:
        there = standing[one.path]
        left = any(other.known == one.path and other.path != one.path for other in others)  # that one moves away
        if there is not None and not left and not same(there, one.content) and hash_of(there) != accepted:
            _check_size(one.path, there)
            return Clash(one, conflict.TAKEN, there)
    return None


def _check_size(path: str, theirs: bytes | None) -> None:
    """What is kept, read and shown of a repository is a post, not whatever somebody puts in its place."""
    if theirs is not None and len(theirs) > MOST_BYTES:
        raise PlaceError("too_large", path)


def is_removal(one: Outgoing) -> bool:
    return one.item.action == DeliveryItem.Action.REMOVE


def _write(one: Outgoing, standing: Mapping[str, bytes | None], found: Compared) -> None:
    there = standing.get(one.path)
    if is_removal(one):
        found.states[one.item.pk] = DeliveryItem.State.REMOVED
        if there is not None:
            found.changes[one.path] = one.content
        return
    content = one.content or b""
    if there is not None and b"\r\n" in there and b"\r\n" not in content:
        one.content = content = content.replace(b"\n", b"\r\n")
    changed = there != content
    if one.renamed and standing[one.known] is not None:
        found.changes.setdefault(one.known, None)
        changed = True
    if changed or one.path != one.known:
        found.changes[one.path] = content
    for path, picture in one.pictures.items():
        now = standing[path]
        if now is not None and now != picture and now not in one.old_pictures:
            found.kept.append(path)
        elif now != picture:
            found.changes[path], changed = picture, True
    found.states[one.item.pk] = DeliveryItem.State.WRITTEN if changed else DeliveryItem.State.UNCHANGED


def _move_bundle(one: Outgoing, place: Place, found: Compared) -> None:
    """What lies beside a post in a folder of its own goes where the post goes."""
    if not one.known or not is_bundle(one.known) or not (one.renamed or is_removal(one)):
        return
    old = folder_of(one.known)
    beside = [path for path in place.list(old) if path != one.known]
    if any(path.endswith(_PAGES) for path in beside):  # a folder with other posts in it is not this one's own
        return
    if is_removal(one):
        found.changes.update(dict.fromkeys(beside))
    elif is_bundle(one.path):
        for path, content in place.read(beside).items():
            below = PurePosixPath(path).relative_to(old)
            found.changes.setdefault(f"{folder_of(one.path)}/{below}", content)
            found.changes.setdefault(path, None)


def _say_gone(outgoing: Sequence[Outgoing], place: Place, found: Compared) -> None:
    """A line for each removed post, and none for one that is back, in the file by which some hosts are told.

    Only where the site has that file.
    """
    now = place.read([REDIRECTS])[REDIRECTS]
    if now is None:
        return
    text = now.decode(errors="surrogateescape")
    gone = {f"{address_of(one.known)} /404.html 410" for one in outgoing if is_removal(one) and one.known}
    back = {f"{address_of(one.path)} /404.html 410" for one in outgoing if not is_removal(one)}
    lines = text.splitlines()
    kept = [line for line in lines if line not in back]
    new = kept + sorted(gone - set(kept))
    if new != lines:
        found.changes[REDIRECTS] = "".join(f"{line}\n" for line in new).encode(errors="surrogateescape")
