"""TLS: what Debian's Kore cannot do at all, and certificates that change while the server runs."""
import concurrent.futures
import contextlib
import os
import random
import re
import signal
import shutil
import socket
import ssl
import statistics
import struct
import subprocess
import threading
import time

import pytest

from server import HOST, Client, Server, children, free_port, make_certificate, program, wait_until

TLS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


@pytest.fixture(scope="module", params=["ec", "rsa"])
def server(request):
    with Server(build="release", certificate=request.param, workers=2) as running:
        yield running


@pytest.fixture
def own(request):
    with Server(build="release", workers=2) as running:
        yield running


def context_of(server, version=None, alpn=None):
    context = ssl.create_default_context(cafile=server.folder / "tls.crt")
    if version:
        context.minimum_version = context.maximum_version = TLS[version]
    if alpn:
        context.set_alpn_protocols(alpn)
    return context


class ByHand:
    """A connection whose handshake is done but for the client's last flight; its bytes leave as the test says."""

    def __init__(self, port, context, session=None):
        self.plain = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_hostname="localhost", session=session)
        self.until(self.tls.do_handshake)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.plain.close()

    def until(self, step):
        while True:
            try:
                return step()
            except ssl.SSLWantReadError:
                self.flush()
                self.hear()

    def flush(self):
        if self.outgoing.pending:
            self.plain.sendall(self.outgoing.read())

    def hear(self):
        piece = self.plain.recv(65536)
        self.incoming.write(piece) if piece else self.incoming.write_eof()

    def read(self):
        return self.until(lambda: self.tls.read(65536))


