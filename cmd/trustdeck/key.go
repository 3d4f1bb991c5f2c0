package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"trustdeck/model"
	"trustdeck/model/admin/backup"
	"trustdeck/tui/text"
)

func newKey(a *app) *cobra.Command {
	parent := &cobra.Command{
		Use: "key", Short: "Manage private key files", Long: "Commands for the private keys in the trust folder. trustdeck keys lists them.",
		Example: "  trustdeck key generate alice\n  trustdeck key import alice.pem\n  trustdeck key protect",
		Args:    arguments("", 0, 0),
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	parent.AddCommand(newKeyExport(a), newKeyGenerate(a), newKeyImport(a), newKeyProtect(a))
	return parent
}

func newKeyProtect(a *app) *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "protect [ID..]",
		Short: "Make key files private to you",
		Long: `Changes the mode of private key files that other users of this machine can read or change,
so that only you can (chmod 600). Without ID it changes all of them, otherwise those
whose key ID starts with ID. Keys and passphrases don't change. notary, docker and trustdeck
use such files anyway; trustdeck warns about them.`,
		Example: `  trustdeck key protect
  trustdeck key protect --yes 8dd36646`,
		Args: arguments("any number of key IDs", 0, -1),
		RunE: func(cmd *cobra.Command, args []string) error {
			b, err := a.backups()
			if err != nil {
				return err
			}
			keys, err := b.Store.Keys(cmd.Context())
			if err != nil {
				return err
			}
			wanted, err := begun(keys, args)
			if err != nil {
				return err
			}
			exposed := backup.Exposed(wanted)
			if len(exposed) == 0 {
				a.say("nothing to do: other users can neither read nor change these key files", "")
				return nil
			}
			var ids []model.KeyID
			for _, k := range exposed {
				ids = append(ids, k.ID)
				a.tell(fmt.Sprintf("%s key %s in %s", k.Label, k.ID.Short(), k.Path))
			}
			agreed, err := a.agreeTo(cmd.Context(), yes, "Stop other users from reading and changing "+text.Count(len(ids), "key file")+"?")
			if err != nil {
				return err
			}
			if !agreed {
				return &model.Fault{Kind: model.FaultCanceled, Text: "nothing was changed: you did not accept it"}
			}
			done, err := b.Protect(cmd.Context(), ids)
			a.say("only you can read and change "+text.Count(len(done), "key file")+" now", "")
			return err
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "change the modes without asking")
	return cmd
}

// begun are the keys whose IDs begin as named; all of them where none is named.
func begun(keys []model.PrivateKey, names []string) ([]model.PrivateKey, error) {
	var out []model.PrivateKey
	for _, name := range names {
		before := len(out)
		for _, k := range keys {
			if name != "" && strings.HasPrefix(string(k.ID), name) {
				out = append(out, k)
			}
		}
		if len(out) == before {
			return nil, usageError(fmt.Sprintf("no key on this machine has an ID that starts with %q", name), "List them with: trustdeck keys")
		}
	}
	if len(names) == 0 {
		return slices.Clone(keys), nil
	}
	return out, nil
}
