"""Parts and contexts: a part of a comment as a quote, one quote made two, a reply with what it answers."""

import re

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from digests import markup, outline, plaintext
from digests.curation.errors import CurationError
from digests.curation.restructuring import add_quotes, restructure
from digests.curation.structure import quote_of
from digests.curation.texts import clean_texts, edit_quote
from digests.models import Comment, Digest, Quote, StaleVersion
from digests.outline import NotInOutline, Outline
from digests.sources.contract import CommentState


def reply_line(author: str) -> str:
    """The line that says whom a quote answers, as the sites that use this format write it."""
    return f"（{plaintext.clean_line(author)}への返信）"


def quote_part(
    digest_id: int, *, version: int, words: str, comment_id: int | None = None, by: int | None = None
) -> tuple[int, int]:
    """Quotes just those words of a comment, at the end; blanks and line breaks need not be the same.

    Without a comment it is the first of the digest's thread that holds them. Returns the new version and the quote.
    """
    pieces = words.split()
    if not pieces:
        raise CurationError("no_words", _("Select the words to quote first."), field="part")
    sought = re.compile(r"\s+".join(map(re.escape, pieces)))
    added: list[int] = []

    def change(digest: Digest, old: Outline) -> Outline:
        if digest.thread_id is None:
            raise CurationError("no_thread", _("This digest has no thread to choose comments from."))
        comments = Comment.objects.filter(thread_id=digest.thread_id).quotable().in_order().defer("body", "links")
        if comment_id is not None:
            comments = comments.filter(pk=comment_id)
        for comment in comments.iterator(chunk_size=500):
            text = plaintext.clean(markup.to_text(markup.from_json(comment.content)))
            if found := sought.search(text):
                quote = quote_of(comment)
                quote.text = found[0]
                added.extend(add_quotes(digest, [quote]))
                return (*old, *added)
        raise CurationError("not_said", _("No comment that can be quoted holds these words."), field="part")

    return restructure(digest_id, version, change, by=by, verb="part"), added[0]


def split(
    digest_id: int,
    *,
    version: int,
    quote_id: int,
    quote_version: int,
    author: str,
    first: str,
    second: str,
    by: int | None = None,
) -> tuple[int, int]:
    """Makes one quote two of the same comment and colour. `first` and `second` are what the editor has typed, cut in
    two; blanks at the cut go.

    Goes by the digest's version and the quote's. Returns the digest's new version and the second quote.
    """
    halves = [clean_texts(Quote.Kind.QUOTE, {"text": half.strip(), "author": author}) for half in (first, second)]
    if not all(half["text"] for half in halves):
        message = _("Put the cursor where the second quote begins, or there a line with just ---.")
        raise CurationError("nothing_to_split", message, field="text")
    typed = clean_texts(Quote.Kind.QUOTE, {"text": first + second, "author": author})
    added: list[int] = []

    def change(digest: Digest, old: Outline) -> Outline:
        quotes = digest.quotes.quoted().filter(pk=quote_id)
        # A save of the very text that is split here may have come first.
        current = Q(version=quote_version) | Q(**typed)
        if not quotes.filter(current).update(**halves[0], version=F("version") + 1):
            raise NotInOutline(quote_id)
        new = quotes.get()
        new.pk, new.text, new.version = None, halves[1]["text"], 1
        new._state.adding = True  # noqa: SLF001  (Django's own way to copy a row)
        added.extend(add_quotes(digest, [new]))
        return outline.insert(old, added[0], f"quote:{quote_id}")

    return restructure(digest_id, version, change, by=by, verb="split", rows=[quote_id]), added[0]


def choose_parent(digest_id: int, *, version: int, quote_id: int, by: int | None = None) -> tuple[int, int]:
    """Adds the comment that a quote answers, right above it and in its fold; the new version and the new quote."""
    added: list[int] = []

    def change(digest: Digest, old: Outline) -> Outline:
        parent = _parent(digest, quote_id)
        if digest.quotes.filter(comment=parent).exists():
            raise CurationError("chosen", _("The comment that this one answers is chosen already."))
        if parent.state != CommentState.LIVE:
            raise CurationError("not_live", _("A deleted, dead or flagged comment cannot be quoted."))
        added.extend(add_quotes(digest, [quote_of(parent)]))
        return outline.insert(old, added[0], f"above:{quote_id}")

    return restructure(digest_id, version, change, by=by, verb="parent"), added[0]


def say_parent(
    digest_id: int,
    *,
    version: int,
    quote_id: int,
    quote_version: int,
    text: str,
    author: str,
    by: int | None = None,
) -> Quote:
    """Writes above the text, as the editor has typed it, whom it answers. Goes by both versions, and changes the
    quote's alone.
    """
    with transaction.atomic():
        digest = Digest.objects.select_for_update().get(pk=digest_id)
        if digest.version != version:
            raise StaleVersion(digest.version)
        try:
            line = reply_line(_parent(digest, quote_id).author)
        except NotInOutline as error:
            raise StaleVersion(version) from error
        if text.startswith(line):
            return edit_quote(quote_id, version=quote_version, text=text, author=author, by=by)
        stored = digest.quotes.get(pk=quote_id)
        typed = clean_texts(Quote.Kind.QUOTE, {"text": text, "author": author})
        if (stored.text, stored.author) == (typed["text"], typed["author"]):
            quote_version = stored.version  # a save of this very text came first
        return edit_quote(quote_id, version=quote_version, text=f"{line}\n{text}", author=author, by=by)


def _parent(digest: Digest, quote_id: int) -> Comment:
    quote = digest.quotes.quoted().select_related("comment__parent").filter(pk=quote_id).first()
    if quote is None:
        raise NotInOutline(quote_id)
    if quote.comment is None or quote.comment.parent is None:
        raise CurationError("no_parent", _("This quote answers no comment."))
    return quote.comment.parent
