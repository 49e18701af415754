/*
 * A client of the local endpoint for Linux: what the Samba program, the OpenLDAP module and the PAM module share.
 *
 *   options ──> veto_client ──┐
 *   password, account ────────┴─> veto_check ──> veto_verdict ──┬─> accept or not
 *                                                               ├─> veto_log      a line in the system's log
 *                                                               └─> veto_sentence what to tell the person
 *
 * One deadline holds for connecting, sending and receiving. Nothing is sent to a server that runs as another
 * user than root or the one configured. A password is neither kept, logged nor measured; the copy that is sent
 * is wiped. There is no global state: all functions are safe to call from several threads.
 */
#ifndef VETO_CLIENT_H
#define VETO_CLIENT_H

#include <stdbool.h>
#include <sys/types.h>
#include <sys/un.h>

#include "protocol.h"

/* Why a verdict is what it is. */
enum veto_cause {
	VETO_CAUSE_VERDICT,   /* the endpoint decided */
	VETO_CAUSE_EMPTY,     /* no password at all: refused, whatever is declared */
	VETO_CAUSE_LONG,      /* longer than the protocol allows: refused, whatever is declared, but for a login */
	VETO_CAUSE_ABSENT,    /* nobody listens: answered as declared, like those below */
	VETO_CAUSE_TIMEOUT,   /* no answer within the deadline */
	VETO_CAUSE_UNDECIDED, /* the endpoint said that it cannot decide */
	VETO_CAUSE_FOREIGN,   /* the server is another user's, and was not told the password */
	VETO_CAUSE_BROKEN,    /* no connection to be had, ended early, or a malformed answer: declared as undecided */
	VETO_CAUSES,
};

enum { VETO_OPERATIONS = VETO_OPERATION_LOGIN + 1 };

/* What holds for want of a verdict. */
enum veto_answer { VETO_ANSWER_UNDECLARED, VETO_ANSWER_CLOSED, VETO_ANSWER_OPEN };

/* Settings of a client. Get the defaults from veto_client_default. */
struct veto_client {
	char socket[sizeof(((struct sockaddr_un *)0)->sun_path)]; /* default /run/veto/veto.sock */
	char log[sizeof(((struct sockaddr_un *)0)->sun_path)];    /* default /dev/log */
	int timeout_ms;         /* 1 to 9000, default 1000 */
	uid_t server_uid;       /* whom the server may run as, besides root; default root */
	bool by_operation;      /* the caller knows operations: answers may be declared for each; default false */
	/*
	 * The declared answers; undeclared is closed. Those of VETO_OPERATION_UNKNOWN hold for all operations that have
	 * none of their own. By default a login has its own, open.
	 */
	unsigned char answers[VETO_OPERATIONS][VETO_CAUSES];
};

struct veto_verdict {
	bool accept;
	enum veto_cause cause;
	char codes[VETO_CODES_MAX + 1]; /* of the reasons; with accept: audit mode, would have been refused */
};

struct veto_client veto_client_default(void);

/*
 * veto_client_set reads one option, KEY=VALUE, of those in option.c; "-" in a key is the same as "_". Of the same
 * key the last one holds. It returns NULL, or what is wrong with the option and how to write it.
 */
const char *veto_client_set(struct veto_client *client, const char *option);

/* veto_now_ms returns the time of the monotonic clock. */
int64_t veto_now_ms(void);

/* veto_wait waits until fd is ready for events or the time of the deadline has come, and tells whether it is. */
bool veto_wait(int fd, short events, int64_t deadline);

/* veto_check asks the endpoint and returns at most timeout_ms later, with verdict set. It returns verdict->accept. */
bool veto_check(const struct veto_client *client, const struct veto_request *request, struct veto_verdict *verdict);

/*
 * veto_log sends a line about a verdict to the system's log: decision, cause, operation, account and codes. It never
 * waits: if the log is busy or absent, the line is lost. The account is left out if it holds the password.
 */
void veto_log(const struct veto_client *client, const char *program, const struct veto_request *request,
	const struct veto_verdict *verdict);

/* veto_log_error sends a line about a mistake in the configuration to the system's log. */
void veto_log_error(const struct veto_client *client, const char *program, const char *text);

enum { VETO_SENTENCE_MAX = 512 };

/* veto_sentence writes why a password was refused, in English, for the person who chose it. It is cut to fit. */
void veto_sentence(const struct veto_verdict *verdict, char sentence[VETO_SENTENCE_MAX]);

#endif
