package main

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"trustdeck/cmd/trustdeck/internal/image"
	"trustdeck/cmd/trustdeck/internal/settings"
	"trustdeck/cmd/trustdeck/internal/wiring"
	"trustdeck/model"
	"trustdeck/model/port"
)

func newReposAdd(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "add NAME LOCATION",
		Short: "Give a TUF 1.0 repository a name",
		Long: `Saves a name for a TUF 1.0 repository in config.toml, in the table repositories.
LOCATION is the folder with the metadata, or its URL: https, or http on this machine.
A folder must contain a repository; trustdeck doesn't contact a URL.

A name has letters, digits, - and _, so it can't be confused with a path, a URL, a host
or an image with a tag. trustdeck refuses a name that docker would read as an image
whose trust data is known here.`,
		Example: `  trustdeck repos add vendor https://tuf.example.org/metadata
  trustdeck repos add acme ./tuf/repository`,
		Args: arguments("NAME LOCATION", 2, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.nameRepository(cmd.Context(), args[0], args[1])
		},
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) == 1 {
				return nil, cobra.ShellCompDirectiveFilterDirs
			}
			return nil, cobra.ShellCompDirectiveNoFileComp
		},
	}
}

func newReposRemove(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "remove NAME",
		Short:   "Remove the name of a TUF 1.0 repository",
		Long:    "Removes a name from config.toml. The repository and trustdeck's records of it don't\nchange.",
		Example: "  trustdeck repos remove vendor",
		Args:    arguments("NAME", 1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.forgetRepository(cmd.Context(), args[0])
		},
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			s, err := settings.Resolve(a.flags, a.world)
			if err != nil || len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return slices.Sorted(maps.Keys(s.Repositories)), cobra.ShellCompDirectiveNoFileComp
		},
	}
}

// nameRepository keeps the name of a location.
func (a *app) nameRepository(ctx context.Context, name, location string) error {
	if err := settings.CheckRepositoryName(name); err != nil {
		return err
	}
	s, err := a.session()
	if err != nil {
		return err
	}
	place, err := wiring.ReadLocation(location, a.world)
	if err != nil {
		return err
	}
	switch have, ok := s.Settings.Repositories[name]; {
	case ok && have == place.Location:
		a.say(fmt.Sprintf("%s is already the name of %s", name, have), "")
		return nil
	case ok:
		return usageError(fmt.Sprintf("%s is already the name of %s", name, have), "Choose another name, or remove that one first: trustdeck repos remove "+name)
	}
	if err := unshadowed(name, s.Known(ctx)); err != nil {
		return err
	}
	if err := wiring.CheckPlace(ctx, place); err != nil {
		return err
	}
	return a.keepName(ctx, s.Settings, name, place.Location, fmt.Sprintf("%s is now the name of %s", name, place.Location))
}

// unshadowed refuses a name that stands for trust data that is known here by that of an
// image: it would mean something else from now on.
func unshadowed(name string, known []port.Listed) error {
	meant := []model.GUN{model.GUN(name)}
	if as, err := image.Parse(name); err == nil {
		meant = append(meant, as.GUN)
	}
	for _, l := range known {
		if slices.Contains(meant, l.GUN) {
			return usageError(fmt.Sprintf("%s already stands for %s, which has trust data here", name, l.GUN), "Choose another name.")
		}
	}
	return nil
}

// forgetRepository takes a name away.
func (a *app) forgetRepository(ctx context.Context, name string) error {
	s, err := settings.Resolve(a.flags, a.world)
	if err != nil {
		return err
	}
	location, ok := s.Repositories[name]
	if !ok {
		return usageError(fmt.Sprintf("no repository has the name %q", name), "List the names with: trustdeck repos")
	}
	return a.keepName(ctx, s, name, "", fmt.Sprintf("%s is no longer the name of %s", name, location))
}

// keepName writes a name into config.toml, or takes it out where there is no location.
func (a *app) keepName(ctx context.Context, s settings.Settings, name, location, done string) error {
	editor := settings.NewEditor(s, a.flags, a.world, "")
	edit, err := editor.PreviewName(ctx, name, location)
	if err != nil {
		return err
	}
	if err := editor.Write(ctx, edit); err != nil {
		return err
	}
	a.say(done, "")
	for _, note := range edit.Notes {
		a.say(note, "")
	}
	return nil
}
