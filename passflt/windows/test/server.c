/*
 * A pipe server for tests: reads a request, then answers as told.
 *
 *   server PIPE REPLY DELAY CHUNK OWNER
 *
 * REPLY is hexadecimal, "-" for none; it is sent after DELAY milliseconds, in
 * pieces of CHUNK bytes that far apart again. Then the connection is closed;
 * with DELAY -1 it is kept and nothing is ever sent, with -2 nothing is even
 * read. Each connection that ends is a line on standard output: what it brought,
 * in hexadecimal, and a dot. OWNER is the one that the pipe says it has, as in SDDL.
 */
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>
#include <windows.h>

#include <sddl.h>

#include "../../protocol.h"

static BYTE reply[2 * VETO_REQUEST_MAX];
static DWORD reply_size, chunk;
static int delay;
static const wchar_t *owner;

/* whole tells whether the bytes are a request, by its lengths. */
static int whole(const BYTE *b, DWORD n)
{
	return n >= VETO_REQUEST_HEADER &&
	       n >= (DWORD)VETO_REQUEST_HEADER + b[8] + b[10] + b[12] + ((b[9] + b[11] + b[13]) << 8);
}

static DWORD receive(HANDLE pipe, BYTE *request)
{
	DWORD size = 0, n;
	while (!whole(request, size) && ReadFile(pipe, request + size, VETO_REQUEST_MAX - size, &n, NULL))
		size += n;
	return size;
}

static void answer(HANDLE pipe)
{
	DWORD n;
	for (DWORD sent = 0; sent < reply_size; sent += n) {
		DWORD piece = min(chunk, reply_size - sent);
		if (delay > 0)
			Sleep(delay);
		if (!WriteFile(pipe, reply + sent, piece, &n, NULL))
			return;
	}
	FlushFileBuffers(pipe);
}

static void print(const BYTE *request, DWORD size)
{
	static const char digits[] = "0123456789abcdef";
	char *line = malloc(2 * size + 2);
	for (DWORD i = 0; i < size; i++) {
		line[2 * i] = digits[request[i] >> 4];
		line[2 * i + 1] = digits[request[i] & 15];
	}
	line[2 * size] = '.';
	line[2 * size + 1] = 0;
	puts(line);
	fflush(stdout);
	free(line);
}

static DWORD WINAPI serve(LPVOID argument)
{
	HANDLE pipe = argument;
	BYTE *request = calloc(1, VETO_REQUEST_MAX);
	if (delay == -2)
		Sleep(INFINITE);
	DWORD size = receive(pipe, request);
	if (delay == -1)
		ReadFile(pipe, request, 1, &(DWORD){0}, NULL); /* until the client goes */
	else
		answer(pipe);
	print(request, size);
	SecureZeroMemory(request, VETO_REQUEST_MAX);
	free(request);
	DisconnectNamedPipe(pipe);
	CloseHandle(pipe);
	return 0;
}

static HANDLE instance(const wchar_t *path)
{
	wchar_t descriptor[200];
	SECURITY_ATTRIBUTES security = {sizeof security, NULL, FALSE};
	swprintf(descriptor, 200, L"O:%lsD:(A;;GA;;;WD)", owner);
	ConvertStringSecurityDescriptorToSecurityDescriptorW(descriptor, SDDL_REVISION_1,
							     &security.lpSecurityDescriptor, NULL);
	HANDLE pipe = CreateNamedPipeW(path, PIPE_ACCESS_DUPLEX, PIPE_TYPE_BYTE | PIPE_REJECT_REMOTE_CLIENTS,
				       PIPE_UNLIMITED_INSTANCES, 4096, 4096, 0, &security);
	LocalFree(security.lpSecurityDescriptor);
	return pipe;
}

int wmain(int argc, wchar_t **argv)
{
	if (argc != 6)
		return 2;
	wchar_t path[300];
	swprintf(path, 300, L"\\\\.\\pipe\\%ls", argv[1]);
	for (const wchar_t *at = argv[2]; at[0] != L'-' && at[0] && at[1]; at += 2) {
		wchar_t pair[3] = {at[0], at[1], 0};
		reply[reply_size++] = (BYTE)wcstoul(pair, NULL, 16);
	}
	delay = _wtoi(argv[3]);
	chunk = (DWORD)_wtoi(argv[4]);
	owner = argv[5];
	HANDLE pipe = instance(path);
	printf("ready\n");
	fflush(stdout);
	while (pipe != INVALID_HANDLE_VALUE) {
		BOOL connected = ConnectNamedPipe(pipe, NULL) || GetLastError() == ERROR_PIPE_CONNECTED ||
				 GetLastError() == ERROR_NO_DATA; /* the client has gone already */
		HANDLE next = instance(path); /* before this one can end: the pipe is never gone */
		if (connected)
			CloseHandle(CreateThread(NULL, 65536, serve, pipe, 0, NULL));
		else
			CloseHandle(pipe);
		pipe = next;
	}
	return 1;
}
