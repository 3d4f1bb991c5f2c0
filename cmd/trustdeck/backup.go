package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"trustdeck/cmd/trustdeck/internal/table"
	"trustdeck/internal/disk"
	"trustdeck/model/admin"
	"trustdeck/model/admin/backup"
	"trustdeck/model/notary/docker"
	"trustdeck/model/port"
	"trustdeck/model/report"
	"trustdeck/tui/text"
)

func newBackup(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "backup",
		Short: "Back up private keys and trust data, check backups, restore them",
		Long: `Keys that are lost cannot be made again by anybody, and a backup that was never
tried is none. A backup is one .tar.gz that plain tar unpacks into a folder that
notary and docker use as it is; it may be encrypted with age besides. Each key in it
stays under its own passphrase.

Neither a server nor a network is needed.`,
		Example: `  trustdeck backup create /media/usb/trust-2026-11-21.tar.gz
  trustdeck backup check /media/usb/trust-2026-11-21.tar.gz
  trustdeck backup restore /media/usb/trust-2026-11-21.tar.gz`,
		Args: arguments("create, check or restore", 0, 0),
		RunE: func(*cobra.Command, []string) error {
			return usageError("trustdeck backup takes create, check or restore", "See trustdeck backup --help.")
		},
	}
	cmd.AddCommand(newBackupCreate(a), newBackupCheck(a), newBackupRestore(a))
	return cmd
}

// backups are the use cases of backups.
func (a *app) backups() (*backup.Service, error) {
	s, err := a.session()
	if err != nil {
		return nil, err
	}
	return s.Backups(a.now, build().Version), nil
}

// selection are the flags that narrow what is backed up or restored.
type selection struct{ repositories, roles, keys []string }

func (s *selection) add(a *app, cmd *cobra.Command, verb string) {
	f := cmd.Flags()
	f.StringArrayVar(&s.repositories, "repository", nil, verb+" only the keys and trust data of `REPO`; may be repeated")
	f.StringArrayVar(&s.roles, "role", nil, verb+" only keys of this `ROLE`: root, targets, snapshot, or a signer's name; may be repeated")
	f.StringArrayVar(&s.keys, "key", nil, verb+" only the key whose `ID` begins so; may be repeated")
	_ = cmd.RegisterFlagCompletionFunc("repository", a.completeRepositories)
	a.addGUN(cmd)
}

// wanted reads the names of repositories as everywhere else.
func (s *selection) wanted(ctx context.Context, a *app) (backup.Selection, error) {
	out := backup.Selection{Roles: s.roles, Keys: s.keys}
	if len(s.repositories) == 0 {
		return out, nil
	}
	opened, err := a.session()
	if err == nil {
		out.Repositories, err = a.repositories(ctx, opened, s.repositories)
	}
	return out, err
}

