"""demo/instance in the places and after the accidents it has to survive."""
import ctypes
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import urllib.request
import uuid

import psycopg2
import psycopg2.extras
import pytest
import redis

import instance as shared
from patience import soon
from steps import TOP

AS_ROOT = pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
DEBIAN_CLUSTERS = ["/etc/postgresql", "/var/lib/postgresql"]


class Private:
    """An instance of one test's own, driven through the script like a user does."""

    def __init__(self, var, port_base=None, top=TOP, words_before=()):
        self.var, self.top, self.words_before = pathlib.Path(var), top, list(words_before)
        self.environment = shared.command_env(var, port_base or shared.free_port_base())

    def run(self, command, status=0):
        done = subprocess.run(
            [*self.words_before, self.top / "demo/instance", command], env=self.environment,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)
        assert done.returncode == status, (command, done.returncode, done.stdout, done.stderr)
        return done.stdout + done.stderr

    def suyuan(self, *arguments):
        return subprocess.run([self.top / "bin/suyuan", *arguments], env=self.environment, check=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=300).stdout

    def pids(self):
        """The processes that run/*.pid name."""
        return {f.stem: int(f.read_text().split()[0]) for f in self.var.glob("run/*.pid")}

    def works(self):
        """Whether PostgreSQL and Redis answer at the addresses of demo.env."""
        env = shared.read(self.var).env
        self.ask("SELECT 1")
        return redis.Redis.from_url(env["REDIS_URL"]).ping()

    def ask(self, sql):
        connection = psycopg2.connect(shared.read(self.var).env["DATABASE_URL"])
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                cursor.execute(sql)
                return cursor.fetchall() if cursor.description else None
        finally:
            connection.close()


@pytest.fixture(scope="module", autouse=True)
def adopted():
    """Whatever the scripts leave behind becomes a child of this process and is seen."""
    pr_set_child_subreaper = 36
    ctypes.CDLL(None).prctl(pr_set_child_subreaper, 1, 0, 0, 0)


def children():
    """Living descendants of this process."""
    parents = {}
    for entry in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = entry.read_text().rpartition(") ")[2].split()[:2]
        except OSError:
            continue
        if state not in "ZX":
            parents[int(entry.parent.name)] = int(parent)
    found, fresh = set(), {os.getpid()}
    while fresh:
        fresh = {p for p, parent in parents.items() if parent in fresh} - found
        found |= fresh
    return found


def kill_all(pids):
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass  # went with its parent


def reap_all():
    """Takes the dead off the process table, as a good init does."""
    try:
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass
    except ChildProcessError:
        pass


def wiped(made, before):
    """Nothing of it may be left."""
    made.run("wipe")
    assert children() <= before
    assert not made.var.exists()


@pytest.fixture
def private(tmp_path):
    """One instance in a folder of its own, wiped at the end."""
    before = children()
    made = Private(tmp_path / "var")
    yield made
    wiped(made, before)


@pytest.fixture(scope="module")
def databases(adopted, tmp_path_factory):
    """An instance that was up as far as PostgreSQL and Redis: making a cluster is most of a short test."""
    before = children()
    made = Private(tmp_path_factory.mktemp("databases") / "var")
    made.run("up-db")
    made.run("down")
    yield made
    wiped(made, before)


@pytest.fixture
def stopped(databases):
    """That instance, down before and after the test, with nothing of it left running."""
    before = children()
    yield databases
    databases.run("down")
    assert children() <= before


@pytest.fixture(scope="module")
def everything(adopted, tmp_path_factory):
    """An instance with everything, made once; `others`: the processes that are not its own."""
    made = Private(tmp_path_factory.mktemp("whole") / "var")
    made.others = children()
    made.said = made.run("up")
    yield made
    wiped(made, made.others)


@pytest.fixture
def whole(everything):
    """That instance, and it runs, whatever the test before did to it."""
    if subprocess.run([TOP / "demo/instance", "status"], env=everything.environment, stdin=subprocess.DEVNULL,
                      stdout=subprocess.DEVNULL).returncode != 0:
        everything.run("up")
    return everything


