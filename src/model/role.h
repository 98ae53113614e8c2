/*
 * What the people of a brand may do: each has one role or several, and each address of the console
 * names the roles it lets in (src/web/routes.def). Who has none of them is refused.
 */
#ifndef SUYUAN_MODEL_ROLE_H
#define SUYUAN_MODEL_ROLE_H

#include "base/slice.h"

enum role {
	ROLE_LINE = 1 << 0,    /* asks for codes and labels, says what became of codes */
	ROLE_VIEWER = 1 << 1,  /* sees all of the brand's records and changes nothing */
	ROLE_EDITOR = 1 << 2,  /* decides what the public sees: fields, look, links, photos */
	ROLE_QUALITY = 1 << 3, /* recalls, holds, inspections, certificates */
	ROLE_AUDITOR = 1 << 4, /* sees all and the log of changes; what it reads is logged */
	ROLE_ADMIN = 1 << 5,   /* all of the brand, and who may do what */
	ROLE_COUNT = 6,
	/* No role of an account: everybody who is a person has it, and no packaging line. */
	ROLE_PERSON = 1 << 6,
	/* Nor this: a packaging line's key has it beside the role "line", and no person. */
	ROLE_KEY = 1 << 7
};

/* Sets of them, as addresses let them in. */
enum {
	ROLES_NONE = 0, /* also for who has not signed in: the handler itself asks who it is */
	ROLES_PACK = ROLE_LINE | ROLE_EDITOR | ROLE_ADMIN,
	ROLES_READ = ROLE_VIEWER | ROLE_EDITOR | ROLE_QUALITY | ROLE_AUDITOR | ROLE_ADMIN,
	ROLES_EDIT = ROLE_EDITOR | ROLE_ADMIN,
	/* Of lines' keys those alone that the operator allowed to (trace.may_link). */
	ROLES_LINK = ROLES_EDIT | ROLE_KEY,
	ROLES_JUDGE = ROLE_QUALITY | ROLE_ADMIN,
	ROLES_RECORD = ROLE_EDITOR | ROLE_QUALITY | ROLE_ADMIN,
	ROLES_AUDIT = ROLE_AUDITOR | ROLE_ADMIN,
	ROLES_TEAM = ROLE_ADMIN,
	ROLES_SELF = ROLE_PERSON, /* one's own account */
	ROLES_ALL = ROLES_READ | ROLE_LINE,
};

/* "editor"; NULL for what is no single role. */
const char *role_name(enum role role);
/* 0: there is no role of that name. */
MUSTCHECK unsigned role_named(struct slice name);
/* From names with commas between them ("admin,quality", as PostgreSQL joins an array); names that
 * are none are left out. */
unsigned roles_read(struct slice names);

#endif
