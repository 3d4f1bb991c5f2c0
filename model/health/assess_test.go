package health_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/health"
	"trustdeck/model/notary"
	"trustdeck/model/notary/docker"
)

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

const year = 365 * 24 * time.Hour

// sound is a repository with one signer, as verification would return it.
func sound() *model.Repository {
	role := func(name model.RoleName, life time.Duration, keys ...model.KeyID) model.Role {
		r := notary.NewRole(name)
		r.Version, r.Threshold, r.Valid, r.Keys, r.Listed, r.Expires = 1, 1, 1, keys, keys, now.Add(life)
		return r
	}
	return &model.Repository{
		GUN: "registry.example.com/acme/app", At: now, Source: model.Source{Kind: model.SourceServer},
		Roles: []model.Role{
			role("root", 10*year, "r"), role("targets", 3*year, "t"), role("targets/alice", 2*year, "a"),
			role("targets/releases", 3*year, "a"), role("snapshot", 3*year, "s"), role("timestamp", 14*24*time.Hour, "ts"),
		},
		Keys: []model.Key{{ID: "r", ListedAs: []model.KeyID{"r"}, Certificates: []model.Certificate{{NotAfter: now.Add(10 * year)}}}},
	}
}

func TestAssess(t *testing.T) {
	tests := []struct {
		name  string
		spoil func(r *model.Repository)
		level health.Level
		codes []string
	}{
		{"sound", func(*model.Repository) {}, health.OK, nil},
		{"a timestamp that the server will renew is no news", func(r *model.Repository) {
			r.Role("timestamp").Expires = now.Add(time.Hour)
		}, health.OK, nil},
		{"a delegation expires in ten days", func(r *model.Repository) {
			r.Role("targets/alice").Expires = now.Add(10 * 24 * time.Hour)
		}, health.Soon, []string{health.CodeSoon}},
		{"a delegation has expired", func(r *model.Repository) {
			role := r.Role("targets/alice")
			role.Expired = true
			role.Problems = []model.Problem{{Code: model.ProblemExpired, Severity: model.Failure, Role: role.Name, Text: "expired"}}
		}, health.Broken, []string{string(model.ProblemExpired)}},
		{"bytes that Notary would not write", func(r *model.Repository) {
			r.Role("targets").Problems = []model.Problem{{Code: model.ProblemNotEmission, Severity: model.Warning, Role: "targets", Text: "odd"}}
		}, health.Soon, []string{string(model.ProblemNotEmission)}},
		{"the root certificate ends", func(r *model.Repository) {
			r.Keys[0].Certificates[0].NotAfter = now.Add(24 * time.Hour)
		}, health.Soon, []string{health.CodeCertificate}},
		{"a signer that releases does not know", func(r *model.Repository) {
			r.Role("targets/releases").Keys = []model.KeyID{"b"}
		}, health.Soon, []string{health.CodeNotReleased, health.CodeReleasesOnly}},
		{"one key of two that releases does not know", func(r *model.Repository) {
			r.Role("targets/alice").Keys = []model.KeyID{"a", "a2"}
		}, health.Soon, []string{health.CodeKeyNotReleased}},
		{"cached", func(r *model.Repository) { r.Source.Kind = model.SourceCache }, health.Stale, nil},
		{"cached and broken is broken", func(r *model.Repository) {
			r.Source.Kind = model.SourceCache
			r.Problems = []model.Problem{{Code: model.ProblemAnchors, Severity: model.Failure, Text: "no"}}
		}, health.Broken, []string{string(model.ProblemAnchors)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := sound()
			tt.spoil(r)
			docker.Dialect{}.AddSigners(r)
			a := health.Assess(r, health.DefaultOptions())
			var codes []string
			for _, f := range a.Findings {
				codes = append(codes, f.Code)
				if f.Text == "" || f.Remedy == "" || f.GUN != r.GUN {
					t.Errorf("finding without text, remedy or repository: %+v", f)
				}
			}
			if a.Level != tt.level || !slices.Equal(codes, tt.codes) {
				t.Errorf("level %s, findings %q; want %s, %q", a.Level, codes, tt.level, tt.codes)
			}
			if (a.Reason == "") != (a.Level == health.OK) {
				t.Errorf("level %s with reason %q", a.Level, a.Reason)
			}
		})
	}
}

