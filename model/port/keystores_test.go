package port_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/port"
)

// store lists keys.
type store struct {
	port.KeyStore
	name string
	keys []model.PrivateKey
	err  error
}

func (s *store) Name() string { return s.name }

func (s *store) Keys(context.Context) ([]model.PrivateKey, error) { return s.keys, s.err }

// A key on a token that can be reached through two stores is listed once, by the first. Copies in files
// and on other tokens of the same store are keys of their own, and so is one that can't be used.
func TestKeysOnce(t *testing.T) {
	key := func(place, spki, path string) model.PrivateKey {
		return model.PrivateKey{ID: model.KeyID(spki), SPKI: []byte(spki), Place: place, Path: path}
	}
	unread := key(model.PlaceToken, "three", "unread")
	unread.Fault = &model.Fault{Text: "busy"}
	failed := errors.New("no module")
	keys, err := port.KeyStores{
		&store{name: "folder", keys: []model.PrivateKey{key(model.PlaceFile, "one", "file")}},
		&store{name: "own", keys: []model.PrivateKey{key(model.PlaceToken, "one", "9c"), key(model.PlaceToken, "one", "9c of another"), unread}},
		&store{name: "module", keys: []model.PrivateKey{key(model.PlaceToken, "one", "again"), key(model.PlaceToken, "two", "two"), key(model.PlaceToken, "three", "three")}, err: failed},
	}.Keys(t.Context())
	var listed []string
	for _, k := range keys {
		listed = append(listed, k.Store+" "+k.Path)
	}
	if got, want := strings.Join(listed, ", "), "folder file, own 9c, own 9c of another, own unread, module two, module three"; got != want || !errors.Is(err, failed) {
		t.Errorf("%s, %v; want %s", got, err, want)
	}
}
