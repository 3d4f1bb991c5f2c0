package main

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"trustdeck/cmd/trustdeck/internal/image"
	"trustdeck/model"
	"trustdeck/model/notary/docker"
	"trustdeck/model/report"
	"trustdeck/tui/text"
)

func newEnv(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "env [REPO…]",
		Short: "Show what docker does here: whether it verifies, and with which server",
		Long: `Shows how this environment decides three things: whether docker verifies what it pulls,
which server it asks about a repository, and which trust folder it uses. It also shows
where trustdeck uses something else. Without REPO, it lists the registries of all
repositories known on this machine.

For variables that hold secrets, it shows only whether they are set. It uses no network,
and runs docker only to read its version.`,
		Example: `  trustdeck env
  trustdeck env registry.example.org/acme/app
  # a build must not pull unsigned images
  trustdeck env -o json | jq -e .verifies`,
		Args:              arguments("any number of repositories", 0, -1),
		ValidArgsFunction: a.completeRepositories,
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := a.looking()
			if err != nil {
				return err
			}
			var guns []model.GUN
			for _, arg := range args {
				name, err := image.Parse(arg) // what docker takes it for
				if err != nil {
					return usageError(err.Error(), "Write the name as docker pull takes it.")
				}
				guns = append(guns, name.GUN)
			}
			answer := environment{a, s}.of(cmd.Context(), guns)
			return a.answer(answer, func() error { return a.writeEnv(answer) })
		},
	}
	a.addOutput(cmd)
	return cmd
}

// environment finds out what other clients do here. It satisfies screen.Surroundings.
type environment struct {
	app     *app
	session *session
}

// Environment answers for the repositories that the session knows without asking a server.
func (e environment) Environment(ctx context.Context) (report.Environment, error) {
	return e.of(ctx, nil), context.Cause(ctx)
}

// of answers for these repositories; for those that are known where there are none.
func (e environment) of(ctx context.Context, guns []model.GUN) report.Environment {
	s, world := e.session, e.app.world
	if len(guns) == 0 {
		guns = known(ctx, s)
	}
	in := docker.Environment{
		Getenv: world.Getenv, Version: dockerVersion(ctx), Server: s.Settings.ServerFor,
		Config: world.Getenv("DOCKER_CONFIG"), GUNs: guns,
	}
	if in.Config == "" {
		in.Config = filepath.Join(world.Home, ".docker")
	}
	in.Trust = filepath.Join(in.Config, "trust")
	in.Here.Config, in.Here.Trust = s.Settings.DockerConfig, s.Settings.TrustDir
	return in.Report()
}

// known are the repositories that docker can pull from, of those that are known without
// asking a server, by the names that they have there.
func known(ctx context.Context, s *session) []model.GUN {
	var out []model.GUN
	for _, listed := range s.Known(ctx) {
		if s.DialectOf(listed.GUN).Name() == model.NotaryV1 {
			_, gun := s.Unqualified(listed.GUN)
			out = append(out, gun)
		}
	}
	return out
}

// versionTime is how long a program may take to say its version.
const versionTime = 5 * time.Second

// dockerVersion asks the program docker for its version, which takes no daemon; empty where
// there is no such program.
func dockerVersion(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(ctx, versionTime)
	defer cancel()
	out, err := exec.CommandContext(ctx, "docker", "--version").Output()
	if err != nil {
		return ""
	}
	// Docker version 28.2.2, build e6534b4
	version, ok := strings.CutPrefix(string(out), "Docker version ")
	if !ok {
		return ""
	}
	version, _, _ = strings.Cut(version, ",")
	return strings.TrimSpace(version)
}

func (a *app) writeEnv(e report.Environment) error {
	if _, err := fmt.Fprintln(a.out, text.Clean(e.Summary)); err != nil {
		return err
	}
	if err := a.blankLine(); err != nil {
		return err
	}
	for _, s := range e.Settings {
		lines := s.Name + ": " + shownValue(s) + "\n    " + s.Effect + "\n"
		if s.Here != "" {
			lines += "    trustdeck uses " + s.Here + "\n"
		}
		for line := range strings.Lines(lines) {
			if _, err := fmt.Fprintln(a.out, text.Clean(strings.TrimSuffix(line, "\n"))); err != nil {
				return err
			}
		}
	}
	return nil
}

// shownValue is the value of a setting for people.
func shownValue(s report.EnvironmentSetting) string {
	switch {
	case s.Value != "":
		return s.Value
	case s.Set:
		return "set, not shown"
	default:
		return "not set"
	}
}
