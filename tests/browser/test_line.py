"""The line's pages in a real browser, from signing in to a closed batch: no accessibility rule broken, no script,
nothing wider than a phone, no other server asked, in both languages, light and dark."""
import json
import pathlib
import subprocess
import sys

import pytest

from steps import TOP
from test_page import node_modules  # noqa: F401 the fixture

sys.path.insert(0, str(TOP / "tests/http"))
from lines import Line  # noqa: E402

WORK = TOP / "build/test/browser"
PAGES = ("sign-in", "refused", "home", "batch", "job", "closed", "code", "problem")


@pytest.mark.parametrize("lang,width", [("zh-CN", 360), ("en", 1280)])
def test_a_first_batch(node_modules, suyuan, console, instance, lang, width):
    line = Line(suyuan, console)
    plan = WORK / f"line-{lang}.json"
    (WORK / "shots").mkdir(parents=True, exist_ok=True)
    plan.write_text(json.dumps({"url": instance.env["SUYUAN_CONSOLE_URL"], "key": line.key, "gtin": line.gtin,
                                "lang": lang, "width": width, "shots": str(WORK / "shots")}))
    done = subprocess.run(["node", pathlib.Path(__file__).parent / "line.mjs", plan], capture_output=True,
                          text=True, timeout=350)
    assert done.returncode == 0, done.stderr
    *seen, end = [json.loads(text) for text in done.stdout.splitlines()]
    assert [(s["name"], s["scheme"]) for s in seen] == [(p, s) for p in PAGES for s in ("light", "dark")]
    faults = {f"{s['name']} {s['scheme']}": s["faults"] for s in seen if s["faults"]}
    assert not faults, json.dumps(faults, indent=1, ensure_ascii=False)
    assert end["addresses"] == 50 and end["sheet"] == "%PDF-"
    found = line.get(f"/v1{end['batch'].removeprefix(instance.env['SUYUAN_CONSOLE_URL'])}/reconciliation").json
    assert (found["issued"], found["commissioned"], found["void"], found["open"]) == (50, 40, 10, 0)
    assert [lot["lot"] for lot in found["lots"]] == ["L-1"]
