/* The fields of the label designer's page (templates/console/console_label_design.html). */
#ifndef SUYUAN_WEB_CONSOLE_LABELS_FORM_H
#define SUYUAN_WEB_CONSOLE_LABELS_FORM_H

#include "web/console_labels.h"
#include "web/form.h"

enum { DESIGN_FIELD_ROOM = 64, DESIGN_FIELD_PARTS = 10 };

/* No sheet has this name: where it is chosen, the fields of DESIGN_GRID count. */
extern const char design_own_sheet[];

/* The fields in groups as the page draws them; those of DESIGN_GRID are "grid." and a member. */
enum design_group {
	DESIGN_PAPER,
	DESIGN_GRID,
	DESIGN_PRINTER,
	DESIGN_PLACE,
	DESIGN_MARKS,
	DESIGN_GROUPS
};
extern const struct form design_groups[DESIGN_GROUPS];

/* What can stand on a label, in the order of the form; each with fields of its own. */
struct design_field_part {
	const char *name, *what; /* "text1", of design_what_name() */
	enum text label;
	bool has_text;
};
extern const struct design_field_part design_field_parts[DESIGN_FIELD_PARTS];
/* "text1_x"; ends are on, x, y, width, size, align, en, zh. */
void design_field_name(char room[DESIGN_FIELD_ROOM], const struct design_field_part *part,
		       const char *end);
bool design_field_known(const char *name);

/*
 * What was sent as the document of a design; owned by the caller. NULL: answered, with the field
 * that is wrong.
 */
MUSTCHECK json_t *design_form_read(struct api_call *call);
/* The design's name as it was sent. False: answered. */
MUSTCHECK bool design_form_name(struct api_call *call, struct slice *ret_name);
/* The inputs of `v`: of name (a string) and document, or what was sent where that was refused. */
void design_form_show(struct page *p, const json_t *name, const json_t *document,
		      struct view_console_label_design *v);
/* The words for part `part` of a label; -1: the symbol. */
struct slice design_form_part(struct page *p, const struct label_setup *setup, int part);
/* The name of the field that moves it; "" where the form has none. */
void design_form_field(const struct label_setup *setup, int part, char *room, size_t size);

#endif
