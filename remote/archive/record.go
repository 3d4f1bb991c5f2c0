package archive

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"path"
	"slices"

	"trustdeck/model/admin/archive"
	"trustdeck/model/port"
)

// Record keeps what became of a repository. Where nothing of it could be read,
// everything stays as it was.
func (w *Writer) Record(ctx context.Context, r archive.Repository) error {
	if err := canceled(ctx); err != nil {
		return err
	}
	if r.Fault != nil {
		return nil
	}
	entry, err := w.describe(r)
	if err != nil {
		return err
	}
	if err := w.placeReport(entry.Folder, r); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.m.put(entry)
	return w.note(record{Repository: entry}, true)
}

// describe makes the entry of a repository, and writes the certificates and
// changefeed that it lists.
func (w *Writer) describe(r archive.Repository) (*repository, error) {
	w.mu.Lock()
	entry := w.m.repository(r.GUN).clone()
	w.mu.Unlock()
	entry.Server, entry.Read, entry.Complete = r.Server, r.Read.UTC(), r.Complete
	if changed := r.View.Changed; !changed.IsZero() {
		entry.Changed = changed.UTC()
	}
	for _, role := range entry.Roles {
		role.Current = ""
	}
	for _, f := range r.Files {
		if f.Current {
			entry.role(f.Role).Current = fmt.Sprintf("%x", f.SHA256)
		}
	}
	for name, ranges := range r.Absent {
		role := entry.role(name)
		role.Absent = nil
		for _, a := range ranges {
			role.Absent = append(role.Absent, [2]int64{a.First, a.Last})
		}
	}
	if err := w.placeCertificates(entry, r.Certificates); err != nil {
		return nil, err
	}
	return entry, w.placeChanges(entry, r.Changes)
}

func (w *Writer) placeCertificates(entry *repository, certificates []archive.RootCertificate) error {
	entry.Certificates = slices.Clone(entry.Certificates)
	for _, c := range certificates {
		d := newDocument(certificateFile(c.ID), c.PEM)
		if err := w.placeIfNew(path.Join(entry.Folder, d.File), c.PEM); err != nil {
			return err
		}
		if !slices.Contains(entry.Certificates, d) {
			entry.Certificates = append(entry.Certificates, d)
		}
	}
	slices.SortFunc(entry.Certificates, func(a, b document) int { return cmp.Compare(a.File, b.File) })
	return nil
}

// placeChanges adds what is new in the changefeed. A file of it that was damaged
// is listed no longer: the new one has its entries again, if the server has.
func (w *Writer) placeChanges(entry *repository, changes []port.Change) error {
	last := 0
	for _, d := range entry.Changefeed {
		last = changefeedNumber(d.File)
	}
	before, sound, _ := soundChanges(w.store.FS(), w.name, entry)
	entry.Changefeed = append([]document{}, sound...)
	added := unseen(before, changes)
	if len(added) == 0 {
		return nil
	}
	data, err := encodeChanges(added)
	if err != nil {
		return diskFault(w.name, "the changefeed could not be made", err)
	}
	d := newDocument(changefeedFile(last+1), data)
	entry.Changefeed = append(entry.Changefeed, d)
	return w.place(path.Join(entry.Folder, d.File), data)
}

// Seal writes the overview, the list of digests and, last, the manifest.
func (w *Writer) Seal(_ context.Context, result archive.Result) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.m.Updated = result.Finished.UTC()
	if err := w.placeOverview(result); err != nil {
		return err
	}
	if err := w.place(sumsName, w.m.sums()); err != nil {
		return err
	}
	return w.writeManifest()
}

// sums lists the digests of everything that never changes once it is written,
// in the form that "sha256sum -c" reads.
func (m *manifest) sums() []byte {
	var lines []string
	for _, r := range m.Repositories {
		add := func(d document) {
			lines = append(lines, d.SHA256+"  "+path.Join(r.Folder, d.File)+"\n")
		}
		for _, role := range r.Roles {
			for i := range role.Versions {
				add(role.Versions[i].document)
			}
		}
		for _, d := range r.Certificates {
			add(d)
		}
		for _, d := range r.Changefeed {
			add(d)
		}
	}
	slices.SortFunc(lines, func(a, b string) int { return cmp.Compare(a[64:], b[64:]) })
	var out bytes.Buffer
	for _, line := range lines {
		out.WriteString(line)
	}
	return out.Bytes()
}