def keep(made):
    """Makes something in the database; its name."""
    name = f"kept_{uuid.uuid4().hex}"
    made.ask(f"CREATE SCHEMA {name}")
    return name


def is_kept(made, name):
    return made.ask(f"SELECT 1 FROM pg_namespace WHERE nspname = '{name}'") == [(1,)]


def test_data_outlives_down_and_up(stopped):
    stopped.run("up-db")
    kept = keep(stopped)
    stopped.run("down")
    stopped.run("up-db")
    assert stopped.works()
    assert is_kept(stopped, kept)


def test_down_leaves_no_process(stopped):
    before = children()
    stopped.run("up-db")
    assert len(children() - before) > 2
    stopped.run("down")
    assert children() <= before
    assert "postgres does not run" in stopped.run("status", status=1)


def test_down_twice_and_before_any_up_is_fine(private):
    private.run("down")
    private.run("up-db")
    private.run("down")
    private.run("down")


@pytest.mark.parametrize("init_reaps", [True, False])
def test_starts_again_after_everything_was_killed(stopped, init_reaps):
    before = children()
    stopped.run("up-db")
    kept = keep(stopped)
    kill_all(children() - before)
    if init_reaps:
        while children() > before:
            pass
        reap_all()
        assert not any(pathlib.Path(f"/proc/{pid}").exists() for pid in stopped.pids().values())
    stopped.run("up-db")
    assert stopped.works()
    assert is_kept(stopped, kept)


def test_starts_again_while_a_killed_servers_child_is_busy(stopped):
    stopped.run("up-db")
    connection = psycopg2.connect(shared.read(stopped.var).env["DATABASE_URL"], async_=True)
    psycopg2.extras.wait_select(connection)
    busy = connection.get_backend_pid()
    connection.cursor().execute("SELECT count(*) FROM generate_series(1, 1000000000000)")
    os.kill(stopped.pids()["postgres"], signal.SIGKILL)
    assert busy in children()
    stopped.run("up-db")
    assert stopped.works()
    assert busy not in children()


@AS_ROOT
def test_starts_although_a_stranger_has_the_old_process_number(stopped):
    stopped.run("up-db")
    for pid in stopped.pids().values():
        os.kill(pid, signal.SIGKILL)
    stranger = subprocess.Popen(["sleep", "60"], user="postgres")
    lock = stopped.var / "postgres/data/postmaster.pid"
    lock.write_text(f"{stranger.pid}\n" + lock.read_text().partition("\n")[2])
    try:
        stopped.run("up-db")
        assert stopped.works()
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_down_spares_a_stranger_with_a_remembered_number(stopped):
    stopped.run("up-db")
    stranger = subprocess.Popen(["sleep", "60"], start_new_session=True)
    remembered = stopped.var / "run/redis.pid"
    real = remembered.read_text()
    _, start, boot = real.split()
    remembered.write_text(f"{stranger.pid} {start} {boot}\n")
    try:
        assert "redis does not run" in stopped.run("status", status=1)
        stopped.run("down")
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()
        remembered.write_text(real)


def health(var, key):
    env = shared.read(var).env
    with urllib.request.urlopen(env[key] + "/readyz", timeout=10) as answer:
        return answer.status


def test_up_loads_the_sample_brand_and_starts_both_servers(whole):
    env = shared.read(whole.var).env
    assert env["SUYUAN_SAMPLE_URI"] in whole.said and "\u2580" in whole.said
    assert re.fullmatch(re.escape(env["SUYUAN_LOOKUP_URL"]) + "/01/09506000134352/21/[0-9A-Z]{14}",
                        env["SUYUAN_SAMPLE_URI"])
    assert health(whole.var, "SUYUAN_LOOKUP_ADMIN_URL") == health(whole.var, "SUYUAN_CONSOLE_ADMIN_URL") == 200
    assert whole.ask("SELECT count(*) FROM pub.lot WHERE document <> '{}'") == [(3,)]


