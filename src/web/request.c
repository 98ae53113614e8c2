/* What handlers may ask about a request. */
#include "web/request.h"

#include "web/http_head.h"
#include "web/router.h"

struct slice request_header(const struct request *r, const char *name)
{
	if (r->head == NULL)
		return (struct slice){ NULL, 0 };
	return http_head_field(r->head, slice_of(name));
}

struct slice request_media_type(const struct request *r)
{
	struct slice type = request_header(r, "content-type"), name;

	return slice_cut(&type, ';', &name) ? slice_trim(name) : S("");
}

struct slice request_query(struct request *r, const char *name)
{
	struct slice rest = r->query, pair, key, value;

	while (slice_cut(&rest, '&', &pair)) {
		(void)slice_cut(&pair, '=', &key);
		if (percent_decode(&r->arena, key, true, &key) != ROUTE_FOUND ||
		    !slice_equal(key, slice_of(name)))
			continue;
		if (pair.data == NULL)
			return S("");
		if (percent_decode(&r->arena, pair, true, &value) == ROUTE_FOUND)
			return value;
		return (struct slice){ NULL, 0 };
	}
	return (struct slice){ NULL, 0 };
}
