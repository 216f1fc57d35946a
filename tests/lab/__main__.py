"""``python -m tests.lab``: play the platforms on this machine until SIGTERM or SIGINT."""

import argparse
import asyncio
import json
import signal
from collections.abc import Sequence

from tests.lab.faults import HELP, parse_fault, parse_rate
from tests.lab.lab import Lab, Options
from tests.lab.twitter.guests import GuestRules


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve, and print one JSON line when ready."""
    options, with_stdin = _options(arguments)
    asyncio.run(_serve(options, with_stdin))


def _options(arguments: Sequence[str] | None) -> tuple[Options, bool]:
    parser = argparse.ArgumentParser(prog="python -m tests.lab", description=__doc__, epilog=HELP)
    parser.add_argument("-v", "--verbose", action="store_true", help="one line a request on standard error")
    parser.add_argument("--port", type=int, default=0, help="of the proxy; default: any that is free")
    parser.add_argument("--latency", type=float, default=0.0, metavar="MS", help="before any answer")
    parser.add_argument(
        "--chain-token",
        choices=("page", "once"),
        default="page",
        help="renew tt_chain_token on every post page, or never",
    )
    rules = GuestRules()
    parser.add_argument("--guest-life", type=float, default=rules.life, metavar="S", help="of X's guest tokens")
    parser.add_argument("--guest-budget", type=int, default=rules.budget, metavar="N", help="posts a token and window")
    parser.add_argument("--guest-window", type=float, default=rules.window, metavar="S", help="of that budget")
    parser.add_argument(
        "--feature", action="append", default=[], metavar="NAME", help="one more feature that X's GraphQL must be told"
    )
    parser.add_argument(
        "--fault", action="append", default=[], metavar="KIND:REGEX[:TIMES]", help="disturb requests whose URL matches"
    )
    parser.add_argument(
        "--rate-fault", action="append", default=[], metavar="KIND:REGEX:PROBABILITY", help="disturb some of them"
    )
    parser.add_argument("--many", type=int, default=0, metavar="N", help="have N more video posts on each platform")
    parser.add_argument("--list-many", action="store_true", help="list them too")
    parser.add_argument("--with-stdin", action="store_true", help="end when standard input does")
    given = parser.parse_args(arguments)
    try:
        for specs, read in ((given.fault, parse_fault), (given.rate_fault, parse_rate)):
            for spec in specs:
                read(spec)
    except ValueError as error:
        parser.error(str(error))
    options = Options(
        port=given.port,
        latency=given.latency / 1000,
        chain_token=given.chain_token,
        guest_rules=GuestRules(life=given.guest_life, budget=given.guest_budget, window=given.guest_window),
        features=tuple(given.feature),
        faults=tuple(given.fault),
        rate_faults=tuple(given.rate_fault),
        many=given.many,
        list_many=given.list_many,
        verbose=given.verbose,
    )
    return options, given.with_stdin


async def _serve(options: Options, with_stdin: bool) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if with_stdin:
        loop.add_reader(0, stop.set)  # no program writes to this pipe: it becomes readable when the other end is closed
    lab = Lab(options)
    try:
        await lab.start()
        print(json.dumps(lab.banner), flush=True)
        await stop.wait()
    finally:
        await lab.stop()


if __name__ == "__main__":
    main()
