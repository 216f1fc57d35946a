"""A Redis that may go away and come back."""

import asyncio
import logging
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from importlib.resources import files
from typing import Any

from redis import Redis as Blocking
from redis import exceptions as problems
from redis.asyncio import Redis

from scraper.errors import UsageError
from scraper.ledger.redis_address import Address

logger = logging.getLogger(__name__)

VERSION = 1
"""Of the keys; another one is another run."""
_AWAY = (problems.ConnectionError, problems.TimeoutError, problems.ReadOnlyError, OSError)
"""It is being started, or another one takes its place, or the network is away."""
_REFUSALS = (problems.AuthenticationError, problems.AuthorizationError)
"""These are connection errors to redis-py; waiting mends none of them."""
_HURRY = 5.0
"""Seconds for which it is waited for at the start and the end of a run."""
_OVER = "OVER "
"""What ledger.lua says to a worker of an earlier run."""
_FIRST, _LONGEST = 0.1, 5.0
"""Seconds between two tries."""
_ANSWER = 30.0
"""Seconds within which a Redis that is well answers."""


class Server:
    """
    The keys of one run in a Redis.

    While it is away each call waits, as long as it takes. Once *is_hurried* returns True a call waits five seconds at
    most, and later ones not at all: UsageError is raised.
    """

    def __init__(self, address: Address, is_hurried: Callable[[], bool] = lambda: True) -> None:
        self._address = address
        self.is_hurried = is_hurried
        self._prefix = f"scraper:{{{address.run}}}:{VERSION}"
        self._loop: asyncio.AbstractEventLoop | None = None
        self._redis: Any
        self._script: Any
        self._is_away = False
        self._has_given_up = False
        self.outages = 0
        """How often it was away so far."""

    async def call(self, *args: Any) -> Any:
        """Have ledger.lua do what its first argument says."""
        return await self._try(lambda: self._script(keys=[self._prefix], args=args))

    async def ask(self, command: str, key: str, *args: Any) -> Any:
        """Run a command that changes nothing on a key of the run."""
        return await self._try(lambda: self._redis.execute_command(command, f"{self._prefix}:{key}", *args))

    async def scan(self, key: str) -> AsyncIterator[dict[str, str]]:
        """Yield all of a hash, some fields at a time; one may come twice, one that is added meanwhile not at all."""
        cursor: Any = 0
        while True:
            cursor, page = await self.ask("HSCAN", key, cursor, "COUNT", 1000)
            yield page
            if not int(cursor):
                return

    async def close(self) -> None:
        """Close the connections; what is asked later opens new ones."""
        if self._loop is asyncio.get_running_loop():
            await self._redis.aclose()
        self._loop = None

    async def _try(self, ask: Callable[[], Awaitable[Any]]) -> Any:
        """Return what *ask* comes to, however often it takes."""
        hurried_since, delay = None, _FIRST
        while True:
            try:
                self._connect()
                answer = await ask()
            except _REFUSALS as error:
                raise UsageError(_refusal(self._address, error)) from error
            except _AWAY as error:
                self._note_outage()
                if self.is_hurried():
                    hurried_since = hurried_since or time.monotonic()
                    if self._has_given_up or time.monotonic() - hurried_since > _HURRY:
                        self._has_given_up = True
                        raise UsageError(_no_answer(self._address, error)) from error
            except problems.ResponseError as error:
                if not str(error).startswith("BUSY"):  # it is at work for another client
                    raise UsageError(_refusal(self._address, error)) from error
            except problems.RedisError as error:
                raise UsageError(_refusal(self._address, error)) from error
            else:
                if self._is_away:
                    self._is_away = False
                    logger.warning("the ledger at %s answers again", self._address.shown)
                return answer
            await asyncio.sleep(delay * random.uniform(0.5, 1))
            delay = min(2 * delay, _LONGEST)

    def _note_outage(self) -> None:
        if not self._is_away:
            self._is_away = True
            self.outages += 1
            if not self.is_hurried():
                logger.warning("the ledger at %s does not answer: waiting for it", self._address.shown)

    def _connect(self) -> None:
        """Have a client for the loop that runs: the last steps of a run that was forced have a loop of their own."""
        if self._loop is asyncio.get_running_loop():
            return
        self._loop = asyncio.get_running_loop()
        self._redis = Redis.from_url(
            self._address.url, decode_responses=True, socket_timeout=_ANSWER, socket_connect_timeout=5
        )
        text = files("scraper.ledger").joinpath("ledger.lua").read_text("utf-8")
        self._script = self._redis.register_script(text)


def check_server(address: Address) -> None:
    """Raise UsageError for a Redis that does not answer, or may evict what it holds. Blocking."""
    try:
        with Blocking.from_url(address.url, socket_timeout=5, socket_connect_timeout=5) as client:
            memory, persistence = client.info("memory"), client.info("persistence")
    except _REFUSALS as error:
        raise UsageError(_refusal(address, error)) from error
    except _AWAY as error:
        raise UsageError(_no_answer(address, error)) from error
    except problems.RedisError as error:
        raise UsageError(_refusal(address, error)) from error
    if memory.get("maxmemory") and memory.get("maxmemory_policy") != "noeviction":
        policy = memory.get("maxmemory_policy")
        problem = f"LEDGER: {address.shown} throws keys away when it is full ({policy})"
        raise UsageError(f"{problem}: set its maxmemory-policy to noeviction")
    if not persistence.get("aof_enabled"):
        logger.warning("the ledger at %s keeps nothing when it ends: set its appendonly to yes", address.shown)


def _no_answer(address: Address, error: BaseException) -> str:
    return f"LEDGER: {address.shown} does not answer: {_words(error)}: start it, or mend LEDGER"


def _refusal(address: Address, error: BaseException) -> str:
    words = _words(error)
    if words.startswith(_OVER):
        return f"LEDGER: {address.shown}: {words.removeprefix(_OVER)}: start this worker again"
    return f"LEDGER: {address.shown} refuses: {words}: mend LEDGER, or that Redis"


def _words(error: BaseException) -> str:
    """Return what an error of redis-py says, on one line; its addresses hold no credentials."""
    return " ".join(str(error).split())[:200] or type(error).__name__
