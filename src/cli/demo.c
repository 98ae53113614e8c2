/* `suyuan demo`: hands over to demo/load, which loads the sample brand by the commands a brand's
 * own people would type. */
#include "cli/command.h"

#include <errno.h>
#include <unistd.h>

#include "base/installed.h"

extern const struct command command_demo;

static int run(struct command_context *context, int argc, char **argv)
{
	char script[4096];

	if (argc != 1)
		return command_usage(&command_demo, "it takes no argument, not \"%s\"", argv[1]);
	if (context->config_path == NULL)
		return command_fail(context, EXIT_FAILED,
				    "no instance: start one with `make up`, or name its --config");
	installed_path("demo/load", "/usr/share/suyuan/demo/load", script, sizeof(script));
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
