package main

import (
	"strings"
	"testing"

	"trustdeck/keystore/yubikey"
)

// PINs are typed at a terminal alone: without one nothing begins, and there is no --yes.
func TestTokenPINNeedsTerminal(t *testing.T) {
	r := newRig(t)
	if o := r.run("token", "pin"); o.code != 2 || !strings.Contains(o.stderr, "trustdeck can't ask for the PIN here") || !strings.Contains(o.stderr, "Run the command on a terminal.") {
		t.Errorf("%+v", o)
	}
	if o := r.run("token", "pin", "--yes"); o.code != 2 || !strings.Contains(o.stderr, "unknown flag") {
		t.Errorf("%+v", o)
	}
	if o := r.run("token", "pin", "1", "2"); o.code != 2 {
		t.Errorf("%+v", o)
	}
	r.interactive = true
	if o := r.run("token", "pin", "--plain"); !yubikey.Supported && (o.code != 1 || !strings.Contains(o.stderr, "built without support for YubiKeys")) {
		t.Errorf("%+v", o)
	}
}
