/*
 * veto-samba-check answers Samba's "check password script" by the local endpoint: exit status 0 accepts the
 * password on standard input, anything else refuses it.
 *
 *	check password script = exec /usr/lib/veto/veto-samba-check [--KEY=VALUE ...]
 *
 * Samba 4.17 waits 10 s for it, and holds all other changes of the directory meanwhile; writing to a program
 * that doesn't read its input to the end fails now and then. Hence the deadlines, one for the reading and one for
 * the answer, and the reading.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../client.h"

#define PROGRAM "veto-samba-check"

enum { ACCEPT = 0, REJECT = 1, USAGE = 2 };

/*
 * read_all reads standard input to its end. Returns the bytes, or one more than capacity if there were too many or
 * the rest cannot be read until the deadline: part of a password is none.
 */
static size_t read_all(unsigned char *buffer, size_t capacity, int64_t deadline)
{
	size_t size = 0;
	unsigned char rest[4096];
	for (;;) {
		bool full = size >= capacity;
		if (!veto_wait(STDIN_FILENO, POLLIN, deadline)) {
			size = capacity + 1;
			break;
		}
		ssize_t n = read(STDIN_FILENO, full ? rest : buffer + size, full ? sizeof rest : capacity - size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0)
			break;
		if (n < 0) {
			size = capacity + 1;
			break;
		}
		size = full ? capacity + 1 : size + (size_t)n;
	}
	explicit_bzero(rest, sizeof rest);
	return size;
}

static struct veto_bytes environment(const char *name)
{
	const char *value = getenv(name);
	return value == NULL ? (struct veto_bytes){0} : (struct veto_bytes){value, strlen(value)};
}

/* set_options reads the command line. Returns NULL, or what is wrong with it. */
static const char *set_options(struct veto_client *client, int count, char **options)
{
	for (int i = 1; i < count; i++) {
		if (strncmp(options[i], "--", 2) != 0)
			return "options are written --KEY=VALUE";
		const char *wrong = veto_client_set(client, options[i] + 2);
		if (wrong != NULL)
			return wrong;
	}
	return NULL;
}

/* hide keeps the password out of core files, debuggers of the same user, and swap. */
static void hide(void)
{
	prctl(PR_SET_DUMPABLE, 0);
	setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
	mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT);
}

int main(int argc, char **argv)
{
	static unsigned char password[VETO_REQUEST_MAX + 1]; /* so that a size too long lies within */
	hide();
	struct veto_client client = veto_client_default();
	const char *wrong = set_options(&client, argc, argv);
	size_t size = read_all(password, VETO_REQUEST_MAX, veto_now_ms() + client.timeout_ms);
	if (wrong != NULL) {
		explicit_bzero(password, sizeof password);
		veto_log_error(&client, PROGRAM, wrong);
		fprintf(stderr, PROGRAM ": %s\n", wrong);
		return USAGE;
	}
	struct veto_request request = {
		.operation = VETO_OPERATION_UNKNOWN, /* Samba does not tell */
		.encoding = VETO_ENCODING_UTF8,
		.account = environment("SAMBA_CPS_ACCOUNT_NAME"),
		.name = environment("SAMBA_CPS_FULL_NAME"),
		.password = {password, size},
	};
	struct veto_verdict verdict;
	bool accept = veto_check(&client, &request, &verdict);
	veto_log(&client, PROGRAM, &request, &verdict);
	explicit_bzero(password, sizeof password);
	return accept ? ACCEPT : REJECT;
}
