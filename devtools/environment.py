"""The virtual environment in .venv: made once, then again when a lock file changes.

A stamp file in it names what was installed. It is taken away before anything is changed and
written last, so a .venv without a stamp was left by a run that failed, and is made anew.
"""

from __future__ import annotations

import ast
import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from devtools.console import Failure, say

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "ringwell-stamp.json"
# What we make on a server that others use is called so; two checkouts do not meet there.
CHECKOUT = f"ringwell_{hashlib.sha256(bytes(ROOT)).hexdigest()[:8]}"
UV = "uv==0.13.8"
LOCKS = {"runtime": "requirements.txt", "dev": "requirements-dev.txt"}
# The other SDK, never in .venv itself; what it needs is there (see ga.py).
GA_LOCK = "requirements-ga.txt"
# What an operator may add to the runtime; the dev lock holds it too, in the same versions.
OTEL_LOCK = "requirements-otel.txt"
WHEELS_ONLY = ["--require-hashes", "--only-binary", ":all:"]
LOCK_OPTIONS = [
    *("--universal", "--python-version", "3.11", "--generate-hashes", "--quiet"),
    *("--no-emit-index-url", "--no-emit-find-links", "--custom-compile-command", "./dev lock"),
]
# uv does not read pip's configuration: what it is called there, and what uv calls it.
PIP_TO_UV = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "cert": "SSL_CERT_FILE",
}


def use_a_new_enough_python() -> None:
    """Go on under Python 3.11 or newer, found on PATH or brought by uv, else say what to do."""
    if sys.version_info >= (3, 11):  # noqa: UP036  (this module is written for older ones too)
        return
    for name in ("python3.11", "python3.12", "python3.13"):
        path = shutil.which(name)
        if path:
            os.execv(path, [path, *sys.argv])
    if shutil.which("uv"):
        say("This Python is too old; uv brings Python 3.11")
        subprocess.run(["uv", "python", "install", "3.11"], check=True)
        found = subprocess.check_output(["uv", "python", "find", "3.11"], text=True).strip()
        os.execv(found, [found, *sys.argv])
    version = ".".join(map(str, sys.version_info[:2]))
    sys.exit(f"Ringwell needs Python 3.11 or newer; this is {version}. Install python3.11 or uv.")


def setup(*, dev: bool) -> None:
    """Make .venv hold what the locks say; nothing to do when its stamp says so already."""
    wanted = ["runtime", "dev"] if dev else ["runtime"]
    with only_one(ROOT / ".dev.lock", "Another ./dev is at work on .venv; waiting for it"):
        stamp = read_stamp()
        if all(stamp.get(name) == fingerprint(name) for name in wanted):
            return
        # What is there already is kept up to date too, so the two sets never disagree.
        names = [name for name in LOCKS if name in wanted or name in stamp]
        if not stamp:
            shutil.rmtree(VENV, ignore_errors=True)
        STAMP.unlink(missing_ok=True)
        say(f"Installing {' and '.join(LOCKS[name] for name in names)} into .venv")
        install([LOCKS[name] for name in names])
        write_stamp({name: fingerprint(name) for name in names})
        say("The environment is ready")


@contextlib.contextmanager
def only_one(path: Path, waiting: str) -> Iterator[None]:
    """Hold an exclusive lock, which the system frees however this process ends."""
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(waiting)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def fingerprint(name: str) -> str:
    """The lock file's content and the place of .venv, whose scripts hold its path."""
    return hashlib.sha256((ROOT / LOCKS[name]).read_bytes() + bytes(VENV)).hexdigest()


def read_stamp() -> dict[str, str]:
    if not PYTHON.exists():  # also a dangling link: the Python it was made from is gone
        return {}
    try:
        return dict(json.loads(STAMP.read_text()))
    except (OSError, ValueError):
        return {}


def write_stamp(stamp: dict[str, str]) -> None:
    draft = STAMP.with_suffix(".draft")
    draft.write_text(json.dumps(stamp))
    draft.replace(STAMP)


def install(files: list[str], *options: str) -> None:
    """Install with uv, which takes seconds, else with pip, which every configuration allows."""
    requirements = [*options, *(word for file in files for word in ("-r", file))]
    uv = find_uv()
    if uv:
        command = [uv, "pip", "install", "--python", str(PYTHON), *WHEELS_ONLY, *requirements]
        if run(command, env={**os.environ, **uv_settings()}):
            return
        say("uv could not install the packages; trying pip")
    if not run([str(PYTHON), "-m", "pip", "--version"]):
        make_venv()
    if not run([str(PYTHON), "-m", "pip", "install", *WHEELS_ONLY, *requirements]):
        raise Failure("pip could not install the packages; its last lines say why.")


