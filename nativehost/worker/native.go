package worker

/*
#include <stdlib.h>

#ifdef _WIN32
#include <io.h>
#pragma pack(push, 1)
#else
#include <unistd.h>
#endif

// CK_FUNCTION_LIST (PKCS #11 v2.40, 3.6): a version, then 68 functions. C_Initialize is the first, C_GetSlotList
// the 5th, C_GetMechanismList the 8th, C_InitPIN the 11th, C_SetPIN the 12th, C_Login the 19th, C_GetAttributeValue
// the 25th, C_Sign the 44th.
struct functions {
	unsigned char version[2];
	void *function[68];
};

// CK_ATTRIBUTE (PKCS #11 v2.40, 3.4).
struct attribute {
	unsigned long type;
	void *value;
	unsigned long length;
};

#ifdef _WIN32
#pragma pack(pop)
#endif

typedef unsigned long (*get_list)(struct functions **);
typedef unsigned long (*c_initialize)(void *);
typedef unsigned long (*c_login)(unsigned long, unsigned long, unsigned char *, unsigned long);
typedef unsigned long (*c_init_pin)(unsigned long, unsigned char *, unsigned long);
typedef unsigned long (*c_set_pin)(unsigned long, unsigned char *, unsigned long, unsigned char *, unsigned long);
typedef unsigned long (*c_get_attribute_value)(unsigned long, unsigned long, struct attribute *, unsigned long);
typedef unsigned long (*c_get_slot_list)(unsigned char, unsigned long *, unsigned long *);
typedef unsigned long (*c_get_mechanism_list)(unsigned long, unsigned long *, unsigned long *);
typedef unsigned long (*c_sign)(unsigned long, unsigned char *, unsigned long, unsigned char *, unsigned long *);

// list_of calls a library's C_GetFunctionList.
static unsigned long list_of(void *get, struct functions **list) { return ((get_list)get)(list); }

// A context is what miekg/pkcs11 keeps of a library that it has loaded: the loader's handle, which only its Destroy uses, and
// the list.
struct context {
	void *handle;
	struct functions *list;
};

// new_context returns a context that lives as long as the process.
static struct context *new_context(struct functions *list) {
	struct context *c = calloc(1, sizeof *c);
	if (c != NULL)
		c->list = list;
	return c;
}

static unsigned long initialize_null(struct functions *list) {
	return ((c_initialize)list->function[0])(NULL);
}

static unsigned long login(struct functions *list, unsigned long session, unsigned long user, void *pin, unsigned long n) {
	return ((c_login)list->function[18])(session, user, pin, n);
}

static unsigned long init_pin(struct functions *list, unsigned long session, void *new, unsigned long n) {
	return ((c_init_pin)list->function[10])(session, new, n);
}

static unsigned long set_pin(struct functions *list, unsigned long session, void *old, unsigned long m, void *new, unsigned long n) {
	return ((c_set_pin)list->function[11])(session, old, m, new, n);
}

static unsigned long slot_list(struct functions *list, unsigned char present, unsigned long *slots, unsigned long *n) {
	return ((c_get_slot_list)list->function[4])(present, slots, n);
}

static unsigned long mechanism_list(struct functions *list, unsigned long slot, unsigned long *mechanisms, unsigned long *n) {
	return ((c_get_mechanism_list)list->function[7])(slot, mechanisms, n);
}

static unsigned long sign(struct functions *list, unsigned long session, void *data, unsigned long m, void *signature, unsigned long *n) {
	return ((c_sign)list->function[43])(session, data, m, signature, n);
}

// get_attribute copies an attribute of at most n bytes into value and returns its length, or -1 if there is none.
static long long get_attribute(struct functions *list, unsigned long session, unsigned long object, unsigned long type, void *value, unsigned long n) {
	c_get_attribute_value get = (c_get_attribute_value)list->function[24];
	struct attribute a = {type, NULL, 0};
	if (get(session, object, &a, 1) != 0 || a.length > n)
		return -1;
	a.length = n;
	a.value = value;
	if (get(session, object, &a, 1) != 0 || a.length > n)
		return -1;
	return a.length;
}

// take_stdout gives the pipe to the host a descriptor that a library does not know of, and turns
// standard output to where standard error goes.
static long long take_stdout(void) {
#ifdef _WIN32
	int fd = _dup(1);
	if (fd < 0 || _dup2(2, 1) < 0)
		return -1;
	return (long long)_get_osfhandle(fd);
#else
	int fd = dup(1);
	if (fd < 0 || dup2(2, 1) < 0)
		return -1;
	return fd;
#endif
}
*/
import "C"

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"unsafe"

	"github.com/miekg/pkcs11"
)

