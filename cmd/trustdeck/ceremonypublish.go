package main

import (
	"bytes"
	"context"

	"github.com/spf13/cobra"

	"trustdeck/model"
	"trustdeck/model/admin/ceremony"
	changing "trustdeck/model/admin/change"
	"trustdeck/model/transcript"
	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
	"trustdeck/tui/plain"
)

func newCeremonyPublish(a *app) *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "publish FILE",
		Short: "Publish what everyone has signed",
		Long: `Publishes what a ceremony has signed, once all signatures are there. trustdeck reads the
repository again: if the root or a file that is replaced has changed in the meantime, it
publishes nothing and ends with exit code 8. Tags that were published in the meantime make
no difference, because snapshot and timestamp are signed now, with keys of this machine or
by the server. Afterwards it reads everything back, as a new client and as clients that
have each older root.

If it is cut off, trustdeck resume explains how far it came, and finishes it.`,
		Example: `  trustdeck ceremony publish root.ceremony`,
		Args:    arguments("the file of a ceremony", 1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.publishCeremony(cmd.Context(), a.world.Path(args[0]), yes)
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "publish it without asking")
	a.addDetails(cmd)
	a.addOutput(cmd)
	return cmd
}

// publishCeremony publishes what is in the file of a ceremony.
func (a *app) publishCeremony(ctx context.Context, path string, yes bool) error {
	s, err := a.session()
	if err != nil {
		return err
	}
	publishing, err := a.writable(s)
	if err != nil {
		return err
	}
	file, err := s.Ceremonies(a.now).Open(path)
	if err != nil {
		return err
	}
	files, err := file.Files()
	if err != nil {
		return err
	}
	a.remind(ctx, publishing)
	gun := file.Bundle().Repository
	look := publishing.Open(ctx, gun)
	switch {
	case look.Fault != nil && look.Fault.Kind != model.FaultNotFound:
		return look.Fault
	case published(look.Repository, files):
		a.tell("It is published already.")
		return nil
	}
	if err := file.CheckBase(look.Repository); err != nil {
		return err
	}
	p, err := publishing.Prepare(ctx, []changing.Request{{GUN: gun, Changes: file.Bundle().Changes}})
	if err != nil {
		return err
	}
	review := flows.CeremonyReview(file.Opened, a.now())
	a.lines().Show(review)
	if err := a.lines().Flush(); err != nil {
		return err
	}
	if !yes {
		if !a.interactive {
			return errNotAccepted
		}
		agreed, err := a.lines().Accepted(ctx, review, flow.Challenge{Word: "publish"}, "to publish it")
		if err != nil {
			return err
		}
		if !agreed {
			return plain.ErrDeclined
		}
	}
	return a.executeCollected(ctx, publishing, yes, file, changing.Execution{Plan: p})
}

// executeCollected publishes a plan with the signatures of a ceremony.
func (a *app) executeCollected(ctx context.Context, publishing *changing.Service, yes bool, file *ceremony.File, e changing.Execution) error {
	e.Collected = &changing.Collected{From: file.Path, Seal: file.Seal}
	err := a.execute(ctx, publishing, yes, e)
	if err == nil {
		a.recordPublished(file, flows.Published(e.Plan))
		a.tell("")
		a.tell(flows.Published(e.Plan))
	}
	return err
}

// recordPublished adds that to the transcript. That it can't be written changes nothing about it.
func (a *app) recordPublished(file *ceremony.File, said string) {
	service, err := a.ceremonies()
	if err == nil {
		err = service.Record(file, transcript.Entry{What: transcript.Published, Text: []string{said}})
	}
	if err != nil {
		a.warn("it is published, and that is not in the transcript: "+err.Error(), model.HintOf(err))
	}
}

// published reports whether a repository has the very files.
func published(r *model.Repository, files map[model.RoleName][]byte) bool {
	if r == nil {
		return false
	}
	for role, raw := range files {
		if now := r.Role(role); now == nil || !bytes.Equal(now.Raw, raw) {
			return false
		}
	}
	return true
}
