/* Prints the shared numbers as Prometheus reads them: text format 0.0.4. */
#include "web/admin_metrics.h"

#include <string.h>

#include "web/router.h"

/* --- what web/metrics.def lists -------------------------------------------------------------- */

static void print_help(const char *name, const char *kind, const char *help, struct buf *out)
{
	buf_add_format(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind);
}

static void print_value(const char *name, const char *labels, uint64_t value, struct buf *out)
{
	if (labels[0] == '\0')
		buf_add_format(out, "%s ", name);
	else
		buf_add_format(out, "%s{%s} ", name, labels);
	buf_add_u64(out, value);
	buf_add_char(out, '\n');
}

static void print_listed(struct buf *out)
{
	const char *name = "";

	for (enum metric m = 0; m < METRIC_COUNT; m++) {
		const struct metric_description *d = metric_describe(m);

		if (d->name == NULL)
			continue;
		if (strcmp(d->name, name) != 0)
			print_help(d->name, d->gauge ? "gauge" : "counter", d->help, out);
		name = d->name;
		print_value(name, d->labels, metric_total(m), out);
	}
}

/* --- what follows from them ------------------------------------------------------------------ */

static void print_gauge(const char *name, const char *help, uint64_t value, struct buf *out)
{
	print_help(name, "gauge", help, out);
	print_value(name, "", value, out);
}

static const char *program_name(const struct health *h)
{
	return h->program == PROGRAM_LOOKUP ? "lookup" : "console";
}

static void print_health(const struct health *h, struct buf *out)
{
	print_help("suyuan_build_info", "gauge", "Always 1; the labels say what is running.", out);
	buf_add_format(out, "suyuan_build_info{version=\"%s\",program=\"%s\"} 1\n", SUYUAN_VERSION,
		       program_name(h));
	print_gauge("suyuan_workers", "Worker processes there should be.", h->worker_count, out);
	print_gauge("suyuan_workers_alive", "Those whose loop turns.", h->beating, out);
	print_gauge("suyuan_healthy", "1 when /healthz says 200.", h->healthy, out);
	print_gauge("suyuan_ready", "1 when /readyz says 200.", h->ready, out);
	if (!h->state_known)
		return;
	print_help("suyuan_state_age_seconds", "gauge",
		   "Since the oldest moment that a worker's memory of GTINs is known right for.",
		   out);
	buf_add_format(out, "suyuan_state_age_seconds %llu.%03u\n",
		       (unsigned long long)h->state_age_ms / 1000,
		       (unsigned)(h->state_age_ms % 1000));
}

/* --- requests by route ----------------------------------------------------------------------- */

struct route_total {
	const char *name; /* NULL: counted under that of an earlier line */
	uint64_t classes[METRIC_CLASSES], buckets[METRIC_BUCKETS], us, count;
};

static void add_slot(struct route_total *t, const struct metric_route *r)
{
	for (unsigned i = 0; i < METRIC_CLASSES; i++)
		t->classes[i] += r->classes[i];
	for (unsigned i = 0; i < METRIC_BUCKETS; i++) {
		t->buckets[i] += r->buckets[i];
		t->count += r->buckets[i];
	}
	t->us += r->us;
}

/* Lines of routes.def that share their name in the log are one route here. */
static struct route_total *total_named(struct route_total *totals, const char *name)
{
	unsigned i = 0;

	while (totals[i].name != NULL && strcmp(totals[i].name, name) != 0)
		i++;
	totals[i].name = name;
	return &totals[i];
}

static void add_up(struct route_total *totals)
{
	for (unsigned r = 0; r <= METRIC_ROUTES; r++) {
		const struct route *route = r == METRIC_NO_ROUTE ? NULL : route_at(r);
		struct route_total *t;

		if (route == NULL && r != METRIC_NO_ROUTE)
			continue;
		t = total_named(totals, route == NULL ? "-" : route->name);
		for (unsigned slot = 0; slot < METRIC_SLOTS; slot++)
			add_slot(t, &metrics_slot(slot)->routes[r]);
	}
}

static void print_classes(const char *program, const struct route_total *t, struct buf *out)
{
	for (unsigned i = 0; i < METRIC_CLASSES; i++)
		if (t->classes[i] > 0)
			buf_add_format(out,
				       "suyuan_requests_total{program=\"%s\",route=\"%s\",code=\"%"
				       "uxx\"} %llu\n",
				       program, t->name, i + 1, (unsigned long long)t->classes[i]);
}

static void print_times(const char *program, const struct route_total *t, struct buf *out)
{
	uint64_t below = 0;

	for (unsigned i = 0; i < METRIC_BUCKETS; i++) {
		uint64_t us = metric_bucket_us(i);

		below += t->buckets[i];
		buf_add_format(out,
			       "suyuan_request_seconds_bucket{program=\"%s\",route=\"%s\",le=\"",
			       program, t->name);
		if (us == UINT64_MAX)
			buf_add_string(out, "+Inf");
		else
			buf_add_format(out, "%g", (double)us / 1e6);
		buf_add_format(out, "\"} %llu\n", (unsigned long long)below);
	}
	buf_add_format(out,
		       "suyuan_request_seconds_sum{program=\"%s\",route=\"%s\"} %.6f\n"
		       "suyuan_request_seconds_count{program=\"%s\",route=\"%s\"} %llu\n",
		       program, t->name, (double)t->us / 1e6, program, t->name,
		       (unsigned long long)t->count);
}

static void print_requests(const struct health *h, struct buf *out)
{
	static struct route_total totals[METRIC_ROUTES + 2]; /* the last one stays empty */

	memset(totals, 0, sizeof(totals));
	add_up(totals);
	print_help("suyuan_requests_total", "counter",
		   "Requests answered, by route (as in the log) and class of status.", out);
	for (const struct route_total *t = totals; t->name != NULL; t++)
		print_classes(program_name(h), t, out);
	print_help("suyuan_request_seconds", "histogram",
		   "From the first byte of a request until its answer is made, by route.", out);
	for (const struct route_total *t = totals; t->name != NULL; t++)
		if (t->count > 0)
			print_times(program_name(h), t, out);
}

void admin_metrics_print(const struct health *h, struct buf *out)
{
	print_health(h, out);
	print_requests(h, out);
	print_listed(out);
}
