"""A product's photo: made small and bare, shown by policy, and gone at once when it is hidden, its bytes too."""
import contextlib
import hashlib
import json
import os
import re
import subprocess
import time

import psycopg2
import pytest

from backends import Place, Redis
from pdfs import pdf, stream
from pictures import png, size_of_jpeg
from server import HOST, status_of, wait_until
from shop import gtin

TEA, TWIN, PLAIN = gtin(730001), gtin(730002), gtin(730003)
WITHIN = 1.0  # seconds


@pytest.fixture(scope="module")
def place():
    place = Place("photos")
    place.shop.record("product", *({"gtin": g, "name.en": f"Tea {g}"} for g in (TEA, TWIN, PLAIN)))
    place.shop.show("product.name")
    yield place
    place.remove()


@pytest.fixture(scope="module")
def redis():
    with Redis() as redis:
        yield redis


@pytest.fixture(scope="module")
def nodes(place, redis):
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(place.server("asan", redis_url=redis.url, workers=2)) for _ in range(2)]


def put(place, product, picture, **more):
    path = place.folder / "picture"
    path.write_bytes(picture)
    return place.suyuan("photo", "set", "--json", "--gtin", product, path, **{"status": 0, **more})


def page(node, code, accept):
    return node.ask(f"GET {code.path} HTTP/1.1\r\nHost: localhost\r\nAccept: {accept}\r\n"
                    f"Accept-Language: en\r\n\r\n")


def picture(node, digest, headers=b""):
    return node.get(f"/media/{digest}.jpg", ) if not headers else node.ask(
        f"GET /media/{digest}.jpg HTTP/1.1\r\nHost: localhost\r\n".encode() + headers + b"\r\n")


def everywhere(nodes, ask):
    """Each node, on several connections, so that each worker is asked."""
    return [ask(node) for node in nodes for _ in range(4)]


def within_a_second(nodes, ask, good, since):
    while True:
        started = time.monotonic()
        answers = everywhere(nodes, ask)
        if all(map(good, answers)):
            assert started - since <= WITHIN, started - since
            return
        assert started - since <= WITHIN + 2, [(a.status, a.text[:200]) for a in answers if not good(a)][:1]


@pytest.fixture
def shown(place):
    """A photo the public sees; its digest."""
    digest = put(place, TEA, png(seed=time.monotonic_ns())).json["sha256"]
    place.suyuan("policy", "show", "--gtin", TEA, "product.photo", status=0)
    return digest


def test_a_photo_is_private_until_it_is_shown_and_bare_then(place, nodes):
    told = put(place, TEA, png(900, 600)).json
    code = place.shop.codes(TEA)[0]
    for node in nodes:
        assert picture(node, told["sha256"]).status == 404
        for accept in ("text/html", "application/json", "application/ld+json"):
            assert told["sha256"] not in page(node, code, accept).text
    place.suyuan("policy", "show", "--gtin", TEA, "product.photo", status=0)
    wait_until(lambda: all(a.status == 200 for a in everywhere(nodes, lambda n: picture(n, told["sha256"]))))
    answer = picture(nodes[0], told["sha256"])
    assert hashlib.sha256(answer.body).hexdigest() == told["sha256"] and len(answer.body) == told["bytes"]
    size, markers = size_of_jpeg(answer.body)
    assert size == (640, 427) == (told["width"], told["height"])
    assert {m for m in markers if m >= 0xe1 or m == 0xfe} == set(), "nothing but the picture"
    assert b"at home" not in answer.body
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-cache"
    with place.database() as cursor:
        cursor.execute("SELECT document->'photo' FROM pub.product WHERE gtin = %s", [int(TEA)])
        assert cursor.fetchone() == ({k: told[k] for k in ("sha256", "width", "height")},)


def test_a_browser_that_has_it_is_told_so_and_no_more(nodes, shown):
    tag = picture(nodes[0], shown).headers["etag"]
    assert tag == f'"{shown}"'
    for header, status in ((f"If-None-Match: {tag}", 304), (f'If-None-Match: "other", W/{tag}', 304),
                           ('If-None-Match: "other"', 200)):
        answer = picture(nodes[0], shown, header.encode() + b"\r\n")
        assert (answer.status, answer.body == b"", answer.headers["etag"]) == (status, status == 304, tag)
    head = nodes[0].ask(f"HEAD /media/{shown}.jpg HTTP/1.1\r\nHost: localhost\r\n\r\n", to_head=True)
    assert head.status == 200 and int(head.headers["content-length"]) > 1000


