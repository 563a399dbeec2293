"""What an editor does with a digest: one function per verb, one transaction each.

Structure (choice, order, colour, folds) and head go by the digest's version, each quote's text by its own, so two
editors can write different quotes of one digest at the same time. Knows no request and no page.
"""

from digests.curation.coloring import emphasize, paint_author
from digests.curation.duplicating import duplicate
from digests.curation.errors import CurationError
from digests.curation.folding import folding
from digests.curation.heads import create_digest, edit_head, set_thumbnail
from digests.curation.insertions import insert, insert_picture, replace_picture
from digests.curation.parts import choose_parent, quote_part, reply_line, say_parent, split
from digests.curation.placing import move
from digests.curation.restructuring import read_outline
from digests.curation.sortings import sort
from digests.curation.structure import choose, drop, fold, fold_every, rename_fold, unfold
from digests.curation.texts import FIELDS, edit_quote, paint
from digests.curation.undoing import name_revision, redo, restore_revision, undo
from digests.models import StaleVersion
from digests.outline import Move
from digests.sorting import Sorting

__all__ = [
    "FIELDS",
    "CurationError",
    "Move",
    "Sorting",
    "StaleVersion",
    "choose",
    "choose_parent",
    "create_digest",
    "drop",
    "duplicate",
    "edit_head",
    "edit_quote",
    "emphasize",
    "fold",
    "fold_every",
    "folding",
    "insert",
    "insert_picture",
    "move",
    "name_revision",
    "paint",
    "paint_author",
    "quote_part",
    "read_outline",
    "redo",
    "rename_fold",
    "replace_picture",
    "reply_line",
    "restore_revision",
    "say_parent",
    "set_thumbnail",
    "sort",
    "split",
    "undo",
    "unfold",
]
