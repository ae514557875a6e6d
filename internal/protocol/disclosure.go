package protocol

// ForPage returns what a page may learn of an ending with code c. Before the person has agreed to deal
// with the page (StageAgreed) it learns nothing about readers, cards or certificates, and it never
// learns how somebody mistypes a PIN.
func (c Code) ForPage(agreed bool) Code {
	switch c {
	case CodePINEmpty, CodePINLength, CodePINCharacters, CodePINWeak, CodePINSame, CodePINRefused, CodePINIncorrect, CodePINLastTry, CodePINUsable,
		CodeTriesFewer, CodeKeyPINRequired, CodeKeyPINIncorrect:
		return CodeCancelled
	case CodeNoModule, CodeModuleFailed, CodeModuleArchitecture, CodeModuleCrashed, CodeModuleTimeout, CodeCardUnrecognized,
		CodeModulePath, CodeNoService, CodeServiceRefused, CodeNoReader, CodeNoToken, CodeTokenRemoved, CodeCardChanged, CodeCardBusy, CodeTokenError,
		CodeSelfTestFailed, CodePUKIncorrect, CodePUKLastTry, CodePUKLocked, CodeUnblockUnsupported, CodeDeviceUnavailable,
		CodeNoCertificate, CodeCertificatesLeftOut, CodeKeyMissing, CodeKeyUnsupported, CodePINLocked, CodePINNotSet, CodeKeyPINLocked,
		CodeCertificateMalformed, CodeCertificateExpired, CodeCertificateNotYetValid,
		CodeCertificateNotQualified, CodeCertificateKeyUsage, CodeCertificateNotForLogin, CodeLoginOff, CodeHashOff:
		if !agreed {
			return CodeCancelled
		}
	}
	return c
}
