/* A label's document tried with a sample: what its picture will say, and why it is refused. */
#include "base/utf8.h"
#include "model/gs1.h"
#include "web/api_problem.h"
#include "web/console_labels_form.h"
#include "web/module.h"

/* --- a document with a sample ---------------------------------------------------------------- */

static struct slice keep_text(struct design_trial *t, unsigned i, const json_t *sample,
			      const char *name, const char *usual)
{
	const char *text = json_string_value(json_object_get(sample, name));

	if (text == NULL || (text[0] == '\0' && i != 1))
		text = usual;
	(void)snprintf(t->texts[i], sizeof(t->texts[i]), "%s", text);
	/* cut between characters, whatever the limit met */
	t->texts[i][utf8_valid_length(slice_of(t->texts[i]))] = '\0';
	return slice_of(t->texts[i]);
}

static void add_text(struct design_trial *t, const json_t *sample, unsigned length)
{
	label_door_sample(length, t->serial);
	t->text = (struct label_text){
		.serial = slice_of(t->serial),
		.gtin = keep_text(t, 0, sample, "gtin", "09506000134352"),
		.product = keep_text(t, 1, sample, "product", "Sample product"),
		.lot = keep_text(t, 2, sample, "lot", "SAMPLE-LOT"),
		.produced = keep_text(t, 3, sample, "produced", "2026-01-31"),
		.expiry = keep_text(t, 4, sample, "expiry", "2027-01-31"),
	};
}

static bool refuse(struct label_refusal *ret, const char *member, const char *limit)
{
	ret->member = member;
	(void)snprintf(ret->limit, sizeof(ret->limit), "%s", limit);
	return false;
}

static bool read_gtin(const struct design_trial *t, uint64_t *ret_gtin,
		      struct label_refusal *ret_refusal)
{
	return gtin_parse(t->text.gtin, ret_gtin) == GTIN_OK ||
	       refuse(ret_refusal, "sample", "has no valid GTIN");
}

static bool look(struct design_trial *t, const struct batch *batch,
		 struct label_refusal *ret_refusal)
{
	batch_uri_prefix(batch, &t->url);
	buf_add_slice(&t->url, t->text.serial);
	t->look = (struct design_look){
		.setup = &t->setup,
		.typeface = label_door_typeface(),
		.text = &t->text,
		.url = buf_slice(&t->url),
	};
	switch (design_look_at(&t->look, &t->seen)) {
	case LABEL_MADE:
		return true;
	case LABEL_SYMBOL_TOO_BIG:
		return refuse(ret_refusal, "label", "is smaller than the code");
	case LABEL_BAD_CODE:
		return refuse(ret_refusal, "level", "is too high for codes of this length");
	default:
		return refuse(ret_refusal, "", "out of memory");
	}
}

bool design_trial_make(struct design_trial *t, const json_t *document, const json_t *sample,
		       struct label_refusal *ret_refusal)
{
	struct batch batch = { .length = (unsigned)app_settings()->serial_length };
	struct buf stem;
	bool good;

	*t = (struct design_trial){ .serial = "" };
	buf_init(&t->url, 1024);
	buf_init(&stem, 512);
	add_text(t, sample, batch.length);
	batch_print_stem(slice_of(app_settings()->link_stem), &stem);
	batch.stem = buf_slice(&stem);
	good = read_gtin(t, &batch.gtin, ret_refusal) &&
	       label_shelf_setup(label_door_shelf(), document, NULL, &t->setup, ret_refusal);
	if (good && !label_order_has_labels(&t->setup.order))
		good = refuse(ret_refusal, "format", "is pdf or zpl");
	good = good && look(t, &batch, ret_refusal);
	buf_release(&stem);
	return good;
}

void design_trial_release(struct design_trial *t)
{
	buf_release(&t->url);
}

const char *design_advice(const struct label_setup *setup)
{
	if (setup->printer.module_mm < PRINTER_MODULE_LEAST)
		return "small";
	return setup->printer.module_mm > PRINTER_MODULE_MOST ? "large" : "gs1";
}

/* --- refusing -------------------------------------------------------------------------------- */

/* What people are told of a member; the limits are those of label/order.def and label/grid.h. */
static const struct {
	const char *member, *code;
} codes[] = {
	{ "format", "choice" },
	{ "sheet", "desk_sheet" },
	{ "printer", "choice" },
	{ "label", "desk_label" },
	{ "dpi", "desk_dpi" },
	{ "dots", "desk_dots" },
	{ "level", "desk_level" },
	{ "copies", "desk_copies" },
	{ "grid", "desk_one_paper" },
	{ "grid.page_width", "desk_grid_page" },
	{ "grid.page_height", "desk_grid_page" },
	{ "grid.columns", "desk_grid_columns" },
	{ "grid.rows", "desk_grid_rows" },
	{ "grid.label_width", "desk_grid_label" },
	{ "grid.label_height", "desk_grid_label" },
	{ "grid.left", "desk_grid_margin" },
	{ "grid.top", "desk_grid_margin" },
	{ "grid.gap_x", "desk_grid_margin" },
	{ "grid.gap_y", "desk_grid_margin" },
};

static const char *code_of(const char *member)
{
	for (size_t i = 0; i < COUNT_OF(codes); i++)
		if (strcmp(codes[i].member, member) == 0)
			return codes[i].code;
	return NULL;
}

void design_refuse(struct api_call *call, const struct label_refusal *refusal)
{
	const char *code = code_of(refusal->member);
	char words[LABEL_LIMIT_SIZE + 64];

	(void)snprintf(words, sizeof(words), "%s: %s.",
		       refusal->member[0] == '\0' ? "document" : refusal->member, refusal->limit);
	if (code == NULL)
		api_problem(call, 400, MESSAGE_label_order,
			    refusal->member[0] == '\0' ? NULL : refusal->member, refusal->limit,
			    "%s", words);
	else
		api_problem_members(call, 400,
				    json_pack("{s:s,s:s,s:s}", "member", refusal->member, "limit",
					      refusal->limit, "code", code),
				    words);
}

static void refuse_glyph(struct api_call *call, uint32_t character)
{
	char words[96];

	(void)snprintf(words, sizeof(words),
		       "design: the font has no character U+%04X of the text.", character);
	api_problem_members(
	    call, 400, json_pack("{s:s,s:s}", "member", "design", "code", "desk_no_glyph"), words);
}

static void refuse_place(struct api_call *call, const struct design_trial *t)
{
	const struct design_fault *first = &t->seen.faults[0];
	char words[DESIGN_WORDS_SIZE], member[48];

	design_fault_words(&t->setup.order.design, first, words);
	if (call->face != NULL)
		design_form_field(&t->setup, first->part, member, sizeof(member));
	else
		(void)snprintf(member, sizeof(member),
			       first->part < 0 ? "design.symbol" : "design.parts[%d]", first->part);
	api_problem_members(
	    call, 400,
	    json_pack("{s:s,s:s,s:s}", "member", member, "limit", words, "code", "desk_no_room"),
	    words);
}

bool design_fits(struct api_call *call, const struct design_trial *t)
{
	if (t->seen.missing != 0)
		refuse_glyph(call, t->seen.missing);
	else if (t->seen.fault_count != 0)
		refuse_place(call, t);
	return t->seen.missing == 0 && t->seen.fault_count == 0;
}
