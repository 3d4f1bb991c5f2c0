package main

import (
	"strings"
	"testing"

	"trustdeck/keystore/yubikey"
	"trustdeck/model/port"
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

// --yes answers for passphrases, which the environment can have. A PIN comes from the terminal alone, and
// is asked for there all the same.
func TestWhoIsAsked(t *testing.T) {
	for _, row := range []struct {
		interactive, silent bool
		kind                port.SecretKind
		asked               bool
	}{
		{interactive: true, kind: port.Passphrase, asked: true},
		{interactive: true, silent: true, kind: port.Passphrase},
		{interactive: true, silent: true, kind: port.PIN, asked: true},
		{kind: port.Passphrase},
		{kind: port.PIN},
	} {
		p := person{&app{console: console{interactive: row.interactive}}, row.silent}
		if got := !p.absent(row.kind); got != row.asked {
			t.Errorf("%+v: asked %t", row, got)
		}
	}
}
