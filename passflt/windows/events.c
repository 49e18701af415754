/*
 * The event log. Writing to it is a call of another service, which may hang: a
 * thread of the system's pool does it, one at a time, and a password waits for
 * none. That needs the only state of the filter: events waiting in a queue of
 * bounded length, behind a lock that is held for a few instructions.
 *
 * An event never holds a password or its length.
 */
#include "filter.h"

#include "messages.h"

enum { QUEUE_MAX = 1024, ATTEMPTS = 60 };

struct event {
	struct event *next;
	DWORD id;
	WCHAR account[257];
	WCHAR why[VETO_CODES_MAX + 1];
};

static struct {
	SRWLOCK lock;
	struct event *first, **last;
	DWORD length, lost;
	BOOL writing;
} queue = {.lock = SRWLOCK_INIT};

static const DWORD ids[OPERATIONS][OUTCOMES] = {
	[CHANGE] = {
		[PASSED] = VETO_CHANGE_PASSED,
		[REJECTED] = VETO_CHANGE_REJECTED,
		[AUDITED] = VETO_CHANGE_AUDITED,
		[ASSUMED_ACCEPT] = VETO_CHANGE_ASSUMED_ACCEPT,
		[ASSUMED_REJECT] = VETO_CHANGE_ASSUMED_REJECT,
		[EXEMPT] = VETO_CHANGE_EXEMPT,
		[SWITCHED_OFF] = VETO_CHANGE_SWITCHED_OFF,
	},
	[SET] = {
		[PASSED] = VETO_SET_PASSED,
		[REJECTED] = VETO_SET_REJECTED,
		[AUDITED] = VETO_SET_AUDITED,
		[ASSUMED_ACCEPT] = VETO_SET_ASSUMED_ACCEPT,
		[ASSUMED_REJECT] = VETO_SET_ASSUMED_REJECT,
		[EXEMPT] = VETO_SET_EXEMPT,
		[SWITCHED_OFF] = VETO_SET_SWITCHED_OFF,
	},
};

/* type returns the kind of event that belongs to the severity in its id. */
static WORD type(DWORD id)
{
	return id >> 30 == 1 ? EVENTLOG_INFORMATION_TYPE : EVENTLOG_WARNING_TYPE;
}

/* write waits for the event log, which starts after lsass. */
static void write(const struct event *e)
{
	const WCHAR *strings[] = {e->account, e->why};
	HANDLE log = NULL;
	for (int i = 0; i < ATTEMPTS && !(log = RegisterEventSourceW(NULL, L"VetoFilter")); i++)
		Sleep(1000);
	if (!log)
		return;
	ReportEventW(log, type(e->id), 0, e->id, NULL, ARRAYSIZE(strings), 0, strings, NULL);
	DeregisterEventSource(log);
}

/* take returns the event that waited longest, or NULL, and with it the end of the writing. */
static struct event *take(void)
{
	AcquireSRWLockExclusive(&queue.lock);
	struct event *e = queue.first;
	if (e) {
		queue.first = e->next;
		queue.length--;
	} else {
		queue.writing = FALSE;
	}
	ReleaseSRWLockExclusive(&queue.lock);
	return e;
}

static void write_all(void *argument)
{
	(void)argument;
	for (struct event *e; (e = take());) {
		write(e);
		HeapFree(GetProcessHeap(), 0, e);
	}
}

/* stop_writing leaves what waits to the writer that the next event starts. */
static void stop_writing(void)
{
	AcquireSRWLockExclusive(&queue.lock);
	queue.writing = FALSE;
	ReleaseSRWLockExclusive(&queue.lock);
}

static DWORD WINAPI writer(LPVOID argument)
{
	if (guard(write_all, argument))
		stop_writing();
	return 0;
}

/* digits writes a number and returns its end. */
static WCHAR *digits(WCHAR *to, DWORD number)
{
	if (number >= 10)
		to = digits(to, number / 10);
	*to = L'0' + number % 10;
	return to + 1;
}

static struct event *new_event(DWORD id)
{
	struct event *e = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof *e);
	if (e)
		e->id = id;
	return e;
}

/* append adds the event and returns whether it needs a writer. */
static BOOL append(struct event *e)
{
	BOOL start = FALSE;
	AcquireSRWLockExclusive(&queue.lock);
	if (!queue.first)
		queue.last = &queue.first;
	*queue.last = e;
	queue.last = &e->next;
	queue.length++;
	if (!queue.writing)
		queue.writing = start = TRUE;
	ReleaseSRWLockExclusive(&queue.lock);
	return start;
}

/* room returns FALSE if the queue is full, or in *lost how many events found it so. */
static BOOL room(DWORD *lost)
{
	AcquireSRWLockExclusive(&queue.lock);
	BOOL ok = queue.length < QUEUE_MAX;
	*lost = ok ? queue.lost : 0;
	queue.lost = ok ? 0 : queue.lost + 1;
	ReleaseSRWLockExclusive(&queue.lock);
	return ok;
}

static void enqueue(struct event *e)
{
	if (append(e) && !QueueUserWorkItem(writer, NULL, WT_EXECUTELONGFUNCTION))
		stop_writing();
}

static void post(struct event *e)
{
	DWORD lost;
	if (!room(&lost)) {
		HeapFree(GetProcessHeap(), 0, e);
		return;
	}
	enqueue(e);
	struct event *gap = lost ? new_event(VETO_EVENTS_LOST) : NULL;
	if (gap) {
		digits(gap->account, lost);
		enqueue(gap);
	}
}

/* holds reports whether the password is a part of the account; an empty one is of none. */
static BOOL holds(const UNICODE_STRING *account, const UNICODE_STRING *password)
{
	SIZE_T n = account ? account->Length / sizeof(WCHAR) : 0, size = password ? password->Length / sizeof(WCHAR) : 0;
	for (SIZE_T i = 0; size && i + size <= n; i++) {
		SIZE_T k = 0;
		while (k < size && account->Buffer[i + k] == password->Buffer[k])
			k++;
		if (k == size)
			return TRUE;
	}
	return FALSE;
}

/* plain copies an account without characters that forge lines or break XML. */
static void plain(WCHAR *to, SIZE_T room, const UNICODE_STRING *from)
{
	SIZE_T n = from ? from->Length / sizeof(WCHAR) : 0;
	for (SIZE_T i = 0; i < n && i < room - 1; i++) {
		WCHAR c = from->Buffer[i];
		BOOL odd = c < L' ' || (c >= 0x7f && c < 0xa0) || (c >= 0xd800 && c < 0xe000) || c >= 0xfffe;
		to[i] = odd ? 0xfffd : c;
	}
}

void report_loaded(DWORD ignored)
{
	struct event *e = new_event(ignored ? VETO_LOADED_IGNORING : VETO_LOADED);
	if (!e)
		return;
	memcpy(e->account, VETO_BUILD, sizeof VETO_BUILD);
	digits(e->why, ignored);
	post(e);
}

void report_call(const struct call *c)
{
	struct event *e = new_event(ids[c->operation][c->outcome]);
	if (!e)
		return;
	if (holds(c->account, c->password))
		e->account[0] = L'-'; /* as the filters for Linux have it */
	else
		plain(e->account, ARRAYSIZE(e->account), c->account);
	if (c->outcome == ASSUMED_ACCEPT || c->outcome == ASSUMED_REJECT) {
		for (SIZE_T i = 0; c->detail[i]; i++)
			e->why[i] = c->detail[i];
	} else {
		for (SIZE_T i = 0; i < c->reply.codes_size; i++)
			e->why[i] = (BYTE)c->reply.codes[i];
	}
	post(e);
}
