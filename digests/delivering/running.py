"""A delivery runs: check, fetch, compare, build, write, push, verify; then the database learns of it.

No transaction is open while git, Hugo or the network is at work. Whatever happens, the row says it.
"""

import contextlib
import logging
from datetime import timedelta
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from digests.delivering import ending, posts, recovering
from digests.delivering.comparing import Clash, Compared, compare
from digests.delivering.posts import Outgoing
from digests.delivering.progress import DeliveryCancelled, Progress
from digests.delivering.queueing import can_wait, enqueue
from digests.delivering.reaching import Named, message_of, place_of, turn_of
from digests.models import Delivery, DeliveryItem, Target
from digests.publishing.building import Finding, build_check
from digests.publishing.form import FormError
from digests.publishing.places import Busy, Place, PlaceError, Rejected
from digests.publishing.sandbox import find_hugo

logger = logging.getLogger(__name__)

MOST_PUSHES = 5
TURN_SECONDS = 5.0  # so long one waits in place for another delivery into the same target,
AGAIN = timedelta(seconds=3)  # then the worker does something else meanwhile
# By one of these Hugo knows a site (gohugo.io/configuration/introduction); a repository of posts alone has none.
_CONFIGURATIONS = (
    "config",
    *(f"{name}.{kind}" for name in ("hugo", "config") for kind in ("toml", "yaml", "yml", "json")),
)
State, Step = Delivery.State, Delivery.Step


class _Refused(Exception):
    def __init__(self, problems: dict[int, tuple[str, ...]], code: str) -> None:
        super().__init__()
        self.problems, self.code = problems, code


class _Clashed(Exception):
    def __init__(self, clashes: list[Clash]) -> None:
        super().__init__()
        self.clashes = clashes


class _Failed(Exception):
    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__()
        self.code, self.detail = code, detail


def run(delivery_id: int, *, place: Place | None = None) -> None:
    """Does a waiting delivery's work; any other is left alone. Never raises for what the row can say.

    `place` stands in for the target's own.
    """
    delivery = Delivery.objects.select_related("target", "requested_by").filter(_startable(), pk=delivery_id).first()
    if delivery is None:
        return
    with translation.override(settings.LANGUAGE_CODE):  # what is stored is for every editor
        if delivery.target is None:
            _publish_here(delivery)
            return
        turn = turn_of(delivery.target.pk, wait_seconds=TURN_SECONDS if can_wait() else 300)
        try:
            turn.take()
        except Busy:
            _wait(delivery)
            return
        try:
            recovering.settle(delivery.target, place=place)
            if _claim(delivery):
                _deliver(delivery, delivery.target, place)
        finally:
            turn.give_back()


def _startable() -> Q:
    return Q(state=State.QUEUED) | Q(state=State.SCHEDULED, due_at__lte=timezone.now())


def _claim(delivery: Delivery) -> bool:
    rows = Delivery.objects.filter(_startable(), pk=delivery.pk)
    return bool(rows.update(state=State.RUNNING, started_at=timezone.now(), step=Step.CHECK, steps=[]))


def _wait(delivery: Delivery) -> None:
    """Another one is at work there: once more in a moment."""
    waiting = Q(pk=delivery.pk) & (_startable() | Q(state=State.RUNNING))
    if Delivery.objects.filter(waiting).update(state=State.QUEUED, step=Step.WAIT):
        enqueue("deliver", delivery.pk, at=timezone.now() + AGAIN)


def _publish_here(delivery: Delivery) -> None:
    """Our own pages alone: no step that could be interrupted."""
    try:
        with transaction.atomic():
            ending.hold(delivery)
            if _claim(delivery):
                ending.finish(delivery, [], {}, commit="", steps=[])
    except Exception as error:
        logger.exception("delivery %d failed", delivery.pk)
        if _claim(delivery):
            ending.fail(delivery, "unexpected", f"{type(error).__name__}: {error}", steps=[])


def _deliver(delivery: Delivery, target: Target, place: Place | None) -> None:
    """A row that says "running", to its end. An end of the process itself is left to `recovering`."""
    progress = Progress(delivery)
    try:
        with place or place_of(target, wait_seconds=TURN_SECONDS if can_wait() else 300) as opened:
            _Run(delivery, target, opened, progress).go()
    except Busy:
        _wait(delivery)
    except DeliveryCancelled:
        ending.stop(delivery, steps=progress.steps)
    except _Refused as error:
        ending.refuse(delivery, error.code, error.problems, steps=progress.steps)
    except _Clashed as error:
        ending.clash(delivery, error.clashes, steps=progress.steps)
    except (_Failed, PlaceError) as error:
        ending.fail(delivery, error.code, error.detail, steps=progress.steps)
    except FormError as error:
        ending.fail(delivery, "bad_form", str(error), steps=progress.steps)
    except Exception as error:
        logger.exception("delivery %d into %s failed", delivery.pk, target)
        ending.fail(delivery, "unexpected", f"{type(error).__name__}: {error}", steps=progress.steps)


