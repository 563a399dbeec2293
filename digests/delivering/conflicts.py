"""A post that was changed in the repository and here: both sides to look at, and what an editor decides.

Nothing goes out from here; `retry` does that, and stops again at whatever nobody has seen.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from digests.delivering import adopting, posts
from digests.delivering.contract import Conflict, DeliveryRefused, Pick
from digests.delivering.ending import describe
from digests.delivering.starting import By, locked
from digests.models import DeliveryItem, Digest, Post, Publication, StaleVersion, Target
from digests.publishing import interchange
from digests.publishing.document import DigestDocument, DocumentQuote
from digests.publishing.form import Form
from digests.publishing.loading import replace_content
from digests.publishing.merging import Conflict as MergeConflict
from digests.publishing.publish import snapshot
from digests.publishing.reading import UnreadablePost
from digests.publishing.withdrawn import without_withdrawn

type Choice = Literal["ours", "theirs", "merged"]
_DECIDED = (DeliveryItem.Resolution.THEIRS, DeliveryItem.Resolution.MERGED)


@dataclass(frozen=True, slots=True)
class _Sides:
    """An item in conflict, with all that is known of it. Documents are None where there is no readable post."""

    item: DeliveryItem
    target: Target
    form: Form
    post: Post | None
    ours: DigestDocument | None  # the snapshot
    text: str  # its post
    shown: DigestDocument | None  # as its post says it
    base: DigestDocument | None
    theirs: DigestDocument | None

    @property
    def can_merge(self) -> bool:
        return None not in (self.base, self.shown, self.theirs)


def conflict_of(item_id: int) -> Conflict | None:
    """Both sides of an item that stands in conflict, for the page where it is decided; None when it does not."""
    item = _items().filter(pk=item_id).first()
    if item is None or item.state != DeliveryItem.State.CONFLICT or item.resolution in _DECIDED:
        return None
    sides = _sides(item)
    found: tuple[MergeConflict, ...] = ()
    if sides.base and sides.shown and sides.theirs:
        found = adopting.merged(sides.base, sides.shown, sides.theirs).conflicts
    return Conflict(
        code=item.conflict,
        path=item.path,
        base=_text(sides.post.content if sides.post else None),
        ours=sides.text or None,
        theirs=_text(None if item.theirs is None else bytes(item.theirs)),
        can_merge=sides.can_merge,
        picks=tuple(_pick(one) for one in found),
    )


def resolve(
    item_id: int,
    choice: Choice,
    *,
    theirs_sha256: str,
    picks: Mapping[str, Literal["ours", "theirs"]] | None = None,
    by: By,
) -> None:
    """Decides a conflict; `retry` then carries it out. `theirs_sha256` is `item.theirs_sha256` as it was shown.

    "ours" accepts exactly what was seen: anything newer stops the next delivery again. "theirs" and "merged" change the
    digest, and need it to be what the delivery took (else `DeliveryRefused`). Raises `StaleVersion` for another hash.
    """
    with transaction.atomic():
        item = _items().select_for_update(of=("self",)).get(pk=item_id)
        _check(item, theirs_sha256)
        if choice == "ours":
            item.accepted_sha256 = theirs_sha256
        elif item.action == DeliveryItem.Action.REMOVE:
            _keep(item)
        elif item.conflict == DeliveryItem.Conflict.DELETED:
            item.action, item.publication = DeliveryItem.Action.REMOVE, None
        else:
            _adopt(item, choice, picks or {}, by=by)
        item.resolution = DeliveryItem.Resolution(choice)
        item.save()


def _items() -> QuerySet[DeliveryItem]:
    return DeliveryItem.objects.select_related("delivery__target", "publication", "digest")


def _check(item: DeliveryItem, theirs_sha256: str) -> None:
    if item.state != DeliveryItem.State.CONFLICT or item.resolution in _DECIDED or item.delivery.retries.exists():
        raise DeliveryRefused(whole=_("This conflict has been decided already."))
    if item.theirs_sha256 != theirs_sha256:
        raise StaleVersion(None)


def _keep(item: DeliveryItem) -> None:
    """It was to be removed; it stays as they have it, unseen by us as before."""
    item.state, item.conflict = DeliveryItem.State.DROPPED, ""
    with translation.override(settings.LANGUAGE_CODE):
        item.problem = _("It stays as the repository has it.")


def _adopt(item: DeliveryItem, choice: Choice, picks: Mapping[str, str], *, by: By) -> None:
    """Their text, or both together, becomes the digest's, and a snapshot that waits for `retry`."""
    if item.digest_id is None or item.publication is None:
        raise DeliveryRefused(whole=_("Its digest has been deleted."))
    digest = locked([item.digest_id])[item.digest_id]
    if digest.changes != item.publication.digest_changes:
        said = _("The digest has been changed since this delivery was started. Put their changes in by hand.")
        raise DeliveryRefused({digest.pk: (said,)})
    document = without_withdrawn(_decided(_sides(item), choice, picks))
    replace_content(digest, document)
    digest.refresh_from_db()
    with translation.override(settings.LANGUAGE_CODE):
        waits = _("Taken over from the repository; it has not gone out from here yet.")
    item.packed_base = None
    item.publication = _waiting(digest, document, waits, by=by)
    _stand_on_theirs(item, digest)


