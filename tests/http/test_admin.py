"""The operator's port: what it says, to whom, and that it says it whatever the workers do."""
import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time

import pytest

from backends import Place
from server import Client, Server, children, free_port, program, status_of, wait_until
from steps import TOP, alive

LINE = re.compile(r'([a-z_]+)(?:\{((?:[a-z_]+="[^"\\]*",?)+)\})? (\d+(?:\.\d+)?)')


def metrics(server):
    """{name: {labels: value}} of a scrape, whose form is checked on the way."""
    status, headers, text = server.ask_admin("/metrics")
    assert status == 200 and headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    found, described, kind = {}, set(), None
    for line in text.splitlines():
        if line.startswith("# HELP "):
            name = line.split(" ", 3)[2]
            assert name not in described, f"{name} is described twice"
            described.add(name)
        elif line.startswith("# TYPE "):
            _, _, of, kind = line.split(" ")
            assert of == name and kind in ("counter", "gauge", "histogram")
        else:
            full, labels, value = LINE.fullmatch(line).groups()
            base = re.sub("_(bucket|sum|count)$", "", full) if kind == "histogram" else full
            assert base == name, line
            assert full.endswith("_total") == (kind == "counter")
            assert labels not in found.setdefault(full, {}), line
            found[full][labels] = float(value)
    return found


def total(server, name, **labels):
    wanted = [f'{key}="{value}"' for key, value in labels.items()]
    return sum(value for key, value in metrics(server).get(name, {}).items()
               if all(one in (key or "") for one in wanted))


def body(server, path, status):
    got, headers, text = server.ask_admin(path)
    assert (got, headers["content-type"]) == (status, "application/json"), text
    return json.loads(text)


@pytest.fixture(scope="module")
def server():
    with Server(build="asan", workers=2) as running:
        yield running


# --- /metrics ----------------------------------------------------------------------------------

def test_requests_are_counted_by_route_and_class(server):
    before = metrics(server)
    with server.client() as client:
        for _ in range(7):
            client.get("/assets/icon.svg")
        client.get("/nothing-here")
    server.ask("NONSENSE\r\n\r\n")

    def grown(name, labels):
        return metrics(server)[name].get(labels, 0) - before.get(name, {}).get(labels, 0)
    assert grown("suyuan_requests_total", 'program="lookup",route="asset",code="2xx"') == 7
    assert grown("suyuan_requests_total", 'program="lookup",route="-",code="4xx"') == 2
    assert grown("suyuan_request_seconds_count", 'program="lookup",route="asset"') == 7
    assert grown("suyuan_request_seconds_bucket", 'program="lookup",route="asset",le="+Inf"') == 7
    assert grown("suyuan_tls_handshakes_total", 'version="1.3",resumed="no"') == 2
    assert grown("suyuan_answer_bytes_total", None) > 1000


def test_a_histogram_only_grows_with_its_bounds(server):
    server.get("/probe/slow/30")
    buckets = {float(re.search('le="([^"]*)"', key)[1].replace("+Inf", "inf")): value
               for key, value in metrics(server)["suyuan_request_seconds_bucket"].items() if 'route="probe"' in key}
    assert list(buckets) == sorted(buckets) and list(buckets.values()) == sorted(buckets.values())
    assert buckets[0.01] < buckets[0.5]
    assert total(server, "suyuan_request_seconds_sum", route="probe") > 0.02


def test_open_connections_are_counted_while_they_are_open(server):
    wait_until(lambda: total(server, "suyuan_connections") == 0)
    with contextlib.ExitStack() as stack:
        for _ in range(5):
            stack.enter_context(server.client())
        wait_until(lambda: total(server, "suyuan_connections") == 5)
    wait_until(lambda: total(server, "suyuan_connections") == 0)


def test_a_handshake_that_fails_is_counted(server):
    before = total(server, "suyuan_tls_handshakes_failed_total")
    with socket.create_connection(("127.0.0.1", server.port)) as s:
        s.sendall(b"GET / HTTP/1.1\r\n\r\n")
        s.recv(100)
    wait_until(lambda: total(server, "suyuan_tls_handshakes_failed_total") == before + 1)


