#define _GNU_SOURCE
#include "client.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

/*
 * send_line is syslog without its waiting and without its heap: a log that hangs must not hold a password change.
 * The time is left to the receiver, as RFC 3164 (4.3.2) provides.
 */
static void send_line(const char *path, const char *program, int level, const char *text)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	memcpy(address.sun_path, path, sizeof address.sun_path);
	char line[256 + VETO_CODES_MAX];
	int size = snprintf(line, sizeof line, "<%d>%s[%ld]: %s", LOG_AUTHPRIV | level, program, (long)getpid(), text);
	if (size < 0)
		return;
	if ((size_t)size >= sizeof line)
		size = sizeof line - 1;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return;
	(void)!sendto(fd, line, (size_t)size, MSG_NOSIGNAL, (const struct sockaddr *)&address, sizeof address);
	close(fd);
}

enum { ACCOUNT_MAX = 64 };

/* copy_account makes the account fit for a line of a log: short, one word, printable ASCII. */
static void copy_account(const struct veto_request *request, char account[ACCOUNT_MAX + 1])
{
	const unsigned char *from = request->account.data;
	size_t size = request->account.size;
	struct veto_bytes password = request->password;
	if (size == 0 || (password.size != 0 && memmem(from, size, password.data, password.size) != NULL)) {
		strcpy(account, "-");
		return;
	}
	if (size > ACCOUNT_MAX)
		size = ACCOUNT_MAX;
	for (size_t i = 0; i < size; i++)
		account[i] = from[i] > ' ' && from[i] < 0x7f ? (char)from[i] : '?';
	account[size] = '\0';
}

static const char *const cause_words[] = {
	[VETO_CAUSE_VERDICT] = "verdict",
	[VETO_CAUSE_EMPTY] = "empty",
	[VETO_CAUSE_LONG] = "long",
	[VETO_CAUSE_FOREIGN] = "foreign",
	[VETO_CAUSE_ABSENT] = "absent",
	[VETO_CAUSE_TIMEOUT] = "timeout",
	[VETO_CAUSE_UNDECIDED] = "undecided",
	[VETO_CAUSE_BROKEN] = "broken",
};

static const char *const operation_words[] = {
	[VETO_OPERATION_UNKNOWN] = "unknown",
	[VETO_OPERATION_SET] = "set",
	[VETO_OPERATION_CHANGE] = "change",
	[VETO_OPERATION_LOGIN] = "login",
};

void veto_log(const struct veto_client *client, const char *program, const struct veto_request *request,
	const struct veto_verdict *verdict)
{
	char account[ACCOUNT_MAX + 1];
	copy_account(request, account);
	bool audited = verdict->cause == VETO_CAUSE_VERDICT && verdict->accept && verdict->codes[0] != '\0';
	char text[192 + VETO_CODES_MAX];
	snprintf(text, sizeof text, "decision=%s%s cause=%s operation=%s account=%s codes=%s",
		verdict->accept ? "accept" : "reject", audited ? " would=reject" : "", cause_words[verdict->cause],
		operation_words[request->operation], account, verdict->codes[0] != '\0' ? verdict->codes : "-");
	send_line(client->log, program, verdict->cause == VETO_CAUSE_VERDICT ? LOG_INFO : LOG_WARNING, text);
}

void veto_log_error(const struct veto_client *client, const char *program, const char *text)
{
	send_line(client->log, program, LOG_ERR, text);
}
