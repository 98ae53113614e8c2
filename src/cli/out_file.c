/* Writing a file beside its place and moving it there when it is whole and on disk. */
#include "cli/out_file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

static bool tell(const char *path, char *why, size_t why_size)
{
	(void)snprintf(why, why_size, "%s: %s", path == NULL ? "standard output" : path,
		       strerror(errno));
	return false;
}

/* The temporary file, for who ends the program meanwhile: a command writes one file at a time. */
static const char *volatile unfinished;

static void on_signal(int number)
{
	if (unfinished != NULL)
		(void)unlink(unfinished);
	(void)raise(number); /* the default again, by SA_RESETHAND: it ends us when we return */
}

/* Codes that somebody stopped must not lie about under a name that nobody knows. */
static void remove_when_stopped(const char *temporary)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGXFSZ };
	const struct sigaction action = { .sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND };
	struct sigaction before;

	unfinished = temporary;
	for (size_t i = 0; i < COUNT_OF(numbers); i++)
		if (sigaction(numbers[i], NULL, &before) == 0 && before.sa_handler == SIG_DFL)
			(void)sigaction(numbers[i], &action, NULL);
}

static void forget_temporary(struct out_file *f)
{
	unfinished = NULL;
	free(f->temporary);
	f->temporary = NULL;
}

static bool open_temporary(struct out_file *f)
{
	size_t size = strlen(f->path) + 8;
	int fd;

	f->temporary = malloc(size);
	if (f->temporary == NULL)
		return false;
	(void)snprintf(f->temporary, size, "%s.XXXXXX", f->path);
	fd = mkostemp(f->temporary, O_CLOEXEC);
	if (fd >= 0) {
		remove_when_stopped(f->temporary);
		f->stream = fdopen(fd, "wb");
	}
	if (f->stream != NULL)
		return true;
	if (fd >= 0) {
		(void)close(fd);
		(void)unlink(f->temporary);
	}
	forget_temporary(f);
	return false;
}

/* Where the bytes shall be in the end: behind a symbolic link, what it points at. */
static char *final_path(const char *path)
{
	char *target = realpath(path, NULL);

	return target != NULL || errno != ENOENT ? target : strdup(path);
}

/* What a file of that name must never replace: /dev/null belongs to all. */
static bool is_device_or_pipe(const char *path)
{
	struct stat about;

	return stat(path, &about) == 0 && !S_ISREG(about.st_mode) && !S_ISDIR(about.st_mode);
}

/* Told now, not when the work is done and nothing can be put there. */
static bool is_folder(const char *path)
{
	struct stat about;
	size_t length = strlen(path);

	return (length > 0 && path[length - 1] == '/') ||
	       (stat(path, &about) == 0 && S_ISDIR(about.st_mode));
}

static bool open_path(struct out_file *f, const char *path)
{
	if (is_folder(path)) {
		errno = EISDIR;
		return false;
	}
	f->path = final_path(path);
	if (f->path == NULL)
		return false;
	if (!is_device_or_pipe(f->path))
		return open_temporary(f);
	f->stream = fopen(f->path, "wbe");
	return f->stream != NULL;
}

bool out_file_open(struct out_file *f, const char *path, char *why, size_t why_size)
{
	*f = (struct out_file){ 0 };
	if (path == NULL) {
		f->stream = stdout;
		return true;
	}
	return open_path(f, path) || tell(path, why, why_size);
}

bool out_file_write(struct out_file *f, struct slice bytes)
{
	return fwrite(bytes.data, 1, bytes.length, f->stream) == bytes.length;
}

/* The new name itself must survive a power failure. */
static bool sync_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char folder[4096];
	bool ok;
	int fd;

	(void)snprintf(folder, sizeof(folder), "%.*s", slash == NULL ? 1 : (int)(slash - path + 1),
		       slash == NULL ? "." : path);
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ok = fsync(fd) == 0;
	(void)close(fd);
	return ok;
}

static bool move_to_its_place(struct out_file *f)
{
	if (rename(f->temporary, f->path) != 0)
		return false;
	forget_temporary(f);
	return sync_folder(f->path);
}

bool out_file_finish(struct out_file *f, char *why, size_t why_size)
{
	bool ok = fflush(f->stream) == 0;

	if (f->temporary != NULL)
		ok = ok && fsync(fileno(f->stream)) == 0;
	if (f->path != NULL) {
		ok = fclose(f->stream) == 0 && ok;
		f->stream = NULL;
	}
	if (ok && f->temporary != NULL)
		ok = move_to_its_place(f);
	return ok || tell(f->path, why, why_size);
}

void out_file_release(struct out_file *f)
{
	if (f == NULL)
		return;
	if (f->stream != NULL && f->path != NULL)
		(void)fclose(f->stream);
	if (f->temporary != NULL)
		(void)unlink(f->temporary);
	forget_temporary(f);
	free(f->path);
	*f = (struct out_file){ 0 };
}
