package main

import (
	"strings"

	"github.com/spf13/cobra"

	"trustdeck/tui/nav"
)

// completeRepositories offers the repositories that are known here, and never
// asks a server: a key on the keyboard must not wait for a network.
func (a *app) completeRepositories(cmd *cobra.Command, _ []string, toComplete string) ([]string, cobra.ShellCompDirective) {
	return a.knownHere(cmd, "", toComplete), cobra.ShellCompDirectiveNoFileComp
}

// completeFirstRepository offers repositories for the first argument and files
// for what follows the second.
func (a *app) completeFirstRepository(cmd *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
	switch len(args) {
	case 0:
		return a.completeRepositories(cmd, args, toComplete)
	case 2:
		return nil, cobra.ShellCompDirectiveDefault
	default:
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
}

// completeRoutes offers places of the UI.
func (a *app) completeRoutes(cmd *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	if strings.HasPrefix(toComplete, "repo/") {
		return a.knownHere(cmd, "repo/", toComplete), cobra.ShellCompDirectiveNoFileComp
	}
	var routes []string
	for _, kind := range []nav.Kind{nav.KindWelcome, nav.KindStaged, nav.KindLog} {
		if strings.HasPrefix(string(kind), toComplete) {
			routes = append(routes, string(kind))
		}
	}
	return append(routes, "repo/"), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

func (a *app) knownHere(cmd *cobra.Command, prefix, toComplete string) []string {
	s, err := a.looking()
	if err != nil {
		return nil
	}
	var names []string
	for _, l := range s.Known(cmd.Context()) {
		if name := prefix + string(l.GUN); strings.HasPrefix(name, toComplete) {
			names = append(names, name)
		}
	}
	return names
}
