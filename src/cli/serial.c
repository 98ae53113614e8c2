/*
 * `suyuan serial`: serials from counters and counters from serials, one JSON object a line,
 * with the key in the input: for checking other implementations and for looking at one code.
 */
#include "cli/command.h"

#include <errno.h>
#include <jansson.h>
#include <openssl/crypto.h>

#include "cli/lines.h"
#include "model/gs1.h"
#include "model/serial.h"

extern const struct command command_serial;

enum {
	LINE_MAXIMUM = 65536,
	REASON_SIZE = 256,
};

/* One line: what it says, and where a refusal is explained. */
struct job {
	json_t *object;
	uint64_t gtin;
	struct serial_key key; /* of the line's key; released by the driver */
	unsigned standard_length;
	char reason[REASON_SIZE];
};

static bool refuse(struct job *job, const char *format, ...) PRINTF(2, 3);
static bool refuse(struct job *job, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(job->reason, sizeof(job->reason), format, args);
	va_end(args);
	return false;
}

/* --- reading fields --- */

static bool text_field(struct job *job, const char *name, struct slice *ret_text)
{
	json_t *value = json_object_get(job->object, name);

	if (!json_is_string(value))
		return refuse(job, "\"%s\" must be a text", name);
	*ret_text = (struct slice){ json_string_value(value), json_string_length(value) };
	return true;
}

static bool number_field(struct job *job, const char *name, uint64_t *ret_number)
{
	json_t *value = json_object_get(job->object, name);

	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return refuse(job, "\"%s\" must be a whole number from 0", name);
	*ret_number = (uint64_t)json_integer_value(value);
	return true;
}

static bool gtin_field(struct job *job)
{
	struct slice text;

	if (!text_field(job, "gtin", &text))
		return false;
	/* no check digit here: FF1 takes any 14 digits, and so do other implementations' vectors */
	if (text.length != GTIN_DIGITS || !slice_to_u64(text, &job->gtin))
		return refuse(job, "\"gtin\" must be a text of 14 digits");
	return true;
}

static bool key_field(struct job *job, unsigned id)
{
	unsigned char key[SERIAL_KEY_SIZE];
	struct slice text;
	size_t size;
	bool made;

	if (!text_field(job, "key", &text))
		return false;
	if (text.length != 2 * sizeof(key) ||
	    OPENSSL_hexstr2buf_ex(key, sizeof(key), &size, text.data, '\0') != 1)
		return refuse(job, "\"key\" must be a text of 64 hexadecimal digits");
	made = serial_key_init(&job->key, id, key);
	OPENSSL_cleanse(key, sizeof(key));
	return made || refuse(job, "\"key_id\" must be 0 to 31");
}

/* --- adding what is missing --- */

/* Adds the field; one that is there already must say the same. Takes `value` over. */
static bool add_field(struct job *job, const char *name, json_t *value)
{
	json_t *there = json_object_get(job->object, name);
	bool same = there == NULL || json_equal(there, value) == 1;
	char *text = same ? NULL : json_dumps(value, JSON_ENCODE_ANY);

	if (!same)
		(void)refuse(job, "\"%s\" is there, but should be %s", name,
			     text == NULL ? "" : text);
	free(text);
	if (json_object_set_new(job->object, name, value) != 0)
		return refuse(job, "out of memory");
	return same;
}

static bool length_field(struct job *job, uint64_t *ret_length)
{
	if (json_object_get(job->object, "length") != NULL)
		return number_field(job, "length", ret_length);
	*ret_length = job->standard_length;
	return true;
}

static bool encode(struct job *job)
{
	char serial[SERIAL_LENGTH_MOST + 1];
	uint64_t id, counter, length;
	enum serial_result result;

	if (!number_field(job, "key_id", &id) || !gtin_field(job) ||
	    !number_field(job, "n", &counter) || !length_field(job, &length))
		return false;
	if (!key_field(job, id > SERIAL_KEY_IDS ? SERIAL_KEY_IDS : (unsigned)id))
		return false;
	if (length > SERIAL_LENGTH_MOST)
		length = SERIAL_LENGTH_MOST + 1;
	result = serial_encode(&job->key, job->gtin, counter, (unsigned)length, serial);
	if (result != SERIAL_OK)
		return refuse(job, "%s", serial_reason(result));
	return add_field(job, "length", json_integer((json_int_t)length)) &&
	       add_field(job, "serial", json_string(serial));
}

