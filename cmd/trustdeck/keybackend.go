package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"

	"trustdeck/internal/disk"
	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/admin/keyfile"
	"trustdeck/model/port"
	"trustdeck/model/report"
	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
)

// maxKeysFile is the largest file of private keys in bytes that is imported: some hundreds of
// keys.
const maxKeysFile = 1 << 20

// keyBackend is what the flows about key files are given of a session. Service keeps keys in the
// trust folder, own in trustdeck's; own is nil where there is no such folder.
type keyBackend struct {
	*keyfile.Service
	own *keyfile.Service
	flowBackend
	noted
}

var _ flows.KeyFiles = (*keyBackend)(nil)

// keyFlows returns what the flows about key files need; nil where the session shows something
// else than the trust folder, or another time than now.
func (a *app) keyFlows(s *session) flows.KeyFiles {
	if s.Settings.Archive != "" || !s.Settings.At.IsZero() {
		return nil
	}
	return a.keyFiles(s)
}

func (a *app) keyFiles(s *session) *keyBackend {
	out := &keyBackend{Service: s.KeyFiles(), own: s.OwnKeyFiles(), flowBackend: flowBackend{app: a, session: s}, noted: noted{by: a}}
	if out.own != nil {
		out.Elsewhere, out.own.Elsewhere = flows.OwnFolder, flows.TrustFolder
	}
	return out
}

// in are the use cases where a folder takes the keys that are made and imported.
func (d *keyBackend) in(folder string) *keyfile.Service {
	if folder == flows.OwnFolder && d.own != nil {
		return d.own
	}
	return d.Service
}

// places are the folders in which a key can be kept. The trust folder is the usual one, unless
// only trustdeck's own is in use.
func (d *keyBackend) places(known []port.Listed) []flow.KeyPlace {
	if d.own == nil {
		return nil
	}
	used := func(dir string) bool {
		_, err := os.Stat(dir)
		return err == nil
	}
	trust := flow.KeyPlace{
		Value: flows.TrustFolder, Label: "The trust folder", Help: "For Notary repositories.",
		Folder: filepath.Join(d.Files.Dir(), "private"), Dialect: d.Dialect,
	}
	own := flow.KeyPlace{
		Value: flows.OwnFolder, Label: "trustdeck's key folder", Help: "For TUF 1.0 repositories. Takes keys of more kinds.",
		Folder: filepath.Join(d.own.Files.Dir(), "private"), Dialect: d.own.Dialect,
	}
	trust.InUse = used(trust.Folder)
	own.InUse = used(own.Folder) || slices.ContainsFunc(known, func(l port.Listed) bool {
		return d.session.DialectOf(l.GUN).Name() == own.Dialect.Name()
	})
	if own.InUse && !trust.InUse {
		return []flow.KeyPlace{own, trust}
	}
	return []flow.KeyPlace{trust, own}
}

// Facts lists the keys of this machine, and the repositories that are in the trust folder.
func (d *keyBackend) Facts(ctx context.Context) (flow.Facts, error) {
	keys, err := d.Store.Keys(ctx)
	if err != nil {
		return flow.Facts{}, err
	}
	facts := flow.Facts{Dialect: d.Dialect, Keys: keys, Lists: d.lists(ctx), Folder: filepath.Join(d.Files.Dir(), "private"), Practice: d.session.Practice(), Program: d.app.program(d.session), Now: d.app.now()}
	known := d.session.Known(ctx)
	facts.Places = d.places(known)
	for _, l := range known {
		facts.Names = append(facts.Names, string(l.GUN))
	}
	return facts, nil
}

// ReadImport reads the private keys in files.
func (d *keyBackend) ReadImport(ctx context.Context, paths []string, r keyfile.ImportRequest) (*keyfile.Import, error) {
	for _, typed := range paths {
		file, err := d.readKeys(typed)
		if err != nil {
			for _, f := range r.Files {
				clear(f.Content)
			}
			return nil, err
		}
		r.Files = append(r.Files, file)
	}
	return d.in(r.Into).Read(ctx, r)
}

