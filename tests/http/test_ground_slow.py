"""Slow and silent clients, slow handlers, slow downloads. All scenarios run at the same time against
one server with short limits; each test looks at the outcome of one."""
import concurrent.futures
import socket
import ssl
import time

import pytest

from server import Client, Server, HOST

HEADER, BODY, HANDSHAKE, KEEPALIVE, SEND = 1, 1, 1, 3, 2  # seconds
SLACK = 1.2  # of the server's clock, and of a busy machine
SCENARIOS = {}


def scenario(function):
    SCENARIOS[function.__name__] = function
    return function


class Took:
    """with Took(at_least, at_most): it must take that long."""

    def __init__(self, at_least, at_most):
        self.at_least, self.at_most = at_least, at_most

    def __enter__(self):
        self.started = time.monotonic()

    def __exit__(self, kind, *_):
        if kind is None:
            took = time.monotonic() - self.started
            assert self.at_least <= took <= self.at_most, f"took {took:.2f} s"


def plain(server):
    return socket.create_connection(("127.0.0.1", server.port), timeout=20)


@scenario
def a_client_that_says_nothing_after_the_handshake_is_let_go(server):
    with server.client() as client, Took(0.7, HEADER + SLACK):
        assert client.is_closed(10)


@scenario
def a_client_that_never_shakes_hands_is_let_go(server):
    with plain(server) as client, Took(0.7, HANDSHAKE + SLACK):
        assert client.recv(1) == b""


@scenario
def a_handshake_byte_by_byte_does_not_last_for_ever(server):
    """Kore's timer begins again with every byte."""
    hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200)
    with plain(server) as client, Took(0.7, HANDSHAKE + SLACK):
        with pytest.raises(OSError):
            for byte in hello:
                client.send(bytes([byte]))
                time.sleep(0.1)


@scenario
def a_head_that_trickles_in_ends_in_408(server):
    with server.client() as client, Took(0.7, HEADER + SLACK):
        client.socket.settimeout(0.1)
        client.send(b"GET /assets/icon.svg HTTP/1.1\r\n" + HOST)
        for _ in range(60):
            try:
                client.send(b"X: a\r\n")
                answer = client.answer()
                break
            except TimeoutError:
                pass
        assert answer.status == 408 and answer.headers["connection"] == "close"


@scenario
def a_body_that_trickles_in_ends_in_408(server):
    with server.client() as client, Took(0.7, BODY + SLACK):
        client.socket.settimeout(0.1)
        client.send(b"POST /probe/echo HTTP/1.1\r\n" + HOST + b"Content-Length: 1000\r\n\r\n")
        for _ in range(60):
            try:
                client.send(b"x")
                answer = client.answer()
                break
            except TimeoutError:
                pass
        assert answer.status == 408


@scenario
def an_idle_connection_is_kept_for_keepalive_seconds_not_for_header_seconds(server):
    with server.client() as client:
        assert client.get("/assets/icon.svg").status == 200
        time.sleep(KEEPALIVE - 0.8)
        assert client.get("/assets/icon.svg").status == 200
        with Took(KEEPALIVE - 0.5, KEEPALIVE + SLACK):
            assert client.is_closed(10)


@scenario
def a_get_handler_may_take_longer_than_every_limit_on_clients(server):
    with server.client() as client:
        assert client.get("/probe/slow/3500").text == "slow\n"
        assert client.get("/assets/icon.svg").status == 200


@scenario
def a_post_handler_may_take_longer_than_the_body_may(server):
    """Kore's body timer runs on while the handler works: 408."""
    with server.client() as client:
        client.send(b"POST /probe/slow/2500 HTTP/1.1\r\n" + HOST + b"Content-Length: 4\r\n\r\nab")
        time.sleep(0.3)
        client.send(b"cd")
        assert client.answer().text == "slow\n"


def read_slowly(client, length, seconds):
    got, started = 0, time.monotonic()
    while got < length:
        piece = client.socket.recv(65536)
        assert piece, f"cut after {got} of {length} bytes"
        got += len(piece)
        ahead = started + seconds * got / length - time.monotonic()
        if ahead > 0:
            time.sleep(ahead)
    return got


