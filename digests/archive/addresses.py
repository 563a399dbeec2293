"""Addresses that were cut off by `...` when somebody copied a shortened link, whole again. Knows no database."""

import re
from collections.abc import Iterable

from digests import plaintext

_CUT = re.compile(r"(https?://[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+?)(?:\.\.\.|…)")


def restored(text: str, links: Iterable[str]) -> str:
    """The text with each cut address replaced by the one of `links` that begins so; where none or several do it stays.

    The links are those of the comment that is quoted. A blank is put behind an address that would run on into the text.
    """
    known = {link for link in links if plaintext.is_web_address(link)}

    def whole(match: re.Match[str]) -> str:
        found = [link for link in known if link.startswith(match[1]) and link != match[1]]
        if len(found) != 1 or found[0].startswith(match.group()):  # an address may have dots of its own
            return match.group()
        runs_on = plaintext.split_links(found[0] + text[match.end() :])[0].href != found[0]
        return f"{found[0]} " if runs_on else found[0]

    return _CUT.sub(whole, text)
