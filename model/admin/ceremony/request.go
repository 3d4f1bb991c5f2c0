package ceremony

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/attest"
	"trustdeck/model/bundle"
	"trustdeck/model/dialect"
	"trustdeck/model/port"
)

// Requesting is a key for which a custodian makes a request.
type Requesting struct {
	Repository model.GUN
	Dialect    model.Dialect
	Role       model.RoleName
	// Name is that of the person.
	Name      string
	Rehearsal bool
	Key       model.PrivateKey
	// Fresh has a key made for a rehearsal, which is thrown away afterwards; Key is then empty.
	Fresh bool
	// To is the new file.
	To string
}

// RehearsalLabel is what keys are called that are made for a rehearsal, so that no one takes them for others.
const RehearsalLabel = "rehearsal"

// Requested is a request that was made.
type Requested struct {
	bundle.Request
	Key model.Key
	// Attested is true where the token has proved that the key was made on it.
	Attested bool
}

// RequestSteps lists what Request does, in order.
func RequestSteps(w *Requesting) []admin.Step {
	first := "unlock key " + w.Key.ID.Short()
	if w.Fresh {
		first = "make a key for the rehearsal"
	}
	return admin.NewSteps(first, "sign the request with the key, and verify that", "write it to "+w.To)
}

// Request has a key sign a request to be listed, and writes that into a new file. It needs no
// repository and no network.
func (s *Service) Request(ctx context.Context, w Requesting, run Run) (*Requested, error) {
	d, known := s.Dialects[w.Dialect]
	if !known {
		return nil, &model.Fault{Kind: model.FaultUsage, Text: "this version of trustdeck doesn't know the metadata format " + string(w.Dialect)}
	}
	if w.Fresh && !w.Rehearsal {
		return nil, &model.Fault{Kind: model.FaultUsage, Text: "a key that is thrown away is no good for a real ceremony", Hint: "Make one that stays first: trustdeck key generate, or trustdeck token generate."}
	}
	steps := admin.Runner{Steps: RequestSteps(&w), Watch: run.Watch, Stop: run.Stop, Clock: s.Clock}
	var signer port.Signer
	defer func() {
		if signer != nil {
			_ = signer.Close() // wiping does not fail
		}
	}()
	out := &Requested{Request: bundle.Request{
		Repository: w.Repository, Dialect: w.Dialect, Role: w.Role, Name: w.Name, Made: s.Clock().UTC().Truncate(time.Second), Rehearsal: w.Rehearsal,
	}}
	err := steps.Run(ctx,
		func(ctx context.Context) (err error) {
			if w.Fresh {
				signer, err = s.makeKey(ctx, d, &w, run, &steps)
				return err
			}
			ask := port.SecretAsk{Key: w.Key, Repository: w.Repository, Purpose: fmt.Sprintf("ask for a place in the %s of %s", w.Role, w.Repository), Step: 1, Of: 1}
			signer, err = admin.Unlock(ctx, s.Keys.Of(w.Key), w.Key.ID, s.counted(ctx, ask), run.Secrets, &steps)
			return err
		},
		func(ctx context.Context) (err error) {
			if out.Public, err = listing(d, &w, signer, out.Made); err != nil {
				return err
			}
			out.Attestation = s.attestation(ctx, w.Key)
			out.Attested = out.Attestation != ""
			if err := out.Sign(d, signer); err != nil {
				return err
			}
			asked, err := out.Check(s.Dialects, s.Makers, s.Clock())
			if err == nil {
				out.Key = asked.Described
			}
			return err
		},
		func(context.Context) error { return s.Files.Create(w.To, out.Encode()) })
	if err != nil {
		return nil, err
	}
	return out, nil
}

