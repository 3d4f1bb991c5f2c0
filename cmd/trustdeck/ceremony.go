package main

import (
	"github.com/spf13/cobra"

	"trustdeck/cmd/trustdeck/internal/computer"
	"trustdeck/model"
	"trustdeck/model/admin/ceremony"
	"trustdeck/model/report"
	"trustdeck/tui/flows"
	"trustdeck/tui/nav"
)

func newCeremony(a *app) *cobra.Command {
	parent := &cobra.Command{
		Use: "ceremony", Short: "Have several people sign, each on their own machine",
		Long: `A ceremony is one file that goes from person to person: what is to be signed, what it
replaces, and the signatures so far. Each machine verifies all of it, and works out on its
own what changes. A machine that signs needs the file and a key, but no network and no
settings.

Compare the fingerprint of the ceremony, 12 words, aloud before anyone signs.`,
		Example: "  trustdeck ceremony show root.ceremony",
		Args:    arguments("", 0, 0),
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	parent.AddCommand(newCeremonyRequest(a), newCeremonyStart(a), newCeremonySign(a), newCeremonyMerge(a), newCeremonyOpen(a), newCeremonyShow(a), newCeremonyPublish(a), newCeremonyScript(a), newCeremonyNote(a), newCeremonyVerifyTranscript(a))
	return parent
}

// ceremonies are the use cases of ceremonies on this machine.
func (a *app) ceremonies() (*ceremony.Service, error) {
	s, err := a.session()
	if err != nil {
		return nil, err
	}
	return a.ceremoniesOf(s), nil
}

func (a *app) ceremoniesOf(s *session) *ceremony.Service {
	out := s.Ceremonies(a.now)
	out.Computer = computer.New(build().Version)
	return out
}

// openCeremony verifies the file of a ceremony.
func (a *app) openCeremony(path string) (*ceremony.Service, *ceremony.File, error) {
	service, err := a.ceremonies()
	if err != nil {
		return nil, nil, err
	}
	f, err := service.Open(path)
	return service, f, err
}

func newCeremonyOpen(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "open FILE",
		Short: "Open the page of a ceremony on the full screen",
		Long: `Shows what to do now, who is next and what is left, and everyone who is asked to sign. Enter
does the next step, if it is one of this machine. The page follows the file: what others
bring in is shown within seconds, and the terminal calls you when it is your turn. Close it
whenever you like; opened again, it is where the ceremony stands.`,
		Example: "  trustdeck ceremony open root.ceremony",
		Args:    arguments("the file of a ceremony", 1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.needTerminal(); err != nil {
				return err
			}
			s, err := a.looking()
			if err != nil {
				return err
			}
			return a.ui(cmd.Context(), a, s, nav.Ceremony(args[0]))
		},
	}
}

func newCeremonyShow(a *app) *cobra.Command {
	var partial, to string
	cmd := &cobra.Command{
		Use:   "show FILE",
		Short: "Verify the file of a ceremony, and show what changes and who has signed",
		Long: `Verifies the file of a ceremony: the chain of published roots, what is to be signed, and
each signature. Shows what would change, worked out from what is signed, the fingerprint to
read aloud, and who has signed. With --details, shows also the published roots and
everything that is signed. It changes nothing, and asks no server.

With --partial ROLE, writes the file of a role with the signatures so far, and an empty one
for each key that is still asked: the form in which tuf-on-ci and other programs hand it on.`,
		Example: `  trustdeck ceremony show root.ceremony
  trustdeck ceremony show --details root.ceremony
  trustdeck ceremony show --partial root --to 5.root.json root.ceremony`,
		Args: arguments("the file of a ceremony", 1, 1),
		RunE: func(_ *cobra.Command, args []string) error {
			service, f, err := a.openCeremony(a.world.Path(args[0]))
			if err != nil {
				return err
			}
			if (partial == "") != (to == "") {
				return usageError("--partial and --to belong together", "Name the role, and the file to write.")
			}
			if partial != "" {
				if err := service.Partial(f, model.RoleName(partial), a.world.Path(to)); err != nil {
					return err
				}
			}
			return a.answer(report.NewCeremony(f, a.now()), func() error { return a.writeCeremony(f) })
		},
	}
	cmd.Flags().StringVar(&partial, "partial", "", "write the file of this `ROLE` with the signatures so far")
	cmd.Flags().StringVar(&to, "to", "", "the new `FILE` for --partial")
	a.addDetails(cmd)
	a.addOutput(cmd)
	return cmd
}

// writeCeremony writes where a ceremony stands, as an answer.
func (a *app) writeCeremony(f *ceremony.File) error {
	p := a.newLines(a.out)
	p.Show(flows.CeremonyReview(f.Opened, a.now()))
	return p.Flush()
}