func newBackupCreate(a *app) *cobra.Command {
	var narrow selection
	var recipients, recipientFiles, skip []string
	var encrypt, yes bool
	cmd := &cobra.Command{
		Use:   "create FILE",
		Short: "Write a backup, read it back, and try every key in it",
		Long: `Writes private keys, the trust data that docker or notary has cached, and the pins
of the settings into FILE, a new .tar.gz that only you can read. A manifest in it
names every key, and the SHA-256 of every file. It never takes the place of a file,
is never in the trust folder, and is whole or not there.

Then it is read back from the disk: each key is decrypted in memory and signs
something, and the signature is verified. Passphrases come from the variables of
docker and notary, or are asked for, once for all keys that share one; an empty
answer skips the key, and so does --skip. Keys that were skipped are in the backup
too, and nobody knows whether they can be used.

With --encrypt the file is encrypted with age under a passphrase of its own, which
comes from TRUSTDECK_BACKUP_PASSPHRASE or is asked for; with --recipient for whoever
holds the secret key. A key that no passphrase protects goes only into such a file.

What notary has staged and not published is left out: to restore it would have the
next publish carry it out.`,
		Example: `  trustdeck backup create /media/usb/trust-2026-11-21.tar.gz
  # encrypted, only what one repository needs
  trustdeck backup create --repository acme/app --encrypt /media/usb/app.tar.gz.age
  # by a script: root keys are kept elsewhere and not tried here
  trustdeck backup create --recipient age1… --skip 8dd36646 --yes /srv/backup/trust.tar.gz.age`,
		Args: arguments("one file to write", 1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			b, err := a.backups()
			if err != nil {
				return err
			}
			want, err := narrow.wanted(cmd.Context(), a)
			if err != nil {
				return err
			}
			path, err := filepath.Abs(args[0])
			if err != nil {
				return err
			}
			if err := b.Archives.Ready(path, backup.Encryption{}); err != nil {
				return err
			}
			ask := a.secrets(yes)
			defer ask.Wipe()
			lock, err := a.backupLock(cmd.Context(), ask, path, encrypt, recipients, recipientFiles)
			defer clear(lock.Passphrase)
			if err != nil {
				return err
			}
			r, err := b.Create(cmd.Context(), backup.Request{File: path, Selection: want, Lock: lock, Secrets: ask, Skip: skip})
			if err != nil {
				return err
			}
			return a.backupAnswer(r, "The backup is in "+path)
		},
	}
	narrow.add(a, cmd, "back up")
	f := cmd.Flags()
	f.BoolVar(&encrypt, "encrypt", false, "encrypt the file with age under a passphrase")
	f.StringArrayVar(&recipients, "recipient", nil, "encrypt the file for the holder of `KEY`, as age1…; may be repeated")
	f.StringArrayVar(&recipientFiles, "recipients-file", nil, "encrypt it for every key in `FILE`, one a line; may be repeated")
	f.BoolVar(&yes, "yes", false, "ask nothing at all")
	addSkip(cmd, &skip)
	a.addOutput(cmd)
	return cmd
}

func addSkip(cmd *cobra.Command, skip *[]string) {
	cmd.Flags().StringArrayVar(skip, "skip", nil, "do not try the key whose `ID` begins so; may be repeated")
}

// backupLock decides how a new archive is encrypted, and asks for its passphrase.
func (a *app) backupLock(ctx context.Context, ask port.Interaction, path string, encrypt bool, recipients, files []string) (backup.Encryption, error) {
	lock := backup.Encryption{Recipients: recipients}
	for _, name := range files {
		more, err := readRecipients(name)
		if err != nil {
			return lock, err
		}
		lock.Recipients = append(lock.Recipients, more...)
	}
	switch {
	case len(files) > 0 && len(lock.Recipients) == 0:
		return lock, usageError("the files of recipients name nobody", "Write one public key of age a line.")
	case encrypt && len(lock.Recipients) > 0:
		return lock, usageError("a file is encrypted either under a passphrase or for recipients", "Leave out --encrypt, or the recipients.")
	case !encrypt:
		return lock, nil
	}
	var err error
	lock.Passphrase, err = admin.ChoosePassphrase(ctx, ask, port.SecretAsk{Archive: path, New: true, Step: 1, Of: 1}, docker.Dialect{}.Words())
	return lock, err
}

// readRecipients reads a list of public keys: one a line, and comments.
func readRecipients(path string) ([]string, error) {
	content, err := disk.Head(path, 1<<20)
	if err != nil {
		return nil, usageError("the recipients in "+path+" cannot be read: "+disk.Reason(err), "Give the path of a file with one public key of age a line.")
	}
	var out []string
	for line := range strings.Lines(string(content)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			out = append(out, line)
		}
	}
	return out, nil
}