def test_up_again_changes_neither_processes_nor_codes_nor_what_is_public(whole):
    whole.suyuan("policy", "hide", "--brand", "qingping", "lot.place")
    before = whole.pids(), (whole.var / "demo.env").read_text()
    whole.run("up")
    assert (whole.pids(), (whole.var / "demo.env").read_text()) == before
    shown = whole.ask("SELECT DISTINCT ON (field) visible FROM trace.visibility"
                      " WHERE field = 'lot.place' ORDER BY field, id DESC")
    assert shown == [(False,)]


def test_demo_without_a_terminal_says_welcome_and_returns(whole):
    assert shared.read(whole.var).env["SUYUAN_SAMPLE_URI"] in whole.run("demo")
    assert whole.run("status").count(" runs") == 5


def test_up_starts_the_job_program_again_and_its_jobs_go_on(whole):
    """As whoever supervises services does after a kill."""
    [(batch,)] = whole.ask("SELECT id FROM code.batch ORDER BY quantity DESC LIMIT 1")
    os.kill(whole.pids()["jobs"], signal.SIGKILL)
    assert "jobs does not run" in whole.run("status", status=1)
    whole.suyuan("job", "labels", "--batch", batch)
    whole.run("up")
    soon(lambda: whole.ask("SELECT state, done = total FROM job.job"), lambda jobs: jobs == [("done", True)], 30)


def test_suyuan_demo_says_which_item_is_the_sample(whole):
    said = json.loads(whole.suyuan("demo", "--json"))
    assert said == {"sample": shared.read(whole.var).env["SUYUAN_SAMPLE_URI"]}


def test_up_with_other_ports_moves_the_servers_and_the_sample(whole):
    first = shared.read(whole.var).env
    whole.environment["SUYUAN_PORT_BASE"] = str(shared.free_port_base())
    whole.run("up")
    second = shared.read(whole.var).env
    assert first["SUYUAN_LOOKUP_URL"] != second["SUYUAN_LOOKUP_URL"]
    assert second["SUYUAN_SAMPLE_URI"].startswith(second["SUYUAN_LOOKUP_URL"] + "/01/")
    assert health(whole.var, "SUYUAN_LOOKUP_ADMIN_URL") == 200


def test_up_after_everything_was_killed(whole):
    sample = shared.read(whole.var).env["SUYUAN_SAMPLE_URI"]
    kill_all(children() - whole.others)
    reap_all()
    whole.run("up")
    assert health(whole.var, "SUYUAN_LOOKUP_ADMIN_URL") == health(whole.var, "SUYUAN_CONSOLE_ADMIN_URL") == 200
    assert shared.read(whole.var).env["SUYUAN_SAMPLE_URI"] == sample


