/*
 * For tests under Wine 8 only, which lacks this library: programs of Go ask it
 * for random bytes. advapi32 has the same under its name in C, SystemFunction036.
 */
#include <windows.h>

BOOLEAN NTAPI SystemFunction036(PVOID buffer, ULONG size);

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE buffer, SIZE_T size)
{
	return SystemFunction036(buffer, (ULONG)size);
}
