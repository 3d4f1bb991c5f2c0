package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"trustdeck/model/report"
	"trustdeck/tui/flows"
	"trustdeck/tui/text"
)

// The commands about what another client has staged in the trust folder. newStatus lists it.

func newPublish(a *app) *cobra.Command {
	c := &change{app: a, flow: flows.Publish(nil)}
	cmd := c.command("publish [--drop N] [--order N,N..] [REPO]", "Publish the changes that notary staged here",
		`Publishes what notary staged in the trust folder, as notary publish does: the plan shows
every entry, what it changes, and what clients will see. --drop leaves entries out, and
--order applies them in another order. The numbers are those of trustdeck status.

An entry that can't be read or applied is named with its reason, and nothing is published
unless you leave it out. When everything was read back, the published entries are removed
from the changelist. Entries that you leave out stay staged.

With --to, trustdeck prepares a repository in a folder for a host to which another program
uploads, such as an object store. It writes what is published into DIR, under its published
names, and the file upload.txt, which lists what to upload, with SHA-256, in the order in
which clients need it. Remove upload.txt once everything is uploaded.`,
		`  trustdeck publish registry.example.org/acme/app
  trustdeck publish --drop 2 --order 1,0 registry.example.org/acme/app
  trustdeck publish --to ./upload ./repository`,
		arguments("one repository", 0, 1), a.onlyRepositories)
	var dir string
	cmd.Flags().StringVar(&dir, "to", "", "folder `DIR` in which to prepare an upload; publishes nothing else")
	staged := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if !cmd.Flags().Changed("to") {
			return staged(cmd, args)
		}
		return a.upload(cmd.Context(), args, dir)
	}
	return cmd
}

// upload prepares an upload of a repository in a folder.
func (a *app) upload(ctx context.Context, args []string, dir string) error {
	if len(args) == 0 || dir == "" {
		return usageError("--to needs a folder, and a repository to upload", "For example: trustdeck publish --to ./upload ./repository")
	}
	s, err := a.session()
	if err != nil {
		return err
	}
	guns, err := a.repositories(ctx, s, args)
	if err != nil {
		return err
	}
	service, err := a.writable(s)
	if err != nil {
		return err
	}
	names, err := service.Upload(ctx, guns[0], dir)
	if err != nil {
		return err
	}
	answer := report.NewUpload(guns[0], dir, names)
	return a.answer(answer, func() error {
		lines := []string{"Everything that is published is in " + dir + " already."}
		if len(names) > 0 {
			lines = []string{fmt.Sprintf("%s in %s must be uploaded, in this order:", text.Count(len(names), "file"), dir), ""}
			for _, name := range names {
				lines = append(lines, "  "+name)
			}
			lines = append(lines, "", "upload.txt lists them too. Remove it once everything is uploaded.")
		}
		for _, line := range lines {
			if _, err := fmt.Fprintln(a.out, text.Clean(line)); err != nil {
				return err
			}
		}
		return nil
	})
}

func newReset(a *app) *cobra.Command {
	c := &change{app: a, flow: flows.Reset(nil), flags: map[string]*[]string{entryFlag: {}}}
	cmd := c.settling("reset [--entry N] [REPO]", "Drop changes that notary staged here",
		`Takes entries out of the changelist of a repository, as notary reset does, including
entries that can't be read. The numbers are those of trustdeck status. trustdeck lists
what is lost before it drops anything.

The files are kept in a folder beside the changelist, where notary doesn't look. Move
them back to stage them again.`,
		`  trustdeck reset --entry 0 --entry 2 registry.example.org/acme/app
  trustdeck reset --entry all registry.example.org/acme/app`,
		arguments("one repository", 0, 1), a.onlyRepositories)
	listVar(cmd.Flags(), c.flags[entryFlag], entryFlag, "number `N` of the entry to drop, or all; may be repeated")
	return cmd
}

// entryFlag is the flag and the answer of the same name.
const entryFlag = "entry"
