"""The data of the report, gathered from the rows of a run one by one."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from scraper.exports.tables import PostRow, RunRow, SeedRow
from scraper.media.storage.interface import own_path
from scraper.model.post import Role
from scraper.text.redaction import printable

MAX_CARDS = 20_000
"""Most posts that are shown one by one; with more, a browser opens the page slowly."""
_TEXT = 400
_SEEDS_SHOWN = 50
_BUCKETS = 48
_TYPES: Mapping[str, str] = {
    Role.IMAGE: "image",
    Role.VIDEO: "video",
    Role.LIVE_PHOTO: "video",
    Role.AUDIO: "audio",
}
_ANSWERS, _MEDIA, _REST = "answers", "media", "waiting, writing"


class ReportData:
    """Counts all seeds, and keeps a card for each of the first 20,000."""

    def __init__(self) -> None:
        self._cards: list[dict[str, Any]] = []
        self._left_out = 0
        self._results: dict[str, Counter[str]] = defaultdict(Counter)
        self._failures: dict[str, list[SeedRow]] = defaultdict(list)
        self._codes: Counter[str] = Counter()
        self._times: Counter[datetime] = Counter()
        self._bad_times: Counter[datetime] = Counter()
        self._seconds: dict[str, float] = defaultdict(float)
        self._sessions: Counter[str] = Counter()
        self._files = 0
        self._bytes = 0

    def add(self, seed: SeedRow, post: PostRow | None, record: Mapping[str, Any] | None) -> None:
        """Add a seed, with its post if it has one of its own."""
        platform = post.platform if post is not None else (seed.router or "/").split("/")[1]
        result = "failed" if seed.error else "warned" if post is not None and post.warnings else "ok"
        self._results[platform][result] += 1
        if seed.error:
            self._codes[seed.error] += 1
            if len(self._failures[seed.error]) < _SEEDS_SHOWN:
                self._failures[seed.error].append(seed)
        if seed.time:
            time = datetime.fromisoformat(seed.time).astimezone(UTC).replace(microsecond=0)
            (self._bad_times if seed.error else self._times)[time] += 1
        if post is not None:
            self._add_post(post)
        if len(self._cards) < MAX_CARDS:
            self._cards.append(_card(seed, platform, post, record))
        else:
            self._left_out += 1

    def make(self, run: RunRow, stats: Mapping[str, Any]) -> dict[str, Any]:
        """Return the data of the page; *stats* are those in run.json."""
        ended = run.ended or "not yet"
        return {
            "about": f"spider {run.spider or '-'}, begun {run.started or '-'}, ended {ended}"
            f" ({run.reason or 'cut off'}); run {run.run}",
            "totals": [
                ("seeds", run.seeds, ""),
                ("ok", run.ok, ""),
                ("failed", run.failed, ""),
                ("files", self._files, ""),
                ("bytes", self._bytes, "bytes"),
                ("duration", _span(run), "seconds"),
            ],
            "platforms": [
                {"name": name, **{key: counts[key] for key in ("ok", "warned", "failed")}}
                for name, counts in sorted(self._results.items())
            ],
            "timeline": list(_timeline(self._times, self._bad_times)),
            "stages": [
                {"name": name, "seconds": max(self._seconds[name], 0.0), "bytes": size}
                for name, size in (
                    (_ANSWERS, stats.get("downloader/response_bytes", 0)),
                    (_MEDIA, self._bytes),
                    (_REST, 0),
                )
            ],
            "sessions": list(_sessions(self._sessions, stats)),
            "failures": [
                {
                    "code": code,
                    "count": count,
                    "advice": printable(self._failures[code][0].message or ""),
                    "seeds": [(seed.seed, seed.url, seed.message) for seed in self._failures[code]],
                }
                for code, count in self._codes.most_common()
            ],
            "posts": self._cards,
            "left_out": self._left_out,
        }

    def _add_post(self, post: PostRow) -> None:
        self._files += post.files
        self._bytes += post.bytes
        fetch, media, total = post.seconds_fetch or 0.0, post.seconds_media or 0.0, post.seconds_total or 0.0
        for name, seconds in ((_ANSWERS, fetch), (_MEDIA, media), (_REST, total - fetch - media)):
            self._seconds[name] += seconds
        if post.session is not None:
            self._sessions[post.session] += 1


def _card(seed: SeedRow, platform: str, post: PostRow | None, record: Mapping[str, Any] | None) -> dict[str, Any]:
    card: dict[str, Any] = {
        "seed": seed.seed,
        "platform": platform,
        "url": seed.url,
        "error": seed.error,
        "message": seed.message if seed.error else None,
        "as": seed.duplicate_of,
        "warnings": [],
        "files": [],
        "bytes": 0,
    }
    if post is None or record is None:
        return card
    files = list(_files(record["media"]))
    text = post.title if post.title and not post.text else post.text
    return card | {
        "id": post.id,
        "kind": post.kind,
        "url": post.url,
        "author": f"@{post.author_handle}" if post.author_handle else post.author_name,
        "text": None if text is None else text[:_TEXT],
        "created": post.created_at,
        "duration": post.duration,
        **{name: getattr(post, name) for name in ("plays", "likes", "comments", "shares")},
        "watermark": post.watermark or None,
        "warnings": list(record["warnings"]),
        "files": [{"path": path, "type": _TYPES[role]} for role, path in files if role in _TYPES],
        "cover": next((path for role, path in files if role == Role.COVER), None),
        "bytes": post.bytes,
    }


def _files(media: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """Yield role and path of the files below the page's folder; other paths in a record are left out."""
    for medium in media:
        for file in medium["files"]:
            path = own_path(file["path"])
            if path is not None:
                yield medium["role"], str(path)


def _timeline(good: Mapping[datetime, int], bad: Mapping[datetime, int]) -> Iterator[dict[str, Any]]:
    """Yield the number of seeds that ended in each of at most 48 spans of equal length."""
    times = sorted({*good, *bad})
    if not times:
        return
    width = max((times[-1] - times[0]).total_seconds() // _BUCKETS + 1, 1)
    counts: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for place, known in enumerate((good, bad)):
        for time, number in known.items():
            counts[int((time - times[0]).total_seconds() // width)][place] += number
    last = max(counts)
    for bucket in range(last + 1):
        begins = times[0] + timedelta(seconds=bucket * width)
        yield {"from": begins.strftime("%H:%M:%S"), "ok": counts[bucket][0], "bad": counts[bucket][1]}


def _sessions(uses: Mapping[str, int], stats: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the number of posts of each session; refusals are counted by platform."""
    for name, number in sorted(uses.items()):
        yield {"name": name, "uses": number, "refusals": 0}
    prefix = "session/refused/"
    for key, number in sorted(stats.items()):
        if key.startswith(prefix) and "/" not in key.removeprefix(prefix):
            yield {"name": f"{key.removeprefix(prefix)}, refused", "uses": 0, "refusals": number}


def _span(run: RunRow) -> float:
    """Return the duration of the run's last process in seconds."""
    if run.started is None or run.ended is None:
        return 0.0
    return (datetime.fromisoformat(run.ended) - datetime.fromisoformat(run.started)).total_seconds()
