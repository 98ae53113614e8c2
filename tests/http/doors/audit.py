"""The doors of the log of changes."""
from doors import door

DOORS = [
    door("audit", "?who=x", others={200}),
    door("audit_ndjson", "", others={200}),
    door("audit_csv", "", others={200}),
    door("page_audit", "", others={200}),
    door("page_audit_ndjson", "", others={200}),
    door("page_audit_csv", "", others={200}),
]
