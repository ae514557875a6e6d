package pki_test

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
)

// TestOddCertificates has paths of certificates that are written as few are. What is accepted here, OpenSSL and BouncyCastle must
// accept too: whoever gets a CA to write such a certificate could disown what was signed with it.
func TestOddCertificates(t *testing.T) {
	id := func(n int) asn1.ObjectIdentifier { return asn1.ObjectIdentifier{2, 5, 29, n} }
	with := func(critical bool, oid asn1.ObjectIdentifier, value ...byte) pkitest.Edit {
		return func(c *x509.Certificate) {
			c.ExtraExtensions = append(c.ExtraExtensions, pkix.Extension{Id: oid, Critical: critical, Value: value})
		}
	}
	der := func(v any) []byte {
		out, err := asn1.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	tlv := func(tag byte, parts ...[]byte) []byte { return pkitest.TLV(t, tag, parts...) }
	directory := tlv(0xa4, der(pkix.Name{CommonName: "x"}.ToRDNSequence()))
	uri := tlv(0x86, []byte("http://x.example/"))
	point := tlv(0x30, tlv(0x30, tlv(0xa0, tlv(0xa0, uri))))
	policy := der(asn1.ObjectIdentifier{2, 5, 29, 32, 0})
	qualifier := tlv(0x30, der(asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 2, 1}), tlv(0x16, []byte("http://x/")))
	usual := map[string]oddCertificates{ // accepted
		"as usual":                        {},
		"leaf: critical points":           {leaf: with(true, id(31), point...)},
		"CA: critical points":             {sub: with(true, id(31), point...)},
		"leaf: empty AKI":                 {leaf: with(false, id(35), tlv(0x30)...)},
		"leaf: critical alternative name": {leaf: with(true, id(17), tlv(0x30, directory)...)},
		"leaf: critical EKU":              {leaf: with(true, id(37), tlv(0x30, der(asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 4}))...)},
		"leaf: odd EKU":                   {leaf: with(false, id(37), tlv(0x30, der(asn1.ObjectIdentifier{1, 2, 3}))...)},
		"leaf: empty EKU":                 {leaf: with(false, id(37), tlv(0x30)...)},
		"CA: critical EKU":                {sub: with(true, id(37), tlv(0x30, der(asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 4}))...)},
		"CA: odd EKU":                     {sub: with(false, id(37), tlv(0x30, der(asn1.ObjectIdentifier{1, 2, 3}))...)},
		"leaf: private key usage period":  {leaf: with(false, id(16), tlv(0x30, tlv(0x80, []byte("20200101000000Z")), tlv(0x81, []byte("20210101000000Z")))...)},
		"leaf: directory attributes":      {leaf: with(false, id(9), tlv(0x30)...)},
		"leaf: critical policy qualifier": {leaf: func(c *x509.Certificate) {
			c.Policies = nil
			with(true, id(32), tlv(0x30, tlv(0x30, policy, tlv(0x30, qualifier)))...)(c)
		}},
		"leaf: odd qualifier": {leaf: func(c *x509.Certificate) {
			c.Policies = nil
			with(false, id(32), tlv(0x30, tlv(0x30, policy, tlv(0x30, tlv(0x30, der(asn1.ObjectIdentifier{1, 2}), []byte{5, 0}))))...)(c)
		}},
		"leaf: empty policies":                {leaf: func(c *x509.Certificate) { c.Policies = nil; with(false, id(32), tlv(0x30)...)(c) }},
		"CA: empty policies":                  {sub: func(c *x509.Certificate) { c.Policies = nil; with(false, id(32), tlv(0x30)...)(c) }},
		"CA: mappings not critical":           {sub: with(false, id(33), tlv(0x30, tlv(0x30, der(asn1.ObjectIdentifier{1, 2, 3}), der(asn1.ObjectIdentifier{1, 2, 4})))...)},
		"CA: empty mappings":                  {sub: with(false, id(33), tlv(0x30)...)},
		"CA: constraints not critical":        {sub: with(false, id(36), tlv(0x30, tlv(0x80, []byte{5}))...)},
		"CA: empty policy constraints":        {sub: with(true, id(36), tlv(0x30)...)},
		"CA: require explicit 0":              {sub: with(true, id(36), tlv(0x30, tlv(0x80, []byte{0}))...)},
		"CA: inhibit any not critical":        {sub: with(false, id(54), 2, 1, 3)},
		"CA: inhibit any negative":            {sub: with(false, id(54), 2, 1, 0xff)},
		"leaf: policy constraints":            {leaf: with(false, id(36), tlv(0x30, tlv(0x80, []byte{5}))...)},
		"leaf: name constraints":              {leaf: with(true, id(30), tlv(0x30, tlv(0xa0, tlv(0x30, directory)))...)},
		"CA: name constraints not critical":   {sub: with(false, id(30), tlv(0x30, tlv(0xa1, tlv(0x30, directory)))...)},
		"CA: constraint on a URI":             {sub: with(true, id(30), tlv(0x30, tlv(0xa1, tlv(0x30, tlv(0x86, []byte("x.example")))))...)},
		"CA: constraint on a URI with a port": {sub: with(true, id(30), tlv(0x30, tlv(0xa1, tlv(0x30, tlv(0x86, []byte("x.example:8")))))...)},
		"CA: constraint on an empty DNS":      {sub: with(true, id(30), tlv(0x30, tlv(0xa1, tlv(0x30, tlv(0x82))))...)},
		"CA: constraint on mail, leaf mails":  {sub: with(true, id(30), tlv(0x30, tlv(0xa0, tlv(0x30, tlv(0x81, []byte("example.com")))))...), leaf: with(false, id(17), tlv(0x30, tlv(0x81, []byte("a@example.com")))...)},
		"CA: constraint on mail, leaf quotes": {sub: with(true, id(30), tlv(0x30, tlv(0xa1, tlv(0x30, tlv(0x81, []byte("a@example.com")))))...), leaf: with(false, id(17), tlv(0x30, tlv(0x81, []byte("\"a\"@example.com")))...)},
		"CA: constraint on IP, leaf IP":       {sub: with(true, id(30), tlv(0x30, tlv(0xa0, tlv(0x30, tlv(0x87, []byte{10, 0, 0, 0, 255, 0, 0, 0}))))...), leaf: with(false, id(17), tlv(0x30, tlv(0x87, []byte{10, 1, 1, 1}))...)},
		"leaf: empty subject":                 {leaf: func(c *x509.Certificate) { c.Subject = pkix.Name{} }},
		"CA: key usage not critical":          {sub: func(c *x509.Certificate) { c.KeyUsage = 0; with(false, id(15), 3, 2, 1, 6)(c) }},
		"CA: basic constraints not critical": {sub: func(c *x509.Certificate) {
			c.BasicConstraintsValid = false
			with(false, id(19), tlv(0x30, []byte{1, 1, 0xff})...)(c)
		}},
		"leaf: path length without CA":      {leaf: with(false, id(19), tlv(0x30, []byte{2, 1, 0})...)},
		"leaf: is a CA":                     {leaf: with(false, id(19), tlv(0x30, []byte{1, 1, 0xff})...)},
		"leaf: nine bits of key usage":      {leaf: func(c *x509.Certificate) { c.KeyUsage = 0; with(true, id(15), 3, 3, 7, 0xc0, 0x80)(c) }},
		"leaf: Netscape type of a server":   {leaf: with(false, asn1.ObjectIdentifier{2, 16, 840, 1, 113730, 1, 1}, 3, 2, 6, 0x40)},
		"CA: Netscape type of no CA":        {sub: with(false, asn1.ObjectIdentifier{2, 16, 840, 1, 113730, 1, 1}, 3, 2, 6, 0x40)},
		"leaf: TLS feature":                 {leaf: with(false, asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 24}, tlv(0x30, []byte{2, 1, 5})...)},
		"leaf: alternative name of nothing": {leaf: with(false, id(17), tlv(0x30)...)},
		"leaf: alternative x400 rubbish":    {leaf: with(false, id(17), tlv(0x30, tlv(0xa3, []byte{5, 0}))...)},
		"leaf: other name":                  {leaf: with(false, id(17), tlv(0x30, tlv(0xa0, der(asn1.ObjectIdentifier{1, 2}), tlv(0xa0, []byte{5, 0})))...)},
		"leaf: issuer alternative rubbish":  {leaf: with(false, id(18), 4, 1, 1)},
		"leaf: no-check":                    {leaf: with(false, asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 5}, 5, 0)},
		"leaf: serial number 0":             {leaf: func(c *x509.Certificate) { c.SerialNumber = big.NewInt(0) }},
		"leaf: not before in 1960":          {leaf: func(c *x509.Certificate) { c.NotBefore = time.Date(1960, 1, 1, 0, 0, 0, 0, time.UTC) }},
		"leaf: not after in 9999":           {leaf: func(c *x509.Certificate) { c.NotAfter = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC) }},
		statements:                          {leaf: func(c *x509.Certificate) { c.ExtraExtensions[0].Critical = true }},
	}
	name := func(value []byte) []byte { return tlv(0x30, tlv(0x31, tlv(0x30, der(id(3)), value))) }
	refused := map[string]oddCertificates{ // by x509, or since others refuse them
		"leaf: alternative name of an odd type": {leaf: with(false, id(17), tlv(0x30, tlv(0xa4, name([]byte{8, 1, 'x'})))...)},
		"leaf: subject that is no UTF-8":        {leaf: func(c *x509.Certificate) { c.RawSubject = name(tlv(0x0c, []byte("Ay\xfe"))) }},
		"leaf: alternative name of no form":     {leaf: with(false, id(17), tlv(0x30, tlv(0x8b, []byte("x")))...)},
		"leaf: alternative name in pieces":      {leaf: with(false, id(17), tlv(0x30, tlv(0xa2, []byte{0x16, 0}))...)},
		"leaf: points of no form":               {leaf: with(false, id(31), tlv(0x30, tlv(0x30, tlv(0xa0, tlv(0xa0, tlv(0x8b, []byte("x"))))))...)},
		"leaf: basic constraints of others":     {leaf: with(false, id(19), tlv(0x30, der(asn1.ObjectIdentifier{1, 2, 3}))...)},
		"leaf: policy of nothing":               {leaf: func(c *x509.Certificate) { c.Policies = nil; with(false, id(32), tlv(0x30, tlv(0x30), policy)...)(c) }},
		"CA: policy constraints of no number":   {sub: with(true, id(36), tlv(0x30, tlv(0x81, nil), tlv(0x05))...)},
		"CA: policy constraints in wrong order": {sub: with(true, id(36), tlv(0x30, tlv(0x81, []byte{1}), tlv(0x80, []byte{1}))...)},
		"CA: policy constraints of another tag": {sub: with(true, id(36), tlv(0x30, tlv(0x8f, []byte{1}))...)},
		"CA: mapping of an empty identifier":    {sub: with(true, id(33), tlv(0x30, tlv(0x30, []byte{6, 0}, der(asn1.ObjectIdentifier{1, 2, 4})))...)},
		"leaf: freshest that is rubbish":        {leaf: with(false, id(46), 4, 1, 1)},
		"leaf: critical freshest":               {leaf: with(true, id(46), point...)},
		"leaf: critical SKI":                    {leaf: with(true, id(14), der([]byte("x"))...)},
		"CA: critical SKI":                      {sub: with(true, id(14), der([]byte("x"))...)},
		"leaf: critical AKI":                    {leaf: with(true, id(35), tlv(0x30)...)},
		"leaf: another AKI":                     {leaf: with(false, id(35), tlv(0x30, tlv(0x80, []byte("x")))...)},
		"leaf: another number in AKI":           {leaf: with(false, id(35), tlv(0x30, tlv(0xa1, directory), tlv(0x82, []byte{5}))...)},
		"leaf: critical issuer alternative":     {leaf: with(true, id(18), tlv(0x30, directory)...)},
		"leaf: critical directory attr":         {leaf: with(true, id(9), tlv(0x30)...)},
		"leaf: policies twice one": {leaf: func(c *x509.Certificate) {
			c.Policies = nil
			with(false, id(32), tlv(0x30, tlv(0x30, policy), tlv(0x30, policy))...)(c)
		}},
		"CA: policies twice one": {sub: func(c *x509.Certificate) {
			c.Policies = nil
			with(false, id(32), tlv(0x30, tlv(0x30, policy), tlv(0x30, policy))...)(c)
		}},
		"CA: name constraint with minimum 1":     {sub: with(true, id(30), tlv(0x30, tlv(0xa1, tlv(0x30, directory, tlv(0x80, []byte{1}))))...)},
		"CA: name constraint with maximum":       {sub: with(true, id(30), tlv(0x30, tlv(0xa1, tlv(0x30, directory, tlv(0x81, []byte{1}))))...)},
		"CA: constraint on other names":          {sub: with(true, id(30), tlv(0x30, tlv(0xa1, tlv(0x30, tlv(0x88, []byte{42, 3}))))...)},
		"CA: constraint on IP with holes":        {sub: with(true, id(30), tlv(0x30, tlv(0xa0, tlv(0x30, tlv(0x87, []byte{10, 0, 0, 1, 255, 0, 0, 255}))))...), leaf: with(false, id(17), tlv(0x30, tlv(0x87, []byte{10, 1, 1, 1}))...)},
		"leaf: key usage 0":                      {leaf: func(c *x509.Certificate) { c.KeyUsage = 0; with(true, id(15), 3, 1, 0)(c) }},
		"leaf: critical Netscape type":           {leaf: with(true, asn1.ObjectIdentifier{2, 16, 840, 1, 113730, 1, 1}, 3, 2, 6, 0x40)},
		"leaf: proxy certificate":                {leaf: with(true, asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 14}, tlv(0x30, tlv(0x30, der(asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 21, 1})))...)},
		"leaf: proxy, not critical":              {leaf: with(false, asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 14}, tlv(0x30, tlv(0x30, der(asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 21, 1})))...)},
		"leaf: address blocks":                   {leaf: with(false, asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 7}, tlv(0x30)...)},
		"leaf: address blocks that are rubbish":  {leaf: with(false, asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 7}, 4, 1, 1)},
		"leaf: address blocks that the CA lacks": {leaf: with(false, asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 7}, tlv(0x30, tlv(0x30, []byte{4, 2, 0, 1}, tlv(0x30, []byte{3, 2, 0, 10})))...)},
		"leaf: AS numbers that the CA lacks":     {leaf: with(false, asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 8}, tlv(0x30, tlv(0xa0, tlv(0x30, []byte{2, 1, 5})))...)},
		"leaf: points that are rubbish":          {leaf: with(false, id(31), tlv(0x30, tlv(0x30, tlv(0xa0, tlv(0xa5))))...)},
		"leaf: other name of nothing":            {leaf: with(false, id(17), tlv(0x30, tlv(0xa0))...)},
		"leaf: SKI that is rubbish":              {leaf: with(false, id(14), 5, 0)},
		"leaf: access that is rubbish":           {leaf: with(false, asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 1}, 4, 1, 1)},
		"leaf: critical no-check":                {leaf: with(true, asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 5}, 5, 0)},
	}
	accepted := map[string]*pkitest.JudgedPath{}
	for name, test := range usual {
		path, err := test.path(t)
		if err != nil {
			t.Errorf("%s: refused: %v", name, err)
			continue
		}
		accepted[name] = &pkitest.JudgedPath{Path: path}
	}
	for name, test := range refused {
		if _, err := test.path(t); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	for name, path := range accepted {
		if err := path.OpenSSL(t); err != nil && name != statements {
			t.Errorf("%s: accepted, and %v", name, err)
		}
	}
	for name, verdict := range pkitest.BouncyCastlePaths(t, accepted) {
		if verdict != "accepts" && (!slices.Contains(leftToCallers, name) || !strings.Contains(verdict, "unsupported critical extension")) {
			t.Errorf("%s: accepted, and BouncyCastle %s", name, verdict)
		}
	}
}

