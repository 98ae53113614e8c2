"""The processes of a server: confinement, crashes, orphans, signals, load, and a log nobody reads."""
import contextlib
import fcntl
import os
import pathlib
import pwd
import random
import re
import resource
import signal
import socket
import subprocess
import threading
import time

import pytest

from server import Client, Server, children, cpu_seconds, is_admin, program, socket_count, status_of, wait_until
from steps import alive

as_root = pytest.mark.skipif(os.getuid() != 0, reason="needs root")


@pytest.fixture(params=["probe", "asan"])
def build(request):
    return request.param


def kill(pid, number=signal.SIGKILL):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def made_segments():
    """Who made the machine's shared memory segments of System V; each PostgreSQL that a test starts makes one."""
    return {int(line.split()[4]) for line in pathlib.Path("/proc/sysvipc/shm").read_text().splitlines()[1:]}


# --- who is there, and what it may do ----------------------------------------------------------

def test_there_is_a_supervisor_a_parent_and_the_workers_and_no_key_manager():
    with Server(build="release", workers=3) as server:
        assert len(server.processes()) == 6 and is_admin(server.processes()[-1])
        assert [children(worker) for worker in server.workers] == [[], [], []]
        assert not made_segments() & set(server.processes())  # Kore's would survive a kill -9


def test_workers_are_confined():
    with Server(build="release", workers=2) as server:
        # The server is ready with its first worker; the second may still be on its way in.
        wait_until(lambda: all(status_of(w)["Seccomp"] == "2" for w in server.workers), 30)
        assert len(server.workers) == 2
        for worker in server.workers:
            assert status_of(worker)["NoNewPrivs"] == "1"


def test_no_process_leaves_a_core_file_with_its_secrets():
    with Server(build="release", workers=1) as server:
        for pid in server.processes():
            limits = pathlib.Path(f"/proc/{pid}/limits").read_text()
            assert any(line.split()[:6] == "Max core file size 0 0".split() for line in limits.splitlines())


@as_root
@pytest.mark.parametrize("name", ["lookup", "console"])
def test_started_as_root_the_workers_are_nobody_in_an_empty_root(name):
    user = pwd.getpwnam("nobody")
    with Server(build="release", program_name=name, run_as="nobody") as server:
        (server.folder / "tls.key").chmod(0o600)
        for worker in server.workers:
            status = status_of(worker)
            assert status["Uid"].split() == [str(user.pw_uid)] * 4
            assert status["Gid"].split() == [str(user.pw_gid)] * 4
            assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == 0
            assert status["Seccomp"] == "2"
            assert os.readlink(f"/proc/{worker}/root") == str(server.folder / "run/chroot")
        assert os.listdir(server.folder / "run/chroot") == []
        # The new key is readable by root alone, and reaches the workers all the same.
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                        "-nodes", "-subj", "/CN=localhost", "-keyout", server.folder / "tls.key", "-out",
                        server.folder / "tls.crt"], check=True, stderr=subprocess.DEVNULL)
        kill(server.process.pid, signal.SIGUSR1)
        wait_until(lambda: any("new certificate in use" in line.get("message", "") for line in server.log()))
        assert server.get("/assets/icon.svg").status == 200
        # A replaced worker finds everything it needs inside.
        first = server.workers[0]
        kill(first)
        wait_until(lambda: not alive(first) and server.is_ready())


@as_root
def test_an_ordinary_user_can_run_a_server(tmp_path):
    user = pwd.getpwnam("nobody")
    tmp_path.chmod(0o755)
    for folder in list(tmp_path.parents)[:3]:
        if str(folder) != "/tmp" and folder.stat().st_mode & 0o5 != 0o5:
            folder.chmod(folder.stat().st_mode | 0o5)
    with Server(build="release", folder=tmp_path) as server:
        assert server.get("/assets/icon.svg").status == 200
        server.stop()
        for path in [tmp_path, *tmp_path.rglob("*")]:
            os.chown(path, user.pw_uid, user.pw_gid)
        binary = tmp_path / "suyuand"
        binary.write_bytes(program("release").read_bytes())
        binary.chmod(0o755)
        server.process = subprocess.Popen(
            [binary, "lookup", "--config", tmp_path / "suyuan.conf"], user="nobody", group=user.pw_gid,
            extra_groups=[], stdout=open(tmp_path / "out", "ab"), stderr=open(tmp_path / "err", "ab"),
            start_new_session=True,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (1024, 1024)))
        wait_until(server.is_ready)
        assert "setrlimit" not in server.errors() + (tmp_path / "out").read_text()
        assert "worker_max_connections\t704\n" in (tmp_path / "run/lookup.kore.conf").read_text()
        assert status_of(server.workers[0])["Seccomp"] == "2"


