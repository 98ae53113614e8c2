/* Checks label orders against the sheets and printers there are. */
#include "web/label_door.h"

#include "base/installed.h"
#include "web/module.h"

static struct label_shelf shelf;

static bool prepare(const struct settings *s, char *why, size_t why_size)
{
	char sheets[4096], printers[4096];

	(void)s;
	installed_path("conf/sheets", "/usr/share/suyuan/sheets", sheets, sizeof(sheets));
	installed_path("conf/printers", "/usr/share/suyuan/printers", printers, sizeof(printers));
	return label_shelf_load(&shelf, sheets, printers, why, why_size);
}

const struct label_shelf *label_door_shelf(void)
{
	return &shelf;
}

bool label_door_check(struct api_call *call, const json_t *label, const struct batch *batch)
{
	struct label_refusal refusal;
	struct label_setup setup;

	if (label_shelf_setup(&shelf, label, NULL, &setup, &refusal) &&
	    label_shelf_fits(&setup, batch, &refusal))
		return true;
	if (refusal.member[0] == '\0')
		api_problem(call, 400, "label", NULL, "%s.", refusal.limit);
	else
		api_problem(call, 400, refusal.member, refusal.limit, "%s: %s.", refusal.member,
			    refusal.limit);
	return false;
}

const struct module module_label_door = {
	.name = "label_door",
	.programs = PROGRAM_CONSOLE,
	.prepare = prepare,
};
