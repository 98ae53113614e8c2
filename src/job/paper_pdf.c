/* Walks through the objects of a PDF with libqpdf, in a process that is confined like the one that
 * reads pictures. */
#include "job/paper_pdf.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <qpdf/qpdf-c.h>

#include "base/buf.h"
#include "job/picture_cell.h"

enum {
	OBJECTS_MOST = 200000,
	DEEP_MOST = 100,	  /* of arrays and dictionaries inside one another */
	STREAM_MOST = 256 << 20,  /* bytes that one stream unpacks to */
	UNPACKED_MOST = 1 << 30,  /* and all of them */
	MEMORY_MOST = 1536 << 20, /* of the process */
	CPU_SECONDS = 15,
	WAIT_MS = 60000,      /* as long by the clock, on a busy machine */
	BEHIND_MOST = 32,     /* blanks behind the last %%EOF */
	ARCHIVE_TAIL = 66000, /* a ZIP archive ends with a record of at most 65,557 bytes */
	SNIFFED = 1024,	      /* bytes that programs guess a file's kind by */
};

/* --- before anything is parsed --------------------------------------------------------------- */

bool paper_is_pdf(struct slice file)
{
	return slice_starts(file, S("%PDF-"));
}

static bool is_blank(char c)
{
	return c == '\0' || c == '\t' || c == '\n' || c == '\f' || c == '\r' || c == ' ';
}

/* ISO 32000-2, 7.5.5: the last line is %%EOF. What follows it is another file's. */
static enum paper_result look_at_end(struct slice file)
{
	static const char mark[] = "%%EOF";
	size_t end = file.length, behind = 0;

	while (end > 0 && is_blank(file.data[end - 1]) && behind <= BEHIND_MOST) {
		end--;
		behind++;
	}
	if (end >= 5 && memcmp(file.data + end - 5, mark, 5) == 0)
		return PAPER_OK;
	return memmem(file.data, file.length, mark, 5) == NULL ? PAPER_PDF_BROKEN : PAPER_PDF_MORE;
}

/* Programs find a ZIP archive by its end, wherever it begins. */
static enum paper_result look_for_archive(struct slice file)
{
	size_t from = file.length > ARCHIVE_TAIL ? file.length - ARCHIVE_TAIL : 0;

	return memmem(file.data + from, file.length - from, "PK\005\006", 4) == NULL
		   ? PAPER_OK
		   : PAPER_PDF_MORE;
}

static bool starts_without_case(const char *at, size_t room, const char *word)
{
	size_t length = strlen(word);

	return length <= room && strncasecmp(at, word, length) == 0;
}

/* What a program that guesses might take for a page of the web; XMP's XML is none of it. */
static enum paper_result look_for_markup(struct slice file)
{
	static const char *const words[] = { "<!doctype", "<html", "<script",
					     "<svg",	  "<body", "<iframe" };
	size_t most = file.length < SNIFFED ? file.length : SNIFFED;

	for (size_t at = 0; at < most; at++)
		for (size_t i = 0; file.data[at] == '<' && i < COUNT_OF(words); i++)
			if (starts_without_case(file.data + at, most - at, words[i]))
				return PAPER_PDF_MORE;
	return PAPER_OK;
}

/* --- what no paper needs --------------------------------------------------------------------- */

struct rule {
	const char *word;
	enum paper_result result;
};

/* As the key of a dictionary (ISO 32000-2: 7.11, 12.6, 12.7, 13). */
static const struct rule keys[] = {
	{ "/JS", PAPER_PDF_SCRIPT },
	{ "/JavaScript", PAPER_PDF_SCRIPT },
	{ "/XFA", PAPER_PDF_SCRIPT },
	{ "/Launch", PAPER_PDF_ACTION },
	{ "/RichMediaContent", PAPER_PDF_ACTION },
	{ "/EF", PAPER_PDF_FILES },
	{ "/EmbeddedFiles", PAPER_PDF_FILES },
};

