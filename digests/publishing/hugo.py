"""A `DigestDocument` as a post of a Hugo site: its exact text, its path, and writing it into a site's folder.

The form is the one in use since April 2025. Knows no database, no git, and no rule of safe escaping.
"""

import os
import pathlib
import re
import secrets
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import tomlkit
from tomlkit.items import String

from digests.plaintext import clean_line, is_web_address
from digests.publishing import escaping as safe
from digests.publishing.document import DigestDocument, DocumentFold, DocumentItem, DocumentQuote

BETWEEN_BLOCKS = "\n" * 5  # four blank lines
BEFORE_FOOTER = "\n" * 4
FOOTER = '[記事一覧へ]({{% ref "/posts/" %}})\n'

_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,199}")  # a file's name has at most 255 bytes
_QUOTE = re.compile(
    r'^\{\{<matomeQuote body="([^"]*)" userName="([^"]*)" createdAt="([^"]*)" color="([^"]*)">\}\}$', re.MULTILINE
)
_FOLD = re.compile(r'^\{\{< details summary="([^"]*)">\}\}$', re.MULTILINE)
# A quotation mark, or what turns the closing one into a character; `\`` is the one escape on which Hugo gives up; and a
# post's lines end in LF.
_BREAKS_OUT = re.compile(r'"|\\\Z|\\`|\r')


class UnfaithfulPost(Exception):
    """A finished post does not read back as what was put into it. It must not leave."""


class PlainCannotHold(UnfaithfulPost):
    """A text cannot stand unescaped in a shortcode's parameter. The argument is that text."""


class Escaping(StrEnum):
    SAFE = "safe"  # the reader sees what the editor typed
    PLAIN = "plain"  # the text as it stands; for posts that must keep the bytes they were published with


def render(document: DigestDocument, *, escaping: Escaping = Escaping.SAFE) -> str:
    """The post's text, LF at line ends. Raises `UnfaithfulPost` where it would not hold the document.

    PLAIN promises the bytes and nothing more: a text with Markdown, HTML or `{{<` in it goes out as such, as it always
    has. It refuses only what no post of this form can hold.
    """
    form = _FORMS[escaping]
    values = _front_matter(document, form)
    blocks = [_head(document, form), *(_item(item, form) for item in document.items)]
    post = f"+++\n{_toml(values)}+++\n\n" + BETWEEN_BLOCKS.join(blocks) + BEFORE_FOOTER + FOOTER
    _check(post, document, form, values)
    return post


def post_path(document: DigestDocument) -> str:
    """Where the post stands below the site's root. Raises ValueError for a slug that is no plain folder name."""
    in_address = document.slug + "/"
    if not _SLUG.fullmatch(document.slug) or clean_line(in_address) != in_address:  # a token of Hugo's own panics there
        raise ValueError(f"not a slug: {document.slug!r}")
    return f"content/posts/{document.date:%Y_%m}/{document.date:%Y_%m_%d}_{document.slug}/index.md"


def write(root: pathlib.Path, document: DigestDocument, *, escaping: Escaping = Escaping.SAFE) -> bool:
    """Put the post into the site at `root`, at once or not at all; False when the very bytes stand there already."""
    return _write(root / post_path(document), render(document, escaping=escaping).encode())


def picture_path(document: DigestDocument) -> str:
    """Where a theme looks for the post's `featureimage`, below the site's root."""
    return f"assets/{document.thumbnail}"


def write_picture(root: pathlib.Path, document: DigestDocument, content: bytes) -> bool:
    """Put the document's thumbnail into the site at `root`; False when it stands there already."""
    return _write(root / picture_path(document), content)


def _write(path: pathlib.Path, content: bytes) -> bool:
    if path.is_file() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with unfinished.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return True


@dataclass(frozen=True, slots=True)
class _Form:
    """How each place of a post writes its text."""

    title: Callable[[str], str]
    tags: Callable[[Iterable[str]], list[str]]
    blockquote: Callable[[str], str]
    source: Callable[[str], str]
    label: Callable[[str], str]
    body: Callable[[str], str]
    user_name: Callable[[str], str]
    color: Callable[[str], str]

    def quote(self, quote: DocumentQuote) -> tuple[str, str, str, str]:
        """The quote's parameters in the order in which they stand."""
        return self.body(quote.text), self.user_name(quote.author), _utc(quote.created_at), self.color(quote.color)


