package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"trustdeck/cmd/trustdeck/internal/wiring"
	"trustdeck/model/display"
)

func newSandbox(a *app) *cobra.Command {
	var o wiring.PracticeOptions
	cmd := &cobra.Command{
		Use:   "sandbox",
		Short: "Serve a practice world for other clients",
		Long: `Serves a Notary server and a registry on this machine until you stop it with ctrl+c. It
prints what docker and notary need to use them, as shell commands. The server makes the
same checks as a real one. Its keys are public: use it only for practice. Only this
machine can reach it.

With --lessons it has the repositories of the demo, and a trust folder with their
private keys. docs/practice.md describes what to try with them.

Without --dir everything is in a temporary folder, which trustdeck removes at the end.
With --dir the world is the same after a restart. The port changes, unless you set it
with --addr.

After ctrl+c the exit code is 0.`,
		Example: `  trustdeck sandbox --lessons
  # the same server every day
  trustdeck sandbox --addr 127.0.0.1:4443 --dir ~/practice
  # in another program's test
  trustdeck sandbox -o json >world.json & jq -r .server world.json`,
		Args: arguments("", 0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.serveSandbox(cmd.Context(), o) },
	}
	cmd.Flags().StringVar(&o.Addr, "addr", "", "listen at `HOST:PORT` of this machine (default a free port)")
	cmd.Flags().StringVar(&o.Dir, "dir", "", "keep the world in `DIR`")
	cmd.Flags().BoolVar(&o.Lessons, "lessons", false, "create the repositories of the demo in a new world")
	cmd.Flags().BoolVar(&o.Auth, "auth", false, "require tokens, as a server with users does")
	a.addOutput(cmd)
	return cmd
}

// serveSandbox serves a practice world until the context ends.
func (a *app) serveSandbox(ctx context.Context, o wiring.PracticeOptions) (err error) {
	if o.Dir != "" {
		if o.Dir, err = filepath.Abs(o.Dir); err != nil {
			return usageError(err.Error(), "Give the absolute path of the folder.")
		}
	}
	p, err := wiring.StartPractice(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	if err := p.Filled(); err != nil {
		return nil // closing the world says it
	}
	if err := a.answer(p.Describe(), func() error { return a.printPractice(p) }); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// printPractice prints lines for a shell, with remarks between them.
func (a *app) printPractice(p *wiring.PracticeWorld) error {
	lines := []string{
		"# The practice server answers at " + p.URL() + " until you press ctrl+c here.",
		"# In another terminal, type . " + display.ShellWord(p.Environment()) + " or:",
	}
	lines = append(lines, p.Exports()...)
	if p.Auth {
		lines = append(lines, "# It asks for a token; user and password, both "+wiring.PracticeUser+", are in DOCKER_CONFIG already.")
	}
	lines = append(lines, "# Then, for example:")
	for _, line := range p.Try() {
		lines = append(lines, "#   "+line)
	}
	for _, line := range lines {
		if _, err := fmt.Fprintln(a.out, line); err != nil {
			return err
		}
	}
	return nil
}
