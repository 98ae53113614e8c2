/*
 * What one core computes in a second: serials, and QR symbols beside libqrencode.
 *
 *   usage: compute CODES
 *
 * Serials are made in runs, as batches do. Symbols are drawn from random texts of several shapes,
 * CODES in all, by qr_series_make() and by libqrencode in turns, in slices; all of them are
 * compared bit for bit, and one that differs ends the program with status 1. libqrencode's time is
 * that of qr_make(), which copies its modules into bits: a hundredth of it. Each line of JSON
 * holds the median, least and most nanoseconds of CPU that one took, over the slices.
 */
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "base/buf.h"
#include "label/qr_series.h"
#include "model/serial.h"

enum {
	SLICE_CODES = 500,
	SLICES_LEAST = 10, /* of each shape */
	SERIALS = 65536,   /* in a run */
	RUNS = 200,
	TEXT_MOST = 395,
	TAIL = 20, /* characters that differ from text to text, but for the first shape */
};

static const char alphanumeric[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

/* Texts are `prefix` and random characters of `set`; one of each version besides addresses. */
static const struct shape {
	const char *name;
	const char *prefix; /* NULL: random for each slice */
	const char *set;
	size_t length, tail;
	unsigned share; /* of CODES, in per cent */
} shapes[] = {
	{ "address of 58 characters", "HTTPS://ID.EXAMPLE.COM/01/09506000134352/21/",
	  SERIAL_ALPHABET, 58, 14, 60 },
	{ "20 characters", NULL, alphanumeric, 20, TAIL, 4 },
	{ "33 characters", NULL, alphanumeric, 33, TAIL, 4 },
	{ "57 characters", NULL, alphanumeric, 57, TAIL, 4 },
	{ "76 characters", NULL, alphanumeric, 76, TAIL, 4 },
	{ "101 characters", NULL, alphanumeric, 101, TAIL, 4 },
	{ "130 characters", NULL, alphanumeric, 130, TAIL, 4 },
	{ "165 characters", NULL, alphanumeric, 165, TAIL, 4 },
	{ "200 characters", NULL, alphanumeric, 200, TAIL, 4 },
	{ "240 characters", NULL, alphanumeric, 240, TAIL, 4 },
	{ "280 characters", NULL, alphanumeric, 280, TAIL, 4 },
};

static void require(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "compute: %s\n", what);
	exit(1);
}

static uint32_t random_below(uint32_t limit)
{
	static uint32_t pool[64];
	static size_t left;

	if (left == 0) {
		require(getrandom(pool, sizeof(pool), 0) == sizeof(pool), "no random numbers");
		left = COUNT_OF(pool);
	}
	return pool[--left] % limit;
}

/* Of this process alone: what others do on the machine counts less. */
static double now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* --- times ---------------------------------------------------------------------------------- */

struct times {
	double *ns;
	size_t used, size;
};

static void times_init(struct times *t, size_t size)
{
	*t = (struct times){ .ns = calloc(size, sizeof(t->ns[0])), .size = size };
	require(t->ns != NULL, "no memory");
}

