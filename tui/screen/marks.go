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
	// seen are the repositories as they were last read; nil where there is no trust data.
	seen map[model.GUN]*model.Repository
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
	return marks{changed: map[model.GUN]Mark{}, seen: map[model.GUN]*model.Repository{}, own: map[model.GUN]bool{}}
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

// mark notes what is different in what was read now from what was read last in this run; listed
// says that the repository was known by name before. A timestamp that was signed again alone is
// no change, and nor is what was done here.
func (b *Board) mark(listed bool, now admin.Look) {
	if now.Stale || now.Repository == nil && !absent(now) {
		return
	}
	was, known := b.marks.seen[now.GUN]
	b.marks.seen[now.GUN] = now.Repository
	var roles []model.RoleName
	switch {
	case b.marks.own[now.GUN], was == nil && now.Repository == nil, !known && (listed || b.surveyed.IsZero()):
		return
	case was != nil && now.Repository != nil:
		roles = different(was, now.Repository)
		if len(roles) == 0 || len(roles) == 1 && roles[0] == model.RoleTimestamp {
			return
		}
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
