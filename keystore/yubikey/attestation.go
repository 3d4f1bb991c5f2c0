//go:build yubikey

package yubikey

import (
	"context"
	"crypto/x509"

	"trustdeck/model"
)

// Attest asks the token for the proof that it made the key of a slot.
func (t *Tokens) Attest(ctx context.Context, serial, slot string) (key, maker []byte, err error) {
	store := &Store{t, serial}
	number, fault := parseSlot(store.Name(), slot)
	if fault != nil {
		return nil, nil, fault
	}
	give, fault := t.take(ctx)
	if fault != nil {
		return nil, nil, fault
	}
	defer give()
	k, fault := store.find(ctx, readNumber)
	if fault != nil {
		return nil, nil, fault
	}
	type result struct {
		key, maker []byte
		fault      *model.Fault
	}
	r, fault := inTime(ctx, store.Name(), func() (r result) {
		s, fault := connect(ctx, k.Reader, openLimit)
		if fault != nil {
			return result{fault: fault}
		}
		defer s.close()
		s.subject = store.Name()
		r.key, r.maker, r.fault = s.attest(number)
		return r
	})
	if fault == nil {
		fault = r.fault
	}
	if fault != nil {
		return nil, nil, fault
	}
	return r.key, r.maker, nil
}

func (s *session) attest(slot byte) (key, maker []byte, fault *model.Fault) {
	if ok, fault := s.choose(aidPIV); fault != nil || !ok {
		return nil, nil, fault
	}
	key, ok, fault := s.ask(insAttest, slot, 0, nil)
	if fault != nil {
		return nil, nil, fault
	}
	if !ok {
		return nil, nil, usage(s.subject, "can't attest slot "+slotName(slot), "A token attests only keys that it has made itself, with firmware 4.3 or newer.")
	}
	if _, err := x509.ParseCertificate(key); err != nil {
		return nil, nil, bad(s.subject, "gave an attestation that can't be read", err)
	}
	content, fault := s.object(object(slotAttestation))
	if fault != nil {
		return nil, nil, fault
	}
	certificate, fault := readCertificate(s.subject, content)
	if fault != nil {
		return nil, nil, fault
	}
	return key, certificate.Raw, nil
}
