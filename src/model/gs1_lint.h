/*
 * Rules on the content of a part of an AI's value - dates, countries, check characters -
 * one line each in gs1_lint.def (GS1 General Specifications sections 3 and 7.9).
 */
#ifndef SUYUAN_MODEL_GS1_LINT_H
#define SUYUAN_MODEL_GS1_LINT_H

#include "base/slice.h"

enum gs1_lint {
	GS1_LINT_NONE = 0,
#define LINT(name, function, fault, reason) GS1_LINT_##name,
#include "model/gs1_lint.def"
#undef LINT
	GS1_LINT_COUNT,
};

/*
 * Does the text keep the rule? It may hold any bytes; a rule on digits refuses others.
 * GS1_LINT_NONE is always kept.
 */
bool gs1_lint_ok(enum gs1_lint lint, struct slice text);

#endif
