/* One request over the named pipe of the service, within one deadline. */
#include "filter.h"

enum { CANCEL_MS = 100 }; /* for the end of what was cancelled, beyond the deadline */

static DWORD remaining(const struct call *c)
{
	ULONGLONG now = GetTickCount64();
	return now < c->deadline ? (DWORD)(c->deadline - now) : 0;
}

void assume(struct call *c, enum cause cause, const WCHAR *detail)
{
	c->outcome = c->settings.accept[c->operation][cause] ? ASSUMED_ACCEPT : ASSUMED_REJECT;
	c->detail = detail;
}

/* refuse answers whatever is declared: the fault is the password's. */
static void refuse(struct call *c, const WCHAR *detail)
{
	c->outcome = ASSUMED_REJECT;
	c->detail = detail;
}

/* connect opens the pipe, or waits until one of its instances is free. */
static BOOL connect(struct call *c)
{
	static const WCHAR prefix[] = L"\\\\.\\pipe\\";
	WCHAR path[ARRAYSIZE(prefix) + ARRAYSIZE(c->settings.pipe)];
	memcpy(path, prefix, sizeof prefix);
	memcpy(path + ARRAYSIZE(prefix) - 1, c->settings.pipe, sizeof c->settings.pipe);
	for (;;) {
		c->pipe = CreateFileW(path, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING,
				      FILE_FLAG_OVERLAPPED | SECURITY_SQOS_PRESENT | SECURITY_ANONYMOUS, NULL);
		if (c->pipe != INVALID_HANDLE_VALUE)
			return TRUE;
		DWORD error = GetLastError(), left = remaining(c);
		if (error == ERROR_ACCESS_DENIED)
			return assume(c, FOREIGN, L"foreign server: it denies access"), FALSE;
		if (error != ERROR_PIPE_BUSY)
			return assume(c, ABSENT, L"service absent"), FALSE;
		if (left == 0)
			return assume(c, TIMEOUT, L"time-out: service busy"), FALSE;
		if (!WaitNamedPipeW(path, left)) /* the next attempt says why */
			Sleep(1);
	}
}

/*
 * await completes the read or write that was begun, and returns its bytes or 0. What
 * is not known to have ended stays pending, whatever the waiting says.
 */
static DWORD await(struct call *c, BOOL begun)
{
	DWORD n = 0;
	BOOL under_way = begun || GetLastError() == ERROR_IO_PENDING;
	if (under_way) { /* else io says nothing */
		DWORD woken = WaitForSingleObject(c->done, remaining(c));
		if (woken == WAIT_TIMEOUT)
			return assume(c, TIMEOUT, L"time-out: no answer"), 0;
		if (woken != WAIT_OBJECT_0)
			return assume(c, UNDECIDED, L"waiting failed"), 0;
		if (!GetOverlappedResult(c->pipe, c->io, &n, FALSE))
			n = 0;
	}
	c->pending = under_way && !HasOverlappedIoCompleted(c->io);
	if (n == 0)
		assume(c, UNDECIDED, L"service ended the connection");
	return n;
}

static BOOL send(struct call *c, SIZE_T size)
{
	for (SIZE_T sent = 0; sent < size;) {
		c->pending = TRUE;
		DWORD n = await(c, WriteFile(c->pipe, c->frame + sent, (DWORD)(size - sent), NULL, c->io));
		if (n == 0)
			return FALSE;
		sent += n;
	}
	return TRUE;
}

/* receive reads the reply into the room behind the request. */
static void receive(struct call *c)
{
	BYTE *reply = c->frame + c->frame_size - VETO_REPLY_MAX;
	SIZE_T size = 0;
	enum veto_parsed parsed;
	while ((parsed = veto_reply_parse(reply, size, &c->reply)) == VETO_PARSED_PART) {
		c->pending = TRUE;
		DWORD n = await(c, ReadFile(c->pipe, reply + size, (DWORD)(VETO_REPLY_MAX - size), NULL, c->io));
		if (n == 0)
			return;
		size += n;
	}
	if (parsed == VETO_PARSED_MALFORMED)
		assume(c, UNDECIDED, L"malformed answer");
	else if (c->reply.decision == VETO_DECISION_UNDECIDED)
		assume(c, UNDECIDED, L"service cannot decide");
	else if (c->reply.decision == VETO_DECISION_REJECT)
		c->outcome = REJECTED;
	else
		c->outcome = c->reply.codes_size ? AUDITED : PASSED;
}

static struct veto_bytes bytes(const UNICODE_STRING *s)
{
	return s ? (struct veto_bytes){s->Buffer, s->Length} : (struct veto_bytes){NULL, 0};
}

/* compose writes the request into pages that are wiped by hang_up, and returns its size. */
static SIZE_T compose(struct call *c)
{
	struct veto_request request = {
		.operation = c->operation == SET ? VETO_OPERATION_SET : VETO_OPERATION_CHANGE,
		.encoding = VETO_ENCODING_UTF16LE,
		.account = bytes(c->account),
		.name = bytes(c->name),
		.password = bytes(c->password),
	};
	SIZE_T size = veto_request_size(&request);
	if (size == 0)
		return refuse(c, L"request too long"), 0;
	c->frame_size = size + VETO_REPLY_MAX;
	c->io = VirtualAlloc(NULL, sizeof *c->io + c->frame_size, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE);
	if (!c->io)
		return assume(c, UNDECIDED, L"out of memory"), 0;
	c->io->hEvent = c->done;
	c->frame = (BYTE *)(c->io + 1);
	VirtualLock(c->io, sizeof *c->io + c->frame_size); /* keeps it off the disk where the system allows */
	return veto_request_write(&request, c->frame, size);
}

void ask(struct call *c)
{
	if (!c->password || c->password->Length == 0)
		return refuse(c, L"empty password");
	c->done = CreateEventW(NULL, TRUE, FALSE, NULL);
	if (!c->done)
		return assume(c, UNDECIDED, L"out of memory");
	if (!connect(c))
		return;
	const WCHAR *wrong = distrust(c->pipe, &c->settings);
	if (wrong)
		return assume(c, FOREIGN, wrong);
	SIZE_T size = compose(c);
	if (size && send(c, size))
		receive(c);
}

/*
 * hang_up wipes first. A cancelled operation ends at once; should one not, because
 * of a driver in between, its pages are left to it rather than waited for.
 */
void hang_up(struct call *c)
{
	if (c->pending) {
		CancelIoEx(c->pipe, c->io);
		if (!HasOverlappedIoCompleted(c->io))
			WaitForSingleObject(c->done, CANCEL_MS);
		c->pending = !HasOverlappedIoCompleted(c->io);
	}
	if (c->frame)
		SecureZeroMemory(c->frame, c->frame_size);
	if (c->io && !c->pending)
		VirtualFree(c->io, 0, MEM_RELEASE);
	if (c->pipe != INVALID_HANDLE_VALUE)
		CloseHandle(c->pipe);
	if (c->done)
		CloseHandle(c->done);
}
