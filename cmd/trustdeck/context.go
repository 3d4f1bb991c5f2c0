package main

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"trustdeck/cmd/trustdeck/internal/settings"
	"trustdeck/cmd/trustdeck/internal/table"
	"trustdeck/cmd/trustdeck/internal/wiring"
	"trustdeck/model/admin"
	"trustdeck/model/report"
	"trustdeck/tui/screen"
)

func newContext(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "context",
		Short: "Save servers and folders under names, and switch between them",
		Long: `A context is a named server, or a named set of folders and URLs of TUF 1.0 repositories,
with its certificates, pins and trust folder. Each context is a file with the same keys
as config.toml: NAME.toml in the folder contexts beside it.

To select a context, give --context NAME for one run, set TRUSTDECK_CONTEXT for a shell,
or run trustdeck context use to keep it. Separate several with commas to show them
together. The context named default stands for the settings without a context.`,
		Example: `  trustdeck context add prod --server https://notary.example.org:4443 --tlscacert ca.pem
  trustdeck context use prod
  trustdeck --context prod,default repos`,
		Args: arguments("list, use, add, remove or show", 0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newContextList(a), newContextUse(a), newContextAdd(a), newContextRemove(a), newContextShow(a))
	return cmd
}

func newContextList(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use: "list", Aliases: []string{"ls"}, Short: "List the contexts",
		Long:    "Lists all contexts, including the default. A * marks those in use.",
		Example: "  trustdeck context list\n  trustdeck context list -o json | jq -r '.contexts[] | select(.current) | .name'",
		Args:    arguments("", 0, 0),
		RunE: func(*cobra.Command, []string) error {
			answer, err := a.contexts()
			if err != nil {
				return err
			}
			return a.answer(answer, func() error { return a.writeContexts(answer) })
		},
	}
	a.addOutput(cmd)
	return cmd
}

// contexts lists what there is, and what is in use.
func (a *app) contexts() (report.Contexts, error) {
	used, from, err := settings.Chosen(a.flags, a.world)
	if err != nil {
		return report.Contexts{}, err
	}
	all, err := settings.Contexts(a.flags, a.world)
	if err != nil {
		return report.Contexts{}, err
	}
	out := report.NewContexts(string(from.Kind), []report.Context{{Name: settings.DefaultContext, Current: slices.Contains(used, settings.DefaultContext)}})
	flags := a.flags
	flags.Context = settings.DefaultContext
	if s, err := settings.Resolve(flags, a.world); err != nil {
		out.Contexts[0].Fault = err.Error()
	} else {
		out.Contexts[0].Server, out.Contexts[0].TrustFolder, out.Contexts[0].Repositories = s.Server, s.TrustDir, names(s.Repositories)
	}
	for _, c := range all {
		line := report.Context{
			Name: c.Name, Current: slices.Contains(used, c.Name), File: c.File, Server: c.Server, TrustFolder: c.TrustDir, Repositories: names(c.Repositories),
		}
		if c.Fault != nil {
			line.Fault = c.Fault.Error()
		}
		out.Contexts = append(out.Contexts, line)
	}
	return out, nil
}

// names are those of repositories, sorted and never nil.
func names(repositories map[string]string) []string {
	return append([]string{}, slices.Sorted(maps.Keys(repositories))...)
}

func (a *app) writeContexts(answer report.Contexts) error {
	t := table.New(table.Column{Title: "CONTEXT"}, table.Column{Title: "SERVER", Flex: true}, table.Column{Title: "REPOSITORIES", Right: true}, table.Column{Title: "TRUST FOLDER", Flex: true, KeepEnd: true})
	for _, c := range answer.Contexts {
		mark, count := "  ", ""
		if c.Current {
			mark = "* "
		}
		if n := len(c.Repositories); n > 0 {
			count = strconv.Itoa(n)
		}
		server := serverWords(c)
		if c.Fault != "" {
			server = "not readable: " + c.Fault
		}
		t.Row(mark+c.Name, server, count, c.TrustFolder)
	}
	if err := t.Write(a.out, a.width); err != nil {
		return err
	}
	a.overridden()
	return nil
}

// serverWords is the server of a context, or what is read where it has none; empty where
// that are its folders alone.
func serverWords(c report.Context) string {
	if c.Server == "" && (c.File == "" || len(c.Repositories) == 0) {
		return "each registry's own"
	}
	return c.Server
}

