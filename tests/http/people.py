"""People of a brand as the console meets them: a browser that signed in, a program with a token."""
import base64
import hashlib
import hmac
import json
import re
import secrets
import struct
import time
import urllib.parse
import uuid

SAME = {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/json"}
PASSWORD = "seven plum trees in rain"
HASH = ("$argon2id$v=19$m=65536,t=2,p=1$"
        "5s5bDJN6jvS4RvX2+2+WGA$egvz2TreleGPGB7l8PstIXdcCr0trYT2UzOM8QZWTQw")  # of PASSWORD, as libsodium keeps it
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def code_of(secret, step=None):
    """Of a second factor (RFC 6238), at a time step; None: now."""
    step = int(time.time()) // 30 if step is None else step
    mac = hmac.new(base64.b32decode(secret), struct.pack(">Q", step), hashlib.sha1).digest()
    at = mac[-1] & 15
    return f"{(struct.unpack('>I', mac[at:at + 4])[0] & 0x7fffffff) % 1000000:06d}"


def parts_of(fields, files):
    """multipart/form-data: its boundary and the body; files: {field: (content type, bytes)}."""
    edge = uuid.uuid4().hex
    parts = [f'--{edge}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'.encode()
             for k, v in fields.items()]
    parts += [f'--{edge}\r\nContent-Disposition: form-data; name="{k}"; filename="file"\r\n'
              f'Content-Type: {kind}\r\n\r\n'.encode() + body + b"\r\n" for k, (kind, body) in files.items()]
    return edge, b"".join(parts) + f"--{edge}--\r\n".encode()


class Person:
    """An account of `brand` (its slug) with roles, let in by a session and a token."""

    def __init__(self, console, db, brand, *roles, name=None):
        self.console, self.brand, self.roles = console, brand, roles or ("admin",)
        self.name = name or f"person-{uuid.uuid4().hex[:12]}"
        with db.cursor() as cursor:
            cursor.execute("""INSERT INTO team.account (brand_id, name, roles)
                SELECT id, %s, %s FROM trace.brand WHERE slug = %s RETURNING id, brand_id""",
                           (self.name, list(self.roles), brand))
            [(self.id, self.brand_id)] = cursor.fetchall()
            cursor.execute("INSERT INTO team.secret (account_id, password, password_at) VALUES (%s, %s, now())",
                           (self.id, HASH))
        self.session = self._pass(db, "session", "sys_")
        self.key = self._pass(db, "token", "syt_")
        self.token = None

    def _pass(self, db, kind, prefix):
        name, secret = "".join(secrets.choice(ALPHABET) for _ in range(10)), secrets.token_hex(32)
        with db.cursor() as cursor:
            cursor.execute("""INSERT INTO team.pass (id, kind, brand_id, account_id, sha256, ends_at)
                VALUES (%s, %s, %s, %s, %s, now() + interval '1 day')""",
                           (name, kind, self.brand_id, self.id, hashlib.sha256(secret.encode()).digest()))
        return f"{prefix}{name}_{secret}"

    # --- in the browser ---

    def headers(self, more=()):
        return {"Accept-Language": "en", "Cookie": f"__Host-suyuan={self.session}", **dict(more)}

    def page(self, path, **more):
        return self.console.get(path, self.headers(more))

    def form_token(self):
        if self.token is None:
            self.token = re.search(r'name="token" value="([0-9a-f]{64})"', self.page("/packing").text or "")
            self.token = self.token[1] if self.token else self._computed_token()
        return self.token

    def _computed_token(self):
        """For roles without a page that has a form: what src/web/session.c computes."""
        digest = hashlib.sha256(self.session.rsplit("_", 1)[1].encode()).hexdigest()
        return hmac.new(digest.encode(), b"form", hashlib.sha256).hexdigest()

    def send(self, path, fields, headers=SAME):
        fields = {"token": self.form_token(), **fields}
        return self.console.request("POST", path, self.headers(headers), urllib.parse.urlencode(fields).encode())

    def upload(self, path, fields, files, **more):
        """multipart/form-data; files: {field: (content type, bytes)}; more: headers."""
        edge, body = parts_of({"token": self.form_token(), **fields}, files)
        return self.console.request("POST", path, self.headers(
            {"Sec-Fetch-Site": "same-origin", "Content-Type": f"multipart/form-data; boundary={edge}", **more}), body)

    def act(self, method, path, body=None, **headers):
        """The API by the session: for what a token must not do."""
        headers = {"Sec-Fetch-Site": "same-origin", **({} if body is None else JSON), **{
            k.replace("_", "-"): v for k, v in headers.items()}}
        body = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.console.request(method, path, self.headers(headers), body)

    # --- through the API ---

    def ask(self, method, path, body=None, **headers):
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            headers.setdefault("Content_Type", "application/json")
        return self.console.request(method, path, {"Authorization": f"Bearer {self.key}", **{
            k.replace("_", "-"): v for k, v in headers.items()}}, body)

    def ask_with(self, path, fields, files, **headers):
        """The same upload by token."""
        edge, body = parts_of(fields, files)
        return self.ask("POST", path, body, Content_Type=f"multipart/form-data; boundary={edge}", **headers)

    def get(self, path, **headers):
        return self.ask("GET", path, **headers)


class Guest:
    """A browser that has not signed in yet."""

    def __init__(self, console):
        self.console, self.session, self.known = console, None, None

    def headers(self, more=()):
        pairs = {"__Host-suyuan": self.session, "__Host-suyuan-known": self.known}
        cookie = "; ".join(f"{name}={value}" for name, value in pairs.items() if value)
        return {"Accept-Language": "en", **({"Cookie": cookie} if cookie else {}), **dict(more)}

    def page(self, path, **more):
        return self.console.get(path, self.headers(more))

    def send(self, path, fields, headers=SAME):
        answer = self.console.request("POST", path, self.headers(headers), urllib.parse.urlencode(fields).encode())
        for cookie in answer.headers.get_all("set-cookie", []):
            if cookie.startswith("__Host-suyuan="):
                self.session = cookie.split("=", 1)[1].split(";")[0] or None
            if cookie.startswith("__Host-suyuan-known="):
                self.known = cookie.split("=", 1)[1].split(";")[0]
        return answer

    def welcome(self, link, password):
        """Takes a one-time link."""
        return self.send("/welcome", {"link": link.rpartition("/")[2], "password": password, "again": password})

    def sign_in(self, name, password):
        return self.send("/sign-in", {"name": name, "password": password})

    def code(self, page, code):
        ticket = re.search(r'name="ticket" value="([^"]+)"', page.text)[1]
        return self.send("/sign-in/code", {"ticket": ticket, "code": code})
