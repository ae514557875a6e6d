package protocol

// Secretive is a body with PINs or PUKs. Its receiver wipes them as soon as they have been passed on.
type Secretive interface {
	// Secrets returns them in place.
	Secrets() [][]byte
}

// Secrets returns the PINs.
func (b *HostSignBody) Secrets() [][]byte { return [][]byte{b.PIN, b.KeyPIN} }

// Secrets returns the PINs.
func (b *HostLoginBody) Secrets() [][]byte { return [][]byte{b.PIN, b.KeyPIN} }

// Secrets returns the PINs.
func (b *HostSignHashBody) Secrets() [][]byte { return [][]byte{b.PIN, b.KeyPIN} }

// Secrets returns the PINs.
func (b *HostSelfTestBody) Secrets() [][]byte { return [][]byte{b.PIN, b.KeyPIN} }

// Secrets returns the PINs.
func (b *HostClaimBody) Secrets() [][]byte { return [][]byte{b.PIN, b.KeyPIN} }

// Secrets returns both PINs.
func (b *HostChangePINBody) Secrets() [][]byte { return [][]byte{b.Old, b.New} }

// Secrets returns PUK and PIN.
func (b *HostUnblockBody) Secrets() [][]byte { return [][]byte{b.PUK, b.New} }

// Secrets returns the new PIN.
func (b *HostReleaseBody) Secrets() [][]byte { return [][]byte{b.New} }
