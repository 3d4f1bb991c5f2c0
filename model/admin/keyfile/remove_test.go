package keyfile_test

import (
	"context"
	"slices"
	"testing"

	"trustdeck/model"
	"trustdeck/model/admin/keyfile"
)

// RemoveFile deletes a file, unless it is that of the key that can't be written.
func (d *drawer) RemoveFile(_ context.Context, key model.PrivateKey) error {
	if key.ID == d.full {
		return &model.Fault{Kind: model.FaultLocal, Text: "read-only file system"}
	}
	d.here = slices.DeleteFunc(slices.Clone(d.here), func(k model.PrivateKey) bool { return k.ID == key.ID && k.Path == key.Path })
	return nil
}

// Each key has a result, and one that can't be removed doesn't keep the others.
func TestRemove(t *testing.T) {
	d := newDrawer()
	d.has(t, "a", "b", "c")
	keys := append([]model.PrivateKey{{ID: "gone", Label: "bob"}}, d.here...)
	d.full = keys[2].ID
	got, err := service(d).Remove(t.Context(), keys, keyfile.Run{})
	if len(got) != 4 || model.KindOf(err) != model.FaultUsage || len(d.here) != 1 || d.here[0].ID != d.full {
		t.Fatalf("%+v, %v; left %+v", got, err, d.here)
	}
	for i, removed := range []bool{false, true, false, true} {
		if got[i].Removed != removed || (got[i].Err == nil) != removed {
			t.Errorf("key %d: %+v", i, got[i])
		}
	}
	d = newDrawer()
	d.has(t, "a", "b")
	calls := 0
	got, err = service(d).Remove(t.Context(), d.here, keyfile.Run{Stop: func() bool { calls++; return calls > 1 }})
	if model.KindOf(err) != model.FaultCanceled || !got[0].Removed || got[1].Removed || got[1].Err != nil {
		t.Errorf("stopped: %+v, %v", got, err)
	}
}

// All files of a key are removed, and however many keys there are, the folder is read once before
// them and once after. What is there again by then was not removed.
func TestRemoveReadsTheFolderTwice(t *testing.T) {
	d := newDrawer()
	d.has(t, "a", "b", "c")
	second := d.here[0]
	second.Path, second.Second = "/trust/private/old/"+string(second.ID)+".key", true
	d.here = append(d.here, second)
	keys := model.DistinctKeys(d.here)
	got, err := service(d).Remove(t.Context(), keys, keyfile.Run{})
	if err != nil || len(got) != 3 || len(d.here) != 0 || d.reads != 2 {
		t.Errorf("%+v, %v; left %+v after %d readings", got, err, d.here, d.reads)
	}

	d = newDrawer()
	d.has(t, "a", "b")
	keys, d.again = d.here, d.here[1:]
	got, err = service(d).Remove(t.Context(), keys, keyfile.Run{})
	if model.KindOf(err) != model.FaultLocal || !got[0].Removed || got[1].Removed || got[1].Err == nil {
		t.Errorf("a key that is there again: %+v, %v", got, err)
	}
}
