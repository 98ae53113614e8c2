"""Compressed answers: who gets which, that they are what they stand for, and what they weigh."""
import gzip
import json
import random
import shutil
import socket
import ssl
import subprocess
import urllib.parse

import brotli
import pytest

from shop import Shop, gtin

TEA = gtin(702001)
DECODE = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}
FORMS = {"html": "text/html", "json": "application/json", "jsonld": "application/ld+json"}
VARY = {"accept", "accept-language", "accept-encoding"}


@pytest.fixture(scope="module")
def shop(suyuan, tmp_path_factory):
    shop = Shop(suyuan, tmp_path_factory.mktemp("codings"), "codings", en="Codings", zh_CN="编码")
    shop.record("product", {"gtin": TEA, "name.en": "Tea", "name.zh-CN": "绿茶"})
    shop.record("lot", {"gtin": TEA, "lot": "L1", "best_before": "2999-12-31"})
    shop.show("product.name", "lot.number", "lot.best_before")
    return shop


@pytest.fixture(scope="module")
def code(shop):
    return shop.codes(TEA, lot="L1")[0]


def coding(answer):
    return answer.headers.get("content-encoding")


def ask(https, path, accepted, **headers):
    answer = https.get(path, {"Accept-Encoding": accepted, **headers})
    assert answer.status in (200, 404), answer.text
    return answer


def plain(answer):
    return DECODE[coding(answer)](answer.body)


def meaning(form, text):
    """Blanks fill the rooms of brotli, where any number of them means the same."""
    return b" ".join(text.split()).replace(b"> ", b">") if form == "html" else json.loads(text)


# --- choosing -----------------------------------------------------------------------------------

@pytest.mark.parametrize("accepted, expected", [
    ("", None), ("identity", None), ("gzip", "gzip"), ("br", "br"), ("gzip, deflate, br", "br"),
    ("gzip, deflate, br, zstd", "br"), ("br;q=0.5, gzip", "gzip"), ("br;q=0, gzip", "gzip"), ("br;q=0", None),
    ("br;q=0.000, gzip;q=0.001", "gzip"), ("*", "br"), ("*, br;q=0", "gzip"), ("*;q=0, gzip", "gzip"),
    ("identity, gzip;q=0.5", None), ("identity;q=0.5, gzip;q=0.5", "gzip"), ("identity;q=0, *", "br"),
    ("identity;q=0, gzip", "gzip"), ("BR", "br"), ("x-gzip", "gzip"), ("deflate", None), ("zstd, compress", None),
    ("br ; q=0 , gzip ; q=1", "gzip"), ("gzip;q=1.0, br;q=1.0", "br"), (",, br ,", "br")])
def test_the_most_welcome_coding_is_sent(https, code, accepted, expected):
    answer = ask(https, code.path, accepted)
    assert coding(answer) == expected
    assert "Tea".encode() in plain(answer) or "绿茶".encode() in plain(answer)


@pytest.mark.parametrize("accepted", ["identity;q=0", "*;q=0", "identity;q=0, br;q=0, gzip;q=0", "deflate, *;q=0"])
def test_who_refuses_every_coding_is_told_so(https, code, accepted):
    answer = https.get(code.path, {"Accept-Encoding": accepted})
    assert answer.status == 406 and coding(answer) is None
    assert answer.json["status"] == 406


@pytest.mark.parametrize("accepted, expected", [("identity", None), ("gzip", "gzip"), ("br", "br")])
@pytest.mark.parametrize("path", [f"/01/{gtin(702999)}", f"/01/{gtin(702999)}?linkType=linkset", "/414/9521321000018"])
def test_a_refusal_of_the_resolver_comes_in_a_welcome_coding(https, path, accepted, expected):
    answer = ask(https, path, accepted, Accept="text/html")
    assert answer.status == 404 and coding(answer) in (expected, None)
    if "linkType" not in path:
        assert coding(answer) == expected and b"<html" in plain(answer)


