package device

// NoTPM keeps from the machine's TPM, in a Where.
const NoTPM = "none"

// Where says where an installation's key is, in a form that can be handed to another process.
type Where struct {
	// Path is device.json's.
	Path string `json:"path"`
	// TPM is the path of the TPM's device or socket, or NoTPM; empty is the machine's own.
	TPM string `json:"tpm,omitempty"`
	// Keyring tells whether the operating system's keyring may be used.
	Keyring bool `json:"keyring,omitempty"`
}

// Options are those of the key that is there.
func (w Where) Options() Options {
	o := Options{Path: w.Path, Keyring: w.Keyring}
	switch w.TPM {
	case "":
	case NoTPM:
		o.TPM = func() (Transport, error) { return nil, ErrNoTPM }
	default:
		o.TPM = TPMAt(w.TPM)
	}
	return o
}
