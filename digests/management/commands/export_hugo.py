"""`export_hugo SLUG… | --all`: finished Hugo posts, to standard output or into a site's folder."""

import hashlib
from argparse import ArgumentParser, ArgumentTypeError
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from digests.models import Digest, Publication, Target
from digests.publishing import exporting, hugo, interchange
from digests.publishing.assemble import assemble_each, pictures_of
from digests.publishing.document import DigestDocument
from digests.publishing.exporting import ExportedFile
from digests.publishing.form import Form, FormError
from digests.publishing.reading import UnreadablePost


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
        if missing := sorted(set(slugs) - set(Digest.objects.filter(slug__in=slugs).values_list("slug", flat=True))):
            raise CommandError(f"There is no digest with the slug {', '.join(missing)}.")
        if not slugs and (drafts := Digest.objects.count() - Publication.objects.live().count()):
            self.stderr.write(f"{drafts} drafts are left out; name their slugs to export them.")
        how = hugo.Escaping(escaping)
        try:
            target = exporting.only_target(options["target"])
            form = Form.from_json(target.form) if target else Form()
        except Target.DoesNotExist:
            raise CommandError(f"There is no Hugo site named {options['target']}.") from None
        except FormError as error:
            raise CommandError(f"The settings of the Hugo site cannot be used: {error}") from error
        if options["all"] and to is not None and how is hugo.Escaping.SAFE:
            self._write_everything(to, target)
            return
        self._refuse_what_cannot_be_written(slugs, how, form)
        if to is None:
            for document in _documents(slugs):
                self.stdout.write(hugo.render(document, escaping=how, form=form), ending="")
            return
        try:
            results = [self._write(to, document, how, form) for document in _documents(slugs)]
        except OSError as error:
            raise _cannot_be_written(error, to) from error
        self.stdout.write(f"{sum(results)} written, {len(results) - sum(results)} unchanged")

    def _write_everything(self, root: Path, target: Target | None) -> None:
        """What stands in the site goes out as it came, and what is new in the site's form."""
        done: Counter[str] = Counter()
        try:
            for file in exporting.everything(target):
                written = _write_file(root, file)
                if file.is_post:
                    done["written" if written else "unchanged"] += 1
                    done["kept"] += file.kept
        except OSError as error:
            raise _cannot_be_written(error, root) from error
        except (hugo.UnfaithfulPost, UnreadablePost, ValueError) as error:
            raise CommandError(f"{error}\nPosts before it are written; running it again goes on.") from error
        kept = f"; {done['kept']} of them kept verbatim" if done["kept"] else ""
        self.stdout.write(f"{done['written']} written, {done['unchanged']} unchanged{kept}")

    def _write(self, root: Path, document: DigestDocument, escaping: hugo.Escaping, form: Form) -> bool:
        # The pictures first: a post without its picture fails the build of some themes.
        for name, content in pictures_of(document).items():
            hugo.write_file(root / hugo.picture_path(document, name, form), content)
        return hugo.write(root, document, escaping=escaping, form=form)

    def _refuse_what_cannot_be_written(self, slugs: list[str], escaping: hugo.Escaping, form: Form) -> None:
        """Renders everything before the first file is touched: an export is whole or does not happen."""
        failures: list[str] = []
        for document in _documents(slugs):
            try:
                hugo.render(document, escaping=escaping, form=form)
                hugo.post_path(document, form)
            except hugo.PlainCannotHold as error:
                failures.append(f"{document.slug}: plain escaping cannot hold this text: {str(error)[:80]!r}")
            except (hugo.UnfaithfulPost, ValueError) as error:
                failures.append(str(error))
        if failures:
            raise CommandError("Nothing was written.\n" + "\n".join(failures))


def _write_file(root: Path, file: ExportedFile) -> bool:
    """False when the very bytes stand there already, which their hash tells without reading them from the database."""
    path = root / file.path
    if file.sha256 and path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == file.sha256:
        return False
    return hugo.write_file(path, file.content, durable=False)


def _cannot_be_written(error: OSError, root: Path) -> CommandError:
    return CommandError(
        f"{error.filename or root} cannot be written: {error.strerror}. "
        "Posts before it may be written; running it again goes on."
    )


def _folder(value: str) -> Path:
    if not value.strip():
        raise ArgumentTypeError("the name of a folder is expected")
    return Path(value)


def _documents(slugs: list[str]) -> Iterator[DigestDocument]:
    """The named digests as their editors have them now; without names, all as readers see them."""
    if slugs:
        for _digest, document in assemble_each(Digest.objects.filter(slug__in=slugs).order_by("date", "pk")):
            yield document
        return
    live = Publication.objects.live().order_by("date", "digest_id").values_list("document", flat=True)
    for stored in live.iterator(chunk_size=100):
        yield interchange.from_json(stored).document
