"""A brand's first day through the API alone: demo/api-day, with curl, and what its customers read meanwhile."""
import json
import subprocess
import uuid

import pytest

from lines import fresh_gtin
from people import Person
from steps import TOP


@pytest.fixture
def day(suyuan, console, instance, owner_db, tmp_path):
    brand, gtin = f"brand-{uuid.uuid4().hex[:12]}", fresh_gtin()
    suyuan("brand", "add", brand, "--name", "en=First Brand", status=0)
    suyuan("brand", "own", brand, gtin, status=0)
    person = Person(console, owner_db, brand, "admin")
    # What a customer reads while the recall runs.
    pause = (f'curl --silent --cacert "$SUYUAN_CA" -H "Accept: application/json" "$(head -n 1 {tmp_path}/codes.txt | tr -cd "[:graph:]")"'
             f' >{tmp_path}/recalled.json')
    done = subprocess.run([TOP / "demo/api-day", gtin, tmp_path], capture_output=True, text=True, timeout=120, env={
        "PATH": "/usr/bin:/bin", "SUYUAN_CONSOLE_URL": instance.env["SUYUAN_CONSOLE_URL"], "SUYUAN_CA": instance.env["SUYUAN_CA"],
        "SUYUAN_TOKEN": person.key, "SUYUAN_PAUSE": pause})
    assert done.returncode == 0, done.stdout + done.stderr
    return tmp_path, person, gtin


def test_a_brands_first_day_by_curl(day, https):
    folder, person, gtin = day
    read = lambda name: json.loads((folder / name).read_text())
    codes = (folder / "codes.txt").read_text().split()
    assert len(codes) == 20 and (folder / "labels.pdf").read_bytes().startswith(b"%PDF-")
    assert "Smoked tea" in (folder / "preview.json").read_text()
    assert [line["codes"] for line in read("counted.json")["lines"]] == [20]
    assert read("recalled.json")["verdict"]["code"] == "recalled"
    assert "Glass was found" in (folder / "recalled.json").read_text()
    now = https.get(codes[0], {"Accept": "application/json"}).json
    assert now["verdict"]["code"] == "active" and "Smoked tea" in json.dumps(now) and "2026-09-01" not in json.dumps(now)
    done = {entry["via"] for entry in read("audit.json")["entries"]}
    assert {"recall_start", "recall_lift", "fields_publish"} <= done
