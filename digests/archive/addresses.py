"""Addresses that were cut off by `...` when somebody copied a shortened link, whole again. Knows no database."""

from collections.abc import Iterable

from digests import plaintext

_CUT = ("...", "…")


def restored(text: str, links: Iterable[str]) -> str:
    """The text with each cut address replaced by the one of `links` that begins so; where none or several do it stays.

    The links are those of the comment that is quoted. A blank is put behind an address that would run on into the text.
    """
    links = sorted(set(links))
    for address in dict.fromkeys(plaintext.cut_addresses(text)):
        whole = [link for link in links if link.startswith(address) and link != address]
        if len(whole) == 1 and plaintext.is_web_address(whole[0]):
            text = _replaced(text, address, whole[0])
    return text


def _replaced(text: str, address: str, whole: str) -> str:
    for cut in _CUT:
        pieces = text.split(address + cut)
        text = pieces[0]
        for piece in pieces[1:]:
            text += whole + piece if _is_link(whole + piece, whole) else f"{whole} {piece}"
    return text


def _is_link(text: str, address: str) -> bool:
    return plaintext.split_links(text)[0].href == address
