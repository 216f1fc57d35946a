"""The command reference of docs/commands.md: what each command's help says, and the exit codes that its docstring names."""

import argparse
import re
from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from textwrap import fill as wrap

from scrapy.commands import ScrapyCommand
from scrapy.utils.project import get_project_settings

from scraper import commands

_BLOCK = re.compile(r"(<!-- command: (?P<name>[a-z]+) -->\n).*?(<!-- end -->)", re.DOTALL)
_EXIT_CODES = re.compile(r"Exit code (.+?)\.?\s*\Z", re.DOTALL)
_SHARED = frozenset({"config"})
"""Options of every command of the project: the page names them once, with Scrapy's own."""
_EXAMPLE = " Example: "
_WIDE = 160


def fill(page: str) -> str:
    """Return *page* with the help of each command that it names between its marks."""
    return _BLOCK.sub(lambda found: f"{found[1]}{_describe(found['name'])}{found[3]}", page)


def named(page: str) -> list[str]:
    """Return the commands that *page* names."""
    return [found["name"] for found in _BLOCK.finditer(page)]


def command_names() -> list[str]:
    """Return the names of this project's commands."""
    return [module.name for module in iter_modules(commands.__path__)]


def load_command(name: str) -> ScrapyCommand:
    """Return the command *name*, as ``scrapy`` makes it."""
    command: ScrapyCommand = import_module(f"scraper.commands.{name}").Command()
    command.settings = get_project_settings()
    return command


def _describe(name: str) -> str:
    command = load_command(name)
    words, _, example = command.long_desc().partition(_EXAMPLE)
    parts = [f"```\nscrapy {name} {command.syntax()}\n```\n", f"{wrap(words, _WIDE)}\n"]
    if rows := list(_options(command)):
        parts.append(_table("Option", rows))
    parts.append(_table("Exit code", _exit_codes(command)))
    if example:
        parts.append(f"Example: `{example}`\n")
    return "\n".join(parts)


def _table(head: str, rows: list[tuple[str, str]]) -> str:
    return "".join((f"| {head} | Meaning |\n|---|---|\n", *(f"| {name} | {words} |\n" for name, words in rows)))


def _options(command: ScrapyCommand) -> Iterator[tuple[str, str]]:
    """Yield the options that *command* adds to those of every command."""
    own, inherited = (argparse.ArgumentParser(add_help=False, conflict_handler="resolve") for _ in range(2))
    command.add_options(own)
    ScrapyCommand.add_options(command, inherited)
    known = {action.dest for action in inherited._actions} | _SHARED
    for action in own._actions:
        if action.dest not in known:
            value = f" {action.metavar}" if isinstance(action.metavar, str) else ""
            names = ", ".join(f"`{_escape(name + value)}`" for name in action.option_strings)
            yield names, _escape(action.help or "")


def _exit_codes(command: ScrapyCommand) -> list[tuple[str, str]]:
    """Return each exit code with its meaning, from the docstring of the command's class."""
    found = _EXIT_CODES.search(type(command).__doc__ or "")
    assert found, f"{type(command).__module__}: the docstring of Command names no exit code"
    codes = (part.partition(": ") for part in " ".join(found[1].split()).split("; "))
    return [(code, _escape(meaning.replace("``", "`"))) for code, _, meaning in codes]


def _escape(words: str) -> str:
    return words.replace("|", "\\|")
