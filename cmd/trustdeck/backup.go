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
		Long: `No one can recreate a lost key, and a backup that you never tested may not work.
A backup is one .tar.gz file. tar unpacks it into a folder that notary and docker can
use directly. You can also encrypt it with age. Each key in it keeps its passphrase.

Backups need neither a server nor a network.`,
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
	listVar(f, &s.repositories, "repository", verb+" only the keys and trust data of `REPO`; may be repeated")
	listVar(f, &s.roles, "role", verb+" only keys of this `ROLE`: root, targets, snapshot, or a signer's name; may be repeated")
	listVar(f, &s.keys, "key", verb+" only keys whose ID starts with `ID`; may be repeated")
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
from the settings into FILE, a new .tar.gz that only you can read. Its manifest
lists every key and the SHA-256 of every file. trustdeck never replaces an existing
file, never writes into the trust folder, and leaves no partial file.

trustdeck then reads the backup back from disk. It decrypts each key in memory, makes a
test signature and verifies it. Passphrases come from docker's and notary's
variables, or trustdeck asks for them, once for all keys that share one. To skip a key,
give an empty answer or --skip. A skipped key is in the backup, but untested.

With --encrypt, age encrypts the file with its own passphrase, which comes from
TRUSTDECK_BACKUP_PASSPHRASE or from a prompt. With --recipient, age encrypts it for the
holder of the secret key. Keys without a passphrase go only into an encrypted backup.

A backup leaves out changes that notary has staged but not published, because the next
publish after a restore would publish them.`,
		Example: `  trustdeck backup create /media/usb/trust-2026-11-21.tar.gz
  # encrypted, only what one repository needs
  trustdeck backup create --repository acme/app --encrypt /media/usb/app.tar.gz.age
  # in a script: root keys are elsewhere, so skip their test
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
	f.BoolVar(&encrypt, "encrypt", false, "encrypt the file with age and a passphrase")
	listVar(f, &recipients, "recipient", "encrypt the file for the holder of the public key `KEY` (age1…); may be repeated")
	listVar(f, &recipientFiles, "recipients-file", "encrypt it for every public key in `FILE`, one per line; may be repeated")
	f.BoolVar(&yes, "yes", false, "ask no questions")
	addSkip(cmd, &skip)
	a.addOutput(cmd)
	return cmd
}

func addSkip(cmd *cobra.Command, skip *[]string) {
	listVar(cmd.Flags(), skip, "skip", "don't test keys whose ID starts with `ID`; may be repeated")
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
		return lock, usageError("the recipients files list no key", "Write one age public key per line.")
	case encrypt && len(lock.Recipients) > 0:
		return lock, usageError("a backup is encrypted either with a passphrase or for recipients", "Leave out --encrypt, or the recipients.")
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
		return nil, usageError("the recipients in "+path+" cannot be read: "+disk.Reason(err), "Give the path of a file with one age public key per line.")
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
		Short: "Test a backup as if you needed it now",
		Long: `Reads the whole backup and compares it with its manifest. trustdeck decrypts each key in
memory, makes a test signature and verifies it. It records only when it checked each
key, which trustdeck keys then shows.

trustdeck then lists keys created or rewritten here since the backup.

trustdeck refuses a backup that is damaged, cut off or changed, or that it didn't make,
and says why. You can safely check a file from anywhere: trustdeck never unpacks it.`,
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
	cmd.Flags().BoolVar(&yes, "yes", false, "ask no questions")
	addSkip(cmd, &skip)
	a.addOutput(cmd)
	return cmd
}

func addIdentity(cmd *cobra.Command, identities *[]string) {
	listVar(cmd.Flags(), identities, "identity", "open a backup encrypted for recipients with the secret keys in `FILE`; may be repeated")
	_ = cmd.MarkFlagFilename("identity")
}

// backupKey asks for the passphrase of an archive where one is needed.
func backupKey(ctx context.Context, ask port.Interaction, path string, identities []string) backup.Decryption {
	return backup.Decryption{Identities: identities, Passphrase: func(wrong error) ([]byte, error) {
		return ask.Ask(ctx, port.SecretAsk{Archive: path, Step: 1, Of: 1, Wrong: wrong})
	}}
}

// errUntried ends a command whose backup is there and not wholly usable.
var errUntried = errors.New("not every key in the backup could be tested")

// backupAnswer says what a backup holds and what of it can be used.
func (a *app) backupAnswer(r *backup.Report, head string) error {
	answer := report.NewBackup(r)
	if err := a.answer(answer, func() error { return a.writeBackup(answer) }); err != nil {
		return err
	}
	a.say(fmt.Sprintf("%s: %d of %d keys usable; trust data of %s, %s", head, answer.Usable, len(answer.Keys),
		text.Count(len(answer.Repositories), "repository"), text.Count(answer.Pins, "pin")), "")
	if answer.Skipped > 0 {
		a.warn(text.Count(answer.Skipped, "key")+" skipped: the copy is untested", "Test it with trustdeck backup check where you know its passphrase.")
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
		{answer.NewKeys, "here but not in the backup", "key"},
		{answer.RewrittenKeys, "rewritten here since; the backup has it with its earlier passphrase", "key"},
		{answer.NewRepositories, "here but not in the backup", "repository"},
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
