"""How the posts of one Hugo site look: everything that a target does in its own way, as one value.

`Form()` is the form of the reference post. Knows no document and writes nothing.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Any, Self
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from digests.publishing.layouts import LAYOUTS, Layout

DRAFTS = ("skip", "mark")
PICTURES = ("assets", "bundle")
PLACEHOLDERS = ("year", "month", "day", "slug")

_SHORTCODE = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,59}\Z")
_KEY = re.compile(r"[A-Za-z0-9_-]{1,60}\Z")
_OFFSET = re.compile(r"([+-])([01][0-9]):([0-5][0-9])\Z")
_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")
_LONGEST = 300


class FormError(ValueError):
    """A setting by which no post could be written. `field` is its name in `Form`, `message` says what is expected."""

    def __init__(self, field_name: str, message: str) -> None:
        super().__init__(f"{field_name}: {message}")
        self.field, self.message = field_name, message


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A value that cannot be used raises `FormError`. A key of the front matter that is "" is not written."""

    path: str = "content/posts/{year}_{month}/{year}_{month}_{day}_{slug}/index.md"
    drafts: str = "skip"  # a digest that is not published stays here; "mark": it may go out, as `draft = true`
    aliases: bool = True  # a post that moves names the address it had
    date_key: str = "date"
    date_offset: str = ""  # behind `date`, such as "+09:00"; without one Hugo takes its own zone
    months_key: str = "months"
    draft_key: str = "draft"
    title_key: str = "title"
    tags_key: str = "tags"
    thumbnail_key: str = "featureimage"
    constants: Mapping[str, Any] = field(default_factory=dict)  # further keys, the same in every new post
    source_label: str = "引用元："
    article_line: bool = True  # whether the address of the article that is discussed goes out
    article_label: str = "元記事："
    footer: str = '[記事一覧へ]({{% ref "/posts/" %}})'  # "" for none
    layout: str = "2025-04"  # of new posts; one that stands there keeps its own
    created_at_zone: str = "UTC"  # in which a quote's time is written; a name, or an offset such as "+09:00"
    quote: str = "matomeQuote"  # the shortcode's name, and the fold's
    fold: str = "details"
    fold_size: int = 30  # this many quotes stand open, and each fold holds as many, when the desk folds a whole digest
    fold_label: str = "もっとコメントを表示（{n}）"
    permalinks: bool = False  # whether a quote carries its comment's address, for shortcodes that show it
    own_shortcodes: bool = False  # whether the site has matomeHeading, matomeNote, matomePicture and matomeCard
    pictures: str = "assets"  # in the folder below; "bundle": beside the post, the thumbnail as `feature.jpg`
    thumbnail_folder: str = "assets/thumbnails"  # below the site's root

    def __post_init__(self) -> None:
        for name, check in _CHECKS.items():
            check(name, getattr(self, name))
        keys = [name for name in _KEYS if getattr(self, name)]
        taken = [getattr(self, name) for name in keys]
        for number, name in enumerate(keys):
            if taken[number] in taken[:number]:
                raise FormError(name, _("another value has this key already"))
        if same := sorted({*taken} & {*self.constants}):
            raise FormError("constants", _("%(key)s is written from the digest") % {"key": same[0]})
        if self.quote == self.fold:
            raise FormError("fold", _("the quote's shortcode has this name already"))

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """The form that a target's settings describe. Raises `FormError`, also for a setting that does not exist."""
        if not isinstance(value, Mapping):
            raise FormError("form", _("an object is expected here"))
        known = {one.name: one for one in fields(cls)}
        if unknown := [name for name in value if name not in known]:
            raise FormError(str(unknown[0])[:60], _("there is no such setting"))
        return cls(**{name: _from_json(name, each) for name, each in value.items()})

    def to_json(self) -> dict[str, Any]:
        """What differs from the reference form, as `from_json` reads it."""
        reference = Form()
        changed = {one.name for one in fields(self) if getattr(self, one.name) != getattr(reference, one.name)}
        found = {one.name: getattr(self, one.name) for one in fields(self) if one.name in changed}
        # Some databases store an object's keys in an order of their own.
        return found | ({"constants": [[*pair] for pair in self.constants.items()]} if "constants" in found else {})

    @property
    def has_folders(self) -> bool:
        """Whether each post has a folder of its own, in which pictures can lie."""
        return self.path.endswith("/index.md")

    @property
    def gaps(self) -> Layout:
        """The layout of new posts."""
        return LAYOUTS[self.layout]

    @property
    def zone(self) -> tzinfo:
        """The zone of the quotes' times."""
        return zone(self.created_at_zone)

    def label(self, number: int) -> str:
        """The label of fold `number`, counted from 1."""
        return self.fold_label.replace("{n}", str(number))

    def path_of(self, slug: str, day: date) -> str:
        """Where a post stands below the site's root. The caller answers for the slug."""
        values = {"year": f"{day.year:04}", "month": f"{day:%m}", "day": f"{day:%d}", "slug": slug}
        return re.sub(r"\{(\w+)\}", lambda found: values[found[1]], self.path)

    def slug_in(self, path: str) -> str:
        """The slug of a path that this form has; "" for any other."""
        found = _path_pattern(self.path).fullmatch(path)
        return found["slug"] if found else ""

    def date_text(self, day: date) -> str:
        """The front matter's `date`: midnight of that day."""
        return f"{day.isoformat()}T00:00:00{self.date_offset}"

    def starts_at(self, day: date) -> datetime:
        """The instant that `date` names, and before which Hugo hides the post. Without an offset that is UTC's day."""
        return datetime.combine(day, time(), zone(self.date_offset) if self.date_offset else UTC)

    def time_text(self, instant: datetime, pattern: str) -> str:
        """A quote's time in the form's zone, written as a layout does (`pattern` is for strftime)."""
        local = instant if self.created_at_zone == "UTC" else instant.astimezone(self.zone)
        return local.strftime(pattern.replace("%Y", f"{local.year:04}"))


