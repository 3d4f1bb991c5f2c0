package main

import (
	"github.com/spf13/cobra"

	"trustdeck/cmd/trustdeck/internal/wiring"
)

func newDemo(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "demo [ROUTE]",
		Short: "Open the UI on a practice world",
		Long: `Opens the full-screen UI on a practice world, at ROUTE if you give one. The world is a
Notary server and a registry inside this process, and each repository has a lesson.
P lists the lessons. Everything is in a temporary folder, which trustdeck removes at
the end; it touches nothing else.

docker and notary can use the same world from another terminal: each lesson says
how. The passphrase of every private key is "` + wiring.PracticePassphrase + `".

A practice token is plugged in: A shows it. Its PIN is "` + wiring.PracticePIN + `". When it asks for a
touch, f2 touches it; f3 pulls it out, and plugs it in again.`,
		Example: `  trustdeck demo
  trustdeck demo lessons`,
		Args: arguments("at most one route", 0, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			start, err := routeOf(args, loosely)
			if err != nil {
				return err
			}
			if err := a.needTerminal(); err != nil {
				return err
			}
			s, err := a.demo(cmd.Context())
			if err != nil {
				return err
			}
			return a.ui(cmd.Context(), a, s, start)
		},
	}
}
