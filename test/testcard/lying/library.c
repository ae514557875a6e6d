// A PKCS #11 library for tests that stands before the library REAL, does its work, and lies about it. What it says is
// in macros, each of which is absent where it says the truth:
//
//	LABEL, SERIAL           bytes of every token's text, which are followed by NULs
//	MECHANISMS              all that a token has; C_SignInit refuses the others
//	SLOTS                   how many slots there are; those beyond the true ones are the first again
//	ENDLESS                 C_FindObjects finds the same object for ever
//	ATTRIBUTE, LENGTH       an attribute's length; or
//	ATTRIBUTE, CONTENT      its value
//	SIGNATURE               the length of every signature
//	PAD                     the PIN that a person types on the reader: C_Login and C_SetPIN take none but NULL
//	TRIES                   how many wrong PINs of the user lock every token; SoftHSM2 takes any number
//	GREEDY                  C_GetSlotList takes two GiB of memory, and crashes where it does not get them
//	SEED                    any number, length and text may be wrong, in ways that the number in the file "seed" beside it
//	                        decides
#include <stdlib.h>
#include <string.h>

#include "front.h"

struct attribute {
	word type;
	void *value;
	word length;
};

enum { ARGUMENTS_BAD = 7, MECHANISM_INVALID = 0x70, PIN_INCORRECT = 0xa0, PIN_LOCKED = 0xa4, BUFFER_TOO_SMALL = 0x150 };

#ifdef SEED
static unsigned long long state;
static word truths;

__attribute__((constructor)) static void sow(void) {
	unsigned long long seed;
	FILE *file = fopen(beside("seed"), "r");
	if (file == NULL || fscanf(file, "%llu", &seed) != 1)
		abort();
	fclose(file);
	state = seed * 0x9e3779b97f4a7c15ull + 1;
	truths = seed * 37 % 128;
}

static word chance(void) {
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (word)(state >> 11);
}

// lies decides whether to, one time in so many, after as many truths as the seed says: that other seeds get further.
static int lies(word one_in) {
	if (truths > 0) {
		truths--;
		return 0;
	}
	return chance() % one_in == 0;
}

static void wrong(word *number) {
	static const word awkward[] = {0, 1, 2, 33, 65, 4096, 65536, 1ul << 24, 1ul << 31, 1ul << 32, 1ul << 62, -1ul, -2ul};
	if (number != NULL && lies(8))
		*number = chance() % 4 == 0 ? chance() : awkward[chance() % (sizeof awkward / sizeof awkward[0])];
}

static void junk(unsigned char *text, word n) {
	word i;
	if (lies(8))
		for (i = 0; i < n; i++)
			text[i] = (unsigned char)chance();
}

// failure is a return value, now and then another than CKR_OK where it was that.
static word failure(word rv) { return rv == 0 && lies(24) ? chance() % 0x200 : rv; }
#else
static void wrong(word *number) { (void)number; }
static void junk(unsigned char *text, word n) { (void)text, (void)n; }
static word failure(word rv) { return rv; }
#endif

#ifdef TRIES
enum { USER = 1, COUNT_LOW = 0x10000, FINAL_TRY = 0x20000, LOCKED = 0x40000 };

static int tries = TRIES; // that are left

static word count_tries(word user, word rv) {
	if (user == USER && rv == 0)
		tries = TRIES;
	if (user == USER && rv == PIN_INCORRECT)
		tries--;
	return rv;
}

static word tries_flags(void) {
	return (tries < TRIES ? COUNT_LOW : 0) | (tries == 1 ? FINAL_TRY : 0) | (tries == 0 ? LOCKED : 0);
}
#endif

#ifdef GREEDY
// take writes to a page of each MiB alone: the system counts what a process has asked for, and to fill it all takes a busy
// machine longer than a library is waited for.
static void take(void) {
	int i;
	for (i = 0; i < 2048; i++)
		*(volatile char *)malloc(1 << 20) = 1; // a crash is what is wanted of a NULL
}
#endif

static word slot_list(unsigned char present, word *slots, word *count) {
	word rv, have = 64, true_slots[64];
	(void)have, (void)true_slots;
#ifdef GREEDY
	take();
#endif
#ifdef SLOTS
	word i, room = *count;
	rv = THEIRS(4, present, true_slots, &have, 0, 0);
	if (rv != 0)
		return rv;
	for (i = 0; slots != NULL && i < SLOTS && i < room; i++)
		slots[i] = true_slots[i < have ? i : 0];
	*count = SLOTS;
#else
	rv = THEIRS(4, present, slots, count, 0, 0);
#endif
	wrong(count);
	return failure(rv);
}

static word slot_info(word slot, unsigned char *info) {
	word rv = THEIRS(5, slot, info, 0, 0, 0);
	junk(info, 96);
	return failure(rv);
}

