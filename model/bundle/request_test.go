package bundle_test

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/attest"
	"trustdeck/model/attest/attesttest"
	"trustdeck/model/bundle"
	"trustdeck/model/dialect"
	"trustdeck/model/dialect/dialecttest"
)

// requested is the request of a key for the root.
func requested(d dialect.Writable, key dialecttest.Key) *bundle.Request {
	public := string(key.Listed.Public) // a certificate
	if !d.Certifies() {
		public = string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: d.Describe(key.Listed).SPKI}))
	}
	r := &bundle.Request{Repository: dialecttest.GUN, Dialect: d.Name(), Role: model.RoleRoot, Name: "Ada", Made: dialecttest.At, Public: public}
	if err := r.Sign(d, key.Private); err != nil {
		panic(err)
	}
	return r
}

// The public half of a key travels in a file that the key has signed.
func TestRequest(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, subject dialecttest.Subject) {
		s := newScene(subject, 2, 3)
		r := requested(s.Dialect, s.people["Ada"])
		again := must(bundle.DecodeRequest(r.Encode()))
		if !bytes.Equal(again.Encode(), r.Encode()) {
			t.Errorf("written again it is\n%s\nwas\n%s", again.Encode(), r.Encode())
		}
		asked, err := again.Check(known, nil, now)
		if err != nil {
			t.Fatal(err)
		}
		if asked.Key.ID != s.people["Ada"].Listed.ID || asked.Described.ID != s.Dialect.CanonicalID(s.people["Ada"].Listed) || asked.Chain != nil || asked.Name != "Ada" {
			t.Errorf("%+v", asked)
		}
		if strings.Contains(string(r.Encode()), "PRIVATE") {
			t.Error("it holds a private key")
		}
	})
}

// A request that is altered in anything, or that hands over someone else's key, is refused.
func TestRequestsRefused(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, subject dialecttest.Subject) {
		s, d := newScene(subject, 2, 3), subject.Dialect
		valid := requested(d, s.people["Ada"])
		for why, c := range map[string]struct {
			edit   func(*bundle.Request)
			reason bundle.Reason
		}{
			"another repository":     {func(r *bundle.Request) { r.Repository += "2" }, bundle.BadRequest},
			"no repository":          {func(r *bundle.Request) { r.Repository = "" }, bundle.BadRequest},
			"another dialect":        {func(r *bundle.Request) { r.Dialect = "x" }, bundle.UnknownDialect},
			"another role":           {func(r *bundle.Request) { r.Role = model.RoleSnapshot }, bundle.BadRequest},
			"no role":                {func(r *bundle.Request) { r.Role = "\n" }, bundle.BadRequest},
			"another name":           {func(r *bundle.Request) { r.Name = "Mallory" }, bundle.BadRequest},
			"a name that is no text": {func(r *bundle.Request) { r.Name = "a\x1b[2J" }, bundle.BadRequest},
			"another moment":         {func(r *bundle.Request) { r.Made = r.Made.Add(time.Second) }, bundle.BadRequest},
			"no moment":              {func(r *bundle.Request) { r.Made = time.Time{} }, bundle.BadRequest},
			"a rehearsal made real":  {func(r *bundle.Request) { r.Rehearsal = true }, bundle.BadRequest},
			"someone else's key":     {func(r *bundle.Request) { r.Public = requested(d, s.people["Ben"]).Public }, bundle.BadRequest},
			"no key":                 {func(r *bundle.Request) { r.Public = "x" }, bundle.BadRequest},
			"no signature":           {func(r *bundle.Request) { r.Signature = nil }, bundle.BadRequest},
			"another method":         {func(r *bundle.Request) { r.Method = "x" }, bundle.BadRequest},
			"another's signature":    {func(r *bundle.Request) { r.Signature = requested(d, s.people["Ben"]).Signature }, bundle.BadRequest},
			"certificates are added": {func(r *bundle.Request) { r.Attestation = "x" }, bundle.BadRequest},
			"a private key": {func(r *bundle.Request) {
				r.Public = string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("x")}))
			}, bundle.BadRequest},
		} {
			edited := must(bundle.DecodeRequest(valid.Encode()))
			c.edit(edited)
			checkRefused(t, why, func() error { _, err := edited.Check(known, nil, now); return err }, c.reason)
		}
		other := must(bundle.DecodeRequest(valid.Encode()))
		if err := other.Sign(d, s.people["Ben"].Private); bundle.ReasonOf(err) != bundle.BadRequest {
			t.Errorf("another key signs the request: %v", err)
		}
	})
}

