package public

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"trustdeck/e2e/peer"
	"trustdeck/model"
	"trustdeck/model/tuf/tuftest"
)

// Which forms of delegations a reader follows is seen in repositories that trustdeck has not
// changed: those that it does not are left out where copies are compared.
func TestForms(t *testing.T) {
	const path = "by/hash"
	readers := newReaders(t)
	for form, c := range map[string]struct {
		delegate func(*tuftest.Repository) model.RoleName
		finds    []string
	}{
		"paths": {func(r *tuftest.Repository) model.RoleName {
			r.Delegate("targets", "role", tuftest.By(tuftest.P256()), tuftest.Object{"paths": []string{"by/*"}})
			return "role"
		}, []string{goTUF, oldGoTUF, peer.TUFJS}},
		"hash prefixes": {func(r *tuftest.Repository) model.RoleName {
			r.Delegate("targets", "role", tuftest.By(tuftest.P256()), tuftest.Object{"path_hash_prefixes": []string{fmt.Sprintf("%x", sum([]byte(path)))[:2]}})
			return "role"
		}, []string{oldGoTUF, peer.TUFJS}},
		"hash bins": {func(r *tuftest.Repository) model.RoleName {
			return r.DelegateBins("targets", 1, "bin", tuftest.By(tuftest.P256()))[sum([]byte(path))[0]>>7]
		}, []string{goTUF, peer.TUFJS}},
	} {
		t.Run(form, func(t *testing.T) {
			r := tuftest.New()
			role := c.delegate(r)
			r.AddTarget(role, path, "content")
			r.Publish(append([]model.RoleName{"targets"}, delegations(r)...)...)
			from := t.TempDir()
			write(t, r, from, func(name string) string { return name })
			w := newWorld(t, from, readers)
			for _, reader := range readers {
				got, err := reader.read(w.site, w.site.Roots(t)[0], w.nothing(), []string{path})
				if finds := slices.Contains(got, path); err != nil || finds != slices.Contains(c.finds, reader.name) {
					t.Errorf("%s finds it: %v, %v", reader.name, finds, err)
				}
			}
		})
	}
}

func delegations(r *tuftest.Repository) []model.RoleName {
	var out []model.RoleName
	for role := range r.Signed {
		if role.Delegation() {
			out = append(out, role)
		}
	}
	return out
}

// A copy has the shape of what it was copied from: trustdeck sees the same roles, versions,
// thresholds, signatures, paths and targets, and no key of it.
func TestCopiesAreAlike(t *testing.T) {
	for name, from := range folders(t) {
		to := t.TempDir()
		c := copyRepository(t, from, to)
		was, is := outline(t, from), outline(t, to)
		if !slices.Equal(was, is) {
			t.Errorf("%s: the copy is\n%q, and was copied from\n%q", name, is, was)
		}
		for id, ours := range c.ids {
			if id == ours {
				t.Errorf("%s: the copy has key %s", name, id)
			}
		}
	}
}

// outline is what there is to see of a repository beside its keys.
func outline(t *testing.T, dir string) []string {
	t.Helper()
	inner := filepath.Join(dir, "metadata")
	if _, err := os.Stat(inner); err == nil {
		dir = inner
	}
	repo := (&peer.Folder{Dir: dir}).Look(t)
	if repo == nil {
		t.Fatalf("%s cannot be read", dir)
	}
	var out []string
	for _, role := range repo.Roles {
		var targets []string
		for _, target := range role.Targets {
			targets = append(targets, target.Name)
		}
		out = append(out, fmt.Sprint(role.Name, role.Version, role.Threshold, len(role.Keys), role.Paths, role.Valid, len(role.Signatures), role.Lifetime, role.Online, targets))
	}
	return out
}
