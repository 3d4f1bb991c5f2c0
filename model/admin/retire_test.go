package admin_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/admin/change"
	remembered "trustdeck/model/memory"
	"trustdeck/model/notary"
	"trustdeck/model/notary/docker"
	"trustdeck/model/notary/notarytest"
	"trustdeck/model/plan"
	"trustdeck/model/port"
)

const otherGUN = model.GUN("registry.example.com/acme/other")

// hidden is a remote with a repository that cannot be read now.
type hidden struct {
	*workshop
	gun  model.GUN
	kind model.FaultKind
}

func (h hidden) Read(ctx context.Context, gun model.GUN, ref port.Ref) (port.File, error) {
	if gun == h.gun {
		return port.File{}, &model.Fault{Kind: h.kind, Text: "not for you"}
	}
	return h.workshop.Read(ctx, gun, ref)
}

// sharing is another repository that lists a key of the workshop's for a role.
func sharing(w *workshop, role model.RoleName) *notarytest.Repo {
	other := notarytest.New(otherGUN, now)
	other.Keys[role] = w.repo.Keys[role]
	other.NameKeys()
	other.Seal(model.RoleRoot, model.RoleTargets)
	return other
}

// A key is removed only where every repository that is known was read and does not list
// it, the repositories that are known are all, and there is a checked backup. Else the
// review says why it stays, and so does whoever is asked to remove it later.
func TestRetireKeepsWhatIsNeeded(t *testing.T) {
	for name, row := range map[string]struct {
		world func(*workshop)
		all   bool
		want  string
	}{
		"nothing needs it": {world: func(*workshop) {}},
		"listed elsewhere": {
			world: func(w *workshop) { w.put(sharing(w, model.RoleTargets)) }, all: true,
			want: "it signs targets of registry.example.com/acme/other; rotate it there first",
		},
		"not to be read": {world: func(w *workshop) {
			w.put(notarytest.New(otherGUN, now))
			w.service.Remote = hidden{w, otherGUN, model.FaultUnauthorized}
		}, all: true, want: "registry.example.com/acme/other could not be read and may need it: not for you"},
		"not there any more": {world: func(w *workshop) {
			w.put(notarytest.New(otherGUN, now))
			w.service.Remote = hidden{w, otherGUN, model.FaultNotFound}
		}, all: true, want: "if another server has it, it may need the key"},
		"named by the user": {world: func(w *workshop) { w.service.Named = []model.GUN{otherGUN} }, all: true, want: "doesn't have it"},
		"remembered": {world: func(w *workshop) {
			mind := newMind()
			mind.records[otherGUN] = remembered.Record{}
			w.service.Memories = mind
		}, all: true, want: "registry.example.com/acme/other is known here"},
		"remembered, and not to be read": {world: func(w *workshop) {
			w.service.Memories = &mind{records: map[model.GUN]remembered.Record{}, damage: errors.New("torn")}
		}, all: true, want: "not every source of repositories could be read: torn"},
		"named by a key file": {world: func(w *workshop) {
			w.named = map[model.KeyID]model.GUN{notary.CanonicalID(w.repo.Keys["targets/alice"][0].PublicKey): otherGUN}
		}, all: true, want: "registry.example.com/acme/other is known here"},
		"named by the journal": {world: func(w *workshop) {
			p, err := plan.Compile([]plan.Request{{Dialect: docker.Dialect{}, GUN: otherGUN, Changes: []model.Change{model.InitRepository{
				Root: rotation("", model.KeyNew).Keys, Targets: rotation("", model.KeyNew).Keys, Snapshot: rotation("", model.KeyServer).Keys,
			}}}}, nil, now)
			if err != nil {
				t.Fatal(err)
			}
			w.open["9"] = port.Entry{ID: "9", Begun: now, Plan: plan.Encode(p)}
		}, all: true, want: "registry.example.com/acme/other is known here"},
		"broken": {world: func(w *workshop) {
			other := notarytest.New(otherGUN, now)
			other.Delegate("targets/zoe", 1, []string{""}, notarytest.NewKey())
			other.Tag("targets/zoe", "1", "x")
			other.Seal(model.RoleTargets, "targets/zoe")
			notarytest.SignFile(other.Files["targets/zoe"], notarytest.NewKey())
			other.SealSnapshot()
			w.put(other)
		}, all: true, want: "targets/zoe of registry.example.com/acme/other is broken"},
		"the server does not list":       {world: func(w *workshop) { w.unlisted = true }, want: "memory doesn't list its repositories, so an unknown one may need it;"},
		"it does not, and these are all": {world: func(w *workshop) { w.unlisted = true }, all: true},
		"it does not, and names are shown": {world: func(w *workshop) {
			w.unlisted, w.service.Named = true, []model.GUN{otherGUN}
			w.put(notarytest.New(otherGUN, now))
		}, want: "registry.example.com/acme/other; if these are all, confirm with --these-are-all"},
		"no backup":                           {world: func(w *workshop) { w.unsaved = w.all() }, all: true, want: "it has no known backup; make one with trustdeck backup create --key "},
		"nobody remembers backups":            {world: func(w *workshop) { w.service.Backups = nil }, all: true, want: "it has no known backup"},
		"the backup was never tried":          {world: func(w *workshop) { w.unchecked = true }, all: true, want: "its backup was never checked; check it with trustdeck backup check /media/usb/trust.tar.gz"},
		"changed since":                       {world: func(w *workshop) { w.rewritten = now.Add(1) }, all: true, want: "its file has changed since its last checked backup"},
		"no backup, and the server is silent": {world: func(w *workshop) { w.unlisted, w.unsaved = true, w.all() }, want: "doesn't list its repositories"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorkshop(t)
			old := w.repo.Keys[model.RoleTargets][0].ID
			row.world(w)
			rotate := rotation(model.RoleTargets, model.KeyNew)
			rotate.Retire, rotate.AllKnown = true, row.all
			p, err := w.service.Prepare(t.Context(), []change.Request{{GUN: gun, Changes: []model.Change{rotate}}})
			if err != nil {
				t.Fatal(err)
			}
			said := strings.Join(p.Parts[0].Local.Warnings, "; ")
			if removes := len(p.Parts[0].Removed()) > 0; removes != (row.want == "") || !strings.Contains(said, row.want) {
				t.Errorf("removes %v, warns %q", p.Parts[0].Removed(), said)
			}
			out, err := w.service.Execute(t.Context(), change.Execution{Plan: p, Secrets: w})
			if err != nil {
				t.Fatal(err)
			}
			if gone := slices.Contains(out.Parts[0].Retired, old); gone != (row.want == "") {
				t.Errorf("retired %v", out.Parts[0].Retired)
			}
			if row.want == "" {
				return
			}
			gone, kept, err := w.service.Retire(t.Context(), []model.KeyID{old}, row.all)
			if err != nil || len(gone) > 0 || len(kept) != 1 || !strings.Contains(kept[0].Why, row.want) {
				t.Errorf("removed %v, kept %v, %v", gone, kept, err)
			}
			if _, there := w.keys[old]; !there {
				t.Error("the key is gone")
			}
		})
	}
}

// What comes up between the review and the end keeps the key, and the change is done.
func TestRetireLooksAgain(t *testing.T) {
	w := newWorkshop(t)
	old := w.repo.Keys[model.RoleTargets][0].ID
	rotate := rotation(model.RoleTargets, model.KeyNew)
	rotate.Retire = true
	p, err := w.service.Prepare(t.Context(), []change.Request{{GUN: gun, Changes: []model.Change{rotate}}})
	if err != nil || len(p.Parts[0].Removed()) != 1 {
		t.Fatal(p, err)
	}
	w.before = func() { w.put(sharing(w, model.RoleRoot)); w.unsaved = w.all() }
	out, err := w.service.Execute(t.Context(), change.Execution{Plan: p, Secrets: w})
	if err != nil || len(out.Parts[0].Kept) != 1 || !strings.Contains(out.Parts[0].Kept[0].Why, "it has no known backup") {
		t.Errorf("%+v, %v", out.Parts, err)
	}
	if _, there := w.keys[old]; !there || len(w.open) > 0 {
		t.Errorf("the key is there: %v; %d entries are open", there, len(w.open))
	}
}
