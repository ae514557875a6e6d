package protocol

import "github.com/e-onay/e-onay/internal/fault"

// ForPage returns what a page may learn of an ending with a code. Before the person has agreed to deal
// with the page (StageAgreed) it learns nothing about readers, cards or certificates, and it never
// learns how somebody mistypes a PIN.
func ForPage(code fault.Code, agreed bool) fault.Code {
	switch code {
	case fault.PINEmpty, fault.PINLength, fault.PINCharacters, fault.PINWeak, fault.PINSame, fault.PINRefused, fault.PINIncorrect, fault.PINLastTry, fault.PINUsable,
		fault.TriesFewer, fault.KeyPINRequired, fault.KeyPINIncorrect:
		return fault.Cancelled
	case fault.NoModule, fault.ModuleFailed, fault.ModuleArchitecture, fault.ModuleCrashed, fault.ModuleTimeout, fault.CardUnrecognized,
		fault.ModulePath, fault.NoService, fault.ServiceRefused, fault.NoReader, fault.NoToken, fault.TokenRemoved, fault.CardChanged, fault.CardBusy, fault.TokenError,
		fault.SelfTestFailed, fault.PUKIncorrect, fault.PUKLastTry, fault.PUKLocked, fault.UnblockUnsupported, fault.DeviceUnavailable, fault.DiskFull,
		fault.NoCertificate, fault.CertificatesLeftOut, fault.KeyMissing, fault.KeyUnsupported, fault.PINLocked, fault.PINNotSet, fault.KeyPINLocked,
		fault.CertificateMalformed, fault.CertificateExpired, fault.CertificateNotYetValid,
		fault.CertificateNotQualified, fault.CertificateKeyUsage, fault.CertificateNotForLogin, fault.LoginOff, fault.HashOff:
		if !agreed {
			return fault.Cancelled
		}
	}
	return code
}