// statements is the case of critical QCStatements, which OpenSSL does not know. BouncyCastle leaves it, and those of
// leftToCallers, to checkers that its callers bring.
const statements = "leaf: statements critical"

var leftToCallers = []string{statements, "CA: critical points", "CA: critical EKU"}

// oddCertificates change the templates of sub-CA and leaf.
type oddCertificates struct{ sub, leaf pkitest.Edit }

// path returns the path of root, sub-CA and leaf.
func (o oddCertificates) path(t *testing.T) ([]*x509.Certificate, error) {
	t.Helper()
	root := pkitest.Root(t, "Kök")
	anyPolicy, err := x509.ParseOID("2.5.29.32.0")
	if err != nil {
		t.Fatal(err)
	}
	sub := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "Alt Kök"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign, BasicConstraintsValid: true, IsCA: true, Policies: []x509.OID{anyPolicy},
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(3), Subject: pkix.Name{CommonName: "Ayşe"}, NotBefore: sub.NotBefore, NotAfter: sub.NotAfter,
		KeyUsage: x509.KeyUsageContentCommitment, Policies: []x509.OID{anyPolicy}, ExtraExtensions: []pkix.Extension{pkitest.Statements(t, pkitest.QCCompliance)},
	}
	if o.sub != nil {
		o.sub(sub)
	}
	if o.leaf != nil {
		o.leaf(leaf)
	}
	key := pkitest.Key(t, "P-384 Alt Kök")
	ca, err := issue(t, sub, root.Certificate, key.Public(), root.Key)
	if err != nil {
		return nil, err
	}
	person, err := issue(t, leaf, ca, pkitest.Key(t, "P-256 leaf").Public(), key)
	if err != nil {
		return nil, err
	}
	return pki.Path(person, []*x509.Certificate{ca}, []*x509.Certificate{root.Certificate}, time.Now())
}

// issue makes a certificate, and returns what pki reads of it.
func issue(t *testing.T, template, parent *x509.Certificate, public crypto.PublicKey, key crypto.Signer) (*x509.Certificate, error) {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, key)
	if err != nil {
		t.Fatal(err)
	}
	return pki.ParseX509(der)
}

// TestVersionOne has a certificate that says it has no extensions, and has: x509 passes over them, BouncyCastle refuses it.
func TestVersionOne(t *testing.T) {
	root := pkitest.Root(t, "Kök")
	der := root.Rewrite(t, root.Issue(t, pkitest.Key(t, "P-256 leaf").Public()), func(element int, der []byte) []byte {
		if element == 0 {
			return nil
		}
		return der
	})
	c, err := pki.ParseX509(der)
	if err != nil {
		t.Fatal(err)
	}
	_, err = pki.Path(c, nil, []*x509.Certificate{root.Certificate}, time.Now())
	wantCode(t, err, fault.CertificateUntrusted)
}