def _decided(sides: _Sides, choice: Choice, picks: Mapping[str, str]) -> DigestDocument:
    if sides.ours is None or sides.shown is None or sides.theirs is None:
        raise DeliveryRefused(whole=_("What the repository holds cannot be read as a post."))
    if choice == "theirs":
        return adopting.lifted(sides.theirs, sides.shown, sides.ours)
    if sides.base is None:
        raise DeliveryRefused(whole=_("There is nothing that both texts come from, so they cannot be merged."))
    merged = adopting.merged(sides.base, sides.shown, sides.theirs, picks)
    if merged.conflicts:
        raise DeliveryRefused(whole=_("Some places that both sides changed are not decided yet."))
    return adopting.lifted(merged.document, sides.shown, sides.ours)


def _waiting(digest: Digest, document: DigestDocument, reason: str, *, by: By) -> Publication:
    row = snapshot(digest, document, by=by)
    row.state, row.error = Publication.State.FAILED, reason
    row.save()
    return row


def _stand_on_theirs(item: DeliveryItem, digest: Digest) -> None:
    """Their bytes are what the next delivery edits and compares with; the post stays where it stands."""
    target = item.delivery.target
    if target is None or item.theirs is None:
        return
    post = Post.objects.filter(target=target, digest=digest).first() or Post(target=target, digest=digest)
    Post.objects.filter(target=target, path=item.path).exclude(pk=post.pk).delete()
    post.path, post.content, post.publication = item.path, bytes(item.theirs), None
    describe(post, posts.form_of(target))
    post.save()


def _sides(item: DeliveryItem) -> _Sides:
    target = item.delivery.target
    if target is None:
        raise ValueError("only a Hugo site's repository can stand against a delivery")
    form = posts.form_of(target)
    post = posts.posts_of(target, [item.digest_id]).get(item.digest_id) if item.digest_id else None
    ours = interchange.from_json(item.publication.document).document if item.publication else None
    text = posts.proved(ours, post, form, base=item.base)[0] if ours else ""
    return _Sides(
        item=item,
        target=target,
        form=form,
        post=post,
        ours=ours,
        text=text,
        shown=_read(text.encode(), item.path, form) if text else None,
        base=_read(post.content, item.path, form) if post else None,
        theirs=None if item.theirs is None else _read(bytes(item.theirs), item.path, form),
    )


def _read(content: bytes, path: str, form: Form) -> DigestDocument | None:
    try:
        return adopting.document_in(content.decode(), path, form)
    except (UnreadablePost, UnicodeDecodeError):
        return None


def _text(content: bytes | None) -> str | None:
    return None if content is None else content.decode(errors="replace")


# Places that both changed, in words.


def _pick(conflict: MergeConflict) -> Pick:
    return Pick(
        key=conflict.id,
        title=_title(conflict),
        base=_shown(conflict.base),
        ours=_shown(conflict.ours),
        theirs=_shown(conflict.theirs),
    )


def _title(conflict: MergeConflict) -> str:
    names = {
        "headline": _("Headline"),
        "lead": _("Lead"),
        "date": _("Date"),
        "thumbnail": _("Picture"),
        "source_url": _("Address of the thread"),
        "article_url": _("Address of the article"),
        "text": _("Text"),
        "author": _("Author"),
        "created_at": _("Time"),
        "color": _("Colour"),
        "quote": _("Whether it stands there"),
        "order": _("Order of the quotes"),
        "folds": _("Folds"),
    }
    name = names.get(conflict.name, conflict.name)
    return _("Number %(number)s: %(name)s") % {"number": conflict.number, "name": name} if conflict.number else name


def _shown(value: Any) -> str:
    """A value as text; of an order or folds a line for each quote."""
    if value is None:
        return ""
    if isinstance(value, DocumentQuote):
        return f"{value.author}: {value.text}"
    if isinstance(value, tuple):
        return "\n".join(_line(one) for one in value)
    return str(value)


def _line(one: Any) -> str:
    """Of an entry's key, `(kind, author or text, …)`, or of such a key and its fold's label."""
    if len(one) == 2 and isinstance(one[0], tuple):
        return f"{one[1]}: {one[0][1]}"
    return str(one[1])
