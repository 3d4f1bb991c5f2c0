package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"trustdeck/cmd/trustdeck/internal/wiring"
	"trustdeck/model"
	changing "trustdeck/model/admin/change"
	"trustdeck/model/report"
	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
)

func newDelete(a *app) *cobra.Command {
	c := &change{app: a, flow: flows.Delete(nil), idle: func(o flow.Outcome) error {
		return a.answer(report.NewDeletion(flows.DeletionOf(o), nil, nil), func() error { return nil })
	}}
	var remote, without bool
	cmd := c.settling("delete [--remote] [REPO]", "Delete the trust data of a repository, here or on the server too",
		`Removes the cached trust data and the staged changes of a repository from the trust
folder, as notary delete does, but nothing of repositories whose names begin with its name.
With --remote, the server first deletes every version of every role. Private keys stay.

Deleting on the server can't be undone. trustdeck first saves every version to an
archive: in the folder that --archive-to names, or in a new one in your home folder. If
the archive isn't complete, nothing is deleted. To do without, give --no-archive.
Afterwards trustdeck reads the repository as a new client, and lists what is left.`,
		`  trustdeck delete registry.example.org/acme/app
  trustdeck delete --remote --archive-to /media/trust-2026 registry.example.org/acme/app`,
		arguments("one repository", 0, 1),
		func(ctx context.Context, s *session, args []string) (flow.Answers, error) {
			out, err := a.onlyRepositories(ctx, s, args)
			to := len(*c.flags["archive-to"]) > 0
			switch {
			case err != nil:
			case without && to:
				err = usageError("--no-archive and --archive-to exclude each other", "Give one of them.")
			case !remote && (without || to):
				err = usageError("trustdeck makes an archive only before it deletes trust data on the server", "Give --remote as well, or use: trustdeck archive")
			}
			if remote {
				out.Values[flows.DeleteWhat] = []string{flows.DeleteRemote}
			}
			if without {
				out.Values[flows.ArchiveFirst] = []string{flows.NoArchive}
			}
			return out, err
		})
	c.addFlags(cmd)
	cmd.Flags().BoolVar(&remote, "remote", false, "delete the server's trust data, too")
	cmd.Flags().BoolVar(&without, "no-archive", false, "make no archive first")
	_ = cmd.MarkFlagDirname("archive-to")
	a.addOutput(cmd)
	return cmd
}

// Delete deletes trust data, and can make an archive of it first.
func (d *flowBackend) Delete(ctx context.Context, p *changing.Deletion, run changing.DeletionRun) (*changing.DeletionOutcome, error) {
	run.Save = d.archive
	if run.Archive != "" {
		run.Archive = d.expand(run.Archive)
	}
	return d.Service.Delete(ctx, p, run)
}

// archive saves every version of a repository, and checks it.
func (d *flowBackend) archive(ctx context.Context, gun model.GUN, dir string) (err error) {
	vault, err := wiring.CreateArchive(dir, d.app.now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, vault.Close()) }()
	result, err := d.session.Archives(vault).Save(ctx, []model.GUN{gun}, nil)
	if err != nil {
		return err
	}
	for _, r := range result.Repositories {
		if r.Fault != nil {
			return r.Fault
		}
		if !r.Complete {
			return &model.Fault{
				Kind: model.FaultBadData, Subject: dir, Text: "the archive is not complete, so nothing was deleted",
				Hint: "Its report lists what is missing. To delete without an archive, give --no-archive.",
			}
		}
	}
	return nil
}