// overridden warns where the environment takes the place of the context in use.
func (a *app) overridden() {
	names, from, err := settings.Chosen(a.flags, a.world)
	if err != nil || from.Kind != screen.OriginFile || names[0] == settings.DefaultContext {
		return
	}
	for _, variable := range []string{"DOCKER_CONTENT_TRUST_SERVER", "DOCKER_CONFIG"} {
		if a.world.Getenv(variable) != "" {
			a.warn(variable+" is set and overrides the context in use", "Unset it, or give the context: --context "+strings.Join(names, ",")+".")
		}
	}
}

func newContextUse(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "use NAME[,NAME..]", Short: "Switch to a context, and keep it",
		Long: `Saves in config.toml which context to use when you name none. Give several names to show
them together. The name default removes the choice.`,
		Example: "  trustdeck context use prod\n  trustdeck context use default",
		Args:    arguments("one name, or several with commas between them", 1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.useContext(cmd.Context(), args[0]); err != nil {
				return err
			}
			a.say("The context in use is "+args[0]+" now", "")
			a.overridden()
			return nil
		},
		ValidArgsFunction: a.completeContexts,
	}
}

// useContext keeps which contexts are in use.
func (a *app) useContext(ctx context.Context, names string) error {
	flags := a.flags
	flags.Context = names
	all, err := settings.ResolveEach(flags, a.world)
	if err != nil {
		return err
	}
	change := screen.Change{ID: settings.KeyContext, Value: names, Unset: names == settings.DefaultContext}
	editor := settings.NewEditor(all[0], flags, a.world, "")
	edit, err := editor.Preview(ctx, []screen.Change{change})
	if err != nil || edit.New && change.Unset || string(edit.Before) == string(edit.After) && !edit.New {
		return err
	}
	return editor.Write(ctx, edit)
}

func newContextAdd(a *app) *cobra.Command {
	var repositories []string
	var untried, use bool
	cmd := &cobra.Command{
		Use: "add NAME", Aliases: []string{"create"}, Short: "Save a server or folders under a name",
		Long: `Writes a new context with the server in --server and the TUF 1.0 repositories in
--repository. It also keeps --tlscacert, --tlscert, --tlskey, --docker-config and
--trust-dir, if you give them. trustdeck connects to the server first. It writes nothing
if the server doesn't answer, refuses the login or has an untrusted certificate, unless
you give --untried. trustdeck uses the logins of docker login and stores none.

Without a server or repositories, trustdeck asks for them: on the full screen, or line by
line with --plain.`,
		Example: `  trustdeck context add prod --server https://notary.example.org:4443 --tlscacert ca.pem
  trustdeck context add vendor --repository acme=/srv/tuf/acme`,
		Args: arguments("one name", 0, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if a.flags.Server == "" && len(repositories) == 0 {
				return a.connect(cmd, args)
			}
			if len(args) == 0 {
				return usageError("the context has no name", "Give one: trustdeck context add NAME.")
			}
			c, err := a.newContext(args[0], repositories)
			if err != nil {
				return err
			}
			if err := a.tryContext(cmd.Context(), c, untried); err != nil {
				return err
			}
			added, err := settings.AddContext(cmd.Context(), a.flags, a.world, c)
			if err != nil {
				return err
			}
			a.say("The context "+added.Name+" is in "+added.File, "")
			if use {
				return a.useContext(cmd.Context(), added.Name)
			}
			return nil
		},
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	f := cmd.Flags()
	listVar(f, &repositories, "repository", "a TUF 1.0 repository as `NAME=LOCATION`; may be repeated")
	f.BoolVar(&untried, "untried", false, "don't try the server first")
	f.BoolVar(&use, "use", false, "switch to the context, and keep it")
	return cmd
}

// newContext is the context that the flags describe.
func (a *app) newContext(name string, repositories []string) (settings.Context, error) {
	c := settings.Context{
		Name: name, Server: a.flags.Server, TrustDir: a.flags.TrustDir, DockerConfig: a.flags.DockerConfig,
		TLS: settings.TLS{CACert: a.flags.TLSCACert, Cert: a.flags.TLSCert, Key: a.flags.TLSKey}, Repositories: map[string]string{},
	}
	for _, r := range repositories {
		name, location, ok := strings.Cut(r, "=")
		if !ok {
			return c, usageError(strconv.Quote(r)+" is not NAME=LOCATION", "Write it as in acme=/srv/tuf/acme.")
		}
		place, err := wiring.ReadLocation(location, a.world)
		if err != nil {
			return c, err
		}
		c.Repositories[name] = place.Location
	}
	return c, settings.CheckContextName(name)
}

// tryContext asks the server, and looks into the folders, before they are kept.
func (a *app) tryContext(ctx context.Context, c settings.Context, untried bool) error {
	for _, name := range slices.Sorted(maps.Keys(c.Repositories)) {
		place, err := wiring.ReadLocation(c.Repositories[name], a.world)
		if err == nil {
			err = wiring.CheckPlace(ctx, place)
		}
		if err != nil {
			return err
		}
	}
	if c.Server == "" || untried {
		return nil
	}
	_, events, err := a.prepare()
	if err != nil {
		return err
	}
	found, err := a.try(ctx, c, events)
	if err != nil {
		return err
	}
	for _, line := range found.Lines() {
		a.say(line, "")
	}
	return nil
}

func newContextRemove(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "remove NAME", Aliases: []string{"rm", "delete"}, Short: "Delete a context",
		Long:    "Deletes the file of a context. The server, the repositories, keys and trustdeck's records\nof them don't change. trustdeck doesn't delete the context that you chose with\ntrustdeck context use.",
		Example: "  trustdeck context remove prod",
		Args:    arguments("one name", 1, 1),
		RunE: func(_ *cobra.Command, args []string) error {
			c, err := a.removeContext(args[0])
			if err != nil {
				return err
			}
			a.say("The context "+c.Name+" is removed: "+c.File, "")
			return nil
		},
		ValidArgsFunction: a.completeContexts,
	}
}

