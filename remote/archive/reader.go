package archive

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"trustdeck/model"
	"trustdeck/model/port"
)

// A Reader reads an archive. It satisfies port.Remote. Its methods may be
// called from several goroutines.
type Reader struct {
	fsys fs.FS
	name string
	m    *manifest
	// unfinished tells that a run was killed before it wrote the manifest.
	unfinished bool
	close      func() error
}

var _ port.Remote = (*Reader)(nil)

// Open opens the archive in a folder. Nothing outside the folder is read, and
// nothing is written. Close it when it is no longer needed.
func Open(dir string) (*Reader, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, &model.Fault{
			Kind: model.FaultLocal, Subject: dir, Text: "the archive cannot be opened: " + cause(err), Err: err,
			Hint: "Give the folder that the archive command wrote. It contains " + manifestName + ".",
		}
	}
	r, err := OpenFS(root.FS(), dir)
	if err != nil {
		_ = root.Close()
		return nil, err
	}
	r.close = root.Close
	return r, nil
}

// OpenFS opens the archive at the root of a file system. The name is what
// people are told.
func OpenFS(fsys fs.FS, name string) (*Reader, error) {
	m, clean, err := contents(fsys)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, &model.Fault{
			Kind: model.FaultLocal, Subject: name, Text: "this is not an archive: there is no " + manifestName + " in it", Err: err,
			Hint: "Give the folder that the archive command wrote. It contains " + manifestName + ".",
		}
	case err != nil:
		return nil, manifestFault(name, err)
	}
	m.indexOnce()
	return &Reader{fsys: fsys, name: name, m: m, unfinished: !clean, close: func() error { return nil }}, nil
}

// manifestFault says that a manifest cannot be used.
func manifestFault(name string, err error) error {
	hint := "Take " + manifestName + " from another copy of the archive; " + sumsName + " and the metadata files are still usable without it."
	if errors.Is(err, errSchema) {
		hint = "Use a newer trustdeck, or check that trustdeck made this archive."
	}
	return &model.Fault{
		Kind: model.FaultBadData, Subject: name + "/" + manifestName, Text: err.Error(), Hint: hint, Err: err,
	}
}

// cause is the text of an error without the path, which the subject tells.
func cause(err error) string {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		return pe.Err.Error()
	}
	return err.Error()
}

// Close releases the folder.
func (r *Reader) Close() error { return r.close() }

// Source says that this is an archive, and its date.
func (r *Reader) Source() model.Source {
	return model.Source{Kind: model.SourceArchive, Name: r.name, Read: r.Date()}
}

// Date is when the archive was last brought up to date. To judge its content as
// it was then, judge it at this moment.
func (r *Reader) Date() time.Time {
	date := r.m.Updated
	for _, repo := range r.m.Repositories {
		if r.unfinished && repo.Read.After(date) {
			date = repo.Read
		}
	}
	return date
}

// Unfinished reports whether the last run was killed. What it had saved can be
// read; running the archive command again completes it.
func (r *Reader) Unfinished() bool { return r.unfinished }

// Ping always succeeds: an archive that is open needs nobody.
func (r *Reader) Ping(context.Context) error { return nil }

// Repositories lists those in the archive, sorted by name.
func (r *Reader) Repositories(ctx context.Context) ([]port.Listed, error) {
	if err := canceled(ctx); err != nil {
		return nil, err
	}
	out := make([]port.Listed, 0, len(r.m.Repositories))
	for _, repo := range r.m.Repositories {
		out = append(out, port.Listed{GUN: repo.GUN, Changed: repo.Changed})
	}
	slices.SortFunc(out, func(a, b port.Listed) int { return cmp.Compare(a.GUN, b.GUN) })
	return out, nil
}

// Read returns one file after comparing it with the manifest. Of two files
// with one version, the one that was saved last is returned; the other can be
// had by its SHA-256.
func (r *Reader) Read(ctx context.Context, gun model.GUN, ref port.Ref) (port.File, error) {
	if err := canceled(ctx); err != nil {
		return port.File{}, err
	}
	repo := r.m.find(gun)
	if repo == nil {
		return port.File{}, r.notFound(string(gun), "the archive has no such repository")
	}
	v := repo.lookUp(ref)
	if v == nil {
		return port.File{}, r.notFound(string(gun)+" "+string(ref.Role), "the archive has no such file"+ofRef(ref))
	}
	if v.Length > ref.Limit {
		return port.File{}, &model.Fault{
			Kind: model.FaultBadData, Subject: r.name + "/" + repo.Folder + "/" + v.File,
			Text: fmt.Sprintf("the file has %d bytes, more than the %d allowed", v.Length, ref.Limit),
		}
	}
	data, err := readDocument(r.fsys, r.name, repo.Folder, v.document)
	if err != nil {
		return port.File{}, err
	}
	return port.File{Bytes: data, Modified: v.Modified}, nil
}

// lookUp finds the file that ref names, or nil.
func (r *repository) lookUp(ref port.Ref) *version {
	role := r.find(ref.Role)
	if role == nil {
		return nil
	}
	sum := ref.SHA256
	if sum == "" && ref.Version == 0 {
		// Where a run was killed before it recorded what is current, the
		// newest version of what it has saved stands in.
		if sum = role.Current; sum == "" && !r.Read.IsZero() {
			return nil
		}
	}
	for i := range slices.Backward(role.Versions) {
		v := &role.Versions[i]
		if (ref.Version == 0 || v.Version == ref.Version) && (sum == "" || v.SHA256 == sum) {
			return v
		}
	}
	return nil
}

func ofRef(ref port.Ref) string {
	switch {
	case ref.SHA256 != "":
		return " with SHA-256 " + clip(ref.SHA256)
	case ref.Version != 0:
		return fmt.Sprintf(" of version %d", ref.Version)
	default:
		return ": the server had no current version"
	}
}

func (r *Reader) notFound(subject, text string) error {
	return &model.Fault{Kind: model.FaultNotFound, Subject: subject, Text: text}
}

// Changes returns the changefeed as saved, oldest first.
func (r *Reader) Changes(ctx context.Context, gun model.GUN) ([]port.Change, error) {
	if err := canceled(ctx); err != nil {
		return nil, err
	}
	repo := r.m.find(gun)
	if repo == nil || len(repo.Changefeed) == 0 {
		return nil, r.notFound(string(gun), "the archive has no changefeed for it")
	}
	var out []port.Change
	for _, d := range repo.Changefeed {
		part, err := readChanges(r.fsys, r.name, repo, d)
		if err != nil {
			return nil, err
		}
		out = append(out, part...)
	}
	return out, nil
}

func canceled(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return &model.Fault{Kind: model.FaultCanceled, Text: "stopped", Err: err}
	}
	return nil
}
