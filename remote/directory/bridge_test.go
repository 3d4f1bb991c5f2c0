package directory_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"trustdeck/model"
	"trustdeck/model/tuf/tuftest"
	"trustdeck/remote/directory"
)

// A root that gives the timestamp another key comes after it where the former key has signed it as
// well, and else just before it.
func TestRootComesLastWhereClientsAcceptTheRest(t *testing.T) {
	t.Parallel()
	next := tuftest.P256()
	for name, c := range map[string]struct {
		layout string
		signs  func(former *tuftest.Key) []*tuftest.Key
		want   []string
	}{
		"by both":                     {"consistent", func(former *tuftest.Key) []*tuftest.Key { return []*tuftest.Key{next, former} }, []string{"timestamp.json", "4.root.json"}},
		"by the new key":              {"consistent", func(*tuftest.Key) []*tuftest.Key { return []*tuftest.Key{next} }, []string{"4.root.json", "timestamp.json"}},
		"by both, names by tuf-on-ci": {"of tuf-on-ci", func(former *tuftest.Key) []*tuftest.Key { return []*tuftest.Key{next, former} }, []string{"metadata/timestamp.json", "metadata/root_history/4.root.json", "metadata/root.json"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := grown(layouts[c.layout].consistent)
			dir := lay(t, r, layouts[c.layout].name)
			former := r.Signers[model.RoleTimestamp][0]
			r.SetRole(model.RoleTimestamp, tuftest.By(next))
			r.Signers[model.RoleTimestamp] = c.signs(former)
			hosted := put(t)
			if _, err := directory.NewFolder(dir, gun).Upload(t.Context(), gun, hosted); err != nil {
				t.Fatal(err)
			}
			if err := os.Remove(filepath.Join(hosted, "upload.txt")); err != nil {
				t.Fatal(err)
			}
			r.PublishOnly(model.RoleRoot)
			r.PublishOnly(model.RoleTimestamp)
			order := written(t, dir, current(r, model.RoleRoot, model.RoleTimestamp))
			if !slices.Equal(order, c.want) {
				t.Errorf("written were %q, want %q", order, c.want)
			}
			names, err := directory.NewFolder(dir, gun).Upload(t.Context(), gun, hosted)
			if root := slices.Index(names, "4.root.json"); err != nil || len(names) != 2 || (root == 1) != (name != "by the new key") {
				t.Errorf("to upload are %q, %v", names, err)
			}
		})
	}
}
