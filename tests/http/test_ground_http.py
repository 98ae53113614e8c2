"""What the server makes of requests: each trap that Kore's own HTTP falls into, and each that lies
in wait for an HTTP server as such. Every test runs against the shipped code and under the sanitizers."""
import concurrent.futures
import re
import socket
import time

import pytest

from server import HOST, Server, cpu_seconds, program, status_of

DATE = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} 20\d\d \d\d:\d\d:\d\d GMT")


@pytest.fixture(scope="module", params=["probe", "asan"])
def server(request):
    with Server(build=request.param, body_kb=4096) as running:
        yield running


def request(line, *headers, body=b""):
    head = b"".join(h.encode() + b"\r\n" for h in headers)
    return line.encode() + b" HTTP/1.1\r\n" + HOST + head + b"\r\n" + body


def assert_refused(server, data, status):
    """That status, as a problem document, then the end of the connection; and in the log."""
    with server.client() as client:
        answer = client.ask(data)
        assert answer.status == status
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["connection"] == "close"
        assert answer.json["status"] == status
        assert answer.json["detail"]
        assert client.is_closed()
    server.log_of(id=answer.json["instance"].rpartition(":")[2], status=status)
    return answer


def echo(answer):
    lines = [line.partition("=") for line in answer.text.split("\n") if "=" in line]
    return {name: value for name, _, value in lines}


# --- ordinary life -----------------------------------------------------------------------------

def test_every_answer_carries_date_and_the_security_headers(server):
    for path in ("/probe/echo", "/nothing-here", "/%00"):
        headers = server.get(path).headers
        assert DATE.fullmatch(headers["date"])
        assert headers["strict-transport-security"].startswith("max-age=")
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["cache-control"] == "no-store"
        assert "server" not in headers


def test_date_of_a_shared_blob_moves_on(server):
    first = server.get("/probe/blob").headers["date"]
    time.sleep(1.1)
    assert server.get("/probe/blob").headers["date"] != first


def test_head_is_get_without_body(server):
    for path in ("/assets/icon.svg", "/probe/blob", "/probe/big/100"):
        with server.client() as client:
            full = client.get(path)
            bare = client.ask(request(f"HEAD {path}"), to_head=True)
            assert (bare.status, bare.headers["content-length"]) == (200, str(len(full.body)))
            assert client.get("/assets/icon.svg").status == 200  # no stray byte before it


def test_connection_is_kept_open(server):
    with server.client() as client:
        for _ in range(5):
            answer = client.get("/assets/icon.svg")
            assert answer.status == 200 and "connection" not in answer.headers


@pytest.mark.parametrize("value", ["close", "Close", "keep-alive, close", "close , x"])
@pytest.mark.parametrize("path", ["/assets/icon.svg", "/probe/blob"])
def test_close_is_heard_in_a_list_too(server, path, value):
    with server.client() as client:
        answer = client.get(path, f"Connection: {value}\r\n".encode())
        assert (answer.status, answer.headers["connection"]) == (200, "close")
        assert len(answer.body) == int(answer.headers["content-length"])
        assert client.is_closed()


def test_http_1_0_is_answered_and_closed(server):
    with server.client() as client:
        answer = client.ask("GET /assets/icon.svg HTTP/1.0\r\n\r\n")
        assert (answer.status, answer.headers["connection"]) == (200, "close")
        assert client.is_closed()


def test_answers_of_every_size_arrive_whole(server):
    with server.client() as client:
        for kib in (0, 1, 7, 8, 9, 15, 16, 17, 64, 3000):
            answer = client.get(f"/probe/big/{kib}")
            assert answer.body == b"x" * (kib << 10)


def test_big_answers_go_in_full_tls_records(server):
    """Kore would send 8 KB a record: twice the records, twice the system calls."""
    with server.client() as client:
        client.socket.settimeout(5)
        client.send(request("GET /probe/big/256"))
        biggest = 0
        client.head()
        left = (256 << 10) - len(client.buffer)
        while left > 0:
            piece = client.socket.recv(65536)  # one record at most
            left -= len(piece)
            biggest = max(biggest, len(piece))
        assert biggest > 12000


# --- pipelining and bodies ---------------------------------------------------------------------

def test_pipelined_requests_are_all_answered_in_order(server):
    with server.client() as client:
        client.send(b"".join(request(f"GET /probe/echo?q={i}") for i in range(300)))
        assert [echo(client.answer())["q"] for _ in range(300)] == [str(i) for i in range(300)]


