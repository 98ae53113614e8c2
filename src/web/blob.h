/* Inside a blob: for web/respond.c, which builds it, and web/conn.c, which sends it. */
#ifndef SUYUAN_WEB_BLOB_H
#define SUYUAN_WEB_BLOB_H

#include "web/respond.h"

struct blob {
	unsigned references;
	int status;
	size_t head_length; /* status line and headers with the blank line */
	size_t length;	    /* the whole answer */
	size_t date_at;	    /* where the value of Date stands */
	char data[];
};

#endif
