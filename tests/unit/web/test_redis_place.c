/* Where Redis and PostgreSQL are: nothing that would need a name server, no password in a message.
 */
#include "web/db.h"
#include "web/redis.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void test_reads_a_socket_with_and_without_password(void **state)
{
	struct redis_place p;
	char why[128];

	(void)state;
	assert_true(redis_place_parse("unix:///run/redis.sock", &p, why, sizeof(why)));
	assert_string_equal(p.socket, "/run/redis.sock");
	assert_null(p.password);
	redis_place_release(&p);
	assert_true(redis_place_parse("unix://:s3cret@/run/r.sock", &p, why, sizeof(why)));
	assert_string_equal(p.socket, "/run/r.sock");
	assert_string_equal(p.password, "s3cret");
	redis_place_release(&p);
}

static void test_reads_numeric_addresses(void **state)
{
	struct redis_place p;
	char why[128];

	(void)state;
	assert_true(redis_place_parse("redis://127.0.0.1", &p, why, sizeof(why)));
	assert_string_equal(p.address, "127.0.0.1");
	assert_int_equal(p.port, 6379);
	redis_place_release(&p);
	assert_true(redis_place_parse("redis://:pw@[::1]:7000", &p, why, sizeof(why)));
	assert_string_equal(p.address, "::1");
	assert_int_equal(p.port, 7000);
	assert_string_equal(p.password, "pw");
	redis_place_release(&p);
}

static void test_refuses_the_rest_without_quoting_it(void **state)
{
	static const char *const bad[] = { "redis://:hunter2@cache.example.com:6379",
					   "redis://:hunter2@127.0.0.1:0",
					   "redis://:hunter2@127.0.0.1:65536",
					   "redis://:hunter2@127.0.0.1:x",
					   "redis://:hunter2@[::1]x",
					   "unix://:hunter2@relative",
					   "http://:hunter2@127.0.0.1",
					   "" };
	struct redis_place p;
	char why[128];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		assert_false(redis_place_parse(bad[i], &p, why, sizeof(why)));
		assert_null(strstr(why, "hunter2"));
	}
}

static void test_takes_postgresql_by_socket_or_number_only(void **state)
{
	char why[128];

	(void)state;
	assert_true(db_connection_ok("postgresql:///suyuan", why, sizeof(why)));
	assert_true(db_connection_ok("postgresql://u:p@%2Frun%2Fpg/suyuan", why, sizeof(why)));
	assert_true(db_connection_ok("host=127.0.0.1,::1 dbname=x", why, sizeof(why)));
	assert_true(db_connection_ok("host=name hostaddr=127.0.0.1", why, sizeof(why)));
	assert_false(db_connection_ok("postgresql://u:hunter2@db.example.com/x", why, sizeof(why)));
	assert_null(strstr(why, "hunter2"));
	assert_false(db_connection_ok("host=127.0.0.1,db dbname=x", why, sizeof(why)));
	assert_false(db_connection_ok("password='hunter2", why, sizeof(why)));
	assert_null(strstr(why, "hunter2"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_a_socket_with_and_without_password),
		cmocka_unit_test(test_reads_numeric_addresses),
		cmocka_unit_test(test_refuses_the_rest_without_quoting_it),
		cmocka_unit_test(test_takes_postgresql_by_socket_or_number_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
