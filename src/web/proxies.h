/*
 * The load balancers in front of this server (setting proxy_addresses): whoever connects from one
 * of those addresses speaks the PROXY protocol first, and nobody else's word on addresses counts.
 */
#ifndef SUYUAN_WEB_PROXIES_H
#define SUYUAN_WEB_PROXIES_H

#include "web/request.h"

enum { NETWORKS_MOST = 64 };

/* Addresses that begin with the same bits. */
struct network {
	struct client_address address;
	unsigned bits;
};

/*
 * Reads "10.0.0.0/8, 2001:db8::/32, 192.0.2.7" into `ret_networks`, NETWORKS_MOST at most. False
 * and `why`: there is something else, or bits are set behind the prefix.
 */
MUSTCHECK bool networks_read(struct slice text, struct network *ret_networks, unsigned *ret_count,
			     char *why, size_t why_size);
bool networks_hold(const struct network *networks, unsigned count,
		   const struct client_address *address);

/* Is it one of the setting's? */
bool proxies_hold(const struct client_address *address);

#endif
