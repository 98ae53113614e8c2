"""One's own account, and the people of the brand."""
import uuid

from doors import Target, door
from people import PASSWORD, Person


class Member(Target):
    """Somebody of the brand with a session and a token."""

    def make(self):
        person = Person(self.side.console, self.db, self.brand, "viewer")
        self.member, self.name = person.id, person.name
        self.session, self.token = person.session[4:14], person.key[4:14]
        self.marks = [self.name, self.session, self.token]


def short(t):
    return {"current": "x", "password": "short"}


def token(t):
    return {"password": PASSWORD, "label": "matrix", "days": 1}


def code(t):
    return {"password": PASSWORD, "code": "000000"}


def invited(t):
    return {"name": f"m{uuid.uuid4().hex[:12]}", "roles": ["viewer"]}


def invited_by_form(t):
    return {"name": f"m{uuid.uuid4().hex[:12]}", "role_viewer": "on"}


def offered(person):
    """A second factor stands open, so that there is something to show."""
    person.act("POST", "/v1/account/totp")


ANYWHERE = {200, 201, 303}  # what is one's own wherever else one looks

DOORS = [
    door("page_account", others=ANYWHERE),
    door("account", others=ANYWHERE),
    door("form_password", "", short, own={400}, others={400}),
    door("account_password", "", short, own={400}, others={400}, session=True),
    door("form_totp_offer", others=ANYWHERE),
    door("page_totp", others=ANYWHERE, before=offered),
    door("totp_picture", others=ANYWHERE, before=offered),
    door("totp_offer", others=ANYWHERE, session=True),
    door("form_totp_on", "", code, own={403}, others={403}),
    door("totp_on", "", code, own={403}, others={403}, session=True),
    door("form_totp_off", "", code, own={409}, others={409}),
    door("totp_off", "", code, own={409}, others={409}, session=True),
    door("form_token", "", token, others=ANYWHERE),
    door("token_make", "", token, others=ANYWHERE, session=True),
    # Of others only an admin may end them.
    door("form_pass_end", "sessions/{session}", of=Member, own={404}, alters=True),
    door("pass_end", "tokens/{token}", of=Member, own={404}, alters=True),
    door("page_team", of=Member, others={200}),
    door("team", of=Member, others={200}),
    door("form_team_add", "", invited_by_form, others=ANYWHERE),
    door("team_add", "", invited, others=ANYWHERE, session=True),
    door("page_person", "{member}", of=Member),
    door("team_person", "{member}", of=Member),
    door("form_roles", "{member}", lambda t: {"role_editor": "on"}, of=Member),
    door("team_roles", "{member}", lambda t: {"roles": ["quality", "viewer"]}, of=Member, session=True),
    door("form_team_link", "{member}", of=Member),
    door("team_link", "{member}", of=Member, session=True),
    door("form_team_unlock", "{member}", of=Member),
    door("team_unlock", "{member}", of=Member),
    door("form_team_end", "{member}", of=Member, alters=True),
    door("team_end", "{member}", of=Member, alters=True),
]
