/* Reading and making the master key's file, with the checks that keep it secret. */
#include "store/master_key.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DIGITS = 2 * KEYRING_MASTER_SIZE };

static bool refuse(const char *path, const char *reason, char *why, size_t why_size)
{
	(void)snprintf(why, why_size, "%s: %s", path, reason);
	return false;
}

/* NULL when the file may hold a secret. */
static const char *fault_of(const struct stat *s)
{
	if (!S_ISREG(s->st_mode))
		return "not a plain file";
	if (s->st_uid != geteuid() && s->st_uid != 0)
		return "belongs to another user";
	if ((s->st_mode & 077) != 0)
		return "others may read or write it; chmod 600 it";
	return NULL;
}

static int nibble_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static bool read_hex(const char *text, struct master_key *key)
{
	for (size_t i = 0; i < KEYRING_MASTER_SIZE; i++) {
		int high = nibble_of(text[2 * i]), low = nibble_of(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		key->bytes[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static bool parse(const char *text, size_t length, struct master_key *ret_key)
{
	struct master_key key = { .has_next = false };
	bool good = (length == DIGITS || (length == DIGITS + 1 && text[DIGITS] == '\n')) &&
		    read_hex(text, &key);

	if (good)
		*ret_key = key;
	master_key_release(&key);
	return good;
}

static bool load_open(int file, const char *path, struct master_key *ret_key, char *why,
		      size_t why_size)
{
	char text[DIGITS + 2];
	struct stat status;
	const char *fault;
	ssize_t length;
	bool good;

	if (fstat(file, &status) != 0)
		return refuse(path, strerror(errno), why, why_size);
	fault = fault_of(&status);
	if (fault != NULL)
		return refuse(path, fault, why, why_size);
	length = read(file, text, sizeof(text));
	if (length < 0)
		return refuse(path, strerror(errno), why, why_size);
	good = parse(text, (size_t)length, ret_key);
	OPENSSL_cleanse(text, sizeof(text));
	return good || refuse(path, "not exactly 64 hexadecimal digits", why, why_size);
}

static bool load_one(const char *path, struct master_key *ret_key, char *why, size_t why_size)
{
	/* not blocking: a FIFO in its place must not hang the start */
	int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	bool loaded;

	if (file < 0)
		return refuse(path, errno == ELOOP ? "a symbolic link" : strerror(errno), why,
			      why_size);
	loaded = load_open(file, path, ret_key, why, why_size);
	(void)close(file);
	return loaded;
}

bool master_key_next_path(const char *path, char *ret_path, size_t size)
{
	int length = snprintf(ret_path, size, "%s.next", path);

	return length > 0 && (size_t)length < size;
}

static bool load_next(const char *path, struct master_key *key, char *why, size_t why_size)
{
	struct master_key next;
	char name[PATH_MAX];

	if (!master_key_next_path(path, name, sizeof(name)))
		return refuse(path, strerror(ENAMETOOLONG), why, why_size);
	if (access(name, F_OK) != 0 && errno == ENOENT)
		return true;
	if (!load_one(name, &next, why, why_size))
		return false;
	memcpy(key->next, next.bytes, sizeof(next.bytes));
	key->has_next = true;
	master_key_release(&next);
	return true;
}

bool master_key_load(const char *path, struct master_key *ret_key, char *why, size_t why_size)
{
	struct master_key key = { .has_next = false };
	bool loaded = load_one(path, &key, why, why_size) && load_next(path, &key, why, why_size);

	if (loaded)
		*ret_key = key;
	master_key_release(&key);
	return loaded;
}

/* --- making and replacing --- */

static bool write_hex(int file, const struct master_key *key)
{
	static const char digits[] = "0123456789abcdef";
	char text[DIGITS + 1];
	bool written;

	for (size_t i = 0; i < KEYRING_MASTER_SIZE; i++) {
		text[2 * i] = digits[key->bytes[i] >> 4];
		text[2 * i + 1] = digits[key->bytes[i] & 15];
	}
	text[DIGITS] = '\n';
	errno = EIO; /* what a short write means here */
	written = write(file, text, sizeof(text)) == (ssize_t)sizeof(text);
	OPENSSL_cleanse(text, sizeof(text));
	return written && fsync(file) == 0;
}

bool master_key_create(const char *path, const struct master_key *key, char *why, size_t why_size)
{
	int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (file < 0)
		return refuse(path, strerror(errno), why, why_size);
	if (!write_hex(file, key)) {
		(void)refuse(path, strerror(errno), why, why_size);
		(void)close(file);
		(void)unlink(path);
		return false;
	}
	(void)close(file);
	return true;
}

/* "PATH.old", "PATH.old2" ...: the first name that is free. */
static bool keep_old(const char *path, char *why, size_t why_size)
{
	enum { MOST = 1000 };
	char name[PATH_MAX];

	for (unsigned i = 1; i < MOST; i++) {
		int length = i == 1 ? snprintf(name, sizeof(name), "%s.old", path)
				    : snprintf(name, sizeof(name), "%s.old%u", path, i);

		if (length < 0 || (size_t)length >= sizeof(name))
			return refuse(path, strerror(ENAMETOOLONG), why, why_size);
		if (link(path, name) == 0)
			return true;
		if (errno != EEXIST)
			break;
	}
	return refuse(name, strerror(errno), why, why_size);
}

static bool sync_folder(const char *path)
{
	char folder[PATH_MAX];
	const char *slash = strrchr(path, '/');
	int file;
	bool synced;

	(void)snprintf(folder, sizeof(folder), "%.*s", slash == NULL ? 1 : (int)(slash - path) + 1,
		       slash == NULL ? "." : path);
	file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	synced = file >= 0 && fsync(file) == 0;
	if (file >= 0)
		(void)close(file);
	return synced;
}

bool master_key_follow(const char *path, char *why, size_t why_size)
{
	char next[PATH_MAX];

	if (!master_key_next_path(path, next, sizeof(next)))
		return refuse(path, strerror(ENAMETOOLONG), why, why_size);
	if (!keep_old(path, why, why_size))
		return false;
	if (rename(next, path) != 0)
		return refuse(next, strerror(errno), why, why_size);
	return sync_folder(path) || refuse(path, strerror(errno), why, why_size);
}
