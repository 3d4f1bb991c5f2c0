package attest_test

import (
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/attest"
	"trustdeck/model/attest/attesttest"
)

var now = time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)

func in(file string, c *x509.Certificate) attest.Certificate {
	return attest.Certificate{Certificate: c, Files: []string{file}}
}

func trusting(roots ...*x509.Certificate) *attest.Roots {
	out := &attest.Roots{}
	out.Add(roots...)
	return out
}

// audit judges one chain.
func audit(t *testing.T, roots *attest.Roots, found ...*x509.Certificate) *attest.Audit {
	t.Helper()
	var all []attest.Certificate
	for _, c := range found {
		all = append(all, in("file", c))
	}
	out, err := attest.NewAudit(all, roots, now)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// A chain proves what the token states: from the old roots straight to the token, and from the
// new ones through authorities of which a file in the folder, or of the roots, has the certificates.
func TestProved(t *testing.T) {
	root := attesttest.NewRoot("Root")
	old := root.Token()
	between := root.Intermediate("Between")
	device := between.Token()
	key := attesttest.NewKey()
	for name, test := range map[string]struct {
		roots *attest.Roots
		found []*x509.Certificate
		above string
	}{
		"from a root":                   {trusting(root.Certificate), []*x509.Certificate{old.Certificate, old.Attest(key.Public(), attesttest.Usual(7))}, "Root"},
		"an authority in the folder":    {trusting(root.Certificate), []*x509.Certificate{device.Attest(key.Public(), attesttest.Usual(7)), device.Certificate, between.Certificate}, "Between, Root"},
		"an authority among the roots":  {trusting(between.Certificate, root.Certificate), []*x509.Certificate{device.Attest(key.Public(), attesttest.Usual(7)), device.Certificate}, "Between, Root"},
		"the root is in the folder too": {trusting(root.Certificate), []*x509.Certificate{root.Certificate, old.Certificate, old.Attest(key.Public(), attesttest.Usual(7))}, "Root"},
	} {
		t.Run(name, func(t *testing.T) {
			a := audit(t, test.roots, test.found...)
			if len(a.Chains) != 1 || !a.Chains[0].Proved() || len(a.Unused) != 0 {
				t.Fatalf("%+v", a)
			}
			var above []string
			for _, c := range a.Chains[0].Above {
				above = append(above, c.Subject.CommonName)
			}
			if got := strings.Join(above, ", "); got != test.above {
				t.Errorf("through %s, want %s", got, test.above)
			}
			s := a.Chains[0].Statement
			if s.Slot != "9c" || s.Serial != "7" || s.Firmware.String() != "5.7.1" || s.PIN != model.PolicyOnce || s.Touch != model.PolicyAlways || s.Form != "USB-C keychain" {
				t.Errorf("%+v", s)
			}
		})
	}
}

// Tokens and roots of some years state wrong constraints; their chains are proved all the same.
func TestOddCertificates(t *testing.T) {
	key := attesttest.NewKey()
	root := attesttest.NewRoot("Root")
	bare := root.Token(func(c *x509.Certificate) { c.BasicConstraintsValid, c.IsCA, c.MaxPathLenZero = false, false, false })
	s := attesttest.Usual(0)
	s.Serial, s.Form, s.Firmware = nil, nil, []byte{4, 3, 7}
	a := audit(t, trusting(root.Certificate), bare.Certificate, bare.Attest(key.Public(), s))
	if len(a.Chains) != 1 || !a.Chains[0].Proved() || a.Chains[0].Statement.Serial != "" {
		t.Errorf("a token without basic constraints: %+v", a.Chains)
	}

	short := *root.Certificate
	short.MaxPathLen, short.MaxPathLenZero = 0, true // as Yubico's root for U2F states
	device := root.Token()
	a = audit(t, trusting(&short), device.Certificate, device.Attest(key.Public(), attesttest.Usual(1)))
	if !a.Chains[0].Proved() {
		t.Errorf("a root for a path without authorities: %v", a.Chains[0].Refusal)
	}
}

// What proves nothing is refused, and says why.
func TestRefused(t *testing.T) {
	root, stranger := attesttest.NewRoot("Root"), attesttest.NewRoot("Root")
	key := attesttest.NewKey()
	device, forged := root.Token(), stranger.Token()
	noAuthority := root.Token(func(c *x509.Certificate) { c.IsCA, c.MaxPathLenZero = false, false })
	expired := root.Token(func(c *x509.Certificate) {
		c.NotBefore, c.NotAfter = attesttest.Begin, attesttest.Begin.AddDate(1, 0, 0)
	})
	long := device.Intermediate("Yubico PIV Attestation")
	edited := func(edit func(s *attesttest.Statement)) []*x509.Certificate {
		s := attesttest.Usual(7)
		edit(&s)
		return []*x509.Certificate{device.Certificate, device.Attest(key.Public(), s)}
	}
	usual := func(device *attesttest.Authority) []*x509.Certificate {
		return []*x509.Certificate{device.Certificate, device.Attest(key.Public(), attesttest.Usual(7))}
	}
	for name, test := range map[string]struct {
		found []*x509.Certificate
		roots *attest.Roots
		want  string
	}{
		"another root of the same name":     {usual(forged), nil, `the certificate of the token, issued by "Root", leads to none of the roots`},
		"no roots":                          {usual(device), &attest.Roots{}, "no root certificate is known: name a file with --roots"},
		"no token":                          {usual(device)[1:], nil, "no certificate here has signed it"},
		"another token":                     {[]*x509.Certificate{root.Token().Certificate, usual(device)[1]}, nil, "no certificate here has signed it"},
		"the token is no authority":         {usual(noAuthority), nil, "no certificate here has signed it"},
		"the token has expired":             {usual(expired), nil, "a certificate of the chain has expired"},
		"a token below a token":             {append(usual(long), device.Certificate), nil, "its chain doesn't verify"},
		"signed by the root":                {usual(root), nil, "a root has signed it, not a token"},
		"no firmware":                       {edited(func(s *attesttest.Statement) { s.Firmware = nil }), nil, "it lacks the extensions"},
		"no policy":                         {edited(func(s *attesttest.Statement) { s.Policy = nil }), nil, "it lacks the extensions"},
		"firmware of two bytes":             {edited(func(s *attesttest.Statement) { s.Firmware = []byte{5, 7} }), nil, "its firmware has 2 bytes"},
		"empty firmware":                    {edited(func(s *attesttest.Statement) { s.Firmware = []byte{} }), nil, "its firmware has 0 bytes"},
		"policies of three bytes":           {edited(func(s *attesttest.Statement) { s.Policy = []byte{1, 1, 1} }), nil, "its policies have 3 bytes"},
		"a negative serial":                 {edited(func(s *attesttest.Statement) { s.Serial = attesttest.Integer(-1) }), nil, "its serial is no number"},
		"a serial of 33 bits":               {edited(func(s *attesttest.Statement) { s.Serial = attesttest.Integer(1 << 32) }), nil, "its serial is no number"},
		"a serial with more behind it":      {edited(func(s *attesttest.Statement) { s.Serial = append(s.Serial, 0) }), nil, "its serial is no number"},
		"a serial that is text":             {edited(func(s *attesttest.Statement) { s.Serial = []byte("1234567") }), nil, "its serial is no number"},
		"a form of two bytes":               {edited(func(s *attesttest.Statement) { s.Form = []byte{1, 2} }), nil, "its form has 2 bytes"},
		"built-in roots that don't know it": {usual(device), &attest.Roots{BuiltIn: func(_, _ *x509.Certificate) error { return errors.New("no") }}, "it leads to no built-in root"},
	} {
		t.Run(name, func(t *testing.T) {
			roots := test.roots
			if roots == nil {
				roots = trusting(root.Certificate)
			}
			a := audit(t, roots, test.found...)
			if len(a.Chains) != 1 || a.Chains[0].Proved() || !strings.Contains(a.Chains[0].Refusal.Error(), test.want) {
				t.Fatalf("%+v, want %q", a.Chains, test.want)
			}
			if len(a.Chains[0].Above) != 0 || len(a.Chains[0].Advisories()) != 0 {
				t.Error("it counts")
			}
		})
	}
}

// An authority's certificate is no certificate of a key, whatever it is called.
func TestNoKey(t *testing.T) {
	root := attesttest.NewRoot("Root")
	device := root.Token()
	a := audit(t, trusting(root.Certificate), root.Certificate, device.Certificate)
	if len(a.Chains) != 0 || len(a.Unused) != 2 {
		t.Errorf("%+v", a)
	}
}

// A built-in verifier is asked for chains that no named root proves.
func TestBuiltIn(t *testing.T) {
	device := attesttest.NewRoot("Root").Token()
	key := device.Attest(attesttest.NewKey().Public(), attesttest.Usual(3))
	roots := &attest.Roots{BuiltIn: func(k, m *x509.Certificate) error {
		if !k.Equal(key) || !m.Equal(device.Certificate) {
			t.Error("it gets other certificates")
		}
		return nil
	}}
	if a := audit(t, roots, device.Certificate, key); !a.Chains[0].Proved() {
		t.Error(a.Chains[0].Refusal)
	}
}

// Unknown values are unknown, not an error: later tokens may have more.
func TestUnknownValues(t *testing.T) {
	device := attesttest.NewRoot("Root").Token()
	s := attesttest.Usual(3)
	s.Slot, s.Policy, s.Form = "what\x1b[2J", []byte{99, 0}, []byte{0x7f}
	a := audit(t, &attest.Roots{}, device.Attest(attesttest.NewKey().Public(), s))
	if got := a.Chains[0].Statement; got.Slot != "" || got.PIN != model.PolicyUnknown || got.Touch != model.PolicyUnknown || got.Form != "" {
		t.Errorf("%+v", got)
	}
	s.Policy, s.Form = []byte{4, 3}, []byte{0x83}
	a = audit(t, &attest.Roots{}, device.Attest(attesttest.NewKey().Public(), s))
	if got := a.Chains[0].Statement; got.PIN != model.PolicyOnce || !got.Fingerprint || got.Touch != model.PolicyCached || got.Form != "USB-C keychain, FIPS" {
		t.Errorf("%+v", got)
	}
}

// A certificate that is in several files is judged once.
func TestSameCertificateTwice(t *testing.T) {
	device := attesttest.NewRoot("Root").Token()
	key := device.Attest(attesttest.NewKey().Public(), attesttest.Usual(3))
	a, err := attest.NewAudit([]attest.Certificate{in("a", key), in("b", key)}, &attest.Roots{}, now)
	if err != nil || len(a.Chains) != 1 || strings.Join(a.Chains[0].Key.Files, " ") != "a b" {
		t.Errorf("%+v, %v", a, err)
	}
}

func TestTooManyCertificates(t *testing.T) {
	device := attesttest.NewRoot("Root").Token()
	key := attesttest.NewKey()
	var found []attest.Certificate
	for range attest.MaxCertificates + 1 {
		found = append(found, in("a", device.Attest(key.Public(), attesttest.Usual(3))))
	}
	if _, err := attest.NewAudit(found, &attest.Roots{}, now); err == nil {
		t.Error("there is no limit")
	}
}

// A certificate is found in PEM among other things, and in DER; what should be one and is none
// is an error, and anything else is none.
func TestCertificates(t *testing.T) {
	c := attesttest.NewRoot("Root").Certificate
	text := attesttest.PEM(c)
	for name, test := range map[string]struct {
		file    string
		content []byte
		want    int
		bad     bool
	}{
		"PEM":                       {"a.pem", text, 1, false},
		"two, with text around":     {"a.txt", append(append([]byte("Certificate:\n"), text...), text...), 2, false},
		"DER":                       {"a", c.Raw, 1, false},
		"a public key":              {"a.pem", []byte("-----BEGIN PUBLIC KEY-----\nAA==\n-----END PUBLIC KEY-----\n"), 0, false},
		"something else":            {"notes.txt", []byte("hello"), 0, false},
		"nothing":                   {"empty", nil, 0, false},
		"a file that should be one": {"a.CRT", []byte("hello"), 0, true},
		"DER with a tail":           {"a.cer", append(append([]byte{}, c.Raw...), 0), 0, true},
		"PEM of something else":     {"a.pem", []byte("-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"), 0, true},
		"PEM that is cut off":       {"a.pem", text[:len(text)/2], 0, true},
		"too long":                  {"a.pem", make([]byte, attest.MaxFile+1), 0, true},
		"too many":                  {"a.pem", []byte(strings.Repeat(string(text), 257)), 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := attest.Certificates(test.file, test.content)
			if len(got) != test.want || (err != nil) != test.bad {
				t.Errorf("%d certificates, %v", len(got), err)
			}
		})
	}
}

