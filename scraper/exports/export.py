"""The exports of a finished run, made of its envelopes, records and answers: tables, summary, report."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

from scraper.envelopes.envelope import platform_of
from scraper.errors import UsageError
from scraper.exports.csv_table import open_table
from scraper.exports.options import ExportOptions
from scraper.exports.posts_db import NAME as POSTS_DB
from scraper.exports.posts_db import PostsDb
from scraper.exports.report.data import ReportData
from scraper.exports.report.page import make_page
from scraper.exports.rows import read_post, read_rest, read_seed
from scraper.exports.summary_answers import Row, read_file
from scraper.exports.summary_files import JSON as SUMMARY_JSON
from scraper.exports.summary_files import Summary
from scraper.exports.tables import PostRow, RunRow, SeedRow, columns, values
from scraper.platform.contract import Platform
from scraper.runs.folder import POSTS
from scraper.runs.info import RunInfo
from scraper.runs.results import Result, read_kept, read_results, read_run
from scraper.system.atomic import write_whole

POSTS_CSV = "posts.csv"
REPORT = "report.html"
_PROBLEMS = (OSError, sqlite3.Error, UsageError)


def export(
    folder: Path, options: ExportOptions, platforms: Iterable[Platform], *, with_database: bool = True
) -> list[str]:
    """Write the exports of the run in *folder* that *options* choose; return a line for each that failed."""
    problems = []
    parts: tuple[tuple[bool, str, Callable[[], None]], ...] = (
        (options.tables, POSTS_CSV, partial(write_csv, folder, options)),
        (options.tables and with_database, POSTS_DB, partial(write_database, folder)),
        (options.summary, SUMMARY_JSON, partial(write_summary, folder, options, platforms)),
        (options.report, REPORT, partial(write_report, folder)),
    )
    for is_wanted, name, write in parts:
        try:
            if is_wanted:
                write()
        except _PROBLEMS as error:
            problems.append(f"{folder / name} cannot be written: {error}")
    return problems


def write_csv(folder: Path, options: ExportOptions) -> None:
    """Write ``posts.csv``; raise OSError or UsageError."""
    with open_table(folder / POSTS_CSV, columns(PostRow), guard=options.guard) as add:
        for _, _, post in read_rows(folder, read_run(folder).name):
            if post is not None:
                add(values(post))


def write_database(folder: Path) -> None:
    """Bring ``posts.db`` up to date; raise OSError, sqlite3.Error or UsageError."""
    run = read_run(folder)
    name = run.name
    counts = [0, 0]
    with PostsDb(folder / POSTS_DB, name) as database:
        for result, seed, post in read_rows(folder, name):
            counts[seed.error is not None] += 1
            database.add([seed])
            if post is not None and result.record is not None:
                database.add([post, *read_rest(result.record, seed)])
        database.add([_run_row(run, *counts)])


def write_report(folder: Path) -> None:
    """Write ``report.html``; raise OSError or UsageError."""
    run = read_run(folder)
    name = run.name
    counts, data = [0, 0], ReportData()
    for result, seed, post in read_rows(folder, name):
        counts[seed.error is not None] += 1
        data.add(seed, post, result.record)
    row = _run_row(run, *counts)
    write_whole(folder / REPORT, make_page(f"Crawl report {name}", data.make(row, run.stats)))


def write_summary(folder: Path, options: ExportOptions, platforms: Iterable[Platform]) -> None:
    """Write the summary of a run: a row for each answer of a platform that has one; raise OSError."""
    with Summary(folder, str(folder), guard=options.guard) as summary:
        for row in read_summary(folder, platforms):
            summary.add(row)


def read_summary(folder: Path, platforms: Iterable[Platform]) -> Iterator[Row]:
    """Yield a row for each saved answer of the run in *folder*, in the order seeds finished; raise OSError."""
    chosen = {platform.name: platform for platform in platforms if platform.has_aweme}
    for envelope, path in read_kept(folder):
        platform = chosen.get(platform_of(envelope))
        if platform is not None:
            yield read_file(path, [platform], envelope)


def read_rows(folder: Path, run: str) -> Iterator[tuple[Result, SeedRow, PostRow | None]]:
    """Yield each result with its rows; raise UsageError for a record of another version or program."""
    for result in read_results(folder):
        seed = read_seed(result.envelope, run)
        try:
            post = None if result.record is None else read_post(result.record, seed)
        except (KeyError, TypeError, IndexError, AttributeError) as error:
            problem = f"the record of seed {seed.seed} is not of this version ({type(error).__name__}: {error})"
            raise UsageError(f"{folder / POSTS}: {problem}: move the file away") from error
        yield result, seed, post


def _run_row(run: RunInfo, ok: int, failed: int) -> RunRow:
    return RunRow(
        run=run.name,
        spider=run.spider,
        started=run.started,
        ended=run.ended,
        reason=run.reason,
        seeds=ok + failed,
        ok=ok,
        failed=failed,
    )
