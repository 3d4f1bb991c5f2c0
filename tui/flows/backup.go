package flows

import (
	"context"
	"fmt"
	"strings"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/admin/backup"
	"trustdeck/model/dialect"
	"trustdeck/model/display"
	"trustdeck/model/port"
	"trustdeck/tui/flow"
	"trustdeck/tui/text"
)

// The answers of the flows about backups.
const (
	backupWhat       = "what"
	backupKeys       = "keys"
	backupEncryption = "encryption"
	backupRecipients = "recipients"
	backupFile       = "file"
	// SelectedKeys and SelectedRepositories answer no question: they are what is
	// marked when keys or repositories are chosen.
	SelectedKeys         = "selected-keys"
	SelectedRepositories = "selected-repositories"
)

// The answers of choices.
const (
	everything = "all"
	someRepos  = "repositories"
	someKeys   = "keys"
)

// Backups is what flows are given to look after private keys: the use cases, of which
// *backup.Service has most, and what is known of this machine. It needs no server, and is
// there where nothing can be published. Its methods take their time and are called in
// the background only. Errors are for people.
type Backups interface {
	flow.Source
	// Path makes of what was typed the path of a file from the root on.
	Path(typed string) (string, error)
	// Ready says why no backup can be written to a path, Form how one is encrypted.
	Ready(path string, lock backup.Encryption) error
	Form(path string) (backup.Form, error)
	// The others are those of backup.Service.
	Outline(ctx context.Context, want backup.Selection, form backup.Form) (*backup.Outline, error)
	Create(ctx context.Context, r backup.Request) (*backup.Report, error)
	Check(ctx context.Context, c backup.Check) (*backup.Report, error)
	Compare(ctx context.Context, r backup.RestoreRequest) (*backup.Restoration, error)
	Restore(ctx context.Context, r *backup.Restoration) ([]port.RestoredFile, error)
	Protect(ctx context.Context, ids []model.KeyID) ([]model.PrivateKey, error)
}

// BackupsHere is what is known of backups before the first question.
type BackupsHere struct {
	// Seen are the files that were seen here, the newest first, and Folder the trust
	// folder.
	Seen   []string
	Folder string
}

// archive is the file of the backup that a flow is about.
type archive struct {
	// path from the root on, and how it is encrypted where it is there.
	path string
	form backup.Form
}

// BackupCreate makes a backup of private keys and trust data.
func BackupCreate(b Backups) *flow.Flow {
	return &flow.Flow{
		ID: "backup-create", Title: "Back up", Verb: "Back up", Source: b,
		Command: &flow.Command{
			Words: []string{"backup", "create"}, Arguments: []string{backupFile}, Imply: impliedBackup,
			Switches: []flow.Switch{{ID: backupEncryption, Value: string(backup.WithPassphrase), Flag: "encrypt"}},
		},
		Steps: []flow.Step{
			whatStep(), backedUpRepositories(), backedUpKeys(), encryptionStep(), recipientsStep(),
			{
				ID: backupFile, Path: true, Label: "File", Question: "Which file do you want to write?", Example: "/media/usb/trust-2026-11.tar", Kind: flow.Text,
				Help: "A new file that only you can read. Best on a medium kept elsewhere, so that losing this machine doesn't mean losing the backup. " +
					"It can't be in the trust folder, and never replaces an existing file.",
				Default: backupName,
				Inquire: func(_ flow.Facts, a flow.Answers) flow.Inquiry {
					return func(context.Context, port.Interaction) (func(*flow.Facts), error) {
						path, err := b.Path(a.First(backupFile))
						if err == nil {
							err = b.Ready(path, backup.Encryption{Recipients: a.Values[backupRecipients]})
						}
						return func(f *flow.Facts) { flow.Learn(f, archive{path: path}) }, err
					}
				},
			},
		},
		Survey: func(_ flow.Facts, a flow.Answers) (flow.Inquiry, error) {
			return func(ctx context.Context, _ port.Interaction) (func(*flow.Facts), error) {
				out, err := b.Outline(ctx, backupSelection(a), backup.Form(a.First(backupEncryption)))
				return func(f *flow.Facts) { flow.Learn(f, out) }, err
			}, nil
		},
		Outcome: func(f flow.Facts, a flow.Answers) flow.Outcome {
			return &creation{
				words:   f.Dialect.Words(),
				backups: b, outline: flow.Known[*backup.Outline](f), form: backup.Form(a.First(backupEncryption)),
				request: backup.Request{File: flow.Known[archive](f).path, Selection: backupSelection(a), Lock: backup.Encryption{Recipients: a.Values[backupRecipients]}},
			}
		},
	}
}

