/* The functions that lsass calls. */
#include "filter.h"

static WCHAR lower(WCHAR c)
{
	return c >= L'A' && c <= L'Z' ? c + (L'a' - L'A') : c;
}

/*
 * exempt reports whether the password is random bits that the system chose:
 * those of krbtgt, krbtgt_NNNN (read-only domain controllers) and krbtgt_AzureAD
 * (Entra Kerberos), without which the domain breaks, and of machine and managed accounts, unless declared.
 */
static BOOL exempt(const UNICODE_STRING *account, BOOL machines)
{
	static const WCHAR ticket[] = L"krbtgt", cloud[] = L"azuread";
	const SIZE_T stem = ARRAYSIZE(ticket) - 1;
	SIZE_T n = account ? account->Length / sizeof(WCHAR) : 0, i = 0;
	if (n && account->Buffer[n - 1] == L'$')
		return !machines;
	while (i < n && i < stem && lower(account->Buffer[i]) == ticket[i])
		i++;
	if (i < stem || n == stem)
		return i == stem;
	if (n == stem + 1 || account->Buffer[stem] != L'_')
		return FALSE;
	for (i = stem + 1; i < n && account->Buffer[i] >= L'0' && account->Buffer[i] <= L'9';)
		i++;
	if (i > stem + 1 || n != stem + ARRAYSIZE(cloud))
		return i == n;
	while (i < n && lower(account->Buffer[i]) == cloud[i - stem - 1])
		i++;
	return i == n;
}

static void judge(void *argument)
{
	struct call *c = argument;
	ULONGLONG begun = GetTickCount64();
	read_settings(&c->settings);
	c->deadline = begun + c->settings.timeout_ms;
	if (exempt(c->account, c->settings.machine_accounts))
		c->outcome = EXEMPT;
	else if (c->settings.off)
		c->outcome = SWITCHED_OFF;
	else
		ask(c);
}

static void report(void *argument)
{
	struct call *c = argument;
	report_call(c);
	note_call(c->outcome);
}

static void clean(void *argument)
{
	hang_up(argument);
}

__declspec(dllexport) BOOLEAN NTAPI PasswordFilter(PUNICODE_STRING account, PUNICODE_STRING name,
						   PUNICODE_STRING password, BOOLEAN set)
{
	struct call c = {
		.account = account,
		.name = name,
		.password = password,
		.operation = set ? SET : CHANGE,
		.pipe = INVALID_HANDLE_VALUE,
	};
	if (guard(judge, &c))
		assume(&c, UNDECIDED, L"exception");
	if (guard(report, &c)) {
		c.account = NULL; /* it cannot be read */
		guard(report, &c);
	}
	guard(clean, &c);
	return c.outcome != REJECTED && c.outcome != ASSUMED_REJECT;
}

__declspec(dllexport) NTSTATUS NTAPI PasswordChangeNotify(PUNICODE_STRING account, ULONG id, PUNICODE_STRING password)
{
	(void)account, (void)id, (void)password; /* a verdict needs no notice */
	return 0;
}

static void loaded(void *argument)
{
	struct settings s;
	(void)argument;
	read_settings(&s);
	note_loaded();
	report_loaded(s.ignored);
}

__declspec(dllexport) BOOLEAN NTAPI InitializeChangeNotify(void)
{
	HMODULE pinned; /* a pool thread may run our code at any time: never unload */
	GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS,
			   (const WCHAR *)InitializeChangeNotify, &pinned);
	guard(loaded, NULL);
	return TRUE;
}

BOOL WINAPI DllMain(HINSTANCE module, DWORD reason, LPVOID reserved);

BOOL WINAPI DllMain(HINSTANCE module, DWORD reason, LPVOID reserved)
{
	(void)reserved;
	if (reason == DLL_PROCESS_ATTACH)
		DisableThreadLibraryCalls(module);
	return TRUE;
}
