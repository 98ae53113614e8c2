"""Raw requests and what must become of them: tests/http/requests.vectors, a connection each, against the
shipped code and under the sanitizers."""
import pathlib
import re

import pytest

from server import HOST, Server

FILE = pathlib.Path(__file__).with_name("requests.vectors")
LINE = re.compile(r"(?:(?P<statuses>\d{3}(?:\+\d{3})*)\s+)?(?P<state>open|closed|waits)\s+(?P<name>.*?)\s*\| (?P<data>.*)")
ASSET = "/assets/icon.svg"
AGAIN = b"GET " + ASSET.encode() + b" HTTP/1.1\r\n" + HOST + b"\r\n"
SECURITY = ("strict-transport-security", "x-content-type-options", "x-frame-options", "referrer-policy",
            "cross-origin-opener-policy", "cross-origin-resource-policy", "content-security-policy",
            "cache-control", "date")


def raw(text):
    """The bytes that a line of the file writes."""
    text = text.replace("$H", "Host: localhost¶").replace("$A", ASSET).replace("$E", "/probe/echo")
    text = re.sub(r"\{([^{}*]+)\*(\d+)\}", lambda m: m[1] * int(m[2]), text).replace("{}", "")
    data = text.encode().replace("¶".encode(), b"\r\n")
    return re.sub(rb"\\(x[0-9a-f]{2}|.)", lambda m: bytes.fromhex(m[1][1:].decode()) if m[1][:1] == b"x"
                  else {b"r": b"\r", b"n": b"\n", b"t": b"\t", b"\\": b"\\"}[m[1]], data)


def vectors():
    area = None
    for number, line in enumerate(FILE.read_text().split("\n"), 1):
        if line.startswith("## "):
            area = line[3:]
        elif line and not line.startswith("#"):
            fields = LINE.fullmatch(line)
            assert fields, f"{FILE.name}:{number}: not STATUS STATE NAME | BYTES"
            statuses = [int(s) for s in (fields["statuses"] or "").split("+") if s]
            yield pytest.param(statuses, fields["state"], raw(fields["data"]),
                               id=f"{area}: {fields['name']}")


VECTORS = list(vectors())


@pytest.fixture(scope="module", params=["probe", "asan"])
def server(request):
    with Server(build=request.param) as running:
        yield running


def test_there_are_enough_and_none_twice():
    assert len(VECTORS) >= 250
    assert len({v.id for v in VECTORS}) == len(VECTORS)
    assert len({v.values[2] for v in VECTORS}) >= len(VECTORS) - 3


def assert_headers(answer):
    assert all(name in answer.headers for name in SECURITY), answer.raw_head
    assert answer.raw_head.count(b"\r\ncontent-length:") == (0 if answer.status in (204, 304) else 1)
    assert b"server:" not in answer.raw_head.lower()


@pytest.mark.parametrize("statuses, state, data", VECTORS)
def test_request(server, statuses, state, data):
    bare = data.lstrip(b"\r\n").startswith(b"HEAD ")
    with server.client() as client:
        client.send(data)
        for status in statuses:
            answer = client.answer(to_head=bare)
            assert answer.status == status, answer
            if status >= 200:
                assert_headers(answer)
        if state == "open":
            assert client.ask(AGAIN).status == 200
        elif state == "closed":
            assert client.is_closed()
        else:
            client.socket.settimeout(0.15)
            with pytest.raises(TimeoutError):
                client.socket.recv(1)
