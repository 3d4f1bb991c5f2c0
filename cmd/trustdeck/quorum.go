package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"trustdeck/cmd/trustdeck/internal/table"
	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/quorum"
	"trustdeck/model/report"
	"trustdeck/tui/text"
)

func newQuorum(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "quorum REPO [ROLE]",
		Short: "Show who must sign to publish each role, and how many keys can be lost",
		Long: `Shows, for each role of a repository, the smallest coalition of holders that can publish
it, whether one holder or one organisation is enough, the weakest algorithm in such a
coalition, and how many keys can be lost. Several keys of one holder count as one
member, and a key that is listed several times counts as one key.

  NEEDS         how many of the keys must sign
  HOLDERS       one of the smallest coalitions of holders
  ONE HOLDER    whether a single holder is enough; ONE ORG: a single organisation
  WEAKEST       the weakest algorithm in any of the smallest coalitions
  MAY LOSE      how many keys can be lost, whichever they are; "some" where it
                depends on which

Holders come from the metadata, otherwise from config.toml, the trust folder, and the
signers; see trustdeck help settings. A key without a known holder counts as a separate
holder. HOLDERS then starts with the fewest and the most holders that are possible.

With ROLE, shows only that role, and explains it in sentences.

The exit code is 4 if a role of the repository doesn't verify or has expired.`,
		Example: `  trustdeck quorum registry.example.org/acme/app
  trustdeck quorum registry.example.org/acme/app root
  # the roles that a single holder can publish
  trustdeck quorum acme/app -o json |
    jq -r '.roles[] | select(.holders.one == "yes") | .name'`,
		Args:              arguments("one repository, and at most one of its roles", 1, 2),
		ValidArgsFunction: a.completeFirstRepository,
		RunE: func(cmd *cobra.Command, args []string) error {
			s, view, err := a.look(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			var roles []quorum.Role
			if view.Repository != nil {
				roles = quorum.Examine(view.Repository, a.known(cmd.Context(), s, view))
				if len(args) > 1 {
					if roles, err = onlyRole(roles, view.Repository, args[1]); err != nil {
						return err
					}
				}
			}
			answer := report.NewQuorum(view, roles)
			err = a.answer(answer, func() error { return a.writeQuorum(answer, roles, len(args) > 1) })
			return errors.Join(err, a.refused(view))
		},
	}
	a.addOutput(cmd)
	a.addGUN(cmd)
	return cmd
}

// holders is what the settings tell of the holders of keys.
func holders(s *session) quorum.Known {
	return quorum.Known{Holders: s.Settings.Holders, Organisations: s.Settings.Organisations}
}

// known is what settings and trust folder tell of the holders of keys.
func (a *app) known(ctx context.Context, s *session, view admin.Look) quorum.Known {
	local, err := s.Service.Keys(ctx, []admin.Look{view})
	a.warnAll(err)
	here := make([]model.KeyID, 0, len(local))
	for _, k := range local {
		here = append(here, k.IDs()...)
	}
	known := holders(s)
	known.Here = here
	return known
}

// onlyRole finds the role that an argument names, in full or as people call it.
func onlyRole(roles []quorum.Role, r *model.Repository, name string) ([]quorum.Role, error) {
	var names []string
	for i := range roles {
		full := string(roles[i].Name)
		if full == name || r.Short(roles[i].Name) == name {
			return roles[i : i+1], nil
		}
		names = append(names, full)
	}
	return nil, &model.Fault{
		Kind: model.FaultNotFound, Subject: string(r.GUN), Text: fmt.Sprintf("it has no role %q", name),
		Hint: "Its roles are " + text.List(names) + ".",
	}
}

// writeQuorum writes a table, and where explained is set what it means.
func (a *app) writeQuorum(answer report.Quorum, roles []quorum.Role, explained bool) error {
	if answer.Source == nil {
		return nil
	}
	t := table.New(
		table.Column{Title: "ROLE"}, table.Column{Title: "NEEDS"}, table.Column{Title: "HOLDERS", Flex: true},
		table.Column{Title: "ONE HOLDER"}, table.Column{Title: "ONE ORG"}, table.Column{Title: "WEAKEST"}, table.Column{Title: "MAY LOSE"},
	)
	for i := range roles {
		r := &roles[i]
		if r.Unreachable != "" {
			t.Row(string(r.Name), r.Needs(), "no one can publish it", "", "", "", "")
			continue
		}
		t.Row(string(r.Name), r.Needs(), r.Holders.Summary(), r.Holders.One().String(), r.Organisations.One().String(), r.Weakest.Name, r.Loss())
	}
	if err := t.Write(a.out, a.width); err != nil || !explained {
		return err
	}
	var out strings.Builder
	for _, r := range answer.Roles {
		out.WriteString("\n")
		for _, sentence := range r.Explanation {
			out.WriteString(text.Clean(sentence) + "\n")
		}
	}
	_, err := io.WriteString(a.out, out.String())
	return err
}
