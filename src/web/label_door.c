/* Checks label orders against the sheets and printers there are. */
#include "web/label_door.h"

#include "base/installed.h"
#include "web/module.h"

static struct label_shelf shelf;
static struct typeface *typeface; /* opened before the worker is confined */

static bool prepare(const struct settings *s, char *why, size_t why_size)
{
	char sheets[4096], printers[4096];

	if (s->label_font[0] != '\0')
		typeface = typeface_open(s->label_font);
	installed_path("conf/sheets", "/usr/share/suyuan/sheets", sheets, sizeof(sheets));
	installed_path("conf/printers", "/usr/share/suyuan/printers", printers, sizeof(printers));
	return label_shelf_load(&shelf, sheets, printers, why, why_size);
}

const struct label_shelf *label_door_shelf(void)
{
	return &shelf;
}

struct typeface *label_door_typeface(void)
{
	return typeface;
}

void label_door_sample(unsigned length, char ret_serial[LABEL_SAMPLE_MOST])
{
	static const char word[] = "SAMPLEU";

	for (unsigned i = 0; i < length && i < LABEL_SAMPLE_MOST - 1; i++)
		ret_serial[i] = i < sizeof(word) - 1 ? word[i] : 'U';
	ret_serial[length < LABEL_SAMPLE_MOST ? length : LABEL_SAMPLE_MOST - 1] = '\0';
}

/* False: answered. Words that are too wide, or stand where something else does. */
static bool design_fits(struct api_call *call, const struct label_setup *setup,
			const struct batch *batch, const struct label_text *text)
{
	struct design_look look = { .setup = setup, .typeface = typeface, .text = text };
	char member[48], words[DESIGN_WORDS_SIZE];
	struct design_seen seen = { .fault_count = 0 };
	struct buf url;
	enum label_result result;

	if (!setup->order.design.given)
		return true;
	buf_init(&url, 1024);
	batch_uri_prefix(batch, &url);
	buf_add_slice(&url, text->serial);
	look.url = buf_slice(&url);
	result = design_look_at(&look, &seen);
	buf_release(&url);
	if (result != LABEL_MADE) {
		api_problem(call, 400, MESSAGE_desk_no_room, "design", NULL,
			    "design: the code fits no symbol.");
		return false;
	}
	if (seen.missing != 0) {
		api_problem(call, 400, MESSAGE_desk_no_glyph, "design", NULL,
			    "design: the font has no character U+%04X of the text.", seen.missing);
		return false;
	}
	if (seen.fault_count == 0)
		return true;
	design_fault_words(&setup->order.design, &seen.faults[0], words);
	(void)snprintf(member, sizeof(member),
		       seen.faults[0].part < 0 ? "design.symbol" : "design.parts[%d]",
		       seen.faults[0].part);
	api_problem(call, 400, MESSAGE_label_order, member, words, "%s: %s.", member, words);
	return false;
}

bool label_door_check(struct api_call *call, const json_t *label, const struct batch *batch)
{
	static const struct label_text none = { .gtin = SLICE("00000000000000") };
	struct label_text text = none;
	char serial[LABEL_SAMPLE_MOST];

	label_door_sample(batch->length, serial);
	text.serial = slice_of(serial);
	return label_door_check_text(call, label, batch, &text);
}

bool label_door_check_text(struct api_call *call, const json_t *label, const struct batch *batch,
			   const struct label_text *text)
{
	struct label_refusal refusal;
	struct label_setup setup;

	if (label_shelf_setup(&shelf, label, NULL, &setup, &refusal) &&
	    label_shelf_fits(&setup, batch, &refusal))
		return design_fits(call, &setup, batch, text);
	if (refusal.member[0] == '\0')
		api_problem(call, 400, MESSAGE_label_order, "label", NULL, "%s.", refusal.limit);
	else
		api_problem(call, 400, MESSAGE_label_order, refusal.member, refusal.limit,
			    "%s: %s.", refusal.member, refusal.limit);
	return false;
}

const struct module module_label_door = {
	.name = "label_door",
	.programs = PROGRAM_CONSOLE,
	.prepare = prepare,
};
