package main

import (
	"context"
	"maps"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
)

func newDelegation(a *app) *cobra.Command {
	parent := &cobra.Command{
		Use: "delegation", Short: "List, add, edit and remove delegations",
		Long: `Commands for delegations: roles that may sign some or all of the tags of a repository.
For a signer as Docker knows it, trustdeck signer add makes both delegations at once.`,
		Example: "  trustdeck delegation add --key qa.pub --path qa- registry.example.org/acme/app targets/qa",
		Args:    arguments("", 0, 0),
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	parent.AddCommand(newDelegationList(a), newDelegationAdd(a), newDelegationEdit(a), newDelegationRemove(a), newDelegationPurge(a))
	return parent
}

func newDelegationAdd(a *app) *cobra.Command {
	c := &change{app: a, flow: flows.DelegationAdd(nil)}
	var all, terminating bool
	cmd := c.command("add [REPO..] [ROLE]", "Let keys sign a role, for some paths or all",
		`Adds a delegation, or adds keys and paths to one that exists, as notary delegation add
does. The role that delegates must exist, and its keys sign: targets for targets/qa,
targets/qa for targets/qa/nightly. With --threshold, several of the keys must sign. With
--new-keys, trustdeck makes keys for it on this machine. In a TUF 1.0 repository, the
role's first file is signed too; it can be for hash prefixes or be spread over hash bins,
and --terminating has searches end there.`,
		`  trustdeck delegation add --key qa.pub --path qa- registry.example.org/acme/app targets/qa
  trustdeck delegation add --key a.pub --key b.pub --threshold 2 --all-paths acme/app targets/qa
  trustdeck delegation add --new-keys 1 --algorithm ed25519 --path 'qa/*' ./repository qa`,
		arguments("repositories and a role", 0, -1),
		func(ctx context.Context, s *session, args []string) (flow.Answers, error) {
			out, err := a.repositoriesAndRole(ctx, s, args)
			if all && err == nil {
				out.Values[flows.PathScope] = []string{flows.AllPaths}
				if len(*c.flags["path"]) > 0 {
					err = usageError("--all-paths and --path exclude each other", "Give one of them.")
				}
			}
			if terminating && err == nil {
				out.Values[flows.Ending] = []string{flows.Terminating}
			}
			return out, err
		})
	cmd.Flags().BoolVar(&all, "all-paths", false, "let the role list every tag")
	cmd.Flags().BoolVar(&terminating, "terminating", false, "have a search end at the role (TUF 1.0)")
	return cmd
}

func newDelegationEdit(a *app) *cobra.Command {
	c := &change{app: a, flow: flows.DelegationEdit(nil)}
	edits := map[string]*bool{flows.EditAllPaths: new(bool), flows.EditNotAll: new(bool), flows.EditEnds: new(bool), flows.EditGoesOn: new(bool)}
	cmd := c.command("edit [REPO..] [ROLE]", "Change the keys, paths or threshold of a delegation",
		`Changes a delegation in one plan: adds and removes keys and paths, and sets the
threshold. If the remaining keys have not signed the role's file, they re-sign it.
A role keeps at least one key: to take it away, use trustdeck delegation remove.`,
		`  trustdeck delegation edit --remove-key 4f2a81c03d7e registry.example.org/acme/app targets/qa
  trustdeck delegation edit --key new.pub --threshold 2 registry.example.org/acme/app targets/qa`,
		arguments("repositories and a role", 0, -1),
		func(ctx context.Context, s *session, args []string) (flow.Answers, error) {
			out, err := a.repositoriesAndRole(ctx, s, args)
			for _, edit := range slices.Sorted(maps.Keys(edits)) {
				if err == nil && *edits[edit] {
					out.Values[flows.Edits] = append(out.Values[flows.Edits], edit)
				}
			}
			return out, err
		})
	cmd.Flags().BoolVar(edits[flows.EditAllPaths], "all-paths", false, "let the role list every tag")
	cmd.Flags().BoolVar(edits[flows.EditNotAll], "not-all-paths", false, "let the role list only what its other paths permit")
	cmd.Flags().BoolVar(edits[flows.EditEnds], "terminating", false, "have a search end at the role (TUF 1.0)")
	cmd.Flags().BoolVar(edits[flows.EditGoesOn], "not-terminating", false, "let a search go on behind the role (TUF 1.0)")
	return cmd
}

func newDelegationRemove(a *app) *cobra.Command {
	c := &change{app: a, flow: flows.DelegationRemove(nil)}
	return c.command("remove [REPO..] [ROLE..]", "Remove delegations, with all roles below them",
		`Removes whole delegations, as notary delegation remove does, with the roles that only
they lead to. The plan lists the tags that clients no longer see, or see with other
content. The server keeps the files; if a role is added again, the plan replaces its file.`,
		`  trustdeck delegation remove registry.example.org/acme/app targets/qa
  trustdeck delegation remove registry.example.org/acme/app targets/qa targets/ci`,
		arguments("repositories and roles", 0, -1), a.repositoriesAndRoles)
}

func newDelegationPurge(a *app) *cobra.Command {
	c := &change{app: a, flow: flows.DelegationPurge(nil)}
	return c.command("purge [KEY] [REPO..]", "Remove a key from every delegation",
		`Removes a key from every delegation that lists it, as notary delegation purge does, in
several repositories at once. A delegation with no other key is removed. KEY is a key ID
or its first digits. To purge several keys, give --key for each: then every argument is a
repository. What your keys can't sign is listed, and left out.`,
		`  trustdeck delegation purge 4f2a81c03d7e registry.example.org/acme/app
  trustdeck delegation purge --key 4f2a81c03d7e --key 90b1c2d3e4f5 acme/app acme/web`,
		arguments("a key and repositories", 0, -1),
		func(ctx context.Context, s *session, args []string) (flow.Answers, error) {
			out := flow.Answers{Values: map[string][]string{}}
			if len(*c.flags["purged"]) == 0 && len(args) > 0 {
				out.Values["purged"], args = args[:1], args[1:]
			}
			return out, a.named(ctx, s, out, args)
		})
}

func newThreshold(a *app) *cobra.Command {
	c := &change{app: a, flow: flows.Threshold(nil)}
	return c.command("threshold [REPO..] [ROLE] [N]", "Change how many keys must sign a role",
		`Changes the threshold of root, targets or a delegation. The plan shows how many keys
you can lose before and after, and what other clients can then do only with several
keys in one trust folder. trustdeck quorum shows who must sign each role. With --key FILE
or --new-keys N, the role gets more keys at the same time.`,
		`  trustdeck threshold registry.example.org/acme/app targets/releases 2
  trustdeck threshold registry.example.org/acme/app root 2
  trustdeck threshold --key ada.pub --new-keys 1 ./repository root 2`,
		arguments("repositories, a role and a number", 0, -1),
		func(ctx context.Context, s *session, args []string) (flow.Answers, error) {
			var number []string
			if last := len(args) - 1; last > 0 {
				if _, err := strconv.Atoi(args[last]); err == nil || last > 1 && isRole(args[last-1]) {
					args, number = args[:last], slices.Clone(args[last:])
				}
			}
			out, err := a.repositoriesAndRole(ctx, s, args)
			if number != nil {
				out.Values["threshold"] = number
			}
			return out, err
		})
}
