"""A PostgreSQL and a Redis of a test's own, to be stopped, killed and lied about, and lookup servers on them."""
import contextlib
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import threading

import psycopg2
import redis

import conftest
import instance as shared
import template
from patience import soon  # noqa: F401 for whoever has a place
from server import Server, children, wait_until
from shop import Shop
from steps import TOP, alive


class Place:
    """A private database with a brand in it; `durable`, as what ships is, for tests of what is lost."""

    def __init__(self, slug, durable=False):
        self.temporary = tempfile.TemporaryDirectory(prefix="suyuan-place-")
        self.folder = pathlib.Path(self.temporary.name)
        self.folder.chmod(0o755)
        self.var = self.folder / "var"
        self.environment = shared.command_env(self.var, shared.free_port_base())
        template.put(self.var, durable)
        self.script("up-db")
        self.env = shared.read(self.var).env
        for words in (["migrate"], ["key", "init"], ["key", "add"]):
            self.suyuan(*words, status=0)
        self.shop = Shop(self.suyuan, self.folder, slug, en="Faulty & Co", zh_CN="故障")

    def script(self, command):
        subprocess.run([TOP / "demo/instance", command], env=self.environment, check=True, timeout=120,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def suyuan(self, *words, **more):
        return conftest.run_suyuan(*words, **{"var": self.var, **more})

    def remove(self):
        self.resume_postgres()
        self.script("wipe")
        self.temporary.cleanup()

    def server(self, build="asan", **settings):
        """A lookup server on this database; without Redis unless `redis_url` says where."""
        return Server(build, **{
            "public_database_url": self.env["PUBLIC_DATABASE_URL"], "link_stem": "https://localhost",
            "master_key_file": self.var / "secrets/master.key", **settings})

    @contextlib.contextmanager
    def database(self):
        connection = psycopg2.connect(self.env["DATABASE_URL"])
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                yield cursor
        finally:
            connection.close()

    # --- accidents

    @property
    def postmaster(self):
        return int((self.var / "run/postgres.pid").read_text().split()[0])

    def signal_postgres(self, number):
        """The whole server, backends too."""
        main = self.postmaster
        for pid in [main, *children(main)]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def resume_postgres(self):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            self.signal_postgres(signal.SIGCONT)

    @contextlib.contextmanager
    def postgres_hung(self):
        self.signal_postgres(signal.SIGSTOP)
        try:
            yield
        finally:
            self.resume_postgres()

    def kill_postgres(self):
        main = self.postmaster
        self.signal_postgres(signal.SIGKILL)
        wait_until(lambda: not alive(main), 10)

    def start_postgres(self):
        self.script("up-db")


class Redis:
    """A redis-server of its own on a unix socket."""

    def __init__(self, password="sesame"):
        self.temporary = tempfile.TemporaryDirectory(prefix="suyuan-redis-")
        self.socket, self.password = f"{self.temporary.name}/s", password
        self.url = f"unix://:{password}@{self.socket}"
        self.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()
        self.temporary.cleanup()

    def start(self):
        self.process = subprocess.Popen(
            ["redis-server", "--port", "0", "--unixsocket", self.socket, "--save", "", "--appendonly", "no",
             "--requirepass", self.password, "--dir", self.temporary.name], stdout=subprocess.DEVNULL)
        self.client = redis.Redis(unix_socket_path=self.socket, password=self.password)
        wait_until(self.answers, 10)

    def answers(self):
        try:
            return self.client.ping()
        except redis.exceptions.ConnectionError:
            return False

    def kill(self):
        self.process.kill()
        self.process.wait()

    @contextlib.contextmanager
    def hung(self):
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)


class FakeRedis:
    """Something else on Redis's socket: `behave(connection)` runs for each connection."""

    def __init__(self, behave):
        self.temporary = tempfile.TemporaryDirectory(prefix="suyuan-redis-")
        self.path = f"{self.temporary.name}/s"
        self.url = f"unix://{self.path}"
        self.behave, self.served, self.closing = behave, 0, False
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.closing = True
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join(5)
        self.listener.close()
        self.temporary.cleanup()

    def run(self):
        while not self.closing:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.served += 1
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        with connection, contextlib.suppress(OSError):
            connection.settimeout(20)
            self.behave(connection)