/* As a name that says what an action, annotation or stream is. */
static const struct rule kinds[] = {
	{ "/JavaScript", PAPER_PDF_SCRIPT },  { "/Launch", PAPER_PDF_ACTION },
	{ "/SubmitForm", PAPER_PDF_ACTION },  { "/ImportData", PAPER_PDF_ACTION },
	{ "/GoToR", PAPER_PDF_ACTION },	      { "/GoToE", PAPER_PDF_ACTION },
	{ "/Rendition", PAPER_PDF_ACTION },   { "/Movie", PAPER_PDF_ACTION },
	{ "/Sound", PAPER_PDF_ACTION },	      { "/RichMedia", PAPER_PDF_ACTION },
	{ "/Screen", PAPER_PDF_ACTION },      { "/RichMediaExecute", PAPER_PDF_ACTION },
	{ "/EmbeddedFile", PAPER_PDF_FILES }, { "/FileAttachment", PAPER_PDF_FILES },
};

static enum paper_result judge(const struct rule *rules, size_t count, const char *word)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(rules[i].word, word) == 0)
			return rules[i].result;
	return PAPER_OK;
}

/* --- the walk -------------------------------------------------------------------------------- */

struct place {
	int id, generation;
};

struct walk {
	qpdf_data pdf;
	unsigned char *seen; /* a bit an object number */
	struct place *queue; /* found and not yet looked at */
	size_t queued;
	uint64_t unpacked;
};

static enum paper_result look(struct walk *w, qpdf_oh object, unsigned deep);

/* Objects of their own wait in the queue, so that a chain of them needs no stack. */
static enum paper_result later(struct walk *w, qpdf_oh object)
{
	struct place at = { qpdf_oh_get_object_id(w->pdf, object),
			    qpdf_oh_get_generation(w->pdf, object) };

	if (at.id <= 0 || at.id >= OBJECTS_MOST)
		return PAPER_TOO_LARGE;
	if (w->seen[at.id / 8] & 1u << at.id % 8)
		return PAPER_OK;
	w->seen[at.id / 8] |= (unsigned char)(1u << at.id % 8);
	w->queue[w->queued++] = at;
	return PAPER_OK;
}

static enum paper_result look_or_later(struct walk *w, qpdf_oh object, unsigned deep)
{
	enum paper_result result =
	    qpdf_oh_is_indirect(w->pdf, object) ? later(w, object) : look(w, object, deep + 1);

	qpdf_oh_release(w->pdf, object);
	return result;
}

static enum paper_result look_at_array(struct walk *w, qpdf_oh array, unsigned deep)
{
	int count = qpdf_oh_get_array_n_items(w->pdf, array);
	enum paper_result result = PAPER_OK;

	for (int i = 0; i < count && result == PAPER_OK; i++)
		result = look_or_later(w, qpdf_oh_get_array_item(w->pdf, array, i), deep);
	return result;
}

/* The library walks one dictionary at a time, so its keys are gathered first: one behind the
 * other, each with its NUL. */
static enum paper_result gather_keys(struct walk *w, qpdf_oh dictionary, struct buf *ret_keys)
{
	enum paper_result result = PAPER_OK;

	qpdf_oh_begin_dict_key_iter(w->pdf, dictionary);
	while (qpdf_oh_dict_more_keys(w->pdf)) {
		const char *key = qpdf_oh_dict_next_key(w->pdf);

		if (result == PAPER_OK)
			result = judge(keys, COUNT_OF(keys), key);
		buf_add(ret_keys, key, strlen(key) + 1);
	}
	return result != PAPER_OK || buf_ok(ret_keys) ? result : PAPER_TOO_LARGE;
}

static enum paper_result look_at_dictionary(struct walk *w, qpdf_oh dictionary, unsigned deep)
{
	enum paper_result result;
	struct buf names;

	buf_init(&names, 1 << 20);
	result = gather_keys(w, dictionary, &names);
	for (size_t at = 0; at < names.length && result == PAPER_OK;
	     at += strlen(names.data + at) + 1)
		result =
		    look_or_later(w, qpdf_oh_get_key(w->pdf, dictionary, names.data + at), deep);
	buf_release(&names);
	return result;
}