def _head(document: DigestDocument, form: _Form) -> str:
    paragraphs = [form.blockquote(document.lead if clean_line(document.lead) else document.headline)]
    for name, url in (("引用元：", document.source_url), ("元記事：", document.article_url)):
        if url:
            paragraphs.append(name + form.source(url))
    return "\n\n".join(paragraphs)


def _item(item: DocumentItem, form: _Form) -> str:
    if isinstance(item, DocumentQuote):
        return '{{{{<matomeQuote body="{}" userName="{}" createdAt="{}" color="{}">}}}}'.format(*form.quote(item))
    if not isinstance(item, DocumentFold):
        raise UnfaithfulPost(f"a post of this form holds quotes and folds only, no {type(item).__name__}")
    quotes = BETWEEN_BLOCKS.join(_item(entry, form) for entry in item.items)
    return f'{{{{< details summary="{form.label(item.label)}">}}}}\n\n{quotes}\n\n{{{{</details>}}}}'


def _utc(instant: datetime) -> str:
    return f"{instant:%Y/%m/%d %H:%M:%S}"


def _front_matter(document: DigestDocument, form: _Form) -> dict[str, str | bool | list[str]]:
    values: dict[str, str | bool | list[str]] = {
        "date": f"{document.date.isoformat()}T00:00:00",
        "months": f"{document.date:%Y/%m}",
        "draft": False,
        "title": form.title(document.headline),
        "tags": form.tags(document.tags),
    }
    if document.thumbnail:
        values["featureimage"] = clean_line(document.thumbnail)
    return values


def _toml(values: dict[str, str | bool | list[str]]) -> str:
    table = tomlkit.document()
    for name, value in values.items():
        table[name] = _toml_string(value) if isinstance(value, str) else value
    return tomlkit.dumps(table)


def _toml_string(value: str) -> String:
    return tomlkit.string(value, literal=re.search(r"['\x00-\x1f\x7f]", value) is None)


def _check(post: str, document: DigestDocument, form: _Form, values: dict[str, str | bool | list[str]]) -> None:
    """Read the finished post again, as far as a build would have to: front matter and parameters."""
    _, front_matter, content = post.split("+++\n", 2)
    try:
        post.encode()
        read = tomllib.loads(front_matter)
    except ValueError as error:  # what both raise: UnicodeEncodeError and TOMLDecodeError
        raise UnfaithfulPost(f"{document.slug}: {error}") from error
    if "\r" in post:
        raise UnfaithfulPost(f"{document.slug}: a line ends in something else than LF")
    if read != values:
        raise UnfaithfulPost(f"{document.slug}: front matter reads back as {read}")
    if _QUOTE.findall(content) != [form.quote(quote) for quote in document.quotes()]:
        raise UnfaithfulPost(f"{document.slug}: the quotes do not read back as they were")
    if _FOLD.findall(content) != [form.label(item.label) for item in document.items if isinstance(item, DocumentFold)]:
        raise UnfaithfulPost(f"{document.slug}: the folds do not read back as they were")


def _plain_parameter(text: str) -> str:
    if _BREAKS_OUT.search(text):
        raise PlainCannotHold(text)
    return text.replace("\n", "<br>")


def _plain_source(url: str) -> str:
    return f"[{url}]({url})" if is_web_address(url) else clean_line(url)


def _plain_blockquote(text: str) -> str:
    return "\n".join(f"> {line}" if line else ">" for line in text.split("\n"))


def _as_it_stands(text: str) -> str:
    return text


_FORMS = {
    Escaping.SAFE: _Form(
        title=safe.title,
        tags=safe.tags,
        blockquote=safe.blockquote,
        source=safe.source,
        label=safe.label,
        body=safe.body,
        user_name=safe.user_name,
        color=safe.color,
    ),
    Escaping.PLAIN: _Form(
        title=_as_it_stands,
        tags=list,
        blockquote=_plain_blockquote,
        source=_plain_source,
        label=_plain_parameter,
        body=_plain_parameter,
        user_name=_plain_parameter,
        color=_as_it_stands,
    ),
}
