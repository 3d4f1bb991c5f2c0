package main

import (
	"github.com/spf13/cobra"

	"trustdeck/tui/flows"
)

// The commands about what another client has staged in the trust folder. newStatus lists it.

func newPublish(a *app) *cobra.Command {
	c := &change{app: a, flow: flows.Publish(nil)}
	return c.command("publish [--drop N] [--order N,N..] [REPO]", "Publish the changes that notary staged here",
		`Publishes what notary staged in the trust folder, as notary publish does: the plan shows
every entry, what it changes, and what clients will see. --drop leaves entries out, and
--order applies them in another order. The numbers are those of trustdeck status.

An entry that can't be read or applied is named with its reason, and nothing is published
unless you leave it out. When everything was read back, the published entries are removed
from the changelist. Entries that you leave out stay staged.`,
		`  trustdeck publish registry.example.org/acme/app
  trustdeck publish --drop 2 --order 1,0 registry.example.org/acme/app`,
		arguments("one repository", 0, 1), a.onlyRepositories)
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
	cmd.Flags().StringArrayVar(c.flags[entryFlag], entryFlag, nil, "number `N` of the entry to drop, or all; may be repeated")
	return cmd
}

// entryFlag is the flag and the answer of the same name.
const entryFlag = "entry"
