package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"trustdeck/cmd/trustdeck/internal/table"
	"trustdeck/model/report"
)

func newDelegationList(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list REPO",
		Short: "List delegations, with their keys, paths and thresholds",
		Long: `Lists all delegations of a repository, as notary delegation list does, nested ones too.
Each key has a line:

  PATHS       what the role may list: names that begin so; "all" permits every name
  KEY ID      the ID that all commands take; -o json adds the ID in the metadata
  THRESHOLD   how many of the keys must sign
  STATE       the verdict on the role's file, "unpublished" if it never had one; then the
              role on the way to it that keeps clients from it, if there is one
  FROM        the role that delegates, if the name doesn't tell

A role that has expired or doesn't verify is listed with that state, and so are the roles
below it.

The exit code is 4 if a role of the repository doesn't verify or has expired.`,
		Example: `  trustdeck delegation list registry.example.org/acme/app
  # which roles may a key sign?
  trustdeck delegation list acme/app -o json |
    jq -r '.delegations[] | select(any(.keys[]; startswith("4f2a81c0"))) | .role'`,
		Args:              arguments("one repository", 1, 1),
		ValidArgsFunction: a.completeFirstRepository,
		RunE: func(cmd *cobra.Command, args []string) error {
			_, view, err := a.look(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			answer := report.NewDelegations(view)
			err = a.answer(answer, func() error { return a.writeDelegations(answer) })
			return errors.Join(err, a.refused(view))
		},
	}
	a.addOutput(cmd)
	a.addGUN(cmd)
	return cmd
}

func (a *app) writeDelegations(answer report.Delegations) error {
	if answer.Source == nil {
		return nil
	}
	if len(answer.Delegations) == 0 && !answer.Verified {
		return nil // what was not read may delegate: the warning says what is wrong
	}
	if len(answer.Delegations) == 0 {
		words := a.words(answer.Repository)
		a.say(answer.Repository+" has no delegations", "Its "+words.Targets()+" are signed with the targets key itself.")
		return nil
	}
	columns := []table.Column{
		{Title: "ROLE"},
		{Title: "PATHS", Flex: true},
		{Title: "KEY ID"},
		{Title: "THRESHOLD"},
		{Title: "STATE"},
	}
	told := !slices.ContainsFunc(answer.Delegations, func(d report.Delegation) bool { return !strings.HasPrefix(d.Role, d.From+"/") })
	if !told {
		columns = append(columns, table.Column{Title: "FROM"})
	}
	t := table.New(columns...)
	for i := range answer.Delegations {
		d := &answer.Delegations[i]
		state := d.State
		if d.Expired {
			state += ", expired"
		}
		if d.Blocked != nil {
			state += "; " + d.Blocked.Role + " is " + d.Blocked.Reason
		}
		keys := d.Keys
		if len(keys) == 0 {
			keys = []string{"no key"}
		}
		for _, id := range keys {
			row := []string{d.Role, delegatedPaths(d), id, fmt.Sprintf("%d of %d", d.Threshold, len(d.Keys)), state}
			if !told {
				row = append(row, d.From)
			}
			t.Row(row...)
		}
	}
	return t.Write(a.out, a.width)
}

// delegatedPaths says what a delegation is for.
func delegatedPaths(d *report.Delegation) string {
	var words []string
	switch {
	case d.Bin:
		words = []string{"one hash bin"}
	case len(d.PathHashPrefixes) > 0:
		words = []string{"hashes " + strings.Join(d.PathHashPrefixes, ", ")}
	case len(d.Paths) == 0:
		words = []string{"no path"}
	case slices.Contains(d.Paths, ""):
		words = []string{"all"}
	default:
		for _, p := range d.Paths {
			words = append(words, strconv.Quote(p))
		}
	}
	if d.Terminating {
		words = append(words, "terminating")
	}
	return strings.Join(words, ", ")
}
