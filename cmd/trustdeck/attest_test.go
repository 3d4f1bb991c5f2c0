package main

import (
	"crypto/x509"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/attest/attesttest"
	"trustdeck/model/report"
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

// A root key that metadata lists as a certificate is matched by its public half, too.
func TestAttestCertifiedRoot(t *testing.T) {
	r := newRig(t)
	repository := r.mustOpen("docker.io/acme/signers")
	key, ok := repository.Key(repository.Role(model.RoleRoot).Keys[0])
	if !ok || len(key.Certificates) == 0 {
		t.Fatalf("%+v", key)
	}
	public, err := x509.ParsePKIXPublicKey(key.SPKI)
	if err != nil {
		t.Fatal(err)
	}
	dir, maker := t.TempDir(), attesttest.NewRoot("Maker")
	token := maker.Token()
	for path, c := range map[string]*x509.Certificate{
		filepath.Join(dir, "device.der"): token.Certificate, filepath.Join(dir, "key.der"): token.Attest(public, attesttest.Usual(1234567)),
	} {
		if err := os.WriteFile(path, c.Raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	roots := filepath.Join(t.TempDir(), "roots.pem")
	if err := os.WriteFile(roots, attesttest.PEM(maker.Certificate), 0o600); err != nil {
		t.Fatal(err)
	}
	o := r.run("attest", dir, "--repo", "acme/signers", "--roots", roots, "-o", "json")
	var answer report.Attest
	if err := json.Unmarshal([]byte(o.stdout), &answer); err != nil || o.code != codeDone {
		t.Fatalf("%v, %+v", err, o)
	}
	if got := answer.Repository; got == nil || got.Proved != 1 || got.Keys[0].Serial != "1234567" || got.Keys[0].ID != string(key.ID) || len(got.Keys[0].OtherIDs) != 1 {
		t.Errorf("%+v", got)
	}
	if o = r.run("attest", dir, "--repo", "acme/signers", "--roots", roots); !strings.Contains(o.stdout, "1 of 1 root key is proved to be on a token. A root needs 1 signature.") {
		t.Error(o)
	}
	if o = r.run("attest", dir, "--repo", "fails.example.org/unreachable/x", "--roots", roots); o.code != codeNetwork {
		t.Error(o)
	}
}
