//go:build !yubikey

package yubikey

import (
	"context"
	"crypto/x509"

	"trustdeck/model"
	"trustdeck/model/port"
)

// Supported tells whether this program can reach YubiKeys at all.
const Supported = false

// state is empty: there is nothing to keep.
type state struct{}

func newState() state { return state{} }

// unsupported is why nothing works here.
func unsupported() *model.Fault {
	return &model.Fault{
		Kind: model.FaultLocal, Text: "this trustdeck was built without support for YubiKeys",
		Hint: "Use the release whose name ends in -yubikey, or build it on a machine with libpcsclite-dev, pkg-config and a C compiler: \"make build\" then includes it.",
	}
}

// Tokens finds none, and says why.
func (*Tokens) Tokens(context.Context) ([]model.Token, *model.Fault) { return nil, unsupported() }

// Watch sends nothing.
func (*Tokens) Watch(ctx context.Context) <-chan struct{} {
	never := make(chan struct{})
	context.AfterFunc(ctx, func() { close(never) })
	return never
}

// Attest refuses.
func (*Tokens) Attest(context.Context, string, string) (key, maker []byte, err error) {
	return nil, nil, unsupported()
}

// Verify refuses: it has no roots.
func Verify(_, _ *x509.Certificate) error { return unsupported() }

// Keys refuses.
func (*Store) Keys(context.Context) ([]model.PrivateKey, error) { return nil, unsupported() }

// Unlock refuses.
func (*Store) Unlock(context.Context, model.KeyID, []byte) (port.Signer, error) {
	return nil, unsupported()
}

// MakeKey refuses.
func (*Store) MakeKey(context.Context, port.TokenKey, port.TokenSecrets, port.TouchNotice) (model.TokenSlot, error) {
	return model.TokenSlot{}, unsupported()
}

// ImportKey refuses.
func (*Store) ImportKey(context.Context, port.TokenKey, []byte, port.TokenSecrets, port.TouchNotice) (model.TokenSlot, error) {
	return model.TokenSlot{}, unsupported()
}

// WriteCertificate refuses.
func (*Store) WriteCertificate(context.Context, string, string, port.TokenSecrets, port.TouchNotice) (model.TokenSlot, error) {
	return model.TokenSlot{}, unsupported()
}

// ChangePIN refuses.
func (*Store) ChangePIN(context.Context, []byte, []byte) error { return unsupported() }
