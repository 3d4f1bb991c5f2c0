package main

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"trustdeck/cmd/trustdeck/internal/wiring"
	"trustdeck/model"
	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
)

// The commands that keep a repository alive.

func newSignerRemove(a *app) *cobra.Command {
	c := &change{app: a, flow: flows.SignerRemove(nil)}
	return c.command("remove [NAME] [REPO..]", "Remove a signer",
		`Removes targets/NAME, and the keys of NAME from targets/releases. If such a key made the
last signature of targets/releases, a remaining key re-signs it. Published tags stay.
To remove several signers in one plan, give --name for each: then every argument is a
repository. docker trust signer remove of Docker 26 to 29 says that it removes a signer,
but removes nothing.`,
		`  trustdeck signer remove alice registry.example.org/acme/app registry.example.org/acme/web
  trustdeck signer remove --name alice --name bob registry.example.org/acme/app`,
		arguments("a name and repositories", 0, -1),
		func(ctx context.Context, s *session, args []string) (flow.Answers, error) {
			if len(*c.flags["name"]) > 0 {
				return a.onlyRepositories(ctx, s, args)
			}
			return a.nameAndRepositories(ctx, s, args)
		})
}

func newOffBoard(a *app) *cobra.Command {
	c := &change{app: a, flow: flows.OffBoard(nil)}
	return c.command("off-board [--who WHO] [REPO..]", "Remove people who have left from all repositories",
		`Lists every key that may sign tags of the repositories, with the last file in use that it
has signed. It removes those you name from their own roles and from targets/releases,
even if someone removed them only partly before. WHO is one of: a signer's name, for all
keys of that name; a key ID or its first digits; NAME@KEY.`,
		`  trustdeck off-board registry.example.org/acme/app registry.example.org/acme/web
  trustdeck off-board --who alice --who 4f2a81c03d7e registry.example.org/acme/app`,
		arguments("repositories", 0, -1),
		a.onlyRepositories)
}

func newRenew(a *app) *cobra.Command {
	c := &change{app: a, flow: flows.Renew(nil)}
	return c.command("renew [REPO..] [ROLE..]", "Renew: re-sign roles with a new expiry",
		`Re-signs root, targets and delegations unchanged with a new expiry, before or after they
expire. notary and docker can neither read nor publish a repository with an expired
targets file; renewing repairs it. With --expiring, trustdeck renews everything that
expires within that time, in the repositories you name or in all known ones. It lists
what your keys can't sign, and leaves it out. In a TUF 1.0 repository --lifetime states for
how many days each new version of the roles is valid.`,
		`  trustdeck renew registry.example.org/acme/app
  trustdeck renew registry.example.org/acme/app registry.example.org/acme/web targets
  trustdeck renew --expiring 30d --yes
  trustdeck renew ./repository timestamp --lifetime 3d`,
		arguments("repositories and roles", 0, -1), a.repositoriesAndRoles)
}

func newWitness(a *app) *cobra.Command {
	c := &change{app: a, flow: flows.Witness(nil)}
	return c.command("witness [REPO..] [ROLE..]", "Witness: re-sign roles unchanged",
		`Re-signs targets or delegations unchanged with keys on this machine, even if they have too
few valid signatures. Check their contents first with trustdeck inspect.`,
		`  trustdeck witness registry.example.org/acme/app targets/releases
  trustdeck witness registry.example.org/acme/app registry.example.org/acme/web targets`,
		arguments("repositories and roles", 0, -1), a.repositoriesAndRoles)
}

func newCountersign(a *app) *cobra.Command {
	c := &change{app: a, flow: flows.Countersign(nil)}
	return c.command("countersign [REPO..] [ROLE..]", "Countersign: add your signatures to files as they are",
		`Signs files that were written for several people to sign, such as those of a sign/ branch
of tuf-on-ci, with the keys on this machine. The files stay as they are, with the
signatures that they have and the empty ones that ask others. The review shows what a file
says, what it replaces, who has signed it and who has yet to. Without ROLE, trustdeck
signs all that wait for a key on this machine. Commit the files afterwards.`,
		`  trustdeck countersign ./root-signing
  trustdeck countersign ./root-signing root --key-file ada.pem`,
		arguments("repositories and roles", 0, -1), a.repositoriesAndRoles)
}

