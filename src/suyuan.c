/* `suyuan`, the operator's command line: hands over to the table of commands. */
#include "base/secret.h"
#include "cli/command.h"

int main(int argc, char **argv)
{
	secret_no_core();
	return command_main(argc, argv);
}