// library is what miekg/pkcs11 lacks: the loader's reason, a C_Initialize without arguments, lists that may grow while
// they are asked for, a C_GetAttributeValue that does not believe every length, a C_Sign that is called once, and a
// C_Login, C_InitPIN and C_SetPIN that leave no copy of a PIN behind (that package's take strings and copy them into
// memory that it frees uncleared).
type library struct {
	functions *C.struct_functions
}

// loadLibrary loads the library at path for good.
func loadLibrary(path string) (*library, error) {
	get, err := loadFunction(path, "C_GetFunctionList")
	if err != nil {
		return nil, err
	}
	l := new(library)
	if rv := C.list_of(get, &l.functions); rv != pkcs11.CKR_OK {
		return nil, fmt.Errorf("C_GetFunctionList: %#x", uint64(rv))
	}
	if l.functions == nil {
		return nil, errors.New("C_GetFunctionList: no list")
	}
	return l, nil
}

var _ = [unsafe.Sizeof((*C.struct_context)(nil))]struct{}{} == [unsafe.Sizeof(pkcs11.Ctx{})]struct{}{}

// context returns the library for miekg/pkcs11, whose own loader takes a path in the letters of Windows' code page: a library
// below C:\Users\Işıl cannot be named so on most machines. A pkcs11.Ctx is one pointer to what C.struct_context describes; the
// version of that package is pinned, every test with a library fails if that changes, and nothing builds if it is more than a pointer.
// What it points to is C's memory, which Go's collector leaves alone, and is kept for as long as the library: for the process's life.
func (l *library) context() *pkcs11.Ctx {
	ctx := new(pkcs11.Ctx)
	*(**C.struct_context)(unsafe.Pointer(ctx)) = C.new_context(l.functions)
	return ctx
}

// initialize is C_Initialize(NULL): no threads but this one (PKCS #11 v2.40, 5.4).
func (l *library) initialize() error {
	if rv := C.initialize_null(l.functions); rv != pkcs11.CKR_OK {
		return pkcs11.Error(rv)
	}
	return nil
}

// login is C_Login; an empty PIN stands for the reader's own pad (PKCS #11 v2.40, 5.6.8).
func (l *library) login(session pkcs11.SessionHandle, user uint, pin []byte) error {
	rv := C.login(l.functions, C.ulong(session), C.ulong(user), unsafe.Pointer(unsafe.SliceData(pin)), C.ulong(len(pin)))
	runtime.KeepAlive(pin)
	if rv != pkcs11.CKR_OK {
		return pkcs11.Error(rv)
	}
	return nil
}

// initPIN is C_InitPIN; an empty PIN stands for the reader's own pad (PKCS #11 v2.40, 5.5.8).
func (l *library) initPIN(session pkcs11.SessionHandle, new []byte) error {
	rv := C.init_pin(l.functions, C.ulong(session), unsafe.Pointer(unsafe.SliceData(new)), C.ulong(len(new)))
	runtime.KeepAlive(new)
	if rv != pkcs11.CKR_OK {
		return pkcs11.Error(rv)
	}
	return nil
}

// setPIN is C_SetPIN; empty PINs stand for the reader's own pad (PKCS #11 v2.40, 5.5.9).
func (l *library) setPIN(session pkcs11.SessionHandle, old, new []byte) error {
	rv := C.set_pin(l.functions, C.ulong(session),
		unsafe.Pointer(unsafe.SliceData(old)), C.ulong(len(old)), unsafe.Pointer(unsafe.SliceData(new)), C.ulong(len(new)))
	runtime.KeepAlive(old)
	runtime.KeepAlive(new)
	if rv != pkcs11.CKR_OK {
		return pkcs11.Error(rv)
	}
	return nil
}

