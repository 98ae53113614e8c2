"""The doors of packaging lines themselves: who they are, what they may do, their keys."""
import uuid

from doors import Target, door


class Band(Target):
    """A line with a key, made by the brand's admin; each change of it makes its own."""

    def make(self):
        self.name = f"line-{uuid.uuid4().hex[:12]}"
        made = self.side.admin.act("POST", "/v1/lines", {"name": self.name})
        assert made.status == 201, made.text
        self.line, self.key = made.headers["location"].rpartition("/")[2], made.json["key_id"]
        self.marks = [self.name, self.key]


def fresh(t):
    return {"name": f"l{uuid.uuid4().hex[:12]}"}


DOORS = [
    door("line_list", of=Band, others={200}),
    door("line_add", "", fresh, of=Band, others={201}, session=True),
    door("line", "{line}", of=Band),
    door("line_set", "{line}", lambda t: {"may_link": True}, of=Band),
    door("line_key", "{line}", lambda t: {"overlap_hours": 1}, of=Band, alters=True, session=True),
    door("line_keys_end", "{line}", of=Band, alters=True),
    door("line_key_end", "{line}/{key}", of=Band, alters=True),
    door("page_lines", of=Band, others={200}),
    door("form_line_add", "", fresh, of=Band, others={200}),
    door("page_line", "{line}", of=Band),
    door("form_line_set", "{line}", lambda t: {"requests_per_minute": "60"}, of=Band),
    door("form_line_key", "{line}", lambda t: {"overlap_hours": "24"}, of=Band, alters=True),
    door("form_line_keys_end", "{line}", of=Band, alters=True),
    door("form_line_key_end", "{line}/{key}", of=Band, alters=True),
]