static enum paper_result error_of(qpdf_data pdf)
{
	qpdf_error error = qpdf_get_error(pdf);

	switch (error == NULL ? qpdf_e_damaged_pdf : qpdf_get_error_code(pdf, error)) {
	case qpdf_e_password:
		return PAPER_PDF_ENCRYPTED;
	case qpdf_e_internal:
	case qpdf_e_system: /* no more memory */
		return PAPER_TOO_LARGE;
	default:
		return PAPER_PDF_BROKEN;
	}
}

/* What a reader's program would unpack is unpacked here first. */
static enum paper_result unpack(struct walk *w, qpdf_oh stream)
{
	unsigned char *bytes = NULL;
	size_t length = 0;
	QPDF_BOOL filtered = QPDF_FALSE;
	QPDF_ERROR_CODE code = qpdf_oh_get_stream_data(w->pdf, stream, qpdf_dl_generalized,
						       &filtered, &bytes, &length);

	free(bytes);
	if ((code & QPDF_ERRORS) != 0)
		return error_of(w->pdf);
	w->unpacked += length;
	return length > STREAM_MOST || w->unpacked > UNPACKED_MOST ? PAPER_TOO_LARGE : PAPER_OK;
}

static enum paper_result look_at_stream(struct walk *w, qpdf_oh stream, unsigned deep)
{
	qpdf_oh dictionary = qpdf_oh_get_dict(w->pdf, stream);
	enum paper_result result = look_at_dictionary(w, dictionary, deep);

	qpdf_oh_release(w->pdf, dictionary);
	return result == PAPER_OK ? unpack(w, stream) : result;
}

static enum paper_result look(struct walk *w, qpdf_oh object, unsigned deep)
{
	if (deep > DEEP_MOST)
		return PAPER_PDF_BROKEN;
	switch (qpdf_oh_get_type_code(w->pdf, object)) {
	case ot_name:
		return judge(kinds, COUNT_OF(kinds), qpdf_oh_get_name(w->pdf, object));
	case ot_array:
		return look_at_array(w, object, deep);
	case ot_dictionary:
		return look_at_dictionary(w, object, deep);
	case ot_stream:
		return look_at_stream(w, object, deep);
	default:
		return PAPER_OK;
	}
}

static enum paper_result look_at_all(struct walk *w)
{
	qpdf_oh trailer = qpdf_get_trailer(w->pdf);
	enum paper_result result = look(w, trailer, 0);

	qpdf_oh_release(w->pdf, trailer);
	while (result == PAPER_OK && w->queued > 0) {
		struct place at = w->queue[--w->queued];
		qpdf_oh object = qpdf_get_object_by_id(w->pdf, at.id, at.generation);

		result = look(w, object, 0);
		qpdf_oh_release(w->pdf, object);
		if (result == PAPER_OK && qpdf_has_error(w->pdf))
			result = error_of(w->pdf);
	}
	return result;
}

static bool has_pages(qpdf_data pdf)
{
	qpdf_oh root = qpdf_get_root(pdf);
	bool whole = qpdf_oh_is_dictionary(pdf, root) && qpdf_get_num_pages(pdf) > 0;

	qpdf_oh_release(pdf, root);
	return whole;
}

/* --- the whole ------------------------------------------------------------------------------- */

static enum paper_result walk_through(qpdf_data pdf)
{
	struct walk w = {
		.pdf = pdf,
		.seen = calloc(OBJECTS_MOST / 8 + 1, 1),
		.queue = calloc(OBJECTS_MOST, sizeof(*w.queue)),
	};
	enum paper_result result = PAPER_NO_MEMORY;

	if (w.seen != NULL && w.queue != NULL)
		result = look_at_all(&w);
	/* Last: repairing the tree of pages would count as reading it. */
	if (result == PAPER_OK && !has_pages(pdf))
		result = PAPER_PDF_BROKEN;
	free(w.seen);
	free(w.queue);
	return result;
}

