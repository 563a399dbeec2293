"""One process of this machine at a time: a lock on a file, which the system frees when its holder dies.

Knows nothing of what is done meanwhile.
"""

import fcntl
import os
import time
from pathlib import Path

from digests.publishing.places import Busy

_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.01, 0.25


class Turn:
    """Taken and given back as often as wanted; only the outermost pair counts. Not for several threads at once.

    `descriptor` is handed to child processes that must not be overtaken: while one of them lives on after its parent
    was killed, the turn is still taken.
    """

    def __init__(self, path: Path, *, wait_seconds: float) -> None:
        self.path = path
        self.descriptor = -1
        self._wait_seconds = wait_seconds
        self._depth = 0

    def take(self) -> bool:
        """Whether this was the outermost. Raises `Busy` when another process does not end in time, OSError."""
        if not self._depth:
            self.descriptor = self._locked()
        self._depth += 1
        return self._depth == 1

    def give_back(self) -> None:
        self._depth -= 1
        if not self._depth:
            os.close(self.descriptor)
            self.descriptor = -1

    def _locked(self) -> int:
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        until = time.monotonic() + self._wait_seconds
        pause_seconds = _FIRST_PAUSE_SECONDS
        try:
            while True:
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    if time.monotonic() >= until:
                        raise Busy from None
                    time.sleep(pause_seconds)
                    pause_seconds = min(pause_seconds * 2, _LONGEST_PAUSE_SECONDS)
                else:
                    return descriptor
        except BaseException:
            os.close(descriptor)
            raise
