//go:build hsm

package pkcs11

import (
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"slices"
	"strings"
	"time"

	p11 "github.com/miekg/pkcs11"

	"trustdeck/model"
	"trustdeck/model/display"
)

const (
	// maxTokens is how many tokens of a module are read, and maxObjects how many objects of each
	// kind on a token.
	maxTokens, maxObjects = 64, 512
	// maxValue is the longest attribute in bytes that is looked at: several times that of the
	// largest certificate.
	maxValue = 16 << 10
	// maxLabel is how many characters of the label of an object are shown.
	maxLabel = 64
)

// token is one that is in a slot of a module.
type token struct {
	module *module
	slot   uint
	// name is the one for people. The others are what the token says of itself.
	name           string
	label, serial  string
	product, maker string
	flags          uint
	minPIN         uint
	maxPIN         uint
	objects        []object
	// fault is why it can't be read; nil where it can.
	fault *model.Fault
}

func (t *token) has(flag uint) bool { return t.flags&flag != 0 }

// object is a key of which the token shows the public half, or hides it.
type object struct {
	// id is its CKA_ID, which its private half has too.
	id    []byte
	label string
	// root is true where a certificate says that it is a root key, as Notary does on tokens: by
	// the common name "root". ykcs11 gives its objects other labels.
	root bool
	// public and spki are nil where there is a fault.
	public crypto.PublicKey
	spki   []byte
	fault  *model.Fault
}

// path names an object on its token.
func (t *token) path(o *object) string {
	switch {
	case o.label != "":
		return t.name + ", object " + o.label
	case len(o.id) > 0:
		return t.name + ", object " + hexID(o.id)
	default:
		return t.name + ", an object without a name"
	}
}

// tokens reads all tokens of a module, with what they show without a login.
func (m *module) tokens(ctx context.Context, limit time.Duration) ([]token, error) {
	return during(ctx, m, limit, func(lib *p11.Ctx) ([]token, error) {
		found, err := m.present(lib)
		if err != nil {
			return nil, err
		}
		for i := range found {
			found[i].read(lib)
		}
		return found, nil
	})
}

// present are the tokens that are in slots, not read yet.
func (m *module) present(lib *p11.Ctx) ([]token, error) {
	slots, err := lib.GetSlotList(true)
	if err != nil {
		return nil, refused(m.name(), err)
	}
	var out []token
	for _, slot := range slots[:min(len(slots), maxTokens)] {
		info, err := lib.GetTokenInfo(slot)
		if is(err, p11.CKR_TOKEN_NOT_PRESENT, p11.CKR_SLOT_ID_INVALID) {
			continue // it has just left
		}
		t := token{module: m, slot: slot, name: nameOf(info.Label, info.SerialNumber), flags: info.Flags, minPIN: info.MinPinLen, maxPIN: info.MaxPinLen}
		t.label, t.serial, t.product, t.maker = field(info.Label), field(info.SerialNumber), field(info.Model), field(info.ManufacturerID)
		if err != nil {
			t.name, t.fault = groupName, refused(m.name(), err)
		} else if !t.has(p11.CKF_TOKEN_INITIALIZED) {
			continue // SoftHSM has such a slot always
		}
		out = append(out, t)
	}
	return out, nil
}

// field is what a token says of itself, which is filled up with spaces.
func field(said string) string {
	const longest = 32 // characters: no field of a token has more
	return strings.Trim(display.Strip(said, longest), " ")
}

// nameOf is the token for people. Its label and serial number come from the token.
func nameOf(label, serial string) string {
	label, serial = field(label), field(serial)
	switch {
	case label == "" && serial == "":
		return namePrefix + "without a name"
	case label == "" || serial == "":
		return namePrefix + label + serial
	default:
		return namePrefix + label + " " + serial
	}
}

// read opens a session, and lists the keys that the token shows.
func (t *token) read(lib *p11.Ctx) {
	if t.fault != nil {
		return
	}
	session, err := lib.OpenSession(t.slot, p11.CKF_SERIAL_SESSION)
	if err != nil {
		t.fault = refused(t.name, err)
		return
	}
	defer func() { _ = lib.CloseSession(session) }() // nothing was changed in it
	s := &look{lib, session, t.name}
	t.objects, err = s.keys()
	if err != nil {
		t.fault = refused(t.name, err)
	} else if len(t.objects) == 0 && t.has(p11.CKF_LOGIN_REQUIRED) {
		t.fault = hidden(t.name)
	}
}

// look is a session in which a token is read.
type look struct {
	lib     *p11.Ctx
	session p11.SessionHandle
	name    string
}

// keys are the public keys and the certificates, one for each key; and private keys that show
// themselves, where none of those is theirs.
func (l *look) keys() ([]object, error) {
	var out []object
	for _, class := range []struct {
		class uint
		read  func(p11.ObjectHandle) (object, bool)
	}{
		{p11.CKO_PUBLIC_KEY, l.publicKey}, {p11.CKO_CERTIFICATE, l.certificate}, {p11.CKO_PRIVATE_KEY, l.bare},
	} {
		handles, err := l.find(class.class, nil)
		if err != nil {
			return nil, err
		}
		for _, h := range handles {
			o, ok := class.read(h)
			if !ok {
				continue
			}
			if at := slices.IndexFunc(out, o.same); at >= 0 {
				out[at].root = out[at].root || o.root && o.spki != nil
			} else {
				out = append(out, o)
			}
		}
	}
	return out, nil
}

