package librarypath

import "syscall"

const searchSystem32 = 0x800 // LOAD_LIBRARY_SEARCH_SYSTEM32

func init() {
	set := syscall.NewLazyDLL("kernel32.dll").NewProc("SetDefaultDllDirectories") // of Windows 8 and later
	if set.Find() == nil {
		_, _, _ = set.Call(searchSystem32)
	}
}
