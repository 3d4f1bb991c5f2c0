package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"trustdeck/assets"
	"trustdeck/cmd/trustdeck/internal/settings"
	"trustdeck/cmd/trustdeck/internal/wiring"
	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/tuf"
	"trustdeck/tui/nav"
)

const rootLong = `trustdeck shows who may sign what in a repository: with which keys, until when, how many
of them must sign, and what is wrong.

Without a command it opens the full-screen UI, at ROUTE if you give one. If a route has
the same name as a command, put a slash before it: /repos.

With --plain, with TERM=dumb or with ACCESSIBLE set, the same screens are lines of text
and numbered questions. This is for screen readers, serial consoles and expect: one fact
per line, no drawings, no colour. Neither input nor output needs to be a terminal. Type a
number to open a row, or ? to list the other commands. The end of the input ends the
program. If the locale isn't UTF-8, all output is ASCII.

Settings come from, in this order: flags, including --context; DOCKER_CONFIG,
DOCKER_CONTENT_TRUST_SERVER, NOTARY_AUTH and TRUSTDECK_KEY_DIR; the context in use;
trustdeck's config.toml; Notary's config.json, unless an earlier source names a server;
docker's defaults. For details, run: trustdeck help settings`

const rootExample = `  # the UI, with the server that docker uses
  trustdeck
  # the roles of one repository
  trustdeck repo/docker.io/acme/app/roles
  # one repository on a self-hosted server
  trustdeck --server https://notary.example.org:4443 inspect registry.example.org/acme/app
  # a screen as lines of text
  trustdeck --plain keys
  # an archive, without a server
  trustdeck --archive /media/trust-2026 repos`

// newRoot builds the command tree.
func newRoot(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:               "trustdeck [ROUTE]",
		Short:             "Manage signing trust: Docker Content Trust (Notary v1) and TUF 1.0",
		Long:              rootLong,
		Example:           rootExample,
		Args:              a.routeArgs,
		ValidArgsFunction: a.completeRoutes,
		SilenceErrors:     true,
		SilenceUsage:      true,
		RunE:              a.runUI,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error { return a.checkOutput(cmd) },
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usageError(err.Error(), fmt.Sprintf("See %s --help.", cmd.CommandPath()))
	})
	root.SuggestionsMinimumDistance = 2
	a.addGlobalFlags(root)
	root.AddCommand(
		newDemo(a), newSandbox(a), newLessons(a), newContext(a), newRepos(a), newInspect(a), newTags(a), newKeys(a), newTokens(a), newToken(a), newKey(a), newSigners(a), newQuorum(a), newExplain(a), newAttest(a), newForecast(a), newRoots(a), newHistory(a), newStatus(a), newEnv(a), newVerify(a), newInit(a), newSigner(a), newOffBoard(a), newRenew(a), newWitness(a), newCountersign(a), newRotate(a), newRestate(a), newDelegation(a), newThreshold(a), newSign(a), newRevoke(a), newCopy(a), newTarget(a), newPublish(a), newReset(a), newDelete(a), newAcceptRoot(a), newAcceptRollback(a), newApply(a), newResume(a), newCeremony(a),
		newDoctor(a), newArchive(a), newBackup(a), newTUFClient(a), newVersion(a),
		topic("settings", "Where settings come from", assets.Settings),
		topic("exit-codes", "What the exit codes mean", strings.Join(codes(), "\n")),
	)
	root.CompletionOptions.SetDefaultShellCompDirective(cobra.ShellCompDirectiveNoFileComp)
	return root
}

