// A PKCS #11 library of Windows for tests: one reader, one token, one certificate and its RSA key, which lie in files beside it.
// It loads what it needs by its name alone, as makers' libraries do, and starts a process that wants to outlive it if there is
// such a program beside it.
#include <stdio.h>
#include <string.h>
#include <windows.h>

typedef unsigned long word;
typedef unsigned char byte;

enum {
	OK = 0,
	ARGUMENTS_BAD = 7,
	ATTRIBUTE_TYPE_INVALID = 0x12,
	NOT_SUPPORTED = 0x54,
	PIN_INCORRECT = 0xa0,
	BUFFER_TOO_SMALL = 0x150,
	NOT_LOGGED_IN = 0x101,
};
enum { CERTIFICATE = 1, PRIVATE_KEY = 2 }; // handles
enum { RSA_BYTES = 256, WORDS = RSA_BYTES / 4 };

#pragma pack(push, 1)
struct functions {
	byte version[2];
	void *function[68];
};
struct slot {
	byte description[64], manufacturer[32];
	word flags;
	byte versions[4];
};
struct token {
	byte label[32], manufacturer[32], model[16], serial[16];
	word flags, sessions[4], max_pin, min_pin, memory[4];
	byte versions[4], time[16];
};
struct session {
	word slot, state, flags, error;
};
struct attribute {
	word type;
	void *value;
	word length;
};
#pragma pack(pop)

static struct functions list;
static byte certificate[8192], modulus[RSA_BYTES], exponent[RSA_BYTES];
static word certificate_length;
static int logged_in;
static const word *wanted; // objects that C_FindObjects has still to return
static word wanted_count;

// beside returns the path of a file beside this library.
static const wchar_t *beside(const wchar_t *name) {
	static wchar_t path[4096];
	HMODULE own;
	wchar_t *end;
	GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT, (const wchar_t *)&list, &own);
	GetModuleFileNameW(own, path, 2048);
	end = wcsrchr(path, L'\\');
	wcscpy(end + 1, name);
	return path;
}

static word read_file(const wchar_t *name, byte *into, word limit) {
	FILE *file = _wfopen(beside(name), L"rb");
	word n = 0;
	if (file == NULL)
		return 0;
	n = fread(into, 1, limit, file);
	fclose(file);
	return n;
}

static word initialize(void *arguments) {
	STARTUPINFOW startup;
	PROCESS_INFORMATION started;
	(void)arguments;
	LoadLibraryW(L"eonay-helper.dll");
	memset(&startup, 0, sizeof startup);
	startup.cb = sizeof startup;
	if (!CreateProcessW(beside(L"linger.exe"), NULL, NULL, NULL, FALSE, CREATE_BREAKAWAY_FROM_JOB, NULL, NULL, &startup, &started))
		CreateProcessW(beside(L"linger.exe"), NULL, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &started);
	certificate_length = read_file(L"certificate.der", certificate, sizeof certificate);
	read_file(L"modulus", modulus, sizeof modulus);
	read_file(L"exponent", exponent, sizeof exponent);
	return OK;
}

static word works(void) { return OK; }
static word unsupported(void) { return NOT_SUPPORTED; }

static word get_slot_list(byte present, word *slots, word *n) {
	(void)present;
	if (slots != NULL && *n > 0)
		slots[0] = 3;
	*n = 1;
	return OK;
}

static void blank(void *text, const char *is, size_t n) {
	memset(text, ' ', n);
	memcpy(text, is, strlen(is));
}

static word get_slot_info(word slot, struct slot *info) {
	(void)slot;
	memset(info, 0, sizeof *info);
	blank(info->description, "Deneme Okuyucu \xc4\xb0\xc5\x9f\xc4\xb1k", 64);
	info->flags = 7; // present, removable, hardware
	return OK;
}

static word get_token_info(word slot, struct token *info) {
	(void)slot;
	memset(info, 0, sizeof *info);
	blank(info->label, "\xc4\xb0mza kart\xc4\xb1", 32);
	blank(info->manufacturer, "", 32);
	blank(info->model, "", 16);
	blank(info->serial, "1453", 16);
	info->flags = 0x40c; // login required, PIN and token initialised
	info->max_pin = 8;
	info->min_pin = 4;
	return OK;
}

