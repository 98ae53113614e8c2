/*
 * `GET /report` and `POST /report`: who finds a code suspicious says so, without giving a name. The
 * report is checked here, stored in the inbox by one statement and given a number; nothing of it is
 * unpacked in this process (src/job/reports.h). Nobody's address is stored.
 *
 * What is said twice, because a button was pressed twice or an answer did not arrive, has one
 * number and is kept once. A stored report is answered with the address of the page that says so,
 * which may be loaded as often as one likes.
 */
#include <time.h>

#include "model/access_key.h"
#include "model/multipart.h"
#include "model/picture_kind.h"
#include "model/report.h"
#include "page/forms.h"
#include "page/texts.h"
#include "store/sql.h"
#include "web/bodies.h"
#include "web/db.h"
#include "web/metrics.h"
#include "web/module.h"
#include "web/report_limit.h"
#include "web/request_language.h"
#include "web/respond.h"
#include "web/state.h"
#include "web/visitor.h"
#include "web/worker_log.h"

enum {
	FORM_ROOM = 64 << 10,	 /* of a report beside its photo */
	SMALL_BODY = 64 << 10,	 /* not counted among those that a worker can hold few of */
	UPLOADS_A_HOUSEHOLD = 2, /* at the same time */
	PAGE_MOST = 256 << 10,
	STORE_MS = 10000, /* a photo takes longer to store than a page may wait */
	IN_FLIGHT = 64,
	RETRY_SECONDS = 30,
	PHOTO_ENDS = 64 << 10, /* bytes of each that tell one photo from another of its length */
	LOCATION_ROOM = 80,
};

static struct {
	struct db *db;
	size_t photo_bytes;
	struct client_address *uploads; /* one each of the larger bodies that are coming */
	unsigned upload_count, upload_most;
} house;

/* A report under way; in the request's arena. */
struct report {
	struct request *request;
	struct page_report page;
	struct slice photo;
	struct report_subject about;
	char reference[REPORT_REFERENCE_LENGTH + 1];
	struct db_query query;
};

void serve_report_form(struct request *r);
void serve_report(struct request *r);

/* --- answers --------------------------------------------------------------------------------- */

static int status_of(const struct page_report *p)
{
	switch (p->state) {
	case PAGE_REPORT_ASKING:
	case PAGE_REPORT_DONE:
		return 200;
	case PAGE_REPORT_TOO_MANY:
		return 429;
	case PAGE_REPORT_BUSY:
		return 503;
	case PAGE_REPORT_REFUSED:
		break;
	}
	return p->wrong == PAGE_REPORT_PHOTO_TOO_LARGE ? 413 : 422;
}

static void respond_page(struct request *r, struct page_report *p)
{
	char seconds[16];
	struct buf body;
	struct answer a = {
		.status = status_of(p),
		.content_type = "text/html; charset=utf-8",
		.content_security_policy = page_forms_policy(),
	};

	p->photo_most_mb = (unsigned)(house.photo_bytes >> 20);
	buf_init(&body, PAGE_MOST);
	page_report_write(&body, request_language(r), p);
	if (a.status == 429 || a.status == 503) {
		(void)snprintf(seconds, sizeof(seconds), "%u",
			       p->seconds == 0 ? RETRY_SECONDS : p->seconds);
		answer_add_header(&a, "retry-after", slice_of(seconds));
	}
	a.body = buf_slice(&body);
	if (buf_ok(&body))
		respond(r, &a);
	else
		respond_problem(r, 503, status_text(503), NULL);
	buf_release(&body);
}

static void respond_refused(struct report *p, enum page_report_wrong wrong)
{
	metric_add(METRIC_REPORTS_REFUSED, 1);
	p->page.state = PAGE_REPORT_REFUSED;
	p->page.wrong = wrong;
	respond_page(p->request, &p->page);
}

static void respond_busy(struct report *p)
{
	metric_add(METRIC_REPORTS_LOST, 1);
	p->page.state = PAGE_REPORT_BUSY;
	respond_page(p->request, &p->page);
}

