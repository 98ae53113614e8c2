/* Knows which addresses are load balancers. */
#include "web/proxies.h"

#include "web/module.h"

static struct network known[NETWORKS_MOST];
static unsigned known_count;

/* --- networks ------------------------------------------------------------------------------ */

static bool same_bits(const unsigned char *a, const unsigned char *b, unsigned bits)
{
	unsigned bytes = bits / 8, left = bits % 8;

	if (memcmp(a, b, bytes) != 0)
		return false;
	return left == 0 || ((a[bytes] ^ b[bytes]) & (0xff00 >> left & 0xff)) == 0;
}

bool networks_hold(const struct network *networks, unsigned count,
		   const struct client_address *address)
{
	for (unsigned i = 0; i < count; i++)
		if (networks[i].address.is_ipv6 == address->is_ipv6 &&
		    same_bits(networks[i].address.bytes, address->bytes, networks[i].bits))
			return true;
	return false;
}

/* 10.0.0.1/8 is more likely a mistake than a wish. */
static bool ends_clean(const struct network *n, unsigned all)
{
	for (unsigned bit = n->bits; bit < all; bit++)
		if (n->address.bytes[bit / 8] & 0x80 >> bit % 8)
			return false;
	return true;
}

/* Clients' addresses are never in the clothes of IPv6 (web/client_address.h). */
static void unmap(struct network *n)
{
	enum { MAPPED_BITS = 96 };

	if (!n->address.is_ipv6 || n->bits < MAPPED_BITS)
		return;
	client_address_unmap(&n->address);
	if (!n->address.is_ipv6)
		n->bits -= MAPPED_BITS;
}

static bool read_network(struct slice text, struct network *ret_network)
{
	struct slice address;
	unsigned all;
	uint64_t bits;

	if (!slice_cut(&text, '/', &address) ||
	    !client_address_read(address, &ret_network->address))
		return false;
	all = ret_network->address.is_ipv6 ? 128 : 32;
	bits = all;
	if (text.data != NULL && (!slice_to_u64(text, &bits) || bits > all))
		return false;
	ret_network->bits = (unsigned)bits;
	if (!ends_clean(ret_network, all))
		return false;
	unmap(ret_network);
	return true;
}

bool networks_read(struct slice text, struct network *ret_networks, unsigned *ret_count, char *why,
		   size_t why_size)
{
	struct slice one;
	unsigned count = 0;

	while (slice_cut(&text, ',', &one)) {
		one = slice_trim(one);
		if (one.length == 0)
			continue;
		if (count == NETWORKS_MOST) {
			(void)snprintf(why, why_size, "more than %d networks", NETWORKS_MOST);
			return false;
		}
		if (!read_network(one, &ret_networks[count++])) {
			(void)snprintf(why, why_size, "'%.*s' is no address and no network",
				       SLICE_ARG(one));
			return false;
		}
	}
	*ret_count = count;
	return true;
}

/* --- the module ---------------------------------------------------------------------------- */

bool proxies_hold(const struct client_address *address)
{
	return known_count > 0 && networks_hold(known, known_count, address);
}

static bool prepare(const struct settings *s, char *why, size_t why_size)
{
	char reason[128];

	if (networks_read(slice_of(s->proxy_addresses), known, &known_count, reason,
			  sizeof(reason)))
		return true;
	(void)snprintf(why, why_size, "proxy_addresses: %s", reason);
	return false;
}

const struct module module_proxies = {
	.name = "proxies",
	.programs = PROGRAM_LOOKUP | PROGRAM_CONSOLE,
	.prepare = prepare,
};
