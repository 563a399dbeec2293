"""A whole site as files: what stands in a Hugo site and what readers see, post by post, a few in memory at a time."""

from collections.abc import Iterator
from dataclasses import dataclass

from digests.models import Post, Publication, SitePicture, Target
from digests.publishing import hugo, interchange
from digests.publishing.assemble import pictures_of
from digests.publishing.form import Form
from digests.publishing.layouts import LAYOUTS

CHUNK = 50


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """One file. `sha256` is known for one that goes out as it came; its content is then read when it is needed.

    `kept` are posts of no known layout, which are carried on as they are.
    """

    path: str
    sha256: str = ""
    post_id: int | None = None
    made: bytes = b""
    is_post: bool = True
    kept: bool = False

    @property
    def content(self) -> bytes:
        return self.made if self.post_id is None else Post.objects.get(pk=self.post_id).content


def only_target(name: str = "") -> Target | None:
    """The target of that name, or without a name the only one there is. Raises `Target.DoesNotExist`."""
    if name:
        return Target.objects.get(name=name)
    found = list(Target.objects.all()[:2])
    return found[0] if len(found) == 1 else None


def everything(target: Target | None) -> Iterator[ExportedFile]:
    """Every post of the target and every published digest, as readers see it, with the pictures they need.

    Without a target every post of every one there is. Raises `FormError`, `UnfaithfulPost`, `UnreadablePost`, and
    ValueError when two sites have a post at the same place.
    """
    targets = [target] if target else list(Target.objects.order_by("pk"))
    written: set[str] = set()
    for each in targets:
        yield from _site_pictures(each)
        for file in _standing(each, Form.from_json(each.form)):
            if file.path in written:
                raise ValueError(f"Two Hugo sites have a post at {file.path}; name one of them with --target.")
            written.add(file.path)
            yield file
    form = Form.from_json(target.form) if target else Form()
    known = Post.objects.filter(target__in=targets, digest__isnull=False).values("digest_id")
    fresh = Publication.objects.live().exclude(digest_id__in=known).order_by("date", "digest_id")
    for stored in fresh.values_list("document", flat=True).iterator(chunk_size=CHUNK):
        document = interchange.from_json(stored).document
        for path, content in pictures_of(document).items():
            place = hugo.picture_path(document, path, form)
            if place not in written:
                written.add(place)
                yield ExportedFile(place, made=content, is_post=False)
        yield ExportedFile(hugo.post_path(document, form), made=hugo.render(document, form=form).encode())


def _standing(target: Target, form: Form) -> Iterator[ExportedFile]:
    """Posts that stand in the target: as they came, unless readers see something newer by now."""
    digests = Publication.objects.live().filter(digest__posts__target=target)
    live = dict(digests.values_list("digest_id", "pk"))
    fields = ("pk", "path", "sha256", "layout", "digest_id", "publication_id")
    for pk, path, sha256, layout, digest_id, publication_id in (
        Post.objects.filter(target=target).order_by("path").values_list(*fields).iterator()
    ):
        newest = live.get(digest_id)
        if publication_id is not None and newest is None:
            continue  # withdrawn since
        if newest is None or newest == publication_id:
            yield ExportedFile(path, sha256, pk, kept=layout not in LAYOUTS)
            continue
        post = Post.objects.get(pk=pk)
        document = interchange.from_json(Publication.objects.get(pk=newest).document).document
        text = hugo.render(document, form=form, base=post.content.decode(), draft=False)
        yield ExportedFile(path, made=text.encode(), kept=layout not in LAYOUTS)


def _site_pictures(target: Target) -> Iterator[ExportedFile]:
    for picture in SitePicture.objects.filter(target=target).order_by("path").iterator():
        yield ExportedFile(picture.path, made=picture.content, is_post=False)
