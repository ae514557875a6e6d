// A PKCS #11 library for tests that stands before the library REAL and has habits of libraries in the field. They are in
// macros, each of which is absent where the library does as the standard says:
//
//	LOGGED_IN               every session is logged in as soon as it is open, with this PIN
//	KEY_PIN, KEY_TRIES      a key that wants its PIN for each signature has this one of its own, with so many tries
//	PAD, TYPING             PINs are typed on the reader: this one, for which the person takes so many milliseconds
//	FORGETS                 the login is gone after each signature (CKR_USER_NOT_LOGGED_IN)
//	DER                     ECDSA signatures are DER
//	SIGNING                 each signature takes so many milliseconds more
//	LENGTH_SIGNS            a C_Sign that asks for the length signs, and ends the operation
//	SLOTS_GROW              C_GetSlotList finds its list longer than the room for it, so many times
//	TRIES                   so many wrong PINs of the user lock every token, for all processes: the file
//	                        "tries" beside it has how many are left
//
// What it does with PINs it appends to the file "logins" beside it, a word for each C_Login: user, key or so, and what came of it.
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "front.h"

enum { USER = 1, CONTEXT = 2 };
enum { ARGUMENTS_BAD = 7, PIN_INCORRECT = 0xa0, PIN_LOCKED = 0xa4, NOT_LOGGED_IN = 0x101, BUFFER_TOO_SMALL = 0x150 };
enum { FINAL_TRY = 0x20000, LOCKED = 0x40000, PROTECTED_PATH = 0x100 };

static void note(const char *who, const char *what) {
	FILE *file = fopen(beside("logins"), "a");
	if (file == NULL)
		return;
	fprintf(file, "%s %s\n", who, what);
	fclose(file);
}

#ifdef TRIES
static int tries_left(void) {
	int left = TRIES;
	FILE *file = fopen(beside("tries"), "r");
	if (file == NULL)
		return left;
	if (fscanf(file, "%d", &left) != 1)
		left = TRIES;
	fclose(file);
	return left;
}

static void keep_tries(int left) {
	FILE *file = fopen(beside("tries"), "w");
	if (file == NULL)
		return;
	fprintf(file, "%d", left);
	fclose(file);
}
#endif

// CK_TOKEN_INFO has its flags after 96 bytes of text.
static word token_info(word slot, unsigned char *info) {
	word flags;
	word rv = THEIRS(6, slot, info, 0, 0, 0);
	if (rv != 0)
		return rv;
	memcpy(&flags, info + 96, sizeof flags);
#ifdef PAD
	flags |= PROTECTED_PATH;
#endif
#ifdef TRIES
	if (tries_left() == 1)
		flags |= FINAL_TRY;
	if (tries_left() == 0)
		flags |= LOCKED;
#endif
	memcpy(info + 96, &flags, sizeof flags);
	return 0;
}

static word open_session(word slot, word flags, word application, word notify, word *session) {
	word rv = THEIRS(12, slot, flags, application, notify, session);
#ifdef LOGGED_IN
	if (rv == 0)
		THEIRS(18, *session, USER, LOGGED_IN, sizeof LOGGED_IN - 1, 0);
#endif
	return rv;
}

static int forgotten;
static char right_pin[64]; // the token's, once a login has shown it
static word right_length;

static word user_login(word session, word user, const char *pin, word n) {
	word rv;
#ifdef TRIES
	int left = tries_left();
	if (left == 0)
		return PIN_LOCKED;
#endif
	if (forgotten)
		THEIRS(19, session, 0, 0, 0, 0);
	rv = THEIRS(18, session, user, pin, n, 0);
	if (rv == 0 && n <= sizeof right_pin) {
		forgotten = 0;
		memcpy(right_pin, pin, n);
		right_length = n;
	}
#ifdef TRIES
	if (rv == 0)
		keep_tries(TRIES);
	else if (rv == PIN_INCORRECT) {
		keep_tries(left - 1);
		if (left == 1)
			rv = PIN_LOCKED;
	}
#endif
	return rv;
}

#ifdef KEY_PIN
static word key_login(word session, const char *pin, word n) {
	static int left = KEY_TRIES;
	if (left == 0)
		return PIN_LOCKED;
	if (n != sizeof KEY_PIN - 1 || memcmp(pin, KEY_PIN, n) != 0) {
		left--;
		return PIN_INCORRECT;
	}
	left = KEY_TRIES;
	return THEIRS(18, session, CONTEXT, right_pin, right_length, 0); // SoftHSM2 has but one PIN
}
#endif

static word login(word session, word user, const char *pin, word n) {
	const char *who = user == CONTEXT ? "key" : user == USER ? "user" : "so";
	word rv;
#ifdef PAD
	if (pin != NULL)
		return ARGUMENTS_BAD;
	usleep(TYPING * 1000);
	pin = PAD;
	n = sizeof PAD - 1;
#endif
	if (user == CONTEXT && forgotten)
		rv = NOT_LOGGED_IN;
	else
#ifdef KEY_PIN
	if (user == CONTEXT)
		rv = key_login(session, pin, n);
	else
#endif
		rv = user_login(session, user, pin, n);
	note(who, rv == 0 ? "right" : rv == PIN_INCORRECT ? "wrong" : rv == PIN_LOCKED ? "locked" : "other");
	return rv;
}

static word sign(word session, word data, word n, unsigned char *signature, word *length) {
	unsigned char raw[1024];
	word rv, size = sizeof raw, room = *length;
	if (forgotten)
		return NOT_LOGGED_IN;
#ifndef LENGTH_SIGNS
	if (signature == NULL)
		return THEIRS(43, session, data, n, NULL, length);
#endif
	rv = THEIRS(43, session, data, n, raw, &size);
	if (rv != 0)
		return rv;
#ifdef FORGETS
	forgotten = 1;
#endif
#ifdef DER
	unsigned char der[256];
	word at = 2, half = size / 2;
	for (int i = 0; i < 2; i++) {
		unsigned char *number = raw + i * half;
		word m = half;
		while (m > 1 && *number == 0)
			number++, m--;
		der[at++] = 2;
		der[at++] = m + (*number >> 7);
		if (*number & 0x80)
			der[at++] = 0;
		memcpy(der + at, number, m);
		at += m;
	}
	der[0] = 0x30;
	der[1] = at - 2;
	memcpy(raw, der, at);
	size = at;
#endif
	*length = size;
	if (signature == NULL)
		return 0;
	if (room < size)
		return BUFFER_TOO_SMALL;
#ifdef SIGNING
	usleep(SIGNING * 1000);
#endif
	memcpy(signature, raw, size);
	return 0;
}

static word slot_list(unsigned char present, word *slots, word *count) {
#ifdef SLOTS_GROW
	static int left = SLOTS_GROW;
	if (slots != NULL && left > 0) {
		left--;
		*count += 1;
		return BUFFER_TOO_SMALL;
	}
#endif
	return THEIRS(4, present, slots, count, 0, 0);
}

word C_GetFunctionList(struct functions **list) {
	word rv = load();
	if (rv != 0)
		return rv;
	ours.function[4] = (void *)slot_list;
	ours.function[6] = (void *)token_info;
	ours.function[12] = (void *)open_session;
	ours.function[18] = (void *)login;
	ours.function[43] = (void *)sign;
	*list = &ours;
	return 0;
}
