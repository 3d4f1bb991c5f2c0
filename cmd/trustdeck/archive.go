package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"trustdeck/cmd/trustdeck/internal/table"
	"trustdeck/cmd/trustdeck/internal/wiring"
	"trustdeck/model"
	"trustdeck/model/admin/archive"
	"trustdeck/model/report"
)

func newArchive(a *app) *cobra.Command {
	var to string
	var all bool
	cmd := &cobra.Command{
		Use:   "archive REPO… --to DIR",
		Short: "Save every version of the trust data, to read without a server",
		Long: `Saves every version of every role that the server still has. The archive also has the
root certificates, a manifest of digests, and a report of what verifies, as JSON and
Markdown. DIR is a new or empty folder, or an existing archive, to which trustdeck adds
only what is new. If a run stops early, repeat it: trustdeck keeps what it saved.

To open an archive, give --archive DIR to the UI or to any command that reads.`,
		Example: `  trustdeck archive docker.io/acme/app docker.io/acme/tool --to /media/trust-2026
  trustdeck --archive /media/trust-2026 inspect docker.io/acme/app
  # every known repository
  trustdeck archive --all --to /media/trust-2026`,
		ValidArgsFunction: a.completeRepositories,
		Args: func(_ *cobra.Command, args []string) error {
			if (len(args) == 0) != all {
				return usageError("archive takes repositories or --all", "Name them, or give --all for every known repository.")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if to == "" {
				return usageError("archive needs a folder to write to", "Name it with --to DIR.")
			}
			s, err := a.session()
			if err != nil {
				return err
			}
			guns, err := a.wanted(cmd.Context(), s, args)
			if err != nil {
				return err
			}
			return a.archive(cmd.Context(), s, guns, to)
		},
	}
	cmd.Flags().StringVar(&to, "to", "", "`DIR` to write to")
	cmd.Flags().BoolVar(&all, "all", false, "save every known repository")
	_ = cmd.MarkFlagDirname("to")
	a.addOutput(cmd)
	a.addGUN(cmd)
	return cmd
}

// wanted are the repositories that are named, or all.
func (a *app) wanted(ctx context.Context, s *session, args []string) ([]model.GUN, error) {
	if len(args) > 0 {
		return a.repositories(ctx, s, args)
	}
	listed, err := s.Service.List(ctx)
	if len(listed) == 0 {
		return nil, errors.Join(err, &model.Fault{
			Kind: model.FaultNotFound, Text: "no repositories are known", Hint: "Name them.",
		})
	}
	a.warnAll(err)
	guns := make([]model.GUN, len(listed))
	for i, l := range listed {
		guns[i] = l.GUN
	}
	return guns, nil
}

func (a *app) archive(ctx context.Context, s *session, guns []model.GUN, to string) (err error) {
	vault, err := wiring.CreateArchive(to, a.now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, vault.Close()) }()
	result, err := s.Archives(vault).Save(ctx, guns, func(p archive.Progress) {
		if a.interactive && p.Phase == archive.Done {
			a.say(fmt.Sprintf("%d of %d: %s", p.Done, p.Total, p.GUN), "")
		}
	})
	answer := report.NewArchive(to, result)
	err = errors.Join(err, a.answer(answer, func() error { return a.writeArchive(answer) }))
	for _, r := range result.Repositories {
		if r.Fault != nil {
			err = errors.Join(err, r.Fault)
		}
	}
	if err == nil && !answer.Complete {
		return errors.New("the archive is incomplete; its report lists the problems")
	}
	return err
}

func (a *app) writeArchive(answer report.Archive) error {
	t := table.New(
		table.Column{Title: "REPOSITORY", Flex: true, KeepEnd: true}, table.Column{Title: "COMPLETE"},
		table.Column{Title: "FILES", Right: true}, table.Column{Title: "NEW", Right: true},
		table.Column{Title: "STATE"}, table.Column{Title: "REASON", Flex: true, Optional: true},
	)
	for _, r := range answer.Repositories {
		complete := "no"
		if r.Complete {
			complete = "yes"
		}
		t.Row(r.Name, complete, strconv.Itoa(r.Files), strconv.Itoa(r.New), r.Health, r.Reason)
	}
	if err := t.Write(a.out, a.width); err != nil {
		return err
	}
	a.say("the archive is in "+answer.Directory, "Open it: trustdeck --archive "+answer.Directory)
	return nil
}
