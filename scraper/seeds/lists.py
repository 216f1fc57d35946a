"""Seed lists: a file, a folder of files, standard input, an address."""

import logging
import os
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from hashlib import file_digest, sha256
from io import BufferedReader, BytesIO, FileIO
from pathlib import Path, PurePath
from urllib.parse import urlsplit

from scraper.errors import ErrorCode, UsageError
from scraper.links.recogniser import Recogniser
from scraper.model.seed import Seed
from scraper.seeds.csv_list import parse_sheet
from scraper.seeds.lines import parse_lines
from scraper.seeds.list_text import ListText, Readable
from scraper.seeds.shards import read_shard
from scraper.text.redaction import strip_query
from scraper.text.unicode import clean_text
from scraper.text.values import is_address, quote, read_path

logger = logging.getLogger(__name__)

PIPE = "pipe"
"""The fingerprint of a list that cannot be read twice: its run cannot be continued."""
_STDIN = "-"
_FIRST_LINES, _FIRST_TEXT = 100_000, 1 << 24
"""Lines and characters that the check before the crawl reads in search of a seed."""
_CHUNK = 1 << 16
_SHOWN = 5
_SHEETS = {"text/csv": ".csv", "text/tab-separated-values": ".tsv"}
"""Suffixes of CSV files by content type."""
_SUFFIXES = (".txt", ".list", *_SHEETS.values(), ".jsonl", ".ndjson", ".json", "")
"""Suffixes of the lists in a folder; each may be followed by .gz."""


def is_url(name: str | None) -> bool:
    """Whether *name* is the address of a list rather than a file."""
    return name is not None and name.lower().startswith(("http://", "https://"))


def locate_list(name: str) -> str:
    """Return *name* with ``~`` as the home folder; raise UsageError where there is none."""
    return str(read_path("seeds", name)) if name.startswith("~") else name


def read_seeds(name: str, recogniser: Recogniser, column: str | None = None) -> Iterator[Seed]:
    """
    Yield the seeds of the list *name*; *column* is the column of links in CSV.

    The lists of a folder are read as one, with continuous line numbers. Raise UsageError if a list cannot be read to
    its end.
    """
    name = locate_list(name)
    reader = _Reader(recogniser, column)
    if not _is_folder(name):
        with open_seeds(name) as file:
            yield from reader.read(file, _shown(name), name, is_sheet=column is not None)
        return
    files, others = _list_folder(name)
    if others:
        more = ", …" if len(others) > _SHOWN else ""
        logger.warning("not read, as they are no lists: %s%s", ", ".join(map(ascii, others[:_SHOWN])), more)
    for path in files:
        first = reader.line
        with open_seeds(str(path)) as file:
            for seed in reader.read(file, str(path), path.name):
                yield _place(seed, path.name, first) if seed.rejected is ErrorCode.NO_URL else seed


def read_answer(
    address: str, kind: str, body: bytes, recogniser: Recogniser, column: str | None = None, most: int | None = None
) -> Iterator[Seed]:
    """
    Yield the seeds of the list in *body*, the answer of *address* with the Content-Type *kind*.

    Raise UsageError as read_seeds() does, and if the list unpacks to more than *most* bytes.
    """
    suffix = _SHEETS.get(kind.partition(";")[0].strip().lower(), "")
    reader, path = _Reader(recogniser, column, most=most), urlsplit(address).path
    name = path if _suffix(path) in _SHEETS.values() else f"answer{suffix}"
    return reader.read(BytesIO(body), strip_query(address), name, is_sheet=column is not None)


def pick_seeds(seeds: Iterator[Seed], shard: str | None) -> Iterator[Seed]:
    """Return the seeds of the part *shard* (``i/N``, None = all), lazily."""
    if shard is None:
        return seeds
    part = read_shard(shard)
    return (seed for seed in seeds if part.takes(seed.canonical))


def check_seeds(name: str, recogniser: Recogniser, column: str | None = None) -> None:
    """Raise UsageError for a list that cannot be read or holds no seed; a pipe is left untouched."""
    name = locate_list(name)
    if is_url(name) and not is_address(name):
        shown = name.partition("?")[0].rpartition("@")[2]
        raise UsageError(f"seeds: expected an address, got {quote(shown)}: write seeds=https://HOST/list.txt")
    if name == _STDIN or is_url(name) or stat.S_ISFIFO(_mode(name)):
        return
    is_folder = _is_folder(name)
    files = _list_folder(name)[0] if is_folder else [Path(name)]
    if is_folder and column is not None and not any(_suffix(path.name) in _SHEETS.values() for path in files):
        raise UsageError(f"column: {name} holds no file that ends in .csv or .tsv: leave it out")
    is_empty = True
    for path in files:
        reader = _Reader(recogniser, column, is_trial=True)
        with open_seeds(str(path)) as file:
            seeds = reader.read(file, str(path), path.name, is_sheet=column is not None and not is_folder)
            if next(seeds, None) is not None or reader.is_cut:
                is_empty = False
            reader.skip()
    if is_empty:
        raise UsageError(f"seeds: {name} holds no seed: write one link or share text a line")


