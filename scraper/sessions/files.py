"""Sessions on disk: one file each, for its owner alone, written whole or not at all."""

import json
import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path

from scraper.core.sessions import Session

logger = logging.getLogger(__name__)


class SessionFiles:
    """The folder SESSION_DIR; a run goes on without it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._paths: dict[str, Path] = {}
        """Where a session lies, by its id."""

    def load(self, platform: str) -> Iterator[Session]:
        """Yield the sessions of *platform* that earlier runs left; one that others can read is none."""
        for path in sorted(self._folder.glob(f"{platform}-guest*.json")):
            session = read_session(path)
            if session is not None and session.platform == platform:
                self._paths[session.id] = path
                yield session

    def save(self, session: Session) -> None:
        """Write *session*: over its own file, else over one that is nobody's here."""
        path = self._paths.setdefault(session.id, self._free_path(session))
        part: str | None = None
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            # mkstemp: mode 0600, a name nobody can guess, and no link is followed
            handle, part = tempfile.mkstemp(prefix=f".{path.name}.", dir=self._folder)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(session.to_dict(), file)
            Path(part).replace(path)
        except OSError as error:
            if part is not None:
                with suppress(OSError):
                    Path(part).unlink()
            logger.warning("the session is not kept for the next run: SESSION_DIR: %s", error.strerror)

    def delete(self, session: Session) -> None:
        """Remove *session*, unless another process has put its own in the place."""
        path = self._paths.pop(session.id, None)
        with suppress(OSError, ValueError, KeyError, TypeError):
            if path is not None and json.loads(path.read_text("utf-8"))["id"] == session.id:
                path.unlink()

    def _free_path(self, session: Session) -> Path:
        names = (f"{session.platform}-guest{'' if n == 1 else f'-{n}'}.json" for n in count(1))
        return next(path for name in names if (path := self._folder / name) not in self._paths.values())


def is_private(path: Path) -> bool:
    """Whether *path* is its owner's alone, who is us."""
    found = path.stat()
    return not found.st_mode & 0o077 and found.st_uid == os.getuid()


def read_session(path: Path) -> Session | None:
    """Return the session in *path*, None where there is none that can be used."""
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
