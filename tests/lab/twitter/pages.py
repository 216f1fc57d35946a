"""Pages: the shell of the site, which holds no post, and the pages of t.co for browsers."""

import html
import json
from functools import cache

from tests.lab.messages import Reply, page, redirect


def shell(token: str) -> Reply:
    """Return the page that every address of the site has; its script sets the guest token."""
    cookie = f'document.cookie="gt={token}; Max-Age=9000; Domain=.x.com; Path=/; Secure"'
    reply = page(f"{_head()}<script>{cookie}</script></head><body><div id='react-root'></div></body></html>")
    life = "Max-Age=63072000; Path=/; Domain=.x.com; Secure; SameSite=None"
    reply.headers.append(("Set-Cookie", f"guest_id=v1%3A{token}; {life}"))
    return reply


def lead_on(target: str, user_agent: str) -> Reply:
    """Return the answer of t.co: a redirect, or for a browser a page that redirects by itself."""
    if not user_agent.startswith("Mozilla/"):
        return redirect(target, 301)
    shown = html.escape(target)
    return page(
        f'<head><noscript><META http-equiv="refresh" content="0;URL={shown}"></noscript><title>{shown}</title></head>'
        f"<script>window.opener = null; location.replace({json.dumps(target).replace('/', chr(92) + '/')})</script>"
    )


def dead_link() -> Reply:
    """Return the answer of t.co for an unknown code."""
    return page(
        "<html><head><title>Page not found</title></head><body>Sorry, that page does not exist.</body></html>",
        404,
        "no such link",
    )


@cache
def _head() -> str:
    """Return the part that makes the page as large as a real one."""
    switches = {f"responsive_web_switch_{n}_enabled": {"value": n % 3 == 0} for n in range(4000)}
    state = {"featureSwitch": {"defaultConfig": switches}, "entities": {"tweets": {"entities": {}}}}
    return (
        '<!DOCTYPE html><html dir="ltr" lang="en"><head><meta charset="utf-8"><title>X</title>'
        f"<script>window.__INITIAL_STATE__={json.dumps(state, separators=(',', ':'))}</script>"
    )
