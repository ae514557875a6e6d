package testcard

import (
	"crypto/x509"
	"encoding/asn1"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"os"
	"slices"
	"time"

	"github.com/miekg/pkcs11"
)

// serveOrder runs in the tool.
func serveOrder() error {
	var o order
	if err := json.NewDecoder(os.Stdin).Decode(&o); err != nil {
		return err
	}
	ctx := pkcs11.New(o.Module)
	if ctx == nil {
		return fmt.Errorf("cannot load %s", o.Module)
	}
	if err := ctx.Initialize(); err != nil {
		return err
	}
	defer ctx.Finalize()
	r, err := o.do(ctx)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(r)
}

func (o *order) do(ctx *pkcs11.Ctx) (result, error) {
	if o.Act == actInit {
		if err := o.initToken(ctx); err != nil {
			return result{}, err
		}
		return o.serial(ctx)
	}
	slot, err := o.slot(ctx)
	if err != nil {
		return result{}, err
	}
	session, err := ctx.OpenSession(slot, pkcs11.CKF_SERIAL_SESSION|pkcs11.CKF_RW_SESSION)
	if err != nil {
		return result{}, err
	}
	user, pin := uint(pkcs11.CKU_USER), o.PIN
	if pin == "" {
		user, pin = pkcs11.CKU_SO, o.SOPIN
	}
	if err := ctx.Login(session, user, pin); err != nil {
		return result{}, err
	}
	switch o.Act {
	case actKey:
		return o.newKey(ctx, session)
	case actStore:
		return result{}, o.store(ctx, session)
	case actTime:
		return o.time(ctx, session)
	default:
		return result{}, fmt.Errorf("unknown act %q", o.Act)
	}
}

// initToken uses the one slot that SoftHSM2 always offers for the next token.
func (o *order) initToken(ctx *pkcs11.Ctx) error {
	slots, err := ctx.GetSlotList(false)
	if err != nil {
		return err
	}
	for _, slot := range slots {
		info, err := ctx.GetTokenInfo(slot)
		if err != nil {
			return err
		}
		if info.Flags&pkcs11.CKF_TOKEN_INITIALIZED != 0 {
			continue
		}
		if err := ctx.InitToken(slot, o.SOPIN, o.Token); err != nil {
			return err
		}
		if o.PIN == "" {
			return nil
		}
		return o.initPIN(ctx)
	}
	return errors.New("no free slot")
}

func (o *order) initPIN(ctx *pkcs11.Ctx) error {
	slot, err := o.slot(ctx)
	if err != nil {
		return err
	}
	session, err := ctx.OpenSession(slot, pkcs11.CKF_SERIAL_SESSION|pkcs11.CKF_RW_SESSION)
	if err != nil {
		return err
	}
	if err := ctx.Login(session, pkcs11.CKU_SO, o.SOPIN); err != nil {
		return err
	}
	return ctx.InitPIN(session, o.PIN)
}

func (o *order) serial(ctx *pkcs11.Ctx) (result, error) {
	slot, err := o.slot(ctx)
	if err != nil {
		return result{}, err
	}
	info, err := ctx.GetTokenInfo(slot)
	return result{Serial: info.SerialNumber}, err
}

func (o *order) slot(ctx *pkcs11.Ctx) (uint, error) {
	slots, err := ctx.GetSlotList(true)
	if err != nil {
		return 0, err
	}
	for _, slot := range slots {
		info, err := ctx.GetTokenInfo(slot)
		if err == nil && info.Label == o.Token && info.Flags&pkcs11.CKF_TOKEN_INITIALIZED != 0 {
			return slot, nil
		}
	}
	return 0, errors.New("no such token")
}

// curves holds the DER of the curves' object identifiers (RFC 5480, 2.1.1.1).
var curves = map[Kind][]byte{
	P256: {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07},
	P384: {0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22},
}

func (o *order) newKey(ctx *pkcs11.Ctx, session pkcs11.SessionHandle) (result, error) {
	public := []*pkcs11.Attribute{
		pkcs11.NewAttribute(pkcs11.CKA_TOKEN, true),
		pkcs11.NewAttribute(pkcs11.CKA_VERIFY, true),
		pkcs11.NewAttribute(pkcs11.CKA_LABEL, o.Label),
		pkcs11.NewAttribute(pkcs11.CKA_ID, o.ID),
	}
	private := []*pkcs11.Attribute{
		pkcs11.NewAttribute(pkcs11.CKA_TOKEN, true),
		pkcs11.NewAttribute(pkcs11.CKA_PRIVATE, true),
		pkcs11.NewAttribute(pkcs11.CKA_SENSITIVE, true),
		pkcs11.NewAttribute(pkcs11.CKA_EXTRACTABLE, false),
		pkcs11.NewAttribute(pkcs11.CKA_SIGN, true),
		pkcs11.NewAttribute(pkcs11.CKA_ALWAYS_AUTHENTICATE, slices.Contains(o.Options, AlwaysAuthenticate)),
		pkcs11.NewAttribute(pkcs11.CKA_LABEL, o.Label),
		pkcs11.NewAttribute(pkcs11.CKA_ID, o.ID),
	}
	if o.RSA != nil {
		return result{}, o.putRSA(ctx, session, public, private)
	}
	if curves[o.Kind] == nil {
		return result{}, fmt.Errorf("unknown kind %q", o.Kind)
	}
	public = append(public, pkcs11.NewAttribute(pkcs11.CKA_EC_PARAMS, curves[o.Kind]))
	mechanism := []*pkcs11.Mechanism{pkcs11.NewMechanism(pkcs11.CKM_EC_KEY_PAIR_GEN, nil)}
	handle, _, err := ctx.GenerateKeyPair(session, mechanism, public, private)
	if err != nil {
		return result{}, err
	}
	return o.publicKey(ctx, session, handle)
}

