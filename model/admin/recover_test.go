package admin_test

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/admin/change"
	"trustdeck/model/notary"
	"trustdeck/model/notary/notarytest"
	"trustdeck/model/plan"
	"trustdeck/model/port"
)

// A cutOff is a workshop in which a rotation of the targets key was cut off.
type cutOff struct {
	*workshop
	// old is the key that was replaced, made the one that was made.
	old, made model.KeyID
	oldKey    notarytest.Key
	entry     port.Entry
}

// cut rotates the targets key, and takes the run back to a note: as if it had been
// killed after that.
func cut(t testing.TB, after port.NoteKind) *cutOff {
	c := &cutOff{workshop: newWorkshop(t)}
	c.oldKey = c.repo.Keys[model.RoleTargets][0]
	c.old = c.oldKey.ID
	rotate := rotation(model.RoleTargets, model.KeyNew)
	rotate.Retire = true
	if after == port.NoteMade {
		c.refuse = &model.Fault{Kind: model.FaultUnreachable, Text: "the power is out"}
	}
	if _, err := c.try(rotate); (err == nil) == (after == port.NoteMade) {
		t.Fatal(err)
	}
	entries := c.closed
	for _, e := range c.open {
		entries = append(entries, e)
	}
	c.entry = entries[len(entries)-1]
	end := slices.IndexFunc(c.entry.Notes, func(n port.Note) bool { return n.Kind == after }) + 1
	c.entry.Notes = slices.Clone(c.entry.Notes[:end])
	c.made = c.entry.Notes[0].Key
	c.refuse, c.keys[c.old] = nil, c.oldKey
	c.open = map[string]port.Entry{c.entry.ID: c.entry}
	return c
}

// edit puts other notes into the entry.
func (c *cutOff) edit(notes ...port.Note) {
	e := c.entry
	e.Notes = notes
	c.open = map[string]port.Entry{e.ID: e}
}

func (c *cutOff) explained(t testing.TB) change.Interrupted {
	t.Helper()
	all, err := c.service.Interrupted(t.Context())
	if err != nil || len(all) != 1 {
		t.Fatalf("%+v, %v", all, err)
	}
	return all[0]
}

// A run that was cut off after it had published is explained, and rotates nothing again;
// what it did not come to is found out anew.
func TestCutOffAfterPublishing(t *testing.T) {
	for _, after := range []port.NoteKind{port.NotePublishing, port.NotePublished, port.NoteProved} {
		c := cut(t, after)
		one := c.explained(t)
		if p := one.Parts[0]; !p.Published || one.Remaining != nil || one.Fault != nil || !slices.Equal(p.Retire, []model.KeyID{c.old}) {
			t.Fatalf("after %s: %+v", after, one)
		}
		if text := strings.Join(one.Parts[0].Explain(), "; "); !strings.Contains(text, "should have been removed from this machine, but is still here") {
			t.Errorf("after %s: %s", after, text)
		}
		if kept, err := c.service.Finish(t.Context(), one); err != nil || len(kept) > 0 {
			t.Errorf("after %s: kept %v, %v", after, kept, err)
		}
		if _, there := c.keys[c.old]; there {
			t.Errorf("after %s the old key is still here", after)
		}
	}
	c := cut(t, port.NoteRetired)
	delete(c.keys, c.old)
	if text := strings.Join(c.explained(t).Parts[0].Explain(), "; "); !strings.Contains(text, "was removed from this machine") {
		t.Error(text)
	}
	c = cut(t, port.NotePublished)
	c.unsaved = c.all()
	if kept, err := c.service.Finish(t.Context(), c.explained(t)); err != nil || len(kept) != 1 || !strings.Contains(kept[0].Why, "no known backup") {
		t.Errorf("without a backup: kept %v, %v", kept, err)
	}
}

