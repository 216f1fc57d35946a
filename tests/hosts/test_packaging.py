"""The egg that Scrapyd gets, the lock, and the set-up of .venv."""

import re
import shutil
import stat
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.project import PACKAGES, ROOT, copy_project, pins

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def tree_names(root: Path) -> set[str]:
    """Every module and data file that the egg must hold."""
    return {str(file.relative_to(root)) for package in PACKAGES for file in (root / package).rglob("*") if file.is_file()}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tree, to build in."""
    return copy_project(tmp_path_factory.mktemp("egg"))


@pytest.fixture(scope="module")
def egg(copy: Path) -> zipfile.ZipFile:
    """The egg as scrapyd-deploy builds it."""
    command = [sys.executable, "setup.py", "-q", "clean", "-a", "bdist_egg"]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    (path,) = (copy / "dist").glob("*.egg")
    return zipfile.ZipFile(path)


def test_egg_holds_the_tree_and_nothing_else(egg: zipfile.ZipFile, copy: Path) -> None:
    names = {name for name in egg.namelist() if not name.startswith("EGG-INFO/") and "__pycache__" not in name}
    assert names == tree_names(copy)
    assert {"scraper/__init__.py", "scraper/py.typed"} < names


def test_egg_names_the_settings(egg: zipfile.ZipFile) -> None:
    assert "settings = scraper.settings" in egg.read("EGG-INFO/entry_points.txt").decode()


def test_every_folder_with_modules_is_a_package() -> None:
    folders = {file.parent for package in (*PACKAGES, "tests") for file in (ROOT / package).rglob("*.py")}
    assert [str(folder.relative_to(ROOT)) for folder in folders if not (folder / "__init__.py").is_file()] == []


# The lock


@pytest.mark.parametrize(
    ("lock", "wanted"),
    [
        ("requirements.txt", PROJECT["dependencies"]),
        ("requirements-dev.txt", PROJECT["dependencies"] + PROJECT["optional-dependencies"]["dev"]),
        ("requirements-scrapyd.txt", PROJECT["dependencies"] + PROJECT["optional-dependencies"]["scrapyd"]),
    ],
)
def test_lock_satisfies_the_project(lock: str, wanted: list[str]) -> None:
    locked = pins(lock)
    requirements = [Requirement(text) for text in wanted]
    unmet = [str(r) for r in requirements if locked.get(canonicalize_name(r.name), "0") not in r.specifier]
    assert unmet == [], "run `make lock`"


@pytest.mark.parametrize("name", ["requirements-dev.txt", "requirements-scrapyd.txt"])
def test_the_locks_agree(name: str) -> None:
    assert pins("requirements.txt").items() <= pins(name).items()


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "requirements-scrapyd.txt", "pyproject.toml"])
def test_no_package_index_is_named(name: str) -> None:
    assert not re.search(r"https?://|--(extra-)?index-url|--find-links|-f ", (ROOT / name).read_text())


def test_installed_packages_fit_together() -> None:
    done = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("target", ["setup", "demo", "test", "check", "bench", "soak", "lab", "egg", "scrapyd", "clean"])
def test_make_has_the_target_and_helps_with_it(target: str) -> None:
    def make(*arguments: str) -> str:
        return subprocess.run(["make", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=30, check=True).stdout

    assert make("-n", target)
    assert f"make {target} " in make()


# tools/venv, with an interpreter and a pip that are shell scripts

PYTHON = """#!/bin/sh
case "$*" in
*"sys.version_info < (3, 11)"*) exit {old} ;;
*"import ensurepip, venv"*) exit {bare} ;;
*"% sys.version_info"*) echo 3.11 ;;
*"-m venv"*) mkdir -p .venv/bin && cp "$0" .venv/bin/python && echo venv >>log ;;
*"-m pip install"*) echo pip >>log && exit {pip} ;;
esac
"""


class Machine:
    """A clone with tools/venv, and the Pythons that PATH holds."""

    def __init__(self, root: Path) -> None:
        self.root, self.bin = root / "clone", root / "bin"
        (self.root / "tools").mkdir(parents=True)
        self.bin.mkdir()
        for name in ("tools/venv", "requirements-dev.txt"):
            shutil.copy(ROOT / name, self.root / name)
        for name in ("dirname", "cmp", "cp", "rm", "mkdir", "grep", "flock", "sh"):
            (self.bin / name).symlink_to(shutil.which(name) or "/bin/false")
        self.program("id", "#!/bin/sh\necho 1000\n")

    def program(self, name: str, text: str) -> Path:
        path = self.bin / name
        path.write_text(text)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return path

    def python(self, name: str, *, old: int = 0, bare: int = 0, pip: int = 0) -> Path:
        return self.program(name, PYTHON.format(old=old, bare=bare, pip=pip))

    def run(self, *args: str, **environ: str) -> subprocess.CompletedProcess[str]:
        environ = {"PATH": str(self.bin)} | environ
        return subprocess.run([self.root / "tools/venv", *args], env=environ, capture_output=True, text=True, timeout=30, check=False)

    def log(self) -> list[str]:
        """What was done since the last call."""
        path = self.root / "log"
        done = path.read_text().split() if path.exists() else []
        path.unlink(missing_ok=True)
        return done


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_setup_once_then_nothing(machine: Machine) -> None:
    machine.python("python3")
    assert machine.run().returncode == 0
    assert machine.log() == ["venv", "pip"]
    again = machine.run()
    assert (again.returncode, again.stderr, machine.log()) == (0, "", [])


def test_setup_after_a_new_lock_installs_over(machine: Machine) -> None:
    machine.python("python3")
    machine.run()
    machine.log()
    (machine.root / "requirements-dev.txt").write_text("scrapy==2.19.0\n")
    assert machine.run().returncode == 0
    assert machine.log() == ["pip"]


def test_setup_of_another_folder_leaves_the_first_alone(machine: Machine) -> None:
    script = PYTHON.replace(".venv/bin", ".cache/host/bin")
    machine.program("python3", script.format(old=0, bare=0, pip=0))
    (machine.root / "host.txt").write_text("scrapyd==1.6.0\n")
    done = machine.run(".cache/host", "host.txt")
    assert (done.returncode, machine.log()) == (0, ["venv", "pip"])
    assert "making .cache/host" in done.stderr
    assert not (machine.root / ".venv").exists()
    assert (machine.run(".cache/host", "host.txt").stderr, machine.log()) == ("", [])


def test_setup_interrupted_starts_anew(machine: Machine) -> None:
    machine.python("python3", pip=1)
    assert machine.run().returncode == 2
    machine.log()
    machine.python("python3")
    assert machine.run().returncode == 0
    assert machine.log() == ["venv", "pip"]


def test_setup_completes_a_venv_made_by_hand(machine: Machine) -> None:
    shutil.copy(machine.python("python3"), machine.root)
    (machine.root / ".venv/bin").mkdir(parents=True)
    (machine.root / "python3").rename(machine.root / ".venv/bin/python")
    assert machine.run().returncode == 0
    assert machine.log() == ["pip"]


def test_setup_with_a_dead_interpreter_starts_anew(machine: Machine) -> None:
    machine.python("python3")
    machine.run()
    machine.log()
    (machine.root / ".venv/bin/python").unlink()
    assert machine.run().returncode == 0
    assert machine.log() == ["venv", "pip"]


def test_setup_twice_at_once(machine: Machine) -> None:
    machine.python("python3")
    runs = [subprocess.Popen([machine.root / "tools/venv"], env={"PATH": str(machine.bin)}, stderr=subprocess.DEVNULL) for _ in range(4)]
    assert [run.wait(timeout=30) for run in runs] == [0, 0, 0, 0]
    assert machine.log() == ["venv", "pip"]


def test_setup_passes_over_shims_that_fail_and_old_pythons(machine: Machine) -> None:
    machine.program("python3.13", "#!/bin/sh\necho 'no such version' >&2\nexit 127\n")
    machine.python("python3.12", bare=1)
    machine.python("python3.11")
    machine.python("python3", old=1)
    done = machine.run()
    assert done.returncode == 0
    assert f"{machine.bin}/python3.11" not in done.stderr
    assert machine.log() == ["venv", "pip"]


def test_setup_takes_the_named_python_only(machine: Machine) -> None:
    machine.python("python3")
    done = machine.run(PYTHON="python9")
    assert done.returncode == 2
    assert done.stderr == "setup: no Python 3.11 or newer among: python9; install one, or name it with PYTHON=...\n"


def test_setup_without_a_python_says_so_in_one_line(machine: Machine) -> None:
    machine.python("python3", old=1)
    done = machine.run()
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "no Python 3.11 or newer" in done.stderr


def test_setup_without_ensurepip_says_what_to_type(machine: Machine) -> None:
    machine.python("python3", bare=1)
    done = machine.run()
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "apt-get install python3.11-venv" in done.stderr


def test_setup_as_root_installs_ensurepip(machine: Machine) -> None:
    machine.python("python3", bare=1)
    machine.program("id", "#!/bin/sh\necho 0\n")
    healed = PYTHON.format(old=0, bare=0, pip=0)
    machine.program("healed", healed)
    machine.program("apt-get", f'#!/bin/sh\ncase "$*" in *install*python3.11-venv*) cp {machine.bin}/healed {machine.bin}/python3 ;; esac\n')
    assert machine.run().returncode == 0
    assert machine.log() == ["venv", "pip"]
