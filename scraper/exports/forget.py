"""Remove a post or an author from an output folder: files, answers, records, envelopes, rows."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from glob import escape
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from scraper.envelopes.envelope import platform_of
from scraper.exports.export import export
from scraper.exports.options import ExportOptions
from scraper.exports.posts_db import NAME as POSTS_DB
from scraper.exports.posts_db import forget as forget_rows
from scraper.ledger.sqlite import SQLiteLedger
from scraper.links.recogniser import Recogniser
from scraper.media.storage.interface import MediaStorage
from scraper.model.ref import Ref
from scraper.platform.contract import Platform
from scraper.runs.answers import parse_name, short_id
from scraper.runs.drift import FOLDER as DRIFT
from scraper.runs.folder import ENVELOPES, EXPORTED, LEDGER, POSTS, RAW
from scraper.runs.lifecycle import recover
from scraper.runs.results import Result, read_results, read_run
from scraper.runs.worker import NAME as WORKER
from scraper.system.jsonlines import keep_lines
from scraper.system.removal import remove_files
from scraper.text.names import safe_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A post by its id, or an author by handle or id."""

    name: str
    is_author: bool
    platform: str | None = None
    """None = any platform."""

    def fits(self, result: Result, seen: "Seen") -> bool:
        """Whether *result*, whose seed led to *seen*, belongs to the target; without a record, by its link."""
        if self.platform not in (None, seen.platform):
            return False
        if not self.is_author:
            return seen.post_id is not None and safe_name(seen.post_id) == safe_name(self.name)
        if result.record is None:
            return self._is_in(_link(result))
        author = result.record["author"]
        names = (str(author[key]).casefold() for key in ("id", "handle"))
        return self.name.casefold() in names or self._is_in(str(author["url"]))

    def _is_in(self, url: str) -> bool:
        parts = [unquote(part).removeprefix("@").casefold() for part in urlsplit(url).path.split("/")]
        return self.name.casefold() in parts


class Seen(NamedTuple):
    """The post that a seed led to, as far as it is known."""

    platform: str
    post_id: str | None


@dataclass(slots=True)
class ForgetPlan:
    """The traces of a target in a folder."""

    posts: set[tuple[str, str]] = field(default_factory=set)
    """Platform and id of each post with a record."""
    named: set[tuple[str, str]] = field(default_factory=set)
    """Platform and id of each post, failed ones included."""
    media: set[str] = field(default_factory=set)
    """Paths in the storage: files, their sidecars, parts."""
    answers: set[Path] = field(default_factory=set)
    """Saved answers, in raw/ and drift/."""
    requests: set[str] = field(default_factory=set)
    """Prefixes of request ids, as they stand in the names of answers."""
    seeds: dict[Path, set[str]] = field(default_factory=dict)
    """Ids of seeds by the folder of their run."""


async def find(root: Path, storage: MediaStorage, target: Target, known: Recogniser) -> ForgetPlan:
    """Find the traces of *target* in *root*, *storage* and earlier runs; *known* reads links. Raises OSError."""
    runs = [run for run in [root, *sorted((root / "runs").glob("*"))] if (run / ENVELOPES).is_file()]
    answers = [answer for run in runs for answer in _answers(run)]
    ids = {request: post_id for post_id, request, _ in answers}
    found, others = ForgetPlan(), set[str]()
    if not target.is_author and target.platform is not None:
        found.named.add((target.platform, target.name))
    for run in runs:
        seeds: set[str] = set()
        for result in read_results(run):
            seen, request = _see(result, ids, known), short_id(str(result.envelope.get("request_id")))
            if not target.fits(result, seen) and result.envelope.get("duplicate_of") not in seeds:
                others.add(request)
                continue
            seeds.add(str(result.envelope["seed"]))
            found.requests.add(request)
            if seen.post_id is not None:
                found.named.add((seen.platform, seen.post_id))
            if result.record is not None:
                found.posts.add((result.record["platform"], result.record["id"]))
                found.media.update(_files(result.record))
        if seeds:
            found.seeds[run] = seeds
    names = {safe_name(post_id) for _, post_id in found.named}
    for name, request, path in answers:
        # an attempt that was repeated, or died, left an answer without an envelope
        if request in found.requests or (name in names and request not in others):
            found.answers.add(path)
    for run in runs:
        for platform, post_id in found.named:
            found.answers.update((run / DRIFT / platform).glob(f"{escape(safe_name(post_id))}.*"))
    found.media = await storage.list_all(found.media)
    return found


