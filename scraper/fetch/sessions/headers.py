"""The headers and cookies of a session in a plain request."""

import time
from urllib.parse import urlsplit

from scrapy import Request

from scraper.fetch.session import Session
from scraper.platform.session_rules import TokenRules


def attach_token(request: Request, session: Session, rules: TokenRules) -> None:
    """Add the guest's token to *request*, or the cookies of the user's account instead."""
    echo, name = rules.member_echo or ("", "")
    strip_session(request, rules.header, echo, *(header for header, _ in rules.member_headers))
    request.headers.update(rules.headers)
    if session.service is None:
        request.headers[rules.header] = session.token
        return
    request.headers.update(dict(rules.member_headers))
    cookies = attach_account(request, session)
    if name in cookies:
        request.headers[echo] = cookies[name]


def strip_session(request: Request, *names: str) -> None:
    """Remove the parts of a refused session from *request*: its cookies, and the headers *names*."""
    for header in ("Cookie", *names):
        request.headers.pop(header, None)


def attach_account(request: Request, session: Session) -> dict[str, str]:
    """Add the cookies of *session* that a browser would send there to *request*; return them."""
    cookies = session.cookies_for(urlsplit(request.url).hostname or "", time.time())
    request.headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
    if session.user_agent:
        request.headers["User-Agent"] = session.user_agent
    return cookies
