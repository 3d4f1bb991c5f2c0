package change

import (
	"path/filepath"
	"strings"
	"testing"

	"trustdeck/keystore/trustdir"
	"trustdeck/model"
)

// The variables that hold the passphrases here.
const (
	rootVariable    = "NOTARY_ROOT_PASSPHRASE="
	targetsVariable = "NOTARY_TARGETS_PASSPHRASE="
)

// 4 KiB are the longest passphrase that is taken.
var longest = strings.Repeat("x", model.MaxPassphrase)

func badPassphrases() []misuse {
	first, signer := initialise("--root-key", "new", fresh), add("--key", "./alice.pub", "alice", initialised)
	row := func(name string, args []string, env ...string) misuse {
		return misuse{name: "passphrase: " + name, args: args, env: env}
	}
	return []misuse{
		row("none for a new root key", first, rootVariable),
		row("none for a new targets key", first, targetsVariable),
		row("none for the root key that is here", initialise(fresh), rootVariable),
		row("none for the targets key that is here", signer, targetsVariable),
		row("nobody can be asked for it, nor for the plan", []string{"init", fresh}, rootVariable),
		row("4 KiB and a byte for a new root key", first, rootVariable+longest+"x"),
		row("4 KiB and a byte for a new targets key", first, targetsVariable+longest+"x"),
		row("4 KiB and a byte for the root key that is here", initialise(fresh), rootVariable+longest+"x"),
		row("a line break at the end", first, rootVariable+"passw0rd-root\n"),
		row("a line break within", first, targetsVariable+"passw0rd\ntargets"),
		row("white space at the beginning", first, rootVariable+" passw0rd-root"),
		row("white space at the end", first, targetsVariable+"passw0rd-targets\t"),
		row("nothing but white space", first, rootVariable+"   "),
		row("wrong for the root key", initialise(fresh), rootVariable+"passw0rd"),
		row("wrong for the root key, in Docker's variable", initialise(fresh), rootVariable, "DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE=passw0rd"),
		row("wrong for the targets key", signer, targetsVariable+"passw0rd"),
		row("wrong for the targets key, in Docker's variable", signer, targetsVariable, "DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE=passw0rd"),
		row("right for the root key but for a line break", initialise(fresh), rootVariable+"passw0rd-root\n"),
		row("that of the root key for the targets key", signer, targetsVariable+"passw0rd-root"),
	}
}

// oddPassphrases are those that Notary takes from scripts as well.
func oddPassphrases() []misuse {
	row := func(name, passphrase string) misuse {
		return misuse{
			name: "passphrase: " + name, args: initialise("--root-key", "new", fresh), env: []string{rootVariable + passphrase}, stored: true,
			then: func(t *testing.T, s *scene) { opensOne(t, s, passphrase) },
		}
	}
	return []misuse{
		row("4 KiB", longest),
		row("one letter", "x"),
		row("white space within", "correct horse battery staple"),
		row("no letter of ASCII", "пароль-кореня"),
	}
}

// opensOne checks that a passphrase opens one of the keys.
func opensOne(t *testing.T, s *scene, passphrase string) {
	t.Helper()
	store := trustdir.NewKeeper(trustdir.Open(s.trust))
	files, err := filepath.Glob(filepath.Join(s.trust, "private", "*.key"))
	if err != nil {
		t.Fatal(err)
	}
	opened := 0
	for _, path := range files {
		id := model.KeyID(strings.TrimSuffix(filepath.Base(path), ".key"))
		if key, err := store.Unlock(t.Context(), id, []byte(passphrase)); err == nil {
			_ = key.Close()
			opened++
		}
	}
	if opened != 1 {
		t.Errorf("the passphrase opens %d of %d keys", opened, len(files))
	}
}

// folders are those that something else is in the place of.
func folders() []misuse {
	trust := instead(func(s *scene) string { return s.trust }, aFile)
	private := instead(func(s *scene) string { return filepath.Join(s.trust, "private") }, aFile)
	journal := instead(func(s *scene) string { return filepath.Join(s.home, "trustdeck", "journal") }, aFile)
	signer := add("--key", "./alice.pub", "alice", initialised)
	return []misuse{
		{name: "folder: a file for the trust folder", args: initialise(fresh), wrong: trust},
		{name: "folder: a file for the trust folder of a signer", args: signer, wrong: trust},
		{name: "folder: a file for that of the private keys", args: initialise(fresh), wrong: private},
		{name: "folder: a file for the journal", args: initialise(fresh), wrong: journal},
		{name: "folder: a file for the journal of a signer", args: signer, wrong: journal},
		{name: "folder: a folder for the file of the plan", args: initialise("-f", "./folder", fresh)},
		{name: "folder: none for the file of the plan", args: initialise("-f", "./nowhere/plan.json", fresh)},
	}
}
