"""What would stand in a target: each digest's post and pictures, made from its snapshot and what stood there."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from django.utils.translation import gettext as _

from digests.delivering import notes
from digests.models import DeliveryItem, Post, Publication, Target
from digests.publishing import interchange
from digests.publishing.assemble import pictures_of
from digests.publishing.document import DigestDocument
from digests.publishing.form import Form
from digests.publishing.hugo import UnfaithfulPost, picture_path, post_path, render
from digests.publishing.reading import UnreadablePost

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
    own_pictures: tuple["Picture", ...] = ()
    old_pictures: frozenset[bytes] = frozenset()  # as they went out before

    @property
    def renamed(self) -> bool:
        return bool(self.known) and self.path != self.known

    @property
    def pictures(self) -> dict[str, bytes]:
        """Path → bytes."""
        return {one.path or f"{folder_of(self.path)}/{one.beside}": one.content for one in self.own_pictures}


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that was uploaded here: it stands at a path, or by a name `beside` its post, wherever that is."""

    path: str
    beside: str
    content: bytes


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
            found.append(_writing(item, _document(item.publication), post, form))
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


def path_of(document: DigestDocument, post: Post | None, form: Form) -> str:
    """Where the post is to stand: where it stands, unless its digest got another slug or day since it went there."""
    wanted = post_path(document, form)
    if post is None or post.path == wanted:
        return wanted
    if post.publication is None:
        return post.path
    return post.path if post_path(_document(post.publication), form) == wanted else wanted


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
    document: DigestDocument,
    post: Post | None,
    form: Form,
    *,
    base: bytes | None = None,
    draft: bool | None = False,
) -> tuple[str, tuple[str, ...]]:
    """The post's text, read back and held against the document; "" and the reasons, in words, when it is not faithful.

    It is the text that stands there with what changed. `base` stands in for that one. `draft` None leaves its mark.
    """
    base = base or (post.content if post else None)
    try:
        moves = path_of(document, post, form) != (post.path if post else "")
        aliases = (address_of(post.path),) if post and moves and form.aliases else ()
        return render(document, form=form, base=base.decode() if base else "", draft=draft, aliases=aliases), ()
    except (UnfaithfulPost, UnreadablePost, ValueError) as error:
        return "", (_("The post cannot be written: %(reason)s") % {"reason": error},)


def address_of(path: str) -> str:
    """Where Hugo puts a content file, unless the site's configuration says otherwise: `/posts/2025_09/slug/`."""
    below = PurePosixPath(path.removeprefix("content/"))
    parts = below.parent.parts if below.name == INDEX else (*below.parent.parts, below.stem)
    return "/" + "/".join(parts) + "/"


def is_bundle(path: str) -> bool:
    """Whether the post's folder is its own, with all that lies in it."""
    return PurePosixPath(path).name == INDEX


def folder_of(path: str) -> str:
    return str(PurePosixPath(path).parent)


def _writing(item: DeliveryItem, document: DigestDocument, post: Post | None, form: Form) -> Outgoing:
    before = post.publication if post else None
    # A post that readers never saw stays hidden when only somebody's words are taken out of it.
    hidden = item.publication is not None and item.publication.state == Publication.State.FAILED
    text, problems = proved(document, post, form, base=item.base, draft=None if hidden else False)
    return Outgoing(
        item=item,
        document=document,
        problems=problems,
        known=post.path if post else "",
        base=post.content if post else None,
        path=path_of(document, post, form) if text else "",
        content=text.encode(),
        own_pictures=tuple(_pictures(document, form)) if text else (),
        old_pictures=frozenset(pictures_of(_document(before)).values()) if before else frozenset(),
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


def _pictures(document: DigestDocument, form: Form) -> Iterator[Picture]:
    folder = folder_of(post_path(document, form))
    for name, content in pictures_of(document).items():
        path = picture_path(document, name, form)
        beside = path.removeprefix(f"{folder}/") if path.startswith(f"{folder}/") else ""
        yield Picture("" if beside else path, beside, content)


def _document(publication: Publication) -> DigestDocument:
    return interchange.from_json(publication.document).document