static bool decode(struct job *job)
{
	enum serial_result result;
	struct slice serial;
	uint64_t counter;
	unsigned id;

	if (!gtin_field(job) || !text_field(job, "serial", &serial))
		return false;
	result = serial_key_id(serial, &id);
	if (result != SERIAL_OK)
		return refuse(job, "%s", serial_reason(result));
	if (!key_field(job, id))
		return false;
	result = serial_decode(&job->key, serial, job->gtin, &counter);
	if (result == SERIAL_OK &&
	    counter > INT64_MAX) /* JSON numbers end there for many readers */
		result = SERIAL_OUT_OF_RANGE;
	if (result != SERIAL_OK)
		return refuse(job, "%s", serial_reason(result));
	return add_field(job, "key_id", json_integer((json_int_t)id)) &&
	       add_field(job, "n", json_integer((json_int_t)counter)) &&
	       add_field(job, "length", json_integer((json_int_t)serial.length));
}

/* --- lines --- */

typedef bool (*serial_step)(struct job *job);

static bool parse_line(struct job *job, struct slice line)
{
	json_error_t error;

	job->object = json_loadb(line.data, line.length, JSON_REJECT_DUPLICATES, &error);
	if (job->object == NULL)
		return refuse(job, "not JSON: %s (column %d)", error.text, error.column);
	return json_is_object(job->object) || refuse(job, "not a JSON object");
}

static bool print_line(json_t *object)
{
	bool good = json_dumpf(object, stdout, JSON_COMPACT) == 0 && fputc('\n', stdout) != EOF;

	return good;
}

/* A refused line has its line of output too, so that input and output stay side by side. */
static bool print_refusal(uint64_t number, const char *reason)
{
	json_t *object = json_pack("{s:I, s:s}", "line", (json_int_t)number, "error", reason);
	bool good = object != NULL && print_line(object);

	json_decref(object);
	fprintf(stderr, "line %llu: %s\n", (unsigned long long)number, reason);
	return good;
}

/* False when standard output fails. */
static bool work_line(struct job *job, serial_step step, const struct buf *text, bool whole,
		      uint64_t number, bool *rejected)
{
	bool good = whole ? parse_line(job, buf_slice(text)) && step(job)
			  : refuse(job, "longer than %d bytes", LINE_MAXIMUM);
	bool printed = good ? print_line(job->object) : print_refusal(number, job->reason);

	if (!good)
		*rejected = true;
	serial_key_release(&job->key);
	json_decref(job->object);
	return printed;
}

static int work(struct command_context *context, serial_step step, struct buf *line)
{
	enum line_result result;
	bool rejected = false;

	for (uint64_t number = 1; (result = line_read(stdin, line)) != LINE_END; number++) {
		struct job job = { .standard_length = (unsigned)context->settings.serial_length };

		if (result == LINE_FAILED)
			return command_fail(context, EXIT_FAILED, "standard input: %s",
					    strerror(errno));
		if (result == LINE_OK && slice_trim(buf_slice(line)).length == 0)
			continue;
		if (!work_line(&job, step, line, result == LINE_OK, number, &rejected))
			return command_fail(context, EXIT_FAILED, "standard output: %s",
					    strerror(errno));
	}
	return rejected ? EXIT_REJECTED : EXIT_OK;
}

static int run(struct command_context *context, int argc, char **argv)
{
	serial_step step = NULL;
	struct buf line;
	int status;

	if (argc == 2 && strcmp(argv[1], "encode") == 0)
		step = encode;
	if (argc == 2 && strcmp(argv[1], "decode") == 0)
		step = decode;
	if (step == NULL)
		return command_usage(&command_serial, "encode or decode?");
	buf_init(&line, LINE_MAXIMUM);
	status = work(context, step, &line);
	buf_release(&line);
	return status;
}

const struct command command_serial = {
	.name = "serial",
	.arguments = "encode|decode < LINES",
	.summary = "compute serials from counters, or counters from serials",
	.help = "Standard input has one JSON object a line:\n"
		"  encode  {\"key\": 64 hex digits, \"key_id\": 0-31, \"gtin\": 14 digits, \"n\": "
		"counter,\n"
		"           \"length\": 10-20}; without length the setting serial_length counts\n"
		"  decode  {\"key\": …, \"gtin\": …, \"serial\": …}\n"
		"Each comes back with what was missing. A field that is there and says something "
		"else is\n"
		"an error. A refused line comes back as {\"line\": N, \"error\": …}, is explained "
		"on standard\n"
		"error, and makes the exit status 3.\n",
	.run = run,
};
