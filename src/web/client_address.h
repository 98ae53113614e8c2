/* Where a client connects from. Never logged as it is (FEATURES O4). Pure. */
#ifndef SUYUAN_WEB_CLIENT_ADDRESS_H
#define SUYUAN_WEB_CLIENT_ADDRESS_H

#include "base/slice.h"

/* IPv4 that came through a socket of IPv6 stands here as IPv4: see client_address_unmap(). */
struct client_address {
	bool is_ipv6;
	unsigned char bytes[16]; /* network order; the first 4 for IPv4 */
};

/* "192.0.2.7" or "2001:db8::1". */
MUSTCHECK bool client_address_read(struct slice text, struct client_address *ret_address);
/*
 * Makes an IPv4 address in the clothes of IPv6 (RFC 4291, 2.5.5.2) the one it is. Done where an
 * address comes in: else all of IPv4 would be one network of IPv6 to whoever counts by network.
 */
void client_address_unmap(struct client_address *address);
bool client_address_equal(const struct client_address *a, const struct client_address *b);
/* Those that are one household or machine: the four bytes of IPv4, the /64 of IPv6. Borrowed. */
struct slice client_address_household(const struct client_address *address);

#endif
