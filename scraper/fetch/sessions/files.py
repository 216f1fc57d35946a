"""Sessions on disk: one file each, readable by its owner only, written whole or not at all."""

import json
import logging
import os
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path

from scraper.fetch.session import Session
from scraper.system.atomic import write_secret

logger = logging.getLogger(__name__)


class SessionFiles:
    """The folder SESSION_DIR; a run continues without it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._paths: dict[str, Path] = {}
        """File of each session, by its id."""

    def load(self, platform: str) -> Iterator[Session]:
        """Yield the saved sessions of *platform*; skip files that other users can read."""
        for path in sorted(self._folder.glob(f"{platform}-guest*.json")):
            session = read_session(path)
            if session is not None and session.platform == platform:
                self._paths[session.id] = path
                yield session

    def save(self, session: Session) -> None:
        """Write *session* to its own file, else to one that no session of this run uses."""
        path = self._paths.setdefault(session.id, self._free_path(session))
        try:
            write_secret(path, json.dumps(session.to_dict()))
        except OSError as error:
            logger.warning("the session is not kept for the next run: SESSION_DIR: %s", error.strerror)

    def delete(self, session: Session) -> None:
        """Remove the file of *session*, unless another process has written its own session there."""
        path = self._paths.pop(session.id, None)
        with suppress(OSError, ValueError, KeyError, TypeError):
            if path is not None and json.loads(path.read_text("utf-8"))["id"] == session.id:
                path.unlink()

    def _free_path(self, session: Session) -> Path:
        names = (f"{session.platform}-guest{'' if n == 1 else f'-{n}'}.json" for n in count(1))
        return next(path for name in names if (path := self._folder / name) not in self._paths.values())


def is_private(path: Path) -> bool:
    """Whether *path* belongs to us and only its owner can read it."""
    found = path.stat()
    return not found.st_mode & 0o077 and found.st_uid == os.getuid()


def read_session(path: Path) -> Session | None:
    """Return the session in *path*, None if it is unusable."""
    try:
        if not is_private(path):
            logger.warning("%s can be read by others, so it is not used: chmod 600 it or delete it", path.name)
            return None
        return Session.from_dict(json.loads(path.read_text("utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        logger.warning("%s is not a session of this version, so a new one is minted", path.name)
        return None
