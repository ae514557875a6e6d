// A PKCS #11 library for tests: everything goes to the library REAL, except that the function with the
// number FUNCTION in the list first writes the process's number into the pipe CALLS, and then does what
// ACTION says; there is none if FUNCTION is -1. TOKEN_FLAGS are added to those of every token, and
// TOKEN_CLEAR are taken away. ARGUMENTS says what becomes of a C_Initialize with arguments; ONE_SESSION
// makes a second session crash, ONE_THREAD a second thread. While there is a file SWITCH, the function that
// it names hangs or crashes too.
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PASS, HANG, CRASH, CHATTER, RETURN, RETURN_AFTER };

typedef unsigned long word;
typedef word (*call)(word, word, word, word, word, word);

struct functions {
	unsigned char version[2];
	void *function[68];
};

static struct functions ours;
static struct functions under; // without what FUNCTION, ONE_THREAD and SWITCH say
static struct functions *theirs;

// A compiler may leave out what writes to a constant NULL.
static int *volatile nowhere;

static void crash(void) { *nowhere = 1; }

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

static void stop(int action) {
	if (action == CRASH)
		crash();
	while (action == HANG)
		pause();
}

// No function that is replaced has more than six arguments, and all of them travel in registers.
static word faulty(word a, word b, word c, word d, word e, word f) {
	switch (ACTION) {
	case HANG:
	case CRASH:
		stop(ACTION);
		break;
	case CHATTER:
		printf("the driver talks\n");
		fflush(stdout);
		break;
	case RETURN:
		return VALUE;
	case RETURN_AFTER:
		((call)under.function[FUNCTION < 0 ? 0 : FUNCTION])(a, b, c, d, e, f);
		return VALUE;
	}
	return ((call)under.function[FUNCTION < 0 ? 0 : FUNCTION])(a, b, c, d, e, f);
}

static word initialize(word arguments) {
	if (arguments != 0 && ARGUMENTS == RETURN)
		return 7; // CKR_ARGUMENTS_BAD
	if (arguments != 0 && ARGUMENTS == CRASH)
		crash();
	return ((call)theirs->function[0])(arguments, 0, 0, 0, 0, 0);
}

static int sessions; // that are open

static word finalize(word reserved) {
	sessions = 0;
	return ((call)theirs->function[1])(reserved, 0, 0, 0, 0, 0);
}

static word open_session(word slot, word flags, word application, word notify, word session) {
	word rv;
	if (ONE_SESSION && sessions > 0)
		crash();
	rv = ((call)theirs->function[12])(slot, flags, application, notify, session, 0);
	if (rv == 0)
		sessions++;
	return rv;
}

static word close_session(word session) {
	word rv = ((call)theirs->function[13])(session, 0, 0, 0, 0, 0);
	if (rv == 0)
		sessions--;
	return rv;
}

static word close_all_sessions(word slot) {
	sessions = 0;
	return ((call)theirs->function[14])(slot, 0, 0, 0, 0, 0);
}

static void check_thread(void) {
	static pthread_t first;
	static int known;
	if (!known) {
		known = 1;
		first = pthread_self();
	}
	if (!pthread_equal(first, pthread_self()))
		crash();
}

// obey does what the file SWITCH says: the number of a function, an action, and how many of its calls pass before.
static void obey(int number) {
	static int passed;
	int function, action, passing, told;
	FILE *file = fopen(SWITCH, "r");
	if (file == NULL) {
		passed = 0;
		return;
	}
	told = fscanf(file, "%d %d %d", &function, &action, &passing);
	fclose(file);
	if (told == 3 && function == number && passed++ >= passing)
		stop(action);
}

static void enter(int number) {
	if (number == FUNCTION)
		record();
	if (ONE_THREAD)
		check_thread();
	obey(number);
}

// Every function that is in common use, C_Initialize to C_Verify, by way of enter.
static struct functions inside;

#define ENTERED(n) \
	static word entered_##n(word a, word b, word c, word d, word e, word f) { \
		enter(n); \
		return ((call)inside.function[n])(a, b, c, d, e, f); \
	}
#define ENTER(n) ours.function[n] = (void *)entered_##n;
#define EACH(X) \
	X(0) X(1) X(2) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15) X(18) X(19) X(20) X(22) X(23) X(24) \
	X(25) X(26) X(27) X(28) X(42) X(43) X(44) X(45) X(48) X(49)

EACH(ENTERED)

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
	under = *theirs;
	under.function[0] = (void *)initialize;
	under.function[1] = (void *)finalize;
	under.function[6] = (void *)token_info;
	under.function[12] = (void *)open_session;
	under.function[13] = (void *)close_session;
	under.function[14] = (void *)close_all_sessions;
	ours = under;
	if (FUNCTION >= 0)
		ours.function[FUNCTION < 0 ? 0 : FUNCTION] = (void *)faulty;
	inside = ours;
	EACH(ENTER)
	*list = &ours;
	return 0;
}
