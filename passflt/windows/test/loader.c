/*
 * Loads the password filter and calls it as lsass does, driven by lines on
 * standard input; each is answered by one line, "events" by several and a dot.
 *
 *   load DLL                      load it, record its events, initialize
 *   number NAME N, text NAME T, unset NAME    a setting in the registry
 *   unload                        frees it as often as it may have been loaded: "ok" if it stays
 *   whoami                        our account, as a SID
 *   loaded                        the marks of the filter, "VERSION PROCESS CALLS?"
 *   call OP ACCOUNT NAME PASSWORD one call: "accept|reject MILLISECONDS"
 *   fault OP                      a call with pointers to nowhere
 *   many THREADS CALLS OP ACCOUNT NAME PASSWORD   "ACCEPTED REJECTED MEDIAN P99 MAX"
 *   echo PIPE CALLS               the same times of a bare exchange of 64 bytes
 *   touch PIPE                    opens and closes it: "ok"
 *   events N                      waits for N events: ID|STRING|STRING|MESSAGE
 *   find BYTES                    how often they occur in our memory
 *   handles                       how many are open, of the first 16,384
 *   regions                       how many of memory are in use: the same
 *   break FUNCTION, mend          has the filter's calls of one fail, or none
 *
 * OP is set or change; strings are hexadecimal UTF-16LE, "." for an empty one
 * and "-" for a null pointer. Times are microseconds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <windows.h>

#include <ntsecapi.h>
#include <sddl.h>

#define KEY L"SOFTWARE\\Veto\\Filter"

enum { EVENTS_MAX = 1 << 18, STRING_MAX_BYTES = 65534 };

typedef BOOLEAN(NTAPI *initialize_fn)(void);
typedef BOOLEAN(NTAPI *filter_fn)(PUNICODE_STRING, PUNICODE_STRING, PUNICODE_STRING, BOOLEAN);
typedef NTSTATUS(NTAPI *notify_fn)(PUNICODE_STRING, ULONG, PUNICODE_STRING);

static HMODULE dll;
static filter_fn filter;
static notify_fn notify;

/* Events, as the filter hands them to the system. */

struct event {
	DWORD id;
	WORD type;
	wchar_t *strings[2];
};

static struct event events[EVENTS_MAX];
static volatile LONG events_end;
static LONG events_told;

static HANDLE WINAPI register_source(LPCWSTR server, LPCWSTR source)
{
	(void)server;
	return wcscmp(source, L"VetoFilter") == 0 ? (HANDLE)1 : NULL;
}

static BOOL WINAPI deregister_source(HANDLE source)
{
	return source == (HANDLE)1;
}

static BOOL WINAPI report_event(HANDLE source, WORD type, WORD category, DWORD id, PSID user, WORD count, DWORD size,
				LPCWSTR *strings, LPVOID data)
{
	if (source != (HANDLE)1 || category || user || count != 2 || size || data)
		return FALSE;
	LONG i = events_end;
	events[i] = (struct event){id, type, {_wcsdup(strings[0]), _wcsdup(strings[1])}};
	InterlockedIncrement(&events_end);
	return TRUE;
}

/* Calls of the system that fail when told to. */

static char broken[64];

static BOOL fails(const char *name)
{
	if (strcmp(broken, name) != 0)
		return FALSE;
	SetLastError(ERROR_NOT_ENOUGH_MEMORY);
	return TRUE;
}

static BOOL WINAPI cancel(HANDLE file, OVERLAPPED *io)
{
	return fails("CancelIoEx") || CancelIoEx(file, io);
}

static DWORD WINAPI wait(HANDLE object, DWORD ms)
{
	return fails("WaitForSingleObject") ? WAIT_FAILED : WaitForSingleObject(object, ms);
}

static void *WINAPI allocate(void *at, SIZE_T size, DWORD type, DWORD protect)
{
	return fails("VirtualAlloc") ? NULL : VirtualAlloc(at, size, type, protect);
}

static void *WINAPI allocate_heap(HANDLE heap, DWORD flags, SIZE_T size)
{
	return fails("HeapAlloc") ? NULL : HeapAlloc(heap, flags, size);
}

static HANDLE WINAPI create_event(SECURITY_ATTRIBUTES *security, BOOL manual, BOOL set, const wchar_t *name)
{
	return fails("CreateEventW") ? NULL : CreateEventW(security, manual, set, name);
}