def test_what_is_running_and_until_when_the_certificate_holds(server):
    found = metrics(server)
    version = subprocess.run([program("release"), "--version"], capture_output=True, text=True).stdout.split()[1]
    assert found["suyuan_build_info"] == {f'version="{version}",program="lookup"': 1}
    left = found["suyuan_certificate_not_after_seconds"][None] - time.time()
    assert 0 < left <= 2 * 86400
    assert found["suyuan_workers"][None] == found["suyuan_workers_alive"][None] == 2


def test_counters_go_on_when_a_worker_is_replaced():
    with Server(build="release", workers=1) as server:
        for _ in range(3):
            server.get("/assets/icon.svg")
        before = total(server, "suyuan_requests_total", route="asset")
        worker = server.workers[0]
        os.kill(worker, signal.SIGKILL)
        wait_until(lambda: worker not in server.workers)
        wait_until(server.is_ready)
        assert total(server, "suyuan_requests_total", route="asset") > before
        assert total(server, "suyuan_worker_restarts_total") == 1
        assert total(server, "suyuan_connections") <= 1  # those of the dead are not


# --- /healthz ----------------------------------------------------------------------------------

def test_health_names_every_process(server):
    found = body(server, "/healthz", 200)
    assert found["status"] == "ok" and found["supervisor"]["pid"] == server.process.pid
    assert found["parent"]["pid"] == server.parent
    assert [worker["pid"] for worker in found["workers"]] == server.workers


@pytest.mark.parametrize("victim", ["worker", "parent", "supervisor"])
def test_a_frozen_process_shows_within_three_seconds(victim):
    with Server(build="release", workers=2) as server:
        wait_until(lambda: server.ask_admin("/healthz")[0] == 200)
        pid = {"worker": server.workers[1], "parent": server.parent, "supervisor": server.process.pid}[victim]
        os.kill(pid, signal.SIGSTOP)
        try:
            wait_until(lambda: server.ask_admin("/healthz")[0] == 503, 3)
            found = body(server, "/healthz", 503)
            processes = [found["supervisor"], found["parent"], *found["workers"]]
            assert [p["pid"] for p in processes if p["status"] == "no sign of life"] == [pid]
        finally:
            os.kill(pid, signal.SIGCONT)
        wait_until(lambda: server.ask_admin("/healthz")[0] == 200, 3)


def test_it_answers_while_every_worker_hangs():
    with Server(build="release", workers=2) as server:
        wait_until(lambda: server.ask_admin("/healthz")[0] == 200)
        for worker in server.workers:
            os.kill(worker, signal.SIGSTOP)
        wait_until(lambda: body(server, "/readyz", 503)["workers"]["alive"] == 0, 3)
        assert metrics(server)["suyuan_workers_alive"][None] == 0
        for worker in server.workers:
            os.kill(worker, signal.SIGCONT)


# --- /readyz -----------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def place():
    made = Place("admin")
    yield made
    made.remove()


def test_a_lookup_server_is_ready_as_long_as_it_can_answer(place):
    """Once loaded, it stays in its balancer while PostgreSQL is away."""
    with place.server(build="release", workers=2) as server:
        wait_until(lambda: '"database":"up"' in server.ask_admin("/readyz")[2], 10)
        found = body(server, "/readyz", 200)
        assert (found["status"], found["draining"]) == ("ready", False)
        assert found["state"]["complete"] and found["state"]["age_ms"] < 5000
        assert total(server, "suyuan_database_queries_total") > 0
        wait_until(lambda: total(server, "suyuan_state_complete_workers") == 2)
        with place.postgres_hung():
            wait_until(lambda: body(server, "/readyz", 200)["state"]["age_ms"] > 1500)
            assert 1.5 < total(server, "suyuan_state_age_seconds") < 60
        wait_until(lambda: body(server, "/readyz", 200)["state"]["age_ms"] < 1000, 10)


