"""What a web server has to know besides the files: where old addresses lead, what was withdrawn, which headers go out.

For nginx as maps that `docs/nginx.conf` includes, for Cloudflare Pages and Netlify as `_redirects` and `_headers`.
Knows neither the application nor the disk.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

# Of an answer those that say something about the site, not about one page or one connection.
HEADERS = (
    "Content-Security-Policy",
    "Content-Language",
    "Cross-Origin-Opener-Policy",
    "Referrer-Policy",
    "Strict-Transport-Security",
    "X-Content-Type-Options",
    "X-Frame-Options",
)
# One quote: its page, and its picture, drawn when somebody wants one. Without an application the page is the anchor.
_QUOTES = ("/posts/:slug/q/*", "/posts/:slug/q/:splat")
_WITH_SLASH = 'map $uri $matome_asked {\n  default "$uri/";\n  "~/$" $uri;\n}\n'
_QUOTE_ALONE = ("/posts/:slug/q/:number/", "/posts/:slug/#q:number")


@dataclass(frozen=True, slots=True)
class Rules:
    """`leads` are old addresses and the ones they lead to, `gone` the withdrawn ones, `aside` addresses and those
    under which they lie; `elsewhere` what the application answers, if it has an address of its own (`app`)."""

    leads: Mapping[str, str]
    gone: Iterable[str]
    aside: Mapping[str, str]
    elsewhere: Iterable[str]
    app: str
    headers: Mapping[str, str]
    types: Mapping[str, str]


def nginx_maps(rules: Rules) -> str:
    """Asked only where there is no file, so that the case of letters, which a map ignores, does no harm."""
    gone = dict.fromkeys(rules.gone, "1")
    leads = {address: to.replace("$", "%24") for address, to in rules.leads.items()}
    maps = (("$matome_leads_to", leads), ("$matome_gone", gone), ("$matome_lies_at", rules.aside))
    return _WITH_SLASH + "".join(_map(name, rows) for name, rows in maps)


def nginx_headers(rules: Rules) -> str:
    """For every place of the configuration that sets a header of its own: nginx then forgets those from outside."""
    return "".join(f"add_header {name} {_quoted(value)} always;\n" for name, value in rules.headers.items())


def redirects(rules: Rules) -> str:
    """Cloudflare reads the first 2,000 lines and knows no 410, so those come last."""
    lines = [f"{_literal(address)} {lies_at} 200" for address, lies_at in rules.aside.items()]
    if rules.app:
        lines += [f"{address}* {rules.app}{address}:splat 302" for address in rules.elsewhere]
        lines += [f"{_QUOTES[0]} {rules.app}{_QUOTES[1]} 302"]
    else:
        lines += [f"{_QUOTE_ALONE[0]} {_QUOTE_ALONE[1]} 302"]
    lines += [f"{_literal(address)} {_literal(to)} 301" for address, to in rules.leads.items()]
    lines += [f"{_literal(address)} /410.html 410" for address in rules.gone]
    return "".join(f"{line}\n" for line in lines)


def _literal(address: str) -> str:
    """A tag may be called `*` or `:name`, which would stand for every other one."""
    return address.replace("*", "%2A").replace(":", "%3A")


def headers(rules: Rules) -> str:
    blocks = [("/*", dict(rules.headers) | {"Cache-Control": "public, max-age=0, must-revalidate"})]
    blocks += [(f"{address}*", {"Content-Type": kind}) for address, kind in rules.types.items()]
    lines = [line for path, rows in blocks for line in (path, *(f"  {name}: {value}" for name, value in rows.items()))]
    return "".join(f"{line}\n" for line in lines)


def _map(name: str, rows: Mapping[str, str]) -> str:
    """An address as nginx compares it: decoded, and of several that differ in case only the first."""
    found: dict[bytes, str] = {}
    for address, value in rows.items():
        found.setdefault(_lower(unquote(address)), f"  {_quoted(unquote(address))} {_quoted(value)};\n")
    return f"map $matome_asked {name} {{\n{''.join(found.values())}}}\n"


def _lower(address: str) -> bytes:
    return address.encode().lower()  # ASCII letters alone, as nginx does


def _quoted(value: str) -> str:
    return '"{}"'.format(value.replace("\\", "\\\\").replace('"', '\\"'))