@lru_cache(maxsize=64)
def zone(name: str) -> tzinfo:
    """The zone of a name or an offset. Raises ValueError for one that nobody knows."""
    if name in {"UTC", "Z"}:
        return UTC
    if found := _OFFSET.match(name):
        size = timedelta(hours=int(found[2]), minutes=int(found[3]))
        return timezone(-size if found[1] == "-" else size)
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError) as error:  # not found is a KeyError, a folder's name an OSError
        raise ValueError(name) from error


@lru_cache(maxsize=64)
def _path_pattern(path: str) -> re.Pattern[str]:
    """The pattern of all paths of a form. Each placeholder stands for itself once, later ones repeat it."""
    shapes = {"year": "[0-9]{4}", "month": "[0-9]{2}", "day": "[0-9]{2}", "slug": "[^/]+?"}
    seen: set[str] = set()

    def piece(text: str) -> str:
        name = text[1:-1]
        if text[:1] != "{":
            return re.escape(text)
        if name in seen:
            return f"(?P={name})"
        seen.add(name)
        return f"(?P<{name}>{shapes[name]})"

    return re.compile("".join(piece(text) for text in re.split(r"(\{\w+\})", path)))


def _from_json(name: str, value: Any) -> Any:
    if name != "constants":
        return value
    if isinstance(value, list) and all(isinstance(pair, list) and len(pair) == 2 for pair in value):
        if not all(isinstance(key, str) for key, _each in value):
            raise FormError(name, _("keys and their values are expected here"))
        return dict(value)
    return dict(value) if isinstance(value, Mapping) else value


def _check_path(name: str, value: Any) -> None:
    if not isinstance(value, str):
        raise FormError(name, _("text is expected here"))
    found = re.findall(r"\{([^{}]*)\}", value)
    if unknown := [each for each in found if each not in PLACEHOLDERS]:
        words = {"name": f"{{{unknown[0]}}}"}
        raise FormError(name, _("%(name)s is not known; there are {year}, {month}, {day} and {slug}") % words)
    _check_folder(name, re.sub(r"\{(\w+)\}", r"\1", value))
    if "slug" not in found:
        raise FormError(name, _("without {slug} all posts of a day would be one file"))
    if not value.endswith(".md"):
        raise FormError(name, _("a post's file ends in .md"))
    if re.search(r"\}\{", value):
        raise FormError(name, _("two placeholders need something between them"))


def _check_folder(name: str, value: Any) -> None:
    if not isinstance(value, str) or not value or len(value) > _LONGEST:
        raise FormError(name, _("a path below the site's folder is expected here"))
    if _UNFIT.search(value) or re.search(r'[\\:*?"<>|{}%#]', value):
        raise FormError(name, _("a path may not hold any of %(signs)s") % {"signs": r'\ : * ? " < > | { } % #'})
    if any(not part or part.startswith(".") or part.endswith(".") or part != part.strip() for part in value.split("/")):
        raise FormError(name, _("the path must stay below the site's folder, and out of hidden ones"))


