// PC/SC of a Windows whose smart card service does not run.
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

__declspec(dllexport) const char g_rgSCardT0Pci[8], g_rgSCardT1Pci[8];

__declspec(dllexport) LONG WINAPI SCardEstablishContext(DWORD scope, const void *one, const void *two, ULONG_PTR *context) {
	(void)scope, (void)one, (void)two, (void)context;
	return (LONG)0x8010001d; // SCARD_E_NO_SERVICE
}