def find_uv() -> str | None:
    """The uv on PATH, else one installed into .venv; makes .venv where there is none."""
    on_path = shutil.which("uv")
    create = ["venv", "--python", base_python(), str(VENV)]
    if on_path and (PYTHON.exists() or run([on_path, *create])):
        return on_path
    if not PYTHON.exists():
        make_venv()
    inside = VENV / "bin" / "uv"
    if not inside.exists():
        run([str(PYTHON), "-m", "pip", "install", "--only-binary", ":all:", UV])
    return str(inside) if inside.exists() else None


def lock(options: list[str]) -> None:
    """Renew the lock files from the index alone: a folder of wheels knows too few hashes."""
    uv = find_uv()
    if not uv:
        raise Failure("locking needs uv, which could not be installed.")
    env = {**os.environ, **uv_settings("index-url", "cert")}
    for target in (LOCKS["runtime"], OTEL_LOCK, LOCKS["dev"], GA_LOCK):
        source = target.replace(".txt", ".in")
        say(f"Locking {source} into {target}")
        alone = ["--no-deps"] if target == GA_LOCK else []
        command = [uv, "pip", "compile", source, "--output-file", target, *LOCK_OPTIONS, *alone]
        if not run([*command, *options], env=env):
            raise Failure(f"{source} could not be locked; the lines above say why.")


def make_venv() -> None:
    say("Making .venv")
    command = [base_python(), "-m", "venv", str(VENV)]
    if has_ensurepip() and run(command):
        return
    package = f"python3.{sys.version_info.minor}-venv"
    hint = f"apt-get install --yes {package}"
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise Failure(f"This Python cannot make virtual environments. Type:\n    sudo {hint}")
    apt_install(package)
    shutil.rmtree(VENV, ignore_errors=True)
    if not run(command):
        raise Failure(f"{' '.join(command)} failed; its last lines say why.")


def has_ensurepip() -> bool:
    """Debian keeps ensurepip in a package of its own."""
    probe = [base_python(), "-c", "import ensurepip, venv"]
    return subprocess.run(probe, stderr=subprocess.DEVNULL).returncode == 0


def base_python() -> str:
    """The Python outside any virtual environment, which may be the .venv about to go."""
    return str(getattr(sys, "_base_executable", None) or sys.executable)


def uv_settings(*names: str) -> dict[str, str]:
    """What pip is configured with in uv's words, unless uv has its own: all of it, or `names`."""
    listing = subprocess.run(
        [base_python(), "-m", "pip", "config", "list"], capture_output=True, text=True
    ).stdout
    found: dict[str, str] = {}
    for line in listing.splitlines():
        key, _, value = line.partition("=")
        found[key.rpartition(".")[2]] = str(ast.literal_eval(value))
    for name in PIP_TO_UV:  # the environment wins, and may be all there is where pip is missing
        found[name] = os.environ.get("PIP_" + name.upper().replace("-", "_"), found.get(name, ""))
    # pip asks all indexes alike; the hashes in the locks make that safe for uv too.
    return {"UV_INDEX_STRATEGY": "unsafe-best-match"} | {
        PIP_TO_UV[name]: value.replace("\n", " ")
        for name, value in found.items()
        if name in (names or PIP_TO_UV) and value and PIP_TO_UV[name] not in os.environ
    }


def apt_install(*packages: str) -> None:
    """Install Debian packages as root, without the packages they merely recommend."""
    say(f"Installing {' '.join(packages)} with apt-get")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", "install", "--yes", "--no-install-recommends", *packages]
    if not run(["apt-get", "update"], env=env) or not run(command, env=env):
        raise Failure(f"{' '.join(command)} failed; its last lines say why.")


def run(command: list[str], env: dict[str, str] | None = None) -> bool:
    """Run a command in the project's folder, its output in sight; tell whether it succeeded."""
    try:
        return subprocess.run(command, cwd=ROOT, env=env).returncode == 0
    except OSError as error:
        say(f"{command[0]}: {error.strerror}")
        return False
