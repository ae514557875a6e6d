package worker

import (
	"fmt"
	"path/filepath"
	"unsafe"

	"golang.org/x/sys/windows"
)

// loadFunction loads the library at path and returns the address of one of its functions. The error has the loader's number:
// its words are in the language of the system.
//
// What the library needs is looked for beside it and in the system's folder, also when it loads that by its name alone and
// later. The current folder, which may be one of downloads, and those of the variable PATH are not searched.
func loadFunction(path, function string) (unsafe.Pointer, error) {
	err := windows.SetDefaultDllDirectories(windows.LOAD_LIBRARY_SEARCH_SYSTEM32 | windows.LOAD_LIBRARY_SEARCH_USER_DIRS)
	if err != nil {
		return nil, fmt.Errorf("SetDefaultDllDirectories: %w", err)
	}
	folder, err := windows.UTF16PtrFromString(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	if _, err := windows.AddDllDirectory(folder); err != nil {
		return nil, loaderError("AddDllDirectory", err)
	}
	handle, err := windows.LoadLibraryEx(path, 0, windows.LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR|windows.LOAD_LIBRARY_SEARCH_SYSTEM32)
	if err != nil {
		return nil, loaderError("LoadLibrary", err)
	}
	address, err := windows.GetProcAddress(handle, function)
	if err != nil {
		return nil, fmt.Errorf("not a PKCS #11 library: no %s", function)
	}
	return *(*unsafe.Pointer)(unsafe.Pointer(&address)), nil // an address of no memory of Go's
}

func loaderError(function string, err error) error {
	if number, ok := err.(windows.Errno); ok {
		return fmt.Errorf("%s: error %d", function, uint32(number))
	}
	return fmt.Errorf("%s: %w", function, err)
}
