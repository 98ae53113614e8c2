/*
 * Answers with a file of known length: the whole or the part that is asked for, compressed or as it
 * is, only its head, or word that the client has it already (RFC 9110, 13 and 14).
 */
#ifndef SUYUAN_WEB_DOWNLOAD_H
#define SUYUAN_WEB_DOWNLOAD_H

#include "web/api.h"
#include "web/http_part.h"
#include "web/stream.h"

enum { DOWNLOAD_NAME_MOST = 150 }; /* bytes of a tag or a file's name */

struct download {
	const char *content_type;
	/* Changes with every byte of the file; ASCII without quotes. */
	struct slice tag;
	struct slice file_name; /* ASCII without quotes or backslashes */
	bool by_accept;		/* another Accept would get another file */
	bool compressible;	/* with gzip, for who accepts it and asks for no part */
	uint64_t length;	/* bytes; at least 1 */
	/*
	 * Makes the bytes of *range, which is written before; its length is filled in here.
	 * release() is called exactly once, whatever is answered.
	 */
	struct stream_source source;
	struct byte_range *range;
};

/* Ends the call. */
void download_answer(struct api_call *call, const struct download *d);

#endif
