"""Cut a post page to the part worth saving: the values that were read, without those about the viewer."""

import json

from scraper.errors import PayloadError
from scraper.posts.scripts import find_scripts, load_json
from spiders.tiktok.payload.answer import POST_SCOPES, SCOPE, SCRIPTS

KEPT = (*POST_SCOPES, "seo.abtest")


def find_state(page: str) -> str | None:
    """Return the page's state as JSON, cut to the scopes of the post; None if the page has no such scope."""
    for name, body in find_scripts(page):
        if name != SCRIPTS[0]:
            continue
        try:
            state = load_json(body, f"script#{name}")
        except PayloadError:
            return None
        scope = state.get(SCOPE) if isinstance(state, dict) else None
        if isinstance(scope, dict) and any(key in scope for key in POST_SCOPES):
            return json.dumps({SCOPE: {key: scope[key] for key in KEPT if key in scope}}, ensure_ascii=False)
    return None
