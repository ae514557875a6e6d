package portal_test

import "crypto/x509"

// ofMehmet makes a certificate the other person's.
func ofMehmet(c *x509.Certificate) { c.Subject.SerialNumber = mehmet }
