/* `GET /healthz`: this worker answers. */
#include "web/respond.h"
#include "web/router.h"

void serve_health(struct request *r);

void serve_health(struct request *r)
{
	const struct answer a = {
		.status = 200,
		.content_type = "application/json",
		.body = SLICE("{\"status\":\"ok\"}\n"),
	};

	respond(r, &a);
}
