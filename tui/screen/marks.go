package screen

import (
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model"
	"trustdeck/model/admin"
)

// marks are the changes that have been noticed in this run and not been looked at.
type marks struct {
	changed map[model.GUN]Mark
	// own are the repositories that are being read because they were changed here.
	own map[model.GUN]bool
}

// Mark is a change that has been noticed.
type Mark struct {
	// At is when it was noticed.
	At time.Time
	// Roles are those that are not what they were, sorted by name; none where the
	// repository has come or gone as a whole.
	Roles []model.RoleName
}

func newMarks() marks {
	return marks{changed: map[model.GUN]Mark{}, own: map[model.GUN]bool{}}
}

// Marked is what has changed in a repository since it was looked at in this run; ok is false
// where nothing has.
func (b *Board) Marked(gun model.GUN) (m Mark, ok bool) {
	m, ok = b.marks.changed[gun]
	return m, ok
}

// AnyMarked reports whether there is a mark.
func (b *Board) AnyMarked() bool { return len(b.marks.changed) > 0 }

// Unmark takes the marks of repositories away; without names, all.
func (b *Board) Unmark(guns ...model.GUN) {
	if len(guns) == 0 {
		clear(b.marks.changed)
	}
	for _, gun := range guns {
		delete(b.marks.changed, gun)
	}
}

// mark notes what is different in what was read now from what was read before in this run. A
// timestamp that was signed again alone is no change, and nor is what was done here.
func (b *Board) mark(before, now admin.Look) {
	if b.marks.own[now.GUN] || now.Stale || before.Repository != nil && before.Repository.Source.Kind == model.SourceCache {
		return
	}
	var roles []model.RoleName
	switch had, has := before.Repository != nil, now.Repository != nil; {
	case had && has:
		roles = different(before.Repository, now.Repository)
		if len(roles) == 0 || len(roles) == 1 && roles[0] == model.RoleTimestamp {
			return
		}
	case had && !absent(now), has && !absent(before) && before.GUN != "", !had && !has, b.surveyed.IsZero():
		return
	}
	m := Mark{At: b.now(), Roles: append(roles, b.marks.changed[now.GUN].Roles...)}
	slices.Sort(m.Roles)
	m.Roles = slices.Compact(m.Roles)
	b.marks.changed[now.GUN] = m
}

// absent reports whether a repository has no trust data.
func absent(v admin.Look) bool { return v.Fault != nil && v.Fault.Kind == model.FaultNotFound }

// OpenOwn reads a repository that was changed here: that is no news to the user.
func (b *Board) OpenOwn(gun model.GUN) tea.Cmd {
	b.marks.own[gun] = true
	return b.Open(gun)
}

// different are the roles that are not the same in both: their content, or whether it is
// trusted.
func different(before, now *model.Repository) []model.RoleName {
	var out []model.RoleName
	for i := range now.Roles {
		role := &now.Roles[i]
		was := before.Role(role.Name)
		if was == nil || was.SHA256 != role.SHA256 || was.State != role.State {
			out = append(out, role.Name)
		}
	}
	for i := range before.Roles {
		if name := before.Roles[i].Name; now.Role(name) == nil {
			out = append(out, name)
		}
	}
	return out
}
