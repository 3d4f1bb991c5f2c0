package backup

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/dialect"
	"trustdeck/model/port"
)

// Service makes, checks and restores backups of a trust folder. It needs no server.
// Its fields are set once, before use.
type Service struct {
	// Dialect is that of the repositories whose keys are backed up.
	Dialect dialect.Writable
	// Others are those of further repositories, asked about keys that Dialect does not know.
	Others admin.Provers
	Folder port.TrustFiles
	// Store has the keys of the folder.
	Store    port.KeyStore
	Archives Archives
	// Record remembers what was done; nil remembers nothing.
	Record port.BackupRecord
	Clock  port.Clock
	// Version of trustdeck, for the manifest.
	Version string
	// Pins of the settings, which are backed up too.
	Pins dialect.Pins
}

// Selection says what is backed up or restored. Without anything it is all there
// is; each list that is not empty narrows it.
type Selection struct {
	// Repositories narrow to the keys that name one of them and to its metadata.
	Repositories []model.GUN
	// Roles narrow to keys with one of these labels.
	Roles []string
	// Keys narrow to keys whose ID begins with one of these.
	Keys []string
}

// all reports whether nothing is narrowed.
func (s Selection) all() bool {
	return len(s.Repositories) == 0 && len(s.Roles) == 0 && len(s.Keys) == 0
}

// key reports whether a key is wanted. listed are the repositories whose metadata
// lists the key.
func (s Selection) key(id model.KeyID, label string, gun model.GUN, listed []model.GUN) bool {
	if len(s.Repositories) > 0 && !slices.Contains(s.Repositories, gun) &&
		!slices.ContainsFunc(listed, func(g model.GUN) bool { return slices.Contains(s.Repositories, g) }) {
		return false
	}
	if len(s.Roles) > 0 && !slices.Contains(s.Roles, label) {
		return false
	}
	return len(s.Keys) == 0 || namedBy(s.Keys, id)
}

// repository reports whether the metadata of a repository is wanted: not where only
// keys are named.
func (s Selection) repository(gun model.GUN) bool {
	if len(s.Repositories) > 0 {
		return slices.Contains(s.Repositories, gun)
	}
	return s.all()
}

// namedBy reports whether the ID of a key begins with one of these.
func namedBy(prefixes []string, id model.KeyID) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return p != "" && strings.HasPrefix(string(id), p) })
}

// Request says what to back up, where to, and how it is checked.
type Request struct {
	File      string
	Selection Selection
	Lock      Encryption
	// Secrets is asked for the passphrase of each key that none before has opened. An
	// empty answer skips the key.
	Secrets port.Interaction
	// Skip are beginnings of the IDs of keys that are not tried.
	Skip []string
	// Watch is told of the steps, which are those of Steps, and Stop asked before
	// each; both may be nil.
	Watch admin.Watch
	Stop  func() bool
}

// Create backs up. Each key is opened before anything is written, so that the manifest
// can say what it is, and once more as it was read back from the disk. The error says
// that there is no archive; where some keys could not be tried, the report says so.
func (b *Service) Create(ctx context.Context, r Request) (*Report, error) {
	m := making{Service: b, Request: r, trial: trial{provers: append(admin.Provers{b.Dialect}, b.Others...), folder: b.Folder, secrets: r.Secrets, skip: r.Skip}}
	defer m.wipe()
	s := admin.Runner{Steps: Steps(r.File), Watch: r.Watch, Stop: r.Stop}
	if err := s.Run(ctx, m.gather, m.try, m.write, m.again); err != nil {
		return nil, err
	}
	report := newBackupReport(r.File, &m.read, m.tried)
	report.Left = m.left
	b.record(ctx, report)
	return report, nil
}

// Steps lists what making a backup does, in order.
func Steps(file string) []admin.Step {
	return admin.NewSteps("read the private keys and the trust data", "unlock each key, and make a test signature", "write "+file, "read it back from disk, and make a test signature with each key")
}

// making is a backup on its way, step by step.
type making struct {
	*Service
	Request
	trial  trial
	backup *Content
	left   []*model.Fault
	tried  []TriedKey
	reread func(context.Context) (Content, error)
	read   Content
}

func (m *making) wipe() {
	m.trial.wipe()
	m.read.Wipe()
	if m.backup != nil {
		m.backup.Wipe()
	}
}

