/* The table of addresses, and what is said where it has no handler for a request. */
#include <limits.h>

#include "model/role.h"
#include "web/check.h"
#include "web/http_accept.h"
#include "web/pages.h"
#include "web/resolver.h"
#include "web/respond.h"
#include "web/router.h"

#define ROUTE(programs, methods, pattern, name, handler) void handler(struct request *r);
#define DOOR(methods, pattern, name, handler, roles)	 void handler(struct request *r);
#include "web/routes.def"
#undef ROUTE
#undef DOOR

static const struct route routes[] = {
#define ROUTE(programs, methods, pattern, name, handler) \
	{ programs, methods, pattern, name, handler, ROLES_NONE },
#define DOOR(methods, pattern, name, handler, roles) \
	{ PROGRAM_CONSOLE, methods, pattern, name, handler, roles },
#include "web/routes.def"
#undef ROUTE
#undef DOOR
};

enum { ALLOW_SIZE = 64 };

const struct route *route_at(unsigned index)
{
	return index < COUNT_OF(routes) ? &routes[index] : NULL;
}

unsigned route_index(const struct route *route)
{
	return route == NULL ? UINT_MAX : (unsigned)(route - routes);
}

/* A person at the console, more likely than a program. */
static bool reads_pages(const struct request *r)
{
	return app_program() == PROGRAM_CONSOLE && !slice_starts(r->path, S("/v1/")) &&
	       accept_names_html(request_header(r, "accept"));
}

static void refuse_method(struct request *r, unsigned allowed)
{
	char room[ALLOW_SIZE];
	struct answer a = { .status = 405 };

	methods_print(allowed, room, sizeof(room));
	if (reads_pages(r)) {
		page_wrong_method(r, slice_of(room));
		return;
	}
	answer_add_header(&a, "allow", slice_of(room));
	respond_message_with(r, &a, MESSAGE_wrong_method);
}

static void answer_options(struct request *r, unsigned allowed)
{
	char room[ALLOW_SIZE];
	struct answer a = { .status = 204 };

	methods_print(allowed, room, sizeof(room));
	answer_add_header(&a, "allow", slice_of(room));
	/* Other pages may read here (respond.c), but send nothing. */
	if (app_program() == PROGRAM_LOOKUP) {
		answer_add_header(&a, "access-control-allow-methods", S("GET, HEAD, OPTIONS"));
		answer_add_header(&a, "access-control-allow-headers", S("*"));
		answer_add_header(&a, "access-control-max-age", S("86400"));
	}
	respond(r, &a);
}

static void bad_path(struct request *r, const char *detail)
{
	respond_problem(r, 400, status_text(400), detail);
}

static void not_found(struct request *r)
{
	bool reads = (r->method & (METHOD_GET | METHOD_HEAD)) != 0;

	if (app_program() == PROGRAM_LOOKUP && resolver_opens(r))
		return;
	if (app_program() == PROGRAM_LOOKUP && reads && check_not_found(r))
		return;
	if (reads_pages(r))
		page_problem(r, 404, MESSAGE_no_such_page);
	else
		respond_message(r, 404, MESSAGE_no_such_page);
}

void route_request(struct request *r)
{
	unsigned allowed = 0;

	switch (route_find(routes, COUNT_OF(routes), app_program(), r, &allowed)) {
	case ROUTE_FOUND:
		r->route->handle(r);
		return;
	case ROUTE_NOT_FOUND:
		not_found(r);
		return;
	case ROUTE_METHOD_NOT_ALLOWED:
		refuse_method(r, allowed);
		return;
	case ROUTE_OPTIONS:
		answer_options(r, allowed);
		return;
	case ROUTE_BAD_ESCAPE:
		bad_path(r, "A '%' in the address is not followed by two hexadecimal digits.");
		return;
	case ROUTE_BAD_NUL:
		bad_path(r, "The address contains a NUL character.");
		return;
	case ROUTE_BAD_UTF8:
		bad_path(r, "The address is not UTF-8.");
		return;
	case ROUTE_BAD_DOTS:
		bad_path(r, "The address contains a segment '.' or '..'.");
		return;
	case ROUTE_OUT_OF_MEMORY:
		respond_problem(r, 503, status_text(503), NULL);
		return;
	}
}
