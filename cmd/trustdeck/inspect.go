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
		Short: "Show roles, thresholds, keys, signers, expiry and problems",
		Long: `Shows everything about the named repositories: each role with its verdict, keys,
threshold, signatures and expiry; the signers; why the root is trusted; and the
problems, each with its fix. With a tag, it also shows the content of the tag. It only
reads the trust folder.

--docker prints the same bytes as "docker trust inspect", including its "[]" and exit
code 1 for a repository that has expired or cannot be read. --docker --pretty prints the
same as "docker trust inspect --pretty".

--registry asks the registry what it serves for each named tag, and shows what docker
pull does with and without content trust. trustdeck reads and hashes the manifest, which
some registries count as a pull. The exit code is 1 if the registry serves a different
digest from the signed one, or doesn't have the tag.

Otherwise the exit code is 4 if a role doesn't verify or has expired, or conflicts with
what was verified before: see accept-root and accept-rollback. trustdeck still prints
the answer.`,
		Example: `  trustdeck inspect registry.example.org/acme/app
  trustdeck inspect alpine:3.20 -o json | jq '.repositories[0].resolution'
  # is the signed image the one in the registry?
  trustdeck inspect --registry registry.example.org/acme/app:1.0
  # in place of docker trust inspect
  trustdeck inspect --docker acme/app:1.0 acme/tool`,
		Args:              arguments("one or more repositories, each with or without a tag", 1, -1),
		ValidArgsFunction: a.completeRepositories,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case pretty && !docker:
				return usageError("--pretty requires --docker", "Without --docker, the output is already for people.")
			case docker && cmd.Flags().Changed("output"):
				return usageError("--docker has its own output format and excludes --output", "Leave out one of them.")
			case docker && registry:
				return usageError("--docker and --registry exclude each other", "Leave out one of them.")
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
			return usageError("\""+arg+"\" has a digest, but trust data is found by tag", "Name the tag; trustdeck tags REPO lists digests.")
		}
		if registry && name.Tag == "" {
			return usageError("--registry needs a tag, but \""+arg+"\" names none", "Write it as REPO:TAG.")
		}
		if _, ok := wiring.PlaceOf(name.GUN, s.Settings.Repositories); ok && registry {
			return usageError("--registry is for images, but \""+arg+"\" is a TUF 1.0 repository", "Leave out --registry.")
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
