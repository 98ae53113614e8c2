"""The console's doors (src/web/routes.def) as test_role_matrix.py asks them: one module an area, with

    DOORS = [door("batch", "{batch}", of=Codes), …]       every DOOR that lets somebody in has one

and the kinds of target that they are asked for, each a class made once for a brand of the test:

    class Recall(Target):
        def make(self):                      # self.side: a brand with people, a line and the database
            self.recall = self.side.admin.ask("POST", "/v1/recalls", {…}).json["id"]
            self.marks = [self.recall, …]    # what only who may see it can know

A door() says how it is asked: what belongs into the braces of its pattern, in order and with "/" between, and
the query behind it, as a format of the target's members; `body` makes the members of the JSON body or of the
form from the target; `files` makes an upload ({field: (content type, bytes)}). Whether it is JSON by a token
or a form by a session follows from the pattern."""
import importlib
import pkgutil
import re

from steps import TOP

# Which roles each set of src/model/role.h has: said once more, so that a change there is seen here.
ROLES = ["line", "viewer", "editor", "quality", "auditor", "admin"]
SETS = {
    "ROLES_PACK": {"line", "editor", "admin"},
    "ROLES_READ": {"viewer", "editor", "quality", "auditor", "admin"},
    "ROLES_EDIT": {"editor", "admin"},
    "ROLES_LINK": {"editor", "admin"},  # of people
    "ROLES_JUDGE": {"quality", "admin"},
    "ROLES_RECORD": {"editor", "quality", "admin"},
    "ROLES_AUDIT": {"auditor", "admin"},
    "ROLES_TEAM": {"admin"},
    "ROLES_ALL": set(ROLES),
    "ROLES_SELF": set(ROLES),
}
FINE = {200, 201, 202, 204, 303}


class Target:
    """Something of a brand, made by its people."""

    def __init__(self, side):
        self.side, self.db, self.gtin, self.brand = side, side.db, side.gtin, side.brand
        self.marks = []
        self.make()

    def make(self):
        pass

    def query(self, sql, *values):
        with self.db.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchall() if cursor.description else None


class Anything(Target):
    """For pages and lists of the brand as a whole."""


def door(name, path="", body=None, of=Anything, key=False, files=None, alters=False, others={403, 404}, again=(),
         own=(), headers=None, session=False, before=None):
    """
    key      sends an Idempotency-Key, a new one each time (forms: pages send one always)
    alters   what it does can be done once: gets a target of its own, made anew for each role
    again    statuses that are fine, too, where another role has done it before
    others   statuses that are fine where the target is of another brand; {200} for lists, that leave it out
    own      statuses that are fine for the own brand besides, where the door cannot do its work for everybody
    headers  makes further headers from the target; only without files
    session  a token is refused there: the API is asked by the session
    before   what the person who asks does first
    """
    return {"name": name, "path": path, "body": body or (lambda t: None), "of": of, "key": key, "files": files,
            "alters": alters, "others": set(others), "again": set(again), "own": set(own), "headers": headers or (lambda t: {}),
            "session": session, "before": before or (lambda person: None)}


def routes():
    """name: (method, pattern, roles or None), of the console."""
    text = (TOP / "src/web/routes.def").read_text()
    found = re.findall(r'\nDOOR\(\s*METHOD_(\w+),\s*"([^"]+)",\s*"(\w+)",\s*\w+,\s*(\w+)\)', text)
    assert len(found) == text.count("\nDOOR("), "a DOOR of another form"
    return {name: (method, pattern, SETS.get(roles)) for method, pattern, name, roles in found
            if SETS.get(roles) or roles == "ROLES_NONE" or not_known(roles)}


def not_known(roles):
    raise AssertionError(f"{roles} is in src/model/role.h, perhaps, but not in tests/http/doors/__init__.py")


def every_door():
    found = []
    for module in sorted(m.name for m in pkgutil.iter_modules(__path__)):
        found += importlib.import_module(f"doors.{module}").DOORS
    return found
