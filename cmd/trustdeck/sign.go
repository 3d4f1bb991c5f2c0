package main

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"trustdeck/cmd/trustdeck/internal/image"
	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
)

func newSign(a *app) *cobra.Command {
	c := &change{app: a, flow: flows.Sign(nil)}
	return c.command("sign [IMAGE:TAG..]", "Sign tags with the digests that the registry serves",
		`Asks the registry for the digest and size of each tag, an index or a manifest, and signs
them; no Docker daemon is needed. It signs in the roles that docker trust sign chooses:
targets/releases and the role of each signer whose key is here, or targets in a repository
without delegations. --role chooses other roles. With --digest and --size, no registry is
asked.

The plan shows which digest a pull gets before and after. Before it signs, trustdeck asks
the registry again: if a tag has another digest by then, nothing is signed.`,
		`  trustdeck sign registry.example.org/acme/app:1.0 registry.example.org/acme/app:latest
  trustdeck sign --digest sha256:4f2a..c07a --size 1234 registry.example.org/acme/app:1.0`,
		arguments("images with a tag, or repositories", 0, -1),
		func(ctx context.Context, s *session, args []string) (flow.Answers, error) {
			return a.imageTags(ctx, s, c, args)
		})
}

// imageTags takes images, each with its tag; where tags are given by a flag, repositories.
func (a *app) imageTags(ctx context.Context, s *session, c *change, args []string) (flow.Answers, error) {
	if len(*c.flags[flows.Tags]) > 0 {
		return a.onlyRepositories(ctx, s, args)
	}
	out := flow.Answers{Values: map[string][]string{}}
	names := make([]image.Name, 0, len(args))
	for _, arg := range args {
		name, err := a.tagged(ctx, s, arg)
		if err != nil {
			return out, err
		}
		names = append(names, name)
		if gun := string(name.GUN); !slices.Contains(out.Values["repositories"], gun) {
			out.Values["repositories"] = append(out.Values["repositories"], gun)
		}
	}
	for _, name := range names {
		tag := name.Tag
		if len(out.Values["repositories"]) > 1 {
			tag = flows.QualifiedTag(name.GUN, tag)
		}
		out.Values[flows.Tags] = append(out.Values[flows.Tags], tag)
	}
	return out, nil
}

// tagged finds the repository and the tag that an argument means.
func (a *app) tagged(ctx context.Context, s *session, arg string) (image.Name, error) {
	name, err := a.name(ctx, s, arg)
	if a.verbatim && err == nil {
		if candidates := image.Verbatim(arg); len(candidates) > 0 {
			name = candidates[len(candidates)-1]
		}
	}
	switch {
	case err != nil:
		return name, err
	case name.Digest != "":
		return name, usageError("\""+arg+"\" has a digest", "Give IMAGE:TAG, and the digest with --digest.")
	case name.Tag == "":
		return name, usageError("\""+arg+"\" has no tag", "Give IMAGE:TAG, or the tag with --tag.")
	}
	return name, nil
}

func newRevoke(a *app) *cobra.Command {
	c := &change{app: a, flow: flows.Revoke(nil)}
	var all bool
	cmd := c.command("revoke [IMAGE:TAG..]", "Revoke tags: remove them from every role that lists them",
		`Removes tags from every role that lists them, targets too; docker trust revoke leaves
them in targets if there are delegations. A role whose keys aren't here is named and left
out, unless you name it with --role. The plan shows what a pull still finds. With --all,
every tag of the repositories is revoked.`,
		`  trustdeck revoke registry.example.org/acme/app:1.0 registry.example.org/acme/app:1.1
  trustdeck revoke --role targets registry.example.org/acme/app:1.0`,
		arguments("images with a tag, or repositories", 0, -1),
		func(ctx context.Context, s *session, args []string) (flow.Answers, error) {
			if !all {
				return a.imageTags(ctx, s, c, args)
			}
			out, err := a.onlyRepositories(ctx, s, args)
			out.Values[flows.TagScope] = []string{flows.EveryTag}
			return out, err
		})
	cmd.Flags().BoolVar(&all, "all", false, "revoke every tag of the repositories")
	return cmd
}

