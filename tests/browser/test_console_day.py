"""A brand's first day in Chromium, in both languages: from the one-time link to the charts; the customer's page follows each
step. Screenshots stand in build/test/browser/day."""
import json
import pathlib
import subprocess
import sys
import uuid

import pytest

from steps import TOP
from test_page import node_modules  # noqa: F401 the fixture

sys.path.insert(0, str(TOP / "tests/http"))
from lines import fresh_gtin  # noqa: E402

WORK = TOP / "build/test/browser"
NAMES = {"en": "Smoked tea", "zh-CN": "烟熏茶"}


@pytest.mark.parametrize("lang,width", [("zh-CN", 360), ("en", 1440)])
def test_a_brands_first_day(node_modules, suyuan, instance, tmp_path, lang, width):
    brand, person, gtin, lot = f"brand-{uuid.uuid4().hex[:12]}", f"anna-{uuid.uuid4().hex[:8]}", fresh_gtin(), "L-1"
    suyuan("brand", "add", brand, "--name", "en=First Brand", "--name", "zh-CN=第一品牌", status=0)
    suyuan("brand", "own", brand, gtin, status=0)
    added = suyuan("user", "add", person, "--brand", brand, "--role", "admin", status=0)
    [link] = [word for word in (added.out + added.err).split() if "/welcome/" in word]
    products, lots = tmp_path / "products.csv", tmp_path / "lots.csv"
    products.write_text(f"gtin,name.zh-CN,name.en,description.en\n{gtin},{NAMES['zh-CN']},{NAMES['en']},Over pine wood\n")
    lots.write_text(f"gtin,lot,produced_on,quantity,unit\n{gtin},{lot},2026-09-01,10,kg\n")
    shots = WORK / "day"
    shots.mkdir(parents=True, exist_ok=True)
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps({
        "url": instance.env["SUYUAN_CONSOLE_URL"], "welcome": link, "name": person, "password": "correct horse battery staple 9",
        "lookup": instance.env["SUYUAN_LOOKUP_URL"], "gtin": gtin, "lot": lot, "lang": lang, "width": width, "shots": str(shots),
        "files": {"products": str(products), "lots": str(lots)}}))
    done = subprocess.run(["node", pathlib.Path(__file__).parent / "console_day.mjs", plan], capture_output=True, text=True,
                          timeout=350)
    assert done.returncode == 0, done.stderr
    seen = {s["step"]: s for s in map(json.loads, done.stdout.splitlines())}
    faults = {name: s["faults"] for name, s in seen.items() if s["faults"]}
    assert not faults, json.dumps(faults, indent=1, ensure_ascii=False)
    assert seen["codes"]["addresses"] == 20 and seen["codes"]["sheet"] == "%PDF-"
    name = NAMES[lang]
    assert name not in seen["customer before"]["text"]  # nothing is public until chosen
    assert name in seen["preview"]["text"] and lot in seen["preview"]["text"]
    assert name in seen["customer published"]["text"] and lot in seen["customer published"]["text"]
    warning = {"en": "Glass was found", "zh-CN": "发现玻璃"}[lang]
    assert warning in seen["customer recalled"]["text"]
    assert warning not in seen["customer lifted"]["text"] and name in seen["customer lifted"]["text"]
    assert seen["checks"]["checks"] == 1  # one customer, who looked again and again
    assert person in seen["audit"]["text"]
