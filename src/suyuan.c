/* `suyuan`, the operator's command line: hands over to the table of commands. */
#include "cli/command.h"

int main(int argc, char **argv)
{
	return command_main(argc, argv);
}
