"""The product's photo and a report, in a real browser without JavaScript, against a real server."""
import json
import subprocess
import sys

import pytest

from test_page import node_modules  # noqa: F401
from steps import TOP

sys.path.insert(0, str(TOP / "tests/http"))


@pytest.fixture(scope="module")
def place():
    from backends import Place
    from shop import gtin
    place = Place("browsed")
    place.gtin = gtin(750001)
    place.shop.record("product", {"gtin": place.gtin, "name.en": "Green tea"})
    place.shop.show("product.name", "product.photo")
    place.suyuan("photo", "set", "--gtin", place.gtin, TOP / "demo/brand/photo.png", status=0)
    yield place
    place.remove()


def test_a_customer_sees_the_photo_and_reports_a_code(node_modules, place, tmp_path):  # noqa: F811
    from pictures import png
    from server import wait_until
    code = place.shop.codes(place.gtin)[0]
    shots = TOP / "build/test/browser/shots"
    shots.mkdir(parents=True, exist_ok=True)
    photo = png(1500, 1000, noise=True)
    (tmp_path / "label.png").write_bytes(photo)
    (tmp_path / "rubbish.jpg").write_bytes(b"GIF89a, and not a picture at all")
    with place.server("release") as server:
        wait_until(lambda: server.get(code.path).status == 200)
        wait_until(lambda: server.get("/report").status == 200)
        plan = {"item": f"https://localhost:{server.port}{code.path}", "photo": str(tmp_path / "label.png"),
                "rubbish": str(tmp_path / "rubbish.jpg"), "shots": str(shots)}
        (tmp_path / "plan.json").write_text(json.dumps(plan))
        done = subprocess.run(["node", TOP / "tests/browser/report.mjs", tmp_path / "plan.json"], timeout=90,
                              capture_output=True, text=True, cwd=TOP)
        assert done.returncode == 0, done.stderr[-2000:]
        told = json.loads(done.stdout.splitlines()[-1])
    assert told["heard"] == []
    assert told["photo"] is not None and min(told["photo"]) > 50, "it is seen"
    assert [s for path, s in told["statuses"].items() if path.startswith("GET /media/")] == [200]
    with place.database() as cursor:
        cursor.execute("SELECT reference, serial, place, note, photo FROM inbox.report")
        [(reference, serial, where, note, stored)] = cursor.fetchall()
    assert (reference, serial, where, note) == (told["reference"], code.serial, "Market <hall>",
                                                "The label is\ncrooked & pale. 颜色不对")
    assert bytes(stored) == photo
