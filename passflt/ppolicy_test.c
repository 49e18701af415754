/*
 * ppolicy_test calls check_password as slapd does, from several threads, with the password on standard input and
 * the value of pwdCheckModuleArg as argument, in which "%" stands for a NUL. It prints what each call said, one line for each different answer,
 * and then "left" for every copy of the password that it finds in its own memory, beside the one it holds. With
 * AddressSanitizer, whose memory cannot be read like that, it does not look.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct berval {
	unsigned long bv_len;
	char *bv_val;
};

int check_password(char *password, char **error, void *entry, const struct berval *argument);

enum { THREADS = 8, CALLS = 10, PASSWORD_MAX = 70000 };

static char *password;
static struct berval argument;

static void *call(void *unused)
{
	(void)unused;
	char *last = NULL;
	for (int i = 0; i < CALLS; i++) {
		char *error = NULL;
		int status = check_password(password, &error, NULL, &argument);
		char *said = NULL;
		if (asprintf(&said, "%d %s", status, error == NULL ? "-" : error) < 0)
			abort();
		free(error);
		if (last != NULL && strcmp(last, said) != 0)
			fprintf(stderr, "answers differ: %s, %s\n", last, said);
		free(last);
		last = said;
	}
	return last;
}

/* count tells how often the password is in the memory that can be written. */
static int count(void)
{
#ifdef __SANITIZE_ADDRESS__
	return 1;
#endif
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[512];
	int found = 0;
	size_t size = strlen(password);
	while (maps != NULL && fgets(line, sizeof line, maps) != NULL) {
		unsigned long from, to;
		char mode[5];
		if (sscanf(line, "%lx-%lx %4s", &from, &to, mode) != 3 || mode[0] != 'r' || mode[1] != 'w' || strstr(line, "[v"))
			continue;
		for (char *at = (char *)from; (at = memmem(at, to - (unsigned long)at, password, size)) != NULL; at++)
			found++;
	}
	if (maps != NULL)
		fclose(maps);
	return found;
}

int main(int argc, char **argv)
{
	password = calloc(1, PASSWORD_MAX);
	if (password == NULL || argc != 2)
		return 2;
	if (read(STDIN_FILENO, password, PASSWORD_MAX - 1) < 0)
		return 2;
	argument = (struct berval){strlen(argv[1]), argv[1]};
	for (char *at = argv[1]; (at = strchr(at, '%')) != NULL;)
		*at = '\0';
	pthread_t threads[THREADS];
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, call, NULL) != 0)
			return 2;
	char *first = NULL;
	for (int i = 0; i < THREADS; i++) {
		void *said;
		pthread_join(threads[i], &said);
		if (first == NULL || strcmp(first, said) != 0)
			puts(said);
		free(first);
		first = said;
	}
	free(first);
	free(call(NULL)); /* stacks of other threads are gone */
	for (int copies = *password == '\0' ? 1 : count(); copies > 1; copies--)
		puts("left");
	free(password);
	return 0;
}
