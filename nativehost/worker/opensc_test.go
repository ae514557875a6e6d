package worker

import "testing"

// A configuration that says something of PKCS #11 is left alone; what is in comments is not said.
func TestNamesPKCS11(t *testing.T) {
	for configuration, want := range map[string]bool{
		"": false,
		"app default {\n\t# debug = 3;\n\tframework pkcs15 {\n\t}\n}\n": false,
		"app default {\n\t# pkcs11 { }\n}\n":                            false,
		"app default { pkcs11 { lock_login = false; } }":                true,
		"app opensc-pkcs11 {\n}":                                        true,
	} {
		if got := namesPKCS11([]byte(configuration)); got != want {
			t.Errorf("%q: %t", configuration, got)
		}
	}
}
