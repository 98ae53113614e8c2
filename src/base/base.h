/*
 * The few words every file uses: attributes that the compiler checks, and counting
 * the elements of an array.
 */
#ifndef SUYUAN_BASE_BASE_H
#define SUYUAN_BASE_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The caller must look at the result. gcc warns even behind a `(void)` cast, so there is no way to
 * ignore one by accident, nor on purpose without a variable. */
#define MUSTCHECK	  __attribute__((warn_unused_result))
#define PRINTF(at, first) __attribute__((format(printf, at, first)))
#define UNUSED		  __attribute__((unused))

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif
