// A program that a library starts and leaves behind.
#include <windows.h>

int main(void) {
	Sleep(INFINITE);
	return 0;
}