def memory_holds(pid, text):
    """Is it anywhere in the writable memory of the process?"""
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            area, rights = line.split()[:2]
            start, end = (int(x, 16) for x in area.split("-"))
            if rights.startswith("rw") and "[v" not in line:
                memory.seek(start)
                with contextlib.suppress(OSError):
                    if text in memory.read(end - start):
                        return True
    return False


@as_root
@pytest.mark.parametrize("name, own, foreign", [("lookup", "public", "console"), ("console", "console", "public")])
def test_no_process_knows_what_other_roles_log_in_with(name, own, foreign):
    urls = {f"{role}database_url": f"postgresql:///none?host=/nonexistent&password=of-{role}secret"
            for role in ("", "jobs_", f"{foreign}_", f"{own}_")}
    with Server(build="release", program_name=name, **urls) as server:
        wait_until(lambda: server.ask_admin("/healthz")[0] == 200)  # that process has let go of them, too
        for pid in server.processes():
            # The search finds what there is; the process of the admin port has no secret at all.
            assert memory_holds(pid, f"of-{own}_secret".encode()) != is_admin(pid)
            for role in ("", "jobs_", f"{foreign}_"):
                assert not memory_holds(pid, f"of-{role}secret".encode()), role


def test_an_unknown_system_call_ends_the_whole_worker_and_it_is_replaced():
    """Kore's default kills a thread only, which leaves a process that serves nothing."""
    with Server(build="probe", forgive=("sandbox violation",)) as server:
        worker = server.workers[0]
        with pytest.raises((OSError, EOFError)):
            server.get("/probe/forbidden")
        wait_until(lambda: not alive(worker))
        wait_until(server.is_ready)
        assert "died from sandbox violation" in server.errors()


def is_confined(pid):
    try:
        return status_of(pid).get("Seccomp") == "2"
    except (FileNotFoundError, ProcessLookupError):
        return False


# --- death -------------------------------------------------------------------------------------

def test_a_crashed_worker_is_replaced_at_once():
    with Server(build="probe", workers=2) as server:
        worker = server.workers[0]
        time.sleep(0.1)
        kill(worker)
        wait_until(lambda: worker not in server.workers and len(server.workers) == 2, 2)
        wait_until(server.is_ready)


def test_workers_that_keep_dying_are_replaced_ever_more_slowly_and_sigterm_still_works():
    """Kore replaces thousands a minute, and then does not hear SIGTERM."""
    with Server(build="release", workers=2) as server:
        parent, end = server.parent, time.monotonic() + 4
        while time.monotonic() < end:
            for worker in children(parent):
                if is_confined(worker):  # as soon as it would begin to serve
                    kill(worker)
                    server.seen.add(worker)
            time.sleep(0.001)
        births = server.errors().count("restarting worker")
        assert 4 < births < 40, births
        started = time.monotonic()
        server.stop()
        assert time.monotonic() - started < 3


def test_a_worker_that_lives_is_not_held_back_by_the_deaths_before():
    with Server(build="release") as server:
        for _ in range(3):
            kill(server.workers[0])
            wait_until(server.is_ready, 10)


