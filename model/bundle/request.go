package bundle

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"strings"
	"time"

	"trustdeck/model"
	"trustdeck/model/attest"
	"trustdeck/model/dialect"
	"trustdeck/model/display"
	"trustdeck/model/strictjson"
)

// MaxRequest is the largest request in bytes.
const MaxRequest = 256 << 10

// The schema of a request.
const (
	requestName   = "trustdeck-key-request/v"
	requestSchema = requestName + "1"
)

// Request is the small file with which a custodian hands over the public half of a key. The key
// itself has signed it, so that no one hands over another's. Who the person is, nothing in it proves:
// people compare the fingerprint of the key in words.
type Request struct {
	// Repository and Role are what the key is for: a request is no good for another.
	Repository model.GUN
	Dialect    model.Dialect
	Role       model.RoleName
	// Name is that of the person, and Made when the request was made, in whole seconds.
	Name string
	Made time.Time
	// Rehearsal is set where the key is to be thrown away.
	Rehearsal bool
	// Public is the public half in PEM form: the certificate under which a root key is listed where
	// the dialect lists certificates, else the key itself.
	Public string
	// Attestation are certificates in PEM form by which a token proves that the key was made on
	// it; empty where there are none.
	Attestation string
	// Method and Signature are those of the key over all of the others.
	Method    string
	Signature []byte
}

// requestForm is the JSON form.
type requestForm struct {
	Schema      string         `json:"schema"`
	Repository  model.GUN      `json:"repository"`
	Dialect     model.Dialect  `json:"dialect"`
	Role        model.RoleName `json:"role"`
	Name        string         `json:"name"`
	Made        time.Time      `json:"made"`
	Rehearsal   bool           `json:"rehearsal"`
	Public      string         `json:"public"`
	Attestation string         `json:"attestation,omitempty"`
	Method      string         `json:"method,omitempty"`
	Signature   []byte         `json:"sig,omitempty"`
}

func (r *Request) form() requestForm {
	return requestForm{requestSchema, r.Repository, r.Dialect, r.Role, r.Name, r.Made.UTC(), r.Rehearsal, r.Public, r.Attestation, r.Method, r.Signature}
}

// message is what the key signs. It is no metadata: see Bundle.Message.
func (r *Request) message() []byte {
	form := r.form()
	form.Method, form.Signature = "", nil
	text, err := json.Marshal(form)
	if err != nil {
		panic(fmt.Sprintf("bundle: %v", err)) // all of it can be encoded
	}
	return append([]byte("trustdeck key request\n"), text...)
}

// Sign has the key sign a request for it. The error says that the request is for another key, or
// that the key could not sign.
func (r *Request) Sign(d dialect.Writable, key crypto.Signer) error {
	listed, err := r.listed(d)
	if err != nil {
		return err
	}
	sig, err := d.Sign(listed, key, r.message())
	if err != nil {
		return err
	}
	if err := d.Verify(listed, r.message(), sig); err != nil {
		return refuse(BadRequest, "the request is for another key than the one that signs it: %s", reasonOf(err))
	}
	r.Method, r.Signature = sig.Method, sig.Sig
	return nil
}

// Encode writes a request.
func (r *Request) Encode() []byte {
	text, err := json.MarshalIndent(r.form(), "", "  ")
	if err != nil {
		panic(fmt.Sprintf("bundle: %v", err)) // all of it can be encoded
	}
	return append(text, '\n')
}

// DecodeRequest reads what Encode has written, and nothing that is spelled otherwise, but for
// white space. It verifies nothing: see Check. The error is a *Refusal.
func DecodeRequest(text []byte) (*Request, error) {
	if len(text) > MaxRequest {
		return nil, refuse(TooLarge, "the request has %d bytes; the limit is %d", len(text), MaxRequest)
	}
	var head struct {
		Schema string `json:"schema"`
	}
	if err := json.Unmarshal(text, &head); err != nil || !strings.HasPrefix(head.Schema, requestName) {
		return nil, refuse(NotBundle, "this is not a key request")
	}
	if head.Schema != requestSchema {
		return nil, refuse(Newer, "a newer version of trustdeck wrote this request: it has the schema %s, and this version reads %s", display.Quote(display.Cut(head.Schema, MaxText)), requestSchema)
	}
	var f requestForm
	if err := strictjson.Decode(text, &f); err != nil {
		return nil, refuse(BadRequest, "the request was changed after it was written: %v", err)
	}
	r := &Request{f.Repository, f.Dialect, f.Role, f.Name, f.Made, f.Rehearsal, f.Public, f.Attestation, f.Method, f.Signature}
	if err := r.check(); err != nil {
		return nil, err
	}
	if _, err := strictjson.Compact(text, r.form()); err != nil {
		return nil, refuse(BadRequest, "the request was changed after it was written: %v", err)
	}
	return r, nil
}

