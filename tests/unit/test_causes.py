"""Causes are values: no module decides anything by the words of an error or of a warning."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MESSAGES = {"raw_message", "message", "detail", "words", "reason", "problem", "strerror"}
"""Attributes with texts for people."""
SEARCHES = {"startswith", "endswith", "find", "index", "partition", "rpartition", "split"}
THEIRS = {
    "scraper/fetch/browser/failure.py",  # only Playwright's messages contain Chromium's codes
    "scraper/ledger/redis_server.py",  # the errors of Redis begin with their code
    "spiders/bilibili/payload/outcome.py",  # the site's own words in its answer
}
"""Modules that read texts of other programs, and turn them into values."""


def is_message(node: ast.expr) -> bool:
    """Whether *node* is the text of an error: ``str(error)`` or one of its messages, also with its case changed."""
    if isinstance(node, ast.BoolOp):
        return any(map(is_message, node.values))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("lower", "strip", "casefold"):
        return is_message(node.func.value)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "str" and node.args:
        return isinstance(node.args[0], ast.Name) and node.args[0].id in ("error", "failure", "exception", "problem")
    is_error = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    return is_error and node.attr in MESSAGES and node.value.id in ("error", "failure", "exception", "first", "last", "outcome")  # type: ignore[attr-defined]


def decisions(tree: ast.AST) -> Iterator[int]:
    """Yield the lines in which a text for people is compared or searched."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            is_none = any(isinstance(side, ast.Constant) and side.value is None for side in sides)
            if not is_none and any(map(is_message, sides)):
                yield node.lineno
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in SEARCHES:
            what = node.args[0] if node.args else None
            is_cut = isinstance(what, ast.Call) or (isinstance(what, ast.Constant) and what.value == "\n")  # one line of it, to be shown
            if is_message(node.func.value) and not is_cut:
                yield node.lineno


def test_no_decision_depends_on_a_message() -> None:
    found = {
        f"{path.relative_to(ROOT).as_posix()}:{line}"
        for folder in ("scraper", "spiders", "pipelines")
        for path in (ROOT / folder).rglob("*.py")
        if path.relative_to(ROOT).as_posix() not in THEIRS
        for line in decisions(ast.parse(path.read_text("utf-8")))
    }
    assert found == set()


@pytest.mark.parametrize(
    "text",
    [
        'if "captcha" in str(error): pass',
        'x = (error.raw_message or "").lower().startswith("status")',
        'if error.detail == "gone": pass',
        'x = error.raw_message.rpartition(" ")[2]',
        'x = "proxy" in (error.raw_message or "").lower()',
    ],
)
def test_a_decision_by_words_would_be_found(text: str) -> None:
    assert list(decisions(ast.parse(text)))


def test_a_message_may_be_shown() -> None:
    shown = 'x = f"{error}: {error.raw_message or error.code}"\nif error.raw_message is None: pass\ny = str(error).partition(chr(10))[0]'
    assert not list(decisions(ast.parse(shown)))
