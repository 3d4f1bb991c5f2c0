package main

import (
	"context"
	"errors"

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
With --as-is, keys that notary exported are copied without being opened or tested.`,
		`  trustdeck key import alice.pem
  trustdeck key load --name alice alice.pem
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
