package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"trustdeck/cmd/trustdeck/internal/image"
	"trustdeck/cmd/trustdeck/internal/wiring"
	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/dialect"
	"trustdeck/model/notary/docker"
	"trustdeck/model/quorum"
	"trustdeck/model/report"
)

func newInspect(a *app) *cobra.Command {
	var docker, pretty, registry bool
	cmd := &cobra.Command{
		Use:   "inspect REPO[:TAG]…",
		Short: "Show roles, thresholds, keys, signers, expiry and what is wrong",
		Long: `Shows everything about the named repositories: each role with its verdict, its
keys, threshold, signatures and expiry; the signers; what the trust in the root
rests on; and what is wrong, with the remedy. With a tag, also what the tag
stands for. The trust folder is only read.

--docker prints what "docker trust inspect" prints, byte for byte, including its
"[]" for a repository that has expired or cannot be read, and its exit code 1;
--docker --pretty what "docker trust inspect --pretty" prints.

--registry asks the registry what it serves under each named tag, and says what
docker pull makes of it, with content trust and without. The manifest is read and
hashed; a registry that counts pulls counts that as one. The exit code is 1 where
the registry serves another digest than the signed one, or does not have the tag.

Otherwise the exit code is 4 where a role does not verify or has expired, or where
the repository is not what was verified before: see accept-root and accept-rollback.
The answer is printed all the same.`,
		Example: `  trustdeck inspect registry.example.org/acme/app
  trustdeck inspect alpine:3.20 -o json | jq '.repositories[0].resolution'
  # is the signed image the one in the registry?
  trustdeck inspect --registry registry.example.org/acme/app:1.0
  # in place of docker trust inspect
  trustdeck inspect --docker acme/app:1.0 acme/tool`,
		Args:              arguments("one repository or more, each with a tag or without", 1, -1),
		ValidArgsFunction: a.completeRepositories,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case pretty && !docker:
				return usageError("--pretty goes with --docker", "Without --docker the output is for people anyway.")
			case docker && cmd.Flags().Changed("output"):
				return usageError("--docker has its own form and takes no --output", "Leave out one of them.")
			case docker && registry:
				return usageError("--docker prints what docker knows, and docker trust does not ask the registry", "Leave out one of them.")
			}
			s, err := a.looking()
			if err != nil {
				return err
			}
			if docker {
				return a.inspectAsDocker(cmd.Context(), s, args, pretty)
			}
			return a.inspect(cmd.Context(), s, args, registry)
		},
	}
	cmd.Flags().BoolVar(&docker, "docker", false, "print what docker trust inspect prints")
	cmd.Flags().BoolVar(&pretty, "pretty", false, "with --docker: print what its --pretty prints")
	cmd.Flags().BoolVar(&registry, "registry", false, "ask the registry whether it serves the signed digest of each tag")
	a.addOutput(cmd)
	a.addGUN(cmd)
	return cmd
}

// inspect answers about each argument; registry says whether to ask that too.
func (a *app) inspect(ctx context.Context, s *session, args []string, registry bool) error {
	names := make([]image.Name, len(args))
	guns := make([]model.GUN, len(args))
	for i, arg := range args {
		name, err := a.name(ctx, s, arg)
		if err != nil {
			return err
		}
		if name.Digest != "" {
			return usageError("\""+arg+"\" names a digest, and trust data is found by tag", "Name the tag; trustdeck tags REPO lists digests.")
		}
		if registry && name.Tag == "" {
			return usageError("--registry is about tags, and \""+arg+"\" names none", "Write it as REPO:TAG.")
		}
		if _, ok := wiring.PlaceOf(name.GUN, s.Settings.Repositories); ok && registry {
			return usageError("--registry is about images, and \""+arg+"\" is a TUF 1.0 repository", "Leave out --registry.")
		}
		names[i], guns[i] = name, name.GUN
	}
	views, err := a.views(ctx, s, guns)
	if err != nil {
		return err
	}
	repositories := make([]report.Repository, len(views))
	for i, v := range views {
		repositories[i] = describe(s.DialectOf(v.GUN), v, names[i].Tag, holders(s))
	}
	var served error
	if registry {
		served = askRegistry(ctx, s, views, names, repositories)
	}
	answer := report.NewInspect(repositories)
	err = a.answer(answer, func() error { return a.writeInspect(answer, s.Clock()) })
	for _, r := range repositories {
		if r.Resolution != nil && !r.Resolution.OK && r.Resolution.Problem == nil {
			err = errors.Join(err, errMismatch)
		}
	}
	return errors.Join(err, served, a.broken(views, false), faults(views, true))
}

// describe converts a view, with all of its tags or the one that was named.
func describe(format dialect.Conventions, v admin.Look, tag string, known quorum.Known) report.Repository {
	if v.Repository == nil {
		return report.NewRepository(v, nil, nil, known)
	}
	tags := format.Tags(v.Repository)
	if tag == "" {
		return report.NewRepository(v, tags, nil, known)
	}
	var named []model.Tag
	for _, t := range tags {
		if t.Name == tag {
			named = append(named, t)
		}
	}
	resolution := format.Resolve(v.Repository, tag)
	return report.NewRepository(v, named, &resolution, known)
}

// inspectAsDocker imitates docker: also in that a repository of which only
// cached data is there counts as one that cannot be read.
func (a *app) inspectAsDocker(ctx context.Context, s *session, args []string, pretty bool) error {
	images := make([]docker.Image, len(args))
	var guns []model.GUN
	var at []int // the index in images of each of guns
	for i, arg := range args {
		images[i].Arg = arg
		name, err := a.imageName(ctx, s, arg)
		if err != nil {
			images[i].Err = dockersWords(err)
			continue
		}
		images[i].Tag = name.Tag
		guns, at = append(guns, name.GUN), append(at, i)
	}
	if len(guns) > 0 {
		views, err := a.views(ctx, s, guns)
		if err != nil {
			return err
		}
		for i, v := range views {
			if !v.Stale {
				images[at[i]].Repository = v.Repository
			}
		}
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	write := docker.Inspect
	if pretty {
		write = docker.InspectPretty
	}
	if err := write(a.out, images); err != nil {
		a.repeat(err)
		return errMismatch
	}
	return nil
}

// dockersWords is the text of docker's own parser, where that failed.
func dockersWords(err error) error {
	var fault *model.Fault
	if errors.As(err, &fault) && fault.Err != nil {
		return fault.Err
	}
	return err
}
