"""Words of a text as a search index holds them, for Japanese and English alike. Knows no database.

Japanese writes no blanks, so a run of its characters is indexed by its single characters and its pairs; a word of two
characters is found as exactly as one of ten. Words in Latin letters are indexed whole. What a query's pieces have in
common with a text is a necessary condition only: `Term.text` must then be looked for in the text itself.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

# Latin, Greek and Cyrillic words, `c++` and `c#` among them; or a run of what is written without blanks.
_ANYTHING = re.compile(r"([a-z0-9\u00df-\u024f\u0370-\u052f]+[+#]*)|[^\W_a-z0-9\u00df-\u024f\u0370-\u052f]+")
_QUERY = re.compile(r'(-?)(?:"([^"]*)"|(\S+))')
_MARKS = str.maketrans(dict.fromkeys("“”„«»「」『』", '"'))  # phones write “ ” where " was typed
_EDGES = re.compile(r"^[^\w+#]+|[^\w+#]+$")
MOST_TERMS = 10


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that is looked for: `text` normalised, `pieces` what the index holds of it; `wanted` False excludes."""

    text: str
    pieces: frozenset[str]
    wanted: bool = True

    @property
    def is_one_piece(self) -> bool:
        """Whether the index alone decides: the term is one word or one pair."""
        return self.pieces == {self.text}


def normalise(text: str) -> str:
    """Width, case and blanks do not matter: `ＡＩ` is `ai`, half-width kana are kana."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def pieces(text: str) -> frozenset[str]:
    """Everything that the index holds of a text, given `normalise`d."""
    found: set[str] = set()
    for match in _ANYTHING.finditer(text):
        run = match.group()
        if match.lastindex:
            found.add(run)
            continue
        found.update(run)
        found.update(run[at : at + 2] for at in range(len(run) - 1))
    return frozenset(found)


def parse(query: str) -> tuple[Term, ...]:
    """What somebody looks for: words apart by blanks, `"a phrase"`, `「句」`, `-not`. Terms without a letter are left
    out."""
    terms = []
    for excluded, phrase, word in _QUERY.findall(unicodedata.normalize("NFKC", query).translate(_MARKS)):
        text = normalise(phrase or _EDGES.sub("", word))  # “why?” looks for the word
        if found := _needed(text):
            terms.append(Term(text, found, wanted=not excluded))
    return tuple(dict.fromkeys(terms))[:MOST_TERMS]


def _needed(text: str) -> frozenset[str]:
    """The fewest pieces that a text with this term must have: of a longer run the pairs, which are rarer."""
    found: set[str] = set()
    for match in _ANYTHING.finditer(text):
        run = match.group()
        if match.lastindex or len(run) == 1:
            found.add(run)
        else:
            found.update(run[at : at + 2] for at in range(len(run) - 1))
    return frozenset(found)


def marks(text: str, terms: Iterable[Term]) -> list[tuple[int, int]]:
    """Where the wanted terms stand in a text as it is, `(start, end)` in order, none overlapping."""
    known = normalise(text)  # most texts hold none, and looking at each character takes fifty times as long
    terms = [term for term in terms if term.wanted and term.text in known]
    if not terms:
        return []
    letters: list[str] = []
    origins: list[int] = []
    for at, char in enumerate(text):
        for letter in unicodedata.normalize("NFKC", char).casefold():
            letters.append(" " if letter.isspace() else letter)
            origins.append(at)
    plain = "".join(letters)
    found = [
        (origins[match.start()], origins[match.end() - 1] + 1)
        for term in terms
        for match in re.finditer(_pattern(term), plain)
    ]
    spans: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    return spans


def _pattern(term: Term) -> str:
    """A single Latin word is found whole, as the index finds it."""
    whole = term.is_one_piece and term.text[0].isascii()
    return rf"(?<![a-z0-9]){re.escape(term.text)}(?![a-z0-9])" if whole else re.escape(term.text)
