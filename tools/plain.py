#!/usr/bin/env python3
"""Plain English in docstrings, comments, messages and docs, held by a short list of rules: a part of `make check`."""

import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

FOLDERS = ("scraper", "spiders", "pipelines", "tools")
"""Folders of the code to check."""
PAGES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/**/*.md")


class Rule(NamedTuple):
    """Words to avoid, and better ones."""

    pattern: re.Pattern[str]
    instead: str


class Passage(NamedTuple):
    """A piece of prose: one docstring, comment, sentence or page."""

    path: str
    line: int
    text: str
    is_docstring: bool = False


class Fault(NamedTuple):
    """A place where a rule is broken."""

    path: str
    line: int
    words: str
    instead: str


def _rule(pattern: str, instead: str) -> Rule:
    return Rule(re.compile(pattern, re.IGNORECASE), instead)


RULES = (
    _rule(r"\b(?:told|tells)\b", "report, return, log, send or show; distinguish X from Y"),
    _rule(r"\b(?:go|goes|going|gone|went)\s+on\s+with\b", "continue"),
    _rule(r"(?<!there )\b(?:is|are|was|were)\s+(?-i:none)\b", "is not one, there is no …, or None"),
    _rule(r"\b(?:who|whoever)\s+asks\b", "the caller"),
    _rule(r"\bnobody\b", "name the noun: no worker, no caller, no reader"),
    _rule(r"\b(?:be|is|are|was|were)\s+had\b", "can be fetched, is available"),
    _rule(r"\bas\s+(?:it\s+is|they\s+are)(?=\s*(?:[.,;:)|]|\Z))", "unchanged"),
)
DOCSTRING_RULES = (
    _rule(r"\A\s*(?:what|who|whom|whose|which|how|where|why)(?:ever)?\b", "begin with a noun or a verb"),
    _rule(r"\A\s*(?:return|yield|give)s?\s+(?:what|who|whom|whose)\b", "name the noun: Return the …"),
)
"""Rules for the first words of a docstring."""
_CODE = re.compile(
    r"^[ ]*(?P<fence>```+|~~~+).*?^[ ]*(?P=fence)[ ]*$|(?P<tick>`+)(?:(?!\n\s*\n).)+?(?P=tick)",
    re.DOTALL | re.MULTILINE,
)
_TARGET = re.compile(r"(?<=\]\()[^)\s]+|https?://\S+")
_SENTENCE = re.compile(r"[^\W\d_]{2,}[,;:]?\s+[^\W\d_]{2,}")


def main(root: Path) -> int:
    """Print the faults of the tree at *root*; return the exit code."""
    faults = list(find_faults(root))
    for fault in faults:
        print(f"{fault.path}:{fault.line}: {fault.words!r}: say instead: {fault.instead}", file=sys.stderr)
    return 1 if faults else 0


def find_faults(root: Path) -> Iterator[Fault]:
    """Yield the faults of the code and the pages at *root*."""
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*.py")):
            for passage in read_code(path.relative_to(root).as_posix(), path.read_text("utf-8")):
                yield from judge(passage)
    for pattern in PAGES:
        for path in sorted(root.glob(pattern)):
            yield from judge(Passage(path.relative_to(root).as_posix(), 1, path.read_text("utf-8")))


def judge(passage: Passage) -> Iterator[Fault]:
    """Yield the faults of *passage*; code spans, code blocks and addresses in it are exempt."""
    prose = _TARGET.sub(_mask, _CODE.sub(_mask, passage.text))
    for rule in (*RULES, *DOCSTRING_RULES) if passage.is_docstring else RULES:
        for found in rule.pattern.finditer(prose):
            start = found.start() + len(found[0]) - len(found[0].lstrip())
            line = passage.line + prose.count("\n", 0, start)
            yield Fault(passage.path, line, " ".join(found[0].split()), rule.instead)


def _mask(found: re.Match[str]) -> str:
    return re.sub(r"[^\n]", "_", found[0])


def read_code(path: str, code: str) -> Iterator[Passage]:
    """Yield docstrings, those of attributes too, then sentences in strings, then comments."""
    tree = ast.parse(code)
    docstrings = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    pieces = {piece for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for piece in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.expr) and node not in pieces and (text := _text(node)) is not None:
            is_docstring = node in docstrings
            if is_docstring or _SENTENCE.search(text):
                # a message counts as one line: the one on which it begins
                yield Passage(path, node.lineno, text if is_docstring else " ".join(text.split()), is_docstring)
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type == tokenize.COMMENT:
            yield Passage(path, token.start[0], token.string.lstrip("# "))


def _text(node: ast.expr) -> str | None:
    """Return the text of a string; None for anything else. Values in it are shown as ``…``."""
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(piece) or "…" for piece in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


if __name__ == "__main__":
    raise SystemExit(main(Path(__file__).parents[1]))
