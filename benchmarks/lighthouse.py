"""Lighthouse's four marks for a digest of 84 quotes, the home page and a tag, as a phone gets them.

The site runs as on a server: gunicorn, static files collected, compressed and hashed. Needs Node's `lighthouse`
(`npm install lighthouse` anywhere) and a Chromium; run it by hand with

    python -m benchmarks.lighthouse --lighthouse /path/to/node_modules/.bin/lighthouse [--runs 3]
"""

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import quote

from benchmarks.public_page import PATH, ROOT, first_answer, prepare

CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
PAGES = {"digest": PATH, "home": "/", "tag": f"/tags/{quote('プレーンテキスト')}/"}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--lighthouse", default="lighthouse", help="the program")
    options.add_argument("--runs", type=int, default=3, help="of each page; the median counts")
    given = options.parse_args()
    if shutil.which(given.lighthouse) is None:
        print("Lighthouse is not installed, so nothing was measured: npm install lighthouse")
        return
    with tempfile.TemporaryDirectory(prefix="matome-lighthouse-") as name:
        folder = Path(name)
        with serving(folder) as port:
            print(f"{'':<10}" + "".join(f"{category:>16}" for category in CATEGORIES))
            for page, path in PAGES.items():
                reports = [
                    report(given.lighthouse, f"http://127.0.0.1:{port}{path}", folder) for _n in range(given.runs)
                ]
                marks = [
                    median(one["categories"][category]["score"] * 100 for one in reports) for category in CATEGORIES
                ]
                print(f"{page:<10}" + "".join(f"{mark:>16.0f}" for mark in marks), flush=True)
                for line in lost(reports[-1]):
                    print(f"    {line}")


@contextmanager
def serving(folder: Path) -> Iterator[int]:
    """The site under gunicorn on a free port that its own addresses name: canonical ones elsewhere cost marks."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("MATOME_")}
        inherited.pop("DATABASE_URL", None)
        own = {"MATOME_DATA_DIR": str(folder), "MATOME_BASE_URL": f"http://127.0.0.1:{port}"}
        environment = inherited | own
        prepare(environment, folder)
        command = [sys.executable, "-m", "gunicorn", "matome_site.wsgi", "--bind", f"fd://{listener.fileno()}"]
        command += ["--worker-class", "gthread", "--threads", "4", "--log-level", "warning", "--no-control-socket"]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, pass_fds=[listener.fileno()])
        try:
            first_answer(port, {})
            yield port
        finally:
            process.terminate()
            process.wait(timeout=30)


def report(program: str, address: str, folder: Path) -> dict[str, Any]:
    """Lighthouse's report of one page, with its own settings for a phone."""
    out = folder / "report.json"
    flags = "--headless=new --no-sandbox --disable-gpu"
    command = [program, address, "--quiet", "--output=json", f"--output-path={out}", f"--chrome-flags={flags}"]
    subprocess.run(command, env=os.environ | {"CHROME_PATH": chromium()}, check=True)
    found: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    return found


def chromium() -> str:
    named = (os.environ.get("MATOME_TEST_CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
    return next((path for name in named if (path := shutil.which(name))), "")


def where(audit: dict[str, Any]) -> str:
    """The first elements that an audit names."""
    items = audit.get("details", {}).get("items", [])
    return " ".join(item["node"]["selector"] for item in items[:3] if "node" in item)


def lost(found: dict[str, Any]) -> list[str]:
    """The audits that cost marks."""
    weights = {one["id"]: one["weight"] for category in found["categories"].values() for one in category["auditRefs"]}
    return [
        f"{name} {audit['score']}: {audit['title']} {audit.get('displayValue', '')} {where(audit)}"
        for name, audit in found["audits"].items()
        if audit["score"] is not None and audit["score"] < 1 and weights.get(name)
    ]


if __name__ == "__main__":
    main()
