/* Gives up root, and looks at the rights on files. */
#include "base/rights.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool rights_become(const char *user, char *why, size_t why_size)
{
	const struct passwd *p;

	if (user[0] == '\0' || geteuid() != 0)
		return true;
	p = getpwnam(user);
	if (p == NULL) {
		(void)snprintf(why, why_size, "there is no user \"%s\"", user);
		return false;
	}
	if (setgroups(1, &p->pw_gid) == 0 && setresgid(p->pw_gid, p->pw_gid, p->pw_gid) == 0 &&
	    setresuid(p->pw_uid, p->pw_uid, p->pw_uid) == 0)
		return true;
	(void)snprintf(why, why_size, "cannot become \"%s\": %s", user, strerror(errno));
	return false;
}

bool rights_open_to_others(const char *path)
{
	struct stat s;

	return stat(path, &s) == 0 && (s.st_mode & (S_IROTH | S_IWOTH)) != 0;
}
