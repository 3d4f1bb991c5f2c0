package main

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"trustdeck/cmd/trustdeck/internal/image"
	"trustdeck/cmd/trustdeck/internal/wiring"
	"trustdeck/model"
	"trustdeck/model/port"
)

func compareNames(a, b model.GUN) int { return strings.Compare(string(a), string(b)) }

// name finds the repository that an argument means: one of TUF 1.0 by the name that the
// user has given it, by its path or by its URL, and else what imageName finds.
func (a *app) name(ctx context.Context, s *session, arg string) (image.Name, error) {
	if len(s.Contexts) > 0 {
		return a.nameInContexts(ctx, s, arg)
	}
	if a.verbatim {
		return a.imageName(ctx, s, arg)
	}
	place, err := wiring.FindPlace(arg, s.Settings.Repositories, a.world)
	if err != nil || place.Kind != wiring.OnServer {
		return image.Name{Arg: arg, GUN: place.GUN, Tag: place.Target}, err
	}
	return a.imageName(ctx, s, arg)
}

// nameInContexts finds the repository that an argument means where several contexts are
// in use: the one that begins with the name of a context, else the one context in which it
// is known.
func (a *app) nameInContexts(ctx context.Context, s *session, arg string) (image.Name, error) {
	if in, rest := s.Unqualified(model.GUN(arg)); in != "" {
		name, err := a.name(ctx, s.Part(in), string(rest))
		name.GUN = wiring.Qualified(in, name.GUN)
		return name, err
	}
	var all []image.Name
	for _, in := range s.Contexts {
		part := s.Part(in)
		name, err := a.name(ctx, part, arg)
		if err != nil {
			return image.Name{}, err
		}
		if slices.ContainsFunc(part.Known(ctx), func(l port.Listed) bool { return l.GUN == name.GUN }) {
			name.GUN = wiring.Qualified(in, name.GUN)
			all = append(all, name)
		}
	}
	example := "Write the name of the context first, as in " + s.Contexts[0] + ":" + arg + "."
	switch len(all) {
	case 1:
		return all[0], nil
	case 0:
		return image.Name{}, usageError("trustdeck can't tell which of the contexts "+strings.Join(s.Contexts, ", ")+" has "+strconv.Quote(arg), example)
	default:
		return image.Name{}, usageError(strconv.Quote(arg)+" is in several contexts", example)
	}
}

// imageName finds the repository that an argument means to docker. Docker's reading of an
// image name counts, unless the argument is, to the letter, a repository that is
// known here or that the server has: notary users may call one "acme/app", which
// docker would take for docker.io/acme/app. With --gun nothing is read into it.
func (a *app) imageName(ctx context.Context, s *session, arg string) (image.Name, error) {
	if a.verbatim {
		return image.ParseGUN(arg)
	}
	name, parseErr := image.Parse(arg)
	candidates := image.Verbatim(arg)
	if parseErr == nil && slices.ContainsFunc(candidates, func(c image.Name) bool { return c.GUN == name.GUN }) {
		return name, nil
	}
	known := s.Known(ctx)
	for _, c := range candidates {
		if slices.ContainsFunc(known, func(l port.Listed) bool { return l.GUN == c.GUN }) {
			return c, nil
		}
	}
	// The last candidate has no tag in its name; one that has is too unlikely
	// to ask a server about.
	if n := len(candidates); n > 0 && s.Has != nil && s.Has(ctx, candidates[n-1].GUN) {
		return candidates[n-1], nil
	}
	if ctx.Err() != nil {
		return image.Name{}, context.Cause(ctx)
	}
	return name, parseErr
}

// repositories reads arguments that name repositories without a tag.
func (a *app) repositories(ctx context.Context, s *session, args []string) ([]model.GUN, error) {
	guns := make([]model.GUN, 0, len(args))
	for _, arg := range args {
		name, err := a.name(ctx, s, arg)
		if err != nil {
			return nil, err
		}
		if name.Tag != "" || name.Digest != "" {
			return nil, usageError("\""+arg+"\" is more than a repository name", "Leave out the tag or digest.")
		}
		if !slices.Contains(guns, name.GUN) {
			guns = append(guns, name.GUN)
		}
	}
	return guns, nil
}
