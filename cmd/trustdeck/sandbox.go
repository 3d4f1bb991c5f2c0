package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"trustdeck/model/report"
	"trustdeck/remote/sandbox/practice"
	"trustdeck/tui/text"
)

func newSandbox(a *app) *cobra.Command {
	var o practiceOptions
	cmd := &cobra.Command{
		Use:   "sandbox",
		Short: "Serve a practice world for other clients",
		Long: `Serves a Notary server and a registry on this machine until it is interrupted,
and prints what docker and notary need to use them, as lines for a shell. The
server checks what a real one checks. Its keys are no secrets: it is for practice
only, and listens where nobody but this machine can reach it.

With --lessons the repositories of the demo are there, with their private keys in
a trust folder; docs/practice.md says what to try with them.

Without --dir everything is in a temporary folder, which is removed at the end.
With it, the world is the same after a restart; only the port is another one,
unless --addr names it.

The end by ctrl+c is the regular one: the exit code is 0.`,
		Example: `  trustdeck sandbox --lessons
  # the same server every day
  trustdeck sandbox --addr 127.0.0.1:4443 --dir ~/practice
  # in the test of another program
  trustdeck sandbox -o json >world.json & jq -r .server world.json`,
		Args: arguments("", 0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.serveSandbox(cmd.Context(), o) },
	}
	cmd.Flags().StringVar(&o.addr, "addr", "", "listen at `HOST:PORT` of this machine (default a free port)")
	cmd.Flags().StringVar(&o.dir, "dir", "", "keep the world in `DIR`")
	cmd.Flags().BoolVar(&o.lessons, "lessons", false, "put the repositories of the demo into a new world")
	cmd.Flags().BoolVar(&o.auth, "auth", false, "ask for tokens, as a server with users does")
	a.addOutput(cmd)
	return cmd
}

// serveSandbox serves a practice world until the context ends.
func (a *app) serveSandbox(ctx context.Context, o practiceOptions) (err error) {
	if o.dir != "" {
		if o.dir, err = filepath.Abs(o.dir); err != nil {
			return usageError(err.Error(), "Name the folder by its whole path.")
		}
	}
	p, err := startPractice(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	if err := p.filled(); err != nil {
		return nil // closing the world says it
	}
	if err := a.answer(p.describe(), func() error { return a.printPractice(p) }); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// describe is the answer for programs.
func (p *practiceWorld) describe() report.Sandbox {
	out := report.Sandbox{
		Server: p.world.URL(), Registry: p.world.Host(), Authority: p.authority(),
		DockerConfig: p.docker(), TrustDir: p.trust(), NotaryConfig: p.notaryConfig(),
		Environment: p.variables(), EnvironmentFile: p.environment(), Try: p.try(),
	}
	if p.auth {
		out.User, out.Password = practiceUser, practicePassword
	}
	if p.taught != nil {
		out.Passphrase = practice.Passphrase
	}
	return report.NewSandbox(out)
}

// printPractice prints lines for a shell, with remarks between them.
func (a *app) printPractice(p *practiceWorld) error {
	lines := []string{
		"# The practice server answers at " + p.world.URL() + " until you press ctrl+c here.",
		"# In another terminal, type . " + text.ShellQuote(p.environment()) + " or:",
	}
	lines = append(lines, p.exports()...)
	if p.auth {
		lines = append(lines, "# It asks for a token; user and password, both "+practiceUser+", are in DOCKER_CONFIG already.")
	}
	lines = append(lines, "# Then, for example:")
	for _, line := range p.try() {
		lines = append(lines, "#   "+line)
	}
	for _, line := range lines {
		if _, err := fmt.Fprintln(a.out, line); err != nil {
			return err
		}
	}
	return nil
}
