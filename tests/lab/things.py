"""The files on a played platform's media servers."""

from dataclasses import dataclass

from tests.lab import media
from tests.lab.ranges import Blob
from tests.lab.recipes import RECIPES


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """A file on a media server."""

    key: str
    medium: str
    """Name of the recipe, or the text of a subtitle with its ext."""
    modified: int
    text: str | None = None
    fault: str = ""
    """A fault that this file always has, see faults.py."""

    def blob(self, fault: str) -> Blob:
        """Return its bytes, with the effect of the answer's fault."""
        data = media.load(self.medium) if self.text is None else self.text.encode()
        return Blob(data, media.MIME[self.ext], self.modified).under(fault)

    @property
    def ext(self) -> str:
        """File name extension."""
        return RECIPES[self.medium].ext if self.text is None else self.medium

    @property
    def size(self) -> int:
        """Bytes of the undisturbed file."""
        return len(media.load(self.medium)) if self.text is None else len(self.text.encode())
