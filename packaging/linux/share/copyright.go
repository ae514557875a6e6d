package main

import "github.com/e-onay/e-onay/packaging/notices"

// copyright is the licence of the program, and of everything that is linked into it.
func copyright() ([]byte, error) {
	return notices.Of(notices.Programs{Packages: []string{"./nativehost"}})
}