static word get_mechanism_list(word slot, word *mechanisms, word *n) {
	(void)slot;
	if (mechanisms != NULL && *n > 0)
		mechanisms[0] = 1; // CKM_RSA_PKCS
	*n = 1;
	return OK;
}

static word open_session(word slot, word flags, void *application, void *notify, word *session) {
	(void)slot, (void)flags, (void)application, (void)notify;
	*session = 9;
	return OK;
}

static word get_session_info(word session, struct session *info) {
	(void)session;
	info->slot = 3;
	info->state = logged_in ? 1 : 0;
	info->flags = 4;
	info->error = 0;
	return OK;
}

static word login(word session, word user, const byte *pin, word n) {
	(void)session, (void)user;
	if (n != 6 || memcmp(pin, "246810", 6) != 0)
		return PIN_INCORRECT;
	logged_in = 1;
	return OK;
}

static word logout(word session) {
	(void)session;
	logged_in = 0;
	return OK;
}

static word copy(struct attribute *a, const void *value, word n) {
	if (a->value != NULL && a->length < n)
		return BUFFER_TOO_SMALL;
	if (a->value != NULL)
		memcpy(a->value, value, n);
	a->length = n;
	return OK;
}

static word get_attribute_value(word session, word object, struct attribute *a, word n) {
	(void)session;
	if (n != 1)
		return ARGUMENTS_BAD;
	switch (a->type) {
	case 0x11: // CKA_VALUE
		if (object == CERTIFICATE)
			return copy(a, certificate, certificate_length);
		break;
	case 0x102: // CKA_ID
		return copy(a, "\x01", 1);
	case 0x120: // CKA_MODULUS
		if (object == PRIVATE_KEY)
			return copy(a, modulus, RSA_BYTES);
		break;
	}
	a->length = (word)-1;
	return ATTRIBUTE_TYPE_INVALID;
}

static word find_objects_init(word session, const struct attribute *template, word n) {
	static const word certificates[] = {CERTIFICATE}, keys[] = {PRIVATE_KEY};
	word i;
	(void)session;
	wanted_count = 0;
	for (i = 0; i < n; i++) {
		if (template[i].type != 0) // CKA_CLASS
			continue;
		wanted = *(const word *)template[i].value == 1 ? certificates : keys;
		wanted_count = *(const word *)template[i].value == 1 || (*(const word *)template[i].value == 3 && logged_in);
	}
	return OK;
}

static word find_objects(word session, word *objects, word limit, word *n) {
	(void)session;
	*n = wanted_count < limit ? wanted_count : limit;
	memcpy(objects, wanted, *n * sizeof *objects);
	wanted_count -= *n;
	return OK;
}

static void from_bytes(unsigned number[WORDS], const byte bytes[RSA_BYTES]) {
	int i;
	for (i = 0; i < WORDS; i++) {
		const byte *b = bytes + RSA_BYTES - 4 * (i + 1);
		number[i] = (unsigned)b[0] << 24 | b[1] << 16 | b[2] << 8 | b[3];
	}
}

// reduce takes n from a, whose next higher word is high, if it is not less.
static void reduce(unsigned a[WORDS], unsigned high, const unsigned n[WORDS]) {
	long long borrow = 0;
	int i;
	for (i = WORDS - 1; !high && i >= 0 && a[i] == n[i]; i--)
		;
	if (!high && i >= 0 && a[i] < n[i])
		return;
	for (i = 0; i < WORDS; i++) {
		borrow += (long long)a[i] - n[i];
		a[i] = (unsigned)borrow;
		borrow >>= 32;
	}
}

static void twice(unsigned a[WORDS], const unsigned n[WORDS]) {
	unsigned high = 0;
	int i;
	for (i = 0; i < WORDS; i++) {
		unsigned top = a[i] >> 31;
		a[i] = a[i] << 1 | high;
		high = top;
	}
	reduce(a, high, n);
}

