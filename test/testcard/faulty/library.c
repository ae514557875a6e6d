// A PKCS #11 library for tests: everything goes to the library REAL, but for one function, which first writes the process's
// number into the pipe "calls" beside it and then does its action. What is faulty stands in the file "fault" beside it, so
// that one library serves all. While there is a file "switch" beside it, the function that it names hangs or crashes too.
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "front.h"

enum { PASS, HANG, CRASH, CHATTER, RETURN, RETURN_AFTER, LEAVE };

// The numbers of the file "fault": the function's in the list, -1 where none is faulty; its action, and what it returns;
// flags that are added to those of every token, and taken away; the action of a C_Initialize with arguments; whether a
// second session crashes, and a second thread.
static int function, action, arguments_action, one_session, one_thread;
static word value, token_flags, token_clear;

__attribute__((constructor)) static void read_fault(void) {
	FILE *file = fopen(beside("fault"), "r");
	if (file == NULL || fscanf(file, "%d %d %lu %lu %lu %d %d %d", &function, &action, &value, &token_flags, &token_clear,
		&arguments_action, &one_session, &one_thread) != 8)
		abort();
	fclose(file);
}

static struct functions under; // without what the fault's function, one_thread and the switch say

// A compiler may leave out what writes to a constant NULL.
static int *volatile nowhere;

static void crash(void) { *nowhere = 1; }

static void record(void) {
	int pid = getpid();
	int fd = open(beside("calls"), O_WRONLY | O_NONBLOCK);
	if (fd < 0)
		return;
	if (write(fd, &pid, sizeof pid) < 0) {
		/* nobody reads */
	}
	close(fd);
}

static void stop(int how) {
	if (how == CRASH)
		crash();
	while (how == HANG)
		pause();
}

// leave starts a process that wants to outlive this one, and tells its number too.
static void leave(void) {
	if (fork() != 0)
		return;
	setsid();
	prctl(PR_SET_PDEATHSIG, 0);
	if (fork() != 0)
		_exit(0);
	record();
	stop(HANG);
}

// No function that is replaced has more than six arguments, and all of them travel in registers.
static word faulty(word a, word b, word c, word d, word e, word f) {
	switch (action) {
	case HANG:
	case CRASH:
		stop(action);
		break;
	case CHATTER:
		printf("the driver talks\n");
		fflush(stdout);
		break;
	case LEAVE:
		leave();
		break;
	case RETURN:
		return value;
	case RETURN_AFTER:
		((call)under.function[function < 0 ? 0 : function])(a, b, c, d, e, f);
		return value;
	}
	return ((call)under.function[function < 0 ? 0 : function])(a, b, c, d, e, f);
}

static word initialize(word arguments) {
	if (arguments != 0 && arguments_action == RETURN)
		return 7; // CKR_ARGUMENTS_BAD
	if (arguments != 0 && arguments_action == CRASH)
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
	if (one_session && sessions > 0)
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

// obey does what the file "switch" says: the number of a function, an action, and how many of its calls pass before.
static void obey(int number) {
	static int passed;
	int which, how, passing, told;
	FILE *file = fopen(beside("switch"), "r");
	if (file == NULL) {
		passed = 0;
		return;
	}
	told = fscanf(file, "%d %d %d", &which, &how, &passing);
	fclose(file);
	if (told == 3 && which == number && passed++ >= passing)
		stop(how);
}

static void enter(int number) {
	if (number == function)
		record();
	if (one_thread)
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
	flags = (flags | token_flags) & ~token_clear;
	memcpy(info + 96, &flags, sizeof flags);
	return 0;
}

word C_GetFunctionList(struct functions **list) {
	word rv = load();
	if (rv != 0)
		return rv;
	under = ours;
	under.function[0] = (void *)initialize;
	under.function[1] = (void *)finalize;
	under.function[6] = (void *)token_info;
	under.function[12] = (void *)open_session;
	under.function[13] = (void *)close_session;
	under.function[14] = (void *)close_all_sessions;
	ours = under;
	if (function >= 0)
		ours.function[function] = (void *)faulty;
	inside = ours;
	EACH(ENTER)
	*list = &ours;
	return 0;
}
