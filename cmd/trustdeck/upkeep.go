package main

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"trustdeck/model"
	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
)

// The commands that keep a repository alive.

func newSignerRemove(a *app) *cobra.Command {
	c := &change{app: a, flow: flows.SignerRemove(nil)}
	return c.command("remove [NAME] [REPO..]", "Take the right to sign from somebody",
		`Removes targets/NAME, and the keys of NAME from targets/releases. Where the last
signature of targets/releases was by such a key, a key that stays signs it again. Tags
that are released stay. docker trust signer remove of Docker 26 to 29 says that it
removes a signer, and removes nothing.`,
		`  trustdeck signer remove alice registry.example.org/acme/app registry.example.org/acme/web`,
		arguments("a name and repositories", 0, -1),
		a.nameAndRepositories)
}

func newOffBoard(a *app) *cobra.Command {
	c := &change{app: a, flow: flows.OffBoard(nil)}
	return c.command("off-board [--who WHO] [REPO..]", "Remove those who have left from all repositories",
		`Lists everybody whose key may sign tags of the repositories, with the last file in
force that each key has signed, and removes those who are named: from their own roles
and from targets/releases, also where somebody was removed half. WHO is the name of a
signer, which means all keys of that name, the ID of a key or its first digits, or
NAME@KEY.`,
		`  trustdeck off-board registry.example.org/acme/app registry.example.org/acme/web
  trustdeck off-board --who alice --who 4f2a81c03d7e registry.example.org/acme/app`,
		arguments("repositories", 0, -1),
		a.onlyRepositories)
}

func newRenew(a *app) *cobra.Command {
	c := &change{app: a, flow: flows.Renew(nil)}
	return c.command("renew [REPO..] [ROLE..]", "Re-sign roles with a new expiry",
		`Re-signs root, targets and delegations unchanged, before they expire or after. notary
and docker refuse an expired targets file, whatever they are asked to do: this is the way
back. With --expiring, everything is renewed that expires within so many days: in the
repositories that are named, or in all that are known. What your keys cannot sign is
listed, and left out.`,
		`  trustdeck renew registry.example.org/acme/app
  trustdeck renew registry.example.org/acme/app registry.example.org/acme/web targets
  trustdeck renew --expiring 30d --yes`,
		arguments("repositories and roles", 0, -1), a.repositoriesAndRoles)
}

func newWitness(a *app) *cobra.Command {
	c := &change{app: a, flow: flows.Witness(nil)}
	return c.command("witness [REPO..] [ROLE..]", "Sign roles again as they are, and vouch for them",
		`Signs targets or delegations with keys of this machine as they are, also those that
have not enough valid signatures. Look at what they say first: trustdeck inspect.`,
		`  trustdeck witness registry.example.org/acme/app targets/releases
  trustdeck witness registry.example.org/acme/app registry.example.org/acme/web targets`,
		arguments("repositories and roles", 0, -1), a.repositoriesAndRoles)
}

func newRotate(a *app) *cobra.Command {
	c := &change{app: a, flow: flows.Rotate(nil)}
	var server, all bool
	answers := a.repositoryAnd("role")
	cmd := c.command("rotate [REPO] [ROLE]", "Have another key sign a role from now on",
		`Makes a new key, or takes one that is given, and publishes metadata that lists it in
place of the old one: of root, targets, snapshot, timestamp, or of a signer's
delegation. The private half of the old key stays on this machine, unless --old-key
remove is given: then it is removed last, if no other repository needs it and there is a
checked backup of it. Where the server doesn't list its repositories, that takes
--these-are-all: your word that those known here are all.`,
		`  trustdeck rotate registry.example.org/acme/app targets
  trustdeck rotate --server-managed registry.example.org/acme/app snapshot
  trustdeck rotate --key alice-2026.pub registry.example.org/acme/app targets/alice`,
		arguments("a repository and a role", 0, 2),
		func(ctx context.Context, s *session, args []string) (flow.Answers, error) {
			out, err := answers(ctx, s, args)
			if server && err == nil {
				out.Values["snapshot"] = []string{"server"}
			}
			if all && err == nil {
				out.Values[flows.TheseAreAll] = []string{flows.AreAll}
				if !slices.Contains(*c.flags["old-key"], "remove") {
					err = usageError("--these-are-all has no effect without --old-key remove", "Leave it out, or give both.")
				}
			}
			return out, err
		})
	cmd.Flags().BoolVarP(&server, "server-managed", "r", false, "have the server hold the new snapshot key, as --snapshot-key server")
	cmd.Flags().BoolVar(&all, "these-are-all", false, "confirm that no other repositories than those known here can need the old key")
	return cmd
}

// repositoryAnd takes a repository and then the lines of one more answer.
func (a *app) repositoryAnd(id string) func(context.Context, *session, []string) (flow.Answers, error) {
	return func(ctx context.Context, s *session, args []string) (flow.Answers, error) {
		out := flow.Answers{Values: map[string][]string{}}
		if len(args) > 1 {
			out.Values[id] = args[1:]
		}
		return out, a.named(ctx, s, out, args[:min(len(args), 1)])
	}
}

// repositoriesAndRoles takes repositories, and then roles of all of them. The first argument
// is a repository, whatever its name.
func (a *app) repositoriesAndRoles(ctx context.Context, s *session, args []string) (flow.Answers, error) {
	out := flow.Answers{Values: map[string][]string{}}
	repos := args
	for i := 1; i < len(args); i++ {
		if isRole(args[i]) {
			repos, out.Values["roles"] = args[:i], args[i:]
			break
		}
	}
	return out, a.named(ctx, s, out, repos)
}

// isRole reports whether an argument names a role rather than a repository.
func isRole(arg string) bool {
	return model.RoleName(arg).TopLevel() || strings.HasPrefix(arg, string(model.RoleTargets)+"/")
}