/* Whoever loads the page again asks for it again, and sends nothing. */
static void respond_done(struct report *p)
{
	char location[LOCATION_ROOM];
	struct answer a = { .status = 303 };

	(void)snprintf(location, sizeof(location), "/report?done=%s&lang=%s", p->reference,
		       page_languages[request_language(p->request)]);
	answer_add_header(&a, "location", slice_of(location));
	respond(p->request, &a);
}

/* --- letting bodies in ------------------------------------------------------------------------ */

static size_t body_most_bytes(void)
{
	return house.photo_bytes + FORM_ROOM;
}

/* Those of a household that are coming; *ret_last is one of them. */
static unsigned uploads_of(const struct client_address *client, unsigned *ret_last)
{
	struct slice household = client_address_household(client);
	unsigned count = 0;

	for (unsigned i = 0; i < house.upload_count; i++) {
		if (slice_equal(client_address_household(&house.uploads[i]), household)) {
			*ret_last = i;
			count++;
		}
	}
	return count;
}

static int enter(const struct client_address *client, uint64_t length)
{
	unsigned last = 0;
	int status = 0;

	if (length > SMALL_BODY && uploads_of(client, &last) >= UPLOADS_A_HOUSEHOLD)
		status = 429;
	else if (length > SMALL_BODY && house.upload_count == house.upload_most)
		status = 503;
	else if (report_limit_take(client) != 0)
		status = 429;
	if (status == 0 && length > SMALL_BODY)
		house.uploads[house.upload_count++] = *client;
	metric_add(METRIC_REPORTS_TOO_MANY, status != 0);
	return status;
}

static void leave(const struct client_address *client, uint64_t length)
{
	unsigned last = 0;

	if (length > SMALL_BODY && uploads_of(client, &last) > 0)
		house.uploads[last] = house.uploads[--house.upload_count];
}

static void refuse(struct request *r, int status)
{
	struct page_report p = { .state = PAGE_REPORT_TOO_MANY };

	if (status == 413) {
		p.state = PAGE_REPORT_REFUSED;
		p.wrong = PAGE_REPORT_PHOTO_TOO_LARGE;
		metric_add(METRIC_REPORTS_REFUSED, 1);
	} else if (status == 503) {
		p.state = PAGE_REPORT_BUSY;
	} else {
		p.seconds = report_limit_wait(&r->client);
	}
	respond_page(r, &p);
}

const struct body_rule report_body = {
	.most = body_most_bytes,
	.enter = enter,
	.leave = leave,
	.refuse = refuse,
};

/* --- reading the form ------------------------------------------------------------------------- */

static void bad_form(struct request *r, int status, const char *why)
{
	metric_add(METRIC_REPORTS_REFUSED, 1);
	respond_problem_format(r, status, status_text(status), "This is no report: %s.", why);
}

/* In the request's arena. False: no UTF-8, or out of memory. */
static bool take_text(struct report *p, struct slice typed, struct slice *ret_text)
{
	struct buf clean;
	bool good;

	buf_init(&clean, FORM_ROOM);
	good = report_text_clean(typed, &clean) && buf_ok(&clean);
	if (good)
		*ret_text = arena_copy(&p->request->arena, buf_slice(&clean));
	good = good && (clean.length == 0 || ret_text->data != NULL);
	buf_release(&clean);
	return good;
}

/* NULL, or what is wrong. Fields of other names are passed over. */
static const char *take_fields(struct report *p, const struct multipart_part *parts, unsigned count)
{
	const struct {
		struct slice name, *to;
		bool is_text;
	} fields[] = {
		{ SLICE("code"), &p->page.code, true },
		{ SLICE("place"), &p->page.place, true },
		{ SLICE("note"), &p->page.note, true },
		{ SLICE("photo"), &p->photo, false },
	};
	unsigned seen = 0;

	for (unsigned i = 0; i < count; i++) {
		for (unsigned k = 0; k < COUNT_OF(fields); k++) {
			if (!slice_equal(parts[i].name, fields[k].name))
				continue;
			if (seen & 1u << k)
				return "a field comes twice";
			seen |= 1u << k;
			if (!fields[k].is_text)
				*fields[k].to = parts[i].body;
			else if (!take_text(p, parts[i].body, fields[k].to))
				return "a text is too long or not UTF-8";
		}
	}
	return NULL;
}