// putRSA puts the order's key onto the token, with these attributes and its own.
func (o *order) putRSA(ctx *pkcs11.Ctx, session pkcs11.SessionHandle, public, private []*pkcs11.Attribute) error {
	key, err := x509.ParsePKCS1PrivateKey(o.RSA)
	if err != nil {
		return err
	}
	both := []*pkcs11.Attribute{
		pkcs11.NewAttribute(pkcs11.CKA_KEY_TYPE, pkcs11.CKK_RSA),
		pkcs11.NewAttribute(pkcs11.CKA_MODULUS, key.N.Bytes()),
		pkcs11.NewAttribute(pkcs11.CKA_PUBLIC_EXPONENT, big.NewInt(int64(key.E)).Bytes()),
	}
	public = slices.Concat(public, both, []*pkcs11.Attribute{pkcs11.NewAttribute(pkcs11.CKA_CLASS, pkcs11.CKO_PUBLIC_KEY)})
	private = slices.Concat(private, both, []*pkcs11.Attribute{
		pkcs11.NewAttribute(pkcs11.CKA_CLASS, pkcs11.CKO_PRIVATE_KEY),
		pkcs11.NewAttribute(pkcs11.CKA_PRIVATE_EXPONENT, key.D.Bytes()),
		pkcs11.NewAttribute(pkcs11.CKA_PRIME_1, key.Primes[0].Bytes()),
		pkcs11.NewAttribute(pkcs11.CKA_PRIME_2, key.Primes[1].Bytes()),
		pkcs11.NewAttribute(pkcs11.CKA_EXPONENT_1, key.Precomputed.Dp.Bytes()),
		pkcs11.NewAttribute(pkcs11.CKA_EXPONENT_2, key.Precomputed.Dq.Bytes()),
		pkcs11.NewAttribute(pkcs11.CKA_COEFFICIENT, key.Precomputed.Qinv.Bytes()),
	})
	for _, object := range [][]*pkcs11.Attribute{public, private} {
		if _, err := ctx.CreateObject(session, object); err != nil {
			return err
		}
	}
	return nil
}

// publicKey reads the point of a key on a curve.
func (o *order) publicKey(ctx *pkcs11.Ctx, session pkcs11.SessionHandle, key pkcs11.ObjectHandle) (result, error) {
	values, err := ctx.GetAttributeValue(session, key, []*pkcs11.Attribute{pkcs11.NewAttribute(pkcs11.CKA_EC_POINT, nil)})
	if err != nil {
		return result{}, err
	}
	// CKA_EC_POINT is the point inside an OCTET STRING (PKCS #11 v2.40, mechanisms, 2.3.3).
	var r result
	_, err = asn1.Unmarshal(values[0].Value, &r.Point)
	return r, err
}

func (o *order) store(ctx *pkcs11.Ctx, session pkcs11.SessionHandle) error {
	for _, one := range o.Each {
		if err := one.store(ctx, session); err != nil {
			return err
		}
	}
	if o.Each != nil {
		return nil
	}
	_, err := ctx.CreateObject(session, []*pkcs11.Attribute{
		pkcs11.NewAttribute(pkcs11.CKA_CLASS, pkcs11.CKO_CERTIFICATE),
		pkcs11.NewAttribute(pkcs11.CKA_CERTIFICATE_TYPE, pkcs11.CKC_X_509),
		pkcs11.NewAttribute(pkcs11.CKA_TOKEN, true),
		pkcs11.NewAttribute(pkcs11.CKA_PRIVATE, false),
		pkcs11.NewAttribute(pkcs11.CKA_LABEL, o.Label),
		pkcs11.NewAttribute(pkcs11.CKA_ID, o.ID),
		pkcs11.NewAttribute(pkcs11.CKA_SUBJECT, o.Subject),
		pkcs11.NewAttribute(pkcs11.CKA_ISSUER, o.Issuer),
		pkcs11.NewAttribute(pkcs11.CKA_VALUE, o.Value),
	})
	return err
}

func (o *order) time(ctx *pkcs11.Ctx, session pkcs11.SessionHandle) (result, error) {
	err := ctx.FindObjectsInit(session, []*pkcs11.Attribute{
		pkcs11.NewAttribute(pkcs11.CKA_CLASS, pkcs11.CKO_PRIVATE_KEY), pkcs11.NewAttribute(pkcs11.CKA_ID, o.ID),
	})
	if err != nil {
		return result{}, err
	}
	keys, _, err := ctx.FindObjects(session, 1)
	if err != nil || len(keys) == 0 {
		return result{}, fmt.Errorf("no key: %w", err)
	}
	if err := ctx.FindObjectsFinal(session); err != nil {
		return result{}, err
	}
	mechanism, input := uint(pkcs11.CKM_RSA_PKCS), make([]byte, 51)
	if curves[o.Kind] != nil {
		mechanism, input = pkcs11.CKM_ECDSA, make([]byte, 32)
	}
	var r result
	for range o.N {
		start := time.Now() // nobody can do the one without the other
		if err := ctx.SignInit(session, []*pkcs11.Mechanism{pkcs11.NewMechanism(mechanism, nil)}, keys[0]); err != nil {
			return result{}, err
		}
		if _, err := ctx.Sign(session, input); err != nil {
			return result{}, err
		}
		r.Nanoseconds = append(r.Nanoseconds, time.Since(start).Nanoseconds())
	}
	return r, nil
}