def test_a_server_that_drains_is_not_ready(place):
    with place.server(build="probe", drain_seconds=5) as server:
        wait_until(lambda: server.ask_admin("/readyz")[0] == 200, 10)
        with server.client() as client:
            client.send("GET /probe/slow/1500 HTTP/1.1\r\nHost: localhost\r\n\r\n")
            time.sleep(0.3)
            server.process.send_signal(signal.SIGTERM)
            wait_until(lambda: server.ask_admin("/readyz")[0] == 503, 1)
            found = body(server, "/readyz", 503)
            assert found["draining"] and found["why"] == "draining"
            assert client.answer().status == 200


def test_a_console_is_ready_once_it_reached_postgresql(place):
    with place.server(build="release", program_name="console",
                      console_database_url=place.env["DATABASE_URL"]) as server:
        wait_until(lambda: server.ask_admin("/readyz")[0] == 200, 10)
        assert "state" not in body(server, "/readyz", 200)
    with Server(build="release", program_name="console",
                console_database_url="postgresql:///none?host=/nonexistent") as server:
        assert body(server, "/readyz", 503)["why"] == "PostgreSQL was not reached yet"


def test_a_server_that_never_reached_postgresql_is_not_ready(server):
    found = body(server, "/readyz", 503)
    assert (found["status"], found["database"]) == ("not ready", "away")
    assert found["why"] == "the GTINs and keys were not loaded yet"
    assert found["state"] == {"complete": False, "age_ms": None}
    assert found["redis"] == "off" and found["certificate"]["days_left"] in (1, 2)


def test_the_public_port_has_none_of_it(server):
    for path in ("/healthz", "/readyz", "/metrics"):
        assert server.get(path).status == 404


# --- the port itself ---------------------------------------------------------------------------

def test_there_is_no_port_unless_the_settings_want_one():
    with Server(build="release", lookup_admin_port=0) as server:
        assert len(children(server.process.pid)) == 1
        with pytest.raises(ConnectionRefusedError):
            server.ask_admin("/healthz")


def test_a_port_that_is_taken_is_named():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        server = Server(build="release", lookup_admin_port=other.getsockname()[1])
        server.start(ready=False)
        assert server.process.wait(10) == 1
        assert "lookup_admin_port: cannot bind 127.0.0.1:" in server.errors()
        server.temporary.cleanup()


@pytest.mark.parametrize("sent, status", [
    (b"GET /metrics HTTP/1.0\r\n\r\n", b"200"), (b"GET /healthz?x=1 HTTP/1.1\r\nHost: x\r\n\r\n", b"200"),
    (b"HEAD /healthz HTTP/1.1\r\n\r\n", b"200"), (b"GET /other HTTP/1.1\r\n\r\n", b"404"),
    (b"HEAD /other HTTP/1.1\r\n\r\n", b"404"),
    (b"POST /healthz HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", b"405"), (b"GET /healthz\r\n\r\n", b"400"),
    (b"GET /healthz HTTP/2.0\r\n\r\n", b"400"), (b"\x16\x03\x01\r\n\r\n", b"400"),
    (b"GET /healthz HTTP/1.1 x\r\n\r\n", b"400"), (b"GET /" + b"a" * 5000, b"400")])
def test_what_it_takes(server, sent, status):
    with socket.create_connection(("127.0.0.1", server.admin_port), timeout=5) as s:
        s.sendall(sent)
        answer = b"".join(iter(lambda: s.recv(65536), b""))
    assert answer.split(b" ", 2)[:2] == [b"HTTP/1.1", status]
    head, _, rest = answer.partition(b"\r\n\r\n")
    length = int(re.search(rb"content-length: (\d+)", head)[1])
    assert len(rest) == (0 if sent.startswith(b"HEAD") else length)


def test_idle_and_slow_clients_hold_nobody_up(server):
    with contextlib.ExitStack() as stack:
        for _ in range(40):  # more than it serves at once
            s = stack.enter_context(socket.create_connection(("127.0.0.1", server.admin_port)))
            s.sendall(b"GET /met")
        assert server.ask_admin("/healthz", seconds=10)[0] == 200


