"""What could be repaired in a digest, kind by kind. Reads, proposes, and changes nothing."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q

from digests import markup, palette
from digests.archive import addresses, attaching, findings, goldmark, tags
from digests.archive.checking import archived
from digests.archive.codes import Found
from digests.archive.edits import Edit, of_head, of_quote
from digests.archive.findings import Standing
from digests.archive.matching import threads_here
from digests.archive.standing import form_of, standing_in
from digests.models import Comment, Digest, Post, Quote, RepairBatch, Target, Thread
from digests.models.digests import DigestQuerySet
from digests.models.palettes import current_palette
from digests.publishing import escaping
from digests.publishing.assemble import document_of
from digests.publishing.document import DocumentQuote
from digests.publishing.interchange import is_http_url

Kind = RepairBatch.Kind
_GRAVE = frozenset({"swallowed", "live_html", "title"})
_SLIGHT = frozenset({"typography", "dead_link"})
_IN_ONE_QUERY = 500


@dataclass(frozen=True, slots=True)
class Subject:
    """A digest with what its repairs are told from: its rows in order, the thread that is or could be its own."""

    digest: Digest
    rows: Sequence[Quote]
    thread: Thread | None
    posts: Sequence[Post]

    def quotes(self) -> Iterator[tuple[int, Quote]]:
        """The quotes proper with their numbers, from 1."""
        return enumerate((row for row in self.rows if row.kind == Quote.Kind.QUOTE), 1)


def candidates(kind: str, options: Mapping[str, Any]) -> DigestQuerySet:
    """The digests in which something of this kind may be found."""
    quotes = Quote.objects.quoted().filter(digest=OuterRef("pk"))
    match kind:
        case Kind.THREAD:
            nameless = Q(thread=None) & ~Q(source_url="")
            return archived().filter(nameless | Q(thread__isnull=False) & Exists(quotes.filter(comment=None)))
        case Kind.ADDRESSES:
            cut = Q(text__contains="...") | Q(text__contains="…")
            return archived().filter(Exists(quotes.filter(cut, text__contains="http", comment__isnull=False)))
        case Kind.LINKS:
            without_article = Q(article_url="", thread__isnull=False) & ~Q(thread__article_url="")
            showing = [target.pk for target in Target.objects.all() if form_of(target).permalinks]
            posts = Post.objects.filter(digest=OuterRef("pk"), target__in=showing)
            return archived().filter(without_article | Exists(posts) & Exists(quotes.exclude(native_id="")))
        case Kind.COLORS:
            return archived().filter(Exists(quotes.filter(color__in=list(options["colors"]))))
        case Kind.TAGS:
            merges = options["merges"].keys()
            rows = Digest.objects.kept().values_list("pk", "tags").iterator()
            return Digest.objects.filter(pk__in=[pk for pk, own in rows if not merges.isdisjoint(own)])
        case _:
            posts = Post.objects.filter(digest=OuterRef("pk"), target=options["target"])
            return archived().filter(Exists(posts))


def load(digest_ids: Iterable[int]) -> list[Subject]:
    """Some dozens of digests with all that belongs to them, in as many queries for many as for one."""
    digests = Digest.objects.filter(pk__in=list(digest_ids)).newest_first()
    rows: defaultdict[int, list[Quote]] = defaultdict(list)
    for quote in Quote.objects.filter(digest__in=digests).in_order().select_related("fold"):
        rows[quote.digest_id].append(quote)
    here = threads_here(digest.source_url for digest in digests if digest.thread_id is None and digest.source_url)
    wanted = {digest.pk: digest.thread_id or here.get(digest.source_url, 0) for digest in digests}
    threads = Thread.objects.defer("body", "content").in_bulk(set(wanted.values()))
    posts: defaultdict[int | None, list[Post]] = defaultdict(list)
    for post in Post.objects.filter(digest__in=digests).select_related("target"):
        posts[post.digest_id].append(post)
    return [Subject(one, rows[one.pk], threads.get(wanted[one.pk]), posts[one.pk]) for one in digests]


def edits_for(kind: str, subject: Subject, options: Mapping[str, Any]) -> list[Edit]:
    """What a batch of this kind would change in the digest; nothing where there is nothing to repair."""
    return _KINDS[kind](subject, options)


def readable_colors() -> dict[str, str]:
    """Every colour of the palette that is hard to read on white → the readable one of its hue."""
    return {
        color.hex: color.light
        for color in current_palette().colors
        if palette.contrast(color.hex, palette.LIGHT_GROUND) < findings.READABLE
    }


def _thread(subject: Subject, options: Mapping[str, Any]) -> list[Edit]:
    digest, thread = subject.digest, subject.thread
    if thread is None:
        return []
    found = [] if digest.thread_id else [of_head("thread_id", None, thread.pk)]
    if options.get("article"):
        found += _article(subject)
    said = [
        attaching.Said(
            key=quote.pk, author=quote.author, at=quote.created_at, text=quote.text, native_id=quote.native_id
        )
        for _number, quote in subject.quotes()
        if quote.comment_id is None and quote.created_at is not None
    ]
    matched = attaching.match(said, written(thread, said))
    links = _links_of([comment.key for comment in matched.values()]) if options.get("addresses") else {}
    for number, quote in subject.quotes():
        if comment := matched.get(quote.pk):
            found.append(of_quote(quote, number, "comment", [comment.key, comment.native_id]))
            found += _whole(quote, number, links.get(comment.key, []))
    return found


def written(thread: Thread, said: Sequence[attaching.Said]) -> list[attaching.Written]:
    """The thread's comments that may be quoted: those by the authors in question, and those without one."""
    authors = sorted({one.author for one in said} | {""})
    found: list[attaching.Written] = []
    for start in range(0, len(authors), _IN_ONE_QUERY):
        some = authors[start : start + _IN_ONE_QUERY]
        rows = Comment.objects.filter(thread=thread, author__in=some).in_order()
        found += [
            attaching.Written(
                key=pk, native_id=native_id, author=author, at=at, text=markup.to_text(markup.from_json(content))
            )
            for pk, native_id, author, at, content in rows.values_list(
                "pk", "native_id", "author", "posted_at", "content"
            )
        ]
    return found


