/* `suyuan config`: every setting, where it came from, and what it means. */
#include "cli/command.h"

extern const struct command command_config;

static int run(struct command_context *context, int argc, char **argv)
{
	if (argc > 1)
		return command_usage(&command_config, "unexpected argument: %s", argv[1]);
	settings_print(&context->settings, stdout);
	return EXIT_OK;
}

const struct command command_config = {
	.name = "config",
	.arguments = "",
	.summary = "print every setting with its value and meaning",
	.help =
	    "Secrets are shown as \"(set)\". The output is itself a valid configuration file.\n",
	.run = run,
};
