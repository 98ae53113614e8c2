"""The doors of the public fields."""
from doors import Target, door


class Scope(Target):
    """A brand's own policy with a draft, and a version that it can go back to."""

    def make(self):
        editor = self.side.admin
        editor.ask("PUT", "/v1/fields", {"choices": {"product.name": "show"}})
        editor.ask("POST", "/v1/fields/publish", {})
        editor.ask("PUT", "/v1/fields", {"choices": {"product.name": "hide"}})
        editor.ask("POST", "/v1/fields/publish", {})
        self.number = editor.ask("GET", "/v1/fields").json["versions"][1]["number"]
        own = editor.ask("GET", f"/v1/fields/{self.gtin}").json["own"]
        other = "hide" if own.get("product.care") == "show" else "show"
        editor.ask("PUT", f"/v1/fields/{self.gtin}", {"choices": {"product.care": other}})


class Planned(Target):
    """Something scheduled for a product."""

    def make(self):
        editor = self.side.admin
        editor.ask("PUT", f"/v1/fields/{self.gtin}", {"choices": {"product.photo": "show"}})
        made = editor.ask("POST", "/v1/fields/schedule", {"gtin": self.gtin, "at": "2030-01-01T00:00", "zone": "UTC"})
        self.id = int(made.json["job"])


def draft(t):
    return {"choices": {"product.care": "show"}}


def draft_form(t):
    return {"gtin": t.gtin, "product.care": "show"}


def of_product(t):
    return {"gtin": t.gtin}


def schedule(t):
    return {"gtin": t.gtin, "at": "2030-01-01T00:00", "zone": "UTC"}


def back(t):
    return {"number": t.number}


def planned(t):
    return {"id": t.id}


OWN = {"others": {200, 303}}     # concerns whoever asks: the other brand's people have their own
DOORS = [
    door("page_fields", others={200}), door("fields", others={200}),
    door("page_fields_product", "{gtin}"), door("fields_product", "{gtin}"),
    door("fields_preview", "?gtin={gtin}"), door("fields_preview_json", "?gtin={gtin}"),
    door("fields_draft", body=draft, **OWN), door("fields_product_draft", "{gtin}", draft),
    door("form_fields_draft", body=draft_form),
    door("fields_publish", body=of_product, of=Scope, alters=True),
    door("form_fields_publish", body=of_product, of=Scope, alters=True),
    door("fields_schedule", body=schedule, of=Scope, alters=True),
    door("form_fields_schedule", body=schedule, of=Scope, alters=True),
    door("fields_cancel", body=planned, of=Planned, alters=True),
    door("form_fields_cancel", body=planned, of=Planned, alters=True),
    door("fields_rollback", body=back, of=Scope, alters=True, again={409}, others={200, 404, 409}),
    door("form_fields_rollback", body=back, of=Scope, alters=True, again={409}, others={303, 404, 409}),
]