def test_a_slow_answer_does_not_let_the_next_one_overtake(server):
    with server.client() as client:
        client.send(request("GET /probe/slow/300") + request("GET /assets/icon.svg"))
        assert client.answer().text == "slow\n"
        assert client.answer().text.startswith("<svg")


def test_requests_may_be_pipelined_behind_a_body(server):
    body = b"x" * 20000
    with server.client() as client:
        post = request("POST /probe/echo", f"Content-Length: {len(body)}", body=body)
        client.send(post[:9000])
        time.sleep(0.1)
        client.send(post[9000:] + request("GET /probe/echo?q=next"))
        assert echo(client.answer())["body_length"] == "20000"
        assert echo(client.answer())["q"] == "next"


def test_a_request_may_come_byte_by_byte(server):
    data = request("POST /probe/echo", "Content-Length: 5", body=b"hello")
    with server.client() as client:
        for i in range(len(data)):
            client.send(data[i:i + 1])
        assert echo(client.answer())["body"] == "hello"


def test_empty_lines_before_a_request_are_ignored(server):
    assert server.ask(b"\r\n\r\n" + request("GET /assets/icon.svg")).status == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_a_body_is_given_to_the_handler(server, method):
    answer = server.ask(request(f"{method} /probe/echo", "Content-Length: 3", body=b"abc"))
    assert (echo(answer)["method"], echo(answer)["body"]) == (method, "abc")


def test_a_large_body_arrives_whole(server):
    """Its buffer is enlarged by mremap, which Kore's system call filter does not know."""
    body = bytes(range(32, 127)) * 30000
    answer = server.ask(request("POST /probe/echo", f"Content-Length: {len(body)}", body=body))
    assert answer.body.endswith(b"body=" + body + b"\n")


def test_an_empty_body_is_a_body(server):
    answer = server.ask(request("POST /probe/echo", "Content-Length: 0"))
    assert echo(answer)["body_length"] == "0"


def test_bytes_beyond_content_length_cannot_starve_others(server):
    """In Kore this underflows a counter: no limit on memory, and the whole worker for minutes."""
    pid = server.workers[0]
    with server.client() as client:
        client.send(request("POST /probe/echo", "Content-Length: 1", body=b"ab"))
        assert echo(client.answer())["body"] == "a"
        sent, used = 0, cpu_seconds(pid)
        end = time.monotonic() + 3
        try:
            while sent < 30 << 20 and time.monotonic() < end:
                client.send(b"z" * 65536)
                sent += 65536
        except OSError:
            pass
        started = time.monotonic()
        assert server.get("/assets/icon.svg").status == 200
        assert time.monotonic() - started < 2
        assert cpu_seconds(pid) - used < 2
    assert int(status_of(pid)["VmRSS"].split()[0]) < (600 << 10 if server.build == "asan" else 150 << 10)


def test_expect_100_continue_is_answered_before_the_body(server):
    with server.client() as client:
        client.send(request("POST /probe/echo", "Expect: 100-continue", "Content-Length: 3"))
        assert client.answer().status == 100
        client.send(b"abc")
        assert echo(client.answer())["body"] == "abc"


def test_expect_100_continue_is_not_answered_when_the_body_is_refused(server):
    assert_refused(server, request("POST /probe/echo", "Expect: 100-continue",
                                   "Content-Length: 99999999"), 413)


# --- refusals: nothing is dropped in silence ---------------------------------------------------