// A certificate that is for another repository, or expires too soon, is none of this one's.
func TestCertificatesRefused(t *testing.T) {
	t.Parallel()
	s := newScene(subjects["notary"], 2, 3)
	ada := s.people["Ada"]
	r := requested(s.Dialect, ada)
	r.Public = string(must(s.Dialect.NewCertificate("registry.example.org/acme/other", ada.Private, [16]byte{3}, dialecttest.At)))
	if err := r.Sign(s.Dialect, ada.Private); err != nil {
		t.Fatal(err)
	}
	checkRefused(t, "another repository's", func() error { _, err := r.Check(known, nil, now); return err }, bundle.BadRequest)
	checkRefused(t, "expired", func() error {
		_, err := requested(s.Dialect, ada).Check(known, nil, now.AddDate(11, 0, 0))
		return err
	}, bundle.BadRequest)
}

// What is written otherwise than trustdeck writes it is refused by name.
func TestRequestsMisspelled(t *testing.T) {
	t.Parallel()
	s := newScene(subjects["tuf"], 2, 3)
	text := string(requested(s.Dialect, s.people["Ada"]).Encode())
	for why, c := range map[string]struct {
		was, is string
		reason  bundle.Reason
	}{
		"a newer schema": {`request/v1"`, `request/v2"`, bundle.Newer},
		"another file":   {`trustdeck-key-request/v1"`, `trustdeck-ceremony/v1"`, bundle.NotBundle},
		"a member twice": {`"name"`, `"name":"Ben","name"`, bundle.BadRequest},
		"an unknown one": {`"name"`, `"x":1,"name"`, bundle.BadRequest},
		"an escape":      {`"Ada"`, `"\u0041da"`, bundle.BadRequest},
		"cut off":        {"}\n", ``, bundle.NotBundle},
		"another zone":   {`12:00:00Z`, `13:00:00+01:00`, bundle.BadRequest},
	} {
		checkRefused(t, why, func() error {
			_, err := bundle.DecodeRequest([]byte(strings.Replace(text, c.was, c.is, 1)))
			return err
		}, c.reason)
	}
	checkRefused(t, "too long", func() error { _, err := bundle.DecodeRequest(make([]byte, bundle.MaxRequest+1)); return err }, bundle.TooLarge)
}

// A key on a token comes with the certificates that prove it.
func TestAttestedRequest(t *testing.T) {
	t.Parallel()
	s := newScene(subjects["notary"], 2, 3)
	ada := s.people["Ada"]
	maker := attesttest.NewRoot("Yubico PIV Root CA Serial 1")
	token := maker.Token()
	of := func(key dialecttest.Key) string {
		return bundle.CertificatesPEM(token.Attest(key.Private.Public(), attesttest.Usual(12345678)), token.Certificate)
	}
	roots := &attest.Roots{}
	roots.Add(maker.Certificate)
	ask := func(attestation string, roots *attest.Roots) (*bundle.Asked, error) {
		r := requested(s.Dialect, ada)
		r.Attestation = attestation
		if err := r.Sign(s.Dialect, ada.Private); err != nil {
			t.Fatal(err)
		}
		return must(bundle.DecodeRequest(r.Encode())).Check(known, roots, now)
	}
	asked, err := ask(of(ada), roots)
	if err != nil || !asked.Chain.Proved() || asked.Chain.Statement.Serial != "12345678" {
		t.Errorf("%+v: %v", asked, err)
	}
	if asked, err := ask(of(ada), nil); err != nil || asked.Chain == nil || asked.Chain.Proved() {
		t.Errorf("without roots: %+v: %v", asked, err)
	}
	stranger := &attest.Roots{}
	stranger.Add(attesttest.NewRoot("Another maker").Certificate)
	for why, c := range map[string]struct {
		attestation string
		roots       *attest.Roots
	}{
		"the certificate of another key":     {of(s.people["Ben"]), roots},
		"a token of another maker":           {of(ada), stranger},
		"the token's certificate is missing": {bundle.CertificatesPEM(token.Attest(ada.Private.Public(), attesttest.Usual(1))), roots},
		"no certificate":                     {"x", roots},
		"a damaged one":                      {string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("x")})), roots},
		"a plain certificate of the key":     {bundle.CertificatesPEM(must(x509.ParseCertificate(first(ada.Listed.Public)))), roots},
	} {
		checkRefused(t, why, func() error { _, err := ask(c.attestation, c.roots); return err }, bundle.BadAttestation)
	}
}

// first is the first block of a PEM text.
func first(text []byte) []byte {
	block, _ := pem.Decode(text)
	return block.Bytes
}

// Whatever a request holds, it is refused by name or was signed by its key.
func FuzzDecodeRequest(f *testing.F) {
	for _, subject := range subjects {
		s := must(dialecttest.NewWorld(subject))
		f.Add(requested(subject.Dialect, s.Keys[model.RoleRoot][0]).Encode())
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := bundle.DecodeRequest(text)
		if err == nil {
			if !bytes.Equal(must(bundle.DecodeRequest(r.Encode())).Encode(), r.Encode()) {
				t.Error("it has two forms")
			}
			_, err = r.Check(known, nil, now)
		}
		if err != nil && (bundle.ReasonOf(err) == "" || model.HintOf(err) == "") {
			t.Errorf("%v", err)
		}
	})
}
