"""``report.html``: one page that holds all its content but the media, opens from disk and sends no request."""

import base64
import html
import json
from collections.abc import Mapping
from hashlib import sha256
from importlib.resources import files
from typing import Any

_BREAKS = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})


def make_page(title: str, data: Mapping[str, Any]) -> str:
    """
    Return the page that shows *data*, JSON values as scraper/exports/report/data.py makes them.

    Its policy allows only its own script and style, by their hashes, and pictures, videos and sounds from the place of
    the page itself.
    """
    css, js = _read("page.css"), _read("page.js")
    policy = (
        f"default-src 'none'; script-src {_hash(js)}; style-src {_hash(css)}; "
        "img-src 'self' file:; media-src 'self' file:; base-uri 'none'; form-action 'none'"
    )
    holes = {
        "csp": policy,
        "title": html.escape(title),
        "css": css,
        "data": json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(_BREAKS),
        "js": js,
    }
    page, *parts = _read("page.html").split("{{")
    for part in parts:
        name, _, rest = part.partition("}}")
        page += holes[name] + rest
    return page


def _read(name: str) -> str:
    return (files("scraper.exports.report") / name).read_text("utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(sha256(text.encode()).digest()).decode()}'"
