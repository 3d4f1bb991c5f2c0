package notary_test

import (
	"slices"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/notary"
	"trustdeck/model/notary/notarytest"
)

// A key that is listed as a certificate is named by both of its IDs, each labelled, and a
// bare one by its only one.
func TestChangesNameKeys(t *testing.T) {
	at := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	old := notarytest.Certified(notarytest.NewKey(), "acme/app", at, at.Add(time.Hour))
	bare := notarytest.NewKey()
	root := func(k notarytest.Key) *notary.File {
		return &notary.File{Metadata: model.Metadata{Role: model.RoleRoot, Keys: []model.PublicKey{k.PublicKey}, Roles: []model.Delegation{{Name: model.RoleRoot, Threshold: 1, KeyIDs: []model.KeyID{k.ID}}}}}
	}
	got := dialect.Changes(notary.Format{}, &root(old).Metadata, &root(bare).Metadata)
	want := []string{
		"key " + bare.ID.Short() + " added to root",
		"key " + notary.CanonicalID(old.PublicKey).Short() + " (certificate " + old.ID.Short() + ") removed from root",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
}
