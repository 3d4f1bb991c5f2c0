package detail_test

import (
	"testing"

	"trustdeck/model"
	"trustdeck/tui/detail"
	"trustdeck/tui/tuitest"
)

// A role counts only where all above it do.
func TestBarrier(t *testing.T) {
	repo := func(spoil func(*model.Repository)) *model.Repository {
		r := tuitest.RepositoryOf("registry.example.org/app",
			tuitest.RoleOf(model.RoleRoot, 1, tuitest.Years(9), 1, "root"),
			tuitest.RoleOf(model.RoleTargets, 1, tuitest.Years(2), 1, "targets"),
			tuitest.RoleOf("targets/team", 1, tuitest.Years(2), 1, "team"),
			tuitest.RoleOf("targets/team/ci", 1, tuitest.Years(2), 1, "ci"),
			tuitest.RoleOf("targets/lost/child", 1, tuitest.Years(2), 1, "child"),
			tuitest.RoleOf(model.RoleSnapshot, 1, tuitest.Years(2), 1, "snapshot"))
		spoil(r)
		return r
	}
	tests := []struct {
		name  string
		spoil func(*model.Repository)
		role  model.RoleName
		at    model.RoleName
		state string
	}{
		{"the way is free", func(*model.Repository) {}, "targets/team/ci", "", ""},
		{"its own state is no barrier", func(r *model.Repository) { r.Role("targets/team/ci").State = model.RoleBroken }, "targets/team/ci", "", ""},
		{"the parent is broken", func(r *model.Repository) { r.Role("targets/team").State = model.RoleBroken }, "targets/team/ci", "targets/team", "broken"},
		{"the nearest counts", func(r *model.Repository) {
			r.Role("targets/team").Expired, r.Role(model.RoleRoot).State = true, model.RoleMissing
		}, "targets/team/ci", "targets/team", "expired"},
		{"expired and broken is broken", func(r *model.Repository) {
			r.Role(model.RoleTargets).Expired, r.Role(model.RoleTargets).State = true, model.RoleBroken
		}, "targets/team", model.RoleTargets, "broken"},
		{"root is above all", func(r *model.Repository) { r.Role(model.RoleRoot).Expired = true }, model.RoleSnapshot, model.RoleRoot, "expired"},
		{"nothing is above root", func(r *model.Repository) { r.Role(model.RoleRoot).Expired = true }, model.RoleRoot, "", ""},
		{"a parent that is not there", func(*model.Repository) {}, "targets/lost/child", "targets/lost", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			at, role, ok := detail.Barrier(repo(test.spoil), test.role)
			state := ""
			if role != nil {
				state = role.Condition()
			}
			if at != test.at || state != test.state || ok != (test.at != "") {
				t.Errorf("stopped at %q (%s), %v; want %q (%s)", at, state, ok, test.at, test.state)
			}
		})
	}
}