class _Run:
    """One run into an opened place. Whoever makes it holds the target's turn."""

    def __init__(self, delivery: Delivery, target: Target, place: Place, progress: Progress) -> None:
        self.delivery, self.target, self.place, self.progress = delivery, target, place, progress
        self.outgoing: list[Outgoing] = []
        self._built: dict[str, bytes] = {}

    def go(self) -> None:
        self._check()
        for _attempt in range(MOST_PUSHES):
            head = self._fetch()
            found = self._compare()
            self._build(found)
            commit = self._write(found)
            if commit == head or self._pushed(commit):
                break
        else:
            raise _Failed("rejected")
        ending.finish(
            self.delivery,
            self.outgoing,
            found.states,
            commit="" if commit == head else commit,
            steps=self.progress.steps,
        )

    def _check(self) -> None:
        with self.progress.step(Step.CHECK) as step:
            items = self.delivery.items.filter(state=DeliveryItem.State.PENDING).order_by("pk")
            self.outgoing = posts.outgoing(list(items.select_related("publication", "digest")), self.target)
            if not self.outgoing:
                raise _Failed("nothing_left")
            if problems := {one.item.pk: one.problems for one in self.outgoing if one.problems}:
                raise _Refused(problems, "unfaithful")
            step["note"] = str(len(self.outgoing))

    def _fetch(self) -> str:
        with self.progress.step(Step.FETCH) as step:
            step["note"] = head = self.place.fetch()
        return head

    def _compare(self) -> Compared:
        with self.progress.step(Step.COMPARE) as step:
            found = compare(self.outgoing, self.place, self.target)
            if found.kept:
                step["note"] = _("Pictures that somebody changed were left alone: %(paths)s") % {
                    "paths": ", ".join(found.kept)
                }
        if found.clashes:
            raise _Clashed(found.clashes)
        return found

    def _build(self, found: Compared) -> None:
        """With the site's own layouts, where it can be built at all. Not again for what was built already."""
        documents = {one.path: one.document for one in self.outgoing if one.document and one.path in found.changes}
        texts = {one.path: one.content for one in self.outgoing if one.content and one.path in documents}
        hugo = find_hugo(settings.HUGO) if self.target.build_check else None
        if hugo is None or not texts or texts == self._built:
            return
        with self.progress.step(Step.BUILD) as step, TemporaryDirectory(prefix="matome-site-") as scratch:
            self.place.extract(Path(scratch))
            if not any((Path(scratch) / name).exists() for name in _CONFIGURATIONS):
                step["note"] = _("There is no site's configuration here, so the posts could not be built.")
                return
            contents = self.place.list("content")
            sections = self.place.read([path for path in contents if PurePosixPath(path).name.startswith("_index.")])
            files = {path: content for path, content in (sections | found.changes).items() if content}
            report = build_check(
                Path(scratch),
                {path: text.decode() for path, text in texts.items()},
                documents,
                hugo=hugo,
                timeout_seconds=settings.HUGO_TIMEOUT_SECONDS,
                bases={one.path: one.base.decode(errors="replace") for one in self.outgoing if one.base},
                files={path: content for path, content in files.items() if path not in texts},
                contents=contents,
            )
            step["note"] = report.impossible or "\n".join(_said(note) for note in report.notes)
        self._built = texts
        if report.problems:
            by_path = {one.path: one.item.pk for one in self.outgoing}
            problems: dict[int, tuple[str, ...]] = {}
            for problem in report.problems:
                pk = by_path[problem.path]
                problems[pk] = (*problems.get(pk, ()), _said(problem))
            raise _Refused(problems, "build")

    def _write(self, found: Compared) -> str:
        with self.progress.step(Step.WRITE) as step:
            commit = self.place.replay(found.changes, message_of(self.delivery, self._named()))
            for one in self.outgoing:
                one.item.path = one.path
            DeliveryItem.objects.bulk_update([one.item for one in self.outgoing], ["path"])
            step["note"] = str(len(found.changes))
        return commit

    def _pushed(self, commit: str) -> bool:
        """False when somebody was faster. Once the push has begun, only the place knows whether it came about."""
        try:
            with self.progress.step(Step.PUSH) as step:
                try:
                    self.place.push(commit)
                except Rejected as error:
                    step["note"] = error.detail or "rejected"
                    return False
            with self.progress.step(Step.VERIFY, may_stop=False) as step:
                step["note"] = commit
                if not self.place.arrived(commit):
                    raise _Failed("not_arrived")
        except PlaceError:
            # What was cut off may have arrived all the same.
            with contextlib.suppress(PlaceError):
                self.place.fetch()
                if self.place.find(str(self.delivery.key)):
                    return True
            raise
        return True

    def _named(self) -> list[Named]:
        found = []
        for one in self.outgoing:
            publication, digest = one.item.publication, one.item.digest
            if publication is not None:
                found.append(Named(publication.slug, publication.headline, publication.digest_changes))
            elif digest is not None:
                found.append(Named(digest.slug, digest.headline))
        return found


def _said(finding: Finding) -> str:
    line = f":{finding.line}" if finding.line else ""
    return f"{finding.path}{line}: {finding.text}"