@pytest.mark.parametrize("redis_state", ["running", "hung", "killed"])
@pytest.mark.parametrize("scope", ["product", "brand"])
def test_a_hidden_photo_is_gone_everywhere_within_a_second_its_bytes_too(place, redis, nodes, shown, redis_state,
                                                                       scope):
    code = place.shop.codes(TEA)[0]
    tag = f'If-None-Match: "{shown}"\r\n'.encode()
    whom = ("--gtin", TEA) if scope == "product" else ("--brand", "photos")
    if scope == "brand":  # the product's own policy would win
        place.suyuan("policy", "show", "--brand", "photos", "product.photo", status=0)
        with place.database() as cursor:
            cursor.execute("ALTER TABLE trace.visibility DISABLE TRIGGER only_added")
            cursor.execute("DELETE FROM trace.visibility WHERE gtin = %s", [int(TEA)])
            cursor.execute("ALTER TABLE trace.visibility ENABLE TRIGGER only_added")
    asked = [lambda n: picture(n, shown), lambda n: picture(n, shown, tag)]
    with redis.hung() if redis_state == "hung" else contextlib.nullcontext():
        if redis_state == "killed":
            redis.kill()
        for _ in range(2):
            for ask in asked:
                within_a_second(nodes, ask, lambda a: a.status in (200, 304), time.monotonic())
            place.suyuan("policy", "hide", *whom, "product.photo", status=0)
            since = time.monotonic()
            for ask in asked:
                within_a_second(nodes, ask, lambda a: a.status == 404, since)
            for accept in ("text/html", "application/json", "application/ld+json"):
                within_a_second(nodes, lambda n: page(n, code, accept),
                                lambda a: a.status == 200 and shown not in a.text, since)
            place.suyuan("policy", "show", *whom, "product.photo", status=0)
            within_a_second(nodes, asked[0], lambda a: a.status == 200, time.monotonic())
    if redis_state == "killed":
        redis.start()


def test_hiding_denies_before_the_documents_are_made_anew(place, nodes, shown):
    """As long as projection has not come by: the bytes still stand in pub.photo."""
    everywhere(nodes, lambda n: picture(n, shown))
    with place.database() as cursor:
        cursor.execute("""INSERT INTO pub.hide (brand_id, gtin, field, decision)
            SELECT brand_id, gtin, 'product.photo', 1 FROM pub.gtin WHERE gtin = %s""", [int(TEA)])
        cursor.execute("SELECT pub.touch(ARRAY[%s]::bigint[])", [int(TEA)])
        since = time.monotonic()
        within_a_second(nodes, lambda n: picture(n, shown), lambda a: a.status == 404, since)
        cursor.execute("SELECT count(*) FROM pub.photo WHERE gtin = %s", [int(TEA)])
        assert cursor.fetchone() == (1,)
        cursor.execute("DELETE FROM pub.hide")
        cursor.execute("SELECT pub.touch(ARRAY[%s]::bigint[])", [int(TEA)])


def test_one_picture_of_two_products_stays_while_one_of_them_shows_it(place, nodes):
    picture_file = png(seed=5)
    digest = put(place, TEA, picture_file).json["sha256"]
    assert put(place, TWIN, picture_file).json["sha256"] == digest
    for product in (TEA, TWIN):
        place.suyuan("policy", "show", "--gtin", product, "product.photo", status=0)
    for hidden, status in ((TEA, 200), (TWIN, 404)):
        place.suyuan("policy", "hide", "--gtin", hidden, "product.photo", status=0)
        within_a_second(nodes, lambda n: picture(n, digest), lambda a: a.status == status, time.monotonic())


def test_another_photo_takes_the_place_of_the_first_and_a_removed_one_is_gone(place, nodes, shown):
    code = place.shop.codes(TEA)[0]
    second = put(place, TEA, png(300, 500, seed=9)).json
    assert (second["width"], second["height"], second["changed"]) == (300, 500, True), "never made larger"
    assert put(place, TEA, png(300, 500, seed=9)).json["changed"] is False
    within_a_second(nodes, lambda n: picture(n, shown), lambda a: a.status == 404, time.monotonic())
    within_a_second(nodes, lambda n: page(n, code, "text/html"), lambda a: shown not in a.text, time.monotonic())
    assert picture(nodes[0], second["sha256"]).status == 200
    place.suyuan("photo", "remove", "--gtin", TEA, status=0)
    within_a_second(nodes, lambda n: picture(n, second["sha256"]), lambda a: a.status == 404, time.monotonic())
    assert "has no photo" in place.suyuan("photo", "remove", "--gtin", TEA, status=1).err
    with place.database() as cursor:  # what was recorded stays
        cursor.execute("SELECT count(*) FROM trace.photo WHERE gtin = %s AND bytes IS NOT NULL", [int(TEA)])
        assert cursor.fetchone()[0] >= 2
    assert put(place, TEA, png(300, 500, seed=9)).json["changed"] is True


