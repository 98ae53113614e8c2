/* Long answers for the tests only (see web/probe.c): of any length, slow, waiting, failing. */
#ifndef SUYUAN_WEB_PROBE_STREAM_H
#define SUYUAN_WEB_PROBE_STREAM_H

#include "web/request.h"

/*
 * /probe/stream/BYTES with the query parameters unknown=1 (no Content-Length), gzip=1, slice=BYTES
 * at once, wait=MS after each slice, work=US for each slice, fail=BYTES after which the source
 * fails, missing=BYTES that it ends too early.
 */
void probe_stream(struct request *r);
/* How many sources there were and were released, how often they were asked, bytes made. */
void probe_streams(struct request *r);

#endif