// multiply sets out to a b / 2^2048 mod n (Montgomery).
static void multiply(unsigned out[WORDS], const unsigned a[WORDS], const unsigned b[WORDS], const unsigned n[WORDS]) {
	unsigned sum[WORDS + 2] = {0}, inverse = 1;
	int i, j;
	for (i = 0; i < 5; i++) // of n mod 2^32
		inverse *= 2 - n[0] * inverse;
	for (i = 0; i < WORDS; i++) {
		unsigned long long carry = 0;
		unsigned q;
		for (j = 0; j < WORDS; j++) {
			carry += (unsigned long long)a[j] * b[i] + sum[j];
			sum[j] = (unsigned)carry;
			carry >>= 32;
		}
		carry += sum[WORDS];
		sum[WORDS] = (unsigned)carry;
		sum[WORDS + 1] = (unsigned)(carry >> 32);
		q = -sum[0] * inverse;
		carry = ((unsigned long long)q * n[0] + sum[0]) >> 32;
		for (j = 1; j < WORDS; j++) {
			carry += (unsigned long long)q * n[j] + sum[j];
			sum[j - 1] = (unsigned)carry;
			carry >>= 32;
		}
		carry += sum[WORDS];
		sum[WORDS - 1] = (unsigned)carry;
		sum[WORDS] = sum[WORDS + 1] + (unsigned)(carry >> 32);
	}
	reduce(sum, sum[WORDS], n);
	memcpy(out, sum, WORDS * sizeof *out);
}

// hang tells that the card is at work, and never ends, if there is a file "gate".
static void hang(void) {
	FILE *file;
	if (GetFileAttributesW(beside(L"gate")) == INVALID_FILE_ATTRIBUTES)
		return;
	file = _wfopen(beside(L"signing"), L"wb");
	if (file != NULL)
		fclose(file);
	Sleep(INFINITE);
}

static word sign(word session, const byte *data, word m, byte *signature, word *length) {
	unsigned n[WORDS], message[WORDS], result[WORDS] = {1}, one[WORDS] = {1};
	byte padded[RSA_BYTES];
	int bit;
	(void)session;
	if (!logged_in)
		return NOT_LOGGED_IN;
	if (*length < RSA_BYTES || m > RSA_BYTES - 11)
		return BUFFER_TOO_SMALL;
	memset(padded, 0xff, sizeof padded); // RFC 8017, 9.2
	padded[0] = 0;
	padded[1] = 1;
	padded[RSA_BYTES - m - 1] = 0;
	memcpy(padded + RSA_BYTES - m, data, m);
	from_bytes(n, modulus);
	from_bytes(message, padded);
	hang();
	for (bit = 0; bit < 32 * WORDS; bit++) {
		twice(message, n);
		twice(result, n);
	}
	for (bit = 8 * RSA_BYTES - 1; bit >= 0; bit--) {
		multiply(result, result, result, n);
		if (exponent[RSA_BYTES - 1 - bit / 8] >> bit % 8 & 1)
			multiply(result, result, message, n);
	}
	multiply(result, result, one, n);
	for (bit = 0; bit < RSA_BYTES; bit++)
		signature[RSA_BYTES - 1 - bit] = result[bit / 4] >> 8 * (bit % 4);
	*length = RSA_BYTES;
	return OK;
}

__declspec(dllexport) word C_GetFunctionList(struct functions **out) {
	static const struct {
		int number;
		void *function;
	} ours[] = {
		{0, initialize}, {1, works}, {4, get_slot_list}, {5, get_slot_info}, {6, get_token_info}, {7, get_mechanism_list},
		{12, open_session}, {13, works}, {14, works}, {15, get_session_info}, {18, login}, {19, logout},
		{24, get_attribute_value}, {26, find_objects_init}, {27, find_objects}, {28, works}, {42, works}, {43, sign},
	};
	size_t i;
	list.version[0] = 2;
	list.version[1] = 40;
	for (i = 0; i < 68; i++)
		list.function[i] = unsupported;
	for (i = 0; i < sizeof ours / sizeof *ours; i++)
		list.function[ours[i].number] = ours[i].function;
	*out = &list;
	return OK;
}
