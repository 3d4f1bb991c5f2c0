package flows

import (
	"context"

	"trustdeck/model/admin"
	"trustdeck/model/admin/backup"
	"trustdeck/model/port"
	"trustdeck/tui/flow"
	"trustdeck/tui/text"
)

const backupIdentity = "identity"

// BackupCheck tries a backup as if it were needed now.
func BackupCheck(b Backups) *flow.Flow {
	return &flow.Flow{
		ID: "backup-check", Title: "Check a backup", Verb: "Check", AtOnce: true, Source: b,
		Command: command("backup check", backupFile),
		Steps: []flow.Step{
			archiveStep("Which backup do you want to check?", "You can safely check a file from anywhere: trustdeck reads it but never unpacks it. It records only when it checked each key.",
				func(_ flow.Facts, a flow.Answers) flow.Inquiry {
					return func(context.Context, port.Interaction) (func(*flow.Facts), error) {
						file, err := located(b, a)
						return func(f *flow.Facts) { flow.Learn(f, file) }, err
					}
				}),
			identityStep(nil),
		},
		Outcome: func(f flow.Facts, a flow.Answers) flow.Outcome {
			return &drill{b, flow.Known[archive](f).path, a.Values[backupIdentity]}
		},
	}
}

// archiveStep asks for the file of a backup.
func archiveStep(question, help string, inquire func(flow.Facts, flow.Answers) flow.Inquiry) flow.Step {
	return flow.Step{
		ID: backupFile, Path: true, Label: "File", Question: question, Example: "/media/usb/trust-2026-11.tar", Kind: flow.Text, Help: help, Inquire: inquire,
		Suggest: func(f flow.Facts, _ flow.Answers) []string { return flow.Known[BackupsHere](f).Seen },
		Default: func(f flow.Facts, _ flow.Answers) []string {
			seen := flow.Known[BackupsHere](f).Seen
			return seen[:min(len(seen), 1)]
		},
	}
}

// located is the file that was answered, and how it is encrypted.
func located(b Backups, a flow.Answers) (file archive, err error) {
	if file.path, err = b.Path(a.First(backupFile)); err == nil {
		file.form, err = b.Form(file.path)
	}
	return file, err
}

// identityStep asks for the secret key of a backup that is encrypted for recipients.
func identityStep(inquire func(flow.Facts, flow.Answers) flow.Inquiry) flow.Step {
	return flow.Step{
		ID: backupIdentity, Flag: "identity", Path: true, Label: "Secret key", Question: "Which file has the secret key that opens it?", Example: "/media/usb/age.key", Kind: flow.Text, Inquire: inquire,
		Help: "The backup is encrypted for recipients. Give the file that age-keygen wrote; trustdeck only reads it.",
		When: func(f flow.Facts, _ flow.Answers) bool { return flow.Known[archive](f).form == backup.WithRecipients },
	}
}

// opens is what opens a backup: files of secret keys, or a passphrase that is asked for.
func opens(ctx context.Context, b Backups, secrets port.Interaction, file string, identities []string) (backup.Decryption, error) {
	key := backup.Decryption{Passphrase: func(wrong error) ([]byte, error) {
		return secrets.Ask(ctx, port.SecretAsk{Archive: file, Step: 1, Of: 1, Wrong: wrong})
	}}
	for _, typed := range identities {
		path, err := b.Path(typed)
		if err != nil {
			return key, err
		}
		key.Identities = append(key.Identities, path)
	}
	return key, nil
}

// drill checks a backup.
type drill struct {
	backups    Backups
	file       string
	identities []string
}

var _ flow.Outcome = (*drill)(nil)

// Review says nothing: nothing is changed.
func (*drill) Review() flow.Review { return flow.Review{} }

// Ready reports that it can be done.
func (*drill) Ready() (ok bool, why string) { return true, "" }

// Steps lists what will be done.
func (d *drill) Steps() []admin.Step { return backup.CheckSteps(d.file) }

// Do checks the backup.
func (d *drill) Do(ctx context.Context, run flow.Run) (*flow.Report, error) {
	key, err := opens(ctx, d.backups, run.Secrets, d.file, d.identities)
	if err != nil {
		return nil, err
	}
	r, err := d.backups.Check(ctx, backup.Check{File: d.file, Key: key, Secrets: run.Secrets, Watch: run.Watch, Stop: run.Stop})
	if err != nil {
		return &flow.Report{Usable: "The backup is still untested. Nothing was written.", Next: hints(err)}, err
	}
	out := backupReport(r, "The backup "+r.File+" is complete")
	if since := since(r); len(since) > 0 {
		out.More = append(out.More, flow.Section{Head: "SINCE THE BACKUP", Lines: since})
		out.Next = append(out.Next, "Make a new backup: this one lacks the changes since then.")
	}
	return out, unusable(r)
}

// since says what is here and not in a backup, or not as it is here.
func since(r *backup.Report) []string {
	var out []string
	for _, k := range r.NewKeys {
		out = append(out, "Not in it: "+keyName(k.ID, k.Label, k.GUN))
	}
	for _, k := range r.Rewritten {
		out = append(out, "In the backup with its earlier passphrase: "+keyName(k.ID, k.Label, k.GUN))
	}
	for _, gun := range r.NewRepositories {
		out = append(out, "Not in it: trust data of "+string(gun))
	}
	if len(out) > 0 {
		out = append([]string{text.Sentence("Made at " + text.UTC(r.Created))}, out...)
	}
	return out
}