static BOOL WINAPI queue_work(LPTHREAD_START_ROUTINE work, void *argument, ULONG flags)
{
	return !fails("QueueUserWorkItem") && QueueUserWorkItem(work, argument, flags);
}

/* write_file fails at once as Windows does: it has marked io before it knew. */
static BOOL WINAPI write_file(HANDLE file, const void *from, DWORD size, DWORD *written, OVERLAPPED *io)
{
	if (!fails("WriteFile"))
		return WriteFile(file, from, size, written, io);
	io->Internal = STATUS_PENDING;
	return FALSE;
}

static const struct {
	const char *name;
	void *function;
} replacements[] = {
	{"RegisterEventSourceW", register_source},
	{"DeregisterEventSource", deregister_source},
	{"ReportEventW", report_event},
	{"CancelIoEx", cancel},
	{"WaitForSingleObject", wait},
	{"VirtualAlloc", allocate},
	{"HeapAlloc", allocate_heap},
	{"CreateEventW", create_event},
	{"QueueUserWorkItem", queue_work},
	{"WriteFile", write_file},
};

static void replace_thunk(IMAGE_THUNK_DATA *thunk, const char *name)
{
	for (size_t i = 0; i < ARRAYSIZE(replacements); i++) {
		DWORD old;
		if (strcmp(name, replacements[i].name) != 0)
			continue;
		VirtualProtect(thunk, sizeof *thunk, PAGE_READWRITE, &old);
		thunk->u1.Function = (ULONGLONG)replacements[i].function;
		VirtualProtect(thunk, sizeof *thunk, old, &old);
	}
}

/* replace_imports replaces those of the filter; of events, as Wine's event log keeps nothing. */
static void replace_imports(void)
{
	BYTE *base = (BYTE *)dll;
	IMAGE_NT_HEADERS *nt = (IMAGE_NT_HEADERS *)(base + ((IMAGE_DOS_HEADER *)base)->e_lfanew);
	DWORD at = nt->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT].VirtualAddress;
	for (IMAGE_IMPORT_DESCRIPTOR *d = (IMAGE_IMPORT_DESCRIPTOR *)(base + at); d->Name; d++) {
		IMAGE_THUNK_DATA *name = (IMAGE_THUNK_DATA *)(base + d->OriginalFirstThunk);
		IMAGE_THUNK_DATA *thunk = (IMAGE_THUNK_DATA *)(base + d->FirstThunk);
		for (; name->u1.AddressOfData; name++, thunk++)
			replace_thunk(thunk, ((IMAGE_IMPORT_BY_NAME *)(base + name->u1.AddressOfData))->Name);
	}
}

static void print_utf8(const wchar_t *text)
{
	char out[8192];
	int n = WideCharToMultiByte(CP_UTF8, 0, text, -1, out, sizeof out, NULL, NULL);
	if (n > 0)
		fputs(out, stdout);
}

static void print_event(const struct event *e)
{
	wchar_t message[4096] = L"?";
	DWORD_PTR arguments[] = {(DWORD_PTR)e->strings[0], (DWORD_PTR)e->strings[1]};
	FormatMessageW(FORMAT_MESSAGE_FROM_HMODULE | FORMAT_MESSAGE_ARGUMENT_ARRAY, dll, e->id, 0, message,
		       ARRAYSIZE(message), (va_list *)arguments);
	for (wchar_t *c = message; *c; c++)
		if (*c == L'\r' || *c == L'\n')
			*c = 0;
	printf("%lu|", e->id & 0xffff);
	print_utf8(e->strings[0]);
	printf("|");
	print_utf8(e->strings[1]);
	printf("|");
	print_utf8(message);
	printf("\n");
}

static void tell_events(LONG n)
{
	for (int i = 0; i < 500 && events_end - events_told < n; i++)
		Sleep(10);
	for (; events_told < events_end; events_told++)
		print_event(&events[events_told]);
	printf(".\n");
}

/* Calls. */

static long long microseconds(void)
{
	LARGE_INTEGER now, frequency;
	QueryPerformanceCounter(&now);
	QueryPerformanceFrequency(&frequency);
	return now.QuadPart * 1000000 / frequency.QuadPart;
}