def test_noise_does_not_end_it(server):
    before = server.admin
    for length in range(1, 4100, 37):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", server.admin_port)) as s:
            s.sendall(os.urandom(length))
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    assert server.ask_admin("/healthz")[0] == 200 and server.admin == before


def test_it_is_confined_and_started_again_when_it_dies():
    confined = {"run_as": "www-data"} if os.getuid() == 0 else {}
    with Server(build="release", **confined) as server:
        wait_until(lambda: server.ask_admin("/healthz")[0] == 200)
        first, seen = server.admin, status_of(server.admin)
        assert seen["Seccomp"] == "2" and seen["NoNewPrivs"] == "1"
        if confined:
            assert "0" not in seen["Uid"].split() and seen["CapEff"] == "0000000000000000"
            assert os.readlink(f"/proc/{first}/root") == str(server.folder / "run/chroot")
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: server.admin != first)
        wait_until(lambda: server.ask_admin("/healthz")[0] == 200)
        assert "admin port ended" in server.errors()


def test_it_dies_with_the_supervisor():
    with Server(build="release") as server:
        admin = server.admin
        os.kill(admin, signal.SIGSTOP)  # cannot look for its parent
        server.process.kill()
        wait_until(lambda: not alive(admin), 3)
        server.process.wait()
        server.start()


# --- behind HAProxy ----------------------------------------------------------------------------

@contextlib.contextmanager
def haproxy(folder, nodes):
    """HAProxy by the shipped example, with our addresses; its public port."""
    port, text = free_port(), (TOP / "conf/haproxy/haproxy.cfg").read_text().partition("\nfrontend teams")[0]
    text = re.sub(r"bind :443$", f"bind 127.0.0.1:{port}", text, flags=re.M)
    for number, node in enumerate(nodes, 1):
        place = f"127.0.0.1:{node.port} check port {node.admin_port} send-proxy-v2 source 127.0.0.2"
        text = re.sub(rf"server node{number} .*", f"server node{number} {place}", text)
    (folder / "haproxy.cfg").write_text(text + "\n")
    process = subprocess.Popen(["haproxy", "-f", folder / "haproxy.cfg"], stderr=subprocess.DEVNULL)
    try:
        yield port
    finally:
        process.terminate()
        process.wait(10)


@pytest.mark.skipif(shutil.which("haproxy") is None, reason="haproxy is missing")
def test_haproxy_sends_customers_to_nodes_that_are_ready(place, tmp_path):
    """Two nodes; one is told to end in the middle of it: no request is lost, whether it came before or later."""
    settings = {"build": "probe", "workers": 1, "proxy_addresses": "127.0.0.2"}
    with place.server(**settings) as one, place.server(**settings, drain_notice_seconds=4) as two:
        for node in (one, two):
            wait_until(lambda: node.ask_admin("/readyz")[0] == 200, 10)
        with haproxy(tmp_path, (one, two)) as port, contextlib.ExitStack() as stack:
            wait_until(lambda: answer_of(port) == 200, 10)
            slow = [stack.enter_context(Client(port)) for _ in (one, two)]  # each has one: leastconn
            for turn in range(220):
                if turn == 30:
                    for client in slow:
                        client.send("GET /probe/slow/3500 HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    two.process.send_signal(signal.SIGTERM)
                assert answer_of(port) == 200, turn
                time.sleep(0.02)
            assert [client.answer().status for client in slow] == [200, 200]
            taken = re.search(r"suyuan_connections_accepted_total (\d+)", one.ask_admin("/metrics")[2])
            assert int(taken[1]) >= 110
        two.process.wait(10)
        two.start()


def answer_of(port):
    """The status, or what went wrong."""
    try:
        with Client(port) as client:
            return client.get("/assets/icon.svg").status
    except (OSError, EOFError) as error:
        return repr(error)
