"""The connection to a Redis that may fail and recover."""

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
"""Version of the keys; another version is another run."""
_AWAY = (problems.ConnectionError, problems.TimeoutError, problems.ReadOnlyError, OSError)
"""Errors to wait for: Redis is starting, is being replaced, or cannot be reached."""
_REFUSALS = (problems.AuthenticationError, problems.AuthorizationError)
"""Connection errors of redis-py that waiting does not solve."""
_HURRY = 5.0
"""Seconds to wait for Redis at the start and the end of a run."""
_OVER = "OVER "
"""Error message of ledger.lua for a worker of an earlier run."""
_FIRST, _LONGEST = 0.1, 5.0
"""Seconds between two tries."""
_ANSWER = 30.0
"""Seconds within which a healthy Redis answers."""


class Server:
    """
    The keys of one run in a Redis.

    While Redis does not answer, each call waits without a limit. Once *is_hurried* returns True, a call waits five
    seconds at most, and later calls do not wait: they raise UsageError.
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
        """Number of outages so far."""

    async def call(self, *args: Any) -> Any:
        """Call the function of ledger.lua that the first argument names."""
        return await self._try(lambda: self._script(keys=[self._prefix], args=args))

    async def ask(self, command: str, key: str, *args: Any) -> Any:
        """Run a reading command on a key of the run."""
        return await self._try(lambda: self._redis.execute_command(command, f"{self._prefix}:{key}", *args))

    async def scan(self, key: str) -> AsyncIterator[dict[str, str]]:
        """Yield a hash in pages; a field may occur twice, and one that is added meanwhile may be missing."""
        cursor: Any = 0
        while True:
            cursor, page = await self.ask("HSCAN", key, cursor, "COUNT", 1000)
            yield page
            if not int(cursor):
                return

    async def close(self) -> None:
        """Close the connections; a later call opens new ones."""
        if self._loop is asyncio.get_running_loop():
            await self._redis.aclose()
        self._loop = None

    async def _try(self, ask: Callable[[], Awaitable[Any]]) -> Any:
        """Return the result of *ask*, and repeat it during an outage."""
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
                if not str(error).startswith("BUSY"):  # a script of another client is running
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
        """Make a client for the current event loop: the last steps of a forced end run in a loop of their own."""
        if self._loop is asyncio.get_running_loop():
            return
        self._loop = asyncio.get_running_loop()
        self._redis = Redis.from_url(
            self._address.url, decode_responses=True, socket_timeout=_ANSWER, socket_connect_timeout=5
        )
        text = files("scraper.ledger").joinpath("ledger.lua").read_text("utf-8")
        self._script = self._redis.register_script(text)


def check_server(address: Address) -> None:
    """Raise UsageError for a Redis that does not answer, or may evict keys. Blocking."""
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
        logger.warning("the ledger at %s loses all data when it stops: set its appendonly to yes", address.shown)


def _no_answer(address: Address, error: BaseException) -> str:
    return f"LEDGER: {address.shown} does not answer: {_words(error)}: start it, or mend LEDGER"


def _refusal(address: Address, error: BaseException) -> str:
    words = _words(error)
    if words.startswith(_OVER):
        return f"LEDGER: {address.shown}: {words.removeprefix(_OVER)}: start this worker again"
    return f"LEDGER: {address.shown} refuses: {words}: mend LEDGER, or that Redis"


def _words(error: BaseException) -> str:
    """Return the message of a redis-py error on one line; its addresses hold no credentials."""
    return " ".join(str(error).split())[:200] or type(error).__name__
