package health_test

import (
	"reflect"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/health"
	"trustdeck/model/notary/docker"
	"trustdeck/model/notary/notarytest"
)

// What a change can mend names that change, and what none can mend names none.
func TestRepairs(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	alice, bob := notarytest.NewKey(), notarytest.NewKey()
	repo := notarytest.New("registry.example.org/acme/app", now)
	repo.Delegate(docker.Releases, 1, []string{""}, alice)
	repo.Delegate("targets/alice", 1, []string{""}, alice)
	repo.Delegate("targets/bob", 1, []string{""}, bob)
	repo.Seal(model.RoleTargets, docker.Releases, "targets/alice", "targets/bob")
	repairs := func(change func(*model.Repository)) map[string]model.Change {
		r := repo.Read()
		change(r)
		out := map[string]model.Change{}
		for _, f := range health.Assess(r, health.DefaultOptions()).Findings {
			out[f.Code] = f.Repair
		}
		return out
	}
	problem := func(name model.RoleName, code model.ProblemCode) func(*model.Repository) {
		return func(r *model.Repository) {
			p := model.Problem{Code: code, Severity: model.Failure, Role: name, Text: "x"}
			if role := r.Role(name); role != nil {
				role.Problems = append(role.Problems, p)
			} else {
				r.Problems = append(r.Problems, p)
			}
		}
	}
	for name, row := range map[string]struct {
		change func(*model.Repository)
		code   string
		want   model.Change
	}{
		"expired":           {problem(model.RoleTargets, model.ProblemExpired), string(model.ProblemExpired), model.Renew{Roles: []model.RoleName{model.RoleTargets}}},
		"timestamp expired": {problem(model.RoleTimestamp, model.ProblemExpired), string(model.ProblemExpired), nil},
		"under-signed":      {problem(docker.Releases, model.ProblemThreshold), string(model.ProblemThreshold), model.Witness{Roles: []model.RoleName{docker.Releases}}},
		"root under-signed": {problem(model.RoleRoot, model.ProblemThreshold), string(model.ProblemThreshold), nil},
		"root certificate":  {problem(model.RoleRoot, model.ProblemCertificate), string(model.ProblemCertificate), model.RotateKey{Role: model.RoleRoot}},
		"rolled back":       {problem(model.RoleTargets, model.ProblemRollback), string(model.ProblemRollback), model.AcceptRollback{Roles: []model.RoleName{model.RoleTargets}}},
		"another content":   {problem(docker.Releases, model.ProblemEquivocation), string(model.ProblemEquivocation), model.AcceptRollback{Roles: []model.RoleName{docker.Releases}}},
		"no longer listed":  {problem("targets/alice", model.ProblemDropped), string(model.ProblemDropped), model.AcceptRollback{Roles: []model.RoleName{"targets/alice"}}},
		"root rolled back":  {problem(model.RoleRoot, model.ProblemRollback), string(model.ProblemRollback), model.AcceptRoot{}},
		"another root":      {problem(model.RoleRoot, model.ProblemRootReplaced), string(model.ProblemRootReplaced), model.AcceptRoot{}},
		"a damaged memory":  {problem("", model.ProblemMemory), string(model.ProblemMemory), model.AcceptRoot{}},
		"nothing is kept": {func(r *model.Repository) {
			r.Problems = []model.Problem{{Code: model.ProblemMemory, Severity: model.Warning, Text: "x"}}
		}, string(model.ProblemMemory), nil},
		"rolled back in an archive": {func(r *model.Repository) {
			r.Source.Kind = model.SourceArchive
			problem(model.RoleTargets, model.ProblemRollback)(r)
		}, string(model.ProblemRollback), nil},
		"signer not released": {func(*model.Repository) {}, health.CodeNotReleased, model.AddSigner{Name: "bob"}},
		"expires soon": {
			func(r *model.Repository) { r.Role("targets/alice").Expires = r.At.Add(time.Hour) },
			health.CodeSoon,
			model.Renew{Roles: []model.RoleName{"targets/alice"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := repairs(row.change)
			if repair, ok := got[row.code]; !ok || !reflect.DeepEqual(repair, row.want) {
				t.Errorf("%s is mended by %#v, want %#v; found %v", row.code, repair, row.want, got)
			}
		})
	}
}