def test_without_the_header_the_answer_is_as_it_is(instance, code):
    """http.client would add one."""
    url = urllib.parse.urlsplit(instance.env["SUYUAN_LOOKUP_URL"])
    context = ssl.create_default_context(cafile=instance.env["SUYUAN_CA"])
    with socket.create_connection((url.hostname, url.port), timeout=10) as plain_socket:
        with context.wrap_socket(plain_socket, server_hostname=url.hostname) as tls:
            tls.sendall(f"GET {code.path} HTTP/1.1\r\nHost: {url.netloc}\r\nConnection: close\r\n\r\n".encode())
            answer = b"".join(iter(lambda: tls.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n") and b"content-encoding" not in answer.lower()
    assert answer.rstrip().endswith(b"</html>")


# --- what they stand for ------------------------------------------------------------------------

@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_every_coding_says_the_same(https, code, form, language):
    headers = {"Accept": FORMS[form], "Accept-Language": language}
    answers = [ask(https, code.path, c, **headers) for c in ("identity", "gzip", "br", "identity")]
    assert [coding(a) for a in answers] == [None, "gzip", "br", None]
    assert {a.headers["content-type"].partition(";")[0] for a in answers} == {FORMS[form]}
    first, zipped, packed, last = [meaning(form, plain(a)) for a in answers]
    assert first == last, "visits are counted meanwhile"
    assert zipped == first and packed == first


@pytest.mark.parametrize("path", ["/01/09506000134352/21/NOSUCH", "/01/123/21/x", "/gtin/1/ser/2"])
def test_answers_about_no_item_are_compressed_too(https, path):
    for accepted in ("br", "gzip"):
        answer = https.get(path, {"Accept-Encoding": accepted, "Accept": "text/html"})
        assert answer.status in (400, 404)
        assert coding(answer) == accepted
        assert plain(answer).rstrip().endswith(b"</html>")


def test_codes_of_any_shape_come_out_of_foreign_decoders(https):
    """What a visitor types stands in the page: many lengths, one shared part."""
    chance = random.Random(5)
    for _ in range(150):
        serial = "".join(chance.choice("ABCXYZ0123456789-_!'()*&%<>\"") for _ in range(chance.randint(1, 20)))
        path = "/01/09506000134352/21/" + urllib.parse.quote(serial, safe="")
        for accepted in ("br", "gzip"):
            answer = https.get(path, {"Accept-Encoding": accepted, "Accept": "text/html"}, keep=True)
            assert coding(answer) == accepted, serial
            assert plain(answer).rstrip().endswith(b"</html>"), serial


@pytest.mark.skipif(not shutil.which("node"), reason="no node")
@pytest.mark.parametrize("accepted, decoder", [("br", "brotliDecompressSync"), ("gzip", "gunzipSync")])
def test_node_reads_them(https, code, accepted, decoder):
    answer = ask(https, code.path, accepted)
    script = f"process.stdout.write(require('zlib').{decoder}(require('fs').readFileSync(0)))"
    read = subprocess.run(["node", "-e", script], input=answer.body, capture_output=True, check=True, timeout=60)
    assert read.stdout == plain(answer)


# --- what goes with them ------------------------------------------------------------------------

def test_each_coding_has_a_tag_of_its_own(https, code):
    answers = {c: ask(https, code.path, c) for c in ("identity", "gzip", "br")}
    assert len({a.headers["etag"] for a in answers.values()}) == 3
    for a in answers.values():
        assert set(a.headers["vary"].split(", ")) == VARY


def test_who_has_the_coding_gets_304_and_who_has_another_gets_the_page(https, code):
    tags = {c: ask(https, code.path, c).headers["etag"] for c in ("identity", "gzip", "br")}
    for accepted in tags:
        for held, tag in tags.items():
            answer = https.get(code.path, {"Accept-Encoding": accepted, "If-None-Match": tag})
            assert answer.status == (304 if held == accepted else 200), (accepted, held)
            if answer.status == 304:
                assert answer.body == b"" and answer.headers["etag"] == tag
                assert set(answer.headers["vary"].split(", ")) == VARY
            else:
                assert coding(answer) == (None if accepted == "identity" else accepted)


@pytest.mark.parametrize("accepted", ["br", "gzip", "identity"])
def test_head_tells_what_get_would(https, shop, accepted):
    path = shop.codes(TEA, lot="L1")[0].path  # not kept yet
    for _ in range(2):
        head = https.head(path, {"Accept-Encoding": accepted})
        get = https.get(path, {"Accept-Encoding": accepted})
        assert head.body == b"" and head.status == get.status == 200
        assert int(head.headers["content-length"]) == len(get.body)
        for name in ("content-encoding", "etag", "vary", "content-type", "content-security-policy"):
            assert head.headers.get(name) == get.headers.get(name)


def test_a_change_reaches_every_coding(https, shop):
    path = shop.codes(TEA, lot="L1")
    path, url = path[0].path, path[0].url
    for accepted in ("br", "gzip", "identity"):
        assert b"withdrawn" not in plain(ask(https, path, accepted, **{"Accept-Language": "en"}))
    shop("code", "state", url, "blocked", "--reason", "en=Because it was stolen")
    for accepted in ("br", "gzip", "identity"):
        for _ in range(200):
            answer = plain(ask(https, path, accepted, **{"Accept-Language": "en"}))
            if b"Because it was stolen" in answer:
                break
        else:
            pytest.fail(f"{accepted} still says the old")


# --- what they weigh ----------------------------------------------------------------------------

def bytes_on_the_wire(instance, path, accepted, language):
    """What comes over TCP behind the handshake until the answer is whole: records, ticket and all."""
    url = urllib.parse.urlsplit(instance.env["SUYUAN_LOOKUP_URL"])
    context = ssl.create_default_context(cafile=instance.env["SUYUAN_CA"])
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_hostname=url.hostname)
    request = (f"GET {path} HTTP/1.1\r\nHost: {url.netloc}\r\nAccept: text/html\r\nAccept-Language: {language}\r\n"
               f"Accept-Encoding: {accepted}\r\nConnection: close\r\n\r\n").encode()
    counted, answer = 0, b""
    with socket.create_connection((url.hostname, url.port), timeout=10) as tcp:
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                tcp.sendall(outgoing.read())
                incoming.write(tcp.recv(65536))
        tls.write(request)
        tcp.sendall(outgoing.read())
        counted = incoming.pending
        while piece := tcp.recv(65536):
            counted += len(piece)
            incoming.write(piece)
    while True:
        try:
            piece = tls.read(65536)
        except (ssl.SSLWantReadError, ssl.SSLZeroReturnError):
            break
        if not piece:
            break
        answer += piece
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    return counted, answer


@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize("accepted", ["br", "gzip"])
def test_the_sample_page_comes_in_one_round_trip(instance, accepted, language):
    """Ten packets of 1,460 bytes are sent before any of them must be acknowledged (RFC 6928)."""
    path = urllib.parse.urlsplit(instance.env["SUYUAN_SAMPLE_URI"]).path
    counted, answer = bytes_on_the_wire(instance, path, accepted, language)
    assert f"content-encoding: {accepted}\r\n".encode() in answer
    assert counted > len(answer)
    print(f"{language} {accepted}: {counted} bytes, answer {len(answer)}")
    assert counted <= 14600