// What needs attention is called by its reason: time, or something else.
func TestWord(t *testing.T) {
	certificate := func(r *model.Repository) { r.Keys[0].Certificates[0].NotAfter = now.Add(24 * time.Hour) }
	soon := func(r *model.Repository) { r.Role("targets/alice").Expires = now.Add(10 * 24 * time.Hour) }
	odd := func(r *model.Repository) {
		r.Role("targets").Problems = []model.Problem{{Code: model.ProblemNotEmission, Severity: model.Warning, Role: "targets", Text: "odd"}}
	}
	expired := func(r *model.Repository) {
		r.Role("targets").Problems = []model.Problem{{Code: model.ProblemExpired, Severity: model.Failure, Role: "targets", Text: "expired"}}
	}
	for want, spoilt := range map[string][]func(*model.Repository){
		"ok": {func(*model.Repository) {}}, "broken": {expired},
		"expiring": {soon, certificate},
		"warning":  {odd, func(r *model.Repository) { odd(r); soon(r) }},
		"stale":    {func(r *model.Repository) { r.Source.Kind = model.SourceCache }},
	} {
		for i, spoil := range spoilt {
			r := sound()
			spoil(r)
			if a := health.Assess(r, health.DefaultOptions()); a.Word() != want || !slices.Contains(health.Words(), a.Word()) {
				t.Errorf("%s, %d: the word is %q of %+v", want, i, a.Word(), a)
			}
		}
	}
	if word := (health.Assessment{Level: health.Loading}).Word(); word != "loading" {
		t.Errorf("what is being read is %q", word)
	}
}

