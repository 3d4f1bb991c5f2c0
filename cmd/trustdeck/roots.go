package main

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"trustdeck/cmd/trustdeck/internal/table"
	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/quorum"
	"trustdeck/model/report"
	"trustdeck/tui/detail"
	"trustdeck/tui/text"
)

func newRoots(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "roots REPO",
		Short: "Show the chain of roots, and who signed each of them",
		Long: `Shows all available roots of a repository, newest first: when each expires, how many keys
of the previous root and of its own have signed it, who holds them, and whether a client
that trusts the previous root accepts it.

  OLD QUORUM   how many keys of the previous root have signed it, and how many must;
               empty for the first available root
  NEW QUORUM   the same for the keys that the root itself lists
  ROOT KEYS    the changes from the previous root; a key with a new ID is the same key
               listed in another form
  SIGNED BY    the holders of the keys in the new quorum, then of those only in the old
               quorum; for where holders come from, see trustdeck help settings

A root may have expired: clients that follow the chain ignore that.

The exit code is 1 if a root doesn't follow from the previous one, and 4 if a role of the
repository doesn't verify or has expired.`,
		Example: `  trustdeck roots registry.example.org/acme/app
  # who has not signed the newest root
  trustdeck roots sigstore -o json |
    jq -r '.roots[0].own.keys[] | select(.state != "signed") | .holder // .id'`,
		Args:              arguments("one repository", 1, 1),
		ValidArgsFunction: a.completeFirstRepository,
		RunE: func(cmd *cobra.Command, args []string) error {
			s, view, err := a.look(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			var chain admin.RootChain
			var holders map[model.KeyID]quorum.Holder
			if view.Repository != nil {
				if chain, err = s.Service.Roots(cmd.Context(), view.Repository); err != nil {
					return err
				}
				holders = chain.Holders(view.Repository, a.known(cmd.Context(), s, view))
			}
			answer := report.NewRoots(view, chain, holders)
			err = a.answer(answer, func() error { return a.writeRoots(chain, holders) })
			if chain.Broken() {
				err = errors.Join(err, errMismatch)
			}
			return errors.Join(err, a.refused(view))
		},
	}
	a.addOutput(cmd)
	a.addGUN(cmd)
	return cmd
}

// writeRoots writes a row for each root, and what is wrong with the links below.
func (a *app) writeRoots(chain admin.RootChain, holders map[model.KeyID]quorum.Holder) error {
	if len(chain.Links) == 0 {
		return nil
	}
	t := table.New(
		table.Column{Title: "ROOT"}, table.Column{Title: "EXPIRES"}, table.Column{Title: "OLD QUORUM"}, table.Column{Title: "NEW QUORUM"},
		table.Column{Title: "LINK"}, table.Column{Title: "ROOT KEYS"}, table.Column{Title: "SIGNED BY", Flex: true},
	)
	for i := range chain.Links {
		l := &chain.Links[i]
		expires := ""
		if !l.Expires.IsZero() {
			expires = text.Date(l.Expires)
		}
		t.Row(strconv.FormatInt(l.Version, 10), expires, detail.Group(l.Old), detail.Group(l.Own), detail.Follows(l), detail.Rotated(l), detail.SignedBy(l, holders))
	}
	if err := t.Write(a.out, a.width); err != nil {
		return err
	}
	for i := range chain.Links {
		for _, p := range []*model.Problem{chain.Links[i].Problem, chain.Links[i].Refused} {
			if p != nil {
				a.say(fmt.Sprintf("root %d: %s", chain.Links[i].Version, text.Clean(p.Text)), "Clients with an older root cannot follow.")
			}
		}
	}
	if chain.Absent > 0 {
		a.say(fmt.Sprintf("the roots up to version %d are missing", chain.Absent), "Clients with a root older than the last of these cannot follow.")
	}
	if chain.Unread > 0 {
		a.say(fmt.Sprintf("the roots up to version %d were not read", chain.Unread), fmt.Sprintf("trustdeck reads only the newest %s.", text.Number(admin.MostLinks)))
	}
	return nil
}
