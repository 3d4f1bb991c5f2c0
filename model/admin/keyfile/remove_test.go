package keyfile_test

import (
	"context"
	"testing"

	"trustdeck/model"
	"trustdeck/model/admin/keyfile"
)

// Remove deletes a key, unless it is the one that can't be written.
func (d *drawer) Remove(_ context.Context, id model.KeyID) error {
	if id == d.full {
		return &model.Fault{Kind: model.FaultLocal, Text: "read-only file system"}
	}
	var left []model.PrivateKey
	for _, k := range d.here {
		if k.ID != id {
			left = append(left, k)
		}
	}
	d.here = left
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