// A date is as urgent as the role's own limits make it.
func TestDue(t *testing.T) {
	o := health.DefaultOptions()
	for name, c := range map[string]struct {
		role model.Role
		want health.Level
	}{
		"without a date":    {model.Role{}, health.OK},
		"over":              {model.Role{Expires: now}, health.Broken},
		"over, self-renew":  {model.Role{Expires: now.Add(-time.Hour), SelfRenewing: true}, health.Broken},
		"near":              {model.Role{Expires: now.Add(29 * 24 * time.Hour)}, health.Soon},
		"far":               {model.Role{Expires: now.Add(31 * 24 * time.Hour)}, health.OK},
		"near, of a server": {model.Role{Expires: now.Add(5 * 24 * time.Hour), Online: true}, health.OK},
		"it renews itself":  {model.Role{Expires: now.Add(time.Hour), SelfRenewing: true}, health.OK},
		"bad, but far":      {model.Role{Expires: now.Add(year), State: model.RoleBroken}, health.OK},
	} {
		if got := o.Due(&c.role, now); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// The role that expires next is the one that needs somebody: not the
// timestamp.
// A warning about an expiry comes when somebody can do something about it.
func TestSoon(t *testing.T) {
	for name, c := range map[string]struct {
		left   time.Duration
		change func(*model.Role)
		warned bool
	}{
		"a month ahead":                        {29 * 24 * time.Hour, func(*model.Role) {}, true},
		"earlier":                              {31 * 24 * time.Hour, func(*model.Role) {}, false},
		"before it can be signed":              {29 * 24 * time.Hour, func(r *model.Role) { r.SigningOpens = r.Expires.Add(-14 * 24 * time.Hour) }, false},
		"when it can be signed":                {13 * 24 * time.Hour, func(r *model.Role) { r.SigningOpens = r.Expires.Add(-14 * 24 * time.Hour) }, true},
		"it could be signed for long":          {31 * 24 * time.Hour, func(r *model.Role) { r.SigningOpens = r.Expires.Add(-90 * 24 * time.Hour) }, false},
		"a service renews it in its last days": {3 * 24 * time.Hour, func(r *model.Role) { r.Online = true }, false},
		"a service has not renewed it":         {23 * time.Hour, func(r *model.Role) { r.Online = true }, true},
		"it renews itself":                     {time.Hour, func(r *model.Role) { r.SelfRenewing = true }, false},
	} {
		r := sound()
		role := r.Role(model.RoleTargets)
		role.Expires = r.At.Add(c.left)
		c.change(role)
		got := false
		for _, f := range health.Assess(r, health.DefaultOptions()).Findings {
			got = got || f.Code == health.CodeSoon && f.Role == role.Name
		}
		if got != c.warned {
			t.Errorf("%s: warned %t", name, got)
		}
	}
}

func TestNextExpiry(t *testing.T) {
	a := health.Assess(sound(), health.DefaultOptions())
	if a.First != "targets/alice" || !a.Expires.Equal(now.Add(2*year)) {
		t.Errorf("%s at %s", a.First, a.Expires)
	}
}

// A dialect may know a better way out than the kind of problem tells.
func TestRemedyOfTheDialect(t *testing.T) {
	r := sound()
	r.Role("targets").Problems = []model.Problem{{Code: model.ProblemNotEmission, Severity: model.Warning, Role: "targets", Text: "odd", Remedy: "spell it out"}}
	if f := health.Assess(r, health.DefaultOptions()).Findings[0]; f.Remedy != "spell it out" {
		t.Errorf("the remedy is %q", f.Remedy)
	}
}

// Every kind of problem has a way out.
func TestEveryProblemHasARemedy(t *testing.T) {
	for _, code := range []model.ProblemCode{
		model.ProblemMissing, model.ProblemUnavailable, model.ProblemMalformed, model.ProblemLimit, model.ProblemNotEmission,
		model.ProblemWrongType, model.ProblemThreshold, model.ProblemNoSignatures, model.ProblemSignature, model.ProblemForeignSignature,
		model.ProblemKeyID, model.ProblemKeyForm, model.ProblemKey, model.ProblemTooFewKeys, model.ProblemLength, model.ProblemHash, model.ProblemRollback,
		model.ProblemExpired, model.ProblemRootReplaced, model.ProblemPin, model.ProblemCertificate, model.ProblemAnchors,
		model.ProblemNotInSnapshot, model.ProblemPath, model.ProblemCycle, model.ProblemDelegation, model.ProblemCustom,
		model.ProblemUnverified, model.ProblemReplaced, model.ProblemDamaged, model.ProblemStale,
		model.ProblemEquivocation, model.ProblemDropped, model.ProblemMemory, model.ProblemClients, model.ProblemVersion, model.ProblemPending, model.ProblemAhead,
	} {
		for _, role := range []model.RoleName{"root", "targets", "targets/alice", "snapshot", "timestamp"} {
			r := sound()
			r.Role(role).Problems = []model.Problem{{Code: code, Severity: model.Failure, Role: role, Text: "x"}}
			f := health.Assess(r, health.DefaultOptions()).Findings[0]
			if f.Remedy == "" {
				t.Errorf("%s of %s has no remedy", code, role)
			}
			checkNamed(t, f)
		}
	}
}

// checkNamed checks that a remedy names the change that is the repair, and no other.
func checkNamed(t *testing.T, f health.Finding) {
	t.Helper()
	verbs := []string{"renew", "witness", "rotate", "restate"}
	named := map[string]bool{}
	for _, verb := range verbs {
		named[verb] = strings.Contains(f.Remedy, verb+" ")
	}
	var want string
	switch f.Repair.(type) {
	case model.Renew:
		want = "renew"
	case model.Witness:
		want = "witness"
	case model.RotateKey:
		want = "rotate"
	case model.RestateKeys:
		want = "restate"
	}
	for _, verb := range verbs {
		if named[verb] != (verb == want) {
			t.Errorf("%s of %s is mended by %T, and says: %s", f.Code, f.Role, f.Repair, f.Remedy)
		}
	}
}
