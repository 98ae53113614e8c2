/* The memory behind the counters, and what a request adds to them. */
#include "web/metrics.h"

#include <assert.h>
#include <sys/mman.h>
#include <unistd.h>

static const struct metric_description descriptions[METRIC_COUNT] = {
#define METRIC_COUNTER(id, name, labels, help) { name, labels, help, false },
#define METRIC_GAUGE(id, name, labels, help)   { name, labels, help, true },
#define METRIC_FACT(id)			       { NULL, NULL, NULL, true },
#include "web/metrics.def"
#undef METRIC_FACT
#undef METRIC_COUNTER
#undef METRIC_GAUGE
};

/* From an answer out of memory to one that somebody noticed waiting for. */
static const uint64_t bounds_us[METRIC_BUCKETS] = {
	50,    100,   250,    500,    1000,   2500,    5000,	10000,
	25000, 50000, 100000, 250000, 500000, 1000000, 5000000, UINT64_MAX,
};

static struct metric_slot before_any;
struct metric_slot *metrics_own = &before_any;
static struct metric_slot *slots;

enum { MEMORY = METRIC_SLOTS * sizeof(struct metric_slot) };

static bool map(int fd, int rights)
{
	void *at = mmap(NULL, MEMORY, rights, MAP_SHARED, fd, 0);

	if (at == MAP_FAILED)
		return false;
	slots = at;
	return true;
}

bool metrics_open(int *ret_fd)
{
	int fd = memfd_create("suyuan-metrics", MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, MEMORY) != 0 || !map(fd, PROT_READ | PROT_WRITE))
		return false;
	*ret_fd = fd;
	return true;
}

bool metrics_attach(int fd)
{
	return map(fd, PROT_READ);
}

void metrics_use(unsigned slot)
{
	assert(slots != NULL && slot < METRIC_SLOTS);
	metrics_own = &slots[slot];
	for (enum metric m = 0; m < METRIC_COUNT; m++)
		if (descriptions[m].gauge)
			metric_set(m, 0);
}

const struct metric_slot *metrics_slot(unsigned slot)
{
	assert(slots != NULL && slot < METRIC_SLOTS);
	return &slots[slot];
}

uint64_t metric_of(unsigned slot, enum metric m)
{
	return atomic_load_explicit(&metrics_slot(slot)->values[m], memory_order_relaxed);
}

uint64_t metric_total(enum metric m)
{
	uint64_t total = 0;

	for (unsigned i = 0; i < METRIC_SLOTS; i++)
		total += metric_of(i, m);
	return total;
}

const struct metric_description *metric_describe(enum metric m)
{
	return &descriptions[m];
}

uint64_t metric_bucket_us(unsigned bucket)
{
	return bounds_us[bucket];
}

void metrics_request(unsigned route, int status, uint64_t us, uint64_t bytes)
{
	struct metric_route *r =
	    &metrics_own->routes[route < METRIC_ROUTES ? route : METRIC_NO_ROUTE];
	unsigned class = status >= 100 && status < 600 ? (unsigned)status / 100 - 1 : 4;
	unsigned bucket = 0;

	while (us > bounds_us[bucket])
		bucket++;
	metric_cell_add(&r->classes[class], 1);
	metric_cell_add(&r->buckets[bucket], 1);
	metric_cell_add(&r->us, us);
	metric_add(METRIC_ANSWER_BYTES, bytes);
	if (status == 499)
		metric_add(METRIC_REQUESTS_ABANDONED, 1);
}
