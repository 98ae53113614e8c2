"""A hundred hostile texts in every field of the console and in every record it shows: none of them runs, and none even
meets the content security policy."""
import itertools
import json
import pathlib
import subprocess
import sys

import pytest

import conftest
import crawl
from polyglots import polyglots
from steps import TOP
from test_page import node_modules  # noqa: F401 the fixture

sys.path.insert(0, str(TOP / "tests/http"))
from company import Company  # noqa: E402
from people import Person  # noqa: E402

WORK = TOP / "build/test/browser"
TEXTS = polyglots()
TYPED = {"text", "search", "url", "email", "tel", "date", "datetime-local", "color", "lines"}


def run(name, plan, seconds=350):
    file = WORK / f"xss-{name}.json"
    WORK.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(plan))
    done = subprocess.run(["node", pathlib.Path(__file__).parent / "console_xss.mjs", file], capture_output=True, text=True,
                          timeout=seconds)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def forms_of(pages):
    found = {}
    for page in pages.values():
        for form in page.forms:
            if form.method == "post" and any(f.kind in TYPED for f in form.fields):
                found.setdefault(form.pattern(), {"page": page.path, "action": form.action})
    return list(found.values())


def lists_of(gtin):
    """Forms that answer line by line: every text as a line, beside what is needed to be answered so."""
    lines = "\n".join([*TEXTS, "<svg/onload=ran(99)>", "\"onfocus=ran(99)//"])  # the last two may be serials
    return [{"page": f"/packing/{page}", "action": f"/packing/{page}", "fixed": {"gtin": gtin, "lot": "<b>", field: lines}}
            for page, field in (("serials", "serials"), ("codes", "codes"), *2 * [("print-checks", "codes")])]  # twice: kept


def test_no_text_runs(node_modules, suyuan, console, instance, tmp_path):
    words = itertools.cycle(TEXTS)
    company = Company(suyuan, tmp_path, lambda _: next(words))
    admin = Person(console, conftest.connected(instance.env["DATABASE_URL"]), company.slug, "admin")
    plan = {"url": instance.env["SUYUAN_CONSOLE_URL"], "session": admin.session, "texts": TEXTS}
    pages, _ = crawl.walk(admin.page)
    first = run("forms", {**plan, "forms": forms_of(pages) + lists_of(company.gtin), "pages": []})
    # Whatever was taken is shown now; every page of it is opened.
    pages, others = crawl.walk(admin.page)
    second = run("pages", {**plan, "forms": [], "pages": list(pages)})
    for seen in (first, second):
        assert (seen["ran"], seen["violations"], seen["errors"]) == ([], [], [])
    assert first["sent"] >= 1 and second["opened"] == len(pages) and not others


def test_would_see_what_runs(node_modules, console, instance, suyuan, tmp_path):
    """The watch itself: a page of ours with a hostile text that is not escaped."""
    import http.server
    import threading
    from urllib.parse import unquote

    class Bad(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = f"<!doctype html><p>{unquote(self.path[1:])}</p>".encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            if "policy" in self.path:
                self.send_header("Content-Security-Policy", "default-src 'none'")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Bad)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        bad = f"http://127.0.0.1:{server.server_port}"
        file = WORK / "xss-bad.json"
        WORK.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({"url": bad, "session": "", "texts": [], "forms": [], "pages": [
            "/<script>ran(7)</script>", "/policy<script>ran(8)</script>"]}))
        done = subprocess.run(["node", pathlib.Path(__file__).parent / "console_xss.mjs", file], capture_output=True,
                              text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        seen = json.loads(done.stdout)
        assert seen["ran"] == [7] and len(seen["violations"]) == 1, seen
    finally:
        server.shutdown()
