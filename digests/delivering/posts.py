"""What would stand in a target: each digest's post and pictures, made from its snapshot and what stood there."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from django.utils.translation import gettext as _

from digests.delivering import notes
from digests.models import DeliveryItem, Post, Publication, Target
from digests.publishing import interchange
from digests.publishing.assemble import pictures_of
from digests.publishing.document import DigestDocument
from digests.publishing.form import Form
from digests.publishing.hugo import UnfaithfulPost, picture_path, post_path, render
from digests.publishing.proof import differences

INDEX = "index.md"
NOTE = "note"  # the layout of a post in whose place a note stands that it was withdrawn


@dataclass(slots=True, kw_only=True)
class Outgoing:
    """One item of a delivery, ready to be compared and written.

    `known` is the path at which Matome last saw the post ("" for a new one), `base` what it saw there. `path` is where
    it is to stand, `content` what; None takes it away.
    """

    item: DeliveryItem
    document: DigestDocument | None
    known: str
    base: bytes | None
    path: str
    content: bytes | None
    problems: tuple[str, ...] = ()  # why it must not go out, in words
    pictures: dict[str, bytes] = field(default_factory=dict)
    old_pictures: dict[str, bytes] = field(default_factory=dict)  # as they went out before

    @property
    def renamed(self) -> bool:
        return bool(self.known) and self.path != self.known


def form_of(target: Target) -> Form:
    """Raises `FormError`."""
    return Form.from_json(target.form)


def outgoing(items: Sequence[DeliveryItem], target: Target) -> list[Outgoing]:
    """Every item as it would go out. Raises `FormError`, `UnfaithfulPost`, ValueError.

    The items come with their publications; one whose digest was deleted meanwhile is left out.
    """
    form = form_of(target)
    known = posts_of(target, [item.digest_id for item in items if item.digest_id])
    found = []
    for item in items:
        post = known.get(item.digest_id or 0)
        if item.action == DeliveryItem.Action.REMOVE:
            found.append(_removal(item, post, target))
        elif item.publication is not None and (post or item.publication.state != Publication.State.FAILED):
            document = interchange.from_json(item.publication.document).document
            found.append(_writing(item, document, post, form))
    _know_notes(found, target)
    return found


def _know_notes(outgoing: Iterable[Outgoing], target: Target) -> None:
    """Where a digest was withdrawn and comes back, the note in its place is ours."""
    new = {one.path: one for one in outgoing if not one.known}
    for note in Post.objects.filter(target=target, digest=None, layout=NOTE, path__in=new):
        one = new[note.path]
        one.known, one.base = note.path, note.content


def posts_of(target: Target, digest_ids: Iterable[int]) -> dict[int, Post]:
    """What is known to stand there, by digest."""
    rows = Post.objects.filter(target=target, digest__in=digest_ids).select_related("publication")
    return {post.digest_id: post for post in rows if post.digest_id}


def text_of(document: DigestDocument, base: bytes | None, form: Form) -> str:
    """The post's text: the base with what changed, or a new one."""
    return render(document, form=form, base=base.decode() if base else "")


def path_of(document: DigestDocument, post: Post | None, form: Form) -> str:
    """Where the post is to stand: where it stands, unless its digest got another slug or day since it went there."""
    wanted = post_path(document, form)
    if post is None or post.path == wanted:
        return wanted
    if post.publication is None:
        return post.path
    before = interchange.from_json(post.publication.document).document
    return post.path if post_path(before, form) == wanted else wanted


def differences_of(
    documents: Mapping[int, DigestDocument], target: Target, *, bases: Mapping[int, bytes] | None = None
) -> dict[int, tuple[str, ...]]:
    """Digest → what its post would not say as the digest does, in words; those with none are left out."""
    form = form_of(target)
    known = posts_of(target, documents)
    bases = bases or {}
    found = {pk: proved(one, known.get(pk), form, base=bases.get(pk))[1] for pk, one in documents.items()}
    return {pk: said for pk, said in found.items() if said}


def proved(
    document: DigestDocument, post: Post | None, form: Form, *, base: bytes | None = None
) -> tuple[str, tuple[str, ...]]:
    """The post's text and what is not faithful about it, in words. `base` stands in for what stands there."""
    try:
        text = text_of(document, base or (post.content if post else None), form)
        path = path_of(document, post, form)
    except (UnfaithfulPost, ValueError) as error:
        return "", (_("The post cannot be written: %(reason)s") % {"reason": error},)
    return text, tuple(str(one) for one in differences(text, document, path=path, form=form))


def is_bundle(path: str) -> bool:
    """Whether the post's folder is its own, with all that lies in it."""
    return PurePosixPath(path).name == INDEX


def folder_of(path: str) -> str:
    return str(PurePosixPath(path).parent)


def _writing(item: DeliveryItem, document: DigestDocument, post: Post | None, form: Form) -> Outgoing:
    before = post.publication if post else None
    text, problems = proved(document, post, form, base=item.base)
    return Outgoing(
        item=item,
        document=document,
        problems=problems,
        known=post.path if post else "",
        base=post.content if post else None,
        path=path_of(document, post, form) if text else "",
        content=text.encode(),
        pictures=_pictures(document, form),
        old_pictures=_pictures(interchange.from_json(before.document).document, form) if before else {},
    )


def _removal(item: DeliveryItem, post: Post | None, target: Target) -> Outgoing:
    path = post.path if post else item.path
    note = target.withdrawal == Target.Withdrawal.NOTE and post is not None
    return Outgoing(
        item=item,
        document=None,
        known=path,
        base=post.content if post else None,
        path=path,
        content=notes.withdrawn(post.content.decode(errors="replace")).encode() if post and note else None,
    )


def _pictures(document: DigestDocument, form: Form) -> dict[str, bytes]:
    return {picture_path(document, name, form): content for name, content in pictures_of(document).items()}