static void times_add(struct times *t, double ns)
{
	require(t->used < t->size, "too many times");
	t->ns[t->used++] = ns;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void times_print(struct times *t, const char *what)
{
	qsort(t->ns, t->used, sizeof(t->ns[0]), compare);
	printf("\"%s\":{\"median\":%.1f,\"min\":%.1f,\"max\":%.1f}", what, t->ns[t->used / 2],
	       t->ns[0], t->ns[t->used - 1]);
}

static void times_release(struct times *t)
{
	free(t->ns);
}

/* --- serials -------------------------------------------------------------------------------- */

static void measure_serials(void)
{
	static const uint8_t key[SERIAL_KEY_SIZE] = { 1, 2, 3 };
	static char out[SERIALS * SERIAL_LENGTH_MOST];
	struct serial_key k;
	struct times times;

	times_init(&times, RUNS);
	require(serial_key_init(&k, 0, key), "no key");
	for (uint64_t run = 0; run < RUNS; run++) {
		double began = now_ns();

		require(serial_encode_many(&k, UINT64_C(9506000134352), run * SERIALS, SERIALS, 14,
					   out) == SERIAL_OK,
			"no serials");
		times_add(&times, (now_ns() - began) / SERIALS);
	}
	printf("{\"serials\":%u,", SERIALS * RUNS);
	times_print(&times, "ns");
	printf("}\n");
	serial_key_release(&k);
	times_release(&times);
}

/* --- symbols -------------------------------------------------------------------------------- */

static void randomise(char *text, size_t length, const char *set)
{
	for (size_t i = 0; i < length; i++)
		text[i] = set[random_below((uint32_t)strlen(set))];
}

static void make_texts(const struct shape *shape, char texts[][TEXT_MOST])
{
	char prefix[TEXT_MOST];
	size_t length = shape->length - shape->tail;

	if (shape->prefix == NULL)
		randomise(prefix, length, shape->set);
	else
		memcpy(prefix, shape->prefix, length);
	for (unsigned i = 0; i < SLICE_CODES; i++) {
		memcpy(texts[i], prefix, length);
		randomise(texts[i] + length, shape->tail, shape->set);
	}
}

/* Texts of one shape by both encoders, timed. */
static void measure_slice(const struct shape *shape, struct qr_series *series, struct times *ours,
			  struct times *theirs)
{
	static char texts[SLICE_CODES][TEXT_MOST];
	static struct qr found[SLICE_CODES], wanted[SLICE_CODES];
	double began, between;

	make_texts(shape, texts);
	began = now_ns();
	for (unsigned i = 0; i < SLICE_CODES; i++)
		require(qr_series_make(series, (struct slice){ texts[i], shape->length },
				       &found[i]) == QR_MADE,
			"no symbol");
	between = now_ns();
	for (unsigned i = 0; i < SLICE_CODES; i++)
		require(qr_make((struct slice){ texts[i], shape->length }, series->least,
				&wanted[i]) == QR_MADE,
			"no symbol by libqrencode");
	times_add(ours, (between - began) / SLICE_CODES);
	times_add(theirs, (now_ns() - between) / SLICE_CODES);
	require(memcmp(found, wanted, sizeof(found)) == 0, "a symbol differs from libqrencode's");
}

static void measure_shape(const struct shape *shape, uint64_t codes)
{
	uint64_t slices = codes * shape->share / 100 / SLICE_CODES;
	struct times ours, theirs;
	struct qr_series series;
	struct qr_shape drawn;

	slices = slices < SLICES_LEAST ? SLICES_LEAST : slices;
	times_init(&ours, slices);
	times_init(&theirs, slices);
	qr_series_init(&series, QR_LEVEL_M);
	for (uint64_t i = 0; i < slices; i++)
		measure_slice(shape, &series, &ours, &theirs);
	require(series.prepared && qr_shape_choose(shape->length, true, series.least, &drawn),
		"nothing was prepared");
	printf("{\"symbols\":%llu,\"text\":\"%s\",\"version\":%u,\"level\":\"%c\",",
	       (unsigned long long)slices * SLICE_CODES, shape->name, drawn.version,
	       qr_level_letter(drawn.level));
	times_print(&ours, "ours");
	printf(",");
	times_print(&theirs, "theirs");
	printf("}\n");
	qr_series_release(&series);
	times_release(&ours);
	times_release(&theirs);
}

int main(int argc, char **argv)
{
	uint64_t codes;

	if (argc != 2 || !slice_to_u64(slice_of(argv[1]), &codes) || codes == 0) {
		fprintf(stderr, "usage: compute CODES\n");
		return 2;
	}
	measure_serials();
	for (size_t i = 0; i < COUNT_OF(shapes); i++)
		measure_shape(&shapes[i], codes);
	return 0;
}
