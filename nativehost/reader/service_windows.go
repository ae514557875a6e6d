package reader

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"
)

// Windows starts its smart card service with the first reader, and stops it after the last: without a reader PC/SC says that
// the service does not run. So the reason is asked for where it knows it.

// serviceName is the smart card service's.
const serviceName = "SCardSvr"

// readerDevices is the setup class of smart card readers (GUID_DEVCLASS_SMARTCARDREADER).
var readerDevices = windows.GUID{Data1: 0x50dd5230, Data2: 0xba8a, Data3: 0x11d1, Data4: [8]byte{0xbf, 0x5d, 0x00, 0x00, 0xf8, 0x05, 0xf5, 0x30}}

// whyStopped tells why the service does not run: nil if it waits for the first reader, ErrDisabled, or ErrNoService.
func whyStopped() error {
	start, err := startType(serviceName)
	switch {
	case err != nil:
		return fmt.Errorf("%w (%v)", ErrNoService, err)
	case start == windows.SERVICE_DISABLED:
		return ErrDisabled
	case hasReaderDevice():
		return ErrNoService
	}
	return nil
}

// startType returns how Windows starts a service.
func startType(name string) (uint32, error) {
	manager, err := windows.OpenSCManager(nil, nil, windows.SC_MANAGER_CONNECT)
	if err != nil {
		return 0, err
	}
	defer windows.CloseServiceHandle(manager)
	utf16, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return 0, err
	}
	service, err := windows.OpenService(manager, utf16, windows.SERVICE_QUERY_CONFIG)
	if err != nil {
		return 0, err
	}
	defer windows.CloseServiceHandle(service)
	// The strings of the answer follow its structure; 8 KiB are the most that it may have.
	var answer [8 << 10 / 8]uint64
	config := (*windows.QUERY_SERVICE_CONFIG)(unsafe.Pointer(&answer))
	needed := uint32(0)
	if err := windows.QueryServiceConfig(service, config, uint32(unsafe.Sizeof(answer)), &needed); err != nil {
		return 0, err
	}
	return config.StartType, nil
}

// hasReaderDevice reports whether a reader is connected that Windows has a driver for, whatever the service knows of it.
func hasReaderDevice() bool {
	devices, err := windows.SetupDiGetClassDevsEx(&readerDevices, "", 0, windows.DIGCF_PRESENT, 0, "")
	if err != nil {
		return false
	}
	defer devices.Close()
	_, err = devices.EnumDeviceInfo(0)
	return err == nil
}