/* False: it was answered. */
static bool read_form(struct report *p)
{
	struct request *r = p->request;
	struct multipart_part parts[MULTIPART_PARTS_MOST];
	struct slice boundary;
	unsigned count = 0;
	const char *wrong;
	enum multipart_result result =
	    multipart_boundary(request_header(r, "content-type"), &boundary);

	if (result != MULTIPART_OK) {
		bad_form(r, 415, multipart_reason(result));
		return false;
	}
	result = multipart_read(r->body, boundary, parts, &count);
	wrong = result == MULTIPART_OK ? take_fields(p, parts, count) : multipart_reason(result);
	if (wrong != NULL)
		bad_form(r, 400, wrong);
	return wrong == NULL;
}

/* --- checking it ------------------------------------------------------------------------------ */

/* Is there anything of ours under that GTIN? Serials that were never issued are welcome. */
static bool is_ours(const struct report_subject *about)
{
	const struct lookup_gtin *known = state_gtin(about->gtin);

	return known != NULL && (known->issued > 0 || known->has_foreign);
}

/* False: it was answered. */
static bool check(struct report *p)
{
	struct page_report *page = &p->page;

	if (!report_subject_read(page->code, &p->about))
		respond_refused(p, PAGE_REPORT_CODE_UNKNOWN);
	else if (!is_ours(&p->about) && !state_was_complete())
		respond_busy(p);
	else if (!is_ours(&p->about))
		respond_refused(p, PAGE_REPORT_CODE_UNKNOWN);
	else if (report_text_length(page->place) > REPORT_PLACE_MOST)
		respond_refused(p, PAGE_REPORT_PLACE_TOO_LONG);
	else if (report_text_length(page->note) > REPORT_NOTE_MOST)
		respond_refused(p, PAGE_REPORT_NOTE_TOO_LONG);
	else if (p->photo.length > house.photo_bytes)
		respond_refused(p, PAGE_REPORT_PHOTO_TOO_LARGE);
	else if (p->photo.length > 0 && picture_kind_of(p->photo) == PICTURE_KIND_NONE)
		respond_refused(p, PAGE_REPORT_PHOTO_NO_PICTURE);
	else if (page->place.length + page->note.length + p->photo.length == 0)
		respond_refused(p, PAGE_REPORT_NOTHING_SAID);
	else
		return true;
	return false;
}

/* --- storing it ------------------------------------------------------------------------------- */

static void on_stored(void *arg, enum db_result result, const PGresult *rows)
{
	struct report *p = arg;
	const char *why = result == DB_ERROR ? PQresultErrorField(rows, PG_DIAG_SQLSTATE) : NULL;

	if (why != NULL && strcmp(why, "53100") == 0)
		worker_log("error", "report: the database's disk is full (SQLSTATE 53100)");
	if (result != DB_OK) {
		respond_busy(p);
		return;
	}
	metric_add(METRIC_REPORTS, 1);
	respond_done(p);
}

static void on_gone(struct request *r, void *arg)
{
	struct report *p = arg;

	(void)r;
	db_forget(&p->query);
}

/* Neither of the texts has a NUL. Of a photo its length and ends, for it may be large. */
static void add_all(const struct report *p, struct buf *out)
{
	size_t ends = p->photo.length < PHOTO_ENDS ? p->photo.length : PHOTO_ENDS;

	buf_add_u64(out, p->about.gtin);
	buf_add_char(out, '\0');
	buf_add(out, p->about.serial, strlen(p->about.serial) + 1);
	buf_add_slice(out, p->page.place);
	buf_add_char(out, '\0');
	buf_add_slice(out, p->page.note);
	buf_add_char(out, '\0');
	buf_add_u64(out, p->photo.length);
	buf_add_char(out, '\0');
	buf_add(out, p->photo.data, ends);
	buf_add_slice(out, slice_from(p->photo, p->photo.length - ends));
}