// same reports whether two objects are of one key.
func (o *object) same(other object) bool {
	if o.spki != nil && other.spki != nil {
		return bytes.Equal(o.spki, other.spki)
	}
	return len(o.id) > 0 && bytes.Equal(o.id, other.id)
}

// find are the objects of a class on the token, of one CKA_ID where it is not nil.
func (l *look) find(class uint, id []byte) (out []p11.ObjectHandle, err error) {
	template := []*p11.Attribute{p11.NewAttribute(p11.CKA_CLASS, class), p11.NewAttribute(p11.CKA_TOKEN, true)}
	if id != nil {
		template = append(template, p11.NewAttribute(p11.CKA_ID, id))
	}
	if err := l.lib.FindObjectsInit(l.session, template); err != nil {
		return nil, err
	}
	defer func() { _ = l.lib.FindObjectsFinal(l.session) }() // the session is closed soon
	for len(out) < maxObjects {
		const atOnce = 64
		some, _, err := l.lib.FindObjects(l.session, atOnce)
		if err != nil {
			return nil, err
		}
		if len(some) == 0 {
			break
		}
		out = append(out, some...)
	}
	return out[:min(len(out), maxObjects)], nil
}

// value is an attribute; nil where the object has none, or hides it. Each is asked for alone:
// together, one that is missing hides the others.
func (l *look) value(h p11.ObjectHandle, attribute uint) []byte {
	got, err := l.lib.GetAttributeValue(l.session, h, []*p11.Attribute{p11.NewAttribute(attribute, nil)})
	if err != nil || len(got) != 1 || len(got[0].Value) > maxValue {
		return nil
	}
	return got[0].Value
}

// number is an attribute that is a CK_ULONG, and flag one that is a CK_BBOOL.
func (l *look) number(h p11.ObjectHandle, attribute uint) (uint, bool) {
	return ulong(l.value(h, attribute))
}

func (l *look) flag(h p11.ObjectHandle, attribute uint) bool {
	return slices.ContainsFunc(l.value(h, attribute), func(b byte) bool { return b != 0 })
}

// named is an object with its ID and label.
func (l *look) named(h p11.ObjectHandle) object {
	return object{id: l.value(h, p11.CKA_ID), label: display.Strip(string(l.value(h, p11.CKA_LABEL)), maxLabel)}
}

// publicKey reads a public key; ok is false where its kind signs nothing.
func (l *look) publicKey(h p11.ObjectHandle) (out object, ok bool) {
	kind, _ := l.number(h, p11.CKA_KEY_TYPE)
	out = l.named(h)
	var err error
	switch kind {
	case p11.CKK_EC:
		out.public, err = ecKey(l.value(h, p11.CKA_EC_PARAMS), l.value(h, p11.CKA_EC_POINT))
	case ckkEdwards:
		out.public, err = edwardsKey(l.value(h, p11.CKA_EC_PARAMS), l.value(h, p11.CKA_EC_POINT))
	case p11.CKK_RSA:
		out.public, err = rsaKey(l.value(h, p11.CKA_MODULUS), l.value(h, p11.CKA_PUBLIC_EXPONENT))
	default:
		return out, false
	}
	return l.judged(out, err), true
}

// certificate reads the key of a certificate; ok is false where that is an authority's, whose key
// is elsewhere.
func (l *look) certificate(h p11.ObjectHandle) (out object, ok bool) {
	const authority = 2 // CK_CERTIFICATE_CATEGORY_AUTHORITY
	if category, _ := l.number(h, p11.CKA_CERTIFICATE_CATEGORY); category == authority {
		return object{}, false
	}
	out = l.named(h)
	certificate, err := x509.ParseCertificate(l.value(h, p11.CKA_VALUE))
	if err != nil {
		// One that can't be read says nothing about a key, as long as the private key is silent.
		return object{}, false
	}
	if certificate.IsCA && certificate.KeyUsage&x509.KeyUsageCertSign != 0 {
		return object{}, false
	}
	out.public, out.root = certificate.PublicKey, certificate.Subject.CommonName == string(model.RoleRoot)
	return l.judged(out, check(out.public)), true
}

// bare is a private key that shows itself. It is listed where its public half is nowhere.
func (l *look) bare(h p11.ObjectHandle) (out object, ok bool) {
	switch kind, _ := l.number(h, p11.CKA_KEY_TYPE); kind {
	case p11.CKK_EC, ckkEdwards, p11.CKK_RSA:
		out = l.named(h)
		out.fault = noPublicHalf(l.name)
		return out, true
	default:
		return object{}, false
	}
}

// judged has the key of an object in its standard form, or why it can't be used.
func (l *look) judged(o object, err error) object {
	if err == nil {
		o.spki, err = x509.MarshalPKIXPublicKey(o.public)
	}
	if err != nil {
		o.public, o.spki, o.fault = nil, nil, unusable(l.name, err)
	}
	return o
}
