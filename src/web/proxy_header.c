/* Reads the header of the PROXY protocol. */
#include "web/proxy_header.h"

enum {
	TEXT_MOST = 107, /* bytes of a header of version 1 */
	BINARY_HEAD = 16,
	LENGTH_AT = 14,
	COMMAND_AT = 12,
	FAMILY_AT = 13,
};

static const struct slice signature = SLICE("\r\n\r\n\0\r\nQUIT\n");

/* Is one the beginning of the other? */
static bool agrees(struct slice bytes, struct slice beginning)
{
	size_t length = bytes.length < beginning.length ? bytes.length : beginning.length;

	return length == 0 || memcmp(bytes.data, beginning.data, length) == 0;
}

/* --- version 1: a line of text --- */

static enum proxy_result read_line(struct slice line, struct client_address *ret_client)
{
	struct slice family, from, to;
	struct client_address client;
	bool is_ipv6;

	line = slice_from(line, strlen("PROXY "));
	if (slice_starts(line, S("UNKNOWN")))
		return PROXY_ITSELF;
	if (!slice_cut(&line, ' ', &family) || !slice_cut(&line, ' ', &from) ||
	    !slice_cut(&line, ' ', &to) || line.length == 0)
		return PROXY_BAD;
	is_ipv6 = slice_equal(family, S("TCP6"));
	if (!is_ipv6 && !slice_equal(family, S("TCP4")))
		return PROXY_BAD;
	if (!client_address_read(to, &client) || client.is_ipv6 != is_ipv6 ||
	    !client_address_read(from, &client) || client.is_ipv6 != is_ipv6)
		return PROXY_BAD;
	*ret_client = client;
	return PROXY_CLIENT;
}

static enum proxy_result read_text(struct slice bytes, struct client_address *ret_client,
				   size_t *ret_length)
{
	size_t end = slice_find(bytes, '\n');
	enum proxy_result result;

	if (end >= TEXT_MOST || (end < bytes.length && bytes.data[end - 1] != '\r'))
		return PROXY_BAD;
	if (end == bytes.length)
		return PROXY_INCOMPLETE;
	result = read_line((struct slice){ bytes.data, end - 1 }, ret_client);
	if (result != PROXY_BAD)
		*ret_length = end + 1;
	return result;
}

/* --- version 2: binary --- */

static unsigned byte_at(struct slice bytes, size_t at)
{
	return (unsigned char)bytes.data[at];
}

static enum proxy_result read_binary(struct slice bytes, struct client_address *ret_client,
				     size_t *ret_length)
{
	enum { LOCAL = 0x20, PROXY = 0x21, TCP4 = 0x11, TCP6 = 0x21 };
	size_t addresses, address;

	if (bytes.length < BINARY_HEAD)
		return PROXY_INCOMPLETE;
	if (byte_at(bytes, COMMAND_AT) != LOCAL && byte_at(bytes, COMMAND_AT) != PROXY)
		return PROXY_BAD;
	addresses = byte_at(bytes, LENGTH_AT) << 8 | byte_at(bytes, LENGTH_AT + 1);
	if (BINARY_HEAD + addresses > PROXY_HEADER_MOST)
		return PROXY_BAD;
	if (bytes.length < BINARY_HEAD + addresses)
		return PROXY_INCOMPLETE;
	*ret_length = BINARY_HEAD + addresses;
	if (byte_at(bytes, COMMAND_AT) == LOCAL ||
	    (byte_at(bytes, FAMILY_AT) != TCP4 && byte_at(bytes, FAMILY_AT) != TCP6))
		return PROXY_ITSELF;
	address = byte_at(bytes, FAMILY_AT) == TCP4 ? 4 : 16;
	if (addresses < 2 * address + 4)
		return PROXY_BAD;
	*ret_client = (struct client_address){ .is_ipv6 = address == 16 };
	memcpy(ret_client->bytes, bytes.data + BINARY_HEAD, address);
	return PROXY_CLIENT;
}

enum proxy_result proxy_header_read(struct slice bytes, struct client_address *ret_client,
				    size_t *ret_length)
{
	if (bytes.length == 0)
		return PROXY_INCOMPLETE;
	if (agrees(bytes, signature))
		return read_binary(bytes, ret_client, ret_length);
	if (!agrees(bytes, S("PROXY ")))
		return PROXY_BAD;
	return bytes.length < strlen("PROXY ") ? PROXY_INCOMPLETE
					       : read_text(bytes, ret_client, ret_length);
}
