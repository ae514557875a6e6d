package place

import (
	"io/fs"
	"os"
)

func open(path string) (*os.File, error) { return os.Open(path) }

// CheckFolder accepts every folder: those of the person's profile have access lists that keep others out, and no mode
// tells of them.
func CheckFolder(string) error { return nil }

// CheckFile accepts every file, as CheckFolder does.
func CheckFile(string) error { return nil }

func checkOwned(string, fs.FileInfo) error { return nil }