// check refuses a request that says nothing that makes sense.
func (r *Request) check() error {
	if _, err := model.ParseGUN(string(r.Repository)); err != nil {
		return refuse(BadRequest, "the request names no repository: %v", err)
	}
	if err := shown(BadRequest, "name", r.Name, MaxText); err != nil {
		return err
	}
	if r.Made.IsZero() || !r.Made.Equal(r.Made.Truncate(time.Second)) {
		return refuse(BadRequest, "the request was not made at a moment in whole seconds")
	}
	return nil
}

// listed is the key as metadata lists it.
func (r *Request) listed(d dialect.Writable) (model.PublicKey, error) {
	if role, err := d.ParseRole(string(r.Role)); err != nil || role != r.Role {
		return model.PublicKey{}, refuse(BadRequest, "no role can be called %s", display.Quote(display.Cut(string(r.Role), model.MaxNameLength)))
	}
	parse := d.ParsePublicFile
	if r.certified(d) {
		parse = d.Certified
	}
	key, err := parse([]byte(r.Public))
	if err != nil {
		return key, refuse(BadRequest, "the public key of %s is not readable: %s", r.Name, reasonOf(err))
	}
	return key, nil
}

// certified reports whether the key is listed as a certificate for the repository.
func (r *Request) certified(d dialect.Writable) bool {
	return r.Role == model.RoleRoot && d.Certifies()
}

// Asked is a request that was checked.
type Asked struct {
	Request
	// Key is the key as metadata lists it, and Described the same with all its names.
	Key       model.PublicKey
	Described model.Key
	// Chain are the certificates of the token, nil without any. It is Proved, save where there are
	// no roots to prove it by.
	Chain *attest.Chain
}

// Check verifies a request at a moment: the key can be listed, it has signed the request itself,
// and its certificates, if it has any, prove by some roots that it is on a token. dialects are as
// in Open. The error is a *Refusal.
func (r *Request) Check(dialects map[model.Dialect]dialect.Writable, roots *attest.Roots, at time.Time) (*Asked, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	d, known := dialects[r.Dialect]
	if !known {
		return nil, refuse(UnknownDialect, "this version of trustdeck doesn't know the metadata format %s", display.Quote(display.Cut(string(r.Dialect), MaxText)))
	}
	key, err := r.listed(d)
	if err != nil {
		return nil, err
	}
	gun := model.GUN("")
	if r.certified(d) {
		gun = r.Repository
	}
	if err := d.CheckKey(key, gun, at); err != nil {
		return nil, refuse(BadRequest, "the key of %s can't be used for %s of %s: %s", r.Name, r.Role, r.Repository, reasonOf(err))
	}
	sig := dialect.Signature{KeyID: key.ID, Method: r.Method, Sig: r.Signature}
	if r.Method != d.Method(key) || d.Verify(key, r.message(), sig) != nil {
		return nil, refuse(BadRequest, "the request of %s is not signed by its key: it was altered, or is for someone else's key", r.Name)
	}
	out := &Asked{Request: *r, Key: key, Described: d.Describe(key)}
	if r.Attestation != "" {
		if out.Chain, err = r.proof(out.Described, roots, at); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// proof is the chain of certificates that is for the key.
func (r *Request) proof(key model.Key, roots *attest.Roots, at time.Time) (*attest.Chain, error) {
	if roots == nil {
		roots = &attest.Roots{}
	}
	all, err := attest.Certificates("request", []byte(r.Attestation))
	if err != nil {
		return nil, refuse(BadAttestation, "the certificates of %s are not readable: %s", r.Name, reasonOf(err))
	}
	var found []attest.Certificate
	for _, c := range all {
		found = append(found, attest.Certificate{Certificate: c, Files: []string{"request"}})
	}
	audit, err := attest.NewAudit(found, roots, at)
	if err != nil {
		return nil, refuse(BadAttestation, "the certificates of %s are too many: %s", r.Name, reasonOf(err))
	}
	for i := range audit.Chains {
		c := &audit.Chains[i]
		if der, err := x509.MarshalPKIXPublicKey(c.Key.PublicKey); err != nil || !bytes.Equal(der, key.SPKI) {
			continue
		}
		if !c.Proved() && !roots.None() {
			return nil, refuse(BadAttestation, "the certificates of %s don't prove that the key is on a token: %s", r.Name, reasonOf(c.Refusal))
		}
		return c, nil
	}
	return nil, refuse(BadAttestation, "the certificates of %s are for another key", r.Name)
}

// CertificatesPEM writes certificates as Request.Attestation has them.
func CertificatesPEM(all ...*x509.Certificate) string {
	var out bytes.Buffer
	for _, c := range all {
		_ = pem.Encode(&out, &pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}) // a buffer never fails
	}
	return out.String()
}
