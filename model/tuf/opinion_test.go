package tuf_test

import (
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/tuf"
	"trustdeck/model/tuf/tuftest"
)

// opinions are the problems that go-tuf's verdict has made.
func opinions(r *model.Repository) string {
	var out []string
	for _, p := range r.AllProblems() {
		if strings.HasPrefix(p.Text, "go-tuf ") {
			verdict, cause, _ := strings.Cut(p.Text, ", ")
			out = append(out, verdict+cause[max(0, strings.LastIndex(cause, " (")):])
		}
	}
	return strings.Join(out, "; ")
}

// Where go-tuf judges otherwise, the reason is named.
func TestSecondOpinion(t *testing.T) {
	t.Parallel()
	signedBy := func(keys ...*tuftest.Key) func(*tuftest.Repository) {
		return func(r *tuftest.Repository) {
			r.Delegate("targets", "it", tuftest.Quorum{Threshold: 1, Keys: keys}, paths("*"))
		}
	}
	expires := func(text string) func(*tuftest.Repository) {
		return func(r *tuftest.Repository) {
			signedBy(tuftest.P256())(r)
			r.Signed["it"]["expires"] = text
		}
	}
	for name, c := range map[string]struct {
		change func(*tuftest.Repository)
		want   string
	}{
		"sound":                {signedBy(tuftest.P256(), tuftest.Ed25519(), tuftest.PSS(), tuftest.P384(), tuftest.OldP256()), ""},
		"a fraction":           {expires("2027-01-01T00:00:00.000Z"), "go-tuf refuses it (T3)"},
		"an offset":            {expires("2027-01-01T00:00:00+00:00"), "go-tuf refuses it (T3)"},
		"an undecodable key":   {signedBy(tuftest.P256(), tuftest.P256().With(tuftest.Object{"keyval": tuftest.Object{"public": "x"}})), "go-tuf refuses it (T5)"},
		"a point":              {signedBy(tuftest.HexP256()), "go-tuf refuses it (T6)"},
		"another curve":        {signedBy(tuftest.WrongCurve(), tuftest.P256()), ""},
		"PKCS #1":              {signedBy(tuftest.PKCS1()), "go-tuf refuses it (T11)"},
		"ML-DSA":               {signedBy(tuftest.Algorithms()["ML-DSA-44"](), tuftest.P256()), "go-tuf refuses it (T12)"},
		"a keyless identity":   {signedBy(tuftest.Keyless(), tuftest.P256()), "go-tuf refuses targets (T12)"},
		"an old type":          {signedBy(tuftest.OldRSA()), "go-tuf refuses it (T13)"},
		"a type with capitals": {func(r *tuftest.Repository) { signedBy(tuftest.P256())(r); r.Signed["it"]["_type"] = "Targets" }, "go-tuf refuses it (T13)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := tuftest.New()
			c.change(r)
			r.AddTarget("it", "a", "x")
			r.Publish("targets", "it")
			got := open(r)
			if state := got.Role("it").State; state != model.RoleVerified {
				t.Fatalf("it is %s:\n%s", state, list(got.Role("it").Problems))
			}
			if text := opinions(got); text != c.want {
				t.Errorf("%q, want %q", text, c.want)
			}
		})
	}
}

// Old roots that go-tuf does not read are a notice: a client that begins there is cut off.
func TestOpinionOnRoots(t *testing.T) {
	t.Parallel()
	r := tuftest.New()
	r.SetRole("root", tuftest.By(tuftest.HexP256()))
	r.Publish("root")
	r.SetRole("root", tuftest.By(tuftest.P256()))
	r.Publish("root")
	got := open(r)
	if len(got.Anchor.Walked) != 3 || got.Role("root").State != model.RoleVerified {
		t.Errorf("walked %d, root is %s", got.Anchor.Walked, got.Role("root").State)
	}
	p := found(t, got, "root", model.ProblemClients, "go-tuf refuses root 2")
	if p.Severity != model.Notice || !strings.HasSuffix(p.Text, "(T6)") || !strings.Contains(p.Remedy, "give them a newer one") {
		t.Errorf("%+v", p)
	}
}

// What go-tuf accepts and this package does not is said too.
func TestOpinionAccepts(t *testing.T) {
	t.Parallel()
	r := tuftest.New()
	r.Delegate("targets", "it", tuftest.By(tuftest.WrongCurve()), paths("*"))
	r.Publish("targets", "it")
	got := open(r)
	if state := got.Role("it").State; state != model.RoleBroken {
		t.Errorf("it is %s", state)
	}
	found(t, got, "it", model.ProblemKey, "its scheme ecdsa-sha2-nistp256 is for P-256")
	if text := opinions(got); text != "go-tuf accepts it (T8)" {
		t.Error(text)
	}
}

// So is a root that only go-tuf follows.
func TestOpinionGoesOn(t *testing.T) {
	t.Parallel()
	r := tuftest.New()
	r.SetRole("root", tuftest.By(tuftest.WrongCurve()))
	r.Publish("root")
	got := open(r)
	if state := got.Role("root").State; state != model.RoleBroken {
		t.Errorf("root is %s", state)
	}
	if text := opinions(got); text != "go-tuf accepts root 2 (T8)" {
		t.Error(text)
	}
}

// go-tuf is asked about so many files, and no more.
func TestOpinionLimit(t *testing.T) {
	t.Parallel()
	r := tuftest.New()
	key := tuftest.By(tuftest.HexP256())
	names := []model.RoleName{"targets"}
	for i := range tuf.MaxOpinions + 20 {
		name := model.RoleName(fmt.Sprintf("role-%d", i))
		r.Delegate("targets", name, key, paths(hex.EncodeToString([]byte(name))))
		names = append(names, name)
	}
	r.Publish(names...)
	if n := strings.Count(opinions(open(r)), "go-tuf"); n > tuf.MaxOpinions {
		t.Errorf("%d opinions", n)
	}
}
