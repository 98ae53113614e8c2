/* The configuration file for Kore, written anew at every start into run_folder. */
#ifndef SUYUAN_WEB_KORE_CONFIG_H
#define SUYUAN_WEB_KORE_CONFIG_H

#include "base/settings.h"

struct kore_config {
	char path[512];
	unsigned workers;
	bool confine; /* chroot and change of user: started as root with run_as set */
};

/*
 * Makes run_folder (and its chroot/) if need be and writes NAME.kore.conf there. False with a
 * reason in `why`.
 */
MUSTCHECK bool kore_config_write(const char *name, const struct settings *s,
				 struct kore_config *ret_config, char *why, size_t why_size);

#endif
