// Package cause puts errors into words of the person's language, as far as there are such.
package cause

import (
	"errors"
	"io/fs"
	"strings"
	"syscall"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
)

// causes are what systems say of files, in both languages. More than that no person can do anything about.
var causes = []struct {
	is     error
	tr, en string
}{
	{fs.ErrNotExist, "böyle bir dosya yok", "no such file"},
	{fs.ErrPermission, "izin yok", "no permission"},
	{fs.ErrExist, "zaten var", "exists already"},
	{syscall.ENOSPC, "diskte yer yok", "no room on the disk"},
	{syscall.EROFS, "disk salt okunur", "the disk can only be read"},
	{syscall.ENOTDIR, "klasör değil", "not a folder"},
	{syscall.EISDIR, "dosya değil, klasör", "not a file but a folder"},
	{syscall.ELOOP, "bağlantılar birbirini gösteriyor", "links lead to each other"},
}

// A Localized error has its own words in each language.
type Localized interface {
	error
	Sentence() protocol.Sentence
}

// Of returns what an error says: in words of the person's language if there are such, otherwise the technical detail as it
// is, marked as that in Turkish.
func Of(err error) protocol.Sentence {
	if e, ok := errors.AsType[Localized](err); ok {
		return e.Sentence()
	}
	for _, c := range causes {
		if !errors.Is(err, c.is) {
			continue
		}
		path := ""
		if e, ok := errors.AsType[*fs.PathError](err); ok {
			path = e.Path + ": "
		}
		return protocol.Sentence{TR: path + c.tr, EN: path + c.en}
	}
	detail := strings.TrimPrefix(err.Error(), string(fault.CodeOf(err))+": ")
	return protocol.Sentence{TR: "teknik ayrıntı: " + detail, EN: detail}
}
