/* `suyuan hold`: keeps lots or codes back while they are being checked, or ends their time early.
 */
#include "cli/halt.h"

extern const struct command command_hold;

static const struct halt_command halt = {
	.command = &command_hold,
	.kinds = "hold,quarantine,expire",
	.word = "hold",
};

static int run(struct command_context *context, int argc, char **argv)
{
	return halt_command_run(&halt, context, argc, argv);
}

const struct command command_hold = {
	.name = "hold",
	.arguments = "count CHOICE | start CHOICE [--kind KIND] [--silent] | start NUMBER | "
		     "end NUMBER | end --gtin GTIN [--lot LOT] | approve NUMBER | decline NUMBER "
		     "| show NUMBER | csv NUMBER | list",
	.summary = "hold, quarantine and release; end a shelf life early",
	.help =
	    "A choice is made as for `suyuan recall`.\n"
	    "  --kind KIND             hold (as it is), quarantine, or expire: past its date from "
	    "now on\n"
	    "  --silent                nothing is said in public\n"
	    "  --reason LANGUAGE=TEXT  shown besides \"Being checked; please wait\"; once a "
	    "language\n"
	    "  --evidence TEXT         kept, not shown\n"
	    "  --why TEXT              with end and decline\n\n"
	    "Codes that are held are not put into use: the line is told so. To release them is "
	    "`end`.\n",
	.run = run,
};
