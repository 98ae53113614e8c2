"""A migrated database of its own for each module: connections to it as each role, the command line on
it. Test modules import the fixtures they use: a conftest.py here would hide the one above."""
import pathlib
import re
import urllib.parse
import uuid

import psycopg2
import pytest

import conftest as top
from template import MIGRATED

SETTINGS = {"suyuan_owner": "database_url", "suyuan_public": "public_database_url",
            "suyuan_console": "console_database_url", "suyuan_jobs": "jobs_database_url"}


class Database:
    """A database, the settings to reach it by, and connections by role; all autocommit."""

    def __init__(self, instance, folder, migrated=False):
        self.instance, self.name = instance, f"test_{uuid.uuid4().hex}"
        self.settings = dict(re.findall(r"^(\w+) = (.*)$", instance.config.read_text(), re.M))
        self.folder = pathlib.Path(folder)
        self.superuser_url = f"host={instance.sockets} user=postgres dbname="
        self.create(migrated)
        self.config = self.folder / f"{self.name}.conf"
        self.config.write_text("".join(
            f"{k} = {v}\n" for k, v in {
                **self.settings,
                "database_url": self.url("suyuan_owner"), "jobs_database_url": self.url("suyuan_jobs"),
                "master_key_file": self.folder / f"{self.name}.key"}.items() if str(v)))
        self.connections = []

    def url(self, role):
        """Role and password are the instance's; sockets as this side of any chroot sees them."""
        user = urllib.parse.urlsplit(self.settings[SETTINGS[role]]).netloc.rpartition("@")[0]
        return f"postgresql://{user}@{urllib.parse.quote(str(self.instance.sockets), safe='')}/{self.name}"

    def connect(self, role):
        url = self.superuser_url + self.name if role == "postgres" else self.url(role)
        self.connections.append(top.connected(url))
        return self.connections[-1]

    def suyuan(self, *arguments, status=0, **more):
        return top.run_suyuan("--config", self.config, *arguments, status=status, **more)

    def create(self, migrated):
        """Empty, or as the template is, where the instance has one; what is granted on a database is not copied with it."""
        has = migrated and self.administer("SELECT 1 FROM pg_database WHERE datname = %s", MIGRATED)
        self.administer(f"CREATE DATABASE {self.name} OWNER suyuan_owner" + (f" TEMPLATE {MIGRATED}" if has else ""))
        if has:
            self.administer("""UPDATE pg_database SET datacl = (SELECT datacl FROM pg_database WHERE datname = %s)
                WHERE datname = %s""", MIGRATED, self.name)

    def administer(self, sql, *values):
        connection = top.connected(self.superuser_url + "postgres")
        try:
            return rows(connection, sql, values)
        finally:
            connection.close()

    def drop(self):
        for connection in self.connections:
            connection.close()
        self.administer(f"DROP DATABASE {self.name} WITH (FORCE)")


@pytest.fixture(scope="module")
def empty(instance, tmp_path_factory):
    database = Database(instance, tmp_path_factory.mktemp("sql"))
    yield database
    database.drop()


@pytest.fixture(scope="module")
def database(instance, tmp_path_factory):
    database = Database(instance, tmp_path_factory.mktemp("sql"), migrated=True)
    database.suyuan("migrate")  # what an instance that was kept may lack
    yield database
    database.drop()


def rows(connection, sql, values):
    """What the statement gives back, or [] where it gives nothing."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values or None)
        return cursor.fetchall() if cursor.description else []


def over(connection):
    """The same as the fixture `run`, over this connection whatever the role: for what fills a database."""
    return lambda _role, sql, *values: rows(connection, sql, values)


@pytest.fixture
def run(database):
    """run(role, sql, *values): the rows, over one connection a role that the test has for itself."""
    held = {}

    def query(role, sql, *values):
        if role not in held:
            held[role] = database.connect(role)
        return rows(held[role], sql, values)
    yield query
    for connection in held.values():
        connection.close()


def refused(function, *arguments):
    """Whether PostgreSQL says that this is not allowed (and for no other reason)."""
    try:
        function(*arguments)
    except psycopg2.errors.InsufficientPrivilege:
        return True
    return False