func newRestate(a *app) *cobra.Command {
	c := &change{app: a, flow: flows.Restate(nil)}
	return c.command("restate [REPO..] [ROLE..]", "Restate keys: list them in today's form",
		`Lists the keys in files of TUF repositories as the specification asks for today: ECDSA
keys in PEM form with the type ecdsa, each under the hash of its object. The keys stay
what they are. ROLE is a role whose file lists keys: root, targets or a delegation;
without it, all that list some in another form. A root is signed under the old and the
new IDs, so clients follow from one to the other; the review says which can't.`,
		`  trustdeck restate ./repository
  trustdeck restate ./repository root`,
		arguments("repositories and roles", 0, -1), a.repositoriesAndRoles)
}

func newRotate(a *app) *cobra.Command {
	c := &change{app: a, flow: flows.Rotate(nil)}
	var server, all bool
	cmd := c.command("rotate [REPO..] [ROLE]", "Rotate: replace a role's key",
		`Makes a new key, or uses one that you give, and publishes metadata that lists it instead
of the old one, for root, targets, snapshot, timestamp or a signer's delegation. If you
name several repositories, trustdeck rotates the role in all of them: each gets a new key
of its own. For root and a signer's role, they share the keys that you give (--root-key,
--key), and a repository that already has them is left out. With --key FILE, top-level
roles take the public keys of people who keep the private keys. The old private key stays
on this machine, unless you give --old-key remove. trustdeck then removes it last, if no
other repository needs it and it has a checked backup. If the server doesn't list its
repositories, also give --these-are-all to confirm that the repositories known here are
all there are.

With --token SERIAL, the new key is the only one on that token that fits the role. To
choose among several, name the key: --root-key ID, --new-key ID.`,
		`  trustdeck rotate registry.example.org/acme/app targets
  trustdeck rotate --token 1234567 registry.example.org/acme/app root
  trustdeck rotate --server-managed registry.example.org/acme/app snapshot
  trustdeck rotate --key alice.pub reg.example.org/app reg.example.org/web targets/alice
  trustdeck rotate --algorithm ml-dsa-65 ./repository targets
  trustdeck rotate --root-key 8dd36646 --key ada.pub ./repository root`,
		arguments("repositories and a role", 0, -1),
		func(ctx context.Context, s *session, args []string) (flow.Answers, error) {
			out, err := a.repositoriesAndRole(ctx, s, args)
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
	cmd.Flags().BoolVarP(&server, "server-managed", "r", false, "let the server hold the new snapshot key; same as --snapshot-key server")
	cmd.Flags().BoolVar(&all, "these-are-all", false, "confirm that only the repositories known here can need the old key")
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
// is a repository, whatever its name, unless it is a repository and a role of it.
func (a *app) repositoriesAndRoles(ctx context.Context, s *session, args []string) (flow.Answers, error) {
	out := flow.Answers{Values: map[string][]string{}}
	repos := args
	for i := range args {
		if i > 0 && (isRole(args[i]) || a.roleHere(s, args[0], args[i])) || a.isRoleOf(s, args[i]) {
			repos, out.Values["roles"] = args[:i], args[i:]
			break
		}
	}
	return out, a.named(ctx, s, out, repos)
}

// repositoriesAndRole takes repositories, and then a role of all of them. The second of two
// is a role too where it cannot be a repository's full name: it is refused as that.
func (a *app) repositoriesAndRole(ctx context.Context, s *session, args []string) (flow.Answers, error) {
	out := flow.Answers{Values: map[string][]string{}}
	if last := len(args) - 1; last > 0 && (isRole(args[last]) || a.roleHere(s, args[0], args[last]) || last == 1 && !strings.ContainsAny(args[last], "./:")) {
		args, out.Values["role"] = args[:last], args[last:]
	}
	return out, a.named(ctx, s, out, args)
}

// roleHere reports whether an argument behind a repository at a place of its own, where a role
// may have any name, is that of a role: it is no such place itself.
func (a *app) roleHere(s *session, repo, arg string) bool {
	at := func(arg string) bool {
		place, err := wiring.FindPlace(arg, s.Settings.Repositories, a.world)
		return err != nil || place.Kind != wiring.OnServer
	}
	return at(repo) && !at(arg)
}

// isRoleOf reports whether an argument names a repository and a role of it.
func (a *app) isRoleOf(s *session, arg string) bool {
	repo, role, ok := strings.Cut(arg, " ")
	return ok && (isRole(role) || a.roleHere(s, repo, role))
}

// isRole reports whether an argument names a role rather than a repository.
func isRole(arg string) bool {
	return model.RoleName(arg).TopLevel() || strings.HasPrefix(arg, string(model.RoleTargets)+"/")
}
