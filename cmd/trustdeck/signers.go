package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"trustdeck/cmd/trustdeck/internal/table"
	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/report"
	"trustdeck/tui/text"
)

func newSigners(a *app) *cobra.Command {
	var byPerson bool
	cmd := &cobra.Command{
		Use:   "signers [REPO…]",
		Short: "List the signers of all repositories",
		Long: `Lists the people and robots who may sign tags in all known repositories, or in those you
name. Each key and repository has a line, problems first, then by name. The state shows
whether clients pull what the key signs:

  signer            the key is in targets/NAME and in targets/releases
  not in releases   clients pull nothing that the key signs
  only in releases  the key belongs to no signer: was a signer only partly removed?
  role unusable     the signer's role has expired or doesn't verify
  no releases role  the repository has no targets/releases
  no own role       the key signs targets/releases itself; there are no signers
  below a signer    a nested delegation, which docker never reads

SIGNED names the newest file in use that the key has signed. HERE marks keys whose
private key is on this machine. With --by-person, each person has one line: a name with
all of its keys, and other names with the same keys.`,
		Example: `  trustdeck signers
  trustdeck signers --by-person
  # where can alice still sign?
  trustdeck signers -o json |
    jq -r '.signers[] | select(.name == "alice") | .places[].repository'`,
		Args:              arguments("any number of repositories", 0, -1),
		ValidArgsFunction: a.completeRepositories,
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := a.looking()
			if err != nil {
				return err
			}
			guns, err := a.repositories(cmd.Context(), s, args)
			if err != nil {
				return err
			}
			views, err := a.views(cmd.Context(), s, guns)
			if cmd.Context().Err() != nil {
				return err
			}
			a.warnAll(err)
			local, keysErr := s.Service.Keys(cmd.Context(), views)
			a.warnAll(keysErr)
			answer := report.NewSigners(admin.Signers(views, local), unread(views))
			err = a.answer(answer, func() error {
				if byPerson {
					return a.writePeople(answer)
				}
				return a.writeKnownSigners(answer)
			})
			return errors.Join(err, faults(views, len(guns) > 0))
		},
	}
	cmd.Flags().BoolVar(&byPerson, "by-person", false, "print one line per person")
	a.addOutput(cmd)
	a.addGUN(cmd)
	return cmd
}

// writePeople prints a line for each person.
func (a *app) writePeople(answer report.Signers) error {
	if len(answer.People) == 0 {
		return a.writeKnownSigners(answer)
	}
	t := table.New(
		table.Column{Title: "NAME"}, table.Column{Title: "ALSO"}, table.Column{Title: "KEYS"}, table.Column{Title: "STATE"},
		table.Column{Title: "REPOSITORIES", Flex: true, KeepEnd: true}, table.Column{Title: "SIGNED"}, table.Column{Title: "HERE"},
	)
	for _, p := range answer.People {
		keys := make([]string, len(p.Keys))
		for i, id := range p.Keys {
			keys[i] = model.KeyID(id).Short()
		}
		var signed []report.SignedFile
		if p.Signed.Role != "" {
			signed = append(signed, p.Signed)
		}
		t.Row(p.Name, strings.Join(p.OtherNames, " "), strings.Join(keys, ", "), p.State, strings.Join(p.Repositories, " "), newest(signed), yes(p.Local))
	}
	return t.Write(a.out, a.width)
}

func (a *app) writeKnownSigners(answer report.Signers) error {
	if len(answer.Signers) == 0 {
		a.say("there are no signers", "Tags are signed with the targets key itself.")
		return nil
	}
	t := table.New(
		table.Column{Title: "NAME"}, table.Column{Title: "KEY ID"}, table.Column{Title: "STATE"},
		table.Column{Title: "REPOSITORY", Flex: true, KeepEnd: true}, table.Column{Title: "SIGNED"}, table.Column{Title: "HERE"},
	)
	for _, s := range answer.Signers {
		for _, p := range s.Places {
			t.Row(s.Name, s.Key, p.State, p.Repository, newest(p.Signed), yes(s.Local != ""))
		}
	}
	return t.Write(a.out, a.width)
}

// newest is the file that was stored last, with its version.
func newest(files []report.SignedFile) string {
	if len(files) == 0 {
		return ""
	}
	last := files[0]
	for _, f := range files {
		if f.Modified.After(last.Modified) {
			last = f
		}
	}
	words := fmt.Sprintf("%s v%d", last.Role, last.Version)
	if !last.Modified.IsZero() {
		words += " " + text.Date(last.Modified)
	}
	return words
}
