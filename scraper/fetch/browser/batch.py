"""In-page fetches in batches: one call passes all waiting requests to the page, another takes all its answers."""

import asyncio
from collections.abc import Mapping
from itertools import count
from typing import Any

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import JSHandle, Page

# Runs in the page, in no global variable. The site's own scripts may hook fetch and add their signatures.
_BOX = """
(state) => {
  const slim = (script) => {
    for (const [name, keys] of state.kept) {
      const begin = script.search(new RegExp(`window\\\\.${name}\\\\s*=\\\\s*{`));
      if (begin < 0) continue;
      const open = script.indexOf("{", begin);
      for (const close of [script.indexOf(";(function", open), script.lastIndexOf("</script")]) {
        try {
          const whole = JSON.parse(script.slice(open, close));
          const kept = Object.fromEntries(keys.filter((key) => key in whole).map((key) => [key, whole[key]]));
          return `<script>window.${name}=${JSON.stringify(kept).replaceAll("<", "\\\\u003C")}</script>`;
        } catch {}
      }
    }
    return script;
  };
  const pick = (text) => {
    if (state.unless.some((words) => text.includes(words))) return text;
    const all = text.match(/<script[^]*?<\\/script>/gi) || [];
    const read = all.filter((one) => state.marks.some((mark) => one.includes(mark)));
    return read.length ? "<!DOCTYPE html>" + read.map(slim).join("\\n") : text;
  };
  const trim = (text) => {
    if (state && state.marks) return pick(text);
    const at = state ? text.indexOf(`<script id="${state.script}"`) : -1;
    if (at < 0) return text;
    try {
      const begin = text.indexOf(">", at) + 1;
      const scope = JSON.parse(text.slice(begin, text.indexOf("</script", begin)))[state.scope];
      if (!state.needed.some((key) => key in scope)) return text;
      const kept = Object.fromEntries(state.kept.filter((key) => key in scope).map((key) => [key, scope[key]]));
      const json = JSON.stringify({[state.scope]: kept}).replaceAll("<", "\\\\u003C");
      return `<!DOCTYPE html><script id="${state.script}" type="application/json">${json}</script>`;
    } catch {
      return text;
    }
  };
  const get = async (url, headers, timeout, limit) => {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), timeout);
    try {
      const answer = await fetch(url, {headers, credentials: "include", cache: "no-store", signal: abort.signal});
      const text = await answer.text();
      if (text.length > limit) return {error: "too large"};
      return {status: answer.status, url: answer.url, headers: [...answer.headers], text: trim(text)};
    } catch (error) {
      return {error: abort.signal.aborted ? "timeout" : String(error)};
    } finally {
      clearTimeout(timer);
    }
  };
  const come = [];
  let wake = () => {};
  return {
    send(asked) {
      for (const [id, ...what] of asked) get(...what).then((answer) => { come.push([id, answer]); wake(); });
    },
    async take() {
      if (!come.length) await new Promise((resolve) => { wake = resolve; });
      return come.splice(0);
    },
  };
}
"""

Answer = dict[str, Any]
"""``status``, ``url``, ``headers`` and ``text``; or ``error``: ``timeout``, ``too large`` or the browser's message."""


class BatchFetcher:
    """Sends requests into a page and collects answers; *state* selects parts of a page (platform/page_state.py)."""

    def __init__(self, page: Page, state: Mapping[str, Any] | None) -> None:
        self._page = page
        self._state = state
        self._box: asyncio.Task[JSHandle] | None = None
        self._ids = count()
        self._outgoing: list[list[Any]] = []
        self._expected: dict[int, asyncio.Future[Answer]] = {}
        self._sender: asyncio.Task[None] | None = None
        self._collector: asyncio.Task[None] | None = None

    async def ask(self, url: str, headers: Mapping[str, str], timeout: float, limit: int) -> Answer:
        """GET *url* in *timeout* milliseconds, at most *limit* characters; raise PlaywrightError for a dead page."""
        number = next(self._ids)
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._expected[number] = future
        self._outgoing.append([number, url, headers, timeout, limit])
        if self._sender is None or self._sender.done():
            self._sender = asyncio.ensure_future(self._send())
        try:
            return await future
        finally:
            self._expected.pop(number, None)

    def close(self) -> None:
        """End all waiting requests with an error."""
        for task in (self._sender, self._collector, self._box):
            if task is not None:
                task.cancel()
        self._fail(PlaywrightError("the page was closed"))

    async def _send(self) -> None:
        """Pass all waiting requests to the page, then those that arrived meanwhile."""
        try:
            while self._outgoing:
                asked, self._outgoing = self._outgoing, []
                box = await self._open()
                await box.evaluate("(box, asked) => box.send(asked)", asked)
                if self._collector is None or self._collector.done():
                    self._collector = asyncio.ensure_future(self._collect())
        except PlaywrightError as error:
            self._fail(error)

    async def _collect(self) -> None:
        """Distribute answers to their requests while any is expected."""
        try:
            while self._expected:
                box = await self._open()
                for number, answer in await box.evaluate("(box) => box.take()"):
                    future = self._expected.get(number)
                    if future is not None and not future.done():
                        future.set_result(answer)
                # Let each answered request remove itself from ``_expected``.
                await asyncio.sleep(0)
        except PlaywrightError as error:
            self._fail(error)

    async def _open(self) -> JSHandle:
        if self._box is None:
            self._box = asyncio.ensure_future(self._page.evaluate_handle(_BOX, self._state))
        return await asyncio.shield(self._box)

    def _fail(self, error: PlaywrightError) -> None:
        """End all expected requests with *error*: the page is gone, or another one has replaced it."""
        self._box = None
        self._outgoing.clear()
        for future in self._expected.values():
            if not future.done():
                future.set_exception(error)
