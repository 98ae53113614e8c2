/* Atomic output files and their manifest. */
#include "cli/artefact.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

static bool refuse(struct artefacts *a, const char *name, const char *reason)
{
	(void)snprintf(a->why, sizeof(a->why), "%s%s%s: %s", a->folder_name,
		       name[0] == '\0' ? "" : "/", name, reason);
	return false;
}

/* Names the process, so that two runs into one folder do not meet. */
static void temporary_name(char *room, size_t size, const char *purpose)
{
	(void)snprintf(room, size, ".suyuan-%s-%ld", purpose, (long)getpid());
}

static int create_file(struct artefacts *a, const char *name)
{
	return openat(a->folder, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
}

/* From its temporary name to its own, in one step that never replaces unless told to. */
static bool publish(struct artefacts *a, const char *temporary, const char *name)
{
	unsigned flags = a->force ? 0 : RENAME_NOREPLACE;

	if (renameat2(a->folder, temporary, a->folder, name, flags) == 0)
		return true;
	(void)refuse(a, name,
		     errno == EEXIST ? "exists already (--force replaces it)" : strerror(errno));
	(void)unlinkat(a->folder, temporary, 0);
	return false;
}

static bool open_list(struct artefacts *a)
{
	int file;

	temporary_name(a->list_name, sizeof(a->list_name), "manifest");
	file = create_file(a, a->list_name);
	if (file < 0)
		return refuse(a, a->manifest, strerror(errno));
	a->list = fdopen(file, "w");
	if (a->list == NULL) {
		(void)close(file);
		return refuse(a, a->manifest, strerror(errno));
	}
	return fputs("{\"artefacts\":[", a->list) >= 0 || refuse(a, a->manifest, strerror(errno));
}

/* Like mkdir -p. */
static bool make_folder(const char *folder)
{
	char path[4096];
	int n = snprintf(path, sizeof(path), "%s/", folder);

	if (n < 0 || (size_t)n >= sizeof(path)) {
		errno = ENAMETOOLONG;
		return false;
	}
	for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path, 0700) != 0 && errno != EEXIST)
			return false;
		*slash = '/';
	}
	return true;
}

/* The other formats' manifest may be there already: then this one is told apart by its own. */
static bool choose_manifest(struct artefacts *a, const char *manifest, const char *kind)
{
	size_t stem = strlen(manifest) - strlen(".json");

	(void)snprintf(a->manifest, sizeof(a->manifest), "%s", manifest);
	if (a->force || faccessat(a->folder, a->manifest, F_OK, AT_SYMLINK_NOFOLLOW) != 0)
		return true;
	(void)snprintf(a->manifest, sizeof(a->manifest), "%.*s-%s.json", (int)stem, manifest, kind);
	return faccessat(a->folder, a->manifest, F_OK, AT_SYMLINK_NOFOLLOW) != 0 ||
	       refuse(a, a->manifest, "exists already (--force replaces it)");
}

bool artefacts_init(struct artefacts *a, const char *folder, const char *manifest, const char *kind,
		    bool force)
{
	*a = (struct artefacts){ -1, folder, .force = force };
	if (!make_folder(folder))
		return refuse(a, "", strerror(errno));
	a->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (a->folder < 0)
		return refuse(a, "", strerror(errno));
	return choose_manifest(a, manifest, kind) && open_list(a);
}

void artefacts_release(struct artefacts *a)
{
	if (a == NULL)
		return;
	if (a->list != NULL) {
		(void)fclose(a->list);
		(void)unlinkat(a->folder, a->list_name, 0);
	}
	if (a->folder >= 0)
		(void)close(a->folder);
	a->list = NULL;
	a->folder = -1;
}

static bool write_all(int file, struct slice content)
{
	while (content.length > 0) {
		ssize_t n = write(file, content.data, content.length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		content = slice_from(content, (size_t)n);
	}
	return true;
}

static bool write_file(struct artefacts *a, const char *temporary, const char *name,
		       struct slice content, bool sync)
{
	int file = create_file(a, temporary);
	bool written;

	if (file < 0)
		return refuse(a, name, strerror(errno));
	written = write_all(file, content) && (!sync || fsync(file) == 0);
	if (close(file) != 0 || !written) {
		(void)refuse(a, name, strerror(errno));
		(void)unlinkat(a->folder, temporary, 0);
		return false;
	}
	return true;
}

static void put_json_text(FILE *out, struct slice text)
{
	fputc('"', out);
	for (size_t i = 0; i < text.length; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c < 0x20)
			fprintf(out, "\\u%04x", c);
		else
			fputc(c, out);
	}
	fputc('"', out);
}

static bool put_entry(struct artefacts *a, const char *name, struct slice content, struct slice url)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned size;

	if (EVP_Digest(content.data, content.length, digest, &size, EVP_sha256(), NULL) != 1)
		return refuse(a, name, "no SHA-256");
	fputs(a->count == 0 ? "\n{\"file\":" : ",\n{\"file\":", a->list);
	put_json_text(a->list, slice_of(name));
	if (url.length > 0) {
		fputs(",\"url\":", a->list);
		put_json_text(a->list, url);
	}
	fprintf(a->list, ",\"bytes\":%zu,\"sha256\":\"", content.length);
	for (unsigned i = 0; i < size; i++)
		fprintf(a->list, "%02x", digest[i]);
	fputs("\"}", a->list);
	return ferror(a->list) == 0 || refuse(a, a->manifest, strerror(errno));
}

bool artefacts_add(struct artefacts *a, const char *name, struct slice content, struct slice url,
		   bool sync)
{
	char temporary[64];

	temporary_name(temporary, sizeof(temporary), "file");
	if (!write_file(a, temporary, name, content, sync) || !publish(a, temporary, name) ||
	    !put_entry(a, name, content, url))
		return false;
	a->count++;
	return true;
}

bool artefacts_finish(struct artefacts *a, const char *fields)
{
	bool good = fprintf(a->list, "],\n%s}\n", fields) > 0 && fflush(a->list) == 0 &&
		    fsync(fileno(a->list)) == 0;

	if (!good)
		(void)refuse(a, a->manifest, strerror(errno));
	if (fclose(a->list) != 0 && good)
		good = refuse(a, a->manifest, strerror(errno));
	a->list = NULL;
	if (!good) {
		(void)unlinkat(a->folder, a->list_name, 0);
		return false;
	}
	return publish(a, a->list_name, a->manifest);
}