// attribute is C_GetAttributeValue: an attribute's value, nil if the object does not have it, keeps it secret, or
// has one of more than limit bytes.
func (l *library) attribute(session pkcs11.SessionHandle, object pkcs11.ObjectHandle, kind uint, limit int) []byte {
	value := make([]byte, limit)
	n := C.get_attribute(l.functions, C.ulong(session), C.ulong(object), C.ulong(kind), unsafe.Pointer(unsafe.SliceData(value)), C.ulong(limit))
	if n < 0 {
		return nil
	}
	return value[:n]
}

// Bounds of the lists of slots and mechanisms.
const (
	maxListed   = 1 << 20 // entries; libraries show some dozens
	listedRoom  = 16      // entries that may come while the list is asked for
	listedTries = 5
)

// slots is C_GetSlotList, of all slots or of those with a token. It asks for the number first: that is when a library
// looks for new readers (PKCS #11 v2.40, 5.5.1).
func (l *library) slots(present bool) ([]uint, error) {
	flag := C.uchar(0)
	if present {
		flag = 1
	}
	return numbers(func(values, n *C.ulong) C.ulong { return C.slot_list(l.functions, flag, values, n) })
}

// mechanisms is C_GetMechanismList.
func (l *library) mechanisms(slot uint) ([]uint, error) {
	return numbers(func(values, n *C.ulong) C.ulong { return C.mechanism_list(l.functions, C.ulong(slot), values, n) })
}

// numbers calls a function that tells how many numbers there are, and then the numbers. A reader that is plugged in
// between the two calls makes the list longer than the room for it (CKR_BUFFER_TOO_SMALL): it is asked for again.
func numbers(list func(values, n *C.ulong) C.ulong) ([]uint, error) {
	for range listedTries {
		var n C.ulong
		if rv := list(nil, &n); rv != pkcs11.CKR_OK {
			return nil, pkcs11.Error(rv)
		}
		if n > maxListed {
			return nil, fmt.Errorf("a list of %d entries", uint64(n))
		}
		values := make([]C.ulong, n+listedRoom)
		n = C.ulong(len(values))
		rv := list(unsafe.SliceData(values), &n)
		if rv == pkcs11.CKR_BUFFER_TOO_SMALL || rv == pkcs11.CKR_OK && n > C.ulong(len(values)) {
			continue
		}
		if rv != pkcs11.CKR_OK {
			return nil, pkcs11.Error(rv)
		}
		out := make([]uint, n)
		for i := range out {
			out[i] = uint(values[i])
		}
		return out, nil
	}
	return nil, pkcs11.Error(pkcs11.CKR_BUFFER_TOO_SMALL)
}

// sign is C_Sign with room for any signature at once. Asking for the length first would use a key that wants its PIN
// for each signature twice at some libraries, and end the operation at others.
func (l *library) sign(session pkcs11.SessionHandle, data []byte) ([]byte, error) {
	signature := make([]byte, maxSignature)
	n := C.ulong(len(signature))
	rv := C.sign(l.functions, C.ulong(session), unsafe.Pointer(unsafe.SliceData(data)), C.ulong(len(data)), unsafe.Pointer(unsafe.SliceData(signature)), &n)
	runtime.KeepAlive(data)
	if rv != pkcs11.CKR_OK {
		return nil, pkcs11.Error(rv)
	}
	if n > C.ulong(len(signature)) {
		return nil, fmt.Errorf("a signature of %d bytes", uint64(n))
	}
	return signature[:n], nil
}

// takeStdout returns this process's standard output for the protocol alone.
func takeStdout() (*os.File, error) {
	fd := C.take_stdout()
	if fd < 0 {
		return nil, errors.New("standard output cannot be moved")
	}
	return os.NewFile(uintptr(fd), "protocol"), nil
}
