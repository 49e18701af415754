/*
 * client_test asks about the password on standard input as each client does: the first argument is the number of
 * the operation, or "-" for a client that is not told it; options follow. It prints "open" or "closed" as the
 * answer for want of a verdict, "accept" or "reject" with one, or what is wrong with an option. Signals interrupt it
 * all the time.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "client.h"

static void ignore(int signal)
{
	(void)signal;
}

static void interrupt(void)
{
	sigaction(SIGALRM, &(struct sigaction){.sa_handler = ignore}, NULL); /* no SA_RESTART */
	setitimer(ITIMER_REAL, &(struct itimerval){{0, 1000}, {0, 1000}}, NULL);
}

int main(int argc, char **argv)
{
	static char password[VETO_REQUEST_MAX];
	ssize_t size = read(STDIN_FILENO, password, sizeof password);
	if (argc < 2 || size < 0)
		return 2;
	struct veto_client client = veto_client_default();
	client.by_operation = strcmp(argv[1], "-") != 0;
	for (int i = 2; i < argc; i++) {
		const char *wrong = veto_client_set(&client, argv[i]);
		if (wrong != NULL) {
			puts(wrong);
			return 2;
		}
	}
	struct veto_request request = {
		.operation = client.by_operation ? (enum veto_operation)atoi(argv[1]) : VETO_OPERATION_UNKNOWN,
		.account = {"jdoe", 4},
		.password = {password, (size_t)size},
	};
	struct veto_verdict verdict;
	interrupt();
	bool accept = veto_check(&client, &request, &verdict);
	veto_log(&client, "client_test", &request, &verdict);
	setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL);
	if (verdict.cause == VETO_CAUSE_VERDICT)
		puts(accept ? "accept" : "reject");
	else
		puts(accept ? "open" : "closed");
	return 0;
}