@scenario
def a_slow_download_is_not_cut(server):
    """Kore answers 408 in the middle of it, ten seconds after the request."""
    length = 8 << 20
    with Client(server.port, receive_buffer=16384, seconds=20) as client:
        client.send(b"GET /probe/big/8192 HTTP/1.1\r\n" + HOST + b"\r\n")
        status, headers, _ = client.head()
        assert (status, headers["content-length"]) == (200, str(length))
        assert read_slowly(client, length - len(client.buffer), 5) == length - len(client.buffer)
        client.buffer = b""
        assert client.get("/assets/icon.svg").status == 200


@scenario
def a_download_that_stands_still_is_given_up(server):
    with Client(server.port, receive_buffer=16384, seconds=20) as client:
        client.send(b"GET /probe/big/8192 HTTP/1.1\r\n" + HOST + b"\r\n")
        time.sleep(SEND + SLACK + 1)
        got = 0
        with pytest.raises((OSError, ssl.SSLError, EOFError)):
            while got < 8 << 20:
                piece = client.socket.recv(65536)
                if not piece:
                    raise EOFError
                got += len(piece)


LAST = b"GET /probe/big/%d HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"


def says(client, data, flags=0):
    """As it is, beside TLS: what comes behind the last request is thrown away."""
    socket.socket.send(client.socket, data, flags)


def read_last_answer(server, farewell):
    """Slowly; and more than two seconds after it was handed to the kernel the client says something."""
    length = 256 << 10
    with Client(server.port, receive_buffer=4096, seconds=20) as client:
        client.send(LAST % (length >> 10))
        client.head()
        half = (length - len(client.buffer)) * 3 // 4
        got = len(client.buffer) + read_slowly(client, half, 4)
        farewell(client)
        got += read_slowly(client, length - got, 2)
        assert got == length and client.socket.recv(1) == b""


@scenario
def a_last_answer_is_whole_whatever_its_slow_reader_says_meanwhile(server):
    """What comes to a socket that is closed is answered by a reset."""
    read_last_answer(server, lambda client: says(client, b"farewell"))


@scenario
def a_last_answer_is_whole_for_a_slow_reader_who_closes_its_side(server):
    def farewell(client):
        says(client, bytes(30000), socket.MSG_MORE)  # the end comes with it
        client.half_close()
    read_last_answer(server, farewell)


@scenario
def nobody_holds_a_connection_by_sipping_at_its_last_answer(server):
    """It moves all the time, but no last answer is waited for at less than 8 KB a second."""
    got, length = 0, 18 << 10
    with Client(server.port, receive_buffer=2304, seconds=20) as client:
        client.send(LAST % (length >> 10))
        with pytest.raises(OSError):
            while got < length:
                got += len(socket.socket.recv(client.socket, 512))
                says(client, b"x")
                time.sleep(0.25)
        assert got < length


@scenario
def a_pipelining_client_that_does_not_read_takes_no_memory(server):
    """The next request is looked at only when the answer before it is gone."""
    with Client(server.port, receive_buffer=16384, seconds=20) as client:
        data = b"GET /probe/big/512 HTTP/1.1\r\n" + HOST + b"\r\n"
        client.send(data * 100)
        time.sleep(1)
        for _ in range(100):
            assert len(client.answer().body) == 512 << 10


@pytest.fixture(scope="module", params=["probe", "asan"])
def outcomes(request):
    with Server(build=request.param, header_seconds=HEADER, body_seconds=BODY, send_seconds=SEND,
                handshake_seconds=HANDSHAKE, keepalive_seconds=KEEPALIVE) as server:
        with concurrent.futures.ThreadPoolExecutor(len(SCENARIOS)) as pool:
            running = {name: pool.submit(function, server) for name, function in SCENARIOS.items()}
            concurrent.futures.wait(running.values())
        yield running


@pytest.mark.parametrize("name", SCENARIOS)
def test(outcomes, name):
    outcomes[name].result()
