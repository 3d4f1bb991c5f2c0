package main

import (
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/rogpeppe/go-internal/testscript"

	"trustdeck/keystore/trustdir"
	"trustdeck/model"
	"trustdeck/model/attest/attesttest"
	"trustdeck/model/report"
	"trustdeck/model/tuf/tuftest"
)

// Sessions of commands, as somebody types them and reads what they print. What a script may
// use beside the commands of testscript:
//
//	corpus              the server and the trust folder of a reader
//	plug TOKEN...       plugs tokens into that reader's machine: "full", "bare", or "none" with a reason
//	machine FOLDER...   or a machine without a server, with the keys of real trust folders
//	trustdeck ARG...    must end with 0; a JSON answer must be one
//	exits CODE trustdeck ARG...
//	input TEXT          is what the next command reads; on a machine it is typed at a terminal
//	later DURATION      puts the clock forward
//	remember FOLDER     keeps in mind what is in it, with the modes
//	recalled FOLDER     must hold the very same
//	mode MODE FILE      must be its mode
//	age-key FILE FILE   makes an identity of age, and the file of its recipient
//	passphrase ID OLD NEW  gives a key another passphrase
//	tuf FOLDER [HOLDER] publishes a repository of TUF 1.0 there: see tufWorld; with a HOLDER
//	                    a second root is theirs alone
//	ceremony REPO FOLDER  the same, with three root keys, and the certificates of tokens that have
//	                    two of them: see ceremony
//
// With -update what the programs print is written into the scripts, where they have a cmp.
func TestScripts(t *testing.T) {
	keys := readersKeys(t)
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script", UpdateScripts: *update,
		Setup: func(env *testscript.Env) error {
			folder, err := filepath.Abs(realKeys)
			env.Setenv("REAL", folder)
			env.Values[scriptKey{}] = &script{t: t, dir: env.WorkDir, keys: keys}
			return err
		},
		Cmds: scriptCommands(t),
	})
}

// scriptCommands are the commands of scripts beside those of testscript.
func scriptCommands(t *testing.T) map[string]func(*testscript.TestScript, bool, []string) {
	commands := map[string]func(s *script, ts *testscript.TestScript, args []string){
		"corpus":    func(s *script, _ *testscript.TestScript, _ []string) { s.corpus() },
		"plug":      func(s *script, _ *testscript.TestScript, args []string) { s.plug(args) },
		"machine":   func(s *script, ts *testscript.TestScript, args []string) { ts.Check(s.machine(ts, args)) },
		"trustdeck": func(s *script, ts *testscript.TestScript, args []string) { s.trustdeck(ts, 0, args) },
		"exits": func(s *script, ts *testscript.TestScript, args []string) {
			code, err := strconv.Atoi(args[0])
			ts.Check(err)
			s.trustdeck(ts, code, args[2:])
		},
		"input": func(s *script, _ *testscript.TestScript, args []string) { s.typed(strings.Join(args, " ")) },
		"later": func(s *script, ts *testscript.TestScript, args []string) {
			by, err := time.ParseDuration(args[0])
			ts.Check(err)
			s.on.at = s.on.at.Add(by)
		},
		"remember": func(s *script, ts *testscript.TestScript, args []string) { s.remembered = tree(t, ts.MkAbs(args[0])) },
		"recalled": func(s *script, ts *testscript.TestScript, args []string) {
			if got := tree(t, ts.MkAbs(args[0])); !maps.Equal(got, s.remembered) || len(got) == 0 {
				ts.Fatalf("%s holds\n%q\nand not\n%q", args[0], got, s.remembered)
			}
		},
		"mode": func(_ *script, ts *testscript.TestScript, args []string) {
			info, err := os.Stat(ts.MkAbs(args[1]))
			ts.Check(err)
			if got := fmt.Sprintf("%o", info.Mode().Perm()); got != args[0] {
				ts.Fatalf("the mode of %s is %s", args[1], got)
			}
		},
		"bare": func(s *script, _ *testscript.TestScript, _ []string) { s.on.bare = true },
		"age-key": func(_ *script, ts *testscript.TestScript, args []string) {
			identity, err := age.GenerateX25519Identity()
			ts.Check(err)
			ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(identity.String()+"\n"), 0o600))
			ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte("# who may open it\n"+identity.Recipient().String()+"\n"), 0o600))
		},
		"passphrase": func(_ *script, ts *testscript.TestScript, args []string) {
			store := trustdir.Open(ts.MkAbs("trust"))
			key, err := store.Find(t.Context(), model.KeyID(args[0]))
			ts.Check(err)
			ts.Check(store.ChangePassphrase(t.Context(), key, []byte(args[1]), []byte(args[2])))
		},
		"tuf": func(_ *script, ts *testscript.TestScript, args []string) {
			ts.Check(os.Mkdir(ts.MkAbs(args[0]), 0o700))
			world := tufWorld()
			if len(args) > 1 {
				world.SetRole(model.RoleRoot, tuftest.By(tuftest.P256().With(map[string]any{"x-tuf-on-ci-keyowner": args[1]})))
				world.Publish(model.RoleRoot)
			}
			writeWorld(ts, world, args[0])
		},
		"ceremony": func(s *script, ts *testscript.TestScript, args []string) { s.ceremony(ts, args[0], args[1]) },
	}
	out := map[string]func(*testscript.TestScript, bool, []string){}
	for name, run := range commands {
		out[name] = func(ts *testscript.TestScript, neg bool, args []string) {
			if neg {
				ts.Fatalf("! says nothing of %s; exits names the code", name)
			}
			run(scriptOf(ts), ts, args)
		}
	}
	return out
}

