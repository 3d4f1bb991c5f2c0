package main

import (
	"context"
	"errors"
	"path/filepath"

	"github.com/spf13/cobra"

	"trustdeck/model"
	"trustdeck/model/report"
	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
)

// keyCommand makes the command of a flow about key files. It needs no server, and has no plan:
// what it does is reviewed, and then done. answers takes those that are arguments.
func (c *change) keyCommand(use, short, long, example string, args cobra.PositionalArgs, answers func(context.Context, *session, []string) (flow.Answers, error)) *cobra.Command {
	cmd := &cobra.Command{
		Use: use, Short: short, Example: example, Args: args,
		Long: long + `

trustdeck asks for what you don't give: on the full screen, or line by line with --plain.
It shows what it is going to do first, and does it when you accept it.`,
		RunE: func(cmd *cobra.Command, args []string) error { return c.begin(cmd, args, answers) },
	}
	c.addFlags(cmd)
	cmd.Flags().BoolVar(&c.yes, "yes", false, "do it without asking")
	c.app.addDetails(cmd)
	c.app.addOutput(cmd)
	return cmd
}

// runKeys walks through a flow about key files.
func (c *change) runKeys(ctx context.Context, s *session, given flow.Answers) error {
	files := c.app.keyFiles(s)
	ports := flows.Ports{Keys: files}
	c.flow = flows.All(ports).Find(c.flow.ID)
	c.idle = func(o flow.Outcome) error {
		return c.app.answer(c.answer(files.Files.Dir(), o), func() error { return nil })
	}
	err := c.through(ctx, given, func() error {
		return c.walk(ctx, s, ports, func() string { return "" }, given)
	})
	return errors.Join(err, files.said())
}

func newKeyImport(a *app) *cobra.Command {
	c := &change{app: a, flow: flows.KeyImport(nil), answer: func(dir string, o flow.Outcome) any {
		return report.NewKeyImport(dir, flows.ImportOf(o), nil)
	}}
	var name string
	var asIs bool
	cmd := c.keyCommand("import [FILE..]", "Import private keys from files",
		`Copies private keys into the trust folder, encrypted in the form that notary and docker
read. FILE is in PEM form and may hold several keys: PKCS#8, PKCS#1 or SEC 1, encrypted
or not, from openssl, docker, or notary key export. The files stay where they are.

trustdeck opens each key in memory to see which one it is. A key keeps its passphrase; a
key without one gets a new one. Keys that are already here are left alone. docker trust
key load says that it loads an encrypted key, but imports nothing.

The file's role and gun headers say what a key is for. If it has none, give --role: root,
targets or snapshot, or the name of a signer; and --repository for targets and snapshot.
With --as-is, keys that notary exported are copied without being opened or tested.

Keys for TUF 1.0 go into trustdeck's own key folder, with --folder own. It takes Ed25519 in
the form of openssl and ML-DSA, too. If both folders are in use, trustdeck asks.`,
		`  trustdeck key import alice.pem
  trustdeck key load --name alice alice.pem
  trustdeck key import --folder own --role targets --repository ./repository online.pem
  trustdeck key import --yes --as-is exported.pem`,
		arguments("files", 0, -1),
		func(ctx context.Context, s *session, args []string) (flow.Answers, error) {
			out := flow.Answers{Values: map[string][]string{}}
			if len(args) > 0 {
				out.Values["files"] = args
			}
			if name != "" {
				if len(*c.flags["role"]) > 0 {
					return out, usageError("--name and --role mean the same", "Give one of them.")
				}
				out.Values["role"] = []string{name}
			}
			if asIs {
				out.Values[flows.KeepClosed] = []string{"true"}
			}
			return out, a.fullName(ctx, s, c.flags["repository"])
		})
	cmd.Aliases = []string{"load"}
	cmd.Flags().StringVar(&name, "name", "", "same as --role, as docker trust key load calls it")
	cmd.Flags().BoolVar(&asIs, "as-is", false, "don't open keys that can be kept as they are encrypted")
	_ = cmd.RegisterFlagCompletionFunc("repository", a.completeRepositories)
	a.addGUN(cmd)
	return cmd
}

// fullName makes the full name of a repository of what was given for it.
func (a *app) fullName(ctx context.Context, s *session, lines *[]string) error {
	if len(*lines) != 1 {
		return nil
	}
	guns, err := a.repositories(ctx, s, *lines)
	if err == nil {
		*lines = model.Retype[string](guns)
	}
	return err
}

func newKeyGenerate(a *app) *cobra.Command {
	c := &change{app: a, flow: flows.KeyGenerate(nil), answer: nothing}
	var dir string
	cmd := c.keyCommand("generate [NAME]", "Generate a private key for a signer, or a root key",
		`Makes an ECDSA P-256 key, as docker trust key generate does. The private key goes into
the trust folder, under a passphrase that you choose, and its public key into NAME.pub in
the current folder, or in DIR. NAME is the name of a signer; root makes a root key.
trustdeck never replaces a file, and reads both back before it says it is done.

A key for TUF 1.0 goes into trustdeck's own key folder, with --folder own, and can be of
another kind (--algorithm). NAME is then any role. If both folders are in use, trustdeck asks.`,
		`  trustdeck key generate alice
  trustdeck key generate --folder own --algorithm ed25519 root
  trustdeck key generate --dir ~/public alice
  trustdeck key generate root`,
		arguments("a name", 0, 1),
		func(_ context.Context, _ *session, args []string) (flow.Answers, error) {
			out := flow.Answers{Values: map[string][]string{}}
			if len(args) > 0 {
				out.Values[flows.KeyName] = args
			}
			switch given := len(*c.flags[flows.KeyPublic]) > 0; {
			case dir != "" && given:
				return out, usageError("--dir and --public can't both be given", "Give one of them.")
			case dir != "" && len(args) > 0:
				out.Values[flows.KeyPublic] = []string{filepath.Join(dir, args[0]+".pub")}
			case dir != "":
				return out, usageError("--dir needs the name of the key", "Name it on the command line, or give --public FILE.")
			}
			return out, nil
		})
	cmd.Flags().StringVar(&dir, "dir", "", "write NAME.pub into the folder `DIR`, as docker trust key generate calls it")
	_ = cmd.MarkFlagDirname("dir")
	return cmd
}

