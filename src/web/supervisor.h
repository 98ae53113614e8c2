/*
 * The process one starts: it owns the listening socket and the certificate, keeps Kore's parent
 * running, and turns signals into orders:
 *
 *   SIGTERM, SIGINT   say so by /readyz for drain_notice_seconds (a second signal: no longer), then
 *                     finish what is under way, at most drain_seconds, and end
 *   SIGUSR1           read tls_certificate and tls_key again; a bad pair changes nothing
 *   SIGUSR2           a deploy: the program and the settings as they are now take over, and no
 *                     client notices (web/handover.h)
 *   SIGHUP            nothing
 *
 * Every process below dies with the one above it, however that ends.
 */
#ifndef SUYUAN_WEB_SUPERVISOR_H
#define SUYUAN_WEB_SUPERVISOR_H

#include "web/module.h"

/* Returns the exit status of the program. `argv` is that of main(). */
MUSTCHECK int supervise(enum program program, const struct settings *s, char **argv);

/*
 * Whether a server with these settings could start, or a running one take the certificate: reads
 * the same files and says what is wrong. Binds no port and changes nothing.
 */
MUSTCHECK bool supervise_check(enum program program, const struct settings *s, char *why,
			       size_t why_size);

#endif
