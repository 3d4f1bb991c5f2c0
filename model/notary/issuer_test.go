package notary_test

import (
	"strings"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/notary"
	"trustdeck/model/notary/notarytest"
)

// TestIssuer judges files of the past by what an older file says of them.
func TestIssuer(t *testing.T) {
	at := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	r := notarytest.New("registry.test/app", at.Add(-time.Hour))
	alice := notarytest.NewKey()
	r.Delegate("targets/alice", 2, []string{""}, alice, notarytest.NewKey())
	r.Seal("targets", "targets/alice")
	before := parse(t, r, "1.root")
	byParent := parse(t, r, "2.targets")
	delegation := parse(t, r, "1.targets/alice")
	r.Keys["targets/alice"] = []notarytest.Key{alice}
	r.Seal("targets/alice")
	short := parse(t, r, "2.targets/alice")
	r.Keys["targets"] = []notarytest.Key{notarytest.NewKey()}
	r.NameKeys()
	r.Seal("root", "targets")
	after := parse(t, r, "2.root")

	for name, c := range map[string]struct {
		issuer, file *notary.File
		met          bool
		signers      int
		code         model.ProblemCode
	}{
		"targets by their root":         {before, byParent, true, 1, ""},
		"targets by a later root":       {after, byParent, false, 0, model.ProblemThreshold},
		"delegation by its parent":      {byParent, delegation, true, 2, ""},
		"one signature of two":          {byParent, short, false, 1, model.ProblemThreshold},
		"delegation that is not named":  {parse(t, r, "1.targets"), delegation, false, 0, model.ProblemUnverified},
		"delegation by a root":          {before, delegation, false, 0, model.ProblemUnverified},
		"root by itself":                {before, before, true, 1, ""},
		"snapshot by a root":            {before, parse(t, r, "1.snapshot"), true, 1, ""},
		"targets that another key made": {before, parse(t, r, "3.targets"), false, 0, model.ProblemThreshold},
	} {
		v := notary.NewIssuer(c.issuer).Judge(c.file)
		var code model.ProblemCode
		if len(v.Problems) > 0 {
			code = v.Problems[0].Code
		}
		if v.Met != c.met || len(v.Signers) != c.signers || code != c.code {
			t.Errorf("%s: %+v", name, v)
		}
	}

	one, two := notary.NewIssuer(before), notary.NewIssuer(after)
	if one.PolicyID("targets") == two.PolicyID("targets") || one.PolicyID("snapshot") != two.PolicyID("snapshot") || one.PolicyID("targets/x") != "" {
		t.Error("terms are the same exactly where keys and threshold are")
	}
	if p := notary.Succeeds(r.GUN, at, before, after); p != nil {
		t.Errorf("root 2 after root 1: %v", p)
	}
	stranger := notarytest.New(r.GUN, at.Add(-time.Hour))
	if p := notary.Succeeds(r.GUN, at, before, parse(t, stranger, "1.root")); p == nil || p.Code != model.ProblemRootReplaced {
		t.Errorf("a stranger's root after root 1: %v", p)
	}
	certificates := notary.Format{}.Certificates(&after.Metadata)
	if root := r.Keys["root"][0]; len(certificates) != 1 || certificates[0].Listed != root.ID || string(certificates[0].PEM) != string(root.Public) {
		t.Errorf("certificates %+v", certificates)
	}
}

func parse(t *testing.T, r *notarytest.Repo, name string) *notary.File {
	t.Helper()
	_, role, _ := strings.Cut(name, ".")
	f, err := notary.Parse(model.RoleName(role), r.Past[name])
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return f
}