@pytest.mark.parametrize("status, data", [
    (400, b"GET /assets/icon.svg HTTP/1.1\nHost: localhost\n\n"),
    (400, b"GET /assets/icon.svg HTTP/1.1\r\nHost: localhost\r\nX: y\n\r\n"),
    (400, b"GET /assets/icon.svg\r\nHost: localhost\r\n\r\n"),
    (400, b"GET  /assets/icon.svg HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    (400, b"\x16\x03\x01\x00\x00" * 10 + b"\r\n\r\n"),
    (400, b"GET healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    (400, b"GET /a#fragment HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    (400, b"GET /assets/icon.svg HTTP/1.1\r\nX: y\r\n\r\n"),
    (400, b"GET /assets/icon.svg HTTP/1.1\r\nHost-Foo: localhost\r\n\r\n"),
    (400, b"GET /assets/icon.svg HTTP/1.1\r\nHost:\r\n\r\n"),
    (400, b"GET /assets/icon.svg HTTP/1.1\r\nHost: a b\r\n\r\n"),
    (400, b"GET /assets/icon.svg HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n"),
    (400, request("GET /assets/icon.svg", "X: a", " b")),
    (400, request("GET /assets/icon.svg", "no colon")),
    (400, request("GET /assets/icon.svg", "X : y")),
    (400, b"GET /assets/icon.svg HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\n\r\n"),
    (400, b"GET /assets/icon.svg HTTP/1.1\r\nHost: localhost\r\nX: a\rb\r\n\r\n"),
    (505, b"GET /assets/icon.svg HTTP/2.0\r\nHost: localhost\r\n\r\n"),
    (505, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    (501, request("TRACE /assets/icon.svg")),
    (501, request("get /assets/icon.svg")),
    (501, b"CONNECT a:1 HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    (417, request("POST /probe/echo", "Expect: miracles", "Content-Length: 1", body=b"x")),
])
def test_malformed_requests_are_refused(server, status, data):
    assert_refused(server, data, status)


@pytest.mark.parametrize("status, headers, body", [
    (411, ["Transfer-Encoding: chunked"], b"3\r\nabc\r\n0\r\n\r\n"),
    (400, ["Transfer-Encoding: chunked", "Content-Length: 4"], b"3\r\nabc\r\n0\r\n\r\n"),
    (411, [], b""),
    (400, ["Content-Length: 3", "Content-Length: 5"], b"abcde"),
    (400, ["Content-Length: 3", "Content-Length: 3"], b"abc"),
    (400, ["Content-Length: -1"], b""),
    (400, ["Content-Length: +3"], b"abc"),
    (400, ["Content-Length: 3, 3"], b"abc"),
    (400, ["Content-Length: 0x3"], b"abc"),
    (400, ["Content-Length: 99999999999999999999999"], b""),
    (413, ["Content-Length: 99999999"], b"abc"),
])
def test_bodies_of_doubtful_length_are_refused(server, status, headers, body):
    assert_refused(server, request("POST /probe/echo", *headers, body=body), status)


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE", "OPTIONS"])
def test_a_body_where_none_belongs_is_not_the_next_request(server, method):
    """Behind a proxy that reads it as a body, the next bytes would be a smuggled request."""
    smuggled = request("GET /probe/echo?q=smuggled")
    with server.client() as client:
        answer = client.ask(request(f"{method} /probe/echo", f"Content-Length: {len(smuggled)}"),
                            to_head=method == "HEAD")
        assert answer.status == 400
        try:
            client.send(smuggled)
        except OSError:
            pass
        assert client.is_closed()


def test_the_refusal_reaches_a_client_that_is_still_sending(server):
    """Closing at once would make the kernel send a reset that overtakes the answer."""
    with server.client() as client:
        client.send(request("POST /probe/echo", "Content-Length: 99999999"))
        for _ in range(20):
            client.send(b"x" * 65536)
        time.sleep(0.2)
        client.send(b"x" * 65536)
        assert client.answer().status == 413


def test_64_header_lines_are_read_and_65_refused(server):
    fields = [f"X-{i}: value {i}" for i in range(63)]  # and Host
    answer = server.ask(request("GET /probe/echo", *fields))
    assert answer.status == 200 and "header X-21=value 21" in answer.text
    assert_refused(server, request("GET /probe/echo", *fields, "X-63: one more"), 431)


def test_a_head_of_8_kib_is_read_and_more_refused(server):
    assert server.ask(request("GET /assets/icon.svg", "X: " + "a" * 8100)).status == 200
    assert_refused(server, request("GET /assets/icon.svg", "X: " + "a" * 8200), 431)


def test_an_address_of_2000_bytes_is_read_and_more_refused(server):
    assert server.ask(request("GET /probe/echo?q=" + "a" * 1980)).status == 200
    assert_refused(server, request("GET /probe/echo?q=" + "a" * 2000), 414)
    assert_refused(server, b"GET /" + b"a" * 9000, 414)


def test_header_values_may_hold_anything_but_control_characters(server):
    data = request("GET /probe/echo", "X-Utf8: \u00e9\u6eaf", "X-Tab: a\tb", "X-Empty:", "X-Blank:   ")
    answer = server.ask(data)
    assert answer.status == 200
    for line in ("header X-Utf8=\u00e9\u6eaf", "header X-Tab=a\tb", "header X-Empty=", "header X-Blank="):
        assert line + "\n" in answer.text


# --- host --------------------------------------------------------------------------------------

@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "localhost:8443"])
def test_host_may_differ_in_case_and_port(server, host):
    assert server.ask(f"GET /assets/icon.svg HTTP/1.1\r\nHost: {host}\r\n\r\n").status == 200


def test_a_field_that_only_begins_like_host_is_not_host(server):
    answer = server.ask(b"GET /probe/echo HTTP/1.1\r\nHost-Foo: other\r\nHost: localhost\r\n\r\n")
    assert echo(answer)["host"] == "localhost"


def test_another_host_than_the_tls_name_is_misdirected(server):
    answer = server.ask("GET /assets/icon.svg HTTP/1.1\r\nHost: other\r\n\r\n")
    assert answer.status == 421
    server.log_of(status=421)


def test_the_absolute_form_of_a_target_is_understood(server):
    answer = server.ask(request("GET https://localhost/probe/echo?q=1"))
    assert (echo(answer)["path"], echo(answer)["q"]) == ("/probe/echo", "1")
    assert server.ask(request("GET http://other/probe/echo")).status == 421


# --- router ------------------------------------------------------------------------------------

@pytest.mark.parametrize("raw, decoded", [
    ("a%2Fb", "a/b"), ("a%2Bb", "a+b"), ("a+b", "a+b"), ("%C3%A9", "\u00e9"), ("\u00e9", "\u00e9"),
    ("%252F", "%2F"), ("a;x=1", "a;x=1"), ("%E6%BA%AF", "\u6eaf"),
])
def test_a_segment_is_decoded_once_and_stays_a_segment(server, raw, decoded):
    answer = server.ask(request(f"GET /probe/echo/{raw}"))
    assert echo(answer)["capture"] == decoded
    assert echo(answer)["path"] == f"/probe/echo/{raw}"


@pytest.mark.parametrize("path", [
    "/probe/echo/%00", "/probe/echo/a%00b", "/probe/echo/%", "/probe/echo/%4", "/probe/echo/%zz",
    "/probe/echo/%ff", "/probe/echo/%C3", "/probe/echo/%ED%A0%80", "/probe/../assets/icon.svg", "/probe/./echo",
    "/probe/%2e%2e/assets/icon.svg", "/probe/.%2E/assets/icon.svg", "/static/../www-private/s.html", "/..",
    "/nowhere/%2e/x",
])
def test_bad_paths_are_bad_requests(server, path):
    with server.client() as client:
        answer = client.get(path)
        assert (answer.status, answer.headers["content-type"]) == (400, "application/problem+json")
        assert client.get("/assets/icon.svg").status == 200  # the connection lives on


@pytest.mark.parametrize("path", ["/nope", "/assets/icon.svg/", "//assets/icon.svg", "/assets/icon.svg/x", "/HEALTHZ",
                                  "/a" * 200, "/..%2f..", "/assets/icon.svg%2F"])
def test_unknown_paths_are_not_found(server, path):
    answer = server.get(path)
    assert (answer.status, answer.headers["content-type"]) == (404, "application/problem+json")


def test_a_method_a_path_does_not_take_is_told_which_it_takes(server):
    answer = server.ask(request("DELETE /assets/icon.svg"))
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    answer = server.ask(request("OPTIONS /probe/echo/1"))
    assert (answer.status, answer.headers["allow"]) == (204, "GET, HEAD, POST, OPTIONS")
    assert server.ask(request("OPTIONS *")).status == 204
    assert server.ask(request("OPTIONS /nope")).status == 404


@pytest.mark.parametrize("raw, decoded", [
    ("a+b%2Bc%20d%C3%A9", "a b+c d\u00e9"), ("a=b==", "a=b=="), ("", ""), ("%zz", ""), ("a%00", ""),
])
def test_a_query_value_is_decoded_whole(server, raw, decoded):
    answer = server.ask(request(f"GET /probe/echo?z=1&q={raw}&q=second"))
    assert echo(answer)["q"] == decoded


def test_a_query_value_may_hold_line_breaks(server):
    assert "q=a\nb\r\tc\n" in server.ask(request("GET /probe/echo?q=a%0Ab%0D%09c")).text


# --- assets ------------------------------------------------------------------------------------

def test_assets_come_from_memory_with_their_type_and_tag(server):
    made_from_assets = program(server.build).read_bytes()
    with server.client() as client:
        for path, kind in (("icon.svg", "image/svg+xml"), ("page.css", "text/css")):
            asset = client.get(f"/assets/{path}")
            assert (asset.status, asset.headers["content-type"].partition(";")[0]) == (200, kind)
            assert len(asset.body) > 100 and asset.body in made_from_assets
            tag = asset.headers["etag"].encode()
            for known in (tag, b'"x", W/' + tag, b"*"):
                again = client.get(f"/assets/{path}", b"If-None-Match: " + known + b"\r\n")
                assert (again.status, again.body, again.headers["etag"].encode()) == (304, b"", tag)
            assert client.get(f"/assets/{path}", b'If-None-Match: "x"\r\n').status == 200
        for path in ("none.css", "..%2fsuyuan.conf", "%2e%2e", "page.css/", "page.css%00"):
            assert client.get(f"/assets/{path}").status in (400, 404)


# --- injection ---------------------------------------------------------------------------------

def test_a_header_value_cannot_become_two_headers(server):
    answer = server.get("/probe/split")
    assert "x-injected" not in answer.headers
    assert answer.headers["x-probe"].endswith("x-injected: two")


def test_problem_documents_are_json_whatever_they_quote(server):
    problem = server.get("/probe/problem").json
    assert problem["title"] == 'A "quoted" title'
    assert problem["detail"] == "line\n\x01 <b>\ufffd"


def test_the_log_is_json_whatever_is_logged(server):
    server.get("/probe/log")
    line = server.log_of(level="notice")[-1]
    assert line["message"] == 'a"}\n{"fake":1}\\\x1b[31m\ufffd'


def test_the_log_names_no_person_and_no_item(server):
    secret = "4006381333931-SECRETSERIAL"
    server.ask(request(f"GET /probe/echo/{secret}?token={secret}", f"Authorization: Bearer {secret}",
                       f"Cookie: {secret}"))
    server.get(f"/nowhere/{secret}")
    server.log_of(route="probe")
    text = (server.folder / "out").read_text()
    assert secret not in text and "127.0.0.1" not in text
    line = server.log_of(route="probe")[0]
    assert set(line) == {"time", "id", "method", "route", "status", "bytes", "us"}
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["time"])


# --- leaving and staying -----------------------------------------------------------------------

def test_half_closed_clients_get_their_answer(server):
    """Kore takes the FIN for the end of the connection: 0 of 200 are answered."""
    def one(_):
        with server.client() as client:
            client.send(request("GET /assets/icon.svg") + request("GET /probe/echo?q=2"))
            client.half_close()
            first, second = client.answer(), client.answer()
            return first.status == 200 and echo(second)["q"] == "2" and client.is_closed()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert all(pool.map(one, range(100)))


def test_a_half_closed_client_that_waits_gets_its_answer(server):
    with server.client() as client:
        client.send(request("GET /probe/slow/300"))
        client.half_close()
        assert client.answer().text == "slow\n"


def test_a_half_closed_client_with_half_a_request_is_let_go(server):
    with server.client() as client:
        client.send(b"GET /assets/icon.svg HT")
        client.half_close()
        assert client.is_closed()


def test_a_waiting_handler_hears_once_that_its_client_is_gone(server):
    before = int(server.get("/probe/gone").text)
    for _ in range(20):
        client = server.client()
        client.send(request("GET /probe/slow/20000"))
        time.sleep(0.02)
        # A reset, not a FIN: nobody is there any more.
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        client.close()
    end = time.monotonic() + 3
    while int(server.get("/probe/gone").text) != before + 20 and time.monotonic() < end:
        time.sleep(0.05)
    time.sleep(0.2)
    assert int(server.get("/probe/gone").text) == before + 20
    assert len(server.log_of(status=499)) >= 20


def test_under_load_the_oldest_request_is_not_starved(server):
    """Kore works newest first and for 10 ms a turn only."""
    def one(_):
        with server.client(seconds=20) as client:
            return all(client.get("/probe/slow/5").status == 200 for _ in range(10))
    with concurrent.futures.ThreadPoolExecutor(64) as pool:
        assert all(pool.map(one, range(64)))
