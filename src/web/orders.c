/* The memory that the supervisor shares with Kore's parent and the workers. */
#include "web/orders.h"

#include <fcntl.h>
#include <openssl/rand.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

/* Not in Debian 12's <fcntl.h>; Linux 5.1. */
#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

struct orders {
	_Atomic unsigned draining;
	_Atomic unsigned beside;
	_Atomic unsigned generation; /* odd while it is being written */
	unsigned char ticket_keys[ORDERS_TICKET_KEYS];
	size_t certificate_length, key_length;
	char certificate[ORDERS_CERTIFICATE_MAXIMUM];
	char key[ORDERS_KEY_MAXIMUM];
};

static int memory_fd = -1;
static struct orders *writable;	      /* in the supervisor only */
static const struct orders *readable; /* everywhere */
static struct reports *reports;
static volatile sig_atomic_t succeeded;

bool orders_open(void)
{
	memory_fd = memfd_create("suyuan-orders", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (memory_fd < 0 || ftruncate(memory_fd, sizeof(struct orders)) != 0)
		return false;
	writable = mmap(NULL, sizeof(*writable), PROT_READ | PROT_WRITE, MAP_SHARED, memory_fd, 0);
	if (writable == MAP_FAILED)
		return false;
	/* Children do not inherit the writable mapping and cannot make another. */
	if (madvise(writable, sizeof(*writable), MADV_DONTFORK) != 0 ||
	    madvise(writable, sizeof(*writable), MADV_DONTDUMP) != 0 ||
	    fcntl(memory_fd, F_ADD_SEALS,
		  F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL) != 0)
		return false;
	readable = writable;
	reports =
	    mmap(NULL, sizeof(*reports), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return reports != MAP_FAILED;
}

bool orders_attach(void)
{
	void *at = mmap(NULL, sizeof(*readable), PROT_READ, MAP_SHARED, memory_fd, 0);

	if (at == MAP_FAILED)
		return false;
	writable = NULL;
	readable = at;
	(void)madvise(at, sizeof(*readable), MADV_DONTDUMP);
	close(memory_fd);
	memory_fd = -1;
	return true;
}

void orders_set_identity(struct slice certificate, struct slice key)
{
	if (writable->generation == 0 &&
	    RAND_bytes(writable->ticket_keys, sizeof(writable->ticket_keys)) != 1)
		abort();
	writable->generation++;
	memcpy(writable->certificate, certificate.data, certificate.length);
	memcpy(writable->key, key.data, key.length);
	writable->certificate_length = certificate.length;
	writable->key_length = key.length;
	writable->generation++;
}

void orders_drain(void)
{
	writable->draining = 1;
}

void orders_set_beside(bool beside)
{
	writable->beside = beside;
}

/*
 * The supervisor that shared this memory has become another program by then, which cannot write
 * to it any more: so this order is a signal.
 */
static void hear(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)context;
	if (info->si_pid == getppid())
		succeeded = 1;
}

void orders_expect_successor(void)
{
	struct sigaction action = { .sa_sigaction = hear, .sa_flags = SA_SIGINFO | SA_RESTART };

	sigemptyset(&action.sa_mask);
	(void)sigaction(SIGUSR2, &action, NULL);
}

bool orders_succeeded(void)
{
	return succeeded != 0;
}

bool orders_draining(void)
{
	return succeeded != 0 || (readable != NULL && readable->draining != 0);
}

bool orders_beside(void)
{
	return readable->beside != 0;
}

unsigned orders_generation(void)
{
	return readable->generation;
}

struct reports *orders_reports(void)
{
	return reports;
}

void identity_release(struct identity *i)
{
	if (i == NULL || i->memory == NULL)
		return;
	explicit_bzero(i->memory, i->size);
	free(i->memory);
	*i = (struct identity){ .generation = 0 };
}

/* False when the supervisor was writing meanwhile. */
static bool copy_once(struct identity *i)
{
	unsigned before = readable->generation;
	size_t certificate = readable->certificate_length, key = readable->key_length;

	if (before == 0 || before % 2 != 0 || certificate > sizeof(readable->certificate) ||
	    key > sizeof(readable->key))
		return false;
	memcpy(i->memory, readable->certificate, certificate);
	memcpy(i->memory + certificate, readable->key, key);
	memcpy(i->ticket_keys, readable->ticket_keys, sizeof(i->ticket_keys));
	i->certificate = (struct slice){ i->memory, certificate };
	i->key = (struct slice){ i->memory + certificate, key };
	i->generation = before;
	return readable->generation == before;
}

bool orders_copy_identity(struct identity *ret_identity)
{
	struct identity i = { .size = ORDERS_CERTIFICATE_MAXIMUM + ORDERS_KEY_MAXIMUM };

	i.memory = malloc(i.size);
	if (i.memory == NULL)
		return false;
	for (unsigned attempt = 0; attempt < 1000; attempt++) {
		if (copy_once(&i)) {
			*ret_identity = i;
			return true;
		}
	}
	identity_release(&i);
	return false;
}