func (d *keyBackend) readKeys(typed string) (keyfile.File, error) {
	path := d.expand(typed)
	content, err := disk.Head(path, maxKeysFile+1)
	switch {
	case err != nil:
		return keyfile.File{}, &model.Fault{Kind: model.FaultUsage, Subject: typed, Text: "cannot be read: " + disk.Reason(err), Hint: "Give the path of a private key in PEM form."}
	case len(content) > maxKeysFile:
		clear(content)
		return keyfile.File{}, &model.Fault{Kind: model.FaultUsage, Subject: typed, Text: "is larger than 1 MiB, too large for private keys", Hint: "Give the path of a private key in PEM form."}
	}
	info, err := os.Stat(path)
	return keyfile.File{Path: typed, Content: content, Exposed: err == nil && info.Mode().IsRegular() && disk.Exposed(info.Mode())}, nil
}

// Import keeps keys, and remembers the answer about it.
func (d *keyBackend) Import(ctx context.Context, i *keyfile.Import, run keyfile.Run) ([]model.PrivateKey, error) {
	folder := d.in(i.Into)
	kept, err := folder.Import(ctx, i, run)
	d.note(report.NewKeyImport(folder.Files.Dir(), i, kept))
	return kept, err
}

// CheckNew says why no file can be written to a path.
func (d *keyBackend) CheckNew(typed string) error { return d.Files.CheckNew(d.expand(typed)) }

// Generate makes a key, and remembers the answer about it.
func (d *keyBackend) Generate(ctx context.Context, key keyfile.NewKey, run keyfile.Run) (*keyfile.GeneratedKey, error) {
	key.Public = d.expand(key.Public)
	folder := d.in(key.Into)
	made, err := folder.Generate(ctx, key, run)
	if made != nil {
		d.note(report.NewKeyGenerated(folder.Files.Dir(), made))
	}
	return made, err
}

// Export writes keys into a file, and remembers the answer about it.
func (d *keyBackend) Export(ctx context.Context, ids []model.KeyID, path string, run keyfile.Run) ([]model.PrivateKey, error) {
	path = d.expand(path)
	written, err := d.Service.Export(ctx, ids, path, run)
	if len(written) > 0 {
		d.note(report.NewKeyExport(path, written))
	}
	return written, err
}

// ChangePassphrases gives keys a new passphrase, and remembers the answer about it.
func (d *keyBackend) ChangePassphrases(ctx context.Context, ids []model.KeyID, run keyfile.Run) (*keyfile.PassphraseResult, error) {
	out, err := d.Service.ChangePassphrases(ctx, ids, run)
	d.note(report.NewKeyPassphrase(d.Files.Dir(), out))
	return out, err
}

// RenameKey gives a key another name, and remembers the answer about it.
func (d *keyBackend) RenameKey(ctx context.Context, id model.KeyID, name string, run keyfile.Run) (*model.PrivateKey, error) {
	out, err := d.Service.RenameKey(ctx, id, name, run)
	if out != nil {
		d.note(report.NewKeyRename(d.Files.Dir(), *out))
	}
	return out, err
}

// Survey reads the keys here, and the repositories that may list them. That some can't be read is
// part of the answer.
func (d *keyBackend) Survey(ctx context.Context) (*admin.KeySurvey, error) {
	views, _ := d.app.views(ctx, d.session, nil) // each says itself why it can't be read
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	keys, err := d.session.Service.Keys(ctx, views)
	return &admin.KeySurvey{Keys: keys, Looks: views}, err
}

// Remove deletes keys, and remembers the answer about it.
func (d *keyBackend) Remove(ctx context.Context, keys []model.PrivateKey, run keyfile.Run) ([]keyfile.RemovedKey, error) {
	out, err := d.Service.Remove(ctx, keys, run)
	d.note(report.NewKeyRemoval(d.Files.Dir(), out))
	return out, err
}

// Variable looks into the environment for a passphrase.
func (d *keyBackend) Variable(ask port.SecretAsk) (value []byte, name string) {
	return d.app.variable(ask)
}
