"""Walks the console as a person: every page that links lead to, and every form that stands on one."""
import dataclasses
import html.parser
import re
import urllib.parse

TEXTS = {"text", "search", "email", "url", "tel", "number", "date", "datetime-local", "color", "password", "hidden"}
ALONE = {"meta", "link", "br", "hr", "rect", "path", "circle", "line", "polyline", "img", "input", "col", "use"}
NOT_PAGES = re.compile(r"^/(v1|assets|media|sign-out)\b|/(files|codes|export)\b|format=(pdf|zpl)\b|\.(csv|json|ndjson|pdf|svg|png|zip|zpl|txt)\b")


@dataclasses.dataclass
class Field:
    name: str
    kind: str
    value: str = ""
    required: bool = False
    options: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Form:
    page: str
    action: str
    method: str
    upload: bool
    fields: list

    def values(self):
        """What a browser would send untouched."""
        return {f.name: f.value for f in self.fields if f.kind not in ("file", "checkbox", "radio", "unchecked")}

    def pattern(self):
        return pattern(self.action), tuple(sorted(f.name for f in self.fields))


def pattern(path):
    """The address without what tells one thing from another."""
    path = urllib.parse.urlsplit(path).path
    return "/".join("*" if re.search(r"\d", part) or len(part) > 30 else part for part in path.split("/"))


class Page(html.parser.HTMLParser):
    def __init__(self, path, text):
        super().__init__()
        self.path, self.text = path, text
        self.links, self.forms, self.ids, self.faults, self.open = [], [], set(), [], []
        self.area = self.select = None
        self.lang = self.title = None
        self.headings = 0
        self.feed(text)
        self.close()
        self.faults += [f"never closed: {tag}" for tag in self.open]

    def handle_starttag(self, tag, attributes):
        a = {k: v if v is not None else "" for k, v in attributes}
        if a.get("id") in self.ids:
            self.faults.append(f"id {a['id']} is there twice")
        self.ids.add(a.get("id"))
        self.ids.discard(None)
        if tag not in ALONE:
            self.open.append(tag)
        for name in a:
            if name == "style" or name.startswith("on"):
                self.faults.append(f"{name} on {tag}")
        if tag == "html":
            self.lang = a.get("lang")
        elif tag == "h1":
            self.headings += 1
        elif tag == "a" and a.get("href", "").startswith(("/", "?")):
            self.links.append(urllib.parse.urljoin(self.path, a["href"]).partition("#")[0])
        elif tag == "form":
            self.forms.append(Form(self.path, urllib.parse.urljoin(self.path, a.get("action") or self.path),
                                   a.get("method", "get").lower(), "multipart" in a.get("enctype", ""), []))
        elif tag == "input" and self.forms and a.get("name") and a.get("type") not in ("submit", "button"):
            kind = a.get("type", "text")
            if kind in ("checkbox", "radio") and "checked" not in a:
                kind = "unchecked"
            self.forms[-1].fields.append(Field(a["name"], kind, a.get("value", ""), "required" in a))
        elif tag == "textarea" and self.forms:
            self.area = Field(a["name"], "lines", "", "required" in a)
            self.forms[-1].fields.append(self.area)
        elif tag == "select" and self.forms:
            self.select = Field(a["name"], "select", "", "required" in a)
            self.forms[-1].fields.append(self.select)
        elif tag == "option" and self.select is not None:
            self.select.options.append(a.get("value", ""))
            if "selected" in a or len(self.select.options) == 1:
                self.select.value = a.get("value", "")

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in ALONE:
            self.open.pop()

    def handle_data(self, data):
        if self.area is not None:
            self.area.value += data

    def handle_endtag(self, tag):
        self.area = None if tag == "textarea" else self.area
        self.select = None if tag == "select" else self.select
        if tag in ALONE:
            return
        if not self.open or self.open[-1] != tag:
            self.faults.append(f"</{tag}> closes {self.open[-1] if self.open else 'nothing'}")
        if tag in self.open:
            while self.open.pop() != tag:
                pass


def walk(ask, most=150, of_a_kind=2, start="/"):
    """`ask(path)` answers with .status, .headers and .text. Every page that can be reached, at most `of_a_kind` of one
    pattern, and what was no page: {path: Page}, {path: status}."""
    pages, others, waiting, known, count = {}, {}, [start], {start}, {}
    while waiting and len(pages) < most:
        path = waiting.pop(0)
        answer = ask(path)
        if answer.status in (301, 302, 303, 307):
            waiting += [p for p in [answer.headers["location"]] if p not in known]
            known.add(answer.headers["location"])
            continue
        if answer.status != 200 or not answer.headers["content-type"].startswith("text/html"):
            others[path] = answer.status
            continue
        pages[path] = Page(path, answer.text)
        for link in pages[path].links:
            kind = (pattern(link), tuple(sorted(urllib.parse.parse_qs(urllib.parse.urlsplit(link).query))))
            if link in known or NOT_PAGES.search(link) or "lang=" in link or count.get(kind, 0) >= of_a_kind:
                continue
            count[kind] = count.get(kind, 0) + 1
            known.add(link)
            waiting.append(link)
    return pages, others
