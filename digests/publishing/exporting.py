"""A whole site as files: what stands in a Hugo site and what readers see, post by post, a few in memory at a time."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import batched

from digests import thumbnails
from digests.models import Digest, Post, Publication, Quote, SitePicture, Target
from digests.publishing import hugo, interchange
from digests.publishing.assemble import assemble_each, pictures_of
from digests.publishing.document import DigestDocument
from digests.publishing.form import Form
from digests.publishing.hugo import Escaping, PlainCannotHold, UnfaithfulPost
from digests.publishing.layouts import LAYOUTS
from digests.publishing.reading import UnreadablePost

CHUNK = 50


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """One file. `problem` says why there is none.

    `sha256` and `post_id` are known for a post that goes out as it came; `contents` reads it when it is needed. `kept`
    are posts of no known layout, which are carried on as they are.
    """

    path: str
    sha256: str = ""
    post_id: int | None = None
    made: bytes = b""
    is_post: bool = True
    kept: bool = False
    problem: str = ""

    @property
    def content(self) -> bytes:
        return self.made if self.post_id is None else Post.objects.get(pk=self.post_id).content


def only_target(name: str = "") -> Target | None:
    """The target of that name, or without a name the only one there is. Raises `Target.DoesNotExist`."""
    if name:
        return Target.objects.get(name=name)
    found = list(Target.objects.all()[:2])
    return found[0] if len(found) == 1 else None


def everything(target: Target | None, escaping: Escaping = Escaping.SAFE) -> Iterator[ExportedFile]:
    """Every post of the target and every published digest, as readers see it, with the pictures they need.

    Without a target every post of every one there is. Pictures come before the posts that show them: a post without
    its picture fails the build of some themes. Raises `FormError`.
    """
    targets = [target] if target else list(Target.objects.order_by("pk"))
    written: set[str] = set()
    for each in targets:
        yield from _site_pictures(each)
        yield from _each_once(_standing(each, Form.from_json(each.form), escaping), written)
    form = Form.from_json(target.form) if target else Form()
    known = Post.objects.filter(target__in=targets, digest__isnull=False).values("digest_id")
    fresh = Publication.objects.live().exclude(digest_id__in=known).order_by("date", "digest_id")
    documents = (
        interchange.from_json(stored).document
        for stored in fresh.values_list("document", flat=True).iterator(chunk_size=CHUNK)
    )
    yield from _each_once((file for one in documents for file in _made(one, form, escaping)), written)


def named(slugs: Sequence[str], target: Target | None, escaping: Escaping = Escaping.SAFE) -> Iterator[ExportedFile]:
    """Digests as their editors have them now. Raises `FormError`.

    One that stands in the target is an edit of what stands there; one that nobody has published is marked as a draft
    where the form says so.
    """
    form = Form.from_json(target.form) if target else Form()
    posts = Post.objects.filter(target=target, digest__slug__in=slugs).select_related("publication")
    known = {post.digest_id: post for post in posts if target}
    live = set(Publication.objects.live().filter(digest__slug__in=slugs).values_list("digest_id", flat=True))
    written: set[str] = set()
    for digest, document in assemble_each(Digest.objects.kept().filter(slug__in=slugs).order_by("date", "pk")):
        draft = None if digest.pk in live or form.drafts != "mark" else True
        yield from _each_once(_made(document, form, escaping, known.get(digest.pk), draft=draft), written)


def contents(files: Iterable[ExportedFile]) -> Iterator[tuple[ExportedFile, bytes]]:
    """Each file with its bytes; those that go out as they came are read from the database together."""
    for some in batched(files, CHUNK):
        posts = Post.objects.in_bulk([file.post_id for file in some if file.post_id is not None])
        for file in some:
            if file.post_id is None:
                yield file, file.made
            elif file.post_id in posts:
                yield file, posts[file.post_id].content


def _each_once(files: Iterable[ExportedFile], written: set[str]) -> Iterator[ExportedFile]:
    """No picture twice, and no two posts at one place."""
    for file in files:
        if file.path not in written or file.problem:
            written.add(file.path)
            yield file
        elif file.is_post:
            problem = f"{file.path}: two posts would stand there; --target names the site whose posts are wanted"
            yield ExportedFile(file.path, problem=problem)


def _standing(target: Target, form: Form, escaping: Escaping) -> Iterator[ExportedFile]:
    """Posts that stand in the target: as they came, unless readers see something newer by now."""
    live = dict(Publication.objects.live().filter(digest__posts__target=target).values_list("digest_id", "pk"))
    pictured = _with_own_pictures(target)
    fields = ("pk", "path", "sha256", "layout", "digest_id", "publication_id")
    rows = Post.objects.filter(target=target).order_by("path").values_list(*fields).iterator()
    for some in batched(rows, CHUNK):
        newer = {row[0]: live[row[4]] for row in some if row[4] in live and live[row[4]] != row[5]}
        shown = {row[0]: live[row[4]] for row in some if row[4] in live and row[4] in pictured}
        publications = Publication.objects.in_bulk({*newer.values(), *shown.values()})
        posts = Post.objects.select_related("publication").in_bulk(newer)
        for pk, path, sha256, layout, digest_id, publication_id in some:
            if publication_id is not None and digest_id not in live:
                continue  # withdrawn since
            kept = layout not in LAYOUTS
            if pk in newer:
                document = interchange.from_json(publications[newer[pk]].document).document
                yield from _made(document, form, escaping, posts[pk], draft=False, kept=kept)
                continue
            if pk in shown:
                yield from _pictures(interchange.from_json(publications[shown[pk]].document).document, form, path)
            yield ExportedFile(path, sha256, pk, kept=kept)


def _with_own_pictures(target: Target) -> set[int]:
    """The digests with a picture that was uploaded here, told without reading a single document."""
    digests = Digest.objects.filter(posts__target=target)
    found = digests.filter(thumbnail__startswith="thumbnails/").values_list("pk", "thumbnail")
    carded = digests.filter(thumbnail="").exclude(card_template="").values_list("pk", flat=True)
    between = Quote.objects.filter(digest__in=digests, kind=Quote.Kind.PICTURE).values_list("digest_id", flat=True)
    return {pk for pk, thumbnail in found if thumbnails.is_own_path(thumbnail)} | set(carded) | set(between)


def _made(
    document: DigestDocument,
    form: Form,
    escaping: Escaping,
    post: Post | None = None,
    *,
    draft: bool | None = None,
    kept: bool = False,
) -> Iterator[ExportedFile]:
    """A post as it would be written now, behind its pictures; an edit of what stands there."""
    slug = document.slug
    try:
        path = hugo.post_path(document, form)
        if post is not None:
            before = interchange.from_json(post.publication.document).document if post.publication else None
            path = hugo.path_where(document, form, stands_at=post.path, before=before)
        base = post.content.decode() if post else ""
        text = hugo.render(document, escaping=escaping, form=form, base=base, draft=draft)
    except PlainCannotHold as error:
        problem = f"{slug}: plain escaping cannot hold this text: {str(error)[:80]!r}"
        yield ExportedFile(slug, problem=problem)
    except (UnfaithfulPost, UnreadablePost, ValueError) as error:
        yield ExportedFile(slug, problem=str(error) if slug in str(error) else f"{slug}: {error}")
    else:
        yield from _pictures(document, form, path)
        yield ExportedFile(path, made=text.encode(), kept=kept)


def _pictures(document: DigestDocument, form: Form, path: str) -> Iterator[ExportedFile]:
    for name, content in pictures_of(document).items():
        yield ExportedFile(hugo.picture_path(document, name, form, path=path), made=content, is_post=False)


def _site_pictures(target: Target) -> Iterator[ExportedFile]:
    for picture in SitePicture.objects.filter(target=target).order_by("path").iterator():
        try:
            yield ExportedFile(picture.path, made=picture.content, is_post=False)
        except FileNotFoundError:
            problem = f"{picture.path}: the picture is no longer in the storage"
            yield ExportedFile(picture.path, is_post=False, problem=problem)
