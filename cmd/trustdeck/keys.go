package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"trustdeck/cmd/trustdeck/internal/table"
	"trustdeck/model"
	"trustdeck/model/report"
	"trustdeck/tui/text"
)

func newKeys(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "keys",
		Short: "List the private keys on this machine, and their uses",
		Long: `Lists the private keys in docker's or notary's trust folder, and in trustdeck's own
folder of keys for TUF 1.0 repositories: whose they are, whether a passphrase protects
them, when each was last backed up and tested (trustdeck backup), and which roles of the
known repositories list them. It decrypts nothing and reads no secret.`,
		Example: `  trustdeck keys
  trustdeck keys --trust-dir ~/.notary -o json`,
		Args: arguments("", 0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := a.looking()
			if err != nil {
				return err
			}
			views, err := a.views(cmd.Context(), s, nil)
			if cmd.Context().Err() != nil {
				return err
			}
			keys, keysErr := s.Service.Keys(cmd.Context(), views)
			if keysErr != nil && len(keys) == 0 {
				return keysErr
			}
			unread := a.unreadUses(views)
			answer := report.NewKeys(s.Settings.TrustDir, keys, unread)
			err = a.answer(answer, func() error { return a.writeKeys(answer) })
			return errors.Join(err, keysErr)
		},
	}
	a.addOutput(cmd)
	return cmd
}

func (a *app) writeKeys(answer report.Keys) error {
	if len(answer.Keys) == 0 {
		a.say("there are no private keys in "+answer.TrustDir, "Give another folder with --trust-dir.")
		return nil
	}
	stores := map[string]bool{}
	for _, k := range answer.Keys {
		stores[k.Store] = true
	}
	columns := []table.Column{
		{Title: "LABEL"},
		{Title: "REPOSITORY", Flex: true, KeepEnd: true},
		{Title: "KEY ID"},
		{Title: "PASSPHRASE"},
		{Title: "BACKUP"},
		{Title: "CHECKED", Optional: true},
		{Title: "COUNTS IN", Flex: true, Optional: true},
	}
	if len(stores) > 1 {
		columns = append(columns, table.Column{Title: "FOLDER", Flex: true, KeepEnd: true})
	}
	t := table.New(columns...)
	for _, k := range answer.Keys {
		protected, backedUp, checked := "none", since(k.BackedUp, a.now()), since(k.Checked, a.now())
		if k.ID == "" || k.Place == model.PlaceToken { // which gives no copy away
			backedUp, checked = "-", "-"
		}
		switch {
		case !k.Usable:
			protected = "-"
		case k.Place == model.PlaceToken:
			protected = "PIN"
		case k.Encrypted:
			protected = "yes"
		}
		row := []string{k.Label, k.Repository, k.ID, protected, backedUp, checked, usesOf(k.Uses)}
		if len(stores) > 1 {
			row = append(row, k.Store)
		}
		t.Row(row...)
	}
	if err := t.Write(a.out, a.width); err != nil {
		return err
	}
	for _, k := range answer.Keys {
		if k.Fault != nil {
			a.warn(k.Fault.Subject+": "+k.Fault.Text, k.Fault.Hint)
		}
	}
	return nil
}

// since is how long ago something was done.
func since(t, now time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return text.Age(t, now)
}

// usesOf names the first use and counts the others.
func usesOf(uses []report.Use) string {
	switch len(uses) {
	case 0:
		return ""
	case 1:
		return uses[0].Repository + " " + uses[0].Role
	default:
		return fmt.Sprintf("%s %s and %s more", uses[0].Repository, uses[0].Role, text.Number(len(uses)-1))
	}
}