// impliedBackup is what the flags for what is backed up, and for whom, say of the questions
// before them.
func impliedBackup(a flow.Answers) {
	switch {
	case len(a.Values[repositories]) > 0:
		a.Values[backupWhat] = []string{someRepos}
	case len(a.Values[backupKeys]) > 0:
		a.Values[backupWhat] = []string{someKeys}
	}
	if len(a.Values[backupRecipients]) > 0 {
		a.Values[backupEncryption] = []string{string(backup.WithRecipients)}
	}
}

func whatStep() flow.Step {
	return flow.Step{
		ID: backupWhat, Label: "Scope", Question: "What do you want to back up?", Kind: flow.Choice,
		Help: "No one can recreate a lost key. Without its root key, a repository can never again change who may sign.",
		Options: func(flow.Facts, flow.Answers) []flow.Option {
			return []flow.Option{
				{Value: everything, Label: "Everything", Help: "All private keys in the trust folder, the trust data of its repositories, and the pins in the settings."},
				{Value: someRepos, Label: "What some repositories need", Help: "Their trust data, and the keys that belong to them or that it lists, including root keys."},
				{Value: someKeys, Label: "Some keys", Help: "Only these keys, without trust data."},
			}
		},
		Default: func(flow.Facts, flow.Answers) []string { return []string{everything} },
	}
}

func backedUpRepositories() flow.Step {
	return flow.Step{
		ID: repositories, Flag: "repository", Implies: true, Names: true, Label: "Repository", Question: "Which repositories?", Example: "registry.example.org/team/app", Kind: flow.List,
		Help:    "The full name, with the registry and without a tag: registry.example.org/team/app.",
		When:    func(_ flow.Facts, a flow.Answers) bool { return a.First(backupWhat) == someRepos },
		Suggest: func(f flow.Facts, _ flow.Answers) []string { return f.Names },
		Default: func(_ flow.Facts, a flow.Answers) []string { return a.Values[SelectedRepositories] },
		Check:   func(_ flow.Facts, a flow.Answers) error { return names(a.Values[repositories]) },
	}
}

func backedUpKeys() flow.Step {
	return flow.Step{
		ID: backupKeys, Flag: "key", Implies: true, Label: "Keys", Question: "Which keys?", Kind: flow.Several,
		Help: "The private keys in the trust folder.",
		When: func(_ flow.Facts, a flow.Answers) bool { return a.First(backupWhat) == someKeys },
		Options: func(f flow.Facts, _ flow.Answers) []flow.Option {
			var out []flow.Option
			for _, k := range f.Keys {
				if k.ID != "" && k.Usable() {
					out = append(out, optionOf(f, k))
				}
			}
			return out
		},
		Default: func(_ flow.Facts, a flow.Answers) []string { return a.Values[SelectedKeys] },
	}
}

func encryptionStep() flow.Step {
	return flow.Step{
		ID: backupEncryption, Label: "Encryption", Question: "Do you want to encrypt the whole file?", Kind: flow.Choice,
		Help: "Each key in it keeps its own passphrase in any case.",
		Options: func(flow.Facts, flow.Answers) []flow.Option {
			return []flow.Option{
				{Value: string(backup.Unencrypted), Label: "No", Help: "Anyone who finds it can guess the keys' passphrases, and see whose keys they are. tar unpacks it."},
				{Value: string(backup.WithPassphrase), Label: "With its own passphrase", Help: "Encrypts with age. To use the backup, you also need this passphrase; if it is lost, so is the backup."},
				{Value: string(backup.WithRecipients), Label: "For recipients", Help: "Encrypts with age, for the holders of the secret keys. You need no passphrase."},
			}
		},
		Default: func(flow.Facts, flow.Answers) []string { return []string{string(backup.Unencrypted)} },
	}
}

func recipientsStep() flow.Step {
	return flow.Step{
		ID: backupRecipients, Flag: "recipient", Implies: true, Label: "Recipients", Question: "Who can open it?", Example: "age1.. (as age-keygen prints it)", Kind: flow.List,
		Help: "age public keys, as age-keygen prints them: age1… The holder of any one of them can open the file.",
		When: func(_ flow.Facts, a flow.Answers) bool {
			return a.First(backupEncryption) == string(backup.WithRecipients)
		},
		Check: func(_ flow.Facts, a flow.Answers) error {
			for i, key := range a.Values[backupRecipients] {
				if !strings.HasPrefix(key, "age1") {
					// What it is instead may be a secret, and is not repeated.
					return fmt.Errorf("line %d is not an age public key, which starts with age1", i+1)
				}
			}
			return nil
		},
	}
}