def is_asleep(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "S"
    except OSError:
        return False


def test_a_worker_that_hangs_before_it_is_confined_dies_with_its_parent():
    with Server(build="release", workers=2) as server:
        parent, newborn = server.parent, []
        kill(server.workers[0])
        for _ in range(8):  # a busy machine may look when the pause is over
            kill(server.workers[0])  # its successor has to pause before life
            # In its pause: the kernel knows by then what to do when the parent ends.
            with contextlib.suppress(AssertionError):
                wait_until(lambda: newborn.extend(w for w in children(parent) if not is_confined(w) and is_asleep(w)) or newborn, 1)
            if newborn:
                break
        assert newborn
        kill(newborn[0], signal.SIGSTOP)
        was_confined = is_confined(newborn[0])
        kill(parent)
        wait_until(lambda: not alive(newborn[0]), 3)
        assert not was_confined
        wait_until(server.is_ready, 10)


@pytest.mark.parametrize("hung", [False, True])
@pytest.mark.parametrize("victim", ["supervisor", "parent"])
def test_nothing_is_orphaned_when_somebody_is_killed(victim, hung):
    with Server(build="release", workers=2) as server:
        wait_until(lambda: all(map(is_confined, server.workers)), 30)
        everybody = server.processes()
        if hung:  # a process that cannot look for its parent any more
            for pid in everybody[1 if victim == "supervisor" else 2:]:
                kill(pid, signal.SIGSTOP)
        kill(everybody[0] if victim == "supervisor" else everybody[1])
        doomed = everybody[1:] if victim == "supervisor" else everybody[1:-1]  # the admin port's goes on
        wait_until(lambda: not any(map(alive, doomed)), 3)
        if victim == "supervisor":
            server.process.wait(3)
            with socket.socket() as s:  # the port is free again
                s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                s.bind(("127.0.0.1", server.port))
            server.start()
        wait_until(server.is_ready)


def test_clients_wait_while_kores_parent_is_replaced_and_are_not_refused():
    """The listening socket is the supervisor's."""
    with Server(build="release") as server:
        kill(server.parent)
        time.sleep(0.01)
        for _ in range(20):
            assert server.get("/assets/icon.svg", seconds=10).status == 200


def test_an_orderly_quit_of_a_worker_does_not_stop_the_server():
    """Kore's worker tells the parent to stop everything; and one that ends with status 0 is not
    replaced."""
    with Server(build="release", workers=2) as server:
        processes = server.processes()
        kill(server.workers[0], signal.SIGQUIT)
        wait_until(lambda: not alive(processes[2]))
        wait_until(lambda: len(server.workers) == 2)
        assert server.processes()[:2] == processes[:2]
        wait_until(server.is_ready)


# --- orders ------------------------------------------------------------------------------------

def in_thread(function):
    result = {}

    def run():
        try:
            result["value"] = function()
        except Exception as e:
            result["error"] = e
    thread = threading.Thread(target=run)
    thread.start()

    def join():
        thread.join(30)
        if "error" in result:
            raise result["error"]
        return result["value"]
    return join


def download(port, kib, seconds):
    with Client(port, receive_buffer=16384, seconds=20) as client:
        client.send(f"GET /probe/big/{kib} HTTP/1.1\r\nHost: localhost\r\n\r\n")
        client.head()
        got, started = len(client.buffer), time.monotonic()
        while got < kib << 10:
            piece = client.socket.recv(65536)
            assert piece, f"cut after {got} bytes"
            got += len(piece)
            time.sleep(max(0, started + seconds * got / (kib << 10) - time.monotonic()))
        return got


def is_refused(port):
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except ConnectionRefusedError:
        return True
    return False


def test_sigterm_finishes_what_is_under_way_and_refuses_the_rest(build):
    with Server(build=build) as server:
        idle = server.client()
        assert idle.get("/assets/icon.svg").status == 200
        slow = in_thread(lambda: server.get("/probe/slow/1500"))
        big = in_thread(lambda: download(server.port, 8192, 2))
        time.sleep(0.5)
        server.processes()
        server.process.send_signal(signal.SIGTERM)
        assert idle.is_closed(2)
        wait_until(lambda: is_refused(server.port), 1)
        answer = slow()
        assert (answer.text, answer.headers["connection"]) == ("slow\n", "close")
        assert big() == 8 << 20
        assert server.process.wait(5) == 0
        assert server.stop() == 0


def test_a_drain_has_an_end():
    with Server(build="probe", drain_seconds=1) as server:
        client = server.client()
        client.send("GET /probe/slow/30000 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        time.sleep(0.2)
        started = time.monotonic()
        server.stop()
        assert 0.9 < time.monotonic() - started < 3


def test_an_idle_server_ends_at_once():
    with Server(build="release", workers=2) as server:
        clients = [server.client() for _ in range(5)]
        assert all(client.get("/assets/icon.svg").status == 200 for client in clients)
        started = time.monotonic()
        server.stop()
        assert time.monotonic() - started < 1.5


def test_a_signal_to_the_whole_group_drains_as_well():
    """^C in a terminal, or a service manager: everybody gets it, only the supervisor minds."""
    with Server(build="probe") as server:
        for number in (signal.SIGTERM, signal.SIGINT):
            slow = in_thread(lambda: server.get("/probe/slow/800"))
            time.sleep(0.3)
            server.processes()
            os.killpg(server.process.pid, number)
            assert slow().text == "slow\n"
            assert server.process.wait(5) == 0
            server.start()


def test_sighup_changes_nothing():
    with Server(build="release", workers=2) as server:
        with server.client() as client:
            processes = server.processes()
            for pid in processes:
                kill(pid, signal.SIGHUP)
            time.sleep(0.3)
            assert client.get("/assets/icon.svg").status == 200
        assert server.processes() == processes


# --- load --------------------------------------------------------------------------------------

def test_connections_are_shared_among_the_workers():
    """Kore's accept lock gives all of them to one."""
    with Server(build="release", workers=2) as server:
        before = {worker: socket_count(worker) for worker in server.workers}
        clients = []
        for _ in range(120):
            clients.append(server.client())
            clients[-1].get("/assets/icon.svg")
        shares = [socket_count(worker) - before[worker] for worker in server.workers]
        assert 118 <= sum(shares) <= 122, shares  # the way to PostgreSQL may have come or gone
        assert min(shares) >= 10, shares
        for client in clients:
            client.close()


def test_a_full_worker_waits_quietly_and_lets_the_next_in_when_there_is_room():
    """Kore's loop spins: its listener is level-triggered and never taken out."""
    with Server(build="probe", connections=100) as server:
        clients = [server.client() for _ in range(100)]
        busy = clients[:90]
        for client in busy:
            client.send("GET /probe/slow/2500 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        waiting = socket.create_connection(("127.0.0.1", server.port))
        time.sleep(0.3)
        used = cpu_seconds(server.workers[0])
        time.sleep(1)
        assert cpu_seconds(server.workers[0]) - used < 0.3
        assert all(client.answer().text == "slow\n" for client in busy)
        for client in clients:
            client.close()
        waiting.close()
        wait_until(server.is_ready)


def test_idle_connections_and_unread_last_answers_make_room_when_a_worker_is_full():
    with Server(build="probe", connections=100) as server:
        clients = [server.client() for _ in range(100)]
        for client in clients:
            client.get("/assets/icon.svg")
        assert server.get("/assets/icon.svg", seconds=10).status == 200
        for client in clients:
            client.close()
        clients = []
        for _ in range(100):
            clients.append(Client(server.port, receive_buffer=4096))
            clients[-1].send("GET /probe/big/20 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert server.get("/assets/icon.svg", seconds=10).status == 200


def test_running_out_of_descriptors_is_survived():
    with Server(build="release", connections=2000) as server:
        subprocess.run(["prlimit", f"--pid={server.workers[0]}", "--nofile=60:60"], check=True)
        sockets = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(100)]
        time.sleep(0.3)
        used = cpu_seconds(server.workers[0])
        time.sleep(1)
        assert cpu_seconds(server.workers[0]) - used < 0.3
        for s in sockets:
            s.close()
        wait_until(server.is_ready)


def misbehave(server, chance, until):
    """A client that asks for anything, in any number of pieces, and leaves in any way."""
    paths = ["/probe/blob", "/probe/slow/100", "/probe/big/700", "/nowhere", "/%zz", "/assets/icon.svg"]
    while time.monotonic() < until:
        with contextlib.suppress(OSError, EOFError, ValueError), server.client(seconds=3) as client:
            for _ in range(chance.randint(1, 5)):
                data = f"GET {chance.choice(paths)} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
                data *= chance.randint(1, 5)
                if chance.random() < 0.3:
                    data += b"POST /probe/echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000\r\n\r\n"
                    data += b"b" * chance.randint(0, 9500)
                if chance.random() < 0.2:
                    data = data[:chance.randint(0, len(data))]
                client.send(data)
                if chance.random() < 0.5:
                    client.answer()
                if chance.random() < 0.1:
                    client.half_close()
            if chance.random() < 0.5:  # a reset
                client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def test_clients_that_misbehave_in_every_way_leave_nothing_behind():
    with Server(build="asan", workers=2, connections=100, header_seconds=1, keepalive_seconds=1) as server:
        before = {worker: socket_count(worker) for worker in server.workers}
        until = time.monotonic() + 6
        threads = [in_thread(lambda seed=seed: misbehave(server, random.Random(seed), until)) for seed in range(12)]
        for join in threads:
            join()
        assert server.get("/assets/icon.svg").status == 200
        statuses = {line.get("status") for line in server.log()}
        assert {200, 400, 404, 499} <= statuses
        wait_until(lambda: all(socket_count(worker) <= before[worker] + 1 for worker in before), 6)


# --- the log -----------------------------------------------------------------------------------

def test_a_log_that_nobody_reads_stops_nobody():
    """Kore's access log makes the workers sleep when it is full."""
    reader, writer = os.pipe()
    fcntl.fcntl(writer, 1031, 4096)  # F_SETPIPE_SZ
    with Server(build="probe", stdout=writer) as server:
        with server.client() as client:
            started = time.monotonic()
            for _ in range(40):
                client.send(b"GET /assets/icon.svg HTTP/1.1\r\nHost: localhost\r\n\r\n" * 100)
                for _ in range(100):
                    assert client.answer().status == 200
            assert time.monotonic() - started < 20
            text = b""
            os.set_blocking(reader, False)
            end = time.monotonic() + 5
            while b"dropped_lines" not in text and time.monotonic() < end:
                try:
                    text += os.read(reader, 65536)
                except BlockingIOError:
                    client.get("/assets/icon.svg")
                    time.sleep(0.02)
        dropped = int(re.search(rb'"dropped_lines":(\d+)', text)[1])
        assert 0 < dropped < 4000
        assert fcntl.fcntl(writer, fcntl.F_GETFL) & os.O_NONBLOCK == 0  # it is not ours alone
        os.close(reader)
        os.close(writer)


def test_a_log_whose_reader_has_gone_stops_nobody():
    reader, writer = os.pipe()
    with Server(build="release", stdout=writer) as server:
        os.close(reader)
        for _ in range(20):
            assert server.get("/assets/icon.svg").status == 200
        os.close(writer)


def test_a_server_may_be_started_with_nothing_open():
    """Descriptor 1 would be the listening socket, or the memory that holds the key."""
    with Server(build="release") as server:
        server.stop()
        server.process = subprocess.Popen(
            ["/bin/sh", "-c", 'exec "$@" 0<&- 1>&- 2>&-', "sh", program("release"), "lookup", "--config",
             server.folder / "suyuan.conf"], start_new_session=True)
        wait_until(server.is_ready)
        assert os.readlink(f"/proc/{server.process.pid}/fd/1") == "/dev/null"
        assert server.get("/assets/icon.svg").status == 200


def test_the_log_of_several_workers_is_whole_lines_on_a_pipe():
    reader, writer = os.pipe()
    text = []
    with Server(build="release", workers=2, stdout=writer) as server:
        drain = in_thread(lambda: [text.append(piece) for piece in iter(lambda: os.read(reader, 65536), b"")])
        for _ in range(8):
            with server.client() as client:
                client.send(b"GET /assets/icon.svg HTTP/1.1\r\nHost: localhost\r\n\r\n" * 50)
                for _ in range(50):
                    client.answer()
        server.stop()
        os.close(writer)
        drain()
    lines = b"".join(text).splitlines()
    assert len(lines) >= 400
    for line in lines:
        assert line.startswith(b'{"time":"') and line.endswith(b"}")
    os.close(reader)


def test_a_socket_for_a_log_is_fine():
    """systemd gives one."""
    ours, theirs = socket.socketpair()
    with Server(build="release", stdout=theirs) as server:
        assert server.get("/assets/icon.svg").status == 200
        wait_until(lambda: b'"route":"asset"' in ours.recv(65536))
        assert theirs.gettimeout() is None and os.get_blocking(theirs.fileno())


# --- the command line --------------------------------------------------------------------------

def run(*arguments):
    done = subprocess.run([program("release"), *arguments], capture_output=True, text=True, timeout=10,
                          env={"PATH": os.environ["PATH"]}, cwd="/")
    return done.returncode, done.stdout, done.stderr


def test_the_command_line_explains_itself():
    status, out, _ = run("--help")
    assert status == 0 and "usage: suyuand lookup|console" in out
    assert run("--version")[1].startswith("suyuand ")
    for wrong in ([], ["nothing"], ["lookup", "console"], ["lookup", "--wrong"]):
        status, _, err = run(*wrong)
        assert status == 2 and err
    status, _, err = run("lookup", "--config", "/nonexistent/suyuan.conf")
    assert status == 1 and "/nonexistent/suyuan.conf" in err


@as_root
def test_an_unknown_user_is_named():
    server = Server(build="release", run_as="no-such-user")
    server.start(ready=False)
    assert server.process.wait(10) == 1
    assert 'run_as: there is no user "no-such-user"' in server.errors()
    server.temporary.cleanup()


def test_the_console_asks_who_is_there_and_shows_no_customers_page():
    with Server(build="release", program_name="console") as server:
        # Whether there is an admin stands in PostgreSQL, which this console has not.
        for path in ("/", "/sign-in"):
            answer = server.get(path)
            assert answer.status == 503 and answer.headers["retry-after"] and "<form" not in answer.text, path
        assert server.get("/v1/batches").status == 401
        for path in ("/01/09506000134352", "/01/09506000134352/21/X", "/gtin/09506000134352", "/nothing"):
            assert server.get(path).status == 404
