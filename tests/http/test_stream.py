"""Long answers: whole, in chunks, slow, waiting, failing, left alone, many at a time. The bytes come
from src/web/probe_stream.c: line n is n in seven hexadecimal digits."""
import concurrent.futures
import gzip
import socket
import ssl
import struct
import subprocess
import time

import pytest

from server import Server, HOST, UNVERIFIED, cpu_seconds, status_of, wait_until

MIB = 1 << 20


def expected(length):
    lines = b"".join(b"%07x\n" % n for n in range(length // 8 + 1))
    return lines[:length]


@pytest.fixture(scope="module")
def server():
    with Server(send_seconds=2) as running:
        yield running


def streams(server):
    return server.get("/probe/streams").json


def all_released(server, seconds=5):
    def equal():
        counts = streams(server)
        return counts["opened"] == counts["released"]
    wait_until(equal, seconds)


def read_rest(client):
    """Everything until the connection ends; whether it ended in order."""
    parts = [client.buffer]
    client.buffer = b""
    try:
        while piece := client.socket.recv(1 << 16):
            parts.append(piece)
    except (ConnectionError, ssl.SSLError):
        return b"".join(parts), False
    return b"".join(parts), True


def dechunk(data):
    """The body of a chunked answer, and whether its last chunk is there."""
    body = []
    while True:
        head, found, rest = data.partition(b"\r\n")
        if not found:
            return b"".join(body), False
        size = int(head, 16)
        if size == 0:
            return b"".join(body), rest == b"\r\n"
        body.append(rest[:size])
        if len(rest) < size + 2:
            return b"".join(body), False
        assert rest[size:size + 2] == b"\r\n"
        data = rest[size + 2:]


def chunked(client, path, version="1.1"):
    client.send(f"GET {path} HTTP/{version}\r\nConnection: close\r\n".encode() + HOST + b"\r\n")
    status, headers, _ = client.head()
    data, orderly = read_rest(client)
    return status, headers, data, orderly


# --- the bytes ---

@pytest.mark.parametrize("length", [0, 1, 16383, 16384, 16385, 65535, 65536, 65537, 3 * MIB + 7])
@pytest.mark.parametrize("piece", [65536, 1000])
def test_every_byte_arrives_and_the_connection_goes_on(server, length, piece):
    with server.client() as client:
        for _ in range(2):
            answer = client.get(f"/probe/stream/{length}?slice={piece}")
            assert answer.status == 200
            assert answer.headers["content-length"] == str(length)
            assert "transfer-encoding" not in answer.headers
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.body == expected(length)
        assert client.get("/assets/icon.svg").status == 200
    all_released(server)


@pytest.mark.parametrize("length", [0, 1, 65536, MIB + 3])
def test_an_unknown_length_comes_in_chunks(server, length):
    with server.client() as client:
        status, headers, data, orderly = chunked(client, f"/probe/stream/{length}?unknown=1")
    assert status == 200 and headers["transfer-encoding"] == "chunked"
    assert "content-length" not in headers and headers["connection"] == "close"
    assert dechunk(data) == (expected(length), True) and orderly
    all_released(server)


def test_after_chunks_the_connection_goes_on(server):
    with server.client() as client:
        client.send(b"GET /probe/stream/100000?unknown=1 HTTP/1.1\r\n" + HOST + b"\r\n"
                    b"GET /assets/icon.svg HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")
        client.head()
        data, _ = read_rest(client)
    body, _, after = data.partition(b"\r\n0\r\n\r\n")
    assert dechunk(body + b"\r\n0\r\n\r\n") == (expected(100000), True)
    assert after.startswith(b"HTTP/1.1 200 OK\r\n")


def test_http_1_0_gets_the_end_of_the_connection(server):
    with server.client() as client:
        status, headers, data, orderly = chunked(client, "/probe/stream/200000?unknown=1", "1.0")
    assert status == 200 and headers["connection"] == "close"
    assert "transfer-encoding" not in headers and "content-length" not in headers
    assert data == expected(200000) and orderly


def test_head_gets_the_head_and_asks_nothing_of_the_source(server):
    before = streams(server)
    with server.client() as client:
        request = b"HEAD /probe/stream/5000000 HTTP/1.1\r\n" + HOST + b"\r\n"
        answer = client.ask(request, to_head=True)
        assert answer.status == 200 and answer.headers["content-length"] == "5000000"
        assert client.get("/assets/icon.svg").status == 200
    after = streams(server)
    assert after["asked"] == before["asked"] and after["released"] == after["opened"]


def test_a_source_that_waits_is_asked_again(server):
    with server.client() as client:
        answer = client.get("/probe/stream/100000?slice=30000&wait=50")
    assert answer.body == expected(100000)
    all_released(server)


def test_what_a_waiting_source_has_given_is_sent_at_once(server):
    with server.client() as client:
        client.send(b"GET /probe/stream/1010?slice=1000&wait=1500 HTTP/1.1\r\n" + HOST + b"\r\n")
        client.head()
        started = time.monotonic()
        while len(client.buffer) < 1000:
            assert client._more()
        assert time.monotonic() - started < 1.2
        while len(client.buffer) < 1010:
            assert client._more()
        assert client.buffer == expected(1010)


def test_waiting_is_not_the_clients_time(server):
    """send_seconds is 2 here."""
    with server.client() as client:
        answer = client.get("/probe/stream/2000?slice=1000&wait=3500")
    assert answer.body == expected(2000)


def test_the_records_of_a_long_answer_are_full(server):
    """Each costs a head, a tag and a system call: only the first, with the answer's head and the
    ticket before it, and the last may be short."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client, wire = UNVERIFIED.wrap_bio(incoming, outgoing, server_hostname="localhost"), b""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as plain:
        def until(act):
            while True:
                try:
                    result = act()
                except ssl.SSLWantReadError:
                    result = None
                if outgoing.pending:
                    plain.sendall(outgoing.read())
                if result is not None:
                    return
                incoming.write(plain.recv(65536))
        until(lambda: client.do_handshake() or True)
        client.write(b"GET /probe/stream/1000000 HTTP/1.1\r\nConnection: close\r\n" + HOST + b"\r\n")
        plain.sendall(outgoing.read())
        while piece := plain.recv(65536):
            wire += piece
    sizes = []
    while wire:
        kind, size = wire[0], int.from_bytes(wire[3:5], "big")
        assert kind == 23  # application data, as everything after the handshake of TLS 1.3
        sizes.append(size)
        wire = wire[5 + size:]
    full = 16384 + 1 + 16  # the kind within, and the tag (RFC 8446, 5.2)
    assert sizes.count(full) >= 1000000 // 16384
    assert len(sizes) - sizes.count(full) <= 3  # a ticket, the last one, the farewell


# --- failures can be seen ---

@pytest.mark.parametrize("query", ["fail=100000", "missing=1", "missing=110000"])
def test_a_failed_answer_of_known_length_is_short(server, query):
    with server.client() as client:
        client.send(f"GET /probe/stream/200000?{query} HTTP/1.1\r\n".encode() + HOST + b"\r\n")
        with pytest.raises((EOFError, ConnectionError, ssl.SSLError)):
            client.answer()
    all_released(server)
    assert server.log_of(route="probe", status=500)


@pytest.mark.parametrize("query", ["fail=0", "missing=200000", "fail=1000&slice=500&wait=0", "fail=0&unknown=1",
                                   "fail=0&gzip=1", "fail=500&slice=500"])
def test_a_failure_before_anything_is_sent_is_503(server, query):
    with server.client() as client:
        answer = client.get(f"/probe/stream/200000?{query}")
        assert answer.status == 503 and answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["retry-after"]
        assert client.get("/assets/icon.svg").status == 200
    all_released(server)


def test_a_failed_answer_in_chunks_has_no_last_chunk(server):
    with server.client() as client:
        data = chunked(client, "/probe/stream/200000?unknown=1&fail=100000")[2]
    body, complete = dechunk(data)
    assert not complete and expected(200000).startswith(body)


def test_a_failed_answer_to_http_1_0_is_no_orderly_end(server):
    """Asked of curl: Python's ssl takes a reset for an end."""
    url = f"https://localhost:{server.port}/probe/stream/200000?unknown=1"
    whole, cut = (subprocess.run(["curl", "-sk", "--no-alpn", "-0", url + more], stdout=subprocess.PIPE)
                  for more in ("", "&fail=100000"))
    assert whole.returncode == 0 and whole.stdout == expected(200000)
    assert cut.returncode == 56 and expected(200000).startswith(cut.stdout)


@pytest.mark.parametrize("query", ["", "&slice=1000", "&slice=30000&wait=20", "&unknown=1"])
def test_compressed_bytes_are_the_same(server, query):
    with server.client() as client:
        data = chunked(client, f"/probe/stream/300000?gzip=1{query}")[2]
    body, complete = dechunk(data)
    assert complete and gzip.decompress(body) == expected(300000)
    all_released(server)


@pytest.mark.parametrize("query", ["fail=2000000", "missing=1", "missing=1000000"])
def test_a_failed_answer_is_no_whole_one_compressed(server, query):
    with server.client() as client:
        data = chunked(client, f"/probe/stream/3000000?gzip=1&{query}")[2]
    assert data and not dechunk(data)[1]
    all_released(server)


# --- clients ---

def test_a_client_that_leaves_frees_the_source_at_once(server):
    client = server.client(receive_buffer=65536)
    client.send(b"GET /probe/stream/100000000 HTTP/1.1\r\n" + HOST + b"\r\n")
    client.head()
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
    all_released(server, 1.5)  # less than send_seconds
    line = server.log_of(route="probe", status=499)[-1]
    assert 0 < line["bytes"] < 100000000


def test_a_client_that_leaves_a_waiting_source_frees_it_at_once(server):
    client = server.client()
    client.send(b"GET /probe/stream/2000?slice=1000&wait=30000 HTTP/1.1\r\n" + HOST + b"\r\n")
    client.head()
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
    all_released(server, 1.5)


def test_a_client_that_takes_nothing_is_given_up(server):
    before = streams(server)["made"]
    with server.client(receive_buffer=65536) as client:
        client.send(b"GET /probe/stream/100000000 HTTP/1.1\r\n" + HOST + b"\r\n")
        client.head()
        started = time.monotonic()
        all_released(server, 8)
        assert time.monotonic() - started > 1.5
        assert streams(server)["made"] - before < 1 * MIB, "the kernel holds too much"


def test_a_slow_client_gets_everything_and_costs_next_to_nothing(server):
    """It takes twice as long as send_seconds, in many small sips."""
    worker = server.workers[0]
    length = 12 * MIB
    with server.client(receive_buffer=65536) as client:
        client.send(f"GET /probe/stream/{length} HTTP/1.1\r\n".encode() + HOST + b"\r\n")
        client.head()
        before, resident = cpu_seconds(worker), resident_kb(worker)
        body, most = bytearray(client.buffer), 0
        for _ in range(48):
            time.sleep(0.1)
            while len(body) < length:
                piece = client.socket.recv(16384)
                body += piece
                if len(body) // (length // 48) > (len(body) - len(piece)) // (length // 48):
                    break
            most = max(most, resident_kb(worker))
        while len(body) < length:
            body += client.socket.recv(65536)
    assert bytes(body) == expected(length)
    assert most - resident < 1024, "memory of the worker grew by more than a MiB"
    assert cpu_seconds(worker) - before < 1.5


def resident_kb(pid):
    return int(status_of(pid)["VmRSS"].split()[0])


def test_memory_does_not_grow_with_many_slow_clients(server):
    worker = server.workers[0]
    clients = [server.client(receive_buffer=4096) for _ in range(50)]
    for client in clients:
        client.get("/assets/icon.svg")
    before = resident_kb(worker)
    for client in clients:
        client.send(b"GET /probe/stream/100000000 HTTP/1.1\r\n" + HOST + b"\r\n")
        client.head()
    assert resident_kb(worker) - before < 50 * 256
    for client in clients:
        client.close()
    all_released(server)


def test_requests_sent_behind_a_download_are_answered_after_it(server):
    with server.client() as client:
        client.send((b"GET /probe/stream/1000000 HTTP/1.1\r\n" + HOST + b"\r\n") * 3 +
                    b"GET /assets/icon.svg HTTP/1.1\r\n" + HOST + b"\r\n")
        for _ in range(3):
            assert client.answer().body == expected(1000000)
        assert client.answer().status == 200


def test_the_log_tells_the_status_and_every_byte_sent(server):
    with server.client() as client:
        answer = client.get("/probe/stream/123456")
    sent = len(answer.raw_head) + 4 + 123456
    assert server.log_of(route="probe", status=200, bytes=sent)


# --- beside others ---

@pytest.mark.parametrize("downloads", [1, 8])
def test_other_requests_are_answered_between_the_slices(server, downloads, record_property):
    """The time is reported, not judged: the machine may be busy."""
    url = f"https://localhost:{server.port}/probe/stream/100000000000?work=100"
    running = [subprocess.Popen(["curl", "-sk", "-o", "/dev/null", url]) for _ in range(downloads)]
    taken = []
    try:
        with server.client() as client:
            for _ in range(300):
                started = time.perf_counter()
                assert client.get("/assets/icon.svg").status == 200
                taken.append(time.perf_counter() - started)
        assert all(one.poll() is None for one in running)
    finally:
        for one in running:
            one.kill()
            one.wait()
    taken.sort()
    p99 = 1000 * taken[int(len(taken) * 0.99)]
    record_property("p99_ms", p99)
    print(f"{downloads} downloads: p50 {1000 * taken[len(taken) // 2]:.1f} ms, p99 {p99:.1f} ms")
    all_released(server)


# --- the end of the server ---

def test_a_stopping_server_finishes_a_download():
    with Server(drain_seconds=20) as server:
        with server.client() as client:
            client.send(b"GET /probe/stream/400000?slice=40000&wait=100 HTTP/1.1\r\n" + HOST + b"\r\n")
            client.head()
            with concurrent.futures.ThreadPoolExecutor(1) as pool:
                stopped = pool.submit(server.stop)
                while len(client.buffer) < 400000:
                    assert client._more()
                assert client.buffer == expected(400000)
                client.buffer = b""
                assert client.is_closed()
                assert stopped.result() == 0


def test_a_stopping_server_cuts_a_download_that_takes_too_long():
    with Server(drain_seconds=1) as server:
        with server.client(receive_buffer=65536) as client:
            client.send(b"GET /probe/stream/100000000 HTTP/1.1\r\n" + HOST + b"\r\n")
            client.head()
            started = time.monotonic()
            assert server.stop() == 0
            assert time.monotonic() - started < 5
            data, _ = read_rest(client)
            assert len(data) < 100000000
        assert server.log_of(route="probe", status=503)