def hear_ctrl_c():
    """As a terminal's shell starts it; whoever runs the tests may ignore the signal."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def demo_until_ctrl_c(made, before, moment):
    """The demo on a terminal, interrupted when it says this."""
    ours, theirs = os.openpty()
    demo = subprocess.Popen([TOP / "demo/instance", "demo"], env=made.environment, stdin=theirs,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            start_new_session=True, preexec_fn=hear_ctrl_c)
    assert any(moment in line for line in demo.stdout)
    os.killpg(demo.pid, signal.SIGINT)
    demo.communicate(timeout=200)
    assert demo.returncode == 0
    assert children() <= before
    for end in (ours, theirs):
        os.close(end)


def test_demo_on_a_terminal_ends_with_ctrl_c_while_it_makes_the_sample(private):
    demo_until_ctrl_c(private, children(), "facilities")


def test_demo_on_a_terminal_ends_with_ctrl_c_when_everything_runs(whole):
    whole.run("down")
    demo_until_ctrl_c(whole, whole.others, "Ctrl-C stops")


def test_two_instances_side_by_side(stopped, tmp_path):
    other = Private(tmp_path / "other")
    stopped.run("up-db")
    other.run("up-db")
    try:
        assert stopped.works() and other.works()
        stopped.run("down")
        assert other.works()
        passwords = [(p.var / "secrets/suyuan_owner").read_text() for p in (stopped, other)]
        assert passwords[0] != passwords[1]
    finally:
        other.run("wipe")


@pytest.mark.parametrize("name", ["d" * 90, "目录" * 12 + " é"])
def test_deep_folder_of_any_name(tmp_path, name):
    deep = Private(tmp_path / "a folder" / name / "var")
    try:
        deep.run("up-db")
        assert deep.works()
        short = pathlib.Path((deep.var / "run/short").read_text().strip())
        assert short.is_dir() and short.stat().st_mode & 0o777 == 0o700
        deep.run("down")
        assert not short.exists()
    finally:
        deep.run("wipe")


def test_folder_that_only_its_owner_may_enter(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    inside = Private(closed / "var")
    try:
        inside.run("up-db")
        assert inside.works()
    finally:
        inside.run("wipe")


def test_port_in_use_is_said_and_nothing_is_started(private):
    before = children()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        if not 2000 < port - 443 < 65000:
            pytest.skip("the kernel gave a port without a base")
        private.environment["SUYUAN_PORT_BASE"] = str(port - 443)
        said = private.run("up", status=1)
    assert f"port {port} is in use" in said
    assert children() <= before


@AS_ROOT
def test_an_instance_of_somebody_else_is_left_alone(stopped):
    stopped.run("up-db")
    os.chown(stopped.var / "run", 65534, 65534)
    assert "belongs to nobody" in stopped.run("down", status=1)
    os.chown(stopped.var / "run", 0, 0)
    assert stopped.works()


@pytest.mark.parametrize("base", ["80", "66000", "abc", "18000; reboot"])
def test_bad_port_base_is_refused(tmp_path, base):
    assert "SUYUAN_PORT_BASE must be" in Private(tmp_path, base).run("status", status=1)


def test_secrets_are_readable_by_their_owner_only(whole):
    for name in ["demo.env", "suyuan.conf", "secrets", "tls", "log"]:
        assert (whole.var / name).stat().st_mode & 0o077 == 0, name
    said = "".join(f.read_text() for f in (whole.var / "log").iterdir())
    for secret in (whole.var / "secrets").iterdir():
        assert secret.read_text().strip() not in said


def test_postgres_has_checksums_and_no_network(whole):
    assert whole.ask("SHOW data_checksums") == [("on",)]
    assert whole.ask("SHOW listen_addresses") == [("",)]
    assert whole.ask("SHOW password_encryption") == [("scram-sha-256",)]


def test_a_wrong_password_is_refused(whole):
    url = shared.read(whole.var).env["DATABASE_URL"]
    with pytest.raises(psycopg2.OperationalError, match="password"):
        psycopg2.connect(url.replace("owner:", "owner:x"))


def test_debians_own_clusters_stay_untouched(private):
    def seen():
        return [(p, p.lstat().st_mtime) for top in DEBIAN_CLUSTERS
                for p in [pathlib.Path(top), *pathlib.Path(top).rglob("*")] if p.exists()]
    before = seen()
    private.run("up-db")
    private.run("down")
    assert seen() == before


@AS_ROOT
def test_ordinary_user():
    user = f"suyuan-test-{os.getpid()}"
    home = pathlib.Path(f"/tmp/{user}")
    subprocess.run(["useradd", "--create-home", "--home-dir", home, user], check=True)
    try:
        checkout = home / "checkout"
        for part in ["demo", "conf", "bin"]:
            shutil.copytree(TOP / part, checkout / part)
        own = Private(home / "var", top=checkout,
                      words_before=["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"])
        subprocess.run(["chown", "-R", f"{user}:", home], check=True)
        try:
            own.run("up")
            pids = own.pids()
            assert {"lookup", "console", "jobs", "redis", "postgres"} <= set(pids)
            assert all(pathlib.Path(f"/proc/{p}").owner() == user for p in pids.values())
            assert redis.Redis.from_url(shared.read(own.var).env["REDIS_URL"]).ping()
            assert health(own.var, "SUYUAN_LOOKUP_ADMIN_URL") == 200
        finally:
            own.run("wipe")
    finally:
        subprocess.run(["userdel", "--remove", user], check=True, capture_output=True)
