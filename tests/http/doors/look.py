"""The doors of look, links, photos and certificates."""
import uuid

from doors import Anything, Target, door
from pdfs import pdf
from pictures import png


def unlike(t):
    """A PDF that nobody else has."""
    return pdf(catalog=f"/X({uuid.uuid4().hex})")


class Shown(Target):
    """A link, a certificate and a photo, and the files they have."""

    def make(self):
        admin, self.mark = self.side.admin, f"Mark{uuid.uuid4().hex[:12]}"
        self.href = f"https://example.com/{self.mark}"
        self.link = admin.ask("POST", "/v1/links", link(self)).json["records"].split("-")[-1]
        paper = self.upload("/v1/papers", paper_of(self), unlike(self))
        self.paper, self.sha256, self.upload_id = paper["id"], paper["sha256"], paper["upload"]
        self.photo = self.upload("/v1/photos", {"gtin": self.gtin}, png(60, 40, seed=self.mark))["sha256"]
        self.marks = [self.mark, self.sha256, self.photo]

    def upload(self, path, fields, body):
        answer = self.side.admin.ask_with(path, fields, {"file": ("x/y", body)})
        assert answer.status == 201, answer.text
        return answer.json


def link(t):
    return {"gtin": t.gtin, "link_type": "gs1:sustainabilityInfo", "title": t.mark, "href": t.href}


def new_link(t):
    return {**link(t), "href": f"{t.href}/{uuid.uuid4().hex}"}


def paper_of(t):
    return {"gtin": t.gtin, "kind": "report", "title.en": t.mark, "code": uuid.uuid4().hex}


PAPER = {"file": ("application/pdf", pdf())}
PICTURE = {"file": ("image/png", png(60, 40))}
FOREIGN = {403, 404, 422}

OWN = {"others": {200, 201, 303}}     # whoever asks has a look of his own

DOORS = [
    door("page_look", **OWN), door("look", **OWN), door("look_preview", **OWN),
    door("form_look", body=lambda t: {"name.en": "Tea"}, **OWN),
    door("look_set", body=lambda t: {"motto.fr": "Bon"}, **OWN),
    door("form_look_accent", body=lambda t: {"accent": "#123456"}, **OWN),
    door("form_look_preview", body=lambda t: {"name.en": "Tea"}, **OWN),
    door("form_look_undo", body=lambda t: {}, **OWN), door("look_undo", body=lambda t: {}, **OWN),
    door("form_logo", files=PICTURE, **OWN), door("logo_set", files=PICTURE, **OWN),
    door("form_logo_remove", body=lambda t: {}, **OWN), door("logo_remove", **OWN),
    door("page_links", "?gtin={gtin}", of=Shown, others={200}), door("page_link", "{link}", of=Shown),
    door("form_link_add", body=new_link, of=Shown), door("form_link_edit", "{link}", link, of=Shown, alters=True),
    door("form_link_remove", "{link}", lambda t: {}, of=Shown, alters=True),
    door("form_links_undo", body=lambda t: {"records": t.link}, of=Shown, alters=True),
    door("form_links_mode", body=lambda t: {"mode": "page"}, **OWN),
    door("link_add", body=new_link, of=Shown), door("link", "{link}", of=Shown),
    door("link_edit", "{link}", link, of=Shown, alters=True), door("link_remove", "{link}", of=Shown, alters=True),
    door("links_undo", body=lambda t: {"records": t.link}, of=Shown, alters=True),
    door("links_mode", body=lambda t: {"mode": "page"}, **OWN),
    door("page_papers", of=Shown, others={200}), door("papers", of=Shown, others={200}),
    door("page_paper", "{paper}", of=Shown), door("paper", "{paper}", of=Shown),
    door("form_paper", body=paper_of, of=Shown, files=PAPER, others=FOREIGN),
    door("paper_add", body=paper_of, of=Shown, files=PAPER, others=FOREIGN),
    door("form_paper_withdraw", "{paper}", lambda t: {}, of=Shown, alters=True),
    door("paper_withdraw", "{paper}", of=Shown, alters=True),
    door("page_photos", of=Shown, others={200}), door("photos", of=Shown, others={200}),
    door("form_photo", body=lambda t: {"gtin": t.gtin}, of=Shown, files=PICTURE, others=FOREIGN),
    door("photo_set", body=lambda t: {"gtin": t.gtin}, of=Shown, files=PICTURE, others=FOREIGN),
    door("form_photo_remove", body=lambda t: {"gtin": t.gtin}, of=Shown, alters=True),
    door("photo_remove", "?gtin={gtin}", of=Shown, alters=True),
    door("page_upload", "{upload_id}", of=Shown), door("upload", "{upload_id}", of=Shown),
    door("console_media", "{sha256}.pdf", of=Shown), door("api_media", "{sha256}.pdf", of=Shown),
]