// A key that was made is used again, once.
func TestCutOffAfterMaking(t *testing.T) {
	c := cut(t, port.NoteMade)
	one := c.explained(t)
	if p := one.Parts[0]; p.Published || one.Remaining == nil || !slices.Equal(p.Made, []model.KeyID{c.made}) || len(p.Doubted) > 0 {
		t.Fatalf("%+v", one)
	}
	c.log = nil
	if _, err := c.service.Execute(t.Context(), change.Execution{Plan: one.Remaining, Secrets: c, Resume: &one}); err != nil {
		t.Fatal(err)
	}
	role := c.service.Open(t.Context(), gun).Repository.Role(model.RoleTargets)
	if slices.Contains(c.log, "make targets") || !slices.Equal(role.Keys, []model.KeyID{c.made}) || len(c.open) > 0 {
		t.Errorf("targets is signed with %v after %v", role.Keys, c.log)
	}
}

// A key that was made in vain is used by the next attempt, whatever kept it from being
// published: the loser of a race makes no other, and neither does who begins anew.
func TestMadeInVain(t *testing.T) {
	for name, refused := range map[string]*model.Fault{
		"the server refuses":      {Kind: model.FaultRefused, Text: "no", Hint: "Ask."},
		"somebody else publishes": {Kind: model.FaultStale, Text: "too late"},
		"the power goes":          {Kind: model.FaultUnreachable, Text: "gone"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorkshop(t)
			rotate := rotation(model.RoleTargets, model.KeyNew)
			w.refuse = refused
			out, err := w.try(rotate)
			if err == nil || len(out.Parts[0].Made) != 1 || len(w.open) != 1 {
				t.Fatalf("%+v, %v, %d entries are open", out, err, len(w.open))
			}
			made := out.Parts[0].Made[0]
			if out, err = w.try(rotate); err == nil || len(out.Parts[0].Made) > 0 || len(w.open) != 1 {
				t.Fatalf("in vain again: %+v, %v, %d entries are open", out, err, len(w.open))
			}
			w.refuse = nil
			w.do(rotate)
			role := w.service.Open(t.Context(), gun).Repository.Role(model.RoleTargets)
			if !slices.Equal(role.Keys, []model.KeyID{made}) || slices.Contains(w.log, "make targets") || len(w.open) > 0 {
				t.Errorf("targets is signed with %v, not %s, after %v; %d entries are open", role.Keys, made, w.log, len(w.open))
			}
			w.do(rotate)
			if !slices.Contains(w.log, "make targets") {
				t.Errorf("a key that is used was used again: %v", w.log)
			}
		})
	}
}

// Keys that were made in vain are removed where that is wanted, and no others: not one that
// a repository lists by now.
func TestRemoveMade(t *testing.T) {
	w := newWorkshop(t)
	w.refuse = &model.Fault{Kind: model.FaultRefused, Text: "no"}
	out, err := w.try(rotation(model.RoleTargets, model.KeyNew))
	if err == nil || len(out.Parts[0].Made) != 1 {
		t.Fatalf("%+v, %v", out, err)
	}
	made := out.Parts[0].Made[0]
	all, err := w.service.Interrupted(t.Context())
	if err != nil || len(all) != 1 || !slices.Equal(all[0].MadeInVain(), []model.KeyID{made}) {
		t.Fatalf("%+v, %v", all, err)
	}
	before := w.all()
	w.refuse = nil
	removed, err := w.service.RemoveMade(t.Context(), all[0])
	if err != nil || !slices.Equal(removed, []model.KeyID{made}) {
		t.Errorf("removed %v, %v", removed, err)
	}
	delete(before, made)
	if after := w.all(); !maps.Equal(before, after) {
		t.Errorf("here are %v, want %v", after, before)
	}

	// One that is listed by now stays.
	w = newWorkshop(t)
	w.refuse = &model.Fault{Kind: model.FaultRefused, Text: "no"}
	if _, err := w.try(rotation(model.RoleTargets, model.KeyNew)); err == nil {
		t.Fatal("it was not refused")
	}
	all, err = w.service.Interrupted(t.Context())
	if err != nil || len(all) != 1 {
		t.Fatalf("%+v, %v", all, err)
	}
	w.refuse = nil
	w.do(rotation(model.RoleTargets, model.KeyNew)) // uses it
	if removed, err := w.service.RemoveMade(t.Context(), all[0]); err != nil || len(removed) > 0 {
		t.Errorf("removed %v, %v", removed, err)
	}
}

