/* Reads the country of an address with libmaxminddb. */
#include "web/country.h"

#include <errno.h>
#include <fcntl.h>
#include <maxminddb.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"

enum { FILE_MOST = 256 << 20 };

/* Where the databases of this world keep the two letters. */
static const char *const places[][3] = {
	{ "country", "iso_code", NULL },
	{ "registered_country", "iso_code", NULL },
	{ "country_code", NULL, NULL },
};

static MMDB_s database;
static bool is_open;

static bool write_all(int fd, struct slice bytes)
{
	while (bytes.length > 0) {
		ssize_t n = write(fd, bytes.data, bytes.length);

		if (n < 0)
			return false;
		bytes = slice_from(bytes, (size_t)n);
	}
	return fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) == 0;
}

/* A descriptor of a copy in memory, or -1 with errno set. */
static int copy_file(const char *path)
{
	struct buf bytes;
	int fd = -1, error;

	buf_init(&bytes, FILE_MOST);
	if (file_read(path, &bytes))
		fd = memfd_create("country", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd >= 0 && !write_all(fd, buf_slice(&bytes))) {
		error = errno;
		(void)close(fd);
		errno = error;
		fd = -1;
	}
	buf_release(&bytes);
	return fd;
}

/* One that answers with an error where it should know nothing is damaged, or something else. */
static bool answers(void)
{
	struct sockaddr_in nobody = { .sin_family = AF_INET };
	int error;

	(void)MMDB_lookup_sockaddr(&database, (const struct sockaddr *)&nobody, &error);
	return error == MMDB_SUCCESS;
}

bool country_open(const char *path, char *why, size_t why_size)
{
	char name[64];
	int fd = copy_file(path), error;

	if (fd < 0) {
		(void)snprintf(why, why_size, "%s: %s", path, strerror(errno));
		return false;
	}
	(void)snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	error = MMDB_open(name, MMDB_MODE_MMAP, &database);
	(void)close(fd);
	is_open = error == MMDB_SUCCESS;
	if (is_open && answers())
		return true;
	(void)snprintf(why, why_size, "%s is no database in MaxMind's format: %s", path,
		       is_open ? "its tree is damaged" : MMDB_strerror(error));
	country_close();
	return false;
}

void country_close(void)
{
	if (is_open)
		MMDB_close(&database);
	is_open = false;
}

static MMDB_lookup_result_s find(const struct client_address *client, int *ret_error)
{
	struct sockaddr_in6 six = { .sin6_family = AF_INET6 };
	struct sockaddr_in four = { .sin_family = AF_INET };

	if (client->is_ipv6) {
		memcpy(&six.sin6_addr, client->bytes, sizeof(six.sin6_addr));
		return MMDB_lookup_sockaddr(&database, (const struct sockaddr *)&six, ret_error);
	}
	memcpy(&four.sin_addr, client->bytes, sizeof(four.sin_addr));
	return MMDB_lookup_sockaddr(&database, (const struct sockaddr *)&four, ret_error);
}

static bool is_letter(char c)
{
	return c >= 'A' && c <= 'Z';
}

void country_of(const struct client_address *client, char ret_country[COUNTRY_SIZE])
{
	MMDB_lookup_result_s found;
	MMDB_entry_data_s data;
	int error;

	memset(ret_country, 0, COUNTRY_SIZE);
	if (!is_open)
		return;
	found = find(client, &error);
	if (error != MMDB_SUCCESS || !found.found_entry)
		return;
	for (size_t i = 0; i < COUNT_OF(places); i++) {
		if (MMDB_aget_value(&found.entry, &data, places[i]) != MMDB_SUCCESS ||
		    !data.has_data || data.type != MMDB_DATA_TYPE_UTF8_STRING ||
		    data.data_size != 2 || !is_letter(data.utf8_string[0]) ||
		    !is_letter(data.utf8_string[1]))
			continue;
		memcpy(ret_country, data.utf8_string, 2);
		return;
	}
}
