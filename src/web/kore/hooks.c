/* Where the renamed names of hooks.h arrive. Lives in Kore's library, knows nothing of ours. */
#include "web/kore/hooks.h"

#include <stdarg.h>
#include <stdint.h>
#include <sys/mman.h>

extern void kore_timer_init(void);
extern struct kore_timer *kore_timer_add(void (*call)(void *, uint64_t), uint64_t ms, void *arg,
					 int flags);

struct kore_hooks kore_hooks;

int kore_hook_print(const char *format, ...)
{
	char text[2048];
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (length < 0)
		return length;
	if ((size_t)length >= sizeof(text))
		length = (int)sizeof(text) - 1;
	while (length > 0 && text[length - 1] == '\n')
		length--;
	if (kore_hooks.print != NULL)
		kore_hooks.print(text, (size_t)length);
	return length;
}

static void tick(void *arg, uint64_t now)
{
	(void)arg;
	(void)now;
	kore_hooks.parent_tick();
}

void kore_hook_parent_timers(void)
{
	kore_timer_init();
	(void)kore_timer_add(tick, KORE_PARENT_TICK_MS, NULL, 0);
}

void kore_hook_worker_born(void)
{
	kore_hooks.worker_born();
}

void kore_hook_worker_confine(void)
{
	kore_hooks.worker_confine();
}

static size_t table_size;

int kore_hook_shmget(key_t key, size_t size, int flags)
{
	(void)key;
	(void)flags;
	table_size = size;
	return 0;
}

void *kore_hook_shmat(int id, const void *at, int flags)
{
	(void)id;
	(void)at;
	(void)flags;
	return mmap(NULL, table_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

int kore_hook_shmctl(int id, int command, struct shmid_ds *buffer)
{
	(void)id;
	(void)command;
	(void)buffer;
	return 0;
}
