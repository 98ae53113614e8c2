/*
 * Counting what happens, for /metrics: each process has a slot of its own in memory that all share
 * and alone writes it, so that counting is a load and a store of a line of cache that nobody else
 * writes. The memory is the supervisor's: a worker that is replaced goes on with the numbers of the
 * one before it. What is counted is listed in web/metrics.def.
 */
#ifndef SUYUAN_WEB_METRICS_H
#define SUYUAN_WEB_METRICS_H

#include <stdatomic.h>

#include "web/orders.h"

enum metric {
#define METRIC_COUNTER(id, name, labels, help) METRIC_##id,
#define METRIC_GAUGE(id, name, labels, help)   METRIC_##id,
#define METRIC_FACT(id)			       METRIC_##id,
#include "web/metrics.def"
#undef METRIC_FACT
#undef METRIC_COUNTER
#undef METRIC_GAUGE
	METRIC_COUNT
};

enum {
	METRIC_ROUTES = 448, /* lines of routes.def with numbers of their own, and … */
	METRIC_NO_ROUTE = METRIC_ROUTES, /* … where all others are counted */
	METRIC_BUCKETS = 16, /* of the time of a request; the last one has no upper bound */
	METRIC_CLASSES = 5,  /* 1xx to 5xx */
	/* Slots: one a worker, and … */
	METRIC_SUPERVISOR = ORDERS_WORKERS,
	METRIC_PARENT, /* … Kore's parent */
	METRIC_SLOTS,
};

struct metric_route {
	_Atomic uint64_t classes[METRIC_CLASSES];
	_Atomic uint64_t buckets[METRIC_BUCKETS]; /* each counts only its own */
	_Atomic uint64_t us;			  /* sum of times */
};

struct metric_slot {
	_Alignas(64) _Atomic uint64_t values[METRIC_COUNT];
	struct metric_route routes[METRIC_ROUTES + 1];
};

/* Where this process counts; memory of its own before metrics_use() was called. */
extern struct metric_slot *metrics_own;

static inline void metric_cell_add(_Atomic uint64_t *cell, uint64_t n)
{
	uint64_t now = atomic_load_explicit(cell, memory_order_relaxed);

	atomic_store_explicit(cell, now + n, memory_order_relaxed);
}

static inline void metric_add(enum metric m, uint64_t n)
{
	metric_cell_add(&metrics_own->values[m], n);
}

/* For gauges: takes back what metric_add() gave. */
static inline void metric_sub(enum metric m, uint64_t n)
{
	metric_cell_add(&metrics_own->values[m], -n);
}

/* For gauges. */
static inline void metric_set(enum metric m, uint64_t value)
{
	atomic_store_explicit(&metrics_own->values[m], value, memory_order_relaxed);
}

/* A request that ended: `route` is its line in routes.def, METRIC_NO_ROUTE if it has none. */
void metrics_request(unsigned route, int status, uint64_t us, uint64_t bytes);
/* Upper bound of a bucket in µs; UINT64_MAX for the last. */
uint64_t metric_bucket_us(unsigned bucket);

/*
 * In the supervisor, once, before any fork: makes the memory, kept in *ret_fd, too, for a process
 * that does not inherit it. False with errno set.
 */
MUSTCHECK bool metrics_open(int *ret_fd);
/* In such a process: only for reading. The descriptor may be closed afterwards. */
MUSTCHECK bool metrics_attach(int fd);
/* In a process, as it begins: its slot. Gauges of an earlier process there become 0. */
void metrics_use(unsigned slot);
const struct metric_slot *metrics_slot(unsigned slot);

/* What stands in a slot. */
uint64_t metric_of(unsigned slot, enum metric m);
/* Sum over all slots. */
uint64_t metric_total(enum metric m);

struct metric_description {
	const char *name, *labels, *help; /* NULL: a fact */
	bool gauge;			  /* a fact is one, too */
};
const struct metric_description *metric_describe(enum metric m);

#endif
