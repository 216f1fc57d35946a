"""TikHub's envelope: the post as the app's item in ``data.aweme_detail``."""

from datetime import UTC, datetime

from scraper.envelopes.envelope import Envelope
from scraper.envelopes.shape import Source
from scraper.model.record import to_json
from scraper.text.jsonline import JSON

READS_ANSWER = True

_SUPPORT = "docs/outputs.md"
_OK_ZH = "成功"
_FAILED_ZH = "失败"
_CACHE = "no cache: each envelope has an answer of its own"
_CACHE_ZH = "没有缓存。"


def make_data(source: Source) -> JSON:
    """Return the app's item, mapped from the payload of the post."""
    return {"aweme_detail": to_json(source.aweme)}


def make_frame(envelope: Envelope) -> Envelope:
    """Return TikHub's keys in their order, followed by ``seed``, ``error`` and ``duplicate_of``."""
    params = envelope["params"]
    url = params["url"] if isinstance(params, dict) else None
    time = datetime.fromisoformat(str(envelope["time"])).astimezone(UTC)
    is_ok, error = envelope["error"] is None, envelope["error"]
    frame: Envelope = {
        "code": envelope["code"],
        "request_id": envelope["request_id"],
        "message": envelope["message"],
        "message_zh": _OK_ZH if is_ok else f"{_FAILED_ZH}: {error['code'] if isinstance(error, dict) else ''}",
        "support": _SUPPORT,
        "time": time.strftime("%Y-%m-%d %H:%M:%S"),
        "time_stamp": int(time.timestamp()),
        "time_zone": "UTC",
        "docs": _SUPPORT,
        "cache_message": _CACHE,
        "cache_message_zh": _CACHE_ZH,
        "cache_url": envelope["cache_url"],
        "router": envelope["router"],
        "params": {"share_url": url, "url": url},
        "data": envelope["data"],
        "seed": envelope["seed"],
        "error": error,
    }
    return frame | {key: envelope[key] for key in ("duplicate_of",) if key in envelope}