/* The same for the same report of one household in one hour. False: out of memory. */
static bool make_reference(struct report *p)
{
	char digest[SHA256_HEX_SIZE];
	unsigned char mark[VISITOR_MARK_SIZE];
	struct buf all;
	bool ok;

	buf_init(&all, FORM_ROOM + 2 * PHOTO_ENDS);
	add_all(p, &all);
	ok = buf_ok(&all);
	if (ok) {
		sha256_hex(buf_slice(&all), digest);
		ok = visitor_mark(p->request, state_mark_secret(), time(NULL), digest, mark);
	}
	if (ok)
		report_reference_print(mark, p->reference);
	buf_release(&all);
	return ok;
}

static void store(struct report *p)
{
	struct db_parameters parameters = { .count = 0 };

	if (!make_reference(p)) {
		respond_busy(p);
		return;
	}
	db_add_text(&parameters, slice_of(p->reference));
	db_add_i64(&parameters, (int64_t)p->about.gtin);
	db_add_text(&parameters, slice_of(p->about.serial));
	db_add_text(&parameters, p->page.place);
	db_add_text(&parameters, p->page.note);
	db_add_text_or_null(&parameters, p->photo);
	p->query.done = on_stored;
	p->query.arg = p;
	db_send(house.db, &sql_report_add, &parameters, &p->query);
	request_wait(p->request, on_gone, p);
}

/* --- the handlers ----------------------------------------------------------------------------- */

void serve_report_form(struct request *r)
{
	struct page_report p = { .state = PAGE_REPORT_ASKING };
	struct report_subject about;

	p.reference = request_query(r, "done");
	if (report_reference_fits(p.reference))
		p.state = PAGE_REPORT_DONE;
	/* A link of the page's own is told; anything else the reader types. */
	p.code = request_query(r, "code");
	if (!report_subject_read(p.code, &about))
		p.code = S("");
	respond_page(r, &p);
}

void serve_report(struct request *r)
{
	struct report *p = arena_alloc(&r->arena, sizeof(*p));

	if (p == NULL) {
		respond_problem(r, 503, status_text(503), NULL);
		return;
	}
	*p = (struct report){ .request = r };
	/* Nobody else's page is to make its readers send reports. */
	if (slice_equal(request_header(r, "sec-fetch-site"), S("cross-site")))
		bad_form(r, 403, "it was sent from another site's page");
	else if (read_form(p) && check(p))
		store(p);
}

/* --- the module ------------------------------------------------------------------------------- */

static const struct sql_query *const queries[] = { &sql_report_add };

static bool prepare(const struct settings *s, char *why, size_t why_size)
{
	(void)s;
	if (report_limit_prepare())
		return true;
	(void)snprintf(why, why_size, "no memory to count reports in");
	return false;
}

/* A connection of its own: megabytes of a photo are not to stand before somebody's lookup. */
static void start(const struct settings *s)
{
	const struct db_options options = {
		.connection = s->public_database_url,
		.queries = queries,
		.query_count = COUNT_OF(queries),
		.deadline_ms = STORE_MS,
		.apart = true,
		.most_in_flight = IN_FLIGHT,
	};

	house.photo_bytes = (size_t)s->report_photo_mb << 20;
	house.upload_most = (unsigned)s->report_uploads;
	house.uploads = calloc(house.upload_most, sizeof(*house.uploads));
	house.db = db_new(&options);
	if (house.uploads == NULL || house.db == NULL)
		worker_fatal("out of memory");
}

static void stop(void)
{
	db_free(house.db);
	free(house.uploads);
	house.db = NULL;
	house.uploads = NULL;
	house.upload_count = 0;
}

const struct module module_report = {
	.name = "report",
	.programs = PROGRAM_LOOKUP,
	.prepare = prepare,
	.start = start,
	.stop = stop,
};
