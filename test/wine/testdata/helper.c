// A library that tells that it was loaded, by a file beside it.
#include <stdio.h>
#include <windows.h>

BOOL WINAPI DllMain(HINSTANCE own, DWORD reason, LPVOID reserved) {
	wchar_t path[4096];
	FILE *file;
	(void)reserved;
	if (reason != DLL_PROCESS_ATTACH)
		return TRUE;
	GetModuleFileNameW(own, path, 2048);
	wcscat(path, L".loaded");
	file = _wfopen(path, L"wb");
	if (file != NULL)
		fclose(file);
	return TRUE;
}
