/*
 * What the supervisor tells the workers, through memory they share: certificate and key, and
 * "finish and leave". The workers map it read-only and cannot change that (sealed memfd); a
 * chroot, another user and seccomp do not stand in the way of a new key. What the workers tell
 * each other and the supervisor is the small writable part, struct reports.
 */
#ifndef SUYUAN_WEB_ORDERS_H
#define SUYUAN_WEB_ORDERS_H

#include "base/slice.h"

enum {
	ORDERS_CERTIFICATE_MAXIMUM = 128 << 10, /* bytes of PEM */
	ORDERS_KEY_MAXIMUM = 32 << 10,
	ORDERS_TICKET_KEYS = 80, /* what SSL_CTX_set_tlsext_ticket_keys wants */
	ORDERS_WORKERS = 64,
};

/* A private copy of the TLS part. */
struct identity {
	unsigned generation;	  /* 0: none yet */
	struct slice certificate; /* PEM chain, leaf first */
	struct slice key;	  /* PEM */
	unsigned char ticket_keys[ORDERS_TICKET_KEYS];
	char *memory; /* owned: what the slices point into */
	size_t size;
};
void identity_release(struct identity *i); /* wipes it; accepts NULL */

struct reports {
	_Atomic unsigned ready;	 /* workers that began, ever */
	_Atomic unsigned loaded; /* workers that had loaded what they answer from, ever */
	struct {
		_Atomic uint64_t born_ms; /* when its latest process began */
		_Atomic unsigned streak;  /* how often in a row it died young */
	} workers[ORDERS_WORKERS];
};

/* In the supervisor, once. False with errno set. */
MUSTCHECK bool orders_open(void);
/* In the supervisor: ticket keys are made on the first call and kept. */
void orders_set_identity(struct slice certificate, struct slice key);
void orders_drain(void);
/* Whether an older server still serves beside this one (web/handover.h). */
void orders_set_beside(bool beside);
/* In the child that becomes Kore's parent, before anything else. False with errno set. */
MUSTCHECK bool orders_attach(void);

/* In Kore's parent, before the workers: they and it hear SIGUSR2 from the process above them. */
void orders_expect_successor(void);
/* It came: another server has taken this one's place, and only open connections are left to do. */
bool orders_succeeded(void);

/* In the supervisor and everything below it. */
bool orders_draining(void); /* also when succeeded */
bool orders_beside(void);
unsigned orders_generation(void); /* changes with each new identity */
MUSTCHECK bool orders_copy_identity(struct identity *ret_identity);
struct reports *orders_reports(void);

#endif
