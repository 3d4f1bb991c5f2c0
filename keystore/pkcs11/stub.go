//go:build !hsm

package pkcs11

import (
	"context"

	"trustdeck/model"
	"trustdeck/model/port"
)

// state is empty: no module is ever loaded.
type state struct{}

func newState(Config) state { return state{} }

// unsupported is why nothing works here.
func unsupported() *model.Fault {
	return &model.Fault{
		Kind: model.FaultLocal, Text: "this trustdeck was built without support for PKCS #11, so it loads no module",
		Hint: "Use the release whose name ends in -yubikey, or build it on a machine with a C compiler: \"make build\" then includes it. Or leave out --pkcs11 and pkcs11_modules.",
	}
}

// Keys lists that there is no support.
func (group) Keys(context.Context) ([]model.PrivateKey, error) {
	return []model.PrivateKey{{Place: model.PlaceToken, Path: groupName, Store: groupName, Fault: unsupported()}}, nil
}

// Others says that there is no support.
func (group) Others(context.Context) ([]model.OtherToken, error) {
	return []model.OtherToken{{Name: groupName, Fault: unsupported()}}, nil
}

// Keys refuses.
func (*store) Keys(context.Context) ([]model.PrivateKey, error) { return nil, unsupported() }

// Unlock refuses.
func (*store) Unlock(context.Context, model.KeyID, []byte) (port.Signer, error) {
	return nil, unsupported()
}
