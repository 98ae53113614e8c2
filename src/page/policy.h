/*
 * The Content-Security-Policy of a public page: nothing but its own style sheet, named by its hash,
 * pictures of this server and forms to it (CSP Level 3).
 */
#ifndef SUYUAN_PAGE_POLICY_H
#define SUYUAN_PAGE_POLICY_H

#include "base/slice.h"

enum { POLICY_SIZE = 256 };

struct policy {
	char text[POLICY_SIZE];
};

/* The policy of a page in which `css` stands as it is. */
void policy_of_css(struct slice css, struct policy *ret_policy);

#endif
