/* Writes Kore's configuration. */
#include "web/kore_config.h"

#include <errno.h>
#include <pwd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	SPARE_DESCRIPTORS = 256, /* for what is not a client: database, log, pipes */
	OPEN_DESCRIPTORS = 64,	 /* that a new worker may have; Kore raises its limit by them */
};

static bool fail(char *why, size_t why_size, const char *path)
{
	(void)snprintf(why, why_size, "run_folder: %s: %s", path, strerror(errno));
	return false;
}

static bool make_folder(const char *path, char *why, size_t why_size)
{
	if (mkdir(path, 0755) == 0 || errno == EEXIST)
		return true;
	return fail(why, why_size, path);
}

static bool make_chroot(const struct settings *s, char *why, size_t why_size)
{
	char path[512];

	if (getpwnam(s->run_as) == NULL) {
		(void)snprintf(why, why_size, "run_as: there is no user \"%s\"", s->run_as);
		return false;
	}
	if ((size_t)snprintf(path, sizeof(path), "%s/chroot", s->run_folder) >= sizeof(path)) {
		(void)snprintf(why, why_size, "run_folder: path too long");
		return false;
	}
	return make_folder(path, why, why_size);
}

static unsigned workers(const struct settings *s)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	if (s->workers > 0)
		return (unsigned)s->workers;
	return processors < 1 ? 1 : processors > 64 ? 64 : (unsigned)processors;
}

/* What is left of `all` without `part`; something in any case. */
static rlim_t without(rlim_t all, rlim_t part)
{
	return all > 2 * part ? all - part : all / 2;
}

/*
 * Descriptors a worker may have. Kore asks the kernel about every number below the soft limit at
 * each start, so that is lowered first; without root the hard limit cannot be raised.
 */
static rlim_t descriptors(const struct settings *s)
{
	rlim_t wanted = (rlim_t)s->connections + SPARE_DESCRIPTORS;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return wanted;
	if (getuid() != 0 && wanted + OPEN_DESCRIPTORS > limit.rlim_max)
		wanted = without(limit.rlim_max, OPEN_DESCRIPTORS);
	if (limit.rlim_cur > wanted) {
		limit.rlim_cur = wanted;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
	return wanted;
}

static void print(FILE *out, const char *name, const struct settings *s, bool confine)
{
	rlim_t files = descriptors(s), clients = without(files, SPARE_DESCRIPTORS);

	fprintf(out, "# Written by suyuand at every start; change suyuan.conf instead.\n");
	fprintf(out, "workers\t\t\t%u\n", workers(s));
	fprintf(out, "worker_max_connections\t%lu\n",
		(unsigned long)(clients < s->connections ? clients : s->connections));
	fprintf(out, "worker_rlimit_nofiles\t%lu\n", (unsigned long)files);
	fprintf(out, "worker_set_affinity\t0\n");
	fprintf(out, "worker_death_policy\trestart\n");
	fprintf(out, "pidfile\t\t\t%s/%s.kore.pid\n", s->run_folder, name);
	fprintf(out, "root\t\t\t%s%s\n", s->run_folder, confine ? "/chroot" : "");
	if (confine)
		fprintf(out, "runas\t\t\t%s\n", s->run_as);
}

static bool write_file(const char *name, const struct settings *s, const struct kore_config *config,
		       char *why, size_t why_size)
{
	char draft[sizeof(config->path) + 8];
	FILE *out;
	bool good;

	(void)snprintf(draft, sizeof(draft), "%s.new", config->path);
	out = fopen(draft, "we");
	if (out == NULL)
		return fail(why, why_size, draft);
	print(out, name, s, config->confine);
	good = ferror(out) == 0;
	if (fclose(out) != 0 || !good || rename(draft, config->path) != 0)
		return fail(why, why_size, config->path);
	return true;
}

bool kore_config_write(const char *name, const struct settings *s, struct kore_config *ret_config,
		       char *why, size_t why_size)
{
	struct kore_config config = { .workers = workers(s),
				      .confine = getuid() == 0 && s->run_as[0] != '\0' };
	int length =
	    snprintf(config.path, sizeof(config.path), "%s/%s.kore.conf", s->run_folder, name);

	if (length < 0 || (size_t)length >= sizeof(config.path)) {
		(void)snprintf(why, why_size, "run_folder: path too long");
		return false;
	}
	if (!make_folder(s->run_folder, why, why_size))
		return false;
	if (config.confine && !make_chroot(s, why, why_size))
		return false;
	if (!write_file(name, s, &config, why, why_size))
		return false;
	*ret_config = config;
	return true;
}
