package archive

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"trustdeck/model"
)

// check tests everything in a manifest that can be tested without the files.
func (m *manifest) check() error {
	seen := map[model.GUN]bool{}
	for _, r := range m.Repositories {
		if r == nil {
			return errors.New("a repository is null")
		}
		if _, err := model.ParseGUN(string(r.GUN)); err != nil {
			return err
		}
		if seen[r.GUN] {
			return fmt.Errorf("it lists the repository %q twice", r.GUN)
		}
		seen[r.GUN] = true
		if err := r.check(); err != nil {
			return fmt.Errorf("repository %q: %w", r.GUN, err)
		}
	}
	return nil
}

func (r *repository) check() error {
	if want := folderOf(r.GUN); r.Folder != want {
		return fmt.Errorf("its folder is given as %q but must be %q", clip(r.Folder), want)
	}
	if len(r.Server) > maxText {
		return fmt.Errorf("the name of its server has %d bytes", len(r.Server))
	}
	seen := map[model.RoleName]bool{}
	for _, role := range r.Roles {
		if role == nil {
			return errors.New("a role is null")
		}
		if err := checkRole(role.Name); err != nil {
			return err
		}
		if seen[role.Name] {
			return fmt.Errorf("it lists the role %s twice", role.Name)
		}
		seen[role.Name] = true
		if err := role.check(); err != nil {
			return fmt.Errorf("role %s: %w", role.Name, err)
		}
	}
	return r.checkDocuments()
}

func (r *repository) checkDocuments() error {
	seen := map[string]bool{}
	for _, d := range r.Certificates {
		if seen[d.File] {
			return fmt.Errorf("it lists the file %q twice", clip(d.File))
		}
		seen[d.File] = true
		id := d.File
		if len(id) == len(certificateFile(""))+64 {
			id = id[len(certificatesName)+1 : len(id)-len(".pem")]
		}
		if key, err := model.ParseKeyID(id); err != nil || d.File != certificateFile(key) {
			return fmt.Errorf("%q is not the path of a certificate", clip(d.File))
		}
		if err := d.check(maxDocument); err != nil {
			return err
		}
	}
	last := 0
	for _, d := range r.Changefeed {
		n := changefeedNumber(d.File)
		if n <= last {
			return fmt.Errorf("%q is not the path of a changefeed file after number %d", clip(d.File), last)
		}
		last = n
		if err := d.check(maxDocument); err != nil {
			return err
		}
	}
	return nil
}

func (r *role) check() error {
	files, sums := map[string]bool{}, map[string]bool{}
	for i := range r.Versions {
		v := &r.Versions[i]
		if err := v.check(r.Name); err != nil {
			return err
		}
		if files[v.File] {
			return fmt.Errorf("it lists the file %q twice", clip(v.File))
		}
		files[v.File] = true
		// The same bytes twice under one version would say nothing new.
		twin := fmt.Sprintf("%d %s", v.Version, v.SHA256)
		if sums[twin] {
			return fmt.Errorf("it lists version %d with the same SHA-256 twice", v.Version)
		}
		sums[twin] = true
	}
	if r.Current != "" && !slices.ContainsFunc(r.Versions, func(v version) bool { return v.SHA256 == r.Current }) {
		return fmt.Errorf("no version has the SHA-256 %q of the current one", clip(r.Current))
	}
	last := int64(0)
	for _, a := range r.Absent {
		if a[0] <= last || a[1] < a[0] {
			return fmt.Errorf("the ranges of absent versions are not in order at [%d, %d]", a[0], a[1])
		}
		last = a[1]
	}
	return nil
}

// check tests one entry of a role: above all, that its path is one of the two
// that the format allows for it.
func (v *version) check(name model.RoleName) error {
	if v.Version < 0 {
		return fmt.Errorf("it lists version %d", v.Version)
	}
	if err := v.document.check(maxFile); err != nil {
		return err
	}
	first, second := fileOf(name, v.Version, v.sum(), false), fileOf(name, v.Version, v.sum(), true)
	if v.File != first && v.File != second {
		return fmt.Errorf("version %d is given as file %q but must be %q", v.Version, clip(v.File), first)
	}
	return nil
}

func (d document) check(most int64) error {
	if d.Length < 0 || d.Length > most {
		return fmt.Errorf("the file %q has a listed length of %d bytes, outside 0 to %d", clip(d.File), d.Length, most)
	}
	if raw, err := hex.DecodeString(d.SHA256); err != nil || len(raw) != sha256.Size || hex.EncodeToString(raw) != d.SHA256 {
		return fmt.Errorf("the SHA-256 of the file %q is given as %q", clip(d.File), clip(d.SHA256))
	}
	return nil
}