def test_refuses_what_is_no_picture_and_products_of_nobody(place, tmp_path):
    for content, why in ((b"GIF89a", "neither JPEG, PNG nor WebP"), (b"", "neither JPEG, PNG nor WebP"),
                         (png()[:2000], "cannot be read to its end"),
                         (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "neither JPEG, PNG nor WebP")):
        assert why in put(place, TEA, content, status=1).err
    assert "no brand owns" in put(place, gtin(730099), png(), status=1).err
    huge = bytearray(png(16, 16))
    huge[16:24] = (60000).to_bytes(4, "big") * 2
    huge[29:33] = __import__("zlib").crc32(bytes(huge[12:29])).to_bytes(4, "big")
    assert "too large" in put(place, TEA, bytes(huge), status=1).err
    assert "No such file" in place.suyuan("photo", "set", "--gtin", TEA, tmp_path / "none", status=1).err
    place.suyuan("photo", "set", "--gtin", TEA, status=2)
    place.suyuan("photo", status=2)


def test_the_list_says_what_is_public(place, shown):
    rows = [json.loads(line) for line in place.suyuan("photo", "list", "--brand", "photos", "--json").out.splitlines()]
    [mine] = [r for r in rows if r["gtin"] == TEA]
    assert mine["public"] is True and mine["sha256"] == shown
    assert "no brand" in place.suyuan("photo", "list", "--brand", "nobody", status=1).err
    assert "public" in place.suyuan("photo", "list", status=0).out


def test_there_is_one_name_for_a_picture_and_none_else(nodes, shown):
    for name in (shown.upper() + ".jpg", shown, shown + ".png", shown[:-1] + ".jpg", "0" * 64 + ".jpg", "a", "",
                 shown + ".jpg/", "..%2f" + shown + ".jpg", shown[:-1] + "%30.jpgg", "g" * 64 + ".jpg"):
        assert nodes[0].get(f"/media/{name}").status == 404, name
    for method in ("POST", "PUT", "DELETE"):
        answer = nodes[0].ask(f"{method} /media/{shown}.jpg HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n")
        assert answer.status == 405 and "GET" in answer.headers["allow"]


def test_while_postgresql_is_away_it_shows_what_was_right_and_denies_nothing(place, shown):
    """As pages do: what is in memory may be shown, what is not is asked for again."""
    with place.server("asan") as node:
        for _ in range(2):  # once more when the worker knows all products
            wait_until(lambda: picture(node, shown).status == 200)
            time.sleep(0.5)
        with place.postgres_hung():
            time.sleep(1.2)
            assert picture(node, shown).status == 200
            other = picture(node, "0" * 64)
            assert other.status == 503 and other.headers["retry-after"]
        wait_until(lambda: picture(node, "0" * 64).status == 404)
        assert picture(node, shown).status == 200


def test_a_product_without_photo_has_no_member_for_it(place, nodes):
    place.suyuan("policy", "show", "--gtin", PLAIN, "product.photo", status=0)
    code = place.shop.codes(PLAIN)[0]
    assert "photo" not in page(nodes[0], code, "application/json").json.get("product", {})
    with place.database() as cursor:
        cursor.execute("SELECT document FROM pub.product WHERE gtin = %s", [int(PLAIN)])
        assert "photo" not in cursor.fetchone()[0]


@pytest.fixture(scope="module")
def papers(place, tmp_path_factory):
    """Nine papers, each larger than what a kernel sends ahead, that the public sees."""
    file = tmp_path_factory.mktemp("papers") / "paper.pdf"
    file.write_bytes(pdf([stream(os.urandom(5 << 20))]))
    place.suyuan("paper", "add", "--gtin", PLAIN, "--title", "en=Large", file, status=0)
    place.shop.show("document.title", "document.file")
    with place.database() as cursor:
        more = "FROM pub.paper_file AS f, generate_series(1, 8) AS n"
        wait_until(lambda: cursor.execute("SELECT FROM pub.paper_file") or cursor.rowcount == 1)
        cursor.execute(f"INSERT INTO pub.paper SELECT gtin, '', sha256(bytes || int4send(n)) {more}")
        cursor.execute("INSERT INTO pub.paper_file SELECT gtin, sha256(bytes || int4send(n)), media_type, "
                       f"bytes || int4send(n) {more}")
        cursor.execute("SELECT encode(sha256, 'hex') FROM pub.paper_file")
        names = [f"/media/{name}.pdf" for name, in cursor.fetchall()]
    assert len(names) == 9
    return names


