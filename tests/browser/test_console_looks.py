"""The console's pages in a real browser, found by walking: all on a phone in Chinese and dark, some on a desk in English
and light, where there is room for everything.
`SUYUAN_LOOKS=all` looks at every page in both languages and schemes at both widths and keeps screenshots
(`make console-looks`)."""
import itertools
import json
import os
import pathlib
import subprocess
import sys

import pytest

import conftest
import crawl
from steps import TOP
from test_page import node_modules  # noqa: F401 the fixture

sys.path.insert(0, str(TOP / "tests/http"))
from company import Company  # noqa: E402
from people import Person  # noqa: E402

WORK = TOP / "build/test/browser"
ALL = os.environ.get("SUYUAN_LOOKS") == "all"
PHONE, DESK = ("zh-CN", 360, "dark"), ("en", 1440, "light")
EVERY = list(itertools.product(("zh-CN", "en"), (360, 1440), ("light", "dark")))


def kinds_of(number):
    """How the page of that number is looked at: every third on the desk too."""
    return EVERY if ALL else [PHONE, DESK] if number % 3 == 0 else [PHONE]


def looked(paths, person, url, shots):
    WORK.mkdir(parents=True, exist_ok=True)
    plan = WORK / "console-looks.json"
    plan.write_text(json.dumps({"url": url, "session": person.session, "shots": str(shots) if shots else None, "looks": [
        {"path": path, "lang": lang, "width": width, "scheme": scheme,
         "keys": (lang, width, scheme) == DESK and number % 6 == 0} 
        for number, path in enumerate(paths) for lang, width, scheme in kinds_of(number)] + [
            {"path": "/team", "lang": "en", "width": 360, "scheme": "light", "refuse": {"name": "Anna B"}}]}))
    done = subprocess.run(["node", pathlib.Path(__file__).parent / "console_look.mjs", plan], capture_output=True, text=True,
                          timeout=1700 if ALL else 350)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_every_page_is_fit_to_be_seen(node_modules, suyuan, console, instance, tmp_path):
    company = Company(suyuan, tmp_path)
    admin = Person(console, conftest.connected(instance.env["DATABASE_URL"]), company.slug, "admin")
    pages, _ = crawl.walk(admin.page, of_a_kind=1)
    shots = WORK / "console"
    if ALL:
        shots.mkdir(parents=True, exist_ok=True)
    seen = looked(list(pages), admin, instance.env["SUYUAN_CONSOLE_URL"], shots if ALL else None)
    assert len(seen) == 1 + sum(len(kinds_of(number)) for number in range(len(pages)))
    if ALL:
        for path in pages:
            mine = [s for s in seen if s["path"] == path]
            print(f"{path[:70]:<70} {mine[0]['bytes']:>8} bytes, {sum(len(s['faults']) for s in mine)} faults")
    faults = {f"{s['path']} {s['lang']} {s['width']} {s['scheme']}": s["faults"] for s in seen if s["faults"]}
    assert not faults, json.dumps(faults, indent=1, ensure_ascii=False)
    assert {s["status"] for s in seen} == {200}
