// A program that uses the PKCS #11 library of its first argument in the way that the second names.
#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

typedef unsigned long word;

struct functions {
	unsigned char version[2];
	void *function[68];
};

static struct functions *list;

static void *close_all(void *slot) {
	((word (*)(word))list->function[14])((word)slot);
	return NULL;
}

int main(int argc, char **argv) {
	word slots[8], n = 8, session, flags = 4; // CKF_SERIAL_SESSION
	word (*get)(struct functions **);
	void *library = argc == 3 ? dlopen(argv[1], RTLD_NOW) : NULL;
	if (library == NULL)
		return 2;
	get = (word (*)(struct functions **))dlsym(library, "C_GetFunctionList");
	if (get == NULL || get(&list) != 0 || ((word (*)(void *))list->function[0])(NULL) != 0)
		return 3;
	if (((word (*)(unsigned char, word *, word *))list->function[4])(1, slots, &n) != 0 || n == 0)
		return 4;
	for (int i = 0; i < 2; i++) {
		if (((word (*)(word, word, void *, void *, word *))list->function[12])(slots[0], flags, NULL, NULL, &session) != 0)
			return 5;
		if (strcmp(argv[2], "sessions") != 0 && ((word (*)(word))list->function[13])(session) != 0)
			return 6;
	}
	if (strcmp(argv[2], "threads") == 0) {
		pthread_t other;
		if (pthread_create(&other, NULL, close_all, (void *)slots[0]) != 0 || pthread_join(other, NULL) != 0)
			return 7;
	}
	return 0;
}
