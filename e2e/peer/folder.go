package peer

import (
	"context"
	"crypto"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata/config"
	"github.com/theupdateframework/go-tuf/v2/metadata/updater"

	"trustdeck/keystore/trustdir"
	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/dialect"
	"trustdeck/model/health"
	"trustdeck/model/tuf"
	"trustdeck/model/tuf/tuftest"
	"trustdeck/remote/directory"
)

// Folder is a repository of TUF 1.0 in a folder, from which clients read it over the web.
type Folder struct {
	// Dir is the folder, and URL is where it is served.
	Dir, URL string
}

// ServeFolder serves a folder until the end of the test.
func ServeFolder(tb testing.TB, dir string) *Folder {
	tb.Helper()
	server := httptest.NewServer(http.FileServer(http.Dir(dir)))
	tb.Cleanup(server.Close)
	return &Folder{Dir: dir, URL: server.URL}
}

// Roots are its roots, the first one first.
func (f *Folder) Roots(tb testing.TB) [][]byte {
	tb.Helper()
	var out [][]byte
	for n := 1; ; n++ {
		raw, err := os.ReadFile(filepath.Join(f.Dir, fmt.Sprintf("%d.root.json", n)))
		if errors.Is(err, os.ErrNotExist) {
			return out
		}
		if err != nil {
			tb.Fatalf("peer: %v", err)
		}
		out = append(out, raw)
	}
}

// Updater is go-tuf that trusts a root, today.
func (f *Folder) Updater(tb testing.TB, root []byte) *updater.Updater {
	tb.Helper()
	return f.mustBegin(tb, root, "")
}

// Kept is go-tuf that begins with what it kept in a folder when it read the repository last,
// and with a root where there is nothing yet.
func (f *Folder) Kept(tb testing.TB, root []byte, dir string) *updater.Updater {
	tb.Helper()
	return f.mustBegin(tb, root, dir)
}

func (f *Folder) mustBegin(tb testing.TB, root []byte, dir string) *updater.Updater {
	tb.Helper()
	u, err := f.Begin(root, dir)
	if err != nil {
		tb.Fatalf("peer: go-tuf does not begin: %v", err)
	}
	return u
}

// Begin is Kept, or Updater where dir is empty, with a root that go-tuf may not be able to read.
func (f *Folder) Begin(root []byte, dir string) (*updater.Updater, error) {
	if kept, err := os.ReadFile(filepath.Join(dir, "root.json")); err == nil && dir != "" {
		root = kept
	}
	cfg, err := config.New(f.URL, root)
	if err != nil {
		return nil, err
	}
	cfg.DisableLocalCache = dir == ""
	cfg.LocalMetadataDir, cfg.LocalTargetsDir = dir, filepath.Join(dir, "targets")
	return updater.New(cfg)
}

// Finds tells whether go-tuf finds a target. The error is why the search ended without an
// answer.
func Finds(u *updater.Updater, path string) (bool, error) {
	_, err := u.GetTargetInfo(path)
	if err != nil && strings.HasSuffix(err.Error(), path+" not found") {
		return false, nil
	}
	return err == nil, err
}

// Look reads the repository with trustdeck's own code, as a client that knows nothing; nil
// where there is none.
func (f *Folder) Look(tb testing.TB) *model.Repository {
	tb.Helper()
	gun := model.GUN("file:" + f.Dir)
	service := admin.Service{
		DialectOf: dialect.Only(tuf.Dialect{}), Remote: directory.NewFolder(f.Dir, gun), Clock: time.Now, Health: health.DefaultOptions(),
	}
	return service.Open(context.Background(), gun).Repository
}

// OwnKeys are the private keys in trustdeck's own folder.
func OwnKeys(dir string) trustdir.KeyStore {
	return trustdir.NewKeeper(trustdir.OpenOwn(dir, trustdir.Own{
		ID: func(public crypto.PublicKey) (model.KeyID, error) {
			listed, err := tuf.Bare(public)
			return listed.ID, err
		},
		Makes: []model.Dialect{model.TUF1},
	}))
}

// NameInPlain gives a repository that was made just now the names of one without consistent
// snapshots, and has its root say so: trustdeck makes none of those, and changes them. Its
// root key is in a folder of keys, and opens with RootPassphrase.
func (f *Folder) NameInPlain(tb testing.TB, keys string) {
	tb.Helper()
	if err := f.nameInPlain(OwnKeys(keys)); err != nil {
		tb.Fatalf("peer: %v", err)
	}
}

func (f *Folder) nameInPlain(keys trustdir.KeyStore) error {
	name := filepath.Join(f.Dir, "1.root.json")
	raw, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	root, err := tuf.Parse(model.RoleRoot, raw)
	if err != nil {
		return err
	}
	listed := root.Keys[slices.IndexFunc(root.Keys, func(k model.PublicKey) bool { return k.ID == root.Delegation(model.RoleRoot).KeyIDs[0] })]
	key, err := keys.Unlock(context.Background(), listed.ID, []byte(RootPassphrase))
	if err != nil {
		return err
	}
	defer func() { _ = key.Close() }()
	var signed tuftest.Object
	if err := json.Unmarshal(root.Signed, &signed); err != nil {
		return err
	}
	signed["consistent_snapshot"] = false
	signer := &tuftest.Key{ID: listed.ID, Sign: func(payload []byte) []byte {
		var sig dialect.Signature
		sig, err = tuf.Dialect{}.Sign(listed, key, payload)
		return sig.Sig
	}}
	raw = (&tuftest.Repository{}).Sign(signed, signer)
	for _, role := range []string{"targets", "snapshot"} {
		err = errors.Join(err, os.Rename(filepath.Join(f.Dir, "1."+role+".json"), filepath.Join(f.Dir, role+".json")))
	}
	return errors.Join(err, os.WriteFile(name, raw, 0o600))
}