func (m *making) gather(ctx context.Context) (err error) {
	if err := m.Archives.Ready(m.File, m.Lock); err != nil {
		return err
	}
	if m.backup, m.left, err = m.Service.gather(ctx, m.Selection); err != nil {
		return err
	}
	return m.refuseOpenKeys(m.backup, m.Lock.Form())
}

func (m *making) try(ctx context.Context) error {
	tried, err := m.trial.all(ctx, m.backup)
	for i := range tried {
		if tried[i].Fingerprint != "" {
			m.backup.Keys[i].Fingerprint = tried[i].Fingerprint
		}
	}
	return err
}

func (m *making) write(ctx context.Context) (err error) {
	m.reread, err = m.Archives.Write(ctx, m.File, *m.backup, m.Lock)
	return err
}

func (m *making) again(ctx context.Context) (err error) {
	if m.read, err = m.reread(ctx); err == nil {
		m.trial.asked = true
		m.tried, err = m.trial.all(ctx, &m.read)
	}
	if err != nil {
		return notReadBack(m.File, err)
	}
	return nil
}

// Outline says what a backup would hold. Nothing has been written, and no key
// opened.
type Outline struct {
	// Keys and Repositories as in Content.
	Keys         []Key
	Repositories []model.GUN
	// Files is how many files it would hold, Bytes their size before compression, and
	// Pins how many pins.
	Files, Pins int
	Bytes       int64
	// Left are files that cannot be read and would be left out.
	Left []*model.Fault
}

// Outline says what Create would back up, or why it would refuse to.
func (b *Service) Outline(ctx context.Context, want Selection, form Form) (*Outline, error) {
	backup, left, err := b.gather(ctx, want)
	if err != nil {
		return nil, err
	}
	defer backup.Wipe()
	if err := b.refuseOpenKeys(backup, form); err != nil {
		return nil, err
	}
	out := &Outline{Keys: backup.Keys, Repositories: backup.Repositories, Files: len(backup.Files), Pins: len(b.Pins.Certs) + len(b.Pins.CAs), Left: left}
	for _, file := range backup.Files {
		out.Bytes += int64(len(file.Bytes))
	}
	return out, nil
}

// notReadBack says that an archive was written, and not checked.
func notReadBack(file string, err error) error {
	return &model.Fault{
		Kind: model.KindOf(err), Subject: file, Text: "was written, but could not be checked: " + err.Error(), Err: err,
		Hint: "Don't rely on it. Delete it, check the disk, and make another backup.",
	}
}

func newBackupReport(file string, b *Content, tried []TriedKey) *Report {
	return &Report{
		File: file, Form: b.Form, Created: b.Created, Version: b.Version, Keys: tried,
		Repositories: b.Repositories, Files: len(b.Files), Pins: len(b.Pins.Certs) + len(b.Pins.CAs),
	}
}

// gather reads everything that is selected. left are files that cannot be read.
func (b *Service) gather(ctx context.Context, want Selection) (out *Content, left []*model.Fault, err error) {
	keys, err := b.Store.Keys(ctx)
	if err != nil {
		return nil, nil, err
	}
	out = &Content{Created: b.Clock().UTC(), Version: b.Version, Pins: b.Pins}
	defer func() {
		if err != nil {
			out.Wipe()
		}
	}()
	known, metadata, left, err := b.readRepositories(ctx)
	if err != nil {
		return out, nil, err
	}
	for _, repository := range metadata {
		if want.repository(repository.gun) {
			out.Repositories = append(out.Repositories, repository.gun)
			out.Files = append(out.Files, repository.files...)
		}
	}
	for _, key := range keys {
		if key.ID == "" {
			if want.all() && key.Fault != nil {
				left = append(left, key.Fault)
			}
			continue
		}
		facts := known[key.ID]
		if !want.key(key.ID, key.Label, key.GUN, facts.repositories) {
			continue
		}
		file, err := b.Folder.KeyFile(ctx, key)
		if err != nil {
			if model.KindOf(err) == model.FaultCanceled {
				return out, nil, err
			}
			left = append(left, model.FaultOf(err, ""))
			continue
		}
		out.Files = append(out.Files, file)
		out.Keys = append(out.Keys, Key{
			ID: key.ID, Label: key.Label, GUN: key.GUN, Fingerprint: facts.fingerprint, Encrypted: key.Encrypted, Path: file.Path,
		})
	}
	slices.SortFunc(out.Files, func(a, b port.TrustFile) int { return strings.Compare(a.Path, b.Path) })
	return out, left, b.nothingSelected(out, want)
}

