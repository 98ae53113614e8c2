/* Prints the lines of a worker about itself into its log. */
#include "web/worker_log.h"

#include <stdarg.h>

#include "web/request_log.h"

void worker_log(const char *level, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	request_log_message(level, slice_of(text));
}

void worker_fatal(const char *why)
{
	worker_log("error", "%s", why);
	request_log_flush();
	exit(1);
}
