// A PKCS #11 library for tests: everything goes to the library REAL, except that the function with the
// number FUNCTION in the list first writes the process's number into the pipe CALLS, and then does what
// ACTION says. TOKEN_FLAGS are added to those of every token, and TOKEN_CLEAR are taken away.
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PASS, HANG, CRASH, CHATTER, RETURN };

typedef unsigned long word;
typedef word (*call)(word, word, word, word, word, word);

struct functions {
	unsigned char version[2];
	void *function[68];
};

static struct functions ours;
static struct functions *theirs;

static void record(void) {
	int pid = getpid();
	int fd = open(CALLS, O_WRONLY | O_NONBLOCK);
	if (fd < 0)
		return;
	if (write(fd, &pid, sizeof pid) < 0) {
		/* nobody reads */
	}
	close(fd);
}

// No function that is replaced has more than six arguments, and all of them travel in registers.
static word faulty(word a, word b, word c, word d, word e, word f) {
	record();
	switch (ACTION) {
	case HANG:
		for (;;)
			pause();
	case CRASH:
		*(volatile int *)0 = 1;
		break;
	case CHATTER:
		printf("the driver talks\n");
		fflush(stdout);
		break;
	case RETURN:
		return VALUE;
	}
	return ((call)theirs->function[FUNCTION])(a, b, c, d, e, f);
}

// CK_TOKEN_INFO has its flags after 96 bytes of text.
static word token_info(word slot, unsigned char *info) {
	word flags;
	word rv = ((call)theirs->function[6])(slot, (word)info, 0, 0, 0, 0);
	if (rv != 0)
		return rv;
	memcpy(&flags, info + 96, sizeof flags);
	flags = (flags | TOKEN_FLAGS) & ~(word)TOKEN_CLEAR;
	memcpy(info + 96, &flags, sizeof flags);
	return 0;
}

word C_GetFunctionList(struct functions **list) {
	word (*get)(struct functions **);
	void *library = dlopen(REAL, RTLD_NOW);
	if (library == NULL)
		return 5; // CKR_GENERAL_ERROR
	get = (word (*)(struct functions **))dlsym(library, "C_GetFunctionList");
	if (get == NULL || get(&theirs) != 0)
		return 5;
	ours = *theirs;
	ours.function[6] = (void *)token_info;
	ours.function[FUNCTION] = (void *)faulty;
	*list = &ours;
	return 0;
}
