// Starts a program as Firefox does: in a job that ends with this one, and that lets programs out which ask for it.
#include <windows.h>

int wmain(void) {
	JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits;
	STARTUPINFOW startup;
	PROCESS_INFORMATION started;
	const wchar_t *command = GetCommandLineW();
	HANDLE job = CreateJobObjectW(NULL, NULL);
	ZeroMemory(&limits, sizeof limits);
	limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE | JOB_OBJECT_LIMIT_BREAKAWAY_OK;
	if (job == NULL || !SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits))
		return 1;
	// The command begins after this program's own path, in which are no spaces.
	while (*command != 0 && *command != L' ')
		command++;
	while (*command == L' ')
		command++;
	ZeroMemory(&startup, sizeof startup);
	startup.cb = sizeof startup;
	startup.dwFlags = STARTF_USESTDHANDLES;
	startup.hStdInput = GetStdHandle(STD_INPUT_HANDLE);
	startup.hStdOutput = GetStdHandle(STD_OUTPUT_HANDLE);
	startup.hStdError = GetStdHandle(STD_ERROR_HANDLE);
	if (!CreateProcessW(NULL, (wchar_t *)command, NULL, NULL, TRUE, CREATE_SUSPENDED, NULL, NULL, &startup, &started))
		return 1;
	if (!AssignProcessToJobObject(job, started.hProcess))
		return 1;
	CloseHandle(startup.hStdInput);
	CloseHandle(startup.hStdOutput);
	ResumeThread(started.hThread);
	WaitForSingleObject(started.hProcess, INFINITE);
	return 0;
}