func (a *app) addGlobalFlags(root *cobra.Command) {
	f := root.PersistentFlags()
	f.StringVar(&a.flags.Context, "context", "", "`NAME` of the context to use; separate several with commas to show them together")
	_ = root.RegisterFlagCompletionFunc("context", a.completeContexts)
	f.StringVar(&a.flags.Server, "server", "", "`URL` of the trust server, for all repositories")
	f.StringVar(&a.flags.Archive, "archive", "", "read the archive in `DIR` instead of a server")
	f.StringVar(&a.flags.DockerConfig, "docker-config", "", "Docker's `DIR`: credentials and TLS certificates (default ~/.docker)")
	f.StringVar(&a.flags.NotaryConfig, "notary-config", "", "Notary's config.json `FILE`")
	f.StringVar(&a.flags.Config, "config", "", "trustdeck's config.toml `FILE`")
	f.StringVar(&a.flags.TrustDir, "trust-dir", "", "`DIR` with private keys and cached roots (default ~/.docker/trust)")
	f.StringVar(&a.flags.KeyDir, "key-dir", "", "trustdeck's own `DIR` of private keys (default ~/.local/share/trustdeck/keys)")
	listVar(f, &a.flags.KeyFiles, "key-file", "also sign with the private keys in `FILE`, which is only read; may be repeated")
	listVar(f, &a.flags.PKCS11, "pkcs11", "also sign with the keys on the tokens of the PKCS #11 `MODULE`, a library that is loaded; may be repeated")
	f.StringVar(&a.flags.TLSCACert, "tlscacert", "", "`FILE` of the CA certificates to trust, instead of the system's")
	f.StringVar(&a.flags.TLSCert, "tlscert", "", "`FILE` of the client certificate")
	f.StringVar(&a.flags.TLSKey, "tlskey", "", "`FILE` of the client certificate's key")
	listVar(f, &a.flags.Pins, "pin", "trust only this root certificate: `REPO=ID`; may be repeated")
	f.StringVar(&a.flags.At, "at", "", "judge expiry as of `TIME`, a date or RFC 3339 (default now; for an archive, its date)")
	f.StringVar(&a.flags.CacheDir, "cache-dir", "", "`DIR` of trustdeck's own cache")
	f.BoolVar(&a.flags.NoCache, "no-cache", false, "neither read nor write the cache; still record what was verified")
	f.DurationVar(&a.flags.Timeout, "timeout", 0, "timeout per request: `TIME`, for example 30s")
	f.IntVar(&a.flags.Parallel, "parallel", 0, "send up to `N` requests at once")
	f.StringVar(&a.flags.Refresh, "refresh", "", "`TIME` between checks for changes, for example 30s, or off")
	f.StringVar(&a.flags.Theme, "theme", "", "`NAME` of the theme: "+strings.Join(settings.Themes(), ", "))
	f.BoolVar(&a.flags.ASCII, "ascii", false, "draw with ASCII characters only")
	f.BoolVar(&a.flags.Plain, "plain", false, "show screens as lines of text with numbered questions (also with TERM=dumb or ACCESSIBLE=1)")
	f.BoolVar(&a.flags.NoMouse, "no-mouse", false, "leave the mouse to the terminal")
	f.StringVar(&a.flags.LogFile, "log-file", "", "append the events of the run to `FILE`")
}

// forms is the annotation of the output flag that lists what it takes.
const forms = "forms"

// addOutput gives a command that answers the choice of form, of which it may have more.
func (a *app) addOutput(cmd *cobra.Command, more ...string) {
	all := append([]string{"table", "json"}, more...)
	cmd.Flags().StringVarP(&a.output, "output", "o", "table", "output `FORM`: "+strings.Join(all, ", "))
	_ = cmd.Flags().SetAnnotation("output", forms, all)
	_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(all, cobra.ShellCompDirectiveNoFileComp))
}

func (a *app) checkOutput(cmd *cobra.Command) error {
	flag := cmd.Flags().Lookup("output")
	if flag == nil {
		return nil
	}
	all := flag.Annotations[forms]
	if len(all) == 0 || slices.Contains(all, a.output) {
		return nil
	}
	last := len(all) - 1
	return usageError(fmt.Sprintf("%q is not an output form of this command", a.output), "Choose "+strings.Join(all[:last], ", ")+" or "+all[last]+".")
}

// routeArgs accepts no argument or one route.
func (a *app) routeArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	_, err := nav.Parse(args[0], loosely)
	if err != nil && strings.Contains(args[0], "/") {
		// Nothing but a route has a slash: say what is wrong with it.
		return usageError(err.Error(), "See trustdeck --help.")
	}
	if err != nil || len(args) > 1 {
		hint := "See trustdeck --help."
		if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
			hint = "Did you mean " + strings.Join(near, " or ") + "?"
		}
		return usageError(fmt.Sprintf("%q is neither a command nor a route", args[0]), hint)
	}
	return nil
}

// loosely is the dialect of a repository as far as its name tells, before the settings are
// read: what may be the name of a TUF 1.0 repository is taken for one, because there the
// name of a role may be any text.
func loosely(gun model.GUN) dialect.Dialect {
	if settings.CheckRepositoryName(string(gun)) == nil {
		return tuf.Dialect{}
	}
	return wiring.DialectOf(gun, nil)
}

// arguments checks their number. The names are for the message.
func arguments(names string, low, high int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < low || high >= 0 && len(args) > high {
			want := names
			if want == "" {
				want = "no arguments"
			}
			return usageError(fmt.Sprintf("%s takes %s", cmd.CommandPath(), want), fmt.Sprintf("See %s --help.", cmd.CommandPath()))
		}
		return nil
	}
}

// topic is a page of the help that is no command.
func topic(name, short, long string) *cobra.Command {
	return &cobra.Command{Use: name, Short: short, Long: short + ".\n\n" + strings.TrimSuffix(long, "\n")}
}

func usageError(text, hint string) error {
	return &model.Fault{Kind: model.FaultUsage, Text: text, Hint: hint, Err: errors.New(text)}
}
