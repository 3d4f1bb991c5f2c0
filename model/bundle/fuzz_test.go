package bundle_test

import (
	"bytes"
	"maps"
	"slices"
	"testing"

	"trustdeck/model"
	"trustdeck/model/bundle"
)

// seeds are bundles of each dialect, some signed.
func seeds(add func([]byte)) {
	for _, subject := range subjects {
		s := newScene(subject, 2, 3)
		b := s.bundle(s.rootOf(2, "Ada", "Ben", "Dan"))
		add(b.Encode())
		o := must(bundle.Open(b, known, now))
		for _, task := range o.Tasks(s.Dialect.CanonicalID(s.people["Ada"].Listed)) {
			if err := o.Add(task.Role, must(s.Dialect.Sign(task.Key, s.people["Ada"].Private, task.Message))); err != nil {
				panic(err)
			}
		}
		add(o.Bundle().Encode())
		add(rotated(s).Encode())
		draft := s.bundle(model.Renew{Roles: []model.RoleName{model.RoleRoot}})
		draft.Rehearsal = true
		add(draft.Encode())
	}
}

// What Decode takes it writes as it came, and what it refuses it refuses by name.
func FuzzDecode(f *testing.F) {
	seeds(func(text []byte) { f.Add(text) })
	f.Fuzz(func(t *testing.T, text []byte) {
		b, err := bundle.Decode(text)
		if err != nil {
			if bundle.ReasonOf(err) == "" || model.HintOf(err) == "" {
				t.Errorf("%v", err)
			}
			return
		}
		again, err := bundle.Decode(b.Encode())
		if err != nil || !bytes.Equal(again.Encode(), b.Encode()) || again.Digest() != b.Digest() {
			t.Errorf("%v", err)
		}
	})
}

// Whatever files are in a bundle, it is refused by name, or says what is signed and by whom.
func FuzzOpen(f *testing.F) {
	var all []*bundle.Bundle
	for _, name := range slices.Sorted(maps.Keys(subjects)) {
		b := rotated(newScene(subjects[name], 2, 3))
		f.Add(len(all), b.Payloads[0].Bytes, b.Payloads[1].Bytes, b.Base[0].Raw, b.Roots[1])
		all = append(all, b)
	}
	f.Fuzz(func(t *testing.T, n int, root, targets, published, former []byte) {
		b := must(bundle.Decode(all[uint(n)%uint(len(all))].Encode()))
		b.Payloads[0].Bytes, b.Payloads[1].Bytes, b.Base[0].Raw, b.Roots = root, targets, published, [][]byte{former}
		o, err := bundle.Open(b, known, now)
		if err != nil {
			if bundle.ReasonOf(err) == "" || model.HintOf(err) == "" {
				t.Errorf("%v", err)
			}
			return
		}
		for _, role := range o.Roles() {
			if len(o.Quorums(role)) == 0 {
				t.Errorf("nobody signs %s", role)
			}
			o.Raw(role)
		}
		o.Absence()
		if files, err := o.Files(); (err == nil) != o.Complete() || err == nil && len(files) != len(o.Roles()) {
			t.Errorf("complete %t: %v", o.Complete(), err)
		}
		if !bytes.Equal(o.Bundle().Encode(), b.Encode()) {
			t.Error("opening it changes it")
		}
	})
}