// CK_TOKEN_INFO begins with a label of 32 bytes; the serial number has 16, after 80; the flags follow.
static word token_info(word slot, unsigned char *info) {
	word rv = THEIRS(6, slot, info, 0, 0, 0);
	if (rv != 0)
		return rv;
#ifdef LABEL
	static const unsigned char label[32] = LABEL;
	memcpy(info, label, 32);
#endif
#ifdef SERIAL
	static const unsigned char serial[16] = SERIAL;
	memcpy(info + 80, serial, 16);
#endif
#ifdef PAD
	info[96 + 1] |= 1; // CKF_PROTECTED_AUTHENTICATION_PATH
#endif
#ifdef TRIES
	word flags;
	memcpy(&flags, info + 96, sizeof flags);
	flags |= tries_flags();
	memcpy(info + 96, &flags, sizeof flags);
#endif
	junk(info, 96);
	return failure(rv);
}

static word mechanism_list(word slot, word *list, word *count) {
#ifdef MECHANISMS
	static const word all[] = MECHANISMS;
	word n = sizeof all / sizeof all[0], room = *count;
	*count = n;
	if (list != NULL && room < n)
		return BUFFER_TOO_SMALL;
	if (list != NULL)
		memcpy(list, all, sizeof all);
	return 0;
#else
	word rv = THEIRS(7, slot, list, count, 0, 0);
	wrong(count);
	return failure(rv);
#endif
}

static word sign_init(word session, word *mechanism, word key) {
#ifdef MECHANISMS
	static const word all[] = MECHANISMS;
	word i, n = sizeof all / sizeof all[0];
	for (i = 0; i < n && all[i] != *mechanism; i++)
		;
	if (i == n)
		return MECHANISM_INVALID;
#endif
	return failure(THEIRS(42, session, mechanism, key, 0, 0));
}

static word open_session(word slot, word flags, word application, word notify, word *session) {
	word rv = THEIRS(12, slot, flags, application, notify, session);
	wrong(session);
	return failure(rv);
}

static word login(word session, word user, word pin, word n) {
#ifdef PAD
	static char typed[] = PAD;
	if (pin != 0 || n != 0)
		return ARGUMENTS_BAD;
	return THEIRS(18, session, user, typed, sizeof typed - 1, 0);
#elif defined TRIES
	if (user == USER && tries == 0)
		return PIN_LOCKED;
	return count_tries(user, THEIRS(18, session, user, pin, n, 0));
#else
	return failure(THEIRS(18, session, user, pin, n, 0));
#endif
}

static word set_pin(word session, word old, word m, word new, word n) {
#ifdef PAD
	static char typed[] = PAD;
	if (old != 0 || m != 0 || new != 0 || n != 0)
		return ARGUMENTS_BAD;
	return THEIRS(11, session, typed, sizeof typed - 1, typed, sizeof typed - 1);
#else
	return THEIRS(11, session, old, m, new, n);
#endif
}

#ifdef ATTRIBUTE
static void lie(struct attribute *a, word room) {
#ifdef LENGTH
	(void)room;
	a->length = LENGTH;
#else
	static const unsigned char content[] = CONTENT;
	if (a->value != NULL && room >= sizeof content)
		memcpy(a->value, content, sizeof content);
	a->length = sizeof content;
#endif
}
#endif

static word get_attribute(word session, word object, struct attribute *a, word n) {
	word i;
#ifdef ATTRIBUTE
	for (i = 0; i < n; i++)
		if (a[i].type == ATTRIBUTE) {
			lie(&a[i], a[i].length);
			return 0;
		}
#endif
	word rv = THEIRS(24, session, object, a, n, 0);
	for (i = 0; i < n; i++) {
		if (rv == 0 && a[i].value != NULL)
			junk(a[i].value, a[i].length);
		wrong(&a[i].length);
	}
	return failure(rv);
}

static word find_objects(word session, word *objects, word room, word *count) {
#ifdef ENDLESS
	static word last;
	word i;
	word rv = THEIRS(27, session, objects, room, count, 0);
	if (rv != 0)
		return rv;
	if (*count > 0)
		last = objects[0];
	for (i = *count; i < room; i++)
		objects[i] = last;
	*count = room;
	return 0;
#else
	word rv = THEIRS(27, session, objects, room, count, 0);
	wrong(count);
	if (rv == 0 && room > 0)
		wrong(&objects[0]);
	return failure(rv);
#endif
}

static word sign(word session, word data, word n, word signature, word *length) {
	word rv = THEIRS(43, session, data, n, signature, length);
#ifdef SIGNATURE
	if (rv == 0)
		*length = SIGNATURE;
#endif
	wrong(length);
	return failure(rv);
}

word C_GetFunctionList(struct functions **list) {
	word rv = load();
	if (rv != 0)
		return rv;
	ours.function[4] = (void *)slot_list;
	ours.function[5] = (void *)slot_info;
	ours.function[6] = (void *)token_info;
	ours.function[7] = (void *)mechanism_list;
	ours.function[11] = (void *)set_pin;
	ours.function[12] = (void *)open_session;
	ours.function[18] = (void *)login;
	ours.function[24] = (void *)get_attribute;
	ours.function[27] = (void *)find_objects;
	ours.function[42] = (void *)sign_init;
	ours.function[43] = (void *)sign;
	*list = &ours;
	return 0;
}
