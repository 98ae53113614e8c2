/* What the designer's page and its API share. */
#ifndef SUYUAN_WEB_CONSOLE_LABELS_H
#define SUYUAN_WEB_CONSOLE_LABELS_H

#include "web/label_door.h"

enum { DESIGN_NAME_MOST = 100, DESIGN_DOCUMENT_MOST = 16384, DESIGN_SAMPLE_SIZE = 256 };

/* A document joined with what its preview says; everything lives in it. */
struct design_trial {
	struct label_setup setup;
	struct label_text text;
	char serial[LABEL_SAMPLE_MOST];
	char texts[5][DESIGN_SAMPLE_SIZE]; /* GTIN, product, lot, dates */
	struct buf url;
	struct design_look look;
	struct design_seen seen;
};
/* `sample` may be NULL. False: `ret_refusal` says why; release it in any case. */
MUSTCHECK bool design_trial_make(struct design_trial *t, const json_t *document,
				 const json_t *sample, struct label_refusal *ret_refusal);
void design_trial_release(struct design_trial *t);
/* "gs1", "small" or "large": what GS1 says of the module at a point of sale. */
const char *design_advice(const struct label_setup *setup);

/* Answers: in the reader's language where a person may have made the mistake. */
void design_refuse(struct api_call *call, const struct label_refusal *refusal);
/* False: answered. Nobody can order from a design that does not fit: so it is not kept. */
MUSTCHECK bool design_fits(struct api_call *call, const struct design_trial *t);

/* Keeps the document in call->own (struct design_kept) after a look at it. */
struct design_kept {
	struct slice id; /* NULL data: a new one */
	struct slice name;
	json_t *document; /* owned; freed when the call ends */
	uint64_t version;
};
void design_keep(struct api_call *call, struct design_kept *kept);
/* NULL: answered. */
MUSTCHECK struct design_kept *design_kept_new(struct api_call *call);

#endif
