package main

import (
	"errors"
	"slices"
	"strings"

	"github.com/fvbommel/sortorder"
	"github.com/spf13/cobra"

	"trustdeck/cmd/trustdeck/internal/table"
	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/report"
	"trustdeck/tui/text"
)

func newTags(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "tags REPO",
		Short: "List the tags of a repository with their digests and signers",
		Long: `Lists every tag that any role of the repository signs, with its digest and the roles that
state it. PULLED marks what "docker pull" gets with content trust: it looks in
targets/releases, then in targets, and nowhere else. For a TUF 1.0 repository it lists
the targets; FOUND marks the content that clients find. Roles that clients don't accept
are in brackets.

The exit code is 4 if a role of the repository doesn't verify or has expired.`,
		Example: `  trustdeck tags registry.example.org/acme/app
  trustdeck tags alpine -o json | jq -r '.tags[] | select(.pulled) | "\(.name) \(.sha256)"'`,
		Args:              arguments("one repository", 1, 1),
		ValidArgsFunction: a.completeFirstRepository,
		RunE: func(cmd *cobra.Command, args []string) error {
			s, view, err := a.look(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			var tags []model.Tag
			if view.Repository != nil {
				tags = s.DialectOf(view.GUN).Tags(view.Repository)
			}
			answer := report.NewTags(view, tags)
			err = a.answer(answer, func() error { return a.writeTags(answer) })
			return errors.Join(err, a.refused(view))
		},
	}
	a.addOutput(cmd)
	a.addGUN(cmd)
	return cmd
}

func (a *app) writeTags(answer report.Tags) error {
	if answer.Source == nil {
		return nil
	}
	words := a.words(answer.Repository)
	if len(answer.Tags) == 0 {
		a.say("no "+words.Targets()+" are signed in "+answer.Repository, "")
		return nil
	}
	t := table.New(
		table.Column{Title: strings.ToUpper(words.Target)}, table.Column{Title: strings.ToUpper(words.Found)}, table.Column{Title: "DIGEST"},
		table.Column{Title: "SIZE", Right: true}, table.Column{Title: "ROLES", Flex: true},
	)
	tags := slices.Clone(answer.Tags)
	slices.SortStableFunc(tags, func(x, y report.Tag) int { return sortorder.NaturalCompare(x.Name, y.Name) })
	for _, tag := range tags {
		roles := append([]string{}, tag.Roles...)
		for _, unusable := range tag.Unusable {
			roles = append(roles, "("+unusable+")")
		}
		t.Row(tag.Name, yes(tag.Pulled), digestOf(tag.SHA256, tag.SHA512), text.Bytes(tag.Length), strings.Join(roles, ", "))
	}
	return t.Write(a.out, a.width)
}

// yes marks what holds; what does not stays empty.
func yes(holds bool) string {
	if holds {
		return "yes"
	}
	return ""
}

// digestOf prefers the hash that docker names images by.
func digestOf(sha256, sha512 string) string {
	switch {
	case sha256 != "":
		return "sha256:" + sha256
	case sha512 != "":
		return "sha512:" + sha512
	default:
		return ""
	}
}

// broken says for which of the views trust is broken; nil where for none. Refer
// names the command that tells more.
func (a *app) broken(views []admin.Look, refer bool) error {
	var err error
	for _, v := range views {
		if v.Repository == nil || report.Verified(v) {
			continue
		}
		hint := ""
		if refer {
			hint = "See trustdeck inspect " + string(v.GUN)
		}
		a.warn("trust in "+string(v.GUN)+" is broken: "+v.Assessment.Reason, hint)
		err = errBroken
	}
	return err
}

func (a *app) addGUN(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&a.verbatim, "gun", false, "read names as the server's names, not as docker image names")
}
