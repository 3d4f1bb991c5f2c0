package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"trustdeck/cmd/trustdeck/internal/table"
	"trustdeck/model"
	"trustdeck/model/report"
	"trustdeck/tui/detail"
	"trustdeck/tui/text"
)

func newExplain(a *app) *cobra.Command {
	all := false
	cmd := &cobra.Command{
		Use:   "explain REPO PATH",
		Short: "Show how clients look for a target, delegation by delegation",
		Long: `Shows how clients look for a target: which delegations they follow, in which order and
why, and where the search ends. PATH is the name of the target as in the metadata; for
an image repository, a tag.

trustdeck counts the delegations for other targets; --all lists them.

The exit code is 1 if clients find nothing under this name, and 4 if a role of the
repository doesn't verify or has expired.`,
		Example: `  trustdeck explain ./tuf registry.npmjs.org/keys.json
  trustdeck explain registry.example.org/acme/app 1.0
  # the delegations that the search followed
  trustdeck explain sigstore trusted_root.json -o json |
    jq -r '.steps[] | select(.taken) | .role'`,
		Args:              arguments("a repository and the name of a target", 2, 2),
		ValidArgsFunction: a.completeFirstRepository,
		RunE: func(cmd *cobra.Command, args []string) error {
			s, view, err := a.look(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if view.Repository == nil {
				return a.refused(view)
			}
			search := s.DialectOf(view.GUN).Search(view.Repository, args[1])
			answer := report.NewExplain(view, search)
			err = a.answer(answer, func() error { return a.writeExplain(search, answer.Resolution, all) })
			if !answer.Resolution.OK {
				err = errors.Join(err, errMismatch)
			}
			return errors.Join(err, a.refused(view))
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "also list the delegations for other targets")
	a.addOutput(cmd)
	a.addGUN(cmd)
	return cmd
}

// writeExplain writes a row for each step, and what comes of the search.
func (a *app) writeExplain(search model.Search, r report.Resolution, all bool) error {
	t := table.New(
		table.Column{Title: "ROLE"}, table.Column{Title: "FOR"}, table.Column{Title: "OUTCOME"}, table.Column{Title: "WHY", Flex: true},
	)
	others := 0
	for _, s := range search.Steps {
		if !all && s.Outcome == model.SearchNoMatch {
			others++
			continue
		}
		t.Row(strings.Repeat("  ", s.Depth)+string(s.Edge.Name), detail.For(&s.Edge), s.Outcome.String(), s.Reason)
	}
	if len(search.Steps) > 0 {
		if err := t.Write(a.out, a.width); err != nil {
			return err
		}
	}
	var end strings.Builder
	if others > 0 {
		fmt.Fprintf(&end, "%s for other targets; --all lists them\n", text.Count(others, "delegation"))
	}
	verdict := r.Reason
	if r.OK {
		verdict = fmt.Sprintf("clients find it in %s: %s, %s", r.Role, digestOf(r.SHA256, r.SHA512), text.Bytes(r.Length))
	}
	if len(search.Steps) > 0 {
		end.WriteString("\n")
	}
	fmt.Fprintf(&end, "%s\n", text.Sentence(text.Clean(verdict)))
	_, err := io.WriteString(a.out, end.String())
	return err
}