@contextmanager
def open_seeds(name: str) -> "Iterator[BufferedReader[FileIO]]":
    """Open the seed list *name* (``-`` = standard input); raise UsageError if it cannot be opened or read."""
    if name == _STDIN and (sys.stdin is None or sys.stdin.closed):
        raise UsageError("seeds: standard input is closed: give a file, or pipe the list in")
    try:
        # standard input is opened anew, too: a thread that waits in sys.stdin.buffer would abort the interpreter
        with BufferedReader(FileIO(name if name != _STDIN else os.dup(sys.stdin.fileno())), _CHUNK) as file:
            yield file
    except OSError as error:
        raise _unreadable(_shown(name), error) from error


class _Reader:
    """Reads the files of a list one after the other."""

    def __init__(
        self, recogniser: Recogniser, column: str | None, *, most: int | None = None, is_trial: bool = False
    ) -> None:
        self._recogniser = recogniser
        self._column = column
        self._most = most
        self._is_trial = is_trial
        self._text: ListText
        self.line = 1
        """The number of the next line."""
        self.is_cut = False
        """Whether the trial ended before the end of the file."""

    def read(self, file: Readable, shown: str, name: str, *, is_sheet: bool = False) -> Iterator[Seed]:
        """Yield the seeds of *file*, called *shown* in messages; it is CSV if *is_sheet* is set, or by its *name*."""
        self._text, suffix = ListText(file, shown, self._most), _suffix(name)
        lines = self._count(self._try(self._text) if self._is_trial else self._text)
        if not is_sheet and suffix not in _SHEETS.values():
            return parse_lines(lines, self._recogniser, first_line=self.line)
        return parse_sheet(
            lines,
            self._recogniser,
            name=shown,
            column=self._column,
            delimiter="\t" if suffix == ".tsv" else None,
            first_line=self.line,
        )

    def skip(self) -> None:
        """Unpack the rest of a packed file, to find damage in it."""
        if self._text.is_packed:
            self._text.skip()

    def _try(self, lines: Iterable[str]) -> Iterator[str]:
        size = 0
        for number, line in enumerate(lines):
            self.is_cut = number == _FIRST_LINES or size > _FIRST_TEXT
            if self.is_cut:
                return
            size += len(line)
            yield line

    def _count(self, lines: Iterable[str]) -> Iterator[str]:
        for line in lines:
            self.line += 1
            yield line


def _list_folder(name: str) -> tuple[list[Path], list[str]]:
    """Return the lists in the folder *name*, and the names of its other files; hidden files are left out."""
    try:
        paths = sorted(path for path in Path(name).iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise _unreadable(name, error) from error
    files = {path: None for path in paths if _suffix(path.name) in _SUFFIXES and _is_file(path)}
    if not files:
        endings = ", ".join(filter(None, _SUFFIXES))
        raise UsageError(f"seeds: {name} holds no list: expected files that end in {endings}, with or without .gz")
    return list(files), [path.name for path in paths if path not in files]


def _unreadable(name: str, error: OSError) -> UsageError:
    return UsageError(f"seeds: cannot read {name}: {error.strerror}: give a list or a folder of lists")


def _is_file(path: Path) -> bool:
    """Whether *path* is a regular file or cannot be stat'ed (opening it then reports the error)."""
    return stat.S_IFMT(_mode(path)) in (0, stat.S_IFREG)


def _place(seed: Seed, name: str, first: int) -> Seed:
    """Add the file and line of a rejected *seed* to its problem."""
    return replace(seed, problem=f"{clean_text(name)}, line {seed.line - first + 1}: {seed.problem or 'holds no link'}")


def _suffix(name: str) -> str:
    path = PurePath(name.lower())
    return PurePath(path.stem).suffix if path.suffix == ".gz" else path.suffix


def _shown(name: str) -> str:
    return "standard input" if name == _STDIN else name


def _is_folder(name: str) -> bool:
    return name != "" and stat.S_ISDIR(_mode(name))


def _mode(path: str | Path) -> int:
    try:
        return Path(path).stat().st_mode
    except OSError:
        return 0


def source_of(urls: str | None, seeds: str | None, column: str | None = None, shard: str | None = None) -> str:
    """Return a fingerprint of the seed list that these spider arguments name."""
    source = fingerprint(locate_list(seeds or "")) if urls is None else f"urls:{sha256(urls.encode()).hexdigest()}"
    if source == PIPE:
        return PIPE
    parts = [source] if column is None else [source, f"column={column.strip()}"]
    return " ".join(parts if shard is None else [*parts, f"shard={read_shard(shard)}"])


def fingerprint(name: str) -> str:
    """Return a fingerprint of the list's content and, in a folder, of the file names; PIPE for a pipe."""
    if is_url(name):
        return f"url:{name}"
    if _is_folder(name):
        every = sha256()
        for path in _list_folder(name)[0]:
            every.update(b"%b\0%b\0" % (os.fsencode(path.name), _digest(str(path)).encode()))
        return f"folder:{every.hexdigest()}"
    return f"file:{_digest(name)}" if stat.S_ISREG(_mode(name)) else PIPE


def _digest(name: str) -> str:
    with open_seeds(name) as file:
        return file_digest(file, "sha256").hexdigest()
