#include "client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct veto_client veto_client_default(void)
{
	return (struct veto_client){
		.socket = "/run/veto/veto.sock",
		.log = "/dev/log",
		.timeout_ms = 1000,
	};
}

/* value_of returns what follows "KEY=" in the option, or NULL if it begins otherwise. */
static const char *value_of(const char *option, const char *key)
{
	for (; *key != '\0'; option++, key++)
		if (*option != *key && !(*option == '-' && *key == '_'))
			return NULL;
	return *option == '=' ? option + 1 : NULL;
}

static bool set_number(const char *value, long least, long most, long *number)
{
	char *end;
	if (*value < '0' || *value > '9')
		return false;
	errno = 0;
	*number = strtol(value, &end, 10);
	return errno == 0 && *end == '\0' && *number >= least && *number <= most;
}

static bool set_path(const char *value, char path[sizeof((struct veto_client *)0)->socket])
{
	size_t size = strlen(value);
	if (*value != '/' || size >= sizeof((struct veto_client *)0)->socket)
		return false;
	memcpy(path, value, size + 1);
	return true;
}

static bool set_answer(const char *value, bool *open)
{
	*open = strcmp(value, "open") == 0;
	return *open || strcmp(value, "closed") == 0;
}

const char *veto_client_set(struct veto_client *client, const char *option)
{
	const char *value;
	long number;
	if ((value = value_of(option, "socket")) != NULL)
		return set_path(value, client->socket) ? NULL : "socket: must be an absolute path of at most 107 bytes";
	if ((value = value_of(option, "log")) != NULL)
		return set_path(value, client->log) ? NULL : "log: must be an absolute path of at most 107 bytes";
	if ((value = value_of(option, "timeout_ms")) != NULL) {
		if (!set_number(value, 1, 9000, &number))
			return "timeout_ms: must be a whole number from 1 to 9000";
		client->timeout_ms = (int)number;
		return NULL;
	}
	if ((value = value_of(option, "server_uid")) != NULL) {
		if (!set_number(value, 0, 4294967294, &number))
			return "server_uid: must be the number of a user";
		client->server_uid = (uid_t)number;
		return NULL;
	}
	if ((value = value_of(option, "fail_absent")) != NULL)
		return set_answer(value, &client->open_absent) ? NULL : "fail_absent: must be open or closed";
	if ((value = value_of(option, "fail_timeout")) != NULL)
		return set_answer(value, &client->open_timeout) ? NULL : "fail_timeout: must be open or closed";
	if ((value = value_of(option, "fail_undecided")) != NULL)
		return set_answer(value, &client->open_undecided) ? NULL : "fail_undecided: must be open or closed";
	return "unknown option; there are socket, log, timeout_ms, server_uid, fail_absent, fail_timeout, fail_undecided";
}