// script is what a script runs on, and what its commands have said for the next one.
type script struct {
	t    *testing.T
	dir  string
	keys []model.PrivateKey
	// read is set where it reads the corpus; else it is on a machine.
	read  *rig
	on    *vault
	input string
	// remembered is the content of a folder.
	remembered map[string]string
}

// scriptKey finds the script among the values of testscript.
type scriptKey struct{}

func scriptOf(ts *testscript.TestScript) *script {
	s, ok := ts.Value(scriptKey{}).(*script)
	if !ok {
		ts.Fatalf("no script")
	}
	return s
}

func writeWorld(ts *testscript.TestScript, world *tuftest.Repository, folder string) {
	for name, raw := range world.Wire {
		ts.Check(os.WriteFile(filepath.Join(ts.MkAbs(folder), name), raw, 0o600))
	}
}

// ceremony publishes a repository with three root keys. The first is on token 1234567, of which
// FOLDER has the certificates; the second has those of another maker; and the third has none.
// FOLDER.roots is the maker's root.
func (s *script) ceremony(ts *testscript.TestScript, repository, folder string) {
	keys := []*tuftest.Key{tuftest.P256(), tuftest.HexP256(), tuftest.Ed25519()}
	world := tufWorld()
	world.SetRole(model.RoleRoot, tuftest.Quorum{Threshold: 2, Keys: keys})
	world.Publish(model.RoleRoot)
	ts.Check(os.Mkdir(ts.MkAbs(repository), 0o700))
	writeWorld(ts, world, repository)
	maker := attesttest.NewRoot("Maker")
	device, forged := maker.Token(), attesttest.NewRoot("Maker").Token()
	write := func(name string, c *x509.Certificate) {
		path := filepath.Join(ts.MkAbs(folder), filepath.FromSlash(name))
		ts.Check(os.MkdirAll(filepath.Dir(path), 0o700))
		ts.Check(os.WriteFile(path, attesttest.PEM(c), 0o600))
	}
	write("../"+folder+".roots", maker.Certificate)
	write("1234567/b.pem", device.Certificate)
	write("1234567/a.pem", device.Attest(keys[0].Public, attesttest.Usual(1234567)))
	write("7654321/device.crt", forged.Certificate)
	old := attesttest.Usual(7654321)
	old.Firmware = []byte{5, 2, 7}
	write("7654321/key.crt", forged.Attest(keys[1].Public, old))
}

func (s *script) corpus() {
	s.read = newRig(s.t)
	s.read.ring.keys, s.read.ring.staged = s.keys, stagedFiles()
}

