"""Everything of a post or an author leaves an output folder: files, answers, records, envelopes, rows."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from glob import escape
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from scraper import folder as files
from scraper.archive import Archive
from scraper.core.envelope import platform_of
from scraper.core.naming import safe_name
from scraper.drift import FOLDER as DRIFT
from scraper.exports.postsdb import NAME as POSTS_DB
from scraper.exports.postsdb import forget as forget_rows
from scraper.exports.run import export, run_id
from scraper.ledger.sqlite import SQLiteLedger
from scraper.options import ExportOptions
from scraper.platform import Platform
from scraper.rawfiles import MORE
from scraper.results import Result, read_kept, read_results, read_run
from scraper.store import NAME as MEDIA_DB


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A post by its id, or an author by handle or id."""

    name: str
    is_author: bool
    platform: str | None = None
    """None = on any."""

    def fits(self, result: Result) -> bool:
        """Whether *result* is of the post or author; where there is no record its link tells."""
        record = result.record
        if self.platform not in (None, platform_of(result.envelope), record and record["platform"]):
            return False
        if record is None:
            return self._is_in(str((result.envelope.get("params") or {}).get("url")))
        if not self.is_author:
            return bool(record["id"] == self.name)
        author = record["author"]
        return self.name.casefold() in (str(author["id"]).casefold(), str(author["handle"]).casefold())

    def _is_in(self, url: str) -> bool:
        parts = [unquote(part).removeprefix("@").casefold() for part in urlsplit(url).path.split("/")]
        return self.name.casefold() in parts


@dataclass(slots=True)
class Found:
    """What of a target lies in a folder."""

    posts: set[tuple[str, str]] = field(default_factory=set)
    """Platform and id."""
    paths: set[Path] = field(default_factory=set)
    """Media, their sidecars, answers."""
    seeds: dict[Path, set[str]] = field(default_factory=dict)
    """By the folder of their run."""


def find(root: Path, target: Target) -> Found:
    """Return what of *target* lies in *root* and its earlier runs; raise OSError."""
    found = Found()
    for run in [root, *sorted((root / "runs").glob("*"))]:
        if (run / files.ENVELOPES).is_file():
            seeds = _find_in(run, root, target, found)
            if seeds:
                found.seeds[run] = seeds
    found.paths = {path for path in found.paths if path.exists()}
    return found


def forget(root: Path, found: Found, options: ExportOptions, platforms: Iterable[Platform]) -> list[str]:
    """
    Remove *found* from *root*, whose lock the caller holds; return what could not be made anew.

    What may be in use elsewhere comes first, and the lines that name it go last: where this breaks off, the same call
    ends it. Raises OSError, UsageError.
    """
    runs = [(run_id(read_run(run)), seed) for run, seeds in found.seeds.items() for seed in seeds]
    if (root / MEDIA_DB).exists():
        with closing(Archive(root / MEDIA_DB)) as archive:
            for platform, post_id in found.posts:
                archive.forget_post(platform, post_id)
    if (root / POSTS_DB).exists():
        forget_rows(root / POSTS_DB, found.posts, runs)
    for path in found.paths:
        path.unlink(missing_ok=True)
    for folder in {path.parent for path in found.paths}:
        if folder.is_dir() and folder != root and not any(folder.iterdir()):
            folder.rmdir()
    problems = []
    for run, seeds in found.seeds.items():
        _drop_lines(run, seeds)
        for name in files.EXPORTED:
            (run / name).unlink(missing_ok=True)
        problems += export(run, options, platforms, with_database=False)
    return problems


def count(found: Found) -> Counter[str]:
    """Return how much was found, for people."""
    envelopes = sum(map(len, found.seeds.values()))
    return Counter(posts=len(found.posts), envelopes=envelopes, files=len(found.paths), runs=len(found.seeds))


def _find_in(run: Path, root: Path, target: Target, found: Found) -> set[str]:
    seeds: set[str] = set()
    for result in read_results(run):
        envelope = result.envelope
        if target.fits(result) or envelope.get("duplicate_of") in seeds:
            seeds.add(str(envelope["seed"]))
            if result.record is not None:
                found.posts.add((result.record["platform"], result.record["id"]))
                found.paths.update(_media(root, result.record))
    for envelope, path in read_kept(run):
        if envelope["seed"] in seeds:
            found.paths.update({path, path.with_name(f"{path.stem}{MORE}")})
    for platform, post_id in found.posts:
        found.paths.update((run / DRIFT / platform).glob(f"{safe_name(post_id)}.*"))
    return seeds


def _media(root: Path, record: Mapping[str, Any]) -> Iterator[Path]:
    """Yield the files of a record, with what lies beside them under their names: sidecars, parts."""
    for medium in record["media"]:
        for file in medium["files"]:
            name = PurePosixPath(file["path"])
            if name.is_absolute() or ".." in name.parts:
                continue
            path = root / name
            yield path
            if path.parent.is_dir():
                for end in (".json", ".*.part", ".*.part.json"):
                    yield from path.parent.glob(f"{escape(path.stem)}{end}")


def _drop_lines(run: Path, seeds: set[str]) -> None:
    """Take the lines of *seeds* out of the run's files, and the seeds out of its ledger."""
    for name in (files.POSTS, files.ENVELOPES):
        files.keep_lines(run / name, lambda line: line["seed"] not in seeds)
    if (run / files.LEDGER).exists():
        with closing(SQLiteLedger(run / files.LEDGER)) as ledger:
            finished = ledger.run.finished
            ledger.drop(seeds)
            files.recover(run, ledger)
            ledger.save(replace(ledger.run, finished=finished))
