package place

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"unsafe"

	"golang.org/x/sys/windows"
)

func open(path string) (*os.File, error) { return os.Open(path) }

// Rights to change what is in a file or folder, and rights to put another in its place.
const (
	changes  = windows.FILE_WRITE_DATA | windows.FILE_APPEND_DATA
	replaces = windows.DELETE | windows.WRITE_DAC | windows.WRITE_OWNER | fileDeleteChild | windows.GENERIC_WRITE | windows.GENERIC_ALL

	fileDeleteChild = 0x40 // FILE_DELETE_CHILD, which is of folders alone
)

// everybody are the groups that anybody is in who can log on to the machine or reach it. A right that somebody has given to one
// account, or to a group of their making, is theirs to answer for: access lists have that, where modes have not.
var everybody = []windows.WELL_KNOWN_SID_TYPE{
	windows.WinWorldSid, windows.WinAuthenticatedUserSid, windows.WinBuiltinUsersSid, windows.WinBuiltinGuestsSid,
	windows.WinAnonymousSid, windows.WinInteractiveSid, windows.WinNetworkSid,
}

// administrators own what the system and its installers make.
var administrators = []windows.WELL_KNOWN_SID_TYPE{windows.WinLocalSystemSid, windows.WinBuiltinAdministratorsSid}

// CheckFolder refuses a folder that everybody can change or that another user owns, and any folder above it that everybody can
// change. A missing folder is fine if others cannot create it.
func CheckFolder(dir string) error {
	if err := checkPath(dir); err != nil {
		return err
	}
	real, err := filepath.EvalSymlinks(dir)
	if errors.Is(err, fs.ErrNotExist) || real == dir {
		return nil
	}
	if err != nil {
		return err
	}
	return checkPath(real)
}

// CheckFile refuses a file as CheckFolder does a folder.
func CheckFile(path string) error {
	if err := CheckFolder(filepath.Dir(path)); err != nil {
		return err
	}
	return CheckFolder(path)
}

// checkOwned accepts every file: CheckFile has already checked it by its name, in folders that others cannot change.
func checkOwned(string, fs.FileInfo) error { return nil }

// checkPath checks a file or folder, and the folders above it. Those only must not let others replace what is in them: every
// user may create folders in that of a drive.
func checkPath(path string) error {
	rights := windows.ACCESS_MASK(changes | replaces)
	for {
		if err := checkRights(path, rights); err != nil {
			return err
		}
		parent := filepath.Dir(path)
		if parent == path {
			return nil
		}
		if rights&changes == 0 {
			path = parent
			continue
		}
		if err := checkOwner(path); err != nil {
			return err
		}
		path, rights = parent, replaces
	}
}

func checkOwner(path string) error {
	security, err := security(path, windows.OWNER_SECURITY_INFORMATION)
	if security == nil {
		return err
	}
	owner, _, err := security.Owner()
	if err != nil {
		return err
	}
	person, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		return err
	}
	if owner.Equals(person.User.Sid) || isOneOf(owner, administrators) || owner.String() == trustedInstaller {
		return nil
	}
	return &Error{path, Foreign}
}

// trustedInstaller owns what comes with Windows.
const trustedInstaller = "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"

// checkRights refuses a file on which everybody has one of the rights.
func checkRights(path string, rights windows.ACCESS_MASK) error {
	security, err := security(path, windows.DACL_SECURITY_INFORMATION)
	if security == nil {
		return err
	}
	list, _, err := security.DACL()
	if errors.Is(err, windows.ERROR_OBJECT_NOT_FOUND) || err == nil && list == nil {
		return &Error{path, Open} // no list lets everybody do everything
	}
	if err != nil {
		return err
	}
	for i := range uint32(list.AceCount) {
		var entry *windows.ACCESS_ALLOWED_ACE
		if err := windows.GetAce(list, i, &entry); err != nil {
			return err
		}
		if entry.Header.AceType != windows.ACCESS_ALLOWED_ACE_TYPE || entry.Header.AceFlags&windows.INHERIT_ONLY_ACE != 0 {
			continue
		}
		if entry.Mask&rights != 0 && isOneOf((*windows.SID)(unsafe.Pointer(&entry.SidStart)), everybody) {
			return &Error{path, Open}
		}
	}
	return nil
}

// security returns what Windows keeps of who may do what with a file; nil without an error if there is no such file, or if it
// is not for this person to know: an administrator who hides that of a folder has not opened it to everybody.
func security(path string, of windows.SECURITY_INFORMATION) (*windows.SECURITY_DESCRIPTOR, error) {
	found, err := windows.GetNamedSecurityInfo(path, windows.SE_FILE_OBJECT, of)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return nil, nil
	}
	return found, err
}

func isOneOf(sid *windows.SID, known []windows.WELL_KNOWN_SID_TYPE) bool {
	for _, kind := range known {
		if sid.IsWellKnown(kind) {
			return true
		}
	}
	return false
}