// Where the snapshot key is neither here nor on the server, that is found out before a
// passphrase is asked for or a key is made; where it is known, the plan waits for it.
func TestSnapshotKeyIsElsewhere(t *testing.T) {
	w := newWorkshop(t)
	w.elsewhere = true
	rotate := rotation(model.RoleTargets, model.KeyNew)
	out, err := w.try(rotate)
	if !errors.Is(err, port.ErrNoSnapshotKey) || model.KindOf(err) != model.FaultUsage || !strings.Contains(model.HintOf(err), "rotate --server-managed") {
		t.Errorf("%v (%s)", err, model.HintOf(err))
	}
	if len(w.log) > 0 || out.Parts[0].State() != change.PartNotStarted || len(w.open) > 0 {
		t.Errorf("done all the same: %v, %+v, %d entries are open", w.log, out, len(w.open))
	}
	if _, err := w.try(rotation(model.RoleSnapshot, model.KeyServer)); err != nil {
		t.Errorf("the way out: %v", err)
	}

	w = newWorkshop(t)
	snapshot := w.repo.Keys[model.RoleSnapshot][0]
	w.once = map[model.KeyID]bool{notary.CanonicalID(snapshot.PublicKey): true}
	p, err := w.service.Prepare(t.Context(), []change.Request{{GUN: gun, Changes: []model.Change{rotate}}})
	if err != nil || p.Verdict().State != plan.Waiting || !strings.Contains(p.Verdict().Text, "snapshot needs 1 signature more, by key ") {
		t.Errorf("where a backup of the key was made here: %+v, %v", p.Verdict(), err)
	}
}

// Whatever an entry of the journal is made to say of keys and of what was published, no
// key is removed or used for it.
func TestEditedJournal(t *testing.T) {
	published := func(files map[model.RoleName]string) []port.Note {
		return []port.Note{{Kind: port.NotePublishing, GUN: gun, Files: files}, {Kind: port.NotePublished, GUN: gun}, {Kind: port.NoteProved, GUN: gun}}
	}
	for name, notes := range map[string]func(*cutOff) []port.Note{
		"published, it says":         func(*cutOff) []port.Note { return published(nil) },
		"published, without a file":  func(*cutOff) []port.Note { return published(map[model.RoleName]string{}) },
		"with a hash that is none":   func(*cutOff) []port.Note { return published(map[model.RoleName]string{"root": "../../etc/passwd"}) },
		"with the files of before":   func(c *cutOff) []port.Note { return published(c.hashes()) },
		"retired, it says":           func(c *cutOff) []port.Note { return []port.Note{{Kind: port.NoteRetired, GUN: gun, Key: c.old}} },
		"made: a key that is listed": func(c *cutOff) []port.Note { return []port.Note{c.making(c.old)} },
		"made: a key of another label": func(c *cutOff) []port.Note {
			return []port.Note{c.making(c.with(model.PrivateKey{Label: "root", Encrypted: true, Modified: now}))}
		},
		"made: a key of another repository": func(c *cutOff) []port.Note {
			return []port.Note{c.making(c.with(model.PrivateKey{Label: "targets", GUN: otherGUN, Encrypted: true, Modified: now}))}
		},
		"made: a key without a passphrase": func(c *cutOff) []port.Note {
			return []port.Note{c.making(c.with(model.PrivateKey{Label: "targets", GUN: gun, Modified: now}))}
		},
		"made: a key from before": func(c *cutOff) []port.Note {
			return []port.Note{c.making(c.with(model.PrivateKey{Label: "targets", GUN: gun, Encrypted: true, Modified: now.AddDate(0, 0, -1)}))}
		},
		"made: a key that is not here": func(c *cutOff) []port.Note { return []port.Note{c.making(notarytest.NewKey().ID)} },
		"made: for another symbol": func(c *cutOff) []port.Note {
			return []port.Note{{Kind: port.NoteMade, GUN: gun, Symbol: "new:root", Key: c.made}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := cut(t, port.NoteMade)
			c.edit(notes(c)...)
			before := maps.Clone(c.keys)
			one := c.explained(t)
			if p := one.Parts[0]; p.Published || len(p.Made) > 0 || len(p.Retire) > 0 || len(p.Retired) > 0 || one.Remaining == nil {
				t.Errorf("%+v", p)
			}
			if kept, err := c.service.Finish(t.Context(), one); err != nil || len(kept) > 0 || len(c.keys) != len(before) {
				t.Errorf("kept %v, %v, %d keys of %d are left", kept, err, len(c.keys), len(before))
			}
			c.log = nil
			if _, err := c.service.Execute(t.Context(), change.Execution{Plan: one.Remaining, Secrets: c, Resume: &one}); err != nil {
				t.Fatal(err)
			}
			role := c.service.Open(t.Context(), gun).Repository.Role(model.RoleTargets)
			if _, had := before[role.Keys[0]]; had || !slices.Contains(c.log, "make targets") {
				t.Errorf("targets is signed with %v, after %v", role.Keys, c.log)
			}
		})
	}
}

