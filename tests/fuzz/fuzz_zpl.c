/*
 * Fuzzes what stands in text on a ZPL label: whatever a product or a lot is called, the file has
 * the commands of one label and no others. The first byte chooses how the symbol is drawn; product,
 * lot and expiry are lines.
 */
#include <assert.h>

#include "base/utf8.h"
#include "label/zpl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Commands in the order they come; a graphic or field is at most one of several. */
static const char *const known[] = { "XA", "CI", "LH", "PW", "LL", "FO", "GF", "BY",
				     "BQ", "FH", "FD", "FS", "A0", "FB", "PQ", "XZ" };

static void check_commands(struct slice file)
{
	unsigned begun = 0, ended = 0;

	for (size_t i = 0; i + 2 < file.length; i++) {
		bool found = false;

		assert(file.data[i] != '~');
		if (file.data[i] != '^')
			continue;
		for (size_t k = 0; k < COUNT_OF(known); k++)
			found |= memcmp(file.data + i + 1, known[k], 2) == 0;
		assert(found);
		begun += memcmp(file.data + i, "^XA", 3) == 0;
		ended += memcmp(file.data + i, "^XZ", 3) == 0;
	}
	assert(begun == 1 && ended == 1 && slice_ends(file, S("^XZ\n")));
}

static struct slice next_text(struct slice *rest)
{
	struct slice line = S("");

	(void)slice_cut(rest, '\n', &line);
	return (struct slice){ line.data, utf8_valid_length(line) };
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct typeface *typeface;
	struct slice url = S("https://id.example/a~b/01/09506000134352/21/7K3M9Q2XTPVW4H");
	struct zpl_setup setup = {
		.sheet = { "Test", 60000, 40000, 60000, 40000, 1, 1, 0, 0, 60000, 40000 },
	};
	struct label_text text = { .gtin = S("09506000134352"), .serial = S("7K3M9Q2XTPVW4H") };
	struct slice rest = { (const char *)data, size };
	enum label_result result;
	struct zpl *zpl;
	struct buf out;
	struct qr qr;

	if (size == 0)
		return 0;
	if (typeface == NULL) /* without it only ASCII is tried */
		typeface = typeface_open("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc");
	setup.typeface = typeface;
	setup.compact = data[0] % 2 != 0;
	rest = slice_from(rest, 1);
	text.product = next_text(&rest);
	text.lot = next_text(&rest);
	text.expiry = next_text(&rest);
	assert(printer_init(&setup.printer, 203, 4, false) == PRINTER_OK);
	assert(qr_make(url, QR_LEVEL_M, &qr) == QR_MADE);
	buf_init(&out, 1 << 20);
	zpl = zpl_new(&setup, &out);
	assert(zpl != NULL);
	result = zpl_add(zpl, &qr, url, &text, 1);
	assert(result == LABEL_MADE || out.length == 0);
	assert(zpl_finish(zpl));
	if (result == LABEL_MADE)
		check_commands(buf_slice(&out));
	zpl_free(zpl);
	buf_release(&out);
	return 0;
}
