//go:build unix && !linux

package spool

import "os"

func create(folder string) (*os.File, error) { return createUnlinked(folder) }
