package bundle_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/dialect/dialecttest"
)

// What is signed is said in words, and what has none is shown as it is.
func TestWords(t *testing.T) {
	t.Parallel()
	s := newScene(subjects["tuf"], 2, 3)
	signer, sum := must(s.NewKey("a")), bytes.Repeat([]byte{7}, 32)
	s.Keys["a"] = []dialecttest.Key{signer}
	if err := s.Grant(dialecttest.At, model.Delegation{From: model.RoleTargets, Name: "a", Threshold: 1, Paths: []string{"a/*"}}, model.Delegation{From: model.RoleTargets, Name: "b", Threshold: 1, Paths: []string{"b/*"}}); err != nil {
		t.Fatal(err)
	}
	draft := s.Dialect.Draft(dialecttest.GUN, s.Repository, true)
	draft.AddTarget(model.RoleTargets, model.Target{Name: "old", Length: 4, Hashes: model.Hashes{SHA256: sum}})
	if err := s.Publish(draft, dialecttest.At); err != nil {
		t.Fatal(err)
	}
	terminating := true
	b := s.bundle(
		model.EditDelegation{Role: "a", Paths: []string{"more/*"}, Terminating: &terminating},
		model.AddDelegation{Role: "c", From: model.RoleTargets, Keys: []model.PublicKey{signer.Listed}, PathHashPrefixes: []string{"0", "f"}},
		model.NewAddTarget(model.RoleTargets, model.Target{Name: "new", Length: 1, Hashes: model.Hashes{SHA256: sum, Other: map[string][]byte{"blake2": {1}}}, Custom: []byte(`{"x":1}`)}),
		model.NewAddTarget(model.RoleTargets, model.Target{Name: "old", Length: 5, Hashes: model.Hashes{SHA256: sum}}),
	)
	b.Payloads[0].Bytes = bytes.Replace(b.Payloads[0].Bytes, []byte(`"spec_version"`), []byte(`"secret_clause":"x","spec_version"`), 1)
	b.Payloads[0].Bytes = bytes.Replace(b.Payloads[0].Bytes, []byte(`"spec_version":"1.0.31"`), []byte(`"spec_version":"1.0.32"`), 1)
	r := open(t, b).Reviews()[0]
	check(t, "lines", r.Lines, strings.ReplaceAll(`a search that reaches a now ends there
hash prefixes of c are "0" "f" (was none)
target "new" added: 1 byte, sha256:SUM, "blake2":01, custom data "{\"x\":1}"
target "old" is 5 bytes, sha256:SUM (was 4 bytes, sha256:SUM)`, "SUM", strings.Repeat("07", 32)))
	check(t, "beyond", r.Beyond, `- spec_version: "1.0.31"
+ secret_clause: "x"
+ spec_version: "1.0.32"`)
	var rows []string
	for _, row := range open(t, b).Summary() {
		rows = append(rows, string(row.Role)+" "+string(row.Difference))
	}
	check(t, "rows", rows, "targets changed\na changed\nc added")
	was, will := open(t, b).Raw(model.RoleTargets)
	if !slices.Contains(will, `    "secret_clause": "x",`) || slices.Contains(was, `    "secret_clause": "x",`) {
		t.Errorf("raw it is\n%s", strings.Join(will, "\n"))
	}
	if was, will := open(t, b).Raw("x"); was != nil || will != nil {
		t.Error("what is not signed has raw lines")
	}
}

// What a file lists in vain, or hides in its order, is said too.
func TestOddities(t *testing.T) {
	t.Parallel()
	s := newScene(subjects["notary"], 2, 3)
	b := s.bundle(s.rootOf(2, "Ada", "Ben", "Dan"))
	left := s.Dialect.CanonicalID(s.people["Cleo"].Listed).Short()
	lines := open(t, b).Reviews()[0].Lines
	slices.Sort(lines) // the keys are listed in the order of their IDs
	if len(lines) != 2 || !strings.HasPrefix(lines[0], "Cleo's key "+left+" (certificate ") || !strings.HasSuffix(lines[0], ") stays listed, but no role uses it any more") {
		t.Errorf("of the certificate that stays when its key leaves, it says %q", lines)
	}
	if !strings.HasPrefix(lines[1], "Dan's key ") || !strings.HasSuffix(lines[1], ` is ECDSA P-256, listed as "ecdsa-x509"`) {
		t.Errorf("of the key that comes it says %q", lines)
	}
	draft := s.Dialect.Draft(dialecttest.GUN, s.Repository, true)
	draft.SetRole(model.RoleRoot, 2, s.listed("Ada", "Ben", "Cleo", "Gus")...)
	draft.SetRole(model.RoleRoot, 2, s.listed("Ada", "Ben", "Cleo")...)
	b.Payloads[0].Bytes = draft.Seal(model.RoleRoot, now)
	lines = open(t, b).Reviews()[0].Lines
	if len(lines) != 2 || !strings.HasPrefix(lines[1], "Gus's key ") || !strings.HasSuffix(lines[1], " is listed, and no role uses it") {
		t.Errorf("of a key that is listed for nothing it says %q", lines)
	}
}

func check(t *testing.T, what string, got []string, want string) {
	t.Helper()
	if strings.Join(got, "\n") != want {
		t.Errorf("%s:\n%s\nwant\n%s", what, strings.Join(got, "\n"), want)
	}
}
