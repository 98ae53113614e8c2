/* Reads and compares addresses of clients. */
#include "web/client_address.h"

#include <arpa/inet.h>
#include <string.h>

enum { IPV4_BYTES = 4, HOUSEHOLD_BYTES = 8 };

bool client_address_read(struct slice text, struct client_address *ret_address)
{
	char room[INET6_ADDRSTRLEN];
	struct client_address address = { .is_ipv6 = slice_find(text, ':') < text.length };

	if (text.length >= sizeof(room))
		return false;
	memcpy(room, text.data, text.length);
	room[text.length] = '\0';
	if (inet_pton(address.is_ipv6 ? AF_INET6 : AF_INET, room, address.bytes) != 1)
		return false;
	*ret_address = address;
	return true;
}

void client_address_unmap(struct client_address *address)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
	struct client_address four = { .is_ipv6 = false };

	if (!address->is_ipv6 || memcmp(address->bytes, mapped, sizeof(mapped)) != 0)
		return;
	memcpy(four.bytes, address->bytes + sizeof(mapped), IPV4_BYTES);
	*address = four;
}

bool client_address_equal(const struct client_address *a, const struct client_address *b)
{
	return a->is_ipv6 == b->is_ipv6 &&
	       memcmp(a->bytes, b->bytes, a->is_ipv6 ? sizeof(a->bytes) : IPV4_BYTES) == 0;
}

struct slice client_address_household(const struct client_address *address)
{
	return (struct slice){ (const char *)address->bytes,
			       address->is_ipv6 ? HOUSEHOLD_BYTES : IPV4_BYTES };
}