func newKeyExport(a *app) *cobra.Command {
	c := &change{app: a, flow: flows.KeyExport(nil), answer: nothing}
	cmd := c.keyCommand("export [KEY..]", "Export private keys to a file, encrypted as they are",
		`Writes keys into one new file, as notary key export does: encrypted as they are, with
their roles and repositories. KEY is a key ID or its first digits. notary key import and
trustdeck key import read it. Only you can read the file (0600), and trustdeck never replaces one.
Keys without a passphrase are refused: back them up in an encrypted backup.

To keep keys safe, make a backup instead: it is read back, and every key in it tested.`,
		`  trustdeck key export --to keys.pem 8dd36646
  trustdeck key import keys.pem`,
		arguments("key IDs", 0, -1), theseKeys)
	_ = cmd.MarkFlagFilename("to")
	return cmd
}

// theseKeys takes the IDs of keys as arguments.
func theseKeys(_ context.Context, _ *session, args []string) (flow.Answers, error) {
	out := flow.Answers{Values: map[string][]string{}}
	if len(args) > 0 {
		out.Values[flows.NamedKeys] = args
	}
	return out, nil
}

func newKeyPassphrase(a *app) *cobra.Command {
	c := &change{app: a, flow: flows.KeyPassphrase(nil), answer: nothing}
	cmd := c.keyCommand("passphrase [KEY..]", "Give private keys a new passphrase",
		`Gives private keys one new passphrase, all of them or none. KEY is a key ID or its first
digits. trustdeck asks for each present passphrase once, and for the new one last, and has
each key make a test signature before and after. Roles and repositories in the files stay,
and notary and docker read them. A key without a passphrase gets one.

All new files are on the disk before trustdeck replaces the first old one. If it is cut off
after that, each key has the old or the new passphrase, and trustdeck resume gives all of
them the new one.

The present passphrases come from the variables of notary and docker, the new one from
TRUSTDECK_NEW_PASSPHRASE. notary key passwd takes both from the same variable, and then
changes nothing.`,
		`  trustdeck key passphrase 8dd36646 d73554eb`,
		arguments("key IDs", 0, -1), theseKeys)
	cmd.Aliases = []string{"passwd"}
	return cmd
}

func newKeyRemove(a *app) *cobra.Command {
	c := &change{app: a, flow: flows.KeyRemove(nil), answer: nothing}
	cmd := c.keyCommand("remove [KEY..]", "Delete private keys from this machine",
		`Deletes private keys from the trust folder. KEY is a key ID or its first digits. First,
trustdeck reads the known repositories and shows which roles list each key, which roles can
no longer be signed on this machine, and whether a backup holds the key as it is now. If
none does, it offers to stop for a backup; --backup none removes the keys without one.

On a terminal, you confirm with the first digits of the key ID, or with the number of keys.
A key that can't be removed doesn't keep the others. No repository changes, and all of them
still list the keys: to revoke a key, use rotate, signer remove or delegation purge.`,
		`  trustdeck backup create --key 8dd36646 /media/usb/old-root.tar
  trustdeck key remove 8dd36646`,
		arguments("key IDs", 0, -1), theseKeys)
	cmd.Aliases = []string{"rm"}
	return cmd
}

func newKeyRename(a *app) *cobra.Command {
	c := &change{app: a, flow: flows.KeyRename(nil), answer: func(dir string, o flow.Outcome) any {
		return report.NewKeyRename(dir, flows.RenamedBefore(o))
	}}
	return c.keyCommand("rename [KEY] [NAME]", "Rename the private key of a delegation",
		`Changes the name in the file of a key: the role header that docker trust key load --name
and notary key import --role write. KEY is a key ID or its first digits, and NAME the name
of a signer. Nothing else of the file changes, and no passphrase is needed.

notary lists the key under the name, and both say it when they ask for the passphrase. They
find the key by its ID and sign as before, and no repository changes. Keys of root, targets and
snapshot have no name of your choice: their role says what they sign.`,
		`  trustdeck key rename 8dd36646 alice`,
		arguments("a key ID and a name", 0, 2),
		func(_ context.Context, _ *session, args []string) (flow.Answers, error) {
			out := flow.Answers{Values: map[string][]string{}}
			for i, id := range []string{flows.NamedKeys, flows.KeyName}[:len(args)] {
				out.Values[id] = args[i : i+1]
			}
			return out, nil
		})
}

// nothing is the answer of commands that always have something to do.
func nothing(string, flow.Outcome) any { return nil }
