/* Where a Redis is: read from its URL, without ever quoting the password that stands in it. */
#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

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

static socklen_t address_of(const struct redis_place *p, struct sockaddr_storage *ret_address)
{
	struct sockaddr_un *local = (struct sockaddr_un *)(void *)ret_address;
	struct sockaddr_in *v4 = (struct sockaddr_in *)(void *)ret_address;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)(void *)ret_address;

	memset(ret_address, 0, sizeof(*ret_address));
	if (p->socket != NULL) {
		local->sun_family = AF_UNIX;
		(void)snprintf(local->sun_path, sizeof(local->sun_path), "%s", p->socket);
		return sizeof(*local);
	}
	if (inet_pton(AF_INET, p->address, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)p->port);
		return sizeof(*v4);
	}
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons((uint16_t)p->port);
	(void)inet_pton(AF_INET6, p->address, &v6->sin6_addr);
	return sizeof(*v6);
}

int redis_place_connect(const struct redis_place *place)
{
	struct sockaddr_storage address;
	socklen_t size = address_of(place, &address);
	int fd = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), why;

	if (fd < 0 || connect(fd, (struct sockaddr *)&address, size) == 0 || errno == EINPROGRESS)
		return fd;
	why = errno;
	(void)close(fd);
	errno = why;
	return -1;
}
