"""The context of an envelope."""

from datetime import UTC, datetime
from typing import Any

from scraper.envelopes.envelope import Context
from scraper.model.seed import Seed

LINK = "https://www.tiktok.com/@a/video/1"


def context(text: str = LINK, *, kind: str | None = "video", platform: str = "tiktok", **seed: Any) -> Context:
    return Context(
        seed=Seed(id="3.1", line=3, text=text[:500], **seed),
        platform=platform,
        title="TikTok",
        kind=kind,
        request_id="9b2f2c1e-8a3e-4d55-9a1c-0123456789ab",
        time=datetime(2026, 5, 1, 12, tzinfo=UTC),
    )
