"""A `DigestDocument` as a post of a Hugo site: its exact text, its path, and writing it into a site's folder.

Where a post stands already, its new text is an edit of it. Knows no database, no git, and no rule of safe escaping.
"""

import os
import pathlib
import re
import secrets
from collections.abc import Sequence

from digests import thumbnails
from digests.plaintext import clean_line
from digests.publishing import editing, frontmatter
from digests.publishing.document import DigestDocument
from digests.publishing.form import Form
from digests.publishing.proof import Difference, differences
from digests.publishing.writing import Escaping, PlainCannotHold, UnfaithfulPost, Writer, gap

__all__ = [
    "Escaping",
    "PlainCannotHold",
    "UnfaithfulPost",
    "path_where",
    "picture_path",
    "post_path",
    "render",
    "write_file",
]

_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,199}")  # a file's name has at most 255 bytes


def render(
    document: DigestDocument,
    *,
    escaping: Escaping = Escaping.SAFE,
    form: Form | None = None,
    base: str = "",
    draft: bool | None = None,
    aliases: Sequence[str] = (),
) -> str:
    """The post's text. `base` is the post as it stands there: what nobody has changed keeps its very characters.

    `draft` None leaves that mark as it is; a new post has none. `aliases` are addresses that shall lead to the post, in
    addition to those that it names already. Raises `UnfaithfulPost` where the post would not hold the document, or a
    change would harm what somebody else has written into it.

    PLAIN promises the bytes and nothing more: a text with Markdown, HTML or `{{<` in it goes out as such, as it always
    has. It refuses only what no post of this form can hold.
    """
    form = form or Form()
    if base:
        post = editing.edited(base, document, form=form, escaping=escaping, draft=draft, aliases=aliases)
        if post == base:  # it was read as this document a moment ago
            return post
    else:
        post = _new(document, Writer(form, form.gaps, escaping), draft=bool(draft), aliases=aliases)
    found = differences(post, document, form=form, escaping=escaping)
    if found and base:  # what contradicts itself there, such as month and date, is nobody's change
        known = differences(base, editing.document_in(base, form), form=form, escaping=escaping)
        found = tuple(one for one in found if one not in known)
    if found:
        raise UnfaithfulPost(f"{document.slug}: {_in_words(found)}")
    return post


def post_path(document: DigestDocument, form: Form | None = None) -> str:
    """Where a new post stands below the site's root. Raises ValueError for a slug that is no plain folder name."""
    in_address = document.slug + "/"
    if not _SLUG.fullmatch(document.slug) or clean_line(in_address) != in_address:  # a token of Hugo's own panics there
        raise ValueError(f"not a slug: {document.slug!r}")
    return (form or Form()).path_of(document.slug, document.date)


def path_where(document: DigestDocument, form: Form, *, stands_at: str, before: DigestDocument | None) -> str:
    """Where a post is to stand that stands somewhere already: there, unless it got another slug or day since.

    `before` is the document as which it went there, None where that is not known. Raises ValueError like `post_path`.
    """
    wanted = post_path(document, form)
    moved = before is not None and (before.slug, before.date) != (document.slug, document.date)
    return wanted if moved or stands_at == wanted else stands_at


def picture_path(document: DigestDocument, name: str = "", form: Form | None = None, *, path: str = "") -> str:
    """Where a picture that was uploaded here lies below the site's root; without a name, the document's thumbnail.

    `path` is the post's, where that is not the one of a new post. Pictures between quotes lie beside a post that has a
    folder of its own, so that their addresses hold wherever the site is.
    """
    form, name = form or Form(), name or document.thumbnail
    post = path or post_path(document, form)
    folder, _, file = post.rpartition("/")
    base = name.rpartition("/")[2] if thumbnails.is_own_path(name) else clean_line(name)
    if name == document.thumbnail:
        if form.pictures == "bundle" and file == "index.md":
            return f"{folder}/feature.jpg"
        return f"{form.thumbnail_folder}/{base}" if thumbnails.is_own_path(name) else f"assets/{base}"
    return f"{folder}/{base}" if file == "index.md" else f"static/{base}"


def write_file(path: pathlib.Path, content: bytes, *, durable: bool = True) -> bool:
    """The file with this content, at once or not at all; False when it stands there already.

    `durable` waits until the disk has it: 2 ms a file, which is much for thousands that can be written again.
    """
    if path.is_file() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with unfinished.open("xb") as file:
            file.write(content)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return True


def _new(document: DigestDocument, writer: Writer, *, draft: bool, aliases: Sequence[str]) -> str:
    values = writer.front_matter(document, draft=draft) | ({"aliases": [*aliases]} if aliases else {})
    text = [f"+++\n{frontmatter.written(values)}+++\n\n"]
    before = None
    for kind, raw in writer.whole(document):
        text.append(gap(writer.layout, before, kind) if before else "")
        text.append(raw)
        before = kind
    return "".join([*text, "\n"])


def _in_words(found: tuple[Difference, ...]) -> str:
    said = "; ".join(str(one) for one in found[:5])
    return f"{said}; …" if len(found) > 5 else said
