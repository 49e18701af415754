/* Settings from the registry, and the marks that tell veto sidecar status. */
#include "filter.h"

#include <sddl.h>

/*
 * Every name and default. docs/OPERATING.md has the same table. They are read
 * anew by each call: a change takes effect at once, and nothing is shared.
 *
 * As with all clients of the service, a password without a verdict is refused
 * unless the administrator declares otherwise.
 */
static const struct {
	const WCHAR *name;
	DWORD value, least, most;
	SIZE_T offset;
} numbers[] = {
	{L"Off", 0, 0, 1, offsetof(struct settings, off)},
	{L"TimeoutMs", 1000, 50, 8000, offsetof(struct settings, timeout_ms)},
	{L"MachineAccounts", 0, 0, 1, offsetof(struct settings, machine_accounts)},
	{L"ChangeAbsentAccept", 0, 0, 1, offsetof(struct settings, accept[CHANGE][ABSENT])},
	{L"ChangeTimeoutAccept", 0, 0, 1, offsetof(struct settings, accept[CHANGE][TIMEOUT])},
	{L"ChangeUndecidedAccept", 0, 0, 1, offsetof(struct settings, accept[CHANGE][UNDECIDED])},
	{L"ChangeForeignAccept", 0, 0, 1, offsetof(struct settings, accept[CHANGE][FOREIGN])},
	{L"SetAbsentAccept", 0, 0, 1, offsetof(struct settings, accept[SET][ABSENT])},
	{L"SetTimeoutAccept", 0, 0, 1, offsetof(struct settings, accept[SET][TIMEOUT])},
	{L"SetUndecidedAccept", 0, 0, 1, offsetof(struct settings, accept[SET][UNDECIDED])},
	{L"SetForeignAccept", 0, 0, 1, offsetof(struct settings, accept[SET][FOREIGN])},
};

static const WCHAR default_pipe[] = L"veto";
static const WCHAR default_sid[] = L"S-1-5-18"; /* SYSTEM */

/* read_number keeps the default if the value is missing or out of range. */
static void read_number(HKEY key, SIZE_T i, struct settings *s)
{
	DWORD *field = (DWORD *)((BYTE *)s + numbers[i].offset);
	*field = numbers[i].value;
	DWORD value, size = sizeof value;
	LSTATUS status = key ? RegGetValueW(key, NULL, numbers[i].name, RRF_RT_REG_DWORD, NULL, &value, &size)
			     : ERROR_FILE_NOT_FOUND;
	if (status == ERROR_SUCCESS && value >= numbers[i].least && value <= numbers[i].most)
		*field = value;
	else if (status != ERROR_FILE_NOT_FOUND)
		s->ignored++;
}

/* read_text returns whether there is a text that fits. */
static BOOL read_text(HKEY key, const WCHAR *name, WCHAR *text, DWORD size, struct settings *s)
{
	LSTATUS status = key ? RegGetValueW(key, NULL, name, RRF_RT_REG_SZ, NULL, text, &size) : ERROR_FILE_NOT_FOUND;
	if (status == ERROR_SUCCESS && text[0])
		return TRUE;
	if (status != ERROR_SUCCESS && status != ERROR_FILE_NOT_FOUND)
		s->ignored++;
	text[0] = 0;
	return FALSE;
}

/* local reports whether name is one of a pipe of this machine, not a path. */
static BOOL local(const WCHAR *name)
{
	for (; *name; name++)
		if (*name == L'\\' || *name == L'/')
			return FALSE;
	return TRUE;
}

/* parse_sid takes no alias, such as DA: the system may ask the domain, that is lsass, what it stands for. */
static BOOL parse_sid(const WCHAR *text, struct settings *s)
{
	PSID sid;
	if (text[0] != L'S' || text[1] != L'-' || !ConvertStringSidToSidW(text, &sid))
		return FALSE;
	BOOL ok = CopySid(sizeof s->sid, s->sid, sid);
	LocalFree(sid);
	return ok;
}

static void read_sid(HKEY key, struct settings *s)
{
	WCHAR text[192];
	if (read_text(key, L"ServerSid", text, sizeof text, s)) {
		if (parse_sid(text, s))
			return;
		s->ignored++;
	}
	if (!parse_sid(default_sid, s))
		s->sid[0] = 0; /* no revision: equals none, so every server is foreign */
}

void read_settings(struct settings *s)
{
	HKEY key = NULL;
	s->ignored = 0;
	LSTATUS status = RegOpenKeyExW(HKEY_LOCAL_MACHINE, KEY, 0, KEY_READ | KEY_WOW64_64KEY, &key);
	if (status != ERROR_SUCCESS) {
		key = NULL;
		if (status != ERROR_FILE_NOT_FOUND)
			s->ignored++;
	}
	for (SIZE_T i = 0; i < ARRAYSIZE(numbers); i++)
		read_number(key, i, s);
	if (!read_text(key, L"PipeName", s->pipe, sizeof s->pipe, s) || !local(s->pipe)) {
		if (s->pipe[0])
			s->ignored++;
		memcpy(s->pipe, default_pipe, sizeof default_pipe);
	}
	read_text(key, L"ServerImage", s->image, sizeof s->image, s);
	read_sid(key, s);
	if (key)
		RegCloseKey(key);
}

/* set_mark writes a value of the key of marks, which a reboot removes. */
static void set_mark(const WCHAR *name, DWORD type, const void *data, DWORD size)
{
	HKEY key;
	if (RegCreateKeyExW(HKEY_LOCAL_MACHINE, KEY L"\\Loaded", 0, NULL, REG_OPTION_VOLATILE,
			    KEY_SET_VALUE | KEY_WOW64_64KEY, NULL, &key, NULL) != ERROR_SUCCESS)
		return;
	RegSetValueExW(key, name, 0, type, data, size);
	RegCloseKey(key);
}

static void set_time(const WCHAR *name)
{
	FILETIME now;
	GetSystemTimeAsFileTime(&now);
	set_mark(name, REG_QWORD, &now, sizeof now);
}

void note_loaded(void)
{
	static const WCHAR version[] = VETO_BUILD;
	DWORD process = GetCurrentProcessId();
	set_mark(L"Version", REG_SZ, version, sizeof version);
	set_mark(L"ProcessId", REG_DWORD, &process, sizeof process);
	set_time(L"Time");
}

void note_call(enum outcome outcome)
{
	DWORD number = outcome;
	set_time(L"LastCall");
	set_mark(L"LastOutcome", REG_DWORD, &number, sizeof number);
}