func (a *app) removeContext(name string) (settings.Context, error) {
	flags := a.flags
	flags.Context = ""
	used, from, err := settings.Chosen(flags, a.world)
	if err == nil && from.Kind == screen.OriginFile && slices.Contains(used, name) {
		return settings.Context{}, usageError("the context "+name+" is in use", "Use another first: trustdeck context use "+settings.DefaultContext+".")
	}
	return settings.RemoveContext(a.flags, a.world, name)
}

func newContextShow(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use: "show [NAME]", Aliases: []string{"inspect"}, Short: "Show a context's settings, and where each value comes from",
		Long:    "Lists the settings that apply in a context, or in the one in use: each with its value and\nthe source of the value.",
		Example: "  trustdeck context show\n  trustdeck context show prod -o json",
		Args:    arguments("at most one name", 0, 1),
		RunE: func(_ *cobra.Command, args []string) error {
			flags := a.flags
			if len(args) > 0 {
				flags.Context = args[0]
			}
			s, err := settings.Resolve(flags, a.world)
			if err != nil {
				return err
			}
			answer := report.NewContextSettings(s.Context, []report.Setting{})
			for _, set := range settings.NewEditor(s, flags, a.world, "").Run().Settings {
				answer.Settings = append(answer.Settings, report.Setting{Name: set.Name, Value: set.Value, From: string(set.From.Kind), Place: set.From.Name})
			}
			return a.answer(answer, func() error { return a.writeSettings(answer) })
		},
		ValidArgsFunction: a.completeContexts,
	}
	a.addOutput(cmd)
	return cmd
}

func (a *app) writeSettings(answer report.ContextSettings) error {
	t := table.New(table.Column{Title: "SETTING"}, table.Column{Title: "VALUE", Flex: true, KeepEnd: true}, table.Column{Title: "FROM"}, table.Column{Title: "PLACE", Flex: true, KeepEnd: true})
	for _, s := range answer.Settings {
		t.Row(s.Name, s.Value, s.From, s.Place)
	}
	return t.Write(a.out, a.width)
}

// completeContexts offers the names of contexts, for the last of several.
func (a *app) completeContexts(_ *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	before := toComplete[:strings.LastIndexByte(toComplete, ',')+1]
	all, _ := settings.Contexts(a.flags, a.world) // what cannot be listed is not offered
	out := []string{before + settings.DefaultContext}
	for _, c := range all {
		out = append(out, before+c.Name)
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}

// try asks a server that is not kept yet.
func (a *app) try(ctx context.Context, c settings.Context, events *admin.Log) (wiring.Found, error) {
	s, err := settings.Trial(a.flags, a.world, c)
	if err != nil {
		return wiring.Found{}, err
	}
	return wiring.Try(ctx, s, events, agent())
}
