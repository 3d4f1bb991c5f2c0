package main

import (
	"os"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/tui/secrets"
)

// What is started from here inherits no secret, and whoever asks for one gets it.
func TestSecretsLeaveTheEnvironment(t *testing.T) {
	secret := map[string]string{"NOTARY_AUTH": "YWxpY2U6c2VjcmV0", "DOCKER_CONTENT_TRUST_TAGGING_PASSPHRASE": "of an old client", "NOTARY_TARGETS_PASSPHRASE": ""}
	for _, role := range append(model.TopLevelRoles(), "alice") {
		for _, name := range secrets.Variables(string(role)) {
			secret[name] = "passphrase for " + name
		}
	}
	public := map[string]string{"DOCKER_CONTENT_TRUST_SERVER": "https://notary.example.org", "MY_PASSPHRASE": "somebody else's"}
	for _, variables := range []map[string]string{secret, public} {
		for name, value := range variables {
			t.Setenv(name, value)
		}
	}
	world := machine(t.TempDir(), t.TempDir())
	for name, value := range secret {
		if got := world.Getenv(name); got != value {
			t.Errorf("%s is %q to trustdeck, want %q", name, got, value)
		}
		if left, ok := os.LookupEnv(name); ok {
			t.Errorf("%s is still in the environment: %q", name, left)
		}
	}
	for name, value := range public {
		if got := world.Getenv(name); got != value || os.Getenv(name) != value {
			t.Errorf("%s is %q, and in the environment %q", name, got, os.Getenv(name))
		}
	}
	if inherited := strings.Join(os.Environ(), "\n"); strings.Contains(inherited, "passphrase for ") {
		t.Errorf("a program that is started now gets\n%s", inherited)
	}
}
