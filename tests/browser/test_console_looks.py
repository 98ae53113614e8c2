"""The console's pages in a real browser, found by walking: all on a phone in Chinese and dark, some on a desk in English
and light, where there is room for everything.
`SUYUAN_LOOKS=all` (`make console-looks`) looks at every page of the sample brand in both languages and schemes at both widths;
screenshots in build/test/browser/console, contact sheets in its folder `sheets`. A run that was cut short goes on where it stopped."""
import itertools
import json
import os
import re
import sys
import urllib.parse

import conftest
import crawl
import looking
import sample
from steps import TOP
from test_page import node_modules  # noqa: F401 the fixture

sys.path.insert(0, str(TOP / "tests/http"))
from company import Company  # noqa: E402
from people import Person  # noqa: E402

WORK = TOP / "build/test/browser"
SHOTS = WORK / "console"
ALL = os.environ.get("SUYUAN_LOOKS") == "all"
SECONDS = int(os.environ.get("SUYUAN_LOOKS_SECONDS", 1500))
PHONE, DESK = ("zh-CN", 360, "dark"), ("en", 1440, "light")
EVERY = list(itertools.product(("zh-CN", "en"), (360, 1440), ("light", "dark")))
# How wide a screenshot stands on a contact sheet, how many side by side, how much of the page.
SCALES = {360: (324, 6, 2800), 1440: (770, 2, 2600)}
STRANGERS = ["/sign-in", "/welcome/none", "/nowhere"]


def kinds_of(number):
    """How the page of that number is looked at: every third on the desk too."""
    return EVERY if ALL else [PHONE, DESK] if number % 3 == 0 else [PHONE]


def name_of(number, path):
    query = sorted(urllib.parse.parse_qs(urllib.parse.urlsplit(path).query))
    return re.sub(r"[^A-Za-z0-9*]+", "_", f"{number:02}{crawl.pattern(path)} {' '.join(query)}").strip("_").replace("*", "x")


def look_of(number, path, kind, **more):
    lang, width, scheme = kind
    return {"name": f"{name_of(number, path)}.{lang}.{width}.{scheme}", "path": path, "lang": lang, "width": width,
            "scheme": scheme, **more}


def looks_at(paths):
    looks = [look_of(number, path, kind, keys=kind == DESK and number % 6 == 0)
             for number, path in enumerate(paths) for kind in kinds_of(number)]
    looks.append(look_of(90, "/team", ("en", 360, "light"), refuse={"name": "Anna B"}))
    return looks + [look_of(91 + i, path, kind, stranger=True) for i, path in enumerate(STRANGERS if ALL else ())
                    for kind in EVERY]


def plan_of(looks, person, url):
    WORK.mkdir(parents=True, exist_ok=True)
    plan = WORK / "console-looks.json"
    plan.write_text(json.dumps({"url": url, "session": person.session, "shots": str(SHOTS) if ALL else None,
                                "tabs": 1 if ALL else 2, "looks": looks}))
    return plan


def write_sheets(looks):
    import sheets
    count = 0
    for lang, width, scheme in EVERY:
        wide, columns, top = SCALES[width]
        shots = [sheets.Shot(look["name"], SHOTS / f"{look['name']}.png", top) for look in looks
                 if (look["lang"], look["width"], look["scheme"]) == (lang, width, scheme)]
        count += sheets.write(SHOTS / "sheets", f"{width}-{lang}-{scheme}", shots, wide, columns)
    print(f"{count} contact sheets in {SHOTS / 'sheets'}")


def walked(suyuan, console, instance, folder):
    """Somebody of a brand with a little of everything, and the addresses of its pages."""
    owner = conftest.connected(instance.env["DATABASE_URL"])
    admin = Person(console, owner, "qingping" if ALL else Company(suyuan, folder).slug, "admin")
    if ALL:
        sample.live_in(admin, suyuan, owner)
    pages, _ = crawl.walk(admin.page, of_a_kind=1)
    return admin, list(pages)


def seen_through(looks, admin, url):
    """What was seen, and what went wrong besides; with ALL what did not change since an earlier run is known from there."""
    if not ALL:
        lines = list(looking.lines_of("console_look.mjs", plan_of(looks, admin, url), 350))
        return [line for line in lines if "failed" not in line], [line for line in lines if "failed" in line]
    mark = looking.digest(TOP / "bin/suyuand", looking.HERE / "console_look.mjs", looking.HERE / "browser.mjs")
    return looking.look_through("console_look.mjs", lambda waiting: plan_of(waiting, admin, url), looks,
                                {look["name"]: mark for look in looks}, 1, SHOTS, SECONDS)


def test_every_page_is_fit_to_be_seen(node_modules, suyuan, console, instance, tmp_path):
    admin, paths = walked(suyuan, console, instance, tmp_path)
    looks = looks_at(paths)
    seen, wrong = seen_through(looks, admin, instance.env["SUYUAN_CONSOLE_URL"])
    if ALL:
        for path in paths:
            mine = [s for s in seen if s["path"] == path]
            print(f"{path[:70]:<70} {max((s['bytes'] for s in mine), default=0):>8} bytes, {sum(len(s['faults']) for s in mine)} faults")
    if ALL and len(seen) == len(looks):
        write_sheets(looks)
    faults = {s["name"]: s["faults"] for s in seen if s["faults"]}
    assert not faults and not wrong, json.dumps([faults, wrong], indent=1, ensure_ascii=False)
    assert len(seen) == len(looks)
    assert {s["status"] for s in seen if not s.get("stranger")} == {200}