// plug plugs tokens in: see pluggedIn.
func (s *script) plug(names []string) { s.read.plugged = pluggedIn(s.t, names) }

// typed gives the next command something to read: as it is, or as a line at a terminal.
func (s *script) typed(text string) {
	if s.on != nil {
		text += "\n"
	}
	s.input = text
}

// machine makes one in the folder of the script.
func (s *script) machine(ts *testscript.TestScript, folders []string) error {
	s.on = vaultIn(s.dir)
	for name, value := range s.on.env {
		ts.Setenv(name, value)
	}
	s.on.getenv = ts.Getenv
	for _, folder := range folders {
		if err := s.on.hold(folder); err != nil {
			return err
		}
	}
	return nil
}

// trustdeck runs a command line, which must end with a code.
func (s *script) trustdeck(ts *testscript.TestScript, code int, args []string) {
	var o outcome
	if s.read != nil {
		s.read.in = s.input
		o = s.read.run(args...)
	} else {
		o = s.on.answering(s.input, args...)
	}
	s.input = ""
	mask := strings.NewReplacer(s.dir, "$WORK", `"trustdeck": "`+build().Version+`"`, `"trustdeck": "VERSION"`)
	o.stdout, o.stderr = mask.Replace(o.stdout), mask.Replace(o.stderr)
	_, err := io.WriteString(ts.Stdout(), o.stdout)
	ts.Check(err)
	_, err = io.WriteString(ts.Stderr(), o.stderr)
	ts.Check(err)
	if o.code != code {
		ts.Fatalf("exit code %d, want %d:\n%s%s", o.code, code, o.stdout, o.stderr)
	}
	if slices.Contains(args, "json") {
		var head report.Answer
		if err := json.Unmarshal([]byte(o.stdout), &head); err != nil || head.Schema != report.Schema {
			ts.Fatalf("the answer is %+v, %v", head, err)
		}
	}
}

// readersKeys are the keys of somebody who reads the corpus: one that signs, one without a
// passphrase, and a file that is damaged.
func readersKeys(t *testing.T) []model.PrivateKey {
	t.Helper()
	at := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	return []model.PrivateKey{
		{ID: keyOf(t, "targets/alice"), Label: "alice", Encrypted: true, Encoding: "PKCS#8, PBES2", Place: "file", Path: "/t/a.key", Modified: at},
		{ID: keyOf(t, "targets"), Label: "targets", GUN: "docker.io/acme/signers", Algorithm: "ECDSA P-256", Place: "file", Path: "/t/b.key", Modified: at},
		{Label: "root", Place: "file", Path: "/t/c.key", Modified: at, Fault: &model.Fault{Kind: model.FaultLocal, Subject: "/t/c.key", Text: "the file is damaged", Hint: "Restore it."}},
	}
}

// tufWorld is a repository of TUF 1.0: targets delegates docs/* to writers, then all of
// docs/api/* to makers, who end the search, and to archive after that.
func tufWorld() *tuftest.Repository {
	r := tuftest.New()
	for _, d := range []struct {
		name model.RoleName
		edge tuftest.Object
	}{
		{"writers", tuftest.Object{"paths": []string{"docs/*"}}},
		{"makers", tuftest.Object{"paths": []string{"docs/api/*"}, "terminating": true}},
		{"archive", tuftest.Object{"paths": []string{"docs/*", "docs/api/*"}}},
	} {
		r.Delegate(model.RoleTargets, d.name, tuftest.By(tuftest.Ed25519().With(tuftest.Object{"x-tuf-on-ci-keyowner": string(d.name)})), d.edge)
	}
	r.Signed["targets"]["x-tuf-on-ci-signing-period"] = 30
	r.Signed["targets"]["x-tuf-on-ci-expiry-period"] = 90
	r.AddTarget(model.RoleTargets, "readme.txt", "read me")
	r.AddTarget("writers", "docs/intro.txt", "hello")
	r.AddTarget("archive", "docs/old.txt", "once")
	r.AddTarget("archive", "docs/api/v1.txt", "first")
	r.Publish("writers", "makers", "archive", model.RoleTargets)
	return r
}
