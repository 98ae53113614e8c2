"""The doors of the label designer, of jobs and of packaging lines."""
import uuid

from doors import Target, door

DOCUMENT = {"sheet": "L7160", "design": {"symbol": {"x": 1, "y": 7}, "parts": [{"what": "serial", "x": 24, "y": 8, "width": 38}]}}


class Design(Target):
    """A design of the brand, with a text nobody else has."""

    def make(self):
        self.name = uuid.uuid4().hex
        made = self.side.line.post("/v1/labels/designs", {"name": self.name, "document": DOCUMENT})
        self.design = made.json["id"]
        self.marks = [self.name, self.design]


class Ending(Design):
    """One that is changed or ended."""


def kept(target):
    return {"name": uuid.uuid4().hex, "document": DOCUMENT}


def fields(target):
    return {"name": uuid.uuid4().hex, "version": "1", "sheet": "L7160", "serial_on": "on", "serial_x": "24", "serial_y": "8",
            "serial_width": "38", "symbol_x": "1", "symbol_y": "7"}


DOORS = [
    door("designs", "", of=Design, others={200}),
    door("design_make", "", kept, of=Design, others={201}),
    door("design", "{design}", of=Design),
    door("design_put", "{design}", kept, of=Design),
    door("design_end", "{design}", of=Ending, alters=True),
    door("design_picture", "{design}", of=Design),
    door("design_test_page", "{design}", of=Design),
    door("design_preview", "", lambda t: {"document": DOCUMENT}, of=Design, others={200}),
    door("page_jobs", "", of=Design, others={200}),
    door("page_designs", "", of=Design, others={200}),
    door("form_design_make", "", lambda t: {"name": uuid.uuid4().hex, "paper": "L7160"}, of=Design, others={303}),
    door("page_design", "{design}", of=Design),
    door("form_design", "{design}", fields, of=Ending, alters=True),
    door("form_design_draft", "{design}", fields, of=Design),
    door("form_design_forget", "{design}", of=Design, body=lambda t: {}, others={303}),
    door("form_design_remove", "{design}", of=Ending, body=lambda t: {}, alters=True),
    door("page_design_picture", "{design}", of=Design),
    door("page_design_test_page", "{design}", of=Design),
]
