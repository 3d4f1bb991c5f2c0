package main

import (
	"context"
	"path/filepath"

	"trustdeck/model"
	"trustdeck/model/admin/backup"
	"trustdeck/model/admin/tokens"
	"trustdeck/model/port"
	"trustdeck/model/report"
	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
)

// tokenBackend is what the flows that change tokens are given of a session.
type tokenBackend struct {
	*tokens.Service
	// files reads files of keys.
	files   *keyBackend
	app     *app
	session *session
	noted
}

var _ flows.Tokens = (*tokenBackend)(nil)

// tokenFlows returns what the flows that change tokens need; nil where the session shows an
// archive, or another time than now.
func (a *app) tokenFlows(s *session) flows.Tokens {
	if s.Settings.Archive != "" || !s.Settings.At.IsZero() {
		return nil
	}
	return a.tokenBackend(s)
}

func (a *app) tokenBackend(s *session) *tokenBackend {
	return &tokenBackend{Service: s.TokenChanges(), files: a.keyFiles(s), app: a, session: s, noted: noted{by: a}}
}

// Facts lists the tokens that are plugged in.
func (d *tokenBackend) Facts(ctx context.Context) (flow.Facts, error) {
	ctx = port.OneReading(ctx)
	found, err := d.Plugged(ctx)
	if err != nil {
		return flow.Facts{}, err
	}
	program := d.app.program(d.session)
	program.None = d.session.Demo != nil // the practice token is in memory
	keys, err := d.Keys.Keys(ctx)
	return flow.Facts{Dialect: d.session.DialectOf(""), Tokens: found, Keys: keys, Lists: d.files.lists(ctx), Practice: d.session.Practice(), Program: program, Now: d.app.now()}, err
}

// Variable knows no PIN: a wrong one costs a try.
func (*tokenBackend) Variable(port.SecretAsk) (value []byte, name string) { return nil, "" }

// ChangePIN replaces a PIN, and remembers the answer about it.
func (d *tokenBackend) ChangePIN(ctx context.Context, serial string, run tokens.Run) (*model.Token, error) {
	changed, err := d.Service.ChangePIN(ctx, serial, run)
	if changed != nil {
		d.note(report.NewTokenPIN(changed))
	}
	return changed, err
}

// MakeKey has a token make a key, and remembers the answer about it.
func (d *tokenBackend) MakeKey(ctx context.Context, k tokens.NewKey, run tokens.Run) (*tokens.Changed, error) {
	if k.Public != "" {
		k.Public = d.files.expand(k.Public)
	}
	return d.noteChange("token-generate", k.Serial)(d.Service.MakeKey(ctx, k, run))
}

// ImportKey puts a key on a token, and remembers the answer about it.
func (d *tokenBackend) ImportKey(ctx context.Context, k tokens.ImportKey, run tokens.Run) (*tokens.Changed, error) {
	return d.noteChange("token-import", k.Serial)(d.Service.ImportKey(ctx, k, run))
}

// WriteCertificate writes a certificate, and remembers the answer about it.
func (d *tokenBackend) WriteCertificate(ctx context.Context, p tokens.Place, run tokens.Run) (*tokens.Changed, error) {
	return d.noteChange("token-certificate", p.Serial)(d.Service.WriteCertificate(ctx, p, run))
}

// noteChange remembers the answer about a slot that was changed.
func (d *tokenBackend) noteChange(kind, serial string) func(*tokens.Changed, error) (*tokens.Changed, error) {
	return func(c *tokens.Changed, err error) (*tokens.Changed, error) {
		if c != nil {
			d.note(report.NewTokenChange(kind, serial, c))
		}
		return c, err
	}
}

// CheckNew says why no file can be written to a path.
func (d *tokenBackend) CheckNew(typed string) error {
	return d.Files.CheckNew(d.files.expand(typed))
}

// ReadSource reads a key file or a backup.
func (d *tokenBackend) ReadSource(ctx context.Context, typed, identity string, secrets port.Interaction) (*tokens.Source, error) {
	b := d.session.Backups(d.app.now, build().Version)
	path, err := filepath.Abs(d.files.expand(typed))
	if err != nil {
		return nil, err
	}
	form, err := b.Archives.Form(path)
	if err != nil { // then it is a key file, or neither
		file, err := d.files.readKeys(typed)
		if err != nil {
			return nil, err
		}
		return d.File(file.Path, file.Content, file.Exposed)
	}
	key := backup.Decryption{Passphrase: func(wrong error) ([]byte, error) {
		return secrets.Ask(ctx, port.SecretAsk{Archive: typed, Step: 1, Of: 1, Wrong: wrong})
	}}
	switch {
	case identity != "":
		key.Identities = []string{d.files.expand(identity)}
	case form == backup.WithRecipients:
		return &tokens.Source{Path: typed, Sealed: true}, nil
	}
	content, err := b.Archives.Read(ctx, path, key)
	if err != nil {
		return nil, err
	}
	return ofBackup(typed, content, b.Folder), nil
}

// ofBackup are the keys in a backup that was read.
func ofBackup(path string, content backup.Content, folder port.TrustFiles) *tokens.Source {
	var keys []tokens.SourceKey
	for _, k := range content.Keys {
		file, ok := content.File(k.Path)
		if !ok {
			continue // the manifest was compared with the files
		}
		keys = append(keys, tokens.SourceKey{
			Key: model.PrivateKey{ID: k.ID, Label: k.Label, GUN: k.GUN, Encrypted: k.Encrypted, Place: model.PlaceFile, Path: path},
			Is:  func(spki []byte) bool { return spki != nil && folder.StoredAs(file.Path, spki) == k.ID },
			Open: func(_ context.Context, passphrase []byte) (port.Signer, error) {
				return folder.OpenFile(file, passphrase)
			},
		})
	}
	return tokens.NewSource(path, keys, content.Wipe)
}
