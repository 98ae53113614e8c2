"""Load balancers in front: a PROXY header says who the client is, and only from where it may be said."""
import contextlib
import re
import socket
import struct
import subprocess
import time

import pytest

from server import HOST, UNVERIFIED, Client, Server, free_port, make_certificate, program, wait_until

TWO = b"\r\n\r\n\0\r\nQUIT\n"
ECHO = b"GET /probe/echo HTTP/1.1\r\n" + HOST + b"\r\n"


@pytest.fixture(scope="module", params=["probe", "asan"])
def server(request):
    with Server(build=request.param, proxy_addresses="127.0.0.5, 127.1.0.0/16", handshake_seconds=2) as running:
        yield running


class Balanced(Client):
    """One TLS connection behind a load balancer, which comes from that address and says these bytes."""

    def __init__(self, port, source, *pieces):
        plain = socket.create_connection(("127.0.0.1", port), 10, (source, 0))
        for piece in pieces:
            plain.sendall(piece)
            time.sleep(0.02 if len(pieces) > 1 else 0)
        self.socket = UNVERIFIED.wrap_socket(plain, server_hostname="localhost")
        self.buffer = b""


def client_of(server, source, *pieces):
    with Balanced(server.port, source, *pieces) as client:
        first, second = (client.ask(ECHO).text for _ in range(2))
        assert first == second
        return dict(line.partition("=")[::2] for line in first.split("\n"))["client"]


def two(command, family, data):
    return TWO + bytes([command, family]) + struct.pack(">H", len(data)) + data


V4 = socket.inet_aton("192.0.2.9") + socket.inet_aton("127.0.0.1") + struct.pack(">HH", 5000, 443)
V6 = socket.inet_pton(socket.AF_INET6, "2001:db8::9") + bytes(16) + struct.pack(">HH", 5000, 443)


@pytest.mark.parametrize("header, client", [
    (b"PROXY TCP4 192.0.2.7 198.51.100.1 5000 443\r\n", "192.0.2.7"),
    (b"PROXY TCP6 2001:db8::7 2001:db8::8 5000 443\r\n", "2001:db8::7"),
    (b"PROXY UNKNOWN\r\n", "127.0.0.5"),
    (two(0x21, 0x11, V4), "192.0.2.9"),
    (two(0x21, 0x21, V6), "2001:db8::9"),
    (b"PROXY TCP6 ::ffff:192.0.2.7 ::1 5000 443\r\n", "192.0.2.7"),
    (two(0x21, 0x11, V4 + b"\x03\x00\x04abcd"), "192.0.2.9"),
    (two(0x20, 0x00, b""), "127.0.0.5"),
])
def test_the_balancer_names_the_client(server, header, client):
    assert client_of(server, "127.0.0.5", header) == client


def test_a_socket_for_both_families_knows_addresses_of_ipv4():
    """Else all of them would be one network, which shares what it may miss, send and count."""
    with Server(lookup_address="::", proxy_addresses="127.0.0.5") as both:
        assert client_of(both, "127.0.0.7") == "127.0.0.7"
        assert client_of(both, "127.0.0.5", b"PROXY TCP4 192.0.2.7 198.51.100.1 5000 443\r\n") == "192.0.2.7"


def test_the_header_may_come_in_pieces(server):
    header = b"PROXY TCP4 192.0.2.7 198.51.100.1 5000 443\r\n"
    assert client_of(server, "127.1.2.3", header[:3], header[3:20], header[20:-1], header[-1:]) == "192.0.2.7"


def test_others_come_without(server):
    assert client_of(server, "127.0.0.6") == "127.0.0.6"


def test_nobody_else_is_believed(server):
    with pytest.raises(OSError):
        client_of(server, "127.0.0.6", b"PROXY TCP4 192.0.2.7 198.51.100.1 5000 443\r\n")


@pytest.mark.parametrize("header", [b"", b"PROXY TCP4 nonsense\r\n", two(0x31, 0x11, V4), b"GET / HTTP/1.1\r\n\r\n"])
def test_a_balancer_that_says_nothing_of_its_client_is_not_served(server, header):
    with pytest.raises(OSError):
        client_of(server, "127.0.0.5", header)


def refused_headers(server):
    _, _, text = server.ask_admin("/metrics")
    return int(re.search(r"^suyuan_proxy_headers_refused_total (\d+)", text, re.M)[1])


def test_a_balancer_that_asks_only_for_the_port_is_no_refusal(server):
    before = refused_headers(server)
    for _ in range(3):
        socket.create_connection(("127.0.0.1", server.port), 10, ("127.0.0.5", 0)).close()
    with contextlib.suppress(OSError):
        client_of(server, "127.0.0.5", b"GET / HTTP/1.1\r\n\r\n")
    wait_until(lambda: refused_headers(server) > before)
    assert refused_headers(server) == before + 1


def test_a_silent_balancer_is_given_up_in_time(server):
    with socket.create_connection(("127.0.0.1", server.port), 10, ("127.0.0.5", 0)) as plain:
        plain.sendall(TWO[:6])
        began = time.monotonic()
        with contextlib.suppress(ConnectionResetError):  # what it said was never taken
            assert plain.recv(1) == b""
        assert time.monotonic() - began < 8


def test_a_setting_that_is_no_network_is_refused_by_name(tmp_path):
    make_certificate(tmp_path)
    (tmp_path / "suyuan.conf").write_text(f"""proxy_addresses = 10.0.0.1/8
tls_certificate = {tmp_path}/tls.crt
tls_key = {tmp_path}/tls.key
run_folder = {tmp_path}/run
lookup_port = {free_port()}
""")
    ended = subprocess.run([program("release"), "lookup", "--config", tmp_path / "suyuan.conf"],
                           capture_output=True, text=True, timeout=20)
    assert ended.returncode != 0
    assert "proxy_addresses: '10.0.0.1/8' is no address and no network" in ended.stderr
