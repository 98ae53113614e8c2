/* Judges whether a server lives and can answer, and says why as JSON. */
#include "web/health.h"

enum { DAY = 24 * 60 * 60 };

static struct health_process read_process(unsigned slot, uint64_t now_ms)
{
	uint64_t beat_ms = metric_of(slot, METRIC_BEAT_MS);
	struct health_process p = { .pid = metric_of(slot, METRIC_PID) };

	/* The beat may be later than the clock was read. */
	p.age_ms = beat_ms == 0 || beat_ms > now_ms ? 0 : now_ms - beat_ms;
	p.beat = beat_ms == 0 ? BEAT_STARTING : p.age_ms > HEALTH_LATE_MS ? BEAT_FROZEN : BEAT_OK;
	return p;
}

static bool had_what_it_needs(enum program program, unsigned slot)
{
	if (program == PROGRAM_LOOKUP)
		return metric_of(slot, METRIC_STATE_COMPLETE) != 0;
	/* The worker before it, too, had the same settings. */
	return metric_of(slot, METRIC_DATABASE_CONNECTS) != 0;
}

static void take_worker(struct health *h, unsigned slot, uint64_t now_ms)
{
	struct health_process p = read_process(slot, now_ms);
	uint64_t right_ms = metric_of(slot, METRIC_STATE_RIGHT_MS), age_ms;

	if (p.beat == BEAT_OK) {
		h->beating++;
		p.able = had_what_it_needs(h->program, slot);
		h->able += p.able;
	}
	if (p.able && right_ms != 0) {
		age_ms = right_ms > now_ms ? 0 : now_ms - right_ms;
		h->state_age_ms = age_ms > h->state_age_ms ? age_ms : h->state_age_ms;
		h->state_known = true;
	}
	h->workers[slot] = p;
}

static enum health_link link_of(enum metric wanted, enum metric up)
{
	uint64_t want = metric_total(wanted), have = metric_total(up);

	if (want == 0)
		return LINK_OFF;
	return have == 0 ? LINK_AWAY : have < want ? LINK_PARTLY : LINK_UP;
}

void health_read(enum program program, uint64_t now_ms, struct health *ret_health)
{
	uint64_t workers = metric_of(METRIC_PARENT, METRIC_WORKERS_WANTED);
	struct health h = {
		.program = program,
		.supervisor = read_process(METRIC_SUPERVISOR, now_ms),
		.parent = read_process(METRIC_PARENT, now_ms),
		.worker_count = workers > ORDERS_WORKERS ? ORDERS_WORKERS : (unsigned)workers,
		.draining = metric_of(METRIC_SUPERVISOR, METRIC_DRAINING) != 0,
		.database = link_of(METRIC_DATABASE_WANTED, METRIC_DATABASE_CONNECTIONS),
		.redis = link_of(METRIC_REDIS_WANTED, METRIC_REDIS_CONNECTIONS),
		.certificate_end = (int64_t)metric_of(METRIC_SUPERVISOR, METRIC_CERTIFICATE_END),
	};

	for (unsigned i = 0; i < h.worker_count; i++)
		take_worker(&h, i, now_ms);
	h.healthy = h.supervisor.beat == BEAT_OK && h.parent.beat == BEAT_OK &&
		    h.worker_count > 0 && h.beating == h.worker_count;
	h.ready = !h.draining && h.able > 0;
	*ret_health = h;
}

/* --- printing; all texts are ours and need no escaping --------------------------------------- */

static const char *yes_no(bool value)
{
	return value ? "true" : "false";
}

static void print_process(const char *before, const struct health_process *p, struct buf *out)
{
	static const char *const words[] = {
		[BEAT_OK] = "ok",
		[BEAT_STARTING] = "starting",
		[BEAT_FROZEN] = "no sign of life",
	};

	buf_add_format(out, "%s{\"status\":\"%s\",\"pid\":%llu,\"beat_ms\":%llu}", before,
		       words[p->beat], (unsigned long long)p->pid, (unsigned long long)p->age_ms);
}

static void print_head(const struct health *h, const char *status, struct buf *out)
{
	buf_add_format(out, "{\"status\":\"%s\",\"program\":\"%s\",\"version\":\"%s\"", status,
		       h->program == PROGRAM_LOOKUP ? "lookup" : "console", SUYUAN_VERSION);
}

void health_print(const struct health *h, struct buf *out)
{
	print_head(h, h->healthy ? "ok" : "failing", out);
	print_process(",\"supervisor\":", &h->supervisor, out);
	print_process(",\"parent\":", &h->parent, out);
	buf_add_string(out, ",\"workers\":[");
	for (unsigned i = 0; i < h->worker_count; i++)
		print_process(i == 0 ? "" : ",", &h->workers[i], out);
	buf_add_string(out, "]}\n");
}

static const char *why_not_ready(const struct health *h)
{
	if (h->draining)
		return "draining";
	if (h->beating == 0)
		return "no worker shows a sign of life";
	return h->program == PROGRAM_LOOKUP ? "the GTINs and keys were not loaded yet"
					    : "PostgreSQL was not reached yet";
}

static void print_links(const struct health *h, struct buf *out)
{
	static const char *const words[] = {
		[LINK_OFF] = "off",
		[LINK_UP] = "up",
		[LINK_PARTLY] = "partly",
		[LINK_AWAY] = "away",
	};

	buf_add_format(out, ",\"database\":\"%s\",\"redis\":\"%s\"", words[h->database],
		       words[h->redis]);
}

static void print_state(const struct health *h, struct buf *out)
{
	if (h->program != PROGRAM_LOOKUP)
		return;
	buf_add_format(out, ",\"state\":{\"complete\":%s,\"age_ms\":", yes_no(h->state_known));
	if (h->state_known)
		buf_add_format(out, "%llu}", (unsigned long long)h->state_age_ms);
	else
		buf_add_string(out, "null}");
}

void health_print_ready(const struct health *h, int64_t now, struct buf *out)
{
	print_head(h, h->ready ? "ready" : "not ready", out);
	if (!h->ready)
		buf_add_format(out, ",\"why\":\"%s\"", why_not_ready(h));
	buf_add_format(out, ",\"draining\":%s", yes_no(h->draining));
	print_links(h, out);
	print_state(h, out);
	buf_add_format(out, ",\"workers\":{\"wanted\":%u,\"alive\":%u,\"able\":%u}",
		       h->worker_count, h->beating, h->able);
	if (h->certificate_end > 0)
		buf_add_format(out, ",\"certificate\":{\"days_left\":%lld}",
			       (long long)((h->certificate_end - now) / DAY));
	buf_add_string(out, "}\n");
}
