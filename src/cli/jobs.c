/* `suyuan jobs`: the program that does long work, until it is told to end. */
#include "cli/command.h"

#include <signal.h>
#include <unistd.h>

#include "cli/arguments.h"
#include "base/installed.h"
#include "base/rights.h"
#include "job/crew.h"
#include "job/job_log.h"
#include "store/master_key.h"

extern const struct command command_jobs;

struct jobs_arguments {
	uint64_t workers;
	bool once;
};

static const struct option_rule rules[] = {
	OPTION(NUMBER, "workers", struct jobs_arguments, workers, .least = 1, .most = CREW_MOST),
	OPTION(FLAG, "once", struct jobs_arguments, once),
	OPTIONS_END,
};

/* What a job has no use for is not in its memory. */
static void forget_secrets(struct settings *s)
{
	settings_forget(s, &s->database_url);
	settings_forget(s, &s->public_database_url);
	settings_forget(s, &s->console_database_url);
	settings_forget(s, &s->redis_url);
}

static uint64_t one_a_processor(void)
{
	long count = sysconf(_SC_NPROCESSORS_ONLN);

	return count < 1 ? 1 : count > CREW_MOST ? CREW_MOST : (uint64_t)count;
}

static int work(struct command_context *context, const struct jobs_arguments *a,
		const struct master_key *master)
{
	char sheets[4096], printers[4096];
	const char *font = context->settings.label_font;
	const struct worker_options options = {
		.url = context->settings.jobs_database_url,
		.place = { .master = master,
			   .sheets = sheets,
			   .printers = printers,
			   .font = font[0] == '\0' ? NULL : font },
		.days = context->settings.job_days,
		.report_days = context->settings.report_days,
		.visit_minutes = context->settings.visit_minutes,
		.terms = { .scan_days = context->settings.scan_days,
			   .visitor_hours = context->settings.visitor_hours,
			   .check_days = context->settings.check_days },
		.once = a->once,
	};

	installed_path("conf/sheets", "/usr/share/suyuan/sheets", sheets, sizeof(sheets));
	installed_path("conf/printers", "/usr/share/suyuan/printers", printers, sizeof(printers));
	job_log("info", "suyuan jobs " SUYUAN_VERSION " begins, %u workers", (unsigned)a->workers);
	if (!crew_run(&options, (unsigned)a->workers))
		return command_fail(context, EXIT_BUSY, "the database cannot be reached");
	job_log("info", "suyuan jobs ends");
	return EXIT_OK;
}

static int run(struct command_context *context, int argc, char **argv)
{
	struct jobs_arguments a = { .workers = context->settings.job_workers };
	struct master_key master;
	char why[512];
	int status;

	if (!arguments_read(&command_jobs, rules, argc, argv, &a))
		return EXIT_USAGE;
	if (a.workers == 0)
		a.workers = one_a_processor();
	/* Whoever reads the log may go; the work goes on. */
	(void)signal(SIGPIPE, SIG_IGN);
	forget_secrets(&context->settings);
	if (context->config_path != NULL && rights_open_to_others(context->config_path))
		job_log("warning", "every user of this machine may read the settings: chmod o-rwx");
	if (!master_key_load(context->settings.master_key_file, &master, why, sizeof(why)))
		return command_fail(context, EXIT_FAILED, "%s", why);
	if (!rights_become(context->settings.jobs_run_as, why, sizeof(why))) {
		master_key_release(&master);
		return command_fail(context, EXIT_FAILED, "jobs_run_as: %s", why);
	}
	status = work(context, &a, &master);
	master_key_release(&master);
	return status;
}

const struct command command_jobs = {
	.name = "jobs",
	.arguments = "[--workers N] [--once]",
	.summary =
	    "the program that does long work: imports, label files, publishing, counting visits",
	.help =
	    "  --workers N   jobs at the same time, 1 to 64 (setting job_workers)\n"
	    "  --once        end when nothing is left to do\n\n"
	    "Beside the jobs, one more process counts visits and seals the log of changes; others "
	    "take\n"
	    "in reports, and look at pictures and PDFs that were uploaded.\n\n"
	    "Runs until SIGTERM or SIGINT, as a service does. Any number may run, on any number "
	    "of\n"
	    "machines; each needs the master key and a connection of its own to PostgreSQL (role\n"
	    "suyuan_jobs; no pooling by transaction). It may be killed at any moment: another goes "
	    "on\n"
	    "after the last finished file. One line of JSON an event on standard output.\n",
	.run = run,
};
