/* Decides what Suyuan says of a code. */
#include "model/verdict.h"

static const struct {
	const char *code;
	unsigned status;
} verdicts[VERDICT_COUNT] = {
#define VERDICT(symbol, machine_code, http_status) \
	[VERDICT_##symbol] = { machine_code, http_status },
#include "model/verdict.def"
#undef VERDICT
};

static const char *const states[] = {
	[ITEM_PROVISIONED] = "provisioned",
	[ITEM_PRINTED] = "printed",
	[ITEM_COMMISSIONED] = "commissioned",
	[ITEM_CONSUMED] = "consumed",
	[ITEM_DECOMMISSIONED] = "decommissioned",
	[ITEM_DESTROYED] = "destroyed",
	[ITEM_VOID] = "void",
	[ITEM_BLOCKED] = "blocked",
	[ITEM_RECALLED] = "recalled",
	[ITEM_HELD] = "held",
	[ITEM_EXPIRED] = "expired",
};

const char *verdict_code(enum verdict v)
{
	return verdicts[v].code;
}

unsigned verdict_status(enum verdict v)
{
	return verdicts[v].status;
}

enum item_state item_state_named(struct slice word)
{
	for (size_t i = 0; i < COUNT_OF(states); i++)
		if (slice_equal(word, slice_of(states[i])))
			return (enum item_state)i;
	return ITEM_UNKNOWN;
}

static int days_in_month(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && leap ? 29 : days[month - 1];
}

bool date_parse(struct slice iso, struct date *ret_date)
{
	uint64_t year, month, day;

	if (iso.length != 10 || iso.data[4] != '-' || iso.data[7] != '-' ||
	    !slice_to_u64((struct slice){ iso.data, 4 }, &year) ||
	    !slice_to_u64((struct slice){ iso.data + 5, 2 }, &month) ||
	    !slice_to_u64((struct slice){ iso.data + 8, 2 }, &day))
		return false;
	if (year == 0 || month < 1 || month > 12 || day < 1 ||
	    (int)day > days_in_month((int)year, (int)month))
		return false;
	*ret_date = (struct date){ (int)year, (int)month, (int)day };
	return true;
}

bool best_is_over(int64_t best_until, int64_t now)
{
	return best_until != BEST_FOREVER && now >= best_until;
}

enum verdict verdict_of(const struct verdict_facts *facts)
{
	if (facts->recalled)
		return VERDICT_RECALLED;
	switch (facts->state) {
	case ITEM_COMMISSIONED:
		break;
	case ITEM_PROVISIONED:
	case ITEM_PRINTED:
		return VERDICT_INACTIVE;
	case ITEM_CONSUMED:
		return VERDICT_CONSUMED;
	case ITEM_RECALLED:
		return VERDICT_RECALLED;
	case ITEM_HELD:
		return VERDICT_HELD;
	case ITEM_EXPIRED:
		return VERDICT_EXPIRED;
	default:
		return VERDICT_BLOCKED;
	}
	return best_is_over(facts->best_until, facts->now) ? VERDICT_EXPIRED : VERDICT_ACTIVE;
}