func newCopy(a *app) *cobra.Command {
	c := &change{app: a, flow: flows.CopyTag(nil)}
	return c.command("copy [IMAGE:TAG] [TAG..]", "Sign another tag with what one tag is signed with",
		`Signs other tags of the same repository with the digest, size and custom data of a tag. No
registry is asked: push the image under the new tag too, or a pull fails.`,
		`  trustdeck copy registry.example.org/acme/app:1.0 latest stable`,
		arguments("an image with a tag, and other tags", 0, -1),
		func(ctx context.Context, s *session, args []string) (flow.Answers, error) {
			if len(*c.flags[flows.CopySource]) > 0 {
				return a.onlyRepositories(ctx, s, args)
			}
			out := flow.Answers{Values: map[string][]string{}}
			if len(args) == 0 {
				return out, nil
			}
			name, err := a.tagged(ctx, s, args[0])
			out.Values["repositories"], out.Values[flows.CopySource] = []string{string(name.GUN)}, []string{name.Tag}
			if len(args) > 1 {
				out.Values[flows.Tags] = args[1:]
			}
			return out, err
		})
}

func newTarget(a *app) *cobra.Command {
	parent := &cobra.Command{
		Use: "target", Short: "Add and remove targets that are files",
		Long: `Commands for targets under any name, as notary add, addhash and remove have them. For
tags of images there are trustdeck sign and trustdeck revoke.`,
		Example: "  trustdeck target add registry.example.org/acme/files notes.txt ./notes.txt",
		Args:    arguments("", 0, 0),
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	add := &change{app: a, flow: flows.TargetAdd(nil)}
	remove := &change{app: a, flow: flows.Revoke(nil)}
	parent.AddCommand(
		add.command("add [REPO] [NAME] [FILE]", "Sign a file, or its hashes",
			`Hashes a file with SHA-256 and SHA-512 and signs it under a name, as notary add does, in
targets unless you give --role. Without a file, give --size and --sha256 or --sha512, as
for notary addhash.`,
			`  trustdeck target add registry.example.org/acme/files notes.txt ./notes.txt
  trustdeck target add --size 1234 --sha256 4f2a..c07a registry.example.org/acme/files notes.txt`,
			arguments("a repository, a name and a file", 0, 3),
			func(ctx context.Context, s *session, args []string) (flow.Answers, error) {
				out := flow.Answers{Values: map[string][]string{}}
				if len(args) > 1 {
					out.Values[flows.TargetName] = args[1:2]
				}
				switch hashes := len(*add.flags["sha256"])+len(*add.flags["sha512"]) > 0; {
				case len(args) > 2 && hashes:
					return out, usageError("a file and its hashes are given", "Give one of them.")
				case len(args) > 2:
					out.Values[flows.TargetFile] = args[2:]
				case hashes:
					out.Values[flows.TargetFile] = []string{""}
				}
				return out, a.named(ctx, s, out, args[:min(len(args), 1)])
			}),
		remove.command("remove [REPO] [NAME..]", "Remove targets from the roles that list them",
			`Removes targets from every role that lists them and whose keys are here. With --role, it
removes them from those roles alone; notary remove removes from targets if it is given
none.`,
			`  trustdeck target remove --role targets registry.example.org/acme/files notes.txt`,
			arguments("a repository and names", 0, -1),
			func(ctx context.Context, s *session, args []string) (flow.Answers, error) {
				out := flow.Answers{Values: map[string][]string{}}
				if len(args) > 1 {
					out.Values[flows.Tags] = args[1:]
				}
				return out, a.named(ctx, s, out, args[:min(len(args), 1)])
			}),
	)
	return parent
}
