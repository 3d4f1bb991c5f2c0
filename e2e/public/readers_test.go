package public

import (
	"errors"
	"fmt"
	"regexp"
	"testing"

	"github.com/theupdateframework/go-tuf/client"
	_ "github.com/theupdateframework/go-tuf/pkg/deprecated/set_ecdsa" // keys that are points in hexadecimal

	"trustdeck/e2e/peer"
)

// The readers by name, with tuf-js.
const (
	goTUF    = "go-tuf v2"
	oldGoTUF = "go-tuf v0.7"
)

// A reader is a client of TUF 1.0.
type reader struct {
	name string
	// read has it read a repository, and search for paths. It begins with what it has kept,
	// and with a root where that is nothing. It returns those that it finds, or why it
	// refuses the repository.
	read func(site *peer.Folder, root []byte, kept *kept, paths []string) ([]string, error)
}

// kept is what a reader keeps between two times that it reads a repository.
type kept struct {
	dir   string
	store client.LocalStore
}

// newReaders are those that read every copy.
func newReaders(t *testing.T) []reader {
	t.Helper()
	js := peer.NewJavaScriptClient(t)
	return []reader{
		{goTUF, func(site *peer.Folder, root []byte, k *kept, paths []string) ([]string, error) {
			u, err := site.Begin(root, k.dir)
			if err == nil {
				err = u.Refresh()
			}
			if err != nil {
				return nil, err
			}
			return search(paths, func(path string) (bool, error) { return peer.Finds(u, path) })
		}},
		{oldGoTUF, func(site *peer.Folder, root []byte, k *kept, paths []string) ([]string, error) {
			remote, err := client.HTTPRemoteStore(site.URL, nil, nil)
			if err != nil {
				return nil, err
			}
			c := client.NewClient(k.store, remote)
			if meta, _ := k.store.GetMeta(); len(meta) == 0 {
				if err := c.Init(root); err != nil {
					return nil, err
				}
			}
			if _, err := c.Update(); err != nil {
				return nil, err
			}
			return search(paths, func(path string) (bool, error) {
				_, err := c.Target(path)
				var unknown client.ErrNotFound
				if errors.As(err, &unknown) {
					return false, nil
				}
				return err == nil, err
			})
		}},
		{peer.TUFJS, func(site *peer.Folder, root []byte, k *kept, paths []string) ([]string, error) {
			return js.Read(site.URL, root, k.dir, paths)
		}},
	}
}

func search(paths []string, finds func(string) (bool, error)) ([]string, error) {
	var out []string
	for _, path := range paths {
		found, err := finds(path)
		if err != nil {
			return nil, fmt.Errorf("searching for %s: %w", path, err)
		}
		if found {
			out = append(out, path)
		}
	}
	return out, nil
}

// A limit is something that a reader is known not to read. It excuses a reader of a copy that
// nobody has changed yet, and of no other; where the copy has keys of a kind, if keys says so.
type limit struct {
	reader, keys string
	says         *regexp.Regexp
	why          string
}

var limits = []limit{
	{goTUF, "", regexp.MustCompile("PEM decoding failed"), "it reads no key that is a point in hexadecimal (T6 in docs/tuf.md)"},
	{goTUF, "rsa-pkcs1v15-sha256", regexp.MustCompile("not enough signatures, got 0"), "it counts no signature without salt (T11 in docs/tuf.md)"},
	{oldGoTUF, "P-384", regexp.MustCompile("valid signatures did not meet threshold|key is invalid"), "it verifies no signature of a key on P-384"},
	{oldGoTUF, "rsa-pkcs1v15-sha256", regexp.MustCompile("valid signatures did not meet threshold|key is invalid"), "it counts no signature without salt"},
	{peer.TUFJS, "P-384", regexp.MustCompile("was signed by 0/"), "it verifies every key on a curve with SHA-256"},
	{peer.TUFJS, "rsa-pkcs1v15-sha256", regexp.MustCompile("was signed by 0/"), "it counts no signature without salt"},
}

// excuse is the limit of a reader that explains an error; nil if none does.
func (w *world) excuse(reader string, err error) *limit {
	if err == nil {
		return nil
	}
	for i, l := range limits {
		if l.reader == reader && l.says.MatchString(err.Error()) && (l.keys == "" || w.kinds[l.keys]) {
			return &limits[i]
		}
	}
	return nil
}
