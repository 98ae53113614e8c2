/*
 * `GET /assets/{name}`: the files of assets/, from memory. There is no file to be opened in a
 * worker, so there is no path to climb out of and no descriptor to leak.
 */
#include "page/assets.h"
#include "web/respond.h"
#include "web/router.h"

static struct blob *blobs[ASSET_COUNT]; /* made when first asked for */

static struct blob *asset_blob(const struct asset *asset, int status)
{
	struct answer a = {
		.status = status,
		.content_type = status == 200 ? asset->content_type : NULL,
		.body = status == 200 ? asset->content : (struct slice){ NULL, 0 },
		.cache_control = "public, max-age=86400",
	};

	answer_add_header(&a, "etag", slice_of(asset->etag));
	return blob_build(&a);
}

/* RFC 9110, 13.1.2: a list of tags, compared weakly; "*" matches too. */
static bool has_it_already(const struct request *r, const struct asset *asset)
{
	struct slice list = request_header(r, "if-none-match"), tag;

	while (slice_cut(&list, ',', &tag)) {
		tag = slice_trim(tag);
		if (slice_starts(tag, S("W/")))
			tag = slice_from(tag, 2);
		if (slice_equal(tag, slice_of(asset->etag)) || slice_equal(tag, S("*")))
			return true;
	}
	return false;
}

static void respond_asset(struct request *r, size_t id)
{
	struct blob *unchanged =
	    has_it_already(r, &assets[id]) ? asset_blob(&assets[id], 304) : NULL;

	if (blobs[id] == NULL)
		blobs[id] = asset_blob(&assets[id], 200);
	if (unchanged != NULL)
		respond_blob(r, unchanged);
	else if (blobs[id] != NULL)
		respond_blob(r, blobs[id]);
	else
		respond_problem(r, 503, status_text(503), NULL);
	blob_unref(unchanged);
}

void serve_asset(struct request *r);

void serve_asset(struct request *r)
{
	for (size_t i = 0; i < ASSET_COUNT; i++) {
		if (slice_equal(r->captures[0], slice_of(assets[i].name))) {
			respond_asset(r, i);
			return;
		}
	}
	respond_problem(r, 404, status_text(404), "There is no such file.");
}
