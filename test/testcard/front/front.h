// What the PKCS #11 libraries for tests share that stand before the library REAL.
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

typedef unsigned long word;
typedef word (*call)(word, word, word, word, word, word);

struct functions {
	unsigned char version[2];
	void *function[68];
};

static struct functions ours;
static struct functions *theirs;

#define THEIRS(n, a, b, c, d, e) ((call)theirs->function[n])((word)(a), (word)(b), (word)(c), (word)(d), (word)(e), 0)

// beside returns the path of a file of this name beside the library.
static const char *beside(const char *name) {
	static __thread char path[4096];
	Dl_info own;
	const char *end;
	if (dladdr(&ours, &own) == 0 || (end = strrchr(own.dli_fname, '/')) == NULL)
		return "";
	snprintf(path, sizeof path, "%.*s/%s", (int)(end - own.dli_fname), own.dli_fname, name);
	return path;
}

// load has ours begin as a copy of theirs.
static word load(void) {
	word (*get)(struct functions **);
	void *library = dlopen(REAL, RTLD_NOW);
	if (library == NULL)
		return 5; // CKR_GENERAL_ERROR
	get = (word (*)(struct functions **))dlsym(library, "C_GetFunctionList");
	if (get == NULL || get(&theirs) != 0)
		return 5;
	ours = *theirs;
	return 0;
}
