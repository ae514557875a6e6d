//go:build unix

package worker

/*
#cgo linux LDFLAGS: -ldl

#include <dlfcn.h>
#include <stdlib.h>
*/
import "C"

import (
	"errors"
	"runtime"
	"unsafe"
)

// loadFunction loads the library at path and returns the address of one of its functions. The error has the loader's reason.
func loadFunction(path, function string) (unsafe.Pointer, error) {
	runtime.LockOSThread() // dlerror is of the thread
	defer runtime.UnlockOSThread()
	file, name := C.CString(path), C.CString(function)
	defer C.free(unsafe.Pointer(file))
	defer C.free(unsafe.Pointer(name))
	handle := C.dlopen(file, C.RTLD_NOW|C.RTLD_LOCAL)
	if handle == nil {
		if reason := C.dlerror(); reason != nil {
			return nil, errors.New(C.GoString(reason))
		}
		return nil, errors.New("dlopen")
	}
	address := C.dlsym(handle, name)
	if address == nil {
		return nil, errors.New("not a PKCS #11 library: no " + function)
	}
	return address, nil
}
