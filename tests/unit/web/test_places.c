/* Places that are shared fairly: one household may have all of them, but not against another. */
#include "web/places.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

enum { ROOM = 4 };

static struct places all;
static struct place given[2 * ROOM];

static int begin(void **state)
{
	(void)state;
	all = (struct places){ .most = ROOM };
	memset(given, 0, sizeof(given));
	return 0;
}

/* Whoever has to, leaves. False: it was turned away. */
static bool comes(unsigned who, const char *household, uint64_t now_ms, struct place **ret_loser)
{
	if (!places_ask(&all, slice_of(household), now_ms, ret_loser))
		return false;
	if (*ret_loser != NULL)
		places_leave(&all, *ret_loser);
	places_enter(&all, &given[who], slice_of(household), now_ms);
	return true;
}

static void fills(unsigned from, unsigned to, const char *household)
{
	struct place *loser = NULL;

	for (unsigned i = from; i < to; i++) {
		assert_true(comes(i, household, i, &loser));
		assert_null(loser);
	}
}

static void test_one_household_may_have_all_while_nobody_else_comes(void **state)
{
	struct place *loser = NULL;

	(void)state;
	fills(0, ROOM, "AAAA");
	assert_false(comes(ROOM, "AAAA", ROOM, &loser));
	assert_int_equal(all.count, ROOM);
}

static void test_who_comes_from_elsewhere_takes_the_stillest_of_whoever_has_most(void **state)
{
	struct place *loser = NULL;

	(void)state;
	fills(0, 1, "BBBB");
	fills(1, ROOM, "AAAA");
	given[1].moved_ms = 100;
	assert_true(comes(ROOM, "CCCCCCCC", 101, &loser));
	assert_ptr_equal(loser, &given[2]);
	/* Two of A, one each of B and C: nobody has two more than B would have. */
	assert_false(comes(ROOM + 1, "BBBB", 102, &loser));
	assert_true(comes(ROOM + 1, "DDDD", 102, &loser));
	assert_ptr_equal(loser, &given[3]);
}

static void test_a_household_is_all_of_its_bytes(void **state)
{
	struct place *loser = NULL;

	(void)state;
	fills(0, ROOM, "AAAA");
	assert_true(comes(ROOM, "AAAAAAAA", ROOM, &loser));
	assert_ptr_equal(loser, &given[0]);
}

static void test_where_all_have_the_same_one_that_stands_still_gives_its_place(void **state)
{
	static const char *const names[] = { "AAAA", "BBBB", "CCCC", "DDDD" };
	struct place *loser = NULL;

	(void)state;
	for (unsigned i = 0; i < ROOM; i++)
		fills(i, i + 1, names[i]);
	given[0].moved_ms = 5;
	assert_false(comes(ROOM, "EEEE", PLACES_STILL_MS, &loser));
	assert_true(comes(ROOM, "EEEE", PLACES_STILL_MS + 1, &loser));
	assert_ptr_equal(loser, &given[1]);
}

/* Whatever comes and goes, those of a household are counted from one. */
static void test_the_count_of_a_household_is_right_whoever_leaves(void **state)
{
	struct place *loser = NULL;

	(void)state;
	fills(0, 3, "AAAA");
	places_leave(&all, &given[1]);
	places_leave(&all, &given[1]);
	assert_int_equal(all.count, 2);
	assert_int_equal(given[0].rank + given[2].rank, 1 + 2);
	places_leave(&all, &given[0]);
	assert_int_equal(given[2].rank, 1);
	fills(3, 6, "BBBB");
	assert_true(comes(6, "AAAA", 9, &loser));
	assert_ptr_equal(loser, &given[3]);
	for (unsigned i = 0; i < COUNT_OF(given); i++)
		places_leave(&all, &given[i]);
	assert_int_equal(all.count, 0);
	assert_null(all.first);
}

static void test_without_a_place_nobody_enters(void **state)
{
	struct places none = { .most = 0 };
	struct place *loser = NULL;

	(void)state;
	assert_false(places_ask(&none, S("AAAA"), 0, &loser));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_one_household_may_have_all_while_nobody_else_comes,
				       begin),
		cmocka_unit_test_setup(
		    test_who_comes_from_elsewhere_takes_the_stillest_of_whoever_has_most, begin),
		cmocka_unit_test_setup(test_a_household_is_all_of_its_bytes, begin),
		cmocka_unit_test_setup(
		    test_where_all_have_the_same_one_that_stands_still_gives_its_place, begin),
		cmocka_unit_test_setup(test_the_count_of_a_household_is_right_whoever_leaves,
				       begin),
		cmocka_unit_test_setup(test_without_a_place_nobody_enters, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