func newBackupCheck(a *app) *cobra.Command {
	var identities, skip []string
	var yes bool
	cmd := &cobra.Command{
		Use:   "check FILE",
		Short: "Try a backup as if it were needed now",
		Long: `The drill: reads all of a backup, compares it with its manifest, decrypts each key in
memory, has it sign something, and verifies the signature. Nothing is written but
when each key was checked, which trustdeck keys shows from then on.

Then it says what has been created or rewritten here since, and is not in it.

A file that is damaged, cut off, changed, or was not made by trustdeck is refused,
by name. A file from anywhere can be checked without harm: it is never unpacked.`,
		Example: `  trustdeck backup check /media/usb/trust-2026-11-21.tar.gz
  trustdeck backup check --identity ~/age.key --skip 8dd36646 /srv/backup/trust.tar.gz.age`,
		Args: arguments("one file to check", 1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			b, err := a.backups()
			if err != nil {
				return err
			}
			path, err := filepath.Abs(args[0])
			if err != nil {
				return err
			}
			ask := a.secrets(yes)
			defer ask.Wipe()
			r, err := b.Check(cmd.Context(), backup.Check{
				File: path, Key: backupKey(cmd.Context(), ask, path, identities), Secrets: ask, Skip: skip,
			})
			if err != nil {
				return err
			}
			return a.backupAnswer(r, "The backup "+path+" is whole")
		},
	}
	addIdentity(cmd, &identities)
	cmd.Flags().BoolVar(&yes, "yes", false, "ask nothing at all")
	addSkip(cmd, &skip)
	a.addOutput(cmd)
	return cmd
}

func addIdentity(cmd *cobra.Command, identities *[]string) {
	cmd.Flags().StringArrayVar(identities, "identity", nil, "open a file that is encrypted for recipients with the secret keys in `FILE`; may be repeated")
	_ = cmd.MarkFlagFilename("identity")
}

// backupKey asks for the passphrase of an archive where one is needed.
func backupKey(ctx context.Context, ask port.Interaction, path string, identities []string) backup.Decryption {
	return backup.Decryption{Identities: identities, Passphrase: func(wrong error) ([]byte, error) {
		return ask.Ask(ctx, port.SecretAsk{Archive: path, Step: 1, Of: 1, Wrong: wrong})
	}}
}

// errUntried ends a command whose backup is there and not wholly usable.
var errUntried = errors.New("not every key of the backup could be tried")

// backupAnswer says what a backup holds and what of it can be used.
func (a *app) backupAnswer(r *backup.Report, head string) error {
	answer := report.NewBackup(r)
	if err := a.answer(answer, func() error { return a.writeBackup(answer) }); err != nil {
		return err
	}
	a.say(fmt.Sprintf("%s: %d of %d keys usable; trust data of %s, %s", head, answer.Usable, len(answer.Keys),
		text.Count(len(answer.Repositories), "repository"), text.Count(answer.Pins, "pin")), "")
	if answer.Skipped > 0 {
		a.warn(text.Count(answer.Skipped, "key")+" skipped: nobody knows whether the copy can be used", "Try it with trustdeck backup check where its passphrase is known.")
	}
	a.backupSince(answer)
	var failed error
	for _, k := range r.Keys {
		if k.Fault != nil {
			failed = errors.Join(failed, k.Fault)
		}
	}
	if r.RecordFault != nil {
		a.warn(r.RecordFault.Error(), r.RecordFault.Hint)
	}
	for _, f := range r.Left {
		failed = errors.Join(failed, f)
	}
	if failed != nil {
		return errors.Join(failed, errUntried)
	}
	return nil
}

// backupSince says what is here and not in the archive.
func (a *app) backupSince(answer report.Backup) {
	for _, since := range []struct {
		names []string
		what  string
		one   string
	}{
		{answer.NewKeys, "here and not in the backup", "key"},
		{answer.RewrittenKeys, "rewritten here since: in the backup as before, under the passphrase of then", "key"},
		{answer.NewRepositories, "here and not in the backup", "repository"},
	} {
		if len(since.names) > 0 {
			a.warn(fmt.Sprintf("%s %s: %s", text.Count(len(since.names), since.one), since.what, strings.Join(since.names, ", ")),
				"Make a new backup: trustdeck backup create FILE")
		}
	}
}

func (a *app) writeBackup(answer report.Backup) error {
	t := table.New(
		table.Column{Title: "LABEL"}, table.Column{Title: "REPOSITORY", Flex: true, KeepEnd: true}, table.Column{Title: "KEY ID"},
		table.Column{Title: "TRIED"}, table.Column{Title: "FINGERPRINT", Flex: true, Optional: true},
	)
	for _, k := range answer.Keys {
		t.Row(k.Label, k.Repository, k.ID, k.Trial, k.Fingerprint)
	}
	return t.Write(a.out, a.width)
}
