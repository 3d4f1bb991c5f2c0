//go:build !hsm

package pkcs11_test

import (
	"testing"

	"trustdeck/keystore/pkcs11"
	"trustdeck/model"
)

// A program without support for PKCS #11 says so, and how to get it, whatever it is asked.
func TestUnsupported(t *testing.T) {
	all := pkcs11.Open(pkcs11.Config{Paths: []string{"/usr/lib/module.so"}}).KeyStore()
	listed, err := all.Keys(t.Context())
	if err != nil || len(listed) != 1 || listed[0].Usable() {
		t.Fatalf("%+v, %v", listed, err)
	}
	one := all.Member("PKCS #11 token acme 1234")
	_, keys := one.Keys(t.Context())
	_, unlock := one.Unlock(t.Context(), "", nil)
	for _, err := range []error{listed[0].Fault, keys, unlock, one.Remove(t.Context(), "")} {
		if err == nil || err.Error() != "this trustdeck was built without support for PKCS #11, so it loads no module" || model.HintOf(err) == "" {
			t.Errorf("%v (%s)", err, model.HintOf(err))
		}
	}
}
