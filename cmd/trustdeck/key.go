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
		Use: "key", Short: "Look after private key files", Long: "Commands about private keys of the trust folder. trustdeck keys lists them.",
		Example: "  trustdeck key protect",
		Args:    arguments("", 0, 0),
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	parent.AddCommand(newKeyProtect(a))
	return parent
}

func newKeyProtect(a *app) *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "protect [ID..]",
		Short: "Take the right to read key files from other users",
		Long: `Changes the mode of private key files that other users of this machine may read or
change, so that only you can (chmod 600): of all of them, or of the keys whose IDs begin
as named. Keys and passphrases stay as they are. notary, docker and trustdeck use such
files all the same; trustdeck warns of them.`,
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
				a.say("no key file that you named can be read or changed by other users: there is nothing to do", "")
				return nil
			}
			var ids []model.KeyID
			for _, k := range exposed {
				ids = append(ids, k.ID)
				a.tell(fmt.Sprintf("%s key %s in %s", k.Label, k.ID.Short(), k.Path))
			}
			agreed, err := a.agreeTo(cmd.Context(), yes, "Take the right to read and change "+text.Count(len(ids), "key file")+" from other users?")
			if err != nil {
				return err
			}
			if !agreed {
				return &model.Fault{Kind: model.FaultCanceled, Text: "nothing was changed: it was not accepted"}
			}
			done, err := b.Protect(cmd.Context(), ids)
			a.say("only you can read and change "+text.Count(len(done), "key file")+" now", "")
			return err
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "change the modes, and ask nothing at all")
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
			return nil, usageError(fmt.Sprintf("no key here has an ID that begins with %q", name), "trustdeck keys lists them.")
		}
	}
	if len(names) == 0 {
		return slices.Clone(keys), nil
	}
	return out, nil
}
