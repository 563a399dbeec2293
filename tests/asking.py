"""Asking a stand-in site one question, without waiting between tries."""

import asyncio
from typing import Any

from digests.sources import web

ITEMS = {1: {"id": 1, "type": "story", "title": "One"}}


class Waits:
    """Stands in for `asyncio.sleep`: notes what was to be waited, and does not wait."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        await asyncio.sleep(0)


def client(base: str, **fields: Any) -> web.Client:
    usual: dict[str, Any] = {"user_agent": "Matome/test", "allow_loopback": True, "timeout_seconds": 5}
    return web.Client(bases={"site": base}, **usual | fields)


def ask(client: web.Client, path: str = "/item/1.json", limit_bytes: int = 10_000, tries: int | None = None) -> object:
    return web.run(
        client,
        lambda session: session.get_json("site", path, limit_bytes=limit_bytes, tries=tries),
        lambda done, expected: None,
    )
