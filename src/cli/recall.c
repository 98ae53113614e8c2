/* `suyuan recall`: tells everyone who looks up an item that was chosen to stop using it. */
#include "cli/halt.h"

extern const struct command command_recall;

static const struct halt_command halt = {
	.command = &command_recall,
	.kinds = "recall",
	.word = "recall",
	.needs_reason = true,
};

static int run(struct command_context *context, int argc, char **argv)
{
	return halt_command_run(&halt, context, argc, argv);
}

const struct command command_recall = {
	.name = "recall",
	.arguments = "count CHOICE | start CHOICE --reason LANGUAGE=TEXT... | start NUMBER | "
		     "end NUMBER | end --gtin GTIN [--lot LOT] | approve NUMBER | decline NUMBER "
		     "| show NUMBER | csv NUMBER | list",
	.summary = "recall lots, products, codes or what was made of a material",
	.help =
	    "A choice is one of:\n"
	    "  --gtin GTIN             every code of the product that is issued by now\n"
	    "  --gtin GTIN --lot LOT   a lot; --lot once a lot\n"
	    "  --brand SLUG --supplier CODE --material CODE --lot LOT\n"
	    "                          every lot the material lot went into, through all levels\n"
	    "  --gtin GTIN --lot LOT --made-of\n"
	    "                          a lot of a component, and every lot it went into\n"
	    "  --codes FILE            single codes, one a line (\"-\": standard input)\n"
	    "  --first CODE --last CODE\n"
	    "                          all from the first to the last\n"
	    "  --brand SLUG --from DAY --to DAY [--date best_before]\n"
	    "                          lots by day of production, or best-before date\n"
	    "  --brand SLUG [--instrument NAME] [--facility CODE] [--parameter NAME] [--value "
	    "VALUE]\n"
	    "                          lots by a step or an inspection; --from, --to besides\n\n"
	    "  --reason LANGUAGE=TEXT  what is wrong, shown on every page; once a language\n"
	    "  --advice LANGUAGE=TEXT  what to do\n"
	    "  --severity LEVEL        high, medium or low\n"
	    "  --evidence TEXT         kept with the recall, not shown\n"
	    "  --why TEXT              with end and decline\n\n"
	    "What is counted is what is recalled: lots that are recorded later are not. Every "
	    "affected page\nsays so within a second. Where the brand wants two persons, start and "
	    "end propose, and somebody\nelse approves.\n",
	.run = run,
};
