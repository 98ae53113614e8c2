"""The instance the tests share: build/test/var, on ports that nobody else uses.

The driver starts one for each of its lanes. A suite run by hand starts one for itself; `tests/run
start` keeps one between such runs. SUYUAN_TEST_VAR names another running instance instead."""
import dataclasses
import os
import pathlib
import random
import shlex
import socket
import subprocess

from steps import TOP, run_logged

VAR = pathlib.Path(os.environ.get("SUYUAN_TEST_VAR", TOP / "build/test/var"))
SCRIPT = TOP / "demo/instance"


@dataclasses.dataclass(frozen=True)
class Instance:
    """A running instance: its folder and what demo.env says."""
    var: pathlib.Path
    env: dict

    @property
    def config(self):
        return self.var / "suyuan.conf"

    @property
    def sockets(self):
        """Folder of PostgreSQL's socket; also in URLs of further databases."""
        return socket_folder(self.env["DATABASE_URL"])

    def log(self, name):
        return self.var / "log" / f"{name}.log"


def socket_folder(url):
    import urllib.parse
    return urllib.parse.unquote(urllib.parse.urlsplit(url).netloc.rpartition("@")[2])


def command_env(var, port_base=None):
    """The environment for demo/instance and the programs of the instance in `var`."""
    env = {k: v for k, v in os.environ.items() if k not in ("SUYUAN_CONFIG", "SUYUAN_HOST")}
    env["SUYUAN_VAR"] = str(var)
    if port_base is not None:
        env["SUYUAN_PORT_BASE"] = str(port_base)
    return env


GIVEN = set()  # ports and port bases of who may not listen yet


def free_port_base():
    """A port base whose ports nobody listens on now; by chance, so that two who look at once differ."""
    for base in random.sample(range(19000, 32000, 10), 1300):
        if base not in GIVEN and all(port_is_free(base + offset) for offset in (443, 444, 447, 448)):
            GIVEN.add(base)
            return base
    raise RuntimeError("no free ports")


def free_port():
    """A port that nobody listens on now, of those that no connection is given and no instance has; each once."""
    for port in random.sample(range(10000, 19000), 9000):
        if port not in GIVEN and port_is_free(port):
            GIVEN.add(port)
            return port
    raise RuntimeError("no free ports")


def port_is_free(port):
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def running(var=VAR):
    """Whether every program of the instance runs."""
    return subprocess.run([SCRIPT, "status"], env=command_env(var), stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL).returncode == 0


def start(log, var=VAR):
    """Brings the instance in `var` up unless it runs; whether it was started here."""
    if "SUYUAN_TEST_VAR" in os.environ or running(var):
        return False
    import template  # which starts instances itself
    template.put(var)
    ended = run_logged([str(SCRIPT), "up"], log, 300, command_env(var, free_port_base()))
    if ended != 0:
        raise RuntimeError(f"no instance for the tests ({ended}); see {log}:\n{log.read_text()}")
    return True


def stop(log, var=VAR):
    """Ends the instance in `var` and removes its data."""
    run_logged([str(SCRIPT), "wipe"], log.with_name("instance-stop.log"), 120, command_env(var))
    for used in var.glob("gtins-*"):  # tests/http/lines.py: an instance has numbers for forty runs of its tests
        used.unlink()
    if var.is_dir() and not any(var.iterdir()):
        var.rmdir()


def read(var=VAR):
    """The running instance in `var`."""
    env = {}
    for line in (var / "demo.env").read_text().splitlines():
        key, _, value = line.partition("=")
        env[key] = "".join(shlex.split(value))
    return Instance(pathlib.Path(var), env)
