"""The sample brand, lived in: what people of a brand leave behind in the console, so that its pages have something to show."""
import time
import uuid

GTIN, OTHER = "09506000134352", "09506000134369"
LOTS = "gtin,lot,produced\n" + "".join(f"{GTIN},QP2605{day:02}C,2026-05-{day:02}\n" for day in range(1, 31)) \
    + f"{GTIN},,2026-05-31\n{GTIN},QP260532C,32.5.2026\n"
MAPPING = {"record": "lot", "delimiter": "comma", "decimal": ".", "time_zone": "Asia/Shanghai", "columns": [
    {"name": "gtin", "field": "gtin"}, {"name": "lot", "field": "lot"}, {"name": "produced", "field": "produced_on"}]}
RECALL = {"reason": {"en": "Glass was found in a tin.", "zh-CN": "在一罐中发现玻璃碎片。"},
          "advice": {"en": "Do not drink it. Bring it back to the shop.", "zh-CN": "请勿饮用，请退回购买处。"}}
CHECKS = """WITH c AS (INSERT INTO code.check_count
    SELECT {gtin}, date_bin('15 minutes', now() - n * interval '5 hours', '2000-01-01 00:00Z'), '', country, kind,
        1 + n * 7 % 11, CASE kind WHEN 'visit' THEN n % 2 ELSE 0 END
    FROM generate_series(0, 120) n, (VALUES ('CN', 'visit'), ('DE', 'visit'), ('FR', 'visit'), ('', 'never_issued'),
        ('US', 'robot'), ('CN', 'mistyped')) kinds (country, kind) RETURNING *)
    SELECT code.add_checks(array_agg((gtin, quarter, lot_handle, country, kind, times, firsts)::code.check_sum)) FROM c"""


def wait(admin, path, done):
    for _ in range(300):
        found = admin.get(path).json
        if done(found):
            return found
        time.sleep(0.1)
    raise TimeoutError(path)


def make(admin, method, path, body=None, **headers):
    ask = admin.act if path == "/v1/team" else admin.ask  # who invites must have signed in
    answer = ask(method, path, body, **headers)
    assert answer.status < 300, (method, path, answer.status, answer.text)
    return answer.json if answer.body else None


def bring_lots(admin):
    uploaded = make(admin, "POST", "/v1/imports?name=lots-may.csv", LOTS.encode(), Content_Type="text/csv")
    path = f"/v1/imports/{uploaded['id']}"
    make(admin, "POST", f"{path}/mapping", MAPPING)
    wait(admin, path, lambda found: found["runs"][0]["state"] in ("done", "failed"))
    make(admin, "POST", f"{path}/run", {})
    wait(admin, path, lambda found: len(found["runs"]) == 2 and all(r["state"] in ("done", "failed") for r in found["runs"]))


def print_labels(admin):
    batch = make(admin, "POST", "/v1/batches", {"gtin": GTIN, "lot": "QP260414B", "quantity": 200},
                 Idempotency_Key=uuid.uuid4().hex)["id"]
    job = make(admin, "POST", f"/v1/batches/{batch}/labels", {"format": "pdf"}, Idempotency_Key=uuid.uuid4().hex)["id"]
    wait(admin, f"/v1/jobs/{job}", lambda found: found["state"] in ("done", "failed"))


def recall(admin, kind, lot, end):
    by = {"by": "lots", "gtin": GTIN, "lots": [lot]}
    path = f"/v1/{kind}/{make(admin, 'POST', f'/v1/{kind}/count', by)['id']}"
    wait(admin, path, lambda found: found["state"] != "counting")
    if end is None:
        return
    make(admin, "POST", f"{path}/texts", RECALL)
    make(admin, "POST", f"{path}/start", {})
    if end:
        make(admin, "POST", f"{path}/{end}", {"reason": "It was the glass of a window: nothing was in the tins."})


def live_in(admin, suyuan, owner):
    """`admin`: a person of the sample brand; `owner`: a connection as the owner."""
    bring_lots(admin)
    print_labels(admin)
    make(admin, "POST", "/v1/team", {"name": f"li.na-{uuid.uuid4().hex[:4]}", "roles": ["editor", "quality"]})
    make(admin, "POST", "/v1/team", {"name": f"paul-{uuid.uuid4().hex[:4]}", "roles": ["viewer"]})
    suyuan("line", "add", f"packing-hall-{uuid.uuid4().hex[:4]}", "--brand", admin.brand, status=0)
    make(admin, "PUT", "/v1/fields", {"choices": {"lot.produced_on": "month", "product.care": "hide"}})
    recall(admin, "recalls", "QP260406A", "lift")
    recall(admin, "recalls", "QP260414B", "")
    recall(admin, "recalls", "QP260406A", None)
    recall(admin, "holds", "QP260406A", "")
    with owner.cursor() as cursor:
        cursor.execute(CHECKS.format(gtin=int(GTIN)))
        cursor.execute("INSERT INTO code.check_often VALUES (%s, 'A7K2M9QX4TB8WZ', 41, now()) ON CONFLICT DO NOTHING", (int(GTIN),))
