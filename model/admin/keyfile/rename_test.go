package keyfile_test

import (
	"context"
	"testing"

	"trustdeck/model"
	"trustdeck/model/admin/keyfile"
)

// RenameKey renames a key, unless it is the one that can't be written.
func (d *drawer) RenameKey(_ context.Context, key model.PrivateKey, label string) error {
	if key.ID == d.full {
		return &model.Fault{Kind: model.FaultLocal, Text: "no space left"}
	}
	for i := range d.here {
		if d.here[i].ID == key.ID {
			d.here[i].Label = label
		}
	}
	return nil
}

// Only keys of delegations are renamed, and only to names that clients take.
func TestRenameKey(t *testing.T) {
	d := newDrawer()
	ids := d.has(t, "a", "b", "c")
	d.here[1].Label = "root"
	d.here[2].Label, d.here[2].GUN = "targets", "acme/app"
	got, err := service(d).RenameKey(t.Context(), ids[0], "bob", keyfile.Run{})
	if err != nil || got == nil || got.Label != "bob" || d.here[0].Label != "bob" {
		t.Errorf("%+v, %v", got, err)
	}
	for id, name := range map[model.KeyID]string{ids[1]: "bob", ids[2]: "bob", "unknown": "bob", ids[0]: "Not A Name"} {
		if got, err := service(d).RenameKey(t.Context(), id, name, keyfile.Run{}); got != nil || model.KindOf(err) != model.FaultUsage {
			t.Errorf("%s to %s: %+v, %v", id.Short(), name, got, err)
		}
	}
	d.full = ids[0]
	if got, err := service(d).RenameKey(t.Context(), ids[0], "carol", keyfile.Run{}); got != nil || err == nil || d.here[0].Label != "bob" {
		t.Errorf("%+v, %v", got, err)
	}
}
