/* Reads where a Redis is from its URL, without ever quoting the password that stands in it. */
#include <arpa/inet.h>

#include "web/redis.h"

static bool refuse(struct redis_place *place, char *why, size_t why_size, const char *reason)
{
	redis_place_release(place);
	(void)snprintf(why, why_size, "%s", reason);
	return false;
}

/* Cuts "[:password@]" off the front; `rest` is written to. */
static char *take_password(char *rest, struct redis_place *place)
{
	char *at = strrchr(rest, '@');

	if (at == NULL)
		return rest;
	*at = '\0';
	place->password = rest + (rest[0] == ':');
	return at + 1;
}

static bool is_numeric(const char *address)
{
	unsigned char room[16];

	return inet_pton(AF_INET, address, room) == 1 || inet_pton(AF_INET6, address, room) == 1;
}

/* "127.0.0.1", "127.0.0.1:6379", "[::1]:6379" */
static bool take_address(char *rest, struct redis_place *place)
{
	char *port = strrchr(rest, ':'), *bracket = strchr(rest, ']');
	uint64_t number = 6379;

	if (rest[0] == '[' && bracket != NULL) {
		*bracket = '\0';
		rest++;
		port = bracket[1] == ':' ? bracket + 1 : NULL;
		if (port == NULL && bracket[1] != '\0')
			return false;
	}
	if (port != NULL) {
		*port = '\0';
		if (!slice_to_u64(slice_of(port + 1), &number) || number == 0 || number > 65535)
			return false;
	}
	place->address = rest;
	place->port = (int)number;
	return is_numeric(rest);
}

bool redis_place_parse(const char *url, struct redis_place *ret_place, char *why, size_t why_size)
{
	struct redis_place place = { .owned = strdup(url) };
	struct slice text = slice_of(url);
	char *rest;

	if (place.owned == NULL)
		return refuse(&place, why, why_size, "out of memory");
	if (slice_starts(text, S("unix://"))) {
		rest = take_password(place.owned + strlen("unix://"), &place);
		place.socket = rest;
		if (rest[0] != '/')
			return refuse(&place, why, why_size, "unix:// needs an absolute path");
	} else if (slice_starts(text, S("redis://"))) {
		rest = take_password(place.owned + strlen("redis://"), &place);
		if (!take_address(rest, &place))
			return refuse(&place, why, why_size,
				      "redis:// needs a numeric address and perhaps a port");
	} else {
		return refuse(&place, why, why_size, "it begins neither unix:// nor redis://");
	}
	*ret_place = place;
	return true;
}

void redis_place_release(struct redis_place *place)
{
	if (place == NULL || place->owned == NULL)
		return;
	/* The parts were cut with NULs: wipe the password where it stands. */
	if (place->password != NULL)
		explicit_bzero((char *)(uintptr_t)place->password, strlen(place->password));
	free(place->owned);
	*place = (struct redis_place){ .owned = NULL };
}
