package main

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"trustdeck/model/attest/attesttest"
)

// Names of files, and of issuers in certificates, move no cursor.
func TestAttestHostileNames(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such names")
	}
	const bad = "\x1b[2J\u202e"
	dir := t.TempDir()
	token := attesttest.NewRoot("Root " + bad).Token()
	statement := attesttest.Usual(7)
	statement.Slot = bad
	for name, content := range map[string][]byte{
		"key" + bad + ".pem": attesttest.PEM(token.Attest(attesttest.NewKey().Public(), statement)),
		"maker.pem":          attesttest.PEM(token.Certificate),
		"odd" + bad + ".crt": []byte("nothing"),
		"stray" + bad:        attesttest.PEM(attesttest.NewRoot(bad).Certificate),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	root := filepath.Join(t.TempDir(), "roots.pem")
	if err := os.WriteFile(root, attesttest.PEM(attesttest.NewRoot("Another").Certificate), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, form := range []string{"table", "json"} {
		o := newRig(t).run("attest", dir, "--roots", root, "-o", form)
		if o.code != codeFindings || strings.ContainsAny(o.stdout+o.stderr, "\x1b\u202e") {
			t.Errorf("%d\n%q\n%q", o.code, o.stdout, o.stderr)
		}
		if !strings.Contains(o.stdout, "leads to none of the roots") || !strings.Contains(o.stderr, "it is not a certificate") {
			t.Errorf("%s\n%s", o.stdout, o.stderr)
		}
	}
}
