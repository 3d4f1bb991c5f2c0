package main

import (
	"fmt"
	"slices"

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
	parent.AddCommand(newKeyExport(a), newKeyGenerate(a), newKeyImport(a), newKeyPassphrase(a), newKeyProtect(a), newKeyRemove(a), newKeyRename(a), newKeyShow(a))
	return parent
}

func newKeyProtect(a *app) *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "protect [ID..]",
		Short: "Make key files private to you",
		Long: `Changes the mode of private key files that other users of this machine can read or change,
so that only you can (chmod 600). Without ID it changes all of them; ID is a key ID or its
first digits. Keys and passphrases don't change. notary, docker and trustdeck use such files
anyway; trustdeck warns about them.`,
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
			wanted, err := keysNamed(keys, args)
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

// keysNamed are the keys that are named by their IDs or the first digits of them; all of them
// where none is named.
func keysNamed(keys []model.PrivateKey, names []string) ([]model.PrivateKey, error) {
	if len(names) == 0 {
		return slices.Clone(keys), nil
	}
	ids, err := model.MatchKeys(model.KeyIDs(keys), names, "on this machine")
	return slices.DeleteFunc(slices.Clone(keys), func(k model.PrivateKey) bool { return !slices.Contains(ids, k.ID) }), err
}