def whole(answer, path):
    return answer.status == 200 and hashlib.sha256(answer.body).hexdigest() == path[len("/media/"):-len(".pdf")]


def test_many_who_take_papers_and_do_not_read_cost_little_and_keep_nobody_else_out(place, papers):
    with place.server("release", workers=1, paper_readers=64) as node, contextlib.ExitStack() as stack:
        wait_until(lambda: node.get(papers[0]).status == 200)
        before = int(status_of(node.workers[0])["VmRSS"].split()[0])
        for n in range(64):
            client = stack.enter_context(node.client(receive_buffer=2048, source="127.0.0.2"))
            client.send(b"GET " + papers[n % 9].encode() + b" HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")
            assert client.socket.recv(12) == b"HTTP/1.1 200", n
        held = int(status_of(node.workers[0])["VmRSS"].split()[0]) - before
        sockets = subprocess.run(["ss", "-Htnm", "state", "established", f"sport = :{node.port}"], capture_output=True, text=True, check=True)
        in_kernel = sum(map(int, re.findall(r",w(\d+),", sockets.stdout))) // 1024
        assert node.get(papers[0], source="127.0.0.2").status == 503
        for path in papers:
            assert whole(node.get(path), path)
        metrics = node.ask_admin("/metrics")[2]
        assert "\nsuyuan_papers_refused_total 1\n" in metrics and "\nsuyuan_papers_cut_total 1\n" in metrics
        wait_until(lambda: "\nsuyuan_papers_sending 63\n" in node.ask_admin("/metrics")[2])
    assert held < 64 * 300, held  # KB; of whole papers in memory nine were 45,000
    assert 0 < in_kernel < 64 * 200, in_kernel  # 460 each where nothing is said to the kernel


def test_a_paper_comes_whole_or_in_parts_and_ends_where_it_is_hidden(place, papers):
    path = papers[0]
    with place.server("asan", workers=1) as node, node.client() as client:
        wait_until(lambda: node.get(path).status == 200)
        full = client.get(path)
        assert whole(full, path) and full.headers["content-type"] == "application/pdf"
        assert full.headers["content-disposition"] == "attachment" and "sandbox" in full.headers["content-security-policy"]
        tag, length = full.headers["etag"], len(full.body)
        ends = ((0, 0), (32767, 32768), (length - 1, length - 1), (100_000, 300_000))
        for first, last in ends:
            part = client.get(path, f"Range: bytes={first}-{last}\r\n".encode())
            assert part.status == 206 and part.body == full.body[first:last + 1]
            assert part.headers["content-range"] == f"bytes {first}-{last}/{length}"
        assert client.get(path, f"Range: bytes={length}-\r\n".encode()).status == 416
        assert client.get(path, f"If-None-Match: {tag}\r\n".encode()).status == 304
        assert client.get(path, b'If-Match: "other"\r\n').status == 412
        client.send(b"HEAD " + path.encode() + b" HTTP/1.1\r\n" + HOST + b"\r\n")
        assert client.answer(to_head=True).headers["content-length"] == str(length)
        assert client.get(path.replace(".pdf", ".jpg")).status == 404
        with node.client(receive_buffer=2048) as slow, place.database() as cursor, \
                contextlib.closing(psycopg2.connect(place.env["PUBLIC_DATABASE_URL"])) as public:
            slow.send(b"GET " + path.encode() + b" HTTP/1.1\r\n" + HOST + b"\r\n")
            assert slow.head()[0] == 200
            public.cursor().execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                                    "WHERE usename = current_user AND pid <> pg_backend_pid()")
            while len(slow.buffer) < length - (1 << 20):  # it goes on when the connection is made anew
                assert slow._more()
            cursor.execute("DELETE FROM pub.paper WHERE encode(sha256, 'hex') = %s", [path[len("/media/"):-len(".pdf")]])
            with pytest.raises((EOFError, OSError)):
                while slow._more():
                    assert len(slow.buffer) < length
                raise EOFError
        assert client.get(path).status == 404
