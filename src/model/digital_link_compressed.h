/*
 * Compressed GS1 Digital Link URIs (GS1 Digital Link: Compression 1.0): the AIs and their values as
 * a string of bits, written in the file-safe base 64 alphabet in place of the path, or behind a
 * primary key that stays readable.
 */
#ifndef SUYUAN_MODEL_DIGITAL_LINK_COMPRESSED_H
#define SUYUAN_MODEL_DIGITAL_LINK_COMPRESSED_H

#include "base/buf.h"
#include "base/slice.h"

enum dl_compressed {
	DL_OPENED,
	DL_NOT_COMPRESSED, /* the path has not its shape: "/AQnYUc1gmg" or "/01/{gtin}/IEm…" */
	DL_NOT_OPENED,	   /* the bits are no AIs with their values */
};

/*
 * Appends the path and query that a request's path stands for, "/01/…/21/…?17=…". What comes out
 * has the right order but is otherwise not checked: it goes through digital_link_parse_path().
 */
MUSTCHECK enum dl_compressed digital_link_decompress(struct slice path, struct buf *out);

#endif