def s_client(server, *options, send=b""):
    """What `openssl s_client` sees; Debian's command line is a client of another make."""
    run = subprocess.Popen(["openssl", "s_client", "-connect", f"127.0.0.1:{server.port}",
                            "-servername", "localhost", *options],
                           stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    time.sleep(0.5)
    try:
        return run.communicate(send, timeout=5)[0].decode(errors="replace")
    except subprocess.TimeoutExpired:
        run.kill()
        return run.communicate()[0].decode(errors="replace")


@pytest.mark.parametrize("version", TLS)
def test_handshakes_complete_with_either_kind_of_key(server, version):
    with server.client(context=context_of(server, version)) as client:
        assert client.socket.version() == f"TLSv{version}"
        assert client.get("/assets/icon.svg").status == 200
        cipher = client.socket.cipher()[0]
        assert "AES128-GCM" in cipher or "AES_128_GCM" in cipher


def test_older_versions_are_refused(server):
    assert "alert protocol version" in s_client(server, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0")


def test_http_1_1_is_chosen_and_nothing_else_promised(server):
    with server.client(context=context_of(server, alpn=["h2", "http/1.1"])) as client:
        assert client.socket.selected_alpn_protocol() == "http/1.1"
    with pytest.raises(ssl.SSLError):
        server.client(context=context_of(server, alpn=["h2"]))


@pytest.mark.parametrize("version", TLS)
def test_a_ticket_is_good_at_every_worker(server, version):
    """OpenSSL's own ticket keys differ from worker to worker: half of the visits would pay in full."""
    context = context_of(server, version)
    with server.client(context=context) as client:
        client.get("/assets/icon.svg")
        session = client.socket.session
    reused = []
    for _ in range(16):
        with socket.create_connection(("127.0.0.1", server.port)) as plain:
            with context.wrap_socket(plain, server_hostname="localhost", session=session) as again:
                again.sendall(b"GET /assets/icon.svg HTTP/1.1\r\nHost: localhost\r\n\r\n")
                assert again.recv(100).startswith(b"HTTP/1.1 200")
                reused.append(again.session_reused)
    assert all(reused)


def test_a_request_that_comes_with_the_end_of_the_handshake_is_answered(server):
    """Both may be read from the kernel at once; then no event tells of the request any more."""
    context = context_of(server, "1.3")
    with server.client(context=context) as client:
        client.get("/assets/icon.svg")
        session = client.socket.session

    def one(_):
        with ByHand(server.port, context, session=session) as client:
            client.tls.write(b"GET /assets/icon.svg HTTP/1.1\r\nHost: localhost\r\n\r\n")
            client.flush()  # the client's last flight and its request in one piece
            return client.read().startswith(b"HTTP/1.1 200")

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        assert all(pool.map(one, range(800)))


def packets(client):
    """How many the server has sent, and those of them with data: tcpi_segs_in, tcpi_data_segs_in."""
    info = client.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 160)
    numbers = struct.unpack("8B24I4Q6I", info[:160])
    return numbers[-5], numbers[-2]


def packets_with_data(client):
    return packets(client)[1]


def test_what_belongs_together_leaves_together():
    """All records of an answer in one packet, and the farewell with them."""
    with Server(build="probe") as server, server.client() as client:
        client.get("/assets/icon.svg")
        before = packets_with_data(client)
        assert len(client.get("/probe/big/20").body) == 20480  # two records
        assert packets_with_data(client) - before == 1
        client.get("/probe/big/20", b"Connection: close\r\n")
        assert client.is_closed()
        assert packets_with_data(client) - before == 2


def test_the_end_of_the_connection_leaves_with_the_answer(server):
    """Answer, farewell and FIN in one packet, for who asks once and goes."""
    sent = []
    for _ in range(5):
        with server.client() as client:
            client.get("/assets/icon.svg")
            before = packets(client)[0]
            assert client.get("/assets/icon.svg", b"Connection: close\r\n").status == 200
            assert client.is_closed()
            sent.append(packets(client)[0] - before)
    assert min(sent) == 1, sent  # an acknowledgement may have gone alone


def test_who_sends_more_behind_its_last_request_still_gets_the_whole_answer(server):
    """What nobody reads makes the kernel answer with a reset as the socket is closed."""
    for _ in range(20):
        with ByHand(server.port, context_of(server, "1.3")) as client:
            client.tls.write(b"GET /assets/icon.svg HTTP/1.1\r\nHost: localhost\r\n\r\n")
            client.flush()
            assert client.read().startswith(b"HTTP/1.1 200")
            client.tls.write(b"GET /assets/icon.svg HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            client.flush()
            with contextlib.suppress(ssl.SSLWantReadError):
                client.tls.unwrap()
            client.flush()
            answer = client.read()
            head, _, body = answer.partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200") and body.rstrip().endswith(b"</svg>"), answer


def test_who_says_farewell_while_a_long_answer_is_on_its_way_gets_all_of_it():
    """It comes to a socket that is done with, but for what is still to be sent."""
    with Server(build="probe") as server, ByHand(server.port, context_of(server, "1.3")) as client:
        client.tls.write(b"GET /probe/big/4000 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        client.flush()
        client.plain.recv(1, socket.MSG_PEEK)  # it is on its way
        with contextlib.suppress(ssl.SSLWantReadError):
            client.tls.unwrap()
        client.flush()
        got = b""
        with contextlib.suppress(ssl.SSLZeroReturnError):  # the server's farewell
            while piece := client.read():
                got += piece
        assert len(got.partition(b"\r\n\r\n")[2]) == 4000 * 1024


def test_http_1_0_may_be_said_by_alpn(server):
    said = subprocess.run(["curl", "--silent", "--insecure", "--http1.0", "--include",
                           f"https://127.0.0.1:{server.port}/assets/icon.svg"], stdout=subprocess.PIPE, check=True).stdout
    assert said.startswith(b"HTTP/1.1 200")


def test_a_request_need_not_wait_for_the_end_of_the_handshake_to_be_acknowledged(server):
    """A client that does not say TCP_NODELAY waits for that, and the kernel takes its time."""
    context = context_of(server, "1.3")
    took = []
    for _ in range(5):
        with server.client(context=context) as client:
            began = time.monotonic()
            assert client.get("/assets/icon.svg").status == 200
            took.append(time.monotonic() - began)
    assert min(took) < 0.03  # the kernel's time is 40 ms


def test_a_ticket_does_not_wait_for_the_rest_of_a_request(server):
    """It is held back for the answer, but half a request has none yet, and its other half may wait for the ticket's
    acknowledgement."""
    context, clients, took = context_of(server, "1.3"), [], []
    for _ in range(9):  # all open at a time: none has the memory of one before
        clients.append(ByHand(server.port, context))
        clients[-1].tls.write(b"GET /assets/icon.svg HTTP/1.1\r\n")
        began = time.monotonic()
        clients[-1].flush()
        clients[-1].hear()
        took.append(time.monotonic() - began)
    for client in clients:
        client.tls.write(HOST + b"\r\n")
        assert client.read().startswith(b"HTTP/1.1 200")
        client.plain.close()
    assert statistics.median(took) < 0.1  # the kernel's time is 200 ms


def cut(dice, data, most):
    """It in pieces of at most so many bytes, by chance."""
    while data:
        length = dice.randint(1, min(len(data), most))
        yield data[:length]
        data = data[length:]


def talk(server, context, seed):
    """Requests in records, and records in packets, however they fall; whether each was answered, in order."""
    dice = random.Random(seed)
    lengths = [dice.choice([0, 1, 700, 8000]) for _ in range(dice.randint(1, 12))]
    said = b"".join(b"POST /probe/echo HTTP/1.1\r\n" + HOST + b"Content-Length: %d\r\n\r\n" % n + bytes(n)
                    for n in lengths)
    record, packet = max(dice.choice([7, 900, 16384]), len(said) // 300), dice.choice([300, 1500, 70000])
    ends = dice.random() < 0.5  # sending, as soon as all is said
    with ByHand(server.port, context) as client:
        for piece in cut(dice, said, record):
            client.tls.write(piece)
        for piece in cut(dice, client.outgoing.read(), packet):
            client.plain.sendall(piece)
        if ends:
            client.plain.shutdown(socket.SHUT_WR)
        heard = b""
        while heard.count(b"body_length") < len(lengths):
            piece = client.read()
            assert piece, heard
            heard += piece
    return [int(n) for n in re.findall(rb"body_length\W+(\d+)", heard)] == lengths


@pytest.mark.parametrize("version", TLS)
def test_however_records_and_packets_fall_every_request_is_answered(version):
    """Nothing is asked of a socket that was emptied, so nothing may be left behind in OpenSSL or there."""
    with Server(build="probe") as server:
        context = context_of(server, version)
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            assert all(pool.map(lambda seed: talk(server, context, seed), range(60)))


def test_a_client_may_change_its_keys_between_requests(server):
    run = subprocess.Popen(["openssl", "s_client", "-connect", f"127.0.0.1:{server.port}", "-servername", "localhost",
                            "-tls1_3"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    seen = []
    reader = threading.Thread(target=lambda: seen.extend(iter(lambda: os.read(run.stdout.fileno(), 4096), b"")))
    reader.start()
    try:
        for n, request in enumerate([b"GET /assets/icon.svg HTTP/1.1\r\n" + HOST + b"\r\n"] * 3, 1):
            run.stdin.write(request)
            run.stdin.flush()
            wait_until(lambda: b"".join(seen).count(b"HTTP/1.1 200") == n)
            run.stdin.write(b"K\n")  # new keys, and the server's, too
            run.stdin.flush()
            wait_until(lambda: b"".join(seen).count(b"KEYUPDATE") == n)
    finally:
        run.kill()
        run.wait()
        reader.join()


def reads_in_vain(worker, folder, do):
    """How often a worker asks a socket that has nothing, while something is done."""
    with open(folder / "strace.err", "wb") as errors:
        strace = subprocess.Popen(["strace", "-e", "trace=recvfrom", "-o", folder / "strace", "-p", str(worker)],
                                  stderr=errors)
    wait_until(lambda: b"attached" in (folder / "strace.err").read_bytes())
    do()
    strace.terminate()
    strace.wait()
    calls = (folder / "strace").read_text()
    assert calls.count(" = ") >= 20, calls
    return calls.count("EAGAIN")


def test_a_socket_that_gave_all_it_had_is_not_asked_once_more(tmp_path):
    """Each request was two calls once; an event now and then tells of what was taken already. The connection has
    the memory of one that ended."""
    with Server(build="release") as server:
        for _ in range(3):
            with server.client() as before:
                before.get("/assets/icon.svg")
                before.half_close()
                assert before.is_closed()
        with server.client() as client:
            asked = reads_in_vain(server.workers[0], tmp_path,
                                  lambda: [client.get("/assets/icon.svg") for _ in range(20)])
    assert asked < 15


def test_one_ticket_is_given(server):
    seen = s_client(server, "-tls1_3", "-msg", send=b"GET /assets/icon.svg HTTP/1.0\r\n\r\n")
    assert seen.count("NewSessionTicket") == 1


def test_a_client_cannot_renegotiate(server):
    seen = s_client(server, "-tls1_2", send=b"R\n")
    assert "RENEGOTIATING" in seen
    assert "no renegotiation" in seen


def test_a_client_without_server_name_is_served(server):
    with server.client(name=None) as client:
        assert client.get("/assets/icon.svg").status == 200


def certificate_of(server):
    with server.client() as client:
        return client.socket.getpeercert(binary_form=True)


def der(path):
    return ssl.PEM_cert_to_DER_cert(path.read_text())


def replace_identity(server, name):
    for kind in ("crt", "key"):
        shutil.copyfile(server.folder / f"{name}.{kind}", server.folder / f"tls.{kind}")


def reload(server):
    server.process.send_signal(signal.SIGUSR1)


@pytest.mark.parametrize("key", ["ec", "rsa"])
def test_a_new_certificate_with_a_new_key_is_taken_without_a_dropped_connection(own, key):
    make_certificate(own.folder, "new", key=key)
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with own.client(context=context) as before:
        before.get("/assets/icon.svg")
        session = before.socket.session
        processes = own.processes()
        replace_identity(own, "new")
        reload(own)
        wait_until(lambda: all(certificate_of(own) == der(own.folder / "new.crt") for _ in range(10)))
        assert before.get("/assets/icon.svg").status == 200
    assert own.processes() == processes
    with socket.create_connection(("127.0.0.1", own.port)) as plain:
        with context.wrap_socket(plain, server_hostname="localhost", session=session) as again:
            assert again.session_reused  # the ticket keys stay


@pytest.mark.parametrize("spoil, why", [
    (lambda f: (f / "tls.key").write_text("no key"), "tls_key"),
    (lambda f: shutil.copyfile(f / "other.key", f / "tls.key"), "does not match|mismatch"),
    (lambda f: (f / "tls.crt").write_text(""), "empty"),
    (lambda f: (f / "tls.crt").write_bytes((f / "tls.crt").read_bytes()[:200]), "tls_certificate"),
    (lambda f: (f / "tls.key").unlink(), "No such file"),
    (lambda f: (f / "tls.key").write_text("x" * 100000), "too large"),
])
def test_a_bad_certificate_or_key_changes_nothing(own, spoil, why):
    make_certificate(own.folder, "other")
    good = der(own.folder / "tls.crt")
    spoil(own.folder)
    reload(own)
    wait_until(lambda: "stay as they are" in own.errors())
    assert any(part in own.errors() for part in why.split("|")), own.errors()
    assert "BEGIN" not in own.errors()
    time.sleep(0.3)
    assert all(certificate_of(own) == good for _ in range(4))
    for worker in own.workers:  # a new worker has nothing else to read it from
        os.kill(worker, signal.SIGKILL)
    wait_until(own.is_ready)
    assert certificate_of(own) == good


def failed_start(server):
    server.start(ready=False)
    status = server.process.wait(10)
    server.process = None
    return status, server.errors()


@pytest.mark.parametrize("spoil, why", [
    (lambda f: (f / "tls.key").unlink(), "tls_key: "),
    (lambda f: (f / "tls.crt").unlink(), "tls_certificate: "),
    (lambda f: make_certificate(f / "other"), "tls_key does not match the certificate|key values mismatch"),
    (lambda f: (f / "tls.crt").write_text("rubbish"), "tls_certificate is not a PEM certificate chain"),
])
def test_a_server_does_not_start_without_a_good_pair(spoil, why):
    server = Server(build="release")
    (server.folder / "other").mkdir()
    spoil(server.folder)
    if (server.folder / "other/tls.key").exists():
        shutil.copyfile(server.folder / "other/tls.key", server.folder / "tls.key")
    status, errors = failed_start(server)
    assert status == 1
    assert any(part in errors for part in why.split("|")), errors
    server.temporary.cleanup()


def test_a_taken_port_is_named(own):
    second = Server(build="release")
    second.settings["lookup_port"] = own.port
    second.write_settings()
    status, errors = failed_start(second)
    assert status == 1
    assert f"cannot bind 127.0.0.1:{own.port}: Address already in use" in errors
    second.temporary.cleanup()