def _addresses(subject: Subject, _options: Mapping[str, Any]) -> list[Edit]:
    links = _links_of([quote.comment_id for _number, quote in subject.quotes() if quote.comment_id])
    return [
        edit
        for number, quote in subject.quotes()
        if quote.comment_id
        for edit in _whole(quote, number, links.get(quote.comment_id, []))
    ]


def _whole(quote: Quote, number: int, links: Sequence[str]) -> list[Edit]:
    text = addresses.restored(quote.text, links)
    return [of_quote(quote, number, "text", text)] if text != quote.text else []


def _links_of(comment_ids: Iterable[int]) -> dict[int, list[str]]:
    return dict(Comment.objects.filter(pk__in=list(comment_ids)).values_list("pk", "links"))


def _links(subject: Subject, _options: Mapping[str, Any]) -> list[Edit]:
    return [*_article(subject), *_permalinks(subject)]


def _article(subject: Subject) -> list[Edit]:
    url = subject.thread.article_url if subject.thread else ""
    if subject.digest.article_url or not is_http_url(url):
        return []
    return [of_head("article_url", "", url)]


def _permalinks(subject: Subject) -> list[Edit]:
    """Of quotes that stand without their comment's address in a site whose form shows it. The delivery writes them."""
    found: dict[int, Edit] = {}
    for post in (post for post in subject.posts if form_of(post.target).permalinks):
        document = document_of(subject.digest, subject.rows)
        entries = tuple(document.entries())
        for one in standing_in(post, document).quotes:
            entry, row = entries[one.place], subject.rows[one.place]
            if isinstance(entry, DocumentQuote) and entry.permalink != one.permalink:
                edit = Edit(field="permalink", before=one.permalink, after=entry.permalink)
                found[row.pk] = {**edit, "quote": row.pk, "number": one.number}
    return list(found.values())


def _tags(subject: Subject, options: Mapping[str, Any]) -> list[Edit]:
    before = list(subject.digest.tags)
    after = tags.merged(before, options["merges"])
    return [of_head("tags", before, after)] if after != before else []


def _colors(subject: Subject, options: Mapping[str, Any]) -> list[Edit]:
    return [
        of_quote(quote, number, "color", options["colors"][quote.color])
        for number, quote in subject.quotes()
        if quote.color in options["colors"]
    ]


def _escaping(subject: Subject, options: Mapping[str, Any]) -> list[Edit]:
    """Every parameter that would be written otherwise, where at least one of them is shown otherwise than it is."""
    document = document_of(subject.digest, subject.rows)
    wanted = _GRAVE | (_SLIGHT if options.get("slight") else frozenset())
    found: list[Edit] = []
    for post in (post for post in subject.posts if post.target_id == options["target"]):
        standing = standing_in(post, document)
        told = [*findings.in_title(standing.title, in_post=True), *findings.in_post(standing.quotes)]
        if wanted.isdisjoint(one.code for one in told):
            continue
        if (title := escaping.title(standing.title)) != standing.title:
            found.append(of_head("raw", standing.title, title))
        found += [
            _raw(subject.rows[one.place], one, told) for one in standing.quotes if one.raw != escaping.body(one.text)
        ]
    return found


def _raw(row: Quote, one: Standing, told: Sequence[Found]) -> Edit:
    edit = Edit(field="raw", before=one.raw, after=escaping.body(one.text), quote=row.pk, number=one.number)
    if any(found.number == one.number and found.code in _GRAVE for found in told):
        edit["seen"] = [goldmark.shown(one.raw).text, one.text]
    return edit


_KINDS: dict[str, Callable[[Subject, Mapping[str, Any]], list[Edit]]] = {
    Kind.THREAD: _thread,
    Kind.ADDRESSES: _addresses,
    Kind.ESCAPING: _escaping,
    Kind.LINKS: _links,
    Kind.TAGS: _tags,
    Kind.COLORS: _colors,
}
