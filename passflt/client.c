#define _GNU_SOURCE
#include "client.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

int64_t veto_now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool veto_wait(int fd, short events, int64_t deadline)
{
	for (;;) {
		int64_t left = deadline - veto_now_ms();
		if (left <= 0)
			return false;
		struct pollfd ready = {.fd = fd, .events = events};
		int n = poll(&ready, 1, (int)left);
		if (n > 0)
			return true;
		if (n < 0 && errno != EINTR)
			return false;
	}
}

/* dial connects the socket. A full backlog makes connect wait, for which SO_SNDTIMEO is the limit. */
static enum veto_cause dial(int fd, const struct veto_client *client, int64_t deadline)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	memcpy(address.sun_path, client->socket, sizeof address.sun_path);
	for (bool first = true;; first = false) {
		int64_t left = deadline - veto_now_ms();
		if (left <= 0 && !first)
			return VETO_CAUSE_TIMEOUT;
		if (left <= 0)
			left = 1; /* stopped before it could try; 0 were no limit */
		struct timeval limit = {.tv_sec = left / 1000, .tv_usec = left % 1000 * 1000};
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
		if (connect(fd, (const struct sockaddr *)&address, sizeof address) == 0)
			break;
		if (errno == EAGAIN)
			return VETO_CAUSE_TIMEOUT;
		if (errno != EINTR)
			return VETO_CAUSE_ABSENT;
	}
	struct ucred server; /* of who called listen */
	socklen_t size = sizeof server;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &server, &size) != 0 ||
	    (server.uid != 0 && server.uid != client->server_uid))
		return VETO_CAUSE_FOREIGN;
	return VETO_CAUSE_VERDICT;
}

static enum veto_cause send_all(int fd, const unsigned char *frame, size_t size, int64_t deadline)
{
	for (size_t sent = 0; sent < size;) {
		ssize_t n = send(fd, frame + sent, size - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n >= 0)
			sent += (size_t)n;
		else if (errno == EAGAIN && !veto_wait(fd, POLLOUT, deadline))
			return VETO_CAUSE_TIMEOUT;
		else if (errno != EAGAIN && errno != EINTR)
			return VETO_CAUSE_BROKEN;
	}
	return VETO_CAUSE_VERDICT;
}

/*
 * receive reads one reply. What is there counts, however late: the owner of a process can stop it until the deadline
 * has passed. The buffer has room for one byte more than the longest, so that one too many shows.
 */
static enum veto_cause receive(int fd, struct veto_verdict *verdict, int64_t deadline)
{
	unsigned char buffer[VETO_REPLY_MAX + 1];
	struct veto_reply reply;
	for (size_t size = 0;;) {
		bool late = veto_now_ms() >= deadline;
		ssize_t n = recv(fd, buffer + size, sizeof buffer - size, MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
			if (late)
				return VETO_CAUSE_TIMEOUT;
			veto_wait(fd, POLLIN, deadline);
			continue;
		}
		if (n <= 0)
			return VETO_CAUSE_BROKEN;
		size += (size_t)n;
		enum veto_parsed parsed = veto_reply_parse(buffer, size, &reply);
		if (parsed == VETO_PARSED_MALFORMED)
			return VETO_CAUSE_BROKEN;
		if (parsed == VETO_PARSED_WHOLE)
			break;
	}
	memcpy(verdict->codes, reply.codes, reply.codes_size);
	verdict->codes[reply.codes_size] = '\0';
	verdict->accept = reply.decision == VETO_DECISION_ACCEPT;
	return reply.decision == VETO_DECISION_UNDECIDED ? VETO_CAUSE_UNDECIDED : VETO_CAUSE_VERDICT;
}

static enum veto_cause ask(const struct veto_client *client, const struct veto_request *request,
	struct veto_verdict *verdict)
{
	int64_t deadline = veto_now_ms() + client->timeout_ms;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return VETO_CAUSE_BROKEN; /* who is limited to few files must not look like a sidecar that is down */
	enum veto_cause cause = dial(fd, client, deadline);
	if (cause == VETO_CAUSE_VERDICT) {
		unsigned char frame[VETO_REQUEST_MAX];
		size_t size = veto_request_write(request, frame, sizeof frame);
		cause = send_all(fd, frame, size, deadline);
		explicit_bzero(frame, size);
	}
	if (cause == VETO_CAUSE_VERDICT && veto_now_ms() >= deadline)
		deadline = veto_now_ms() + client->timeout_ms; /* the process was stopped, not the sidecar slow */
	if (cause == VETO_CAUSE_VERDICT)
		cause = receive(fd, verdict, deadline);
	close(fd);
	return cause;
}

/* declared tells what the operator wants for want of a verdict: for the operation, else for all. */
static bool declared(const struct veto_client *client, enum veto_operation operation, enum veto_cause cause)
{
	if (cause == VETO_CAUSE_BROKEN)
		cause = VETO_CAUSE_UNDECIDED;
	unsigned char answer = client->answers[operation][cause];
	if (answer == VETO_ANSWER_UNDECLARED)
		answer = client->answers[VETO_OPERATION_UNKNOWN][cause];
	return answer == VETO_ANSWER_OPEN;
}

bool veto_check(const struct veto_client *client, const struct veto_request *request, struct veto_verdict *verdict)
{
	verdict->accept = false;
	verdict->codes[0] = '\0';
	if (request->password.size == 0)
		verdict->cause = VETO_CAUSE_EMPTY;
	else if (veto_request_size(request) == 0)
		verdict->cause = VETO_CAUSE_LONG;
	else
		verdict->cause = ask(client, request, verdict);
	if (verdict->cause != VETO_CAUSE_VERDICT)
		verdict->accept = declared(client, request->operation, verdict->cause);
	return verdict->accept;
}
