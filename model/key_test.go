package model_test

import (
	"testing"

	"trustdeck/model"
)

// An ID is that of a certificate only where one carries the key.
func TestCalled(t *testing.T) {
	bare := model.Key{ID: "a", ListedAs: []model.KeyID{"a", "b"}}
	certified := model.Key{ID: "a", ListedAs: []model.KeyID{"b"}, Certificates: []model.Certificate{{}}}
	for _, row := range []struct {
		key    model.Key
		listed model.KeyID
		want   string
	}{
		{bare, "a", "key ID"}, {bare, "b", "listed as"}, {certified, "a", "key ID"}, {certified, "b", "certificate ID"},
	} {
		if got := row.key.Called(row.listed); got != row.want {
			t.Errorf("%s of a key with %d certificates is called %q, want %q", row.listed, len(row.key.Certificates), got, row.want)
		}
	}
}