static int digit(char c)
{
	return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

/* decode returns a string in pages of its own, read-only as lsass may have them; NULL for "-". */
static UNICODE_STRING *decode(const char *hex, UNICODE_STRING *s)
{
	memset(s, 0, sizeof *s);
	if (hex[0] == '-')
		return NULL;
	size_t n = hex[0] == '.' ? 0 : strlen(hex) / 2;
	BYTE *pages = VirtualAlloc(NULL, STRING_MAX_BYTES + 2, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE);
	for (size_t i = 0; i < n; i++)
		pages[i] = (BYTE)(digit(hex[2 * i]) << 4 | digit(hex[2 * i + 1]));
	DWORD old;
	VirtualProtect(pages, STRING_MAX_BYTES + 2, PAGE_READONLY, &old);
	s->Buffer = (wchar_t *)pages;
	s->Length = s->MaximumLength = (USHORT)n;
	return s;
}

static void release(UNICODE_STRING *s)
{
	DWORD old;
	if (!s->Buffer)
		return;
	VirtualProtect(s->Buffer, STRING_MAX_BYTES + 2, PAGE_READWRITE, &old);
	SecureZeroMemory(s->Buffer, STRING_MAX_BYTES + 2);
	VirtualFree(s->Buffer, 0, MEM_RELEASE);
}

struct work {
	UNICODE_STRING *account, *name, *password;
	BOOLEAN set;
	int calls;
	volatile LONG accepted, rejected, next;
	long long *times;
	HANDLE start;
};

static void call_once(struct work *w)
{
	long long begun = microseconds();
	BOOLEAN ok = filter(w->account, w->name, w->password, w->set);
	w->times[InterlockedIncrement(&w->next) - 1] = microseconds() - begun;
	InterlockedIncrement(ok ? &w->accepted : &w->rejected);
}

static DWORD WINAPI caller(LPVOID argument)
{
	struct work *w = argument;
	WaitForSingleObject(w->start, INFINITE);
	for (int i = 0; i < w->calls; i++)
		call_once(w);
	return 0;
}

static int by_value(const void *a, const void *b)
{
	long long x = *(const long long *)a, y = *(const long long *)b;
	return (x > y) - (x < y);
}

static void print_times(long long *times, int n)
{
	qsort(times, (size_t)n, sizeof *times, by_value);
	printf("%lld %lld %lld\n", times[n / 2], times[n * 99 / 100], times[n - 1]);
}

static void call_many(int threads, struct work *w)
{
	HANDLE *handles = calloc((size_t)threads, sizeof *handles);
	w->start = CreateEventW(NULL, TRUE, FALSE, NULL);
	w->times = calloc((size_t)threads * (size_t)w->calls, sizeof *w->times);
	for (int i = 0; i < threads; i++)
		handles[i] = CreateThread(NULL, 65536, caller, w, STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
	SetEvent(w->start);
	for (int i = 0; i < threads; i++) {
		WaitForSingleObject(handles[i], INFINITE);
		CloseHandle(handles[i]);
	}
	CloseHandle(w->start);
	printf("%ld %ld ", w->accepted, w->rejected);
	print_times(w->times, threads * w->calls);
	free(w->times);
	free(handles);
}

static void call_line(char **word, BOOL many)
{
	UNICODE_STRING account, name, password;
	int threads = many ? atoi(word[1]) : 1;
	char **at = many ? word + 3 : word + 1;
	struct work w = {.calls = many ? atoi(word[2]) : 1, .set = strcmp(at[0], "set") == 0};
	w.account = decode(at[1], &account);
	w.name = decode(at[2], &name);
	w.password = decode(at[3], &password);
	SecureZeroMemory(at[3], strlen(at[3]));
	if (many) {
		call_many(threads, &w);
	} else {
		long long took;
		w.times = &took;
		call_once(&w);
		if (w.accepted && notify(w.account, 1000, w.password) != 0)
			puts("notify failed");
		printf("%s %lld\n", w.accepted ? "accept" : "reject", took);
	}
	release(&account);
	release(&name);
	release(&password);
}

static void fault(BOOLEAN set)
{
	UNICODE_STRING nowhere = {64, 64, (wchar_t *)8}, account = {2, 2, L"a"};
	printf("%s", filter(&account, NULL, &nowhere, set) ? "accept" : "reject");
	printf(" %s\n", filter(&nowhere, &nowhere, &nowhere, set) ? "accept" : "reject");
}

static void echo(const char *name, int calls)
{
	wchar_t path[300];
	swprintf(path, 300, L"\\\\.\\pipe\\%hs", name);
	BYTE request[64] = {'V', 'E', 'T', 'O', 1, 1, 1, 0, 0, 0, 0, 0, 50, 0}, reply[64];
	long long *times = calloc((size_t)calls, sizeof *times);
	int failed = 0;
	for (int i = 0; i < calls; i++) {
		DWORD n;
		long long begun = microseconds();
		HANDLE pipe = CreateFileW(path, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
		if (pipe == INVALID_HANDLE_VALUE && GetLastError() == ERROR_PIPE_BUSY && WaitNamedPipeW(path, 1000)) {
			i--;
			continue;
		}
		failed += !WriteFile(pipe, request, sizeof request, &n, NULL) ||
			  !ReadFile(pipe, reply, sizeof reply, &n, NULL);
		CloseHandle(pipe);
		times[i] = microseconds() - begun;
	}
	printf("%d %d ", calls - failed, failed);
	print_times(times, calls);
	free(times);
}

static void touch(const char *name)
{
	wchar_t path[300];
	swprintf(path, 300, L"\\\\.\\pipe\\%hs", name);
	HANDLE pipe = CreateFileW(path, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
	if (pipe != INVALID_HANDLE_VALUE)
		CloseHandle(pipe);
	puts(pipe == INVALID_HANDLE_VALUE ? "failed" : "ok");
}

/* The registry and the process. */

static void change_setting(const char *name, DWORD type, const wchar_t *text, DWORD number)
{
	wchar_t wide[100];
	HKEY key;
	swprintf(wide, 100, L"%hs", name);
	RegCreateKeyExW(HKEY_LOCAL_MACHINE, KEY, 0, NULL, 0, KEY_ALL_ACCESS, NULL, &key, NULL);
	LSTATUS status = type == REG_NONE    ? RegDeleteValueW(key, wide)
			 : type == REG_DWORD ? RegSetValueExW(key, wide, 0, type, (BYTE *)&number, sizeof number)
					     : RegSetValueExW(key, wide, 0, type, (const BYTE *)text,
							      (DWORD)(2 * wcslen(text) + 2));
	RegCloseKey(key);
	printf("%s\n", status == ERROR_SUCCESS ? "ok" : "failed");
}

static void change_text(const char *name, const char *utf8)
{
	wchar_t text[2048];
	MultiByteToWideChar(CP_UTF8, 0, utf8, -1, text, ARRAYSIZE(text));
	change_setting(name, REG_SZ, text, 0);
}

static void loaded(void)
{
	wchar_t version[300];
	DWORD process = 0, outcome = 99, size = sizeof version;
	if (RegGetValueW(HKEY_LOCAL_MACHINE, KEY L"\\Loaded", L"Version", RRF_RT_REG_SZ, NULL, version, &size))
		version[0] = 0;
	size = sizeof process;
	RegGetValueW(HKEY_LOCAL_MACHINE, KEY L"\\Loaded", L"ProcessId", RRF_RT_REG_DWORD, NULL, &process, &size);
	size = sizeof outcome;
	RegGetValueW(HKEY_LOCAL_MACHINE, KEY L"\\Loaded", L"LastOutcome", RRF_RT_REG_DWORD, NULL, &outcome, &size);
	printf("%ls %d %lu\n", version, process == GetCurrentProcessId(), outcome);
}

static void whoami(void)
{
	HANDLE token;
	BYTE buffer[256];
	DWORD size;
	LPWSTR text;
	OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token);
	GetTokenInformation(token, TokenUser, buffer, sizeof buffer, &size);
	ConvertSidToStringSidW(((TOKEN_USER *)buffer)->User.Sid, &text);
	printf("%ls\n", text);
}

/* count returns how often the pattern, kept inverted lest it finds itself, occurs in a region. */
static int count(const BYTE *at, size_t n, const BYTE *inverted, size_t size)
{
	int found = 0;
	for (size_t i = 0; i + size <= n; i++) {
		size_t k = 0;
		while (k < size && (at[i + k] ^ inverted[k]) == 0xff)
			k++;
		found += k == size;
	}
	return found;
}

static void find(char *hex)
{
	BYTE inverted[512];
	size_t size = strlen(hex) / 2;
	for (size_t i = 0; i < size && i < sizeof inverted; i++)
		inverted[i] = (BYTE) ~(digit(hex[2 * i]) << 4 | digit(hex[2 * i + 1]));
	int found = 0;
	MEMORY_BASIC_INFORMATION region;
	for (BYTE *at = NULL; VirtualQuery(at, &region, sizeof region); at = (BYTE *)region.BaseAddress + region.RegionSize)
		if (region.State == MEM_COMMIT && (region.Protect & (PAGE_READWRITE | PAGE_READONLY | PAGE_WRITECOPY)) &&
		    !(region.Protect & PAGE_GUARD))
			found += count(region.BaseAddress, region.RegionSize, inverted, size);
	printf("%d\n", found);
}

static void handles(void)
{
	int open = 0;
	DWORD flags;
	for (ULONG_PTR number = 1; number <= 16384; number++)
		open += GetHandleInformation((HANDLE)(4 * number), &flags);
	printf("%d\n", open);
}

static void regions(void)
{
	int used = 0;
	MEMORY_BASIC_INFORMATION region;
	for (BYTE *at = NULL; VirtualQuery(at, &region, sizeof region); at = (BYTE *)region.BaseAddress + region.RegionSize)
		used += region.State == MEM_COMMIT;
	printf("%d\n", used);
}

static void load(const char *path)
{
	wchar_t wide[1024];
	MultiByteToWideChar(CP_UTF8, 0, path, -1, wide, ARRAYSIZE(wide));
	dll = LoadLibraryW(wide);
	if (!dll) {
		printf("error %lu\n", GetLastError());
		return;
	}
	replace_imports();
	filter = (filter_fn)(void *)GetProcAddress(dll, "PasswordFilter");
	notify = (notify_fn)(void *)GetProcAddress(dll, "PasswordChangeNotify");
	initialize_fn initialize = (initialize_fn)(void *)GetProcAddress(dll, "InitializeChangeNotify");
	printf("%s\n", filter && notify && initialize && initialize() ? "ok" : "failed");
}

static void unload(void)
{
	HMODULE still;
	for (int i = 0; i < 8; i++)
		FreeLibrary(dll);
	puts(GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
				(const wchar_t *)(void *)filter, &still) ? "ok" : "gone");
}

static void obey(char *line)
{
	char *word[8] = {0};
	int n = 0;
	for (char *w = strtok(line, " \r\n"); w && n < 8; w = strtok(NULL, n == 2 && !strcmp(word[0], "text") ? "\r\n" : " \r\n"))
		word[n++] = w;
	if (n == 0)
		return;
	const char *c = word[0];
	if (!strcmp(c, "load"))
		load(word[1]);
	else if (!strcmp(c, "unload"))
		unload();
	else if (!strcmp(c, "number"))
		change_setting(word[1], REG_DWORD, NULL, strtoul(word[2], NULL, 10));
	else if (!strcmp(c, "text"))
		change_text(word[1], word[2] ? word[2] : "");
	else if (!strcmp(c, "unset"))
		change_setting(word[1], REG_NONE, NULL, 0);
	else if (!strcmp(c, "whoami"))
		whoami();
	else if (!strcmp(c, "loaded"))
		loaded();
	else if (!strcmp(c, "call") || !strcmp(c, "many"))
		call_line(word, *c == 'm');
	else if (!strcmp(c, "fault"))
		fault(!strcmp(word[1], "set"));
	else if (!strcmp(c, "echo"))
		echo(word[1], atoi(word[2]));
	else if (!strcmp(c, "touch"))
		touch(word[1]);
	else if (!strcmp(c, "events"))
		tell_events(atoi(word[1]));
	else if (!strcmp(c, "find"))
		find(word[1]);
	else if (!strcmp(c, "handles"))
		handles();
	else if (!strcmp(c, "regions"))
		regions();
	else if (!strcmp(c, "break") || !strcmp(c, "mend"))
		puts(strcpy(broken, word[1] ? word[1] : "ok"));
	else
		puts("unknown command");
}

int wmain(void)
{
	static char line[1 << 20];
	setvbuf(stdout, NULL, _IOFBF, 1 << 16);
	while (fgets(line, sizeof line, stdin)) {
		obey(line);
		fflush(stdout);
		SecureZeroMemory(line, sizeof line);
	}
	return 0;
}
