/* Strangers' pictures are unpacked where nothing is to be had. */
#include "job/picture_cell.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const struct picture_wish wish = { .side = 64, .quality = 80 };

/* A 1 x 1 PNG. */
static const struct slice dot =
    SLICE("\211\120\116\107\015\012\032\012\000\000\000\015\111\110\104\122\000\000\000\001"
	  "\000\000\000\001\010\002\000\000\000\220\167\123\336\000\000\000\014\111\104\101"
	  "\124\170\234\143\370\337\300\000\000\004\001\001\200\305\052\030\135\000\000\000"
	  "\000\111\105\116\104\256\102\140\202");

static void test_gives_what_shrinking_here_gives(void **state)
{
	struct picture apart = { .bytes = NULL }, here = { .bytes = NULL };

	(void)state;
	assert_int_equal(picture_shrink(dot, &wish, &picture_limits, &here), PICTURE_OK);
	assert_int_equal(picture_shrink_apart(dot, &wish, &picture_limits, &apart), PICTURE_OK);
	assert_int_equal(apart.width, 1);
	assert_int_equal(apart.length, here.length);
	assert_memory_equal(apart.bytes, here.bytes, here.length);
	picture_release(&apart);
	picture_release(&here);
	assert_int_equal(picture_shrink_apart(S("GIF89a"), &wish, &picture_limits, &apart),
			 PICTURE_NO_PICTURE);
	assert_null(apart.bytes);
}

/* Each bit: something that must not succeed did. */
static int try_to_break_out(int open_fd)
{
	int out = 0;

	out |= open("/etc/passwd", O_RDONLY) >= 0;
	out |= (socket(AF_INET, SOCK_STREAM, 0) >= 0) << 1;
	out |= (fork() >= 0) << 2;
	out |= (execl("/bin/true", "true", (char *)NULL) >= 0) << 3;
	out |= (kill(getppid(), 0) == 0) << 4;
	out |= (mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
		MAP_FAILED)
	       << 5;
	out |= (read(open_fd, &out, 1) >= 0) << 6;
	return out;
}

static void test_inside_nothing_is_to_be_had(void **state)
{
	int status = -1, fd = open("/dev/zero", O_RDONLY);
	pid_t child;

	(void)state;
	assert_true(fd >= 0);
	child = fork();
	if (child == 0) {
		char *memory;

		if (!picture_cell_confine())
			_exit(128);
		memory = malloc(64 << 20); /* this must go on */
		if (memory == NULL)
			_exit(129);
		memset(memory, 1, 64 << 20);
		free(memory);
		_exit(try_to_break_out(fd));
	}
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	(void)close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gives_what_shrinking_here_gives),
		cmocka_unit_test(test_inside_nothing_is_to_be_had),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
