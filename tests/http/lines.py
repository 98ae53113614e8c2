"""A packaging line of a test's own and its requests to the API."""
import json
import uuid

import instance as shared
from shop import gtin as gtin_of


def _fresh_numbers():
    """Some of 600000 to 689999, which are for these: none that an earlier run on this instance has used."""
    for first in range(600000, 690000, 2000):
        try:
            (shared.VAR / f"gtins-{first}").touch(exist_ok=False)
        except FileExistsError:
            continue
        yield from range(first, first + 2000)


_numbers = _fresh_numbers()


def fresh_gtin():
    return gtin_of(next(_numbers))


class Line:
    """A brand with one GTIN (more by `gtins`) and a line with a key."""

    def __init__(self, suyuan, console, *options, brand=None, gtins=None):
        self.suyuan, self.console = suyuan, console
        if brand is None:
            brand = f"brand-{uuid.uuid4().hex[:12]}"
            suyuan("brand", "add", brand, "--name", f"en={brand}", status=0)
        if gtins is None:
            gtins = [fresh_gtin()]
        if gtins:
            suyuan("brand", "own", brand, *gtins, status=0)
        self.brand, self.gtins, self.gtin = brand, gtins, gtins[0] if gtins else None
        self.name = f"line-{uuid.uuid4().hex[:12]}"
        self.key = suyuan("line", "add", self.name, "--brand", brand, *options, status=0).out.strip()

    def headers(self, **more):
        return {"Authorization": f"Bearer {self.key}", **{k.replace("_", "-"): v for k, v in more.items()}}

    def get(self, path, **headers):
        return self.console.get(path, self.headers(**headers))

    def send(self, method, path, body=None, **headers):
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        if body is not None:
            headers.setdefault("Content_Type", "application/json")
        return self.console.request(method, path, self.headers(**headers), body)

    def post(self, path, body, key=None, **headers):
        if key is not None:
            headers["Idempotency_Key"] = key
        return self.send("POST", path, body, **headers)

    def order(self, key=None, **members):
        """Asks for a batch of this line's GTIN; a new key unless there is one."""
        return self.post("/v1/batches", {"gtin": self.gtin, "quantity": 1, **members}, key or uuid.uuid4().hex)

    def batch(self, **members):
        answer = self.order(**members)
        assert answer.status == 201, answer.text
        return answer.json

    def name_product(self, owner_db, name):
        """Its GTIN's product has a name from now on; before any record of it."""
        with owner_db.cursor() as cursor:
            cursor.execute("""INSERT INTO trace.product (brand_id, gtin, name)
                SELECT b.id, %s, jsonb_build_object('en', %s::text) FROM trace.brand AS b WHERE b.slug = %s""",
                           (int(self.gtin), name, self.brand))


def problem(answer, status, member=None):
    """The problem document (RFC 9457) of a refusal."""
    assert answer.status == status, (answer.status, answer.text)
    assert answer.headers["content-type"] == "application/problem+json"
    found = answer.json
    assert found["status"] == status and found["title"] and found["detail"] and found["code"], found
    if member is not None:
        assert found["member"] == member, found
    return found
