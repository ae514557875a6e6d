package protocol

import "testing"

func TestForPage(t *testing.T) {
	for _, tt := range []struct{ code, before, after Code }{
		{CodePINIncorrect, CodeCancelled, CodeCancelled},
		{CodePINLastTry, CodeCancelled, CodeCancelled},
		{CodePINLocked, CodeCancelled, CodePINLocked},
		{CodeNoReader, CodeCancelled, CodeNoReader},
		{CodeNoToken, CodeCancelled, CodeNoToken},
		{CodeCertificateExpired, CodeCancelled, CodeCertificateExpired},
		{CodeHostMissing, CodeHostMissing, CodeHostMissing},
		{CodeDocumentUnreadable, CodeDocumentUnreadable, CodeDocumentUnreadable},
	} {
		if got := tt.code.ForPage(false); got != tt.before {
			t.Errorf("%s before the person agreed: %s, want %s", tt.code, got, tt.before)
		}
		if got := tt.code.ForPage(true); got != tt.after {
			t.Errorf("%s after the person agreed: %s, want %s", tt.code, got, tt.after)
		}
	}
}