// backupName suggests a file in the home folder, with the date.
func backupName(f flow.Facts, a flow.Answers) []string {
	name := "~/trust-" + f.Now.UTC().Format("2006-01-02") + ".tar.gz"
	if a.First(backupEncryption) != string(backup.Unencrypted) {
		name += ".age"
	}
	return []string{name}
}

func backupSelection(a flow.Answers) backup.Selection {
	var out backup.Selection
	switch a.First(backupWhat) {
	case someRepos:
		out.Repositories = model.Retype[model.GUN](a.Values[repositories])
	case someKeys:
		out.Keys = a.Values[backupKeys]
	}
	return out
}

// keyName is a key for people.
func keyName(id model.KeyID, label string, gun model.GUN) string {
	name := strings.TrimSpace(label + " key " + id.Short())
	if gun != "" {
		name += " of " + string(gun)
	}
	return name
}

// creation makes a backup.
type creation struct {
	words   dialect.Words
	backups Backups
	outline *backup.Outline
	form    backup.Form
	request backup.Request
}

var _ flow.Outcome = (*creation)(nil)

// Ready reports that it can be done: what could not was refused before.
func (*creation) Ready() (ok bool, why string) { return true, "" }

// Steps lists what will be done.
func (c *creation) Steps() []admin.Step { return backup.Steps(c.request.File) }

// Review says what will be in the file, and what protects it.
func (c *creation) Review() flow.Review {
	o := c.outline
	out := flow.Review{
		Verdict: "Ready: trustdeck writes a new file that only you can read.",
		Table: flow.Table{
			Columns: []flow.Column{{Title: "FILE"}, {Title: "KEYS", Word: "keys"}, {Title: "REPOSITORIES", Word: "repositories"}, {Title: "PINS", Word: "pins"}, {Title: "SIZE", Word: "size"}},
			Rows: []flow.Row{{Cells: []string{
				c.request.File, text.Number(len(o.Keys)), text.Number(len(o.Repositories)), text.Number(o.Pins), text.Bytes(o.Bytes),
			}}},
		},
	}
	for _, fault := range o.Left {
		out.Facts = append(out.Facts, flow.Fact{Label: flow.Warning, Text: "left out, because it cannot be read: " + text.Sentence(fault.Error())})
	}
	var keys []string
	for _, k := range o.Keys {
		keys = append(keys, keyName(k.ID, k.Label, k.GUN))
	}
	if len(keys) > 0 {
		out.Facts = append(out.Facts, flow.Fact{Label: "Keys", Text: few(keys) + "."})
	}
	encryption, recipients := c.encryption()
	out.Facts = append(out.Facts, encryption, flow.Fact{Label: "Passphrases", Text: "trustdeck unlocks each key to test it. It asks once for keys that share a passphrase. If you skip a key, its copy stays untested."})
	in := flow.Section{Head: "CONTENTS", Lines: []string{text.Sentence(text.Count(o.Files, "file") + ", " + text.Bytes(o.Bytes) + " before compression")}}
	for _, name := range keys {
		in.Lines = append(in.Lines, "+ "+name)
	}
	for _, gun := range o.Repositories {
		in.Lines = append(in.Lines, "+ trust data of "+string(gun))
	}
	out.Details = append(recipients, in, inOrder(c.Steps()))
	return out
}

// encryption says what protects the file, and in the details who can open it.
func (c *creation) encryption() (fact flow.Fact, details []flow.Section) {
	fact.Label = "Encryption"
	switch c.form {
	case backup.WithPassphrase:
		fact.Text = "the whole file, with a passphrase that you choose next. If it is lost, so is the backup."
	case backup.WithRecipients:
		fact.Text = "the whole file, for " + text.Count(len(c.request.Lock.Recipients), "recipient") + "."
		details = []flow.Section{{Head: "RECIPIENTS", Lines: c.request.Lock.Recipients}}
	default:
		fact.Text = "the whole file is not encrypted: each key is as safe as its own passphrase, and names are readable."
	}
	return fact, details
}

