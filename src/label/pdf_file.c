/* Objects, streams and the cross-reference table of a PDF file. */
#include "label/pdf_file.h"

#include <assert.h>
#include <inttypes.h>
#include <libdeflate.h>
#include <math.h>

#include "base/siphash.h"

enum {
	/*
	 * Of libdeflate; microseconds and bytes of a label of version 3 with four lines: level 1
	 * 4.0 and 454, 3 10 and 398, 6 19 and 346. zlib's: level 1 19 and 663 (row by row), 6 51.
	 */
	DEFLATE_LEVEL = 1,
	OBJECTS_MOST = 8388607, /* ISO 32000-1, annex C */
};

bool pdf_file_init(struct pdf_file *f, size_t maximum)
{
	*f = (struct pdf_file){ 0 };
	buf_init(&f->out, maximum);
	buf_init(&f->packed, maximum);
	buf_init(&f->offsets, OBJECTS_MOST * sizeof(uint64_t));
	f->deflater = libdeflate_alloc_compressor(DEFLATE_LEVEL);
	/* the second line tells those who guess that the file is not text */
	buf_add_string(&f->out, "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n");
	return f->deflater != NULL && buf_ok(&f->out);
}

void pdf_file_release(struct pdf_file *f)
{
	if (f == NULL)
		return;
	buf_release(&f->out);
	buf_release(&f->packed);
	buf_release(&f->offsets);
	if (f->deflater != NULL)
		libdeflate_free_compressor(f->deflater);
	f->deflater = NULL;
}

bool pdf_file_ok(const struct pdf_file *f)
{
	return buf_ok(&f->out) && buf_ok(&f->packed) && buf_ok(&f->offsets);
}

/* --- objects --- */

static unsigned objects(const struct pdf_file *f)
{
	return (unsigned)(f->offsets.length / sizeof(uint64_t));
}

unsigned pdf_file_reserve(struct pdf_file *f)
{
	static const uint64_t none;

	buf_add(&f->offsets, (const char *)&none, sizeof(none));
	return objects(f);
}

static uint64_t offset_of(const struct pdf_file *f, unsigned number)
{
	uint64_t offset;

	memcpy(&offset, f->offsets.data + (number - 1) * sizeof(offset), sizeof(offset));
	return offset;
}

void pdf_file_begin(struct pdf_file *f, unsigned number)
{
	uint64_t offset = f->out.length;

	if (!pdf_file_ok(f))
		return;
	assert(number > 0 && number <= objects(f) && offset_of(f, number) == 0);
	memcpy(f->offsets.data + (number - 1) * sizeof(offset), &offset, sizeof(offset));
	buf_add_u64(&f->out, number);
	buf_add_string(&f->out, " 0 obj\n");
}

void pdf_file_end(struct pdf_file *f)
{
	buf_add_string(&f->out, "\nendobj\n");
}

void pdf_file_stream(struct pdf_file *f, unsigned number, const char *entries, struct slice data)
{
	size_t bound = libdeflate_zlib_compress_bound(f->deflater, data.length);
	char *room;

	buf_clear(&f->packed);
	room = buf_reserve(&f->packed, bound);
	if (room == NULL)
		return;
	f->packed.length =
	    libdeflate_zlib_compress(f->deflater, data.data, data.length, room, bound);
	pdf_file_begin(f, number);
	buf_add_format(&f->out, "<< /Length %zu /Filter /FlateDecode%s >>\nstream\n",
		       f->packed.length, entries);
	buf_add_slice(&f->out, buf_slice(&f->packed));
	buf_add_string(&f->out, "\nendstream");
	pdf_file_end(f);
}

/* --- the end --- */

/* ISO 32000-1, 14.4: two strings of any bytes; equal ones, for nobody changed the file since. */
static void add_id(struct pdf_file *f)
{
	static const struct siphash_key keys[] = { { 0, 1 }, { 0, 2 } };
	uint64_t parts[2];

	for (unsigned i = 0; i < 2; i++)
		parts[i] = siphash(&keys[i], buf_slice(&f->out));
	buf_add_string(&f->out, " /ID [");
	for (unsigned i = 0; i < 2; i++)
		buf_add_format(&f->out, "<%016" PRIx64 "%016" PRIx64 ">", parts[0], parts[1]);
	buf_add_string(&f->out, "]");
}

void pdf_file_finish(struct pdf_file *f, unsigned root, unsigned info)
{
	uint64_t start = f->out.length;

	if (!pdf_file_ok(f))
		return;
	buf_add_format(&f->out, "xref\n0 %u\n0000000000 65535 f \n", objects(f) + 1);
	for (unsigned number = 1; number <= objects(f); number++) {
		assert(offset_of(f, number) != 0);
		buf_add_format(&f->out, "%010" PRIu64 " 00000 n \n", offset_of(f, number));
	}
	buf_add_format(&f->out, "trailer\n<< /Size %u /Root %u 0 R /Info %u 0 R", objects(f) + 1,
		       root, info);
	add_id(f);
	buf_add_format(&f->out, " >>\nstartxref\n%" PRIu64 "\n%%%%EOF\n", start);
}

/* --- numbers --- */

void pdf_add_number(struct buf *out, double value, unsigned decimals)
{
	uint64_t scale = 1, whole;
	char digits[32];

	assert(decimals <= 9);
	for (unsigned i = 0; i < decimals; i++)
		scale *= 10;
	whole = (uint64_t)llround(fabs(value) * (double)scale);
	if (value < 0 && whole > 0)
		buf_add_char(out, '-');
	if (whole >= scale || whole == 0)
		buf_add_u64(out, whole / scale);
	if (whole % scale == 0)
		return;
	(void)snprintf(digits, sizeof(digits), ".%0*" PRIu64, (int)decimals, whole % scale);
	while (digits[decimals] == '0')
		decimals--;
	buf_add(out, digits, decimals + 1);
}