async def forget(
    root: Path, storage: MediaStorage, found: ForgetPlan, options: ExportOptions, platforms: Iterable[Platform]
) -> list[str]:
    """
    Remove *found* from *storage* and from *root*, whose lock the caller holds; return the exports that failed.

    Files that other programs may have open are removed first, and the lines that name them last: after an error, the
    same call completes the removal. Raises OSError, UsageError.
    """
    runs = [(read_run(run).name, seed) for run, seeds in found.seeds.items() for seed in seeds]
    await storage.forget(found.named)
    if (root / POSTS_DB).exists():
        forget_rows(root / POSTS_DB, found.named, runs)
    await storage.delete(found.media)
    remove_files(found.answers, root)
    problems = []
    for run, seeds in found.seeds.items():
        await _drop_lines(run, seeds)
        for name in EXPORTED:
            (run / name).unlink(missing_ok=True)
        problems += export(run, options, platforms, with_database=False)
    return problems


def count(found: ForgetPlan) -> Counter[str]:
    """Return the numbers of posts, envelopes, files and runs, for people."""
    envelopes = sum(map(len, found.seeds.values()))
    files = len(found.media) + len(found.answers)
    return Counter(posts=len(found.posts), envelopes=envelopes, files=files, runs=len(found.seeds))


def _see(result: Result, ids: Mapping[str, str], known: Recogniser) -> Seen:
    """Return the post that the seed of *result* led to: by its record, the name of its answer, or its link."""
    record, platform = result.record, platform_of(result.envelope)
    if record is not None:
        return Seen(record["platform"], record["id"])
    post_id = ids.get(short_id(str(result.envelope.get("request_id"))))
    if post_id is not None:
        return Seen(platform, post_id)
    refs = (ref for _, ref in known.scan(_link(result)) if isinstance(ref, Ref) and ref.kind != "short")
    ref = next(refs, None)
    return Seen(platform, None) if ref is None else Seen(ref.platform, ref.id)


def _link(result: Result) -> str:
    return str((result.envelope.get("params") or {}).get("url"))


def _answers(run: Path) -> Iterator[tuple[str, str, Path]]:
    """Yield id, request and path of each saved answer of a run."""
    for path in (run / RAW).glob("raw_*"):
        named = parse_name(path.name)
        if named is not None:
            yield *named, path


def _files(record: Mapping[str, Any]) -> Iterator[str]:
    """Yield the paths of a record's files."""
    for medium in record["media"]:
        yield from (file["path"] for file in medium["files"])


async def _drop_lines(run: Path, seeds: set[str]) -> None:
    """Remove the lines of *seeds* from the run's files, and the seeds from its ledger."""
    for name in (POSTS, ENVELOPES):
        keep_lines(run / name, lambda line: line["seed"] not in seeds)
    (run / WORKER).unlink(missing_ok=True)  # a shared ledger will see this folder as a new worker
    if (run / LEDGER).exists():
        await _drop_seeds(run, seeds)


async def _drop_seeds(run: Path, seeds: set[str]) -> None:
    ledger = SQLiteLedger(run / LEDGER)
    try:
        finished = (await ledger.run()).finished
        await ledger.drop(seeds)
        await recover(run, ledger)
        await ledger.note(finished=finished)
    finally:
        await ledger.close()
