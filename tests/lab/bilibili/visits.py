"""How long the URLs in an answer live."""

from tests.lab.bilibili.cdn import Visit
from tests.lab.catalog import LabPost
from tests.lab.messages import Ask


def visit_of(ask: Ask, post: LabPost) -> Visit:
    """Return what the URLs of *post* in this answer are signed for."""
    life: float | None = post.data.get("lifetime")
    if ask.fault.startswith("expire-"):
        life = float(ask.fault.removeprefix("expire-"))
    return Visit(now=ask.now, lifetime=life)