def _check_key(name: str, value: Any) -> None:
    if value == "" and name not in {"date_key", "title_key"}:
        return
    if not isinstance(value, str) or not _KEY.match(value):
        raise FormError(name, _("a key is made of letters, digits, _ and -"))


def _check_constants(name: str, value: Any) -> None:
    if not isinstance(value, Mapping):
        raise FormError(name, _("keys and their values are expected here"))
    for key, each in value.items():
        _check_key(name, key or None)
        if not _is_constant(each):
            words = {"key": key}
            raise FormError(name, _("%(key)s is no text, number, yes or no, nor a list or table of these") % words)


def _is_constant(value: Any, depth: int = 0) -> bool:
    if isinstance(value, str):
        return not re.search("[\ud800-\udfff\x00]", value)
    if isinstance(value, list):
        return all(isinstance(each, str | int | float) and _is_constant(each) for each in value)
    if isinstance(value, Mapping):
        return depth < 3 and all(
            isinstance(key, str) and bool(_KEY.match(key)) and _is_constant(each, depth + 1)
            for key, each in value.items()
        )
    return isinstance(value, bool) or (isinstance(value, int | float) and abs(value) < 2**63)


def _check_shortcode(name: str, value: Any) -> None:
    if not isinstance(value, str) or not _SHORTCODE.match(value):
        raise FormError(name, _("a shortcode's name begins with a letter and is made of letters, digits, _ and -"))
    if value in _OWN:
        raise FormError(name, _("this name is one of Matome's own shortcodes"))


def _check_zone(name: str, value: Any) -> None:
    try:
        zone(value)
    except (ValueError, TypeError):
        raise FormError(name, _("a zone such as Asia/Tokyo, or an offset such as +09:00, is expected here")) from None


def _check_offset(name: str, value: Any) -> None:
    if not isinstance(value, str) or (value and not _OFFSET.match(value)):
        raise FormError(name, _("an offset such as +09:00, or nothing, is expected here"))


def _check_line(name: str, value: Any) -> None:
    if not isinstance(value, str) or not value.strip() or len(value) > _LONGEST or _UNFIT.search(value):
        raise FormError(name, _("a line of text is expected here"))
    if re.search(r"\{\{|^\s|^[>#]", value):
        raise FormError(name, _("the text may not begin with a blank, > or #, nor hold {{"))


def _check_footer(name: str, value: Any) -> None:
    if not isinstance(value, str) or len(value) > 2000 or _UNFIT.search(value.replace("\n", "")):
        raise FormError(name, _("lines of text are expected here"))
    if value != value.strip() or re.search(r"\n[^\S\n]*\n", value):
        raise FormError(name, _("the footer is one paragraph: no blank lines in it, no blanks around it"))


def _check_size(name: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 1000:
        raise FormError(name, _("a number from 1 to 1000 is expected here"))


def _check_flag(name: str, value: Any) -> None:
    if not isinstance(value, bool):
        raise FormError(name, _("yes or no is expected here"))


def _one_of(*choices: str) -> Callable[[str, Any], None]:
    def check(name: str, value: Any) -> None:
        if value not in choices:
            raise FormError(name, _("one of %(all)s is expected here") % {"all": ", ".join(choices)})

    return check


_OWN = frozenset(("matomeHeading", "matomeNote", "matomePicture", "matomeCard"))
_KEYS = ("date_key", "months_key", "draft_key", "title_key", "tags_key", "thumbnail_key")
_CHECKS: dict[str, Callable[[str, Any], None]] = {
    "path": _check_path,
    "drafts": _one_of(*DRAFTS),
    "aliases": _check_flag,
    **dict.fromkeys(_KEYS, _check_key),
    "date_offset": _check_offset,
    "constants": _check_constants,
    "source_label": _check_line,
    "article_line": _check_flag,
    "article_label": _check_line,
    "footer": _check_footer,
    "layout": _one_of(*LAYOUTS),
    "created_at_zone": _check_zone,
    "quote": _check_shortcode,
    "fold": _check_shortcode,
    "fold_size": _check_size,
    "fold_label": _check_line,
    "permalinks": _check_flag,
    "own_shortcodes": _check_flag,
    "pictures": _one_of(*PICTURES),
    "thumbnail_folder": _check_folder,
}