// A key that would take for ever to check a signature with is refused unread.
func TestHugeKey(t *testing.T) {
	modulus := new(big.Int).Lsh(big.NewInt(1), 9000)
	huge := &rsa.PublicKey{N: modulus.Add(modulus, big.NewInt(1)), E: 65537}
	c := attesttest.NewRoot("Root").Attest(huge, attesttest.Usual(1))
	for _, content := range [][]byte{c.Raw, attesttest.PEM(c)} {
		if _, err := attest.Certificates("a.pem", content); err == nil || !strings.Contains(err.Error(), "9001 bits") {
			t.Error(err)
		}
	}
}

// joined has a root with so many keys.
func joined(threshold int, keys ...model.Key) *model.Repository {
	r := &model.Repository{Keys: keys, Roles: []model.Role{{Name: model.RoleRoot, Threshold: threshold}}}
	for _, k := range keys {
		r.Roles[0].Keys = append(r.Roles[0].Keys, k.ID)
	}
	return r
}

// Root keys are matched by their public keys, and the rest of the chains are strangers.
func TestJoin(t *testing.T) {
	root := attesttest.NewRoot("Root")
	one, two := root.Token(), root.Token()
	k := func(id string) (model.Key, func(device *attesttest.Authority, serial int64) *x509.Certificate) {
		private := attesttest.NewKey()
		der, err := x509.MarshalPKIXPublicKey(private.Public())
		if err != nil {
			t.Fatal(err)
		}
		return model.Key{ID: model.KeyID(id), ListedAs: []model.KeyID{model.KeyID(id)}, SPKI: der}, func(device *attesttest.Authority, serial int64) *x509.Certificate {
			return device.Attest(private.Public(), attesttest.Usual(serial))
		}
	}
	a, attestA := k("a")
	b, attestB := k("b")
	c, attestC := k("c")
	d, _ := k("d")
	_, attestOther := k("x")
	file, err := x509.ParsePKIXPublicKey(d.SPKI)
	if err != nil {
		t.Fatal(err)
	}
	plain := root.Intermediate("CA")
	dCertificate := plain.Attest(file, attesttest.Statement{Slot: "x"})
	forged := attesttest.NewRoot("Root").Token()

	got := audit(t, trusting(root.Certificate),
		one.Certificate, two.Certificate, forged.Certificate, attestA(one, 1), attestB(one, 1), attestC(forged, 3), dCertificate, attestOther(one, 2),
	).Join(joined(2, a, b, c, d, model.Key{ID: "e"}))
	var lines []string
	for _, key := range got.Keys {
		line := string(key.ID) + ": "
		if key.Proved() {
			line += "proved"
		} else {
			line += key.Refusal.Error()
		}
		for _, id := range key.Shared {
			line += ", shared with " + string(id)
		}
		lines = append(lines, line)
	}
	want := `a: proved, shared with b
b: proved, shared with a
c: the certificate of the token, issued by "Root", leads to none of the roots
d: the certificate of it here was not made by a token
e: its public key can't be read`
	if text := strings.Join(lines, "\n"); text != want {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
	if got.Threshold != 2 || got.Proved() != 2 || len(got.Strangers) != 1 || got.Strangers[0].Statement.Serial != "2" {
		t.Errorf("%+v", got)
	}
	if empty := audit(t, trusting(root.Certificate)).Join(joined(1, a)); empty.Keys[0].Refusal.Error() != "no certificate here is for it" {
		t.Error(empty.Keys[0].Refusal)
	}
	if none := audit(t, trusting()).Join(&model.Repository{}); len(none.Keys) != 0 {
		t.Error(none)
	}
}

// No bytes of a certificate can do harm, and what is altered proves nothing.
func FuzzAudit(f *testing.F) {
	root := attesttest.NewRoot("Root")
	device := root.Token()
	key := device.Attest(attesttest.NewKey().Public(), attesttest.Usual(1234567))
	f.Add(device.Raw, key.Raw)
	f.Add(key.Raw, device.Raw)
	f.Add(attesttest.PEM(device.Certificate, key), []byte{})
	roots := trusting(root.Certificate)
	f.Fuzz(func(t *testing.T, first, second []byte) {
		var found []attest.Certificate
		for _, content := range [][]byte{first, second} {
			certificates, _ := attest.Certificates("f", content)
			for _, c := range certificates {
				found = append(found, in("f", c))
			}
		}
		a, err := attest.NewAudit(found, roots, now)
		if err != nil {
			return
		}
		for i := range a.Chains {
			if c := &a.Chains[i]; c.Proved() && (!c.Key.Equal(key) || !c.Maker.Equal(device.Certificate)) {
				t.Errorf("a forged chain is proved: %x", c.Key.Raw)
			}
		}
	})
}
