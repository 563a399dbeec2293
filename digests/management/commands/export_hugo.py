"""`export_hugo SLUG… | --all`: finished Hugo posts, to standard output or into a site's folder."""

import hashlib
import tempfile
from argparse import ArgumentParser, ArgumentTypeError
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import batched
from pathlib import Path
from typing import IO, Any

from django.core.management.base import BaseCommand, CommandError

from digests.models import Digest, Post, Publication, Quote, Target
from digests.publishing import exporting, hugo
from digests.publishing.exporting import ExportedFile
from digests.publishing.form import FormError


class Command(BaseCommand):
    help = "Write digests as Hugo posts. Files whose content would not change are left alone."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slugs", nargs="*", metavar="SLUG")
        parser.add_argument("--all", action="store_true", help="every published digest, as readers see it")
        parser.add_argument(
            "--target",
            metavar="NAME",
            default="",
            help="the Hugo site whose form posts have (default: the only one)",
        )
        target = parser.add_mutually_exclusive_group(required=True)
        # The first name keeps `call_command(…, stdout=file)` meaning the command's output, not this option.
        target.add_argument("--print", "--stdout", dest="print", action="store_true", help="print the posts")
        target.add_argument("--to", metavar="DIR", type=_folder, help="write below this folder, a Hugo site's root")
        parser.add_argument(
            "--escaping",
            choices=[escaping.value for escaping in hugo.Escaping],
            default=hugo.Escaping.SAFE.value,
            help="safe: the reader sees what the editor typed (default); plain: the text as it stands",
        )

    def handle(self, *, slugs: list[str], to: Path | None, escaping: str, **options: Any) -> None:
        if options["all"] == bool(slugs):
            raise CommandError("Name the slugs of the digests, or give --all.")
        known = Digest.objects.kept().filter(slug__in=slugs).values_list("slug", flat=True)
        if missing := sorted(set(slugs) - set(known)):
            raise CommandError(f"There is no digest with the slug {', '.join(missing)}.")
        try:
            target = exporting.only_target(options["target"])
        except Target.DoesNotExist:
            raise CommandError(f"There is no Hugo site named {options['target']}.") from None
        if not slugs and (drafts := _drafts(target)):
            self.stderr.write(f"{drafts} drafts are left out; name their slugs to export them.")
        emphasized = Quote.objects.exclude(emphasis="").filter(digest__binned_at=None)
        if count := (emphasized.filter(digest__slug__in=slugs) if slugs else emphasized).count():
            self.stderr.write(f"Large or boxed quotes ({count}) go out like the others: a post has no word for that.")
        how = hugo.Escaping(escaping)
        try:
            files = exporting.named(slugs, target, how) if slugs else exporting.everything(target, how)
            with tempfile.TemporaryFile() as store:
                self._put(_Staged(files, store), to)
        except FormError as error:
            raise CommandError(f"The settings of the Hugo site cannot be used: {error}") from error

    def _put(self, staged: "_Staged", root: Path | None) -> None:
        if staged.problems:
            raise CommandError("Nothing was written.\n" + "\n".join(staged.problems))
        if root is None:
            for _file, content in exporting.contents(file for file in staged.files() if file.is_post):
                self.stdout.write(content.decode(), ending="")
            return
        done: Counter[str] = Counter()
        try:
            for file, is_new in _written(root, staged.files()):
                if file.is_post:
                    done["written" if is_new else "unchanged"] += 1
                    done["kept"] += file.kept
        except OSError as error:
            raise _cannot_be_written(error, root) from error
        kept = f"; {done['kept']} of them kept verbatim" if done["kept"] else ""
        self.stdout.write(f"{done['written']} written, {done['unchanged']} unchanged{kept}")


class _Staged:
    """All files of an export, made before the first one is written: an export is whole or does not happen.

    What was made waits in a file of the system, so that ten thousand posts take no more memory than ten.
    """

    def __init__(self, files: Iterable[ExportedFile], store: IO[bytes]) -> None:
        self.store = store
        self.problems: list[str] = []
        self.kept: list[tuple[ExportedFile, int, int]] = []
        for file in files:
            if file.problem:
                self.problems.append(file.problem)
            else:
                self.kept.append((replace(file, made=b""), store.tell(), len(file.made)))
                store.write(file.made)

    def files(self) -> Iterator[ExportedFile]:
        for file, start, size in self.kept:
            self.store.seek(start)
            yield replace(file, made=self.store.read(size))


def _written(root: Path, files: Iterable[ExportedFile]) -> Iterator[tuple[ExportedFile, bool]]:
    """Writes what is not there yet. For a post that goes out as it came that is told by the hash of the file."""
    for some in batched(files, exporting.CHUNK):
        same = {file.path for file in some if file.sha256 and _hash(root / file.path) == file.sha256}
        for file, content in exporting.contents(file for file in some if file.path not in same):
            yield file, hugo.write_file(root / file.path, content, durable=False)
        yield from ((file, False) for file in some if file.path in same)


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def _drafts(target: Target | None) -> int:
    """Digests that nobody has published and that stand in no site either."""
    standing = Post.objects.filter(target=target) if target else Post.objects.all()
    published = Publication.objects.live().values("digest_id")
    return (
        Digest.objects.kept()
        .exclude(pk__in=published)
        .exclude(pk__in=standing.filter(digest__isnull=False, publication=None).values("digest_id"))
        .count()
    )


def _cannot_be_written(error: OSError, root: Path) -> CommandError:
    return CommandError(
        f"{error.filename or root} cannot be written: {error.strerror}. "
        "Posts before it may be written; running it again goes on."
    )


def _folder(value: str) -> Path:
    if not value.strip():
        raise ArgumentTypeError("the name of a folder is expected")
    return Path(value)
