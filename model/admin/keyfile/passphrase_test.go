package keyfile_test

import (
	"context"
	"errors"
	"testing"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/admin/keyfile"
	"trustdeck/model/port"
)

// ChangePassphrases changes all but the one that is full, after which it is cut off.
func (d *drawer) ChangePassphrases(_ context.Context, changes []port.PassphraseChange, fresh []byte) error {
	for _, c := range changes {
		if string(c.Opens) != d.under[c.Key.ID] {
			return errors.New("it is changed without its passphrase")
		}
	}
	for _, c := range changes {
		state := port.NewPassphrase
		if c.Key.ID == d.full {
			state = port.OldPassphrase
		} else {
			d.under[c.Key.ID] = string(fresh)
		}
		d.cut = append(d.cut, port.CutOffPassphrase{Key: c.Key, State: state})
	}
	if d.full != "" {
		return &model.Fault{Kind: model.FaultLocal, Text: "no space left"}
	}
	d.cut = nil
	return nil
}

func (d *drawer) CutOffPassphrases(context.Context) (*port.CutOffPassphrases, error) {
	if d.cut == nil {
		return nil, nil
	}
	return &port.CutOffPassphrases{Keys: d.cut}, nil
}

func (d *drawer) SettlePassphrases(context.Context, bool) (*port.CutOffPassphrases, error) {
	return nil, errors.New("not here")
}

// has makes keys that are here, under passphrases.
func (d *drawer) has(t *testing.T, passphrases ...string) []model.KeyID {
	t.Helper()
	var out []model.KeyID
	for _, p := range passphrases {
		id := d.add(t, "here", "alice", "", p, true)
		d.under[id] = p
		d.here = append(d.here, model.PrivateKey{ID: id, Label: "alice", Encrypted: p != "", Place: "file", Path: string(id)})
		out = append(out, id)
	}
	return out
}

// All keys get the new passphrase, each old one is asked for until it is right, and the new one
// once.
func TestChangePassphrases(t *testing.T) {
	d := newDrawer()
	ids := d.has(t, "old-1", "", "old-2")
	p := &person{answers: []string{"wrong", "old-1", "old-2", "bad\n", "a new phrase"}}
	got, err := service(d).ChangePassphrases(t.Context(), ids, keyfile.Run{Secrets: p})
	if err != nil || len(got.Changed) != 3 || got.Unchanged != nil || got.CutOff {
		t.Fatalf("%+v, %v", got, err)
	}
	for _, id := range ids {
		if d.under[id] != "a new phrase" {
			t.Errorf("%s is under %q", id, d.under[id])
		}
	}
	if n := len(p.asked); n != 5 || p.asked[1].Wrong == nil || p.asked[2].Step != 2 || p.asked[2].Of != 3 || !p.asked[3].Again || p.asked[3].Purpose != "3 keys" || p.asked[4].Wrong == nil {
		t.Errorf("it was asked %d times: %+v", n, p.asked)
	}
}

// Nothing is changed where someone stops, a key can't be used, or one is gone.
func TestChangePassphrasesChangesNothing(t *testing.T) {
	d := newDrawer()
	ids := d.has(t, "old-1", "old-2")
	broken := model.PrivateKey{ID: "broken", Fault: &model.Fault{Kind: model.FaultLocal, Text: "is damaged"}}
	d.here = append(d.here, broken)
	tests := []struct {
		name    string
		ids     []model.KeyID
		answers []string
		stop    func() bool
		kind    model.FaultKind
	}{
		{"nobody knows the second", ids, []string{"old-1"}, nil, model.FaultCanceled},
		{"nobody chooses a new one", ids, []string{"old-1", "old-2"}, nil, model.FaultCanceled},
		{"stopped", ids, []string{"old-1", "old-2"}, func() bool { return true }, model.FaultCanceled},
		{"a key that is gone", []model.KeyID{ids[0], "gone"}, nil, nil, model.FaultUsage},
		{"a damaged key", []model.KeyID{"broken"}, nil, nil, model.FaultLocal},
	}
	for _, test := range tests {
		got, err := service(d).ChangePassphrases(t.Context(), test.ids, keyfile.Run{Secrets: &person{answers: test.answers}, Stop: test.stop})
		if got == nil || got.Changed != nil || got.CutOff || model.KindOf(err) != test.kind {
			t.Errorf("%s: %+v, %v", test.name, got, err)
		}
	}
	if d.under[ids[0]] != "old-1" || d.under[ids[1]] != "old-2" {
		t.Errorf("changed: %v", d.under)
	}
}

// A change that was cut off says which keys have which passphrase.
func TestChangePassphrasesIsCutOff(t *testing.T) {
	d := newDrawer()
	ids := d.has(t, "old-1", "old-2")
	d.full = ids[1]
	var seen []admin.Step
	got, err := service(d).ChangePassphrases(t.Context(), ids, keyfile.Run{
		Secrets: &person{answers: []string{"old-1", "old-2", "a new phrase"}}, Watch: func(steps []admin.Step) { seen = steps },
	})
	if model.KindOf(err) != model.FaultLocal || !got.CutOff || len(got.Changed) != 1 || len(got.Unchanged) != 1 || got.Changed[0].ID != ids[0] {
		t.Errorf("%+v, %v", got, err)
	}
	if seen[1].State != admin.StepFailed || seen[2].State != admin.StepSkipped {
		t.Errorf("steps %+v", seen)
	}
}

// The public half of a key that no repository lists comes from the private one.
func TestPublic(t *testing.T) {
	d := newDrawer()
	ids := d.has(t, "old-1", "")
	for i, id := range ids {
		p := &person{answers: []string{"wrong", "old-1"}}
		if i == 1 {
			p.answers = nil
		}
		public, err := service(d).Public(t.Context(), d.here[i], p)
		if err != nil || public.ID != id || public.SPKI == nil {
			t.Errorf("%s: %+v, %v", id, public, err)
		}
	}
}
