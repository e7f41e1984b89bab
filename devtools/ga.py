"""The other SDK, in a folder of its own that comes first on the path: Ringwell speaks either."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Iterator

from devtools.console import say
from devtools.environment import GA_LOCK, ROOT, VENV, install

GA = VENV / "ga"
# Inside the folder and written last, so that one without it was left by a run that failed.
STAMP = "ringwell-stamp"


@contextlib.contextmanager
def ga_sdk() -> Iterator[dict[str, str]]:
    make_ga()
    path = os.pathsep.join(filter(None, [str(GA), os.environ.get("PYTHONPATH")]))
    yield {"RINGWELL_SDK": "ga", "RINGWELL_GA_PATH": str(GA), "PYTHONPATH": path}


def make_ga() -> None:
    """Install what the lock says, alone: everything it needs is in .venv."""
    stamp, wanted = GA / STAMP, hashlib.sha256((ROOT / GA_LOCK).read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    shutil.rmtree(GA, ignore_errors=True)
    say(f"Installing {GA_LOCK} into {GA.relative_to(ROOT)}")
    install([GA_LOCK], "--no-deps", "--target", str(GA))
    stamp.write_text(wanted)
