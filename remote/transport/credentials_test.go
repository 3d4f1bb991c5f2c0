package transport_test

import (
	"context"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/remote/transport"
)

const (
	user     = "alice"
	password = "p4ss:word of alice"
	identity = "identity-token-of-alice"
)

// check tests that an error is a Fault of a kind that says something, and that
// offers a way out.
func check(t *testing.T, err error, kind model.FaultKind, text string) {
	t.Helper()
	var fault *model.Fault
	if !errors.As(err, &fault) {
		t.Fatalf("%v is no fault", err)
	}
	if fault.Kind != kind || !strings.Contains(fault.Error(), text) || fault.Hint == "" {
		t.Errorf("%s: %s (%s); want %s with %q", fault.Kind, fault, fault.Hint, kind, text)
	}
}

func TestNotaryAuth(t *testing.T) {
	for _, bad := range []string{"", "x", "!!", base64.StdEncoding.EncodeToString([]byte("no colon"))} {
		_, err := transport.ParseNotaryAuth(bad)
		check(t, err, model.FaultUsage, "NOTARY_AUTH")
	}
}

func TestDockerCredentials(t *testing.T) {
	dir := t.TempDir()
	auth := base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
	config := `{"auths":{"registry.example.org":{"auth":"` + auth + `"},"https://index.docker.io/v1/":{"auth":"` + auth + `"}},"credHelpers":{"helped.example.org":"trustdecktest","broken.example.org":"trustdecknone"}}`
	if err := os.WriteFile(filepath.Join(dir, "config.json"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" {
		bin := t.TempDir()
		script := "#!/bin/sh\ncat >/dev/null\necho '{\"ServerURL\":\"x\",\"Username\":\"<token>\",\"Secret\":\"" + identity + "\"}'\n"
		if err := os.WriteFile(filepath.Join(bin, "docker-credential-trustdecktest"), []byte(script), 0o700); err != nil {
			t.Fatal(err)
		}
		t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	}
	store, err := transport.NewDockerCredentials(dir)
	if err != nil {
		t.Fatal(err)
	}
	full := transport.Login{User: user, Password: password}
	for registry, want := range map[string]transport.Login{
		"registry.example.org": full, "docker.io": full, "unknown.example.org": {}, "helped.example.org": {IdentityToken: identity},
	} {
		if registry == "helped.example.org" && runtime.GOOS == "windows" {
			continue
		}
		if got, err := store.Find(context.Background(), registry); err != nil || got != want {
			t.Errorf("%s: %+v, %v", registry, got, err)
		}
	}
	if _, err := store.Find(context.Background(), "broken.example.org"); err == nil {
		t.Error("a helper that is not there finds something")
	}
	none, err := transport.NewDockerCredentials(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := none.Find(context.Background(), "docker.io"); err != nil || !got.Empty() {
		t.Errorf("without config.json: %+v, %v", got, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "config.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = transport.NewDockerCredentials(dir)
	check(t, err, model.FaultLocal, "config.json")
}
