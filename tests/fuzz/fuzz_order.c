/*
 * Fuzzes label orders: as JSON (first byte '{'), else as a printer file. What is taken is written
 * as an order that reads back as itself and passes the same check; what is refused names a member
 * or a line.
 */
#include <assert.h>

#include "label/order.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_order(const struct label_order *o, struct buf *out)
{
	buf_clear(out);
	label_order_write(o, out);
	assert(buf_ok(out));
}

static bool read_order(struct label_order *o, struct slice text)
{
	json_t *object = json_loadb(text.data, text.length, JSON_ALLOW_NUL, NULL);
	struct label_refusal refusal = { NULL, "" };
	bool good;

	label_order_init(o);
	if (object == NULL)
		return false;
	good = label_order_read(o, object, &refusal);
	assert(good || (refusal.member != NULL && refusal.limit[0] != '\0'));
	json_decref(object);
	return good;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = { (const char *)data, size };
	struct label_order order, again;
	struct label_refusal refusal;
	struct buf first, second;
	char why[256] = "";
	bool good, sound;

	label_order_init(&order);
	if (size > 0 && data[0] == '{')
		good = read_order(&order, text);
	else
		good = label_order_add_printer(&order, text, "fuzz", why, sizeof(why));
	assert(good || size == 0 || data[0] == '{' || strncmp(why, "fuzz:", 5) == 0);
	sound = good && label_order_check(&order, &refusal);
	if (!sound)
		return 0;
	buf_init(&first, 4096);
	buf_init(&second, 4096);
	write_order(&order, &first);
	assert(read_order(&again, buf_slice(&first)) && label_order_check(&again, &refusal));
	write_order(&again, &second);
	assert(slice_equal(buf_slice(&first), buf_slice(&second)));
	buf_release(&first);
	buf_release(&second);
	return 0;
}