static enum paper_result parse(qpdf_data pdf, struct slice file)
{
	QPDF_ERROR_CODE code;

	qpdf_silence_errors(pdf);
	qpdf_set_suppress_warnings(pdf, QPDF_TRUE);
	/* What cannot be read as it stands is read in another way by another program. */
	qpdf_set_attempt_recovery(pdf, QPDF_FALSE);
	code = qpdf_read_memory(pdf, "paper", file.data, file.length, NULL);
	if ((code & QPDF_ERRORS) != 0)
		return error_of(pdf);
	return qpdf_is_encrypted(pdf) ? PAPER_PDF_ENCRYPTED : walk_through(pdf);
}

enum paper_result paper_pdf_look(struct slice file)
{
	enum paper_result result;
	qpdf_data pdf;

	if (!paper_is_pdf(file))
		return PAPER_UNKNOWN;
	result = look_at_end(file);
	if (result == PAPER_OK)
		result = look_for_archive(file);
	if (result == PAPER_OK)
		result = look_for_markup(file);
	if (result != PAPER_OK)
		return result;
	pdf = qpdf_init();
	result = parse(pdf, file);
	qpdf_cleanup(&pdf);
	return result;
}

/* --- the process apart ----------------------------------------------------------------------- */

static bool limit(int what, rlim_t most)
{
	const struct rlimit l = { most, most };

	return setrlimit((__rlimit_resource_t)what, &l) == 0;
}

/* The sanitizers reserve more than any limit. */
static bool limit_memory(void)
{
#ifdef __SANITIZE_ADDRESS__
	return true;
#else
	return limit(RLIMIT_AS, MEMORY_MOST);
#endif
}

/* Nothing stays open but the pipe. */
static bool prepare(int pipe, pid_t parent)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
		return false;
	return (pipe == 0 || close_range(0, (unsigned)pipe - 1, 0) == 0) &&
	       close_range((unsigned)pipe + 1, ~0u, 0) == 0 && limit(RLIMIT_CORE, 0) &&
	       limit(RLIMIT_CPU, CPU_SECONDS) && limit_memory() && picture_cell_confine();
}

_Noreturn static void work(int pipe, struct slice file)
{
	unsigned char answer = (unsigned char)paper_pdf_look(file);

	_exit(write(pipe, &answer, 1) == 1 ? 0 : 1);
}

/* What it says is believed no more than the file it read. False: it said nothing in time. */
static bool read_answer(int pipe, enum paper_result *ret_result)
{
	struct pollfd p = { .fd = pipe, .events = POLLIN };
	unsigned char answer;

	if (poll(&p, 1, WAIT_MS) != 1 || read(pipe, &answer, 1) != 1 ||
	    answer >= PAPER_RESULT_COUNT)
		return false;
	*ret_result = (enum paper_result)answer;
	return true;
}

/* Of a child that said nothing. */
static enum paper_result meaning_of(int status)
{
	bool late =
	    WIFSIGNALED(status) && (WTERMSIG(status) == SIGXCPU || WTERMSIG(status) == SIGKILL);

	return late ? PAPER_TOO_SLOW : PAPER_PDF_BROKEN;
}

enum paper_result paper_pdf_look_apart(struct slice file)
{
	enum paper_result result = PAPER_NO_MEMORY;
	const pid_t parent = getpid();
	int ends[2], status = 0;
	pid_t child;
	bool said;

	if (pipe(ends) != 0)
		return PAPER_NO_MEMORY;
	child = fork();
	if (child == 0) {
		if (!prepare(ends[1], parent))
			_exit(1);
		work(ends[1], file);
	}
	(void)close(ends[1]);
	said = child > 0 && read_answer(ends[0], &result);
	(void)close(ends[0]);
	if (child < 0)
		return PAPER_NO_MEMORY;
	(void)kill(child, SIGKILL); /* one that hangs is alive */
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return said ? result : meaning_of(status);
}