// nothingSelected refuses a backup without keys: a word was mistyped, or the folder is
// another one.
func (b *Service) nothingSelected(out *Content, want Selection) error {
	for _, gun := range want.Repositories {
		inKeys := slices.ContainsFunc(out.Keys, func(k Key) bool { return k.GUN == gun })
		if !inKeys && !slices.Contains(out.Repositories, gun) {
			return &model.Fault{Kind: model.FaultUsage, Subject: string(gun), Text: "no key or metadata of it is in " + b.Folder.Dir(), Hint: "List the keys with: trustdeck keys"}
		}
	}
	for _, prefix := range want.Keys {
		if !slices.ContainsFunc(out.Keys, func(k Key) bool { return strings.HasPrefix(string(k.ID), prefix) }) {
			return &model.Fault{Kind: model.FaultUsage, Text: fmt.Sprintf("no selected key has an ID that starts with %q", prefix), Hint: "List the keys with: trustdeck keys"}
		}
	}
	if len(out.Keys) == 0 {
		return &model.Fault{Kind: model.FaultUsage, Subject: b.Folder.Dir(), Text: "no private key to back up", Hint: "Give another folder with --trust-dir, or select other keys. List the keys with: trustdeck keys"}
	}
	return nil
}

// keyFacts is what metadata says of a key.
type keyFacts struct {
	fingerprint  string
	repositories []model.GUN
}

type repositoryFiles struct {
	gun   model.GUN
	files []port.TrustFile
}

// readRepositories reads the metadata of all repositories, and what it says of keys.
func (b *Service) readRepositories(ctx context.Context) (known map[model.KeyID]keyFacts, all []repositoryFiles, left []*model.Fault, err error) {
	listed, err := b.Folder.Repositories(ctx)
	if err != nil {
		return nil, nil, nil, err
	}
	known = map[model.KeyID]keyFacts{}
	for _, l := range listed {
		files, err := b.Folder.RepositoryFiles(ctx, l.GUN)
		if err != nil {
			return nil, nil, nil, err
		}
		readable := files[:0]
		for _, file := range files {
			if file.Fault != nil {
				left = append(left, file.Fault)
				continue
			}
			b.learnKeys(known, l.GUN, file)
			readable = append(readable, file)
		}
		all = append(all, repositoryFiles{l.GUN, readable})
	}
	return known, all, left, nil
}

// learnKeys takes from a metadata file which keys it lists. Nothing about it is
// verified: a fingerprint is that of the very key whose ID it goes with.
func (b *Service) learnKeys(known map[model.KeyID]keyFacts, gun model.GUN, file port.TrustFile) {
	role := model.RoleTargets
	if strings.HasSuffix(file.Path, "/root.json") {
		role = model.RoleRoot
	}
	parsed, err := b.Dialect.Parse(role, file.Bytes)
	if err != nil {
		return
	}
	for _, key := range parsed.Keys {
		id := b.Dialect.CanonicalID(key)
		facts := known[id]
		facts.fingerprint = b.Dialect.Fingerprint(key)
		if !slices.Contains(facts.repositories, gun) {
			facts.repositories = append(facts.repositories, gun)
		}
		known[id] = facts
	}
}

// name is the key for people.
func (k Key) name() string {
	name := strings.TrimSpace(fmt.Sprintf("%s key %s", k.Label, k.ID.Short()))
	if k.GUN != "" {
		name += " of " + string(k.GUN)
	}
	return name
}

// refuseOpenKeys keeps keys without a passphrase out of archives that are not
// encrypted.
func (b *Service) refuseOpenKeys(made *Content, form Form) error {
	if form != Unencrypted {
		return nil
	}
	var open []string
	for _, key := range made.Keys {
		if !key.Encrypted {
			open = append(open, key.name())
		}
	}
	if len(open) == 0 {
		return nil
	}
	return &model.Fault{
		Kind: model.FaultUsage, Subject: strings.Join(open, ", "),
		Text: "the key has no passphrase and the archive would not be encrypted, so anyone with the file could sign",
		Hint: "Encrypt the archive with --encrypt or --recipient, give the key a passphrase first" +
			" (trustdeck key passphrase), or select other keys with --key.",
	}
}
