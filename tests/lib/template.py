"""A database cluster made and migrated once, which the instances of the tests begin with: making one and migrating
it is most of what starting a small instance takes. How a cluster is made is tested by fault/test_instance.py."""
import contextlib
import fcntl
import hashlib
import shutil
import subprocess

import psycopg2

import instance
from steps import TOP

FOLDER = TOP / "build/test/template"
MIGRATED = "migrated"  # a migrated database beside the instance's own, to be copied by CREATE DATABASE
SOURCES = ["migrations/*", "demo/instance", "demo/lib/*", "conf/*.in", "bin/suyuan"]


def digest():
    found = hashlib.sha256()
    for path in sorted(path for pattern in SOURCES for path in TOP.glob(pattern)):
        found.update(b"%s\0%s\0" % (path.name.encode(), path.read_bytes()))
    return found.hexdigest()[:16]


@contextlib.contextmanager
def alone():
    """Lanes that start at once: the first makes it, the others wait."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with open(FOLDER / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def add_migrated(var, run):
    """The database MIGRATED in the instance in `var`."""
    env = instance.read(var).env
    admin = psycopg2.connect(f"host={instance.socket_folder(env['DATABASE_URL'])} user=postgres dbname=postgres")
    admin.autocommit = True
    admin.cursor().execute(f"CREATE DATABASE {MIGRATED} OWNER suyuan_owner")
    admin.close()
    config = var / "run/migrated.conf"
    config.write_text(f"database_url = {env['DATABASE_URL'].rpartition('/')[0]}/{MIGRATED}\n")
    run(TOP / "bin/suyuan", "--config", config, "migrate")


def make(made):
    """The data folder `made`, by an instance beside it."""
    var = made.with_name("making")

    def run(*command):
        subprocess.run(command, env=instance.command_env(var, 18000), check=True, timeout=120, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL)
    run(instance.SCRIPT, "wipe")  # what is left of one that was cut off
    try:
        run(instance.SCRIPT, "up-db")
        run(TOP / "bin/suyuan", "migrate")
        add_migrated(var, run)
        run(instance.SCRIPT, "down")
        (var / "postgres/data").rename(made)
    finally:
        run(instance.SCRIPT, "wipe")


def cluster():
    """The data folder of the cluster; its server does not run."""
    made = FOLDER / f"data-{digest()}"
    with alone():
        if not made.exists():
            for old in FOLDER.glob("data-*"):
                shutil.rmtree(old)
            make(made)
    return made


def put(var, durable=False):
    """Lets the instance that is made in `var` begin with it. Unless it is to be `durable`, the kernel is not asked to
    write to disk what it holds: a difference only to who pulls the plug."""
    data = var / "postgres/data"
    if data.exists():
        return
    data.parent.mkdir(parents=True, exist_ok=True)
    # Whole or not at all, as demo/instance makes it.
    subprocess.run(["cp", "-a", cluster(), data.with_name("copy")], check=True)
    if not durable:
        with open(data.with_name("copy") / "postgresql.auto.conf", "a") as settings:
            settings.write("fsync = off\n")
    data.with_name("copy").rename(data)