// makeKey makes a key for a rehearsal, and says in the request which one it is.
func (s *Service) makeKey(ctx context.Context, d dialect.Writable, w *Requesting, run Run, steps *admin.Runner) (port.Signer, error) {
	store, err := s.Keys.For(d.Name())
	if err != nil {
		return nil, err
	}
	w.Key = model.PrivateKey{Label: RehearsalLabel, Place: model.PlaceFile, Store: store.Name(), Encrypted: true}
	ask := port.SecretAsk{Key: w.Key, New: true, Repository: w.Repository, Purpose: "keep it until the rehearsal is over", Step: 1, Of: 1}
	steps.Asks(ask.Kind)
	passphrase, err := admin.ChoosePassphrase(ctx, run.Secrets, ask, d.Words())
	if err != nil {
		return nil, err
	}
	defer clear(passphrase)
	signer, err := store.Generate(ctx, port.NewKey{Role: RehearsalLabel}, passphrase)
	if err != nil {
		return nil, err
	}
	public, err := d.Bare(signer.Public())
	if err != nil {
		return nil, errors.Join(err, signer.Close())
	}
	w.Key.ID = public.ID
	return signer, nil
}

// listing is a key as metadata is to list it, in PEM form: a root key as a certificate where the
// dialect has such.
func listing(d dialect.Writable, w *Requesting, signer port.Signer, at time.Time) (string, error) {
	if w.Role == model.RoleRoot && d.Certifies() {
		var serial [16]byte
		_, _ = rand.Read(serial[:]) // never fails
		text, err := d.NewCertificate(w.Repository, signer, serial, at)
		return string(text), err
	}
	der, err := x509.MarshalPKIXPublicKey(signer.Public())
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})), err
}

// attestation is the proof of a token that a key was made on it; empty where it gives none.
func (s *Service) attestation(ctx context.Context, key model.PrivateKey) string {
	token, ok := s.Keys.Of(key).(port.TokenStore)
	if !ok || s.Tokens == nil {
		return ""
	}
	var out bytes.Buffer
	own, maker, err := s.Tokens.Attest(ctx, token.Serial(), strings.TrimPrefix(key.Path, "slot "))
	if err != nil {
		return "" // the key was made elsewhere, or the token can't prove it
	}
	for _, der := range [][]byte{own, maker} {
		certificate, err := x509.ParseCertificate(der)
		if err != nil {
			return ""
		}
		out.WriteString(bundle.CertificatesPEM(certificate))
	}
	return out.String()
}

// ReadRequest reads and checks a request for a repository.
func (s *Service) ReadRequest(path string, gun model.GUN, rehearsal bool) (*bundle.Asked, error) {
	text, err := s.Files.Read(path, bundle.MaxRequest)
	if err != nil {
		return nil, err
	}
	r, err := bundle.DecodeRequest(text)
	if err != nil {
		return nil, about(path, err)
	}
	refuse := func(format string, args ...any) error {
		return &model.Fault{Kind: model.FaultUsage, Subject: path, Text: fmt.Sprintf(format, args...), Hint: "Ask " + r.Name + " for another request."}
	}
	switch {
	case r.Repository != gun:
		return nil, refuse("the request is for %s, not for %s", r.Repository, gun)
	case r.Rehearsal && !rehearsal:
		return nil, refuse("the request is for a rehearsal: its key is to be thrown away")
	case rehearsal && !r.Rehearsal:
		return nil, refuse("this is a rehearsal, and the request is for a real key")
	}
	asked, err := r.Check(s.Dialects, s.Makers, s.Clock())
	return asked, about(path, err)
}

// RequestWords says of a request that was checked whose key it is for, and what proves that it is on a token.
func RequestWords(r *bundle.Asked) string {
	words := "nothing proves that it is on a token"
	switch {
	case r.Chain == nil:
	case !r.Chain.Proved():
		words = "it has certificates of a token, and trustdeck has no root certificate of the maker to check them: --roots"
	case serialOf(r.Chain) == "":
		words = "its certificates prove that it was made on a token, and not on which"
	default:
		words = "its certificates prove that it was made on the token " + serialOf(r.Chain)
	}
	return fmt.Sprintf("%s, %s key %s: %s", r.Name, r.Role, r.Key.ID.Short(), words)
}

// serialOf is the serial that a token has proved; empty without a proof.
func serialOf(chain *attest.Chain) string {
	if chain == nil || !chain.Proved() {
		return ""
	}
	return chain.Statement.Serial
}
