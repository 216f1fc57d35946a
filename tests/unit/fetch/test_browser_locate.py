"""The browser that is found, and the message if there is none."""

import json
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

import pytest

from scraper.errors import UsageError
from scraper.fetch.browser import install, locate
from scraper.fetch.browser.locate import BrowserPath, find_browser, is_snap_stub

SNAP_STUB = """#!/bin/sh
if ! [ -x /snap/bin/chromium ]; then
    echo "$0 needs the snap" >&2
    exit 1
fi
exec /snap/bin/chromium "$@"
"""


def program(path: Path, text: str = "#!/bin/sh\necho Chromium 156\n") -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return str(path)


def revision(name: str = "chromium") -> str:
    spec = find_spec("playwright")
    assert spec is not None
    assert spec.origin is not None
    data = json.loads((Path(spec.origin).parent / "driver/package/browsers.json").read_text())
    return next(str(browser["revision"]) for browser in data["browsers"] if browser["name"] == name)


@pytest.fixture(autouse=True)
def bare_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine with no browser: an empty PATH, home and list of usual places."""
    bin_dir = tmp_path / "bin"
    bin_dir.mkdir()
    monkeypatch.setenv("PATH", str(bin_dir))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("PLAYWRIGHT_BROWSERS_PATH", "XDG_CACHE_HOME", "SCRAPER_BROWSER_EXECUTABLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(locate, "_PATHS", (str(tmp_path / "opt/chrome"),))
    return bin_dir


@pytest.fixture
def no_apt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "_may_use_apt", lambda: False)


def playwright_build(root: Path, *, complete: bool = True, name: str = "chromium", inner: str = "chrome-linux64/chrome") -> str:
    folder = root / f"{name.replace('-', '_')}-{revision(name)}"
    path = program(folder / inner)
    if complete:
        (folder / "INSTALLATION_COMPLETE").touch()
    return path


def test_explicit_wins(tmp_path: Path, bare_machine: Path) -> None:
    program(bare_machine / "chromium")
    mine = program(tmp_path / "my chrome")
    assert find_browser(mine) == BrowserPath(mine, "setting")


def test_explicit_may_be_a_name_on_path(bare_machine: Path) -> None:
    path = program(bare_machine / "brave")
    assert find_browser("brave") == BrowserPath(path, "setting")


@pytest.mark.parametrize("make", ["nothing", "folder", "no right to run"])
def test_explicit_that_cannot_run_is_an_error_and_no_search(tmp_path: Path, bare_machine: Path, make: str) -> None:
    program(bare_machine / "chromium")
    path = tmp_path / "chrome"
    if make == "folder":
        path.mkdir()
    elif make == "no right to run":
        path.write_text("")
        path.chmod(0o644)
    with pytest.raises(UsageError, match=r"^BROWSER_EXECUTABLE: no program at .*chrome") as caught:
        find_browser(str(path))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("inner", ["chrome-linux64/chrome", "chrome-linux/chrome"])
def test_playwrights_own_comes_before_the_systems(tmp_path: Path, bare_machine: Path, inner: str) -> None:
    program(bare_machine / "google-chrome")
    own = playwright_build(tmp_path / "home/.cache/ms-playwright", inner=inner)
    assert find_browser(None) == BrowserPath(own, "playwright")


@pytest.mark.parametrize("inner", ["chrome-headless-shell-linux64/chrome-headless-shell", "chrome-linux/headless_shell"])
def test_headless_shell_will_do(tmp_path: Path, inner: str) -> None:
    own = playwright_build(tmp_path / "home/.cache/ms-playwright", name="chromium-headless-shell", inner=inner)
    assert find_browser(None) == BrowserPath(own, "playwright")


def test_browsers_path_and_cache_home_are_obeyed(tmp_path: Path) -> None:
    moved = playwright_build(tmp_path / "elsewhere")
    cached = playwright_build(tmp_path / "cache/ms-playwright")
    assert find_browser(None, {"PLAYWRIGHT_BROWSERS_PATH": str(tmp_path / "elsewhere")}).path == moved
    assert find_browser(None, {"XDG_CACHE_HOME": str(tmp_path / "cache")}).path == cached


def test_half_downloaded_and_older_builds_do_not_count(tmp_path: Path, bare_machine: Path) -> None:
    root = tmp_path / "home/.cache/ms-playwright"
    playwright_build(root, complete=False)
    program(root / "chromium-1/chrome-linux64/chrome")
    (root / "chromium-1/INSTALLATION_COMPLETE").touch()
    system = program(bare_machine / "chromium")
    assert find_browser(None) == BrowserPath(system, "system")


def test_system_names_in_order_then_usual_places(tmp_path: Path, bare_machine: Path) -> None:
    usual = program(tmp_path / "opt/chrome")
    assert find_browser(None).path == usual
    for name in ("chromium-headless-shell", "chromium-browser", "chromium", "google-chrome", "google-chrome-stable"):
        better = program(bare_machine / name)
        assert find_browser(None) == BrowserPath(better, "system")


def test_snap_stub_is_passed_over(tmp_path: Path, bare_machine: Path) -> None:
    stub = program(bare_machine / "chromium-browser", SNAP_STUB)
    assert is_snap_stub(Path(stub))
    with pytest.raises(UsageError):
        find_browser(None)
    program(tmp_path / "usr/bin/snap")
    (bare_machine / "chromium").symlink_to(tmp_path / "usr/bin/snap")
    with pytest.raises(UsageError):
        find_browser(None)


def test_no_browser_is_one_line_with_places_and_advice() -> None:
    with pytest.raises(UsageError) as caught:
        find_browser(None)
    text = str(caught.value)
    assert "\n" not in text
    for part in (f"~/.cache/ms-playwright/chromium-{revision()}", "google-chrome-stable", "playwright install chromium", "BROWSER_EXECUTABLE"):
        assert part in text


# install


def test_install_does_nothing_where_one_is_found(bare_machine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = program(bare_machine / "chromium")
    assert install.main() == 0
    assert capsys.readouterr().out == f"browser: {path} (system)\n"


def test_install_never_replaces_a_named_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert install.main({"SCRAPER_BROWSER_EXECUTABLE": str(tmp_path / "gone")}) == 2
    assert "no program at" in capsys.readouterr().err


def test_install_downloads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_apt: None) -> None:
    calls: list[tuple[str, ...]] = []

    def download(command: Iterable[str], *limits: float) -> None:
        calls.append(tuple(command)[1:])
        playwright_build(tmp_path / "home/.cache/ms-playwright")

    monkeypatch.setattr(install, "run_quietly", download)
    assert install.main() == 0
    assert calls == [("-m", "playwright", "install", "chromium")]


@pytest.mark.parametrize(("left", "code"), [("#!/bin/sh\n", 0), (SNAP_STUB, 2), (None, 2)], ids=["runs", "snap stub", "nothing"])
def test_install_takes_apt_when_nothing_can_be_downloaded(
    bare_machine: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], left: str | None, code: int
) -> None:
    def run(command: Iterable[str], *limits: float) -> str | None:
        name, *arguments = command
        if name != "apt-get":
            return "no way to the server"
        if left is not None and arguments[-1] == "chromium":
            program(bare_machine / "chromium", left)
        return None

    monkeypatch.setattr(install, "_may_use_apt", lambda: True)
    monkeypatch.setattr(install, "run_quietly", run)
    assert install.main() == code
    last = capsys.readouterr().err.splitlines()[-1]
    assert ("type `apt-get install chromium`" in last) == (code == 2)


def test_missing_libraries_are_installed_or_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    own = Path(playwright_build(tmp_path / "home/.cache/ms-playwright"))
    broken = "#!/bin/sh\necho 'error while loading shared libraries: libnss3.so' >&2\nexit 127\n"
    program(own, broken)
    monkeypatch.setattr(install, "_may_use_apt", lambda: False)
    assert install.main() == 2
    error = capsys.readouterr().err
    assert "libnss3.so" in error
    assert "playwright install-deps chromium" in error

    def mend(command: Iterable[str], *limits: float) -> None:
        assert tuple(command)[-2:] == ("install-deps", "chromium")
        program(own)

    monkeypatch.setattr(install, "_may_use_apt", lambda: True)
    monkeypatch.setattr(install, "run_quietly", mend)
    assert install.main() == 0


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("exit 0", None),
        ("echo noise; echo 'Error: no such host' >&2; echo more; exit 1", "Error: no such host"),
        ("echo 'last words'; exit 3", "last words"),
        ("exit 3", "exit code 3"),
        ("/bin/sleep 60 & wait", "no progress in time"),
        ("echo '| 10% of 160 MiB'; /bin/sleep 60", "no progress in time"),
    ],
)
def test_run_quietly(capsys: pytest.CaptureFixture[str], script: str, expected: str | None) -> None:
    assert install.run_quietly(["/bin/sh", "-c", script], 0.5) == expected
    shown = capsys.readouterr().err
    assert shown == ("browser: 10% of 160 MiB\n" if "%" in script else "")
