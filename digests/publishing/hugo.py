"""A `DigestDocument` as a post of a Hugo site: its exact text, its path, and writing it into a site's folder.

Knows no database, no git, and no rule of safe escaping.
"""

import os
import pathlib
import re
import secrets
import tomllib
from collections.abc import Sequence

from django.utils.translation import gettext as _

from digests.plaintext import clean_line
from digests.publishing import between, frontmatter
from digests.publishing.document import DigestDocument, DocumentFold
from digests.publishing.editing import edit
from digests.publishing.form import Form
from digests.publishing.layouts import LAYOUTS, with_shortcode
from digests.publishing.proof import differences
from digests.publishing.reading import read
from digests.publishing.shortcodes import find
from digests.publishing.writing import Escaping, PlainCannotHold, UnfaithfulPost, Writer, laid_out, writer_of

__all__ = [
    "Escaping",
    "PlainCannotHold",
    "UnfaithfulPost",
    "picture_path",
    "post_path",
    "render",
    "write",
    "write_file",
    "write_picture",
]

_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,199}")  # a file's name has at most 255 bytes


def render(
    document: DigestDocument,
    *,
    escaping: Escaping = Escaping.SAFE,
    form: Form | None = None,
    base: str = "",
    draft: bool = False,
    aliases: Sequence[str] = (),
) -> str:
    """The post's text. Raises `UnfaithfulPost` where it would not say what the document says.

    With a `base`, the post that stands there, it is that text with what changed; `UnreadablePost` when that is no post.
    PLAIN promises the bytes and nothing more: a text with Markdown, HTML or `{{<` in it goes out as such, as it always
    has. It refuses only what no post of this form can hold. `aliases` are addresses that shall lead to the post.
    """
    form = form or Form()
    writer = writer_of(escaping, form)
    if base:
        # Its own lines end as they did, all of them; a text with both kinds gets one.
        windows = "\r\n" in base
        post = edit(read(base, path="", form=form), document, writer, draft=draft, aliases=aliases)
        if windows:
            post = base if post == base.replace("\r\n", "\n") else post.replace("\n", "\r\n")
        if post == base:
            return base
    else:
        post = _new(document, writer, draft=draft, aliases=aliases)
    if escaping is Escaping.PLAIN and not base:
        _check_plain(post, document, writer)
    elif found := differences(post, document, path="", form=form, draft=draft):
        raise UnfaithfulPost(f"{document.slug}: " + "; ".join(map(str, found[:5])))
    return post


def post_path(document: DigestDocument, form: Form | None = None) -> str:
    """Where the post stands below the site's root. Raises ValueError for a slug that is no plain folder name."""
    in_address = document.slug + "/"
    if not _SLUG.fullmatch(document.slug) or clean_line(in_address) != in_address:  # a token of Hugo's own panics there
        raise ValueError(_("not a slug: %(slug)r") % {"slug": document.slug})
    return (form or Form()).path_of(document.slug, document.date)


def picture_path(document: DigestDocument, name: str = "", form: Form | None = None) -> str:
    """Where a picture of the post stands below the site's root: its thumbnail, or the one of this `name`.

    A theme looks for `featureimage` below `assets/`; what stands between quotes lies beside the post.
    """
    form = form or Form()
    folder = post_path(document, form).rpartition("/")[0]
    if name and name != document.thumbnail:
        return f"{folder}/{between.picture_name(name)}"
    if form.pictures == "bundle":
        ending = document.thumbnail.rpartition(".")[2].lower()
        return f"{folder}/feature.{ending}"
    return f"{form.thumbnail_folder.partition('/')[0]}/{document.thumbnail}"


def write(
    root: pathlib.Path, document: DigestDocument, *, escaping: Escaping = Escaping.SAFE, form: Form | None = None
) -> bool:
    """Put the post into the site at `root`, at once or not at all; False when the very bytes stand there already."""
    post = render(document, escaping=escaping, form=form)
    return write_file(root / post_path(document, form), post.encode())


def write_picture(root: pathlib.Path, document: DigestDocument, content: bytes, form: Form | None = None) -> bool:
    """Put the document's thumbnail into the site at `root`; False when it stands there already."""
    return write_file(root / picture_path(document, form=form), content)


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
    form, layout = writer.form, with_shortcode(LAYOUTS[writer.form.layout], writer.form.fold)
    values = _values(document, writer, draft=draft)
    if aliases:
        values["aliases"] = list(aliases)
    lines = [writer.lead(document), writer.source_line(document), writer.article_line(document)]
    head = "\n\n".join(line for line in lines if line)
    items = laid_out(document.items, layout, writer, lambda entry: writer.entry(entry, layout))
    footer = f"{layout.before_footer}{form.footer}\n" if form.footer else "\n"
    return f"+++\n{frontmatter.write(values)}+++\n\n{head}{items}{footer}"


def _values(document: DigestDocument, writer: Writer, *, draft: bool) -> dict[str, object]:
    own = frontmatter.values_of(
        document, writer.form, title=writer.title(document.headline), tags=writer.tags(document.tags), draft=draft
    )
    return own | {
        key: list(value) if isinstance(value, tuple) else value for key, value in writer.form.constants.items()
    }


def _check_plain(post: str, document: DigestDocument, writer: Writer) -> None:
    """A text that stands unescaped does not read back as what it is; its post still has to be a post."""
    _before, front_matter, content = post.split("+++\n", 2)
    try:
        post.encode()
        values = tomllib.loads(front_matter)
    except ValueError as error:  # what both raise: UnicodeEncodeError and TOMLDecodeError
        raise UnfaithfulPost(f"{document.slug}: {error}") from error
    if "\r" in post:
        raise UnfaithfulPost(f"{document.slug}: a line ends in something else than LF")
    if values != _values(document, writer, draft=False):
        raise UnfaithfulPost(f"{document.slug}: front matter reads back as {values}")
    form, time = writer.form, LAYOUTS[writer.form.layout].time
    shortcodes = list(find(content, form.quote))
    found = [{one.name: one.value for one in each.parameters} for each in shortcodes if each.name == form.quote]
    if found != [writer.parameters(quote, time) for quote in document.quotes()]:
        raise UnfaithfulPost(f"{document.slug}: the quotes do not read back as they were")
    labels = [one.get("summary") for one in shortcodes if one.name == form.fold and not one.closing]
    if labels != [writer.label(item.label) for item in document.items if isinstance(item, DocumentFold)]:
        raise UnfaithfulPost(f"{document.slug}: the folds do not read back as they were")