// making is a note that says that a key was made for targets.
func (*cutOff) making(id model.KeyID) port.Note {
	return port.Note{Kind: port.NoteMade, GUN: gun, Symbol: "new:targets", Key: id}
}

// with puts a key into the trust folder.
func (c *cutOff) with(k model.PrivateKey) model.KeyID {
	key := notarytest.NewKey()
	k.ID = key.ID
	c.keys[k.ID], c.files[k.ID] = key, k
	return k.ID
}

// hashes are those of the files that are published.
func (c *cutOff) hashes() map[model.RoleName]string {
	out := map[model.RoleName]string{}
	for _, f := range c.service.Open(c.t.Context(), gun).Repository.Roles {
		if f.Raw != nil && f.Name != model.RoleTimestamp && f.Name != model.RoleSnapshot {
			out[f.Name] = hexOf(f.SHA256)
		}
	}
	return out
}

// Whatever the notes of an entry are: only the key that the recorded change replaces is
// ever removed, and only where that change is published; and only the key that was
// made for it is used.
func FuzzJournal(f *testing.F) {
	c := cut(f, port.NoteProved)
	for _, notes := range [][]port.Note{
		c.entry.Notes,
		{{Kind: port.NoteRetired, GUN: gun, Key: c.old}, {Kind: port.NotePublished, GUN: gun}},
		{{Kind: port.NoteMade, GUN: gun, Symbol: "new:targets", Key: notary.CanonicalID(c.repo.Keys["targets/alice"][0].PublicKey)}},
		{{Kind: port.NotePublishing, GUN: gun, Files: c.hashes()}},
	} {
		text, err := json.Marshal(notes)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text, true)
		f.Add(text, false)
	}
	f.Fuzz(func(t *testing.T, text []byte, published bool) {
		var notes []port.Note
		if json.Unmarshal(text, &notes) != nil {
			return
		}
		after := port.NoteMade
		if published {
			after = port.NotePublished
		}
		c := cut(t, after)
		c.edit(notes...)
		before := maps.Clone(c.keys)
		one := c.explained(t)
		_, _ = c.service.Finish(t.Context(), one) // what it cannot finish it refuses
		for id := range before {
			if _, there := c.keys[id]; !there && (id != c.old || !published) {
				t.Errorf("key %s was removed", id)
			}
		}
		for _, p := range one.Parts {
			for _, id := range p.Made {
				if id != c.made || published {
					t.Errorf("key %s is used again", id)
				}
			}
		}
	})
}
