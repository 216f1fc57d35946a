"""The lifetime of the URLs in an answer."""

from tests.lab.bilibili.cdn import Visit
from tests.lab.catalog import LabPost
from tests.lab.faults import lifetime
from tests.lab.messages import Ask


def visit_of(ask: Ask, post: LabPost) -> Visit:
    """Return the visit for which the URLs of *post* in this answer are signed."""
    life = lifetime(ask.fault)
    return Visit(now=ask.now, lifetime=post.data.get("lifetime") if life is None else life)
