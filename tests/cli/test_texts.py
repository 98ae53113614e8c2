"""Texts and messages that nothing shows any more do not stay: each is looked for where templates and C name it."""
import re

from steps import TOP

SOURCES = [p for suffix in ("c", "h", "def") for p in sorted((TOP / "src").rglob(f"*.{suffix}"))]
CALL = re.compile(r"\b([A-Z][A-Z_]+)\(([^()\n]*)")


def name(msgid):
    return re.sub(r"\W", "_", msgid)


def texts():
    """The keys of the default language, names of countries apart."""
    for path in [TOP / "lang/en.po", *sorted((TOP / "lang/console").glob("*.en.po"))]:
        for context, msgid in re.findall(r'(?:msgctxt "(\w+)"\n)?msgid "([^"]+)"', path.read_text()):
            if context != "country":
                yield path, msgid


def pasted(source, calls):
    """What macros make of their arguments: TEXT_role_##name for each ROLE(name, …) of a list."""
    for macro, parameters, body in re.findall(r"^#define (\w+)\(([^)]*)\)((?:.*\\\n)*.*)", source, re.M):
        parameters = [p.strip() for p in parameters.split(",")]
        for pattern in re.findall(r"TEXT_\w*##\w+(?:##\w+)*", body):
            for arguments in calls.get(macro, ()):
                given = dict(zip(parameters, arguments))
                yield "".join(given.get(part, part) for part in pattern.split("##"))


def used():
    sources = [p.read_text() for p in SOURCES]
    calls = {}
    for macro, arguments in (call for source in sources for call in CALL.findall(source)):
        calls.setdefault(macro, []).append([a.strip() for a in arguments.split(",")])
    found = {n for source in sources for n in re.findall(r"\bTEXT_(\w+)", source)}
    for source in sources:
        found.update(n.removeprefix("TEXT_") for n in pasted(source, calls))
    for path in (TOP / "templates").rglob("*.html"):
        found.update(name(n) for n in re.findall(r"\{t:([\w.]+)", path.read_text()))
    return found


def test_every_text_is_shown_somewhere():
    found = used()
    dead = [f"{path.relative_to(TOP)}: {msgid}" for path, msgid in texts() if name(msgid) not in found]
    assert not dead, "\n".join(dead)


def test_every_message_is_said_somewhere():
    messages = TOP / "src/web/messages.def"
    codes = re.findall(r"^MESSAGE\((\w+)", messages.read_text(), re.M)
    places = [*(p for p in SOURCES if p != messages), *(TOP / "src").rglob("*.sql"), *(TOP / "migrations").glob("*.sql"),
              *(TOP / "templates").rglob("*.html")]
    said = "\n".join(p.read_text() for p in places)
    whole = set(re.findall(r"""(?:["'=]|MESSAGE_)(\w+)""", said))
    begins = set(re.findall(r"""["'=](\w+_)(?:%|' \|\|)""", said))  # "link_%s", 'law_' || …
    dead = [c for c in codes if c not in whole and not any(c.startswith(b) for b in begins)]
    assert len(codes) > 50 and not dead, "\n".join(dead)


def audit_lines(kind):
    return re.findall(rf'^AUDIT_{kind}\("?([\w.]+)', (TOP / "src/web/audit_words.def").read_text(), re.M)


def test_the_log_of_changes_has_words_for_every_address_that_changes_something():
    routes = (TOP / "src/web/routes.def").read_text()
    doors = re.findall(r'^DOOR\((?!METHOD_GET,)\w+, "[^"]*", "(\w+)"', routes, re.M)
    wrong = set(audit_lines("DOOR")) ^ set(doors)
    assert len(doors) > 100 and not wrong, f"AUDIT_DOOR of src/web/audit_words.def: {sorted(wrong)}"


def test_the_log_of_changes_has_words_for_every_table_that_is_watched():
    watched = {table for path in (TOP / "migrations").glob("*.sql")
               for table in re.findall(r"audit\.watch\('([\w.]+)'", path.read_text())}
    wrong = watched - set(audit_lines("OBJECT"))
    assert len(watched) > 15 and not wrong, f"AUDIT_OBJECT of src/web/audit_words.def: {wrong}"
