"""The doors of recalls and holds, by the API and in the browser."""
import uuid

from doors import Target, door


class Counted(Target):
    """A batch of a lot, and a recall of it that was counted and described, not started."""

    kind = "recall"

    def make(self):
        self.lot = f"LOT{uuid.uuid4().hex[:12]}"
        made = self.side.line.post("/v1/batches", {"gtin": self.gtin, "quantity": 3, "lot": self.lot}, uuid.uuid4().hex)
        assert made.status == 201, made.text
        counted = self.side.admin.ask("POST", "/v1/recalls/count", {**self.choice(), "kind": self.kind})
        assert counted.status == 201, counted.text
        self.recall = counted.json["id"]
        self.words = f"WORDS{uuid.uuid4().hex[:12]}"
        said = self.side.admin.ask("POST", f"/v1/recalls/{self.recall}/texts", {"reason": {"en": self.words}})
        assert said.status == 200, said.text
        self.marks = [self.lot, self.words]

    def choice(self):
        return {"by": "lots", "gtin": self.gtin, "lots": [self.lot]}


class Running(Counted):
    def make(self):
        super().make()
        started = self.side.admin.ask("POST", f"/v1/recalls/{self.recall}/start", {})
        assert started.json["result"] == "started", started.text


class Proposed(Counted):
    """To start it waits for a second person."""

    def make(self):
        super().make()
        self.query("UPDATE trace.halt SET proposal = 'start', proposed_at = now(), proposed_by = 'x' WHERE id = %s",
                   self.recall)


class Fresh(Counted):
    """To be started."""


def chosen(t):
    return t.choice()


def form(t):
    return {"kind": "recall", "by": "lots", "gtin": t.gtin, "lots": t.lot}


def why(t):
    return {"reason": "tested"}


def nothing(t):
    return {}


def texts(t):
    return {"reason": {"en": "Glass"}, "severity": "low"}


def api(base, word, end):
    return [
        door(f"{word}_list", "", of=Running, others={200}),
        door(f"{word}_count", "", chosen, of=Counted),
        door(word, "{recall}", of=Running),
        door(f"{word}_lines", "{recall}", of=Running),
        door(f"{word}_csv", "{recall}", of=Running),
        door(f"{word}_sheet", "{recall}", of=Running),
        door(f"{word}_preview", "{recall}", of=Running),
        door(f"{word}_texts", "{recall}", texts, of=Counted),
        door(f"{word}_start", "{recall}", nothing, of=Fresh, alters=True),
        door(f"{word}_approve", "{recall}", nothing, of=Proposed, alters=True),
        door(f"{word}_decline", "{recall}", nothing, of=Proposed, alters=True),
        door(f"{word}_{end}", "{recall}", why, of=Running, alters=True),
    ]


DOORS = [
    *api("recalls", "recall", "lift"),
    *api("holds", "hold", "release"),
    door("recall_rule", others={200}),
    door("recall_rule_set", "", lambda t: {"two_persons": False}, others={200}),
    door("page_recalls", of=Running, others={200}),
    door("page_recall_new", "?way=lots", others={200}),
    door("form_recall_count", "?way=lots", form, of=Counted),
    door("form_recall_rule", "", lambda t: {"two_persons": "off"}, others={200, 303}),
    door("page_recall", "{recall}", of=Running),
    door("page_recall_sheet", "{recall}", of=Running),
    door("page_recall_preview", "{recall}", of=Running),
    door("form_recall_texts", "{recall}", lambda t: {"reason.en": "Glass", "severity": "low"}, of=Counted),
    door("form_recall_start", "{recall}", nothing, of=Fresh, alters=True),
    door("form_recall_approve", "{recall}", nothing, of=Proposed, alters=True),
    door("form_recall_decline", "{recall}", nothing, of=Proposed, alters=True),
    door("form_recall_lift", "{recall}", why, of=Running, alters=True),
]
