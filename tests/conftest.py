"""What every Python test may ask for: the running instance, the command line, HTTPS, databases."""
import json
import os
import pathlib
import signal
import subprocess
import sys
import uuid

import psycopg2
import pytest
from hypothesis import settings

sys.path.insert(0, str(pathlib.Path(__file__).parent / "lib"))
import examples  # noqa: F401 its profiles
import instance as shared
from https import Https
from steps import LOGS, TOP

settings.load_profile("steady")

LONGEST_TEST = 1800 if os.environ.get("SUYUAN_LOOKS") == "all" else 400  # seconds


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item):
    """A test that hangs fails; the rest of its suite goes on."""
    def overdue(*_):
        raise TimeoutError(f"{item.nodeid} took longer than {LONGEST_TEST} s")
    before = signal.signal(signal.SIGALRM, overdue)
    signal.alarm(LONGEST_TEST)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture(scope="session")
def instance():
    """The running instance all tests share (tests/lib/instance.py)."""
    started = shared.start(LOGS / "instance.log")
    yield shared.read()
    if started:
        shared.stop(LOGS / "instance.log")


class Run:
    """What a command did."""

    def __init__(self, done):
        self.status, self.out, self.err = done.returncode, done.stdout, done.stderr

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def json_lines(self):
        return [json.loads(line) for line in self.out.splitlines()]


def suyuan_program():
    """`suyuan`, the sanitizer build where there is one."""
    asan = TOP / "build/asan/bin/suyuan"
    return asan if asan.exists() else TOP / "bin/suyuan"


def run_suyuan(*arguments, input=None, env=None, status=None, seconds=300, var=None, program=None):
    """Runs `suyuan ARGUMENTS`; texts in and out, or bytes if `input` is bytes. With `status` the
    exit status must be that."""
    done = subprocess.run(
        [program or suyuan_program(), *map(str, arguments)], input=input, capture_output=True,
        stdin=subprocess.DEVNULL if input is None else None, timeout=seconds,
        text=not isinstance(input, bytes),
        env={**shared.command_env(var or shared.VAR), **(env or {})})
    assert status is None or done.returncode == status, (done.args, done.returncode, done.stderr)
    return Run(done)


@pytest.fixture(scope="session")
def suyuan(instance):
    """Runs the command line against the instance: suyuan("batch", "--gtin", …, input=…)."""
    return run_suyuan


@pytest.fixture(scope="session")
def https(instance):
    """A client of `suyuand lookup`."""
    return Https(instance.env["SUYUAN_LOOKUP_URL"], instance.env["SUYUAN_CA"])


@pytest.fixture(scope="session")
def console(instance):
    """A client of `suyuand console`."""
    return Https(instance.env["SUYUAN_CONSOLE_URL"], instance.env["SUYUAN_CA"])


def connected(url):
    connection = psycopg2.connect(url)
    connection.autocommit = True
    return connection


@pytest.fixture
def owner_db(instance):
    """A connection as the schema's owner; autocommit."""
    connection = connected(instance.env["DATABASE_URL"])
    yield connection
    connection.close()


@pytest.fixture
def public_db(instance):
    """A connection as the lookup servers' role; autocommit."""
    connection = connected(instance.env["PUBLIC_DATABASE_URL"])
    yield connection
    connection.close()


@pytest.fixture
def superuser_db(instance):
    """A connection as PostgreSQL's superuser, to set a scene; autocommit."""
    connection = connected(f"host={instance.sockets} user=postgres dbname=suyuan")
    yield connection
    connection.close()


@pytest.fixture
def empty_database(instance, superuser_db):
    """An empty database of the schema's owner; its connection URL."""
    name = f"test_{uuid.uuid4().hex}"
    with superuser_db.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name} OWNER suyuan_owner")
        yield instance.env["DATABASE_URL"].rpartition("/")[0] + "/" + name
        cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def shared_data():
    """The folder of real test material; tests that need it are skipped without."""
    folder = pathlib.Path(os.environ.get("SUYUAN_SHARED_DATA", TOP.parent / "shared/data"))
    if not folder.is_dir():
        pytest.skip(f"no test material in {folder}")
    return folder
