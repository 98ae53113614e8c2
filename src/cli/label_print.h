/*
 * Putting labels into files on disk: files of an order, one after the other, with the manifest that
 * names them, and the report for people or scripts at the end.
 */
#ifndef SUYUAN_CLI_LABEL_PRINT_H
#define SUYUAN_CLI_LABEL_PRINT_H

#include "cli/artefact.h"
#include "cli/command.h"
#include "label/label_writer.h"

enum { LABEL_PRINT_NAME_SIZE = 256 };

struct label_print {
	struct command_context *context;
	struct label_setup setup; /* the caller's to set */
	const char *out;	  /* folder, file, or "-" for standard output (ZPL) */
	bool force;		  /* may replace */
	/* its own */
	bool begun, to_output;
	char folder[4096], manifest[LABEL_PRINT_NAME_SIZE], stem[LABEL_PRINT_NAME_SIZE];
	struct artefacts files;
	struct label_writer *writer; /* of the file being filled, or NULL */
	struct buf file;
	uint64_t in_file; /* labels of the file being filled */
	uint64_t parts, rejected;
	struct label_tally tally;
	struct buf first, last; /* urls printed */
};

/* One label, and where it comes from for messages. */
struct label_source {
	const char *name; /* "codes.csv" */
	uint64_t line;	  /* 0: the name says all */
	struct slice url;
	struct label_text text;
	uint64_t copies;
};

/* Opens the manifest. These return EXIT_OK, or the status to exit with: the reason was printed. */
MUSTCHECK int label_print_begin(struct label_print *p);
/*
 * One label into the file being filled, or into the next one where that is full. A code that fits
 * no symbol, or is wanted more than 1,000 times, is reported and counted, and the next may be good.
 */
MUSTCHECK int label_print_add(struct label_print *p, const struct label_source *source);
/* The next label goes to another file. */
MUSTCHECK int label_print_cut(struct label_print *p);
/* The last file, the manifest and the report. */
MUSTCHECK int label_print_end(struct label_print *p);
/* Ends without a manifest unless label_print_end() was called. Accepts zeroed structs. */
void label_print_release(struct label_print *p);
/* Counts a row that was refused and says why, up to a hundred times. */
void label_print_report(struct label_print *p, const char *why);

#endif
