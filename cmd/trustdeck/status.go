package main

import (
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"trustdeck/cmd/trustdeck/internal/table"
	"trustdeck/model"
	"trustdeck/model/report"
	"trustdeck/tui/text"
)

func newStatus(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "status REPO",
		Short: "List changes staged here but not published",
		Long: `Lists what waits in the trust folder to be published to a repository: the changes that
notary or docker staged, in the order in which notary would apply them; whether the
repository was initialised here but never published; and metadata that is newer here than
on the server. It changes nothing.

The numbers are those that "notary reset -n" accepts. A change that notary can't read or
publish blocks all others, and is marked. For one that only trustdeck publish refuses, the
reason says so: notary may still publish it.

The exit code doesn't depend on what is staged. If the server can't be reached, trustdeck
still lists the changes.`,
		Example: `  trustdeck status registry.example.org/acme/app
  # check all staged changes before you put the trust folder away
  trustdeck doctor --fail-on notice`,
		Args:              arguments("one repository", 1, 1),
		ValidArgsFunction: a.completeFirstRepository,
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := a.looking()
			if err != nil {
				return err
			}
			if s.Settings.Archive != "" {
				return usageError("an archive has nothing staged", "Leave out --archive to look into the trust folder.")
			}
			guns, err := a.repositories(cmd.Context(), s, args)
			if err != nil {
				return err
			}
			views, err := a.views(cmd.Context(), s, guns)
			if err != nil {
				return err
			}
			if fault := views[0].Fault; fault != nil && fault.Kind != model.FaultNotFound {
				a.warn("not compared with the server: "+fault.Error(), fault.Hint)
			}
			staged := s.Service.StagedFor(cmd.Context(), views[0])
			answer := report.NewStatus(s.Settings.TrustDir, staged)
			err = a.answer(answer, func() error { return a.writeStatus(answer) })
			if err == nil && staged.Fault != nil {
				return staged.Fault
			}
			return err
		},
	}
	a.addOutput(cmd)
	a.addGUN(cmd)
	return cmd
}

func (a *app) writeStatus(answer report.Status) error {
	if answer.Unpublished {
		a.warn(answer.Repository+" was initialised here but never published", "Publish it with notary publish.")
	}
	for _, f := range answer.Ahead {
		a.warn(fmt.Sprintf("%s is version %d here but version %d on the server", f.Role, f.Local, f.Server), "For the fix, run: trustdeck doctor")
	}
	if len(answer.Changes) == 0 {
		if answer.Fault == nil {
			a.say("nothing is staged for "+answer.Repository+" in "+answer.TrustDir, "")
		}
		return nil
	}
	t := table.New(
		table.Column{Title: "#", Right: true}, table.Column{Title: "ACTION"}, table.Column{Title: "ROLE"}, table.Column{Title: "TYPE"},
		table.Column{Title: "STAGED"}, table.Column{Title: "CHANGE", Flex: true},
	)
	for _, c := range answer.Changes {
		t.Row(strconv.Itoa(c.Index), c.Action, c.Role, c.Type, text.UTC(c.Staged), c.Text)
	}
	if err := t.Write(a.out, a.width); err != nil {
		return err
	}
	for _, c := range answer.Changes {
		if c.Fault != nil {
			a.warn(c.Fault.Subject+": "+c.Fault.Text, c.Fault.Hint)
		}
		if c.RefusedHere != nil {
			a.say(c.RefusedHere.Subject+": "+c.RefusedHere.Text, c.RefusedHere.Hint)
		}
	}
	return nil
}
