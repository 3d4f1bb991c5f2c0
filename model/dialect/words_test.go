package dialect_test

import (
	"testing"

	"trustdeck/model/dialect"
	"trustdeck/model/dialect/dialecttest/ledger"
	"trustdeck/model/notary/docker"
)

func TestCommand(t *testing.T) {
	for _, c := range []struct {
		command    dialect.Command
		name, with string
	}{
		{"sign REPOSITORY:TAG", "sign", "sign REPO-TAG:v1"},
		{"trust inspect --pretty REPOSITORY", "trust inspect", "trust inspect --pretty REPO-TAG"},
		{"list", "list", "list"},
		{"", "", ""},
	} {
		// What is filled in is not looked at again.
		if got := c.command.With("REPOSITORY", "REPO-TAG", "TAG", "v1"); got != c.with {
			t.Errorf("%q is %q, want %q", c.command, got, c.with)
		}
		if got := c.command.Name(); got != c.name {
			t.Errorf("%q is called %q, want %q", c.command, got, c.name)
		}
	}
}

func TestSharedRole(t *testing.T) {
	if got := dialect.SharedRole(docker.Dialect{}); got != string(docker.Releases) {
		t.Errorf("docker shares %q", got)
	}
	if got := dialect.SharedRole(ledger.Dialect{}); got != "" {
		t.Errorf("a ledger shares %q", got)
	}
}