// Do asks for the passphrase of the file where it gets one, and makes the backup.
func (c *creation) Do(ctx context.Context, run flow.Run) (*flow.Report, error) {
	r := c.request
	if c.form == backup.WithPassphrase {
		passphrase, err := admin.ChoosePassphrase(ctx, run.Secrets, port.SecretAsk{Archive: r.File, New: true, Step: 1, Of: 1}, c.words)
		if err != nil {
			return nil, err
		}
		defer clear(passphrase)
		r.Lock.Passphrase = passphrase
	}
	written := false
	r.Secrets, r.Stop = run.Secrets, run.Stop
	r.Watch = func(steps []admin.Step) {
		written = steps[2].State == admin.StepDone
		run.Watch(steps)
	}
	made, err := c.backups.Create(ctx, r)
	switch {
	case err != nil && written:
		return &flow.Report{Usable: "The file was written, but is untested.", NotDone: []string{"trustdeck did not finish reading it back."}, Next: hints(err)}, err
	case err != nil:
		return nil, err
	}
	out := backupReport(made, "The backup is in "+made.File)
	if err := unusable(made); err != nil {
		out.Next = hints(err)
		return out, err
	}
	out.Next = append(out.Next, "Take "+made.File+" to where you keep it, away from this machine.",
		"Test it there from time to time, with the passphrases known there: trustdeck backup check "+display.ShellFile(made.File))
	return out, nil
}

// hints is the way out, where there is one.
func hints(err error) []string {
	if hint := model.HintOf(err); hint != "" {
		return []string{text.Sentence(hint)}
	}
	return nil
}

// backupReport says what a backup holds and what of it can be used.
func backupReport(r *backup.Report, head string) *flow.Report {
	usable, all := r.Count(backup.KeyUsable), len(r.Keys)
	out := &flow.Report{Usable: fmt.Sprintf("%d of %s in the backup are usable: each made a test signature that verified.", usable, text.Count(all, "key"))}
	if n := r.Count(backup.KeySkipped); n > 0 {
		out.Usable += " " + text.Sentence(text.Count(n, "key")+" skipped: the copy is untested")
	}
	out.Done = append(out.Done, text.Sentence(head+", "+encrypted(r.Form)),
		text.Sentence("It contains "+contents(all, len(r.Repositories), r.Pins)))
	skipped, broken := flow.Section{Head: "SKIPPED AND UNTESTED"}, flow.Section{Head: "NOT USABLE"}
	for i := range r.Keys {
		k := &r.Keys[i]
		name := keyName(k.ID, k.Label, k.GUN)
		switch {
		case k.Trial == backup.KeyUsable:
			out.Done = append(out.Done, "Usable: "+name)
		case k.Trial == backup.KeySkipped:
			skipped.Lines = append(skipped.Lines, name)
		case k.Fault != nil:
			broken.Lines = append(broken.Lines, text.Sentence(name+": "+k.Fault.Error()))
		default:
			broken.Lines = append(broken.Lines, name)
		}
	}
	for _, section := range []flow.Section{broken, skipped} {
		if len(section.Lines) > 0 {
			out.More = append(out.More, section)
		}
	}
	for _, fault := range r.Left {
		out.NotDone = append(out.NotDone, text.Sentence("Could not be read: "+fault.Error()))
	}
	if r.RecordFault != nil {
		out.NotDone = append(out.NotDone, text.Sentence("The record of this backup could not be written: "+r.RecordFault.Error()))
	}
	return out
}

// contents says what a backup holds.
func contents(keys, repositories, pins int) string {
	words := []string{text.Count(keys, "private key")}
	if repositories > 0 {
		words = append(words, "trust data of "+text.Count(repositories, "repository"))
	}
	if pins > 0 {
		words = append(words, text.Count(pins, "pin"))
	}
	return strings.Join(words, ", ")
}

func encrypted(form backup.Form) string {
	switch form {
	case backup.WithPassphrase:
		return "encrypted with its passphrase"
	case backup.WithRecipients:
		return "encrypted for its recipients"
	default:
		return "not encrypted as a whole"
	}
}

// unusable is the error of a backup with keys that were tried in vain, or files that
// are missing from it.
func unusable(r *backup.Report) error {
	switch failed := r.Failed(); {
	case failed > 0:
		return &model.Fault{Kind: model.FaultBadData, Text: text.Count(failed, "key") + " of the backup cannot be used", Hint: "Check the keys here, and make another backup."}
	case len(r.Left) > 0:
		return &model.Fault{Kind: model.FaultLocal, Text: text.Count(len(r.Left), "file") + " could not be read", Hint: "See the problem of each below."}
	default:
		return nil
	}
}
