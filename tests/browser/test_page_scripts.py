"""A page cut inside the browser is read with the same result as the whole page."""

import json
import subprocess
from dataclasses import asdict

from playwright._impl._driver import compute_driver_executable

from scraper.fetch.browser.batch import _BOX
from scraper.platform.page_state import PageScripts, PageState
from scraper.posts.scripts import find_script, find_scripts, load_assigned, load_object

PATTERN = '<html><p>more</p><script id="state">{"page":{"post":"\\u003C/script>","junk":1}}</script></html>'
ASSIGNED = '<html><script>window.STATE = {"post":"\\u003C/script>","junk":1};(function(){})()</script></html>'


def cut(text: str, state: PageState | PageScripts) -> str:
    """Run the script of our in-page fetches on the page *text*."""
    answer = f"({{status: 200, url: '', headers: [], text: async () => {json.dumps(text)}}})"
    box = f"const box = ({_BOX.strip()})({json.dumps(asdict(state))}); box.send([[1, '', {{}}, 1000, 1e6]])"
    taken = "box.take().then(([[id, got]]) => console.log(JSON.stringify(got)))"
    script = f"globalThis.fetch = async () => {answer}; {box}; {taken}"
    done = subprocess.run([compute_driver_executable()[0], "-e", script], capture_output=True, text=True, check=True)
    return str(json.loads(done.stdout)["text"])


def test_a_state_that_holds_the_end_of_a_script_stays_whole() -> None:
    page = cut(PATTERN, PageState(script="state", scope="page", needed=("post",), kept=("post",)))
    assert load_object(find_script(page, "state") or "") == {"page": {"post": "</script>"}}


def test_an_assigned_state_that_holds_the_end_of_a_script_stays_whole() -> None:
    page = cut(ASSIGNED, PageScripts(marks=("STATE",), kept=(("STATE", ("post",)),)))
    [(_, script)] = find_scripts(page)
    assert load_assigned(script, "STATE") == {"post": "</script>"}
