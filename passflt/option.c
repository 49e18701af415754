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
		.answers[VETO_OPERATION_LOGIN] = {
			/* a sidecar that is down must not lock people out */
			[VETO_CAUSE_LONG] = VETO_ANSWER_OPEN,
			[VETO_CAUSE_ABSENT] = VETO_ANSWER_OPEN,
			[VETO_CAUSE_TIMEOUT] = VETO_ANSWER_OPEN,
			[VETO_CAUSE_UNDECIDED] = VETO_ANSWER_OPEN,
			[VETO_CAUSE_FOREIGN] = VETO_ANSWER_OPEN,
		},
	};
}

#define ANSWER(key, operation, cause) \
	{key, key ": must be open or closed", VETO_OPERATION_##operation, VETO_CAUSE_##cause}

/* Operations and causes are in the words of the sidecar's configuration and of the filter for Windows. */
static const struct {
	const char *key, *wrong;
	enum veto_operation operation; /* unknown: all but a login */
	enum veto_cause cause;
} answers[] = {
	ANSWER("fail_absent", UNKNOWN, ABSENT),
	ANSWER("fail_timeout", UNKNOWN, TIMEOUT),
	ANSWER("fail_undecided", UNKNOWN, UNDECIDED),
	ANSWER("fail_foreign", UNKNOWN, FOREIGN),
	ANSWER("fail_set_absent", SET, ABSENT),
	ANSWER("fail_set_timeout", SET, TIMEOUT),
	ANSWER("fail_set_undecided", SET, UNDECIDED),
	ANSWER("fail_set_foreign", SET, FOREIGN),
	ANSWER("fail_change_absent", CHANGE, ABSENT),
	ANSWER("fail_change_timeout", CHANGE, TIMEOUT),
	ANSWER("fail_change_undecided", CHANGE, UNDECIDED),
	ANSWER("fail_change_foreign", CHANGE, FOREIGN),
	ANSWER("fail_login_absent", LOGIN, ABSENT),
	ANSWER("fail_login_timeout", LOGIN, TIMEOUT),
	ANSWER("fail_login_undecided", LOGIN, UNDECIDED),
	ANSWER("fail_login_foreign", LOGIN, FOREIGN),
};

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

/* set_answer keeps the value of the option that row i of the table tells of. */
static const char *set_answer(struct veto_client *client, size_t i, const char *value)
{
	if (answers[i].operation != VETO_OPERATION_UNKNOWN && !client->by_operation)
		return "fail_...: this client is not told the operation; there are fail_absent, fail_timeout, fail_undecided, "
		       "fail_foreign for all";
	bool open = strcmp(value, "open") == 0;
	if (!open && strcmp(value, "closed") != 0)
		return answers[i].wrong;
	client->answers[answers[i].operation][answers[i].cause] = open ? VETO_ANSWER_OPEN : VETO_ANSWER_CLOSED;
	return NULL;
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
	for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++)
		if ((value = value_of(option, answers[i].key)) != NULL)
			return set_answer(client, i, value);
	return "unknown option; there are socket, log, timeout_ms, server_uid, fail_absent, fail_timeout, fail_undecided, "
	       "fail_foreign, and with PAM the last four for one operation, as fail_set_absent";
}
