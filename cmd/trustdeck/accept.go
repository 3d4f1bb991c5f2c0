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
	cmd := c.settling("accept-root [REPO]", "Accept a root that does not follow from the one known here",
		`trustdeck records each root that it verifies. Later roots must follow from it, whatever
a pin says. If a repository was made again with keys that the old ones have not signed,
inspect and verify end with exit code 4 until you accept its root here.

HEX is the full key ID or certificate ID of a key that has signed the new root. Get it
from the holder of the key over another channel, never from the server: anyone who
controls the server can make a repository again.

The repository must verify on its own, and its root must match the pin. trustdeck then
shows the old and the new root, and records the new one when you accept it. It ignores
roots that contradict the new one, including the root in Docker's trust folder, which it
does not change. It also drops the versions recorded under the old root. If there is
nothing to accept, trustdeck says so and writes nothing.`,
		`  trustdeck accept-root registry.example.org/acme/app \
    --fingerprint 3f2a9c51d07be46f8a1c5b9e7d20464f1a83c5d7e9b0f2143657a8b9cadbecfd`,
		arguments("one repository", 0, 1), a.onlyRepositories)
	listVar(cmd.Flags(), c.flags[fingerprintFlag], fingerprintFlag, "`HEX`: full key ID or certificate ID of a key that has signed the new root")
	return cmd
}

// fingerprintFlag is the flag and the answer of the same name.
const fingerprintFlag = "fingerprint"

func newAcceptRollback(a *app) *cobra.Command {
	c := &change{app: a, flow: flows.AcceptRollback(nil)}
	return c.settling("accept-rollback [REPO] [ROLE..]", "Accept roles that are older than what was verified before",
		`trustdeck records each version that it verifies. Afterwards, three things are failures:
an older version of a role, different content in the same version, and a delegated role
that the snapshot no longer lists. inspect and verify end with exit code 4 until a later
version is published, or until you accept the rollback here.

Accept it only if you know the cause, for example that the server's operator restored a
backup. Clients that have seen the newer version still refuse this one.

Each role must verify on its own, under the trusted root. trustdeck shows what it
recorded and what the server has, and records the latter when you accept it. If there is
nothing to accept, trustdeck says so and writes nothing.`,
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
	cmd.Flags().BoolVar(&c.yes, "yes", false, "accept it without asking")
	c.app.addDetails(cmd)
	c.app.addGUN(cmd)
	return cmd
}
