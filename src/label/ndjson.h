/* Codes as a JSON object a line: the columns of label/csv.h, `seq` and `copies` as numbers. */
#ifndef SUYUAN_LABEL_NDJSON_H
#define SUYUAN_LABEL_NDJSON_H

#include "label/code_file.h"

void ndjson_row(const struct code_form *form, const struct code_texts *texts, struct row *row);

#endif
