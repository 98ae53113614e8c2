/* Fetching a job's file part by part. */
#include "cli/fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/job.h"
#include "store/sql.h"

enum { PATH_SIZE = 4096, HEX_SIZE = 65 };

struct fetch {
	struct db *db;
	const struct fetch_file *file;
	char path[PATH_SIZE], part[PATH_SIZE];
	char *why;
	size_t why_size;
};

static enum fetch_result failed(struct fetch *f, const char *path)
{
	(void)snprintf(f->why, f->why_size, "%s: %s", path, strerror(errno));
	return FETCH_FAILED;
}

/* --- the digest --- */

static bool digest_all(int fd, EVP_MD_CTX *context)
{
	static const size_t ROOM = 1 << 16;
	unsigned char room[1 << 16];
	ssize_t n;

	if (EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1)
		return false;
	while ((n = read(fd, room, ROOM)) > 0)
		if (EVP_DigestUpdate(context, room, (size_t)n) != 1)
			return false;
	return n == 0;
}

static void print_hex(const unsigned char *bytes, size_t length, char ret_hex[HEX_SIZE])
{
	for (size_t i = 0; i < length; i++)
		(void)snprintf(ret_hex + 2 * i, 3, "%02x", bytes[i]);
}

/* False also when it cannot be read, which opening it again will tell. */
static bool has_digest(const char *path, const char *wanted)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	unsigned char digest[EVP_MAX_MD_SIZE];
	char hex[HEX_SIZE] = "";
	unsigned length = 0;

	if (context != NULL && fd >= 0 && digest_all(fd, context) &&
	    EVP_DigestFinal_ex(context, digest, &length) == 1 && length == JOB_DIGEST_SIZE)
		print_hex(digest, length, hex);
	if (fd >= 0)
		(void)close(fd);
	EVP_MD_CTX_free(context);
	return strcmp(hex, wanted) == 0;
}

/* --- parts --- */

static bool write_all(int fd, const unsigned char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t n = write(fd, bytes, length);

		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0) {
			bytes += n;
			length -= (size_t)n;
		}
	}
	return true;
}

static enum fetch_result add_part(struct fetch *f, int fd, uint64_t part)
{
	enum fetch_result result = FETCH_MADE;
	unsigned char *bytes = NULL;
	size_t length = 0;
	PGresult *rows = db_query(f->db, &sql_job_part,
				  DB_VALUES(db_number(f->file->job), db_number(f->file->position),
					    db_number((int64_t)part)));

	if (rows == NULL)
		return FETCH_DATABASE;
	if (PQntuples(rows) == 1)
		bytes = PQunescapeBytea((const unsigned char *)PQgetvalue(rows, 0, 0), &length);
	PQclear(rows);
	if (bytes == NULL) {
		(void)snprintf(f->why, f->why_size, "%s: the job's files were removed meanwhile",
			       f->file->name);
		return FETCH_FAILED;
	}
	if (!write_all(fd, bytes, length))
		result = failed(f, f->part);
	PQfreemem(bytes);
	return result;
}

/* Whole parts that are there already stay. */
static enum fetch_result add_parts(struct fetch *f, int fd)
{
	uint64_t parts = (f->file->size + JOB_PART_SIZE - 1) / JOB_PART_SIZE, part = 0;
	enum fetch_result result = FETCH_MADE;
	struct stat about;

	if (fstat(fd, &about) != 0)
		return failed(f, f->part);
	if ((uint64_t)about.st_size < f->file->size)
		part = (uint64_t)about.st_size / JOB_PART_SIZE;
	if (ftruncate(fd, (off_t)(part * JOB_PART_SIZE)) != 0 || lseek(fd, 0, SEEK_END) < 0)
		return failed(f, f->part);
	for (; part < parts && result == FETCH_MADE; part++)
		result = add_part(f, fd, part);
	if (result == FETCH_MADE && fsync(fd) != 0)
		result = failed(f, f->part);
	return result;
}

static enum fetch_result fill(struct fetch *f)
{
	enum fetch_result result;
	int fd = open(f->part, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return failed(f, f->part);
	result = add_parts(f, fd);
	if (close(fd) != 0 && result == FETCH_MADE)
		result = failed(f, f->part);
	return result;
}

/* --- the file --- */

static enum fetch_result fetch(struct fetch *f)
{
	enum fetch_result result = fill(f);

	if (result != FETCH_MADE)
		return result;
	if (!has_digest(f->part, f->file->sha256)) {
		(void)unlink(f->part);
		(void)snprintf(f->why, f->why_size,
			       "%s: the bytes have another SHA-256; fetch it again", f->file->name);
		return FETCH_FAILED;
	}
	return rename(f->part, f->path) == 0 ? FETCH_MADE : failed(f, f->path);
}

enum fetch_result fetch_file(struct db *db, const struct fetch_file *file, const char *folder,
			     char *why, size_t why_size)
{
	struct fetch f = { .db = db, .file = file, .why = why, .why_size = why_size };
	int length = snprintf(f.path, sizeof(f.path), "%s/%s", folder, file->name);

	if (length < 0 || (size_t)length + sizeof(".part") > sizeof(f.part)) {
		errno = ENAMETOOLONG;
		return failed(&f, folder);
	}
	(void)snprintf(f.part, sizeof(f.part), "%.*s.part", (int)sizeof(f.part) - 6, f.path);
	return has_digest(f.path, file->sha256) ? FETCH_THERE : fetch(&f);
}
