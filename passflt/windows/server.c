/*
 * Who listens at the other end of the pipe. Asked before a password is written.
 *
 * Checked are the owner of the pipe, which a process without privileges cannot
 * make SYSTEM or Administrators; the account of the process that created it; and
 * its program, if one is set. The process is found by the number that the system
 * recorded when the pipe was created: should the creator have ended and handed
 * the pipe on, the number may mean nothing or another process, which is why the
 * owner is asked too. Whoever has SYSTEM's or an administrator's rights can
 * imitate all three; against them nothing in lsass helps.
 */
#include "filter.h"

#include <accctrl.h>
#include <aclapi.h>

static BOOL equal_sid(const struct settings *s, PSID sid)
{
	return s->sid[0] && sid && IsValidSid(sid) && EqualSid((PSID)s->sid, sid);
}

/* owned reports whether the pipe belongs to the trusted account, SYSTEM or Administrators. */
static BOOL owned(HANDLE pipe, const struct settings *s)
{
	__attribute__((aligned(8))) BYTE descriptor[256];
	DWORD size;
	PSID owner;
	BOOL defaulted;
	return GetKernelObjectSecurity(pipe, OWNER_SECURITY_INFORMATION, descriptor, sizeof descriptor, &size) &&
	       GetSecurityDescriptorOwner(descriptor, &owner, &defaulted) && owner &&
	       (equal_sid(s, owner) || IsWellKnownSid(owner, WinLocalSystemSid) ||
		IsWellKnownSid(owner, WinBuiltinAdministratorsSid));
}

/* runs_as reports whether the process runs as the trusted account. */
static BOOL runs_as(HANDLE process, const struct settings *s)
{
	HANDLE token;
	if (!OpenProcessToken(process, TOKEN_QUERY, &token))
		return FALSE;
	union {
		TOKEN_USER user;
		BYTE bytes[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
	} u;
	DWORD size;
	BOOL ok = GetTokenInformation(token, TokenUser, &u, sizeof u, &size) && equal_sid(s, u.user.User.Sid);
	CloseHandle(token);
	return ok;
}

static BOOL runs_image(HANDLE process, const struct settings *s)
{
	WCHAR image[ARRAYSIZE(s->image)];
	DWORD length = ARRAYSIZE(image);
	return QueryFullProcessImageNameW(process, 0, image, &length) &&
	       CompareStringOrdinal(image, (int)length, s->image, -1, TRUE) == CSTR_EQUAL;
}

const WCHAR *distrust(HANDLE pipe, const struct settings *s)
{
	if (!owned(pipe, s))
		return L"foreign server: owner of the pipe";
	ULONG id;
	if (!GetNamedPipeServerProcessId(pipe, &id))
		return L"foreign server: process unknown";
	HANDLE process = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, id);
	if (!process)
		return L"foreign server: process gone or not readable";
	const WCHAR *wrong = !runs_as(process, s)		 ? L"foreign server: account of the process"
			     : s->image[0] && !runs_image(process, s) ? L"foreign server: program of the process"
								  : NULL;
	CloseHandle(process);
	return wrong;
}
