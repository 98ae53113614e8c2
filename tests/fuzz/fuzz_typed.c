/*
 * Fuzzes what people type for a code: whatever it is, the serial read from it has only characters
 * of ours, its places lie within what was typed and go up, and read once more it is the same.
 */
#include <assert.h>

#include "base/utf8.h"
#include "model/mistype.h"
#include "model/pin.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t characters(struct slice s)
{
	size_t count = 0;

	while (s.length > 0) {
		(void)utf8_next(&s);
		count++;
	}
	return count;
}

static void check_places(const struct typed_code *code, size_t count)
{
	for (unsigned i = 0; i < code->length; i++) {
		assert(strchr(SERIAL_ALPHABET, code->serial[i]) != NULL);
		assert(code->places[i] >= 1 && code->places[i] <= count);
		assert(i == 0 || code->places[i] > code->places[i - 1]);
	}
	assert(code->places[code->length] <= count + 1);
	assert(code->bad <= count);
}

static void check_again(const struct typed_code *code)
{
	struct typed_code again;

	if (code->length == 0)
		return;
	assert(typed_code_read((struct slice){ code->serial, code->length }, &again) == TYPED_OK);
	assert(strcmp(again.serial, code->serial) == 0 && again.bad == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = malloc(size > 0 ? size : 1);
	struct slice typed = { copy, size };
	struct typed_code code;
	char pin[PIN_SIZE];
	uint64_t gtin;

	assert(copy != NULL);
	memcpy(copy, data, size);
	if (typed_code_read(typed, &code) == TYPED_OK) {
		check_places(&code, characters(typed));
		check_again(&code);
		assert(!code.has_gtin || gtin_valid(code.gtin));
		assert(code.exact[0] == '\0' || gs1_serial_ok(slice_of(code.exact)));
	}
	if (typed_gtin_read(typed, &gtin) == GTIN_OK)
		assert(gtin_valid(gtin));
	if (pin_read(typed, pin))
		assert(strspn(pin, "0123456789") == strlen(pin) && strlen(pin) <= PIN_DIGITS_MOST);
	free(copy);
	return 0;
}
