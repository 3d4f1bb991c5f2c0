package main

import (
	"context"

	"github.com/spf13/cobra"

	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
)

// The commands that settle what memory refuses. They change nothing on the server.

func newAcceptRoot(a *app) *cobra.Command {
	c := &change{app: a, flow: flows.AcceptRoot(nil), flags: map[string]*[]string{fingerprintFlag: {}}}
	cmd := c.settling("accept-root [REPO]", "Accept a root that does not descend from the one known here",
		`A root that was verified once is remembered, and later ones must descend from it,
whatever a pin says. Where a repository was made anew, with keys that the old ones have
not signed, inspect and verify end with exit code 4 until you accept its root here.

HEX is the key ID or the certificate ID of a key that has signed the new root, in full.
Take it from the owner of the repository over another channel, never from the server:
anybody who controls the server can make a repository anew.

The repository must verify by itself, and its root must satisfy the pin. Then the old
and the new root are shown, and the new one is remembered once you accept it. Roots that
contradict it no longer count, also that in Docker's trust folder, which stays as it is.
The versions that were seen under the old root are given up with it. Where there is
nothing to settle, this is said, and nothing is written.`,
		`  trustdeck accept-root registry.example.org/acme/app \
    --fingerprint 3f2a9c51d07be46f8a1c5b9e7d20464f1a83c5d7e9b0f2143657a8b9cadbecfd`,
		arguments("one repository", 0, 1), a.onlyRepositories)
	cmd.Flags().StringArrayVar(c.flags[fingerprintFlag], fingerprintFlag, nil, "`HEX`: key ID or certificate ID of a key that has signed the new root, in full")
	return cmd
}

// fingerprintFlag is the flag and the answer of the same name.
const fingerprintFlag = "fingerprint"

func newAcceptRollback(a *app) *cobra.Command {
	c := &change{app: a, flow: flows.AcceptRollback(nil)}
	return c.settling("accept-rollback [REPO] [ROLE..]", "Accept roles that are older than what was verified before",
		`Every version that was verified once is remembered. A role that is older now, that has
another content in the same version, or that its parent delegates and the snapshot no
longer lists, is a failure at every look: inspect and verify end with exit code 4. It is
settled by a later version, or here.

Accept it only where you know why, for example because the operator of the server has
restored a backup. Clients that have seen the newer version go on refusing this one.

A role must verify by itself, under the root that is trusted. Before and after are
shown, and what the server has now is remembered once you accept it. Where there is
nothing to settle, this is said, and nothing is written.`,
		`  trustdeck accept-rollback registry.example.org/acme/app targets/releases`,
		arguments("a repository and roles", 0, -1), a.repositoryAnd("roles"))
}

// settling makes the command of a flow that settles something.
func (c *change) settling(use, short, long, example string, args cobra.PositionalArgs, answers func(context.Context, *session, []string) (flow.Answers, error)) *cobra.Command {
	cmd := &cobra.Command{
		Use: use, Short: short, Long: long, Example: example, Args: args,
		ValidArgsFunction: c.app.completeRepositories,
		RunE:              func(cmd *cobra.Command, args []string) error { return c.begin(cmd, args, answers) },
	}
	cmd.Flags().BoolVar(&c.yes, "yes", false, "accept it, and ask nothing at all")
	c.app.addDetails(cmd)
	c.app.addGUN(cmd)
	return cmd
}
