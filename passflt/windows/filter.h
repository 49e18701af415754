/*
 * The password filter that the Local Security Authority (lsass) loads.
 *
 *   lsass -> PasswordFilter -> exempt? switched off? -> pipe -> veto sidecar
 *                 |                                       |
 *              settings (registry)                 verdict, or the answer
 *                 |                                declared for its absence
 *              events (event log)
 *
 * An error here ends lsass and with it the domain controller. So there is no C
 * runtime, no lock, no thread and no state of our own: a call reads its
 * settings, asks once within one deadline, wipes what it copied and returns; a
 * cancelled operation gets a tenth of a second more, and is left alone then.
 * The exceptions are the pool thread that writes an event and the number of
 * events that wait for it (events.c).
 */
#ifndef VETO_FILTER_H
#define VETO_FILTER_H

#define WIN32_LEAN_AND_MEAN
#include <windows.h>
#include <ntsecapi.h>

#include "../protocol.h"

/* The operations, in the order of the events and settings. */
enum operation { CHANGE, SET, OPERATIONS };

/* Why there is no verdict. Each has a declared answer for each operation. */
enum cause { ABSENT, TIMEOUT, UNDECIDED, FOREIGN, CAUSES };

/* What a call came to. */
enum outcome { PASSED, REJECTED, AUDITED, ASSUMED_ACCEPT, ASSUMED_REJECT, EXEMPT, SWITCHED_OFF, OUTCOMES };

#define KEY L"SOFTWARE\\Veto\\Filter"

/* What an administrator declared; settings.c has the names and defaults. */
struct settings {
	DWORD off;
	DWORD timeout_ms;
	DWORD machine_accounts;
	DWORD accept[OPERATIONS][CAUSES];
	WCHAR pipe[64];
	WCHAR image[520];
	BYTE sid[SECURITY_MAX_SID_SIZE];
	DWORD ignored; /* values that could not be used, whose default holds */
};

/* One call. The caller's strings are only read. */
struct call {
	const UNICODE_STRING *account, *name, *password;
	enum operation operation;
	struct settings settings;
	ULONGLONG deadline; /* of GetTickCount64 */
	HANDLE pipe, done;
	OVERLAPPED *io; /* at the start of pages of their own, the frame behind it */
	BOOL pending;   /* the system may still write to io and frame */
	BYTE *frame;    /* request, then reply */
	SIZE_T frame_size;
	enum outcome outcome;
	const WCHAR *detail;     /* why there is no verdict, for the event */
	struct veto_reply reply; /* its codes lie in frame */
};

/* settings.c */
void read_settings(struct settings *s);
void note_loaded(void);
void note_call(enum outcome outcome);

/* pipe.c; assume answers as declared for want of a verdict */
void assume(struct call *c, enum cause cause, const WCHAR *detail);
void ask(struct call *c);
void hang_up(struct call *c);

/* server.c: NULL if the pipe's server is the one we trust, or what is wrong. */
const WCHAR *distrust(HANDLE pipe, const struct settings *s);

/* events.c */
void report_loaded(DWORD ignored);
void report_call(const struct call *c);

/* guard.S: 0, or 1 if f ended by an exception. */
int guard(void (*f)(void *), void *argument);

#endif
