/* `suyuan demo`: hands over to demo/load, which loads the sample brand by the commands a brand's
 * own people would type. */
#include "cli/command.h"

#include <errno.h>
#include <unistd.h>

extern const struct command command_demo;

/* Of the checkout the program was built in, else where packages put it. */
static void find_script(char *room, size_t size)
{
	/* bin/suyuan and build/VARIANT/bin/suyuan */
	static const char *const ways[] = { "../demo/load", "../../../demo/load" };
	char program[3072];
	ssize_t length = readlink("/proc/self/exe", program, sizeof(program) - 1);

	while (length > 0 && program[length - 1] != '/')
		length--;
	for (size_t i = 0; length > 0 && i < COUNT_OF(ways); i++) {
		(void)snprintf(room, size, "%.*s%s", (int)length, program, ways[i]);
		if (access(room, X_OK) == 0)
			return;
	}
	(void)snprintf(room, size, "/usr/share/suyuan/demo/load");
}

static int run(struct command_context *context, int argc, char **argv)
{
	char script[4096];

	if (argc != 1)
		return command_usage(&command_demo, "it takes no argument, not \"%s\"", argv[1]);
	if (context->config_path == NULL)
		return command_fail(context, EXIT_FAILED,
				    "no instance: start one with `make up`, or name its --config");
	find_script(script, sizeof(script));
	if (setenv("SUYUAN_CONFIG", context->config_path, 1) == 0)
		(void)execl(script, script, context->json ? "--json" : NULL, (char *)NULL);
	return command_fail(context, EXIT_FAILED, "%s: %s", script, strerror(errno));
}

const struct command command_demo = {
	.name = "demo",
	.arguments = "",
	.summary = "load the sample brand: an invented tea maker, its records, codes and policy",
	.help = "Makes the master key and a serial key where there are none. May be repeated; what "
		"was\nloaded stays, and so does what its owner has hidden since.\n",
	.run = run,
};
