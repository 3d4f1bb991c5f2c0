package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"trustdeck/model"
	"trustdeck/model/admin/ceremony"
	"trustdeck/model/qrcode"
	"trustdeck/model/report"
	"trustdeck/tui/flows"
	"trustdeck/tui/text"
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
	parent.AddCommand(newCeremonyRequest(a), newCeremonyStart(a), newCeremonySign(a), newCeremonyMerge(a), newCeremonyShow(a), newCeremonyPublish(a), newCeremonyScript(a), newCeremonyVerifyTranscript(a))
	return parent
}

// ceremonies are the use cases of ceremonies on this machine.
func (a *app) ceremonies() (*ceremony.Service, error) {
	s, err := a.session()
	if err != nil {
		return nil, err
	}
	return s.Ceremonies(a.now), nil
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

func newCeremonyMerge(a *app) *cobra.Command {
	var answer string
	cmd := &cobra.Command{
		Use:   "merge FILE [COPY..]",
		Short: "Bring the signatures of copies into the file of a ceremony",
		Long: `Verifies copies of a ceremony that others have signed, and writes their signatures into
FILE: all of them, or none. The order makes no difference, and a copy may be merged again.

With --answer, reads signatures that were handed back as lines of text, from a file, or
from the terminal with -. End them with an empty line.`,
		Example: `  trustdeck ceremony merge root.ceremony ada.ceremony ben.ceremony
  trustdeck ceremony merge --answer - root.ceremony`,
		Args: arguments("the file of a ceremony", 1, -1),
		RunE: func(cmd *cobra.Command, args []string) error {
			service, err := a.ceremonies()
			if err != nil {
				return err
			}
			if (answer == "") == (len(args) == 1) {
				return usageError("there is nothing to merge, or both copies and an answer", "Name copies of the file, or give --answer.")
			}
			path := a.world.Path(args[0])
			var out *ceremony.Merged
			if answer != "" {
				lines, err := a.answerLines(cmd, answer)
				if err != nil {
					return err
				}
				out, err = service.MergeAnswer(path, lines)
				if err != nil {
					return err
				}
			} else {
				var copies []string
				for _, other := range args[1:] {
					copies = append(copies, a.world.Path(other))
				}
				if out, err = service.Merge(path, copies...); err != nil {
					return err
				}
			}
			told := report.NewCeremony(out.File, a.now())
			told.Add(out.New)
			return a.answer(told, func() error {
				a.tell(text.Count(len(out.New), "new signature") + " in " + args[0] + ".")
				return a.writeCeremony(out.File)
			})
		},
	}
	cmd.Flags().StringVar(&answer, "answer", "", "read signatures as text from `FILE`, or from the terminal with -")
	a.addDetails(cmd)
	a.addOutput(cmd)
	return cmd
}

// answerLines reads an answer: from a file, or line by line.
func (a *app) answerLines(cmd *cobra.Command, from string) (string, error) {
	if from != "-" {
		s, err := a.session()
		if err != nil {
			return "", err
		}
		content, err := s.Ceremonies(a.now).Files.Read(a.world.Path(from), maxAnswerFile)
		return string(content), err
	}
	var lines []string
	for {
		line, err := a.lines().Line(cmd.Context(), fmt.Sprintf("Line %d, or nothing to end:", len(lines)+1))
		if err != nil && len(lines) == 0 {
			return "", err
		}
		if err != nil || line == "" {
			return strings.Join(lines, "\n"), nil
		}
		lines = append(lines, line)
	}
}

// maxAnswerFile is the most bytes of a file with an answer.
const maxAnswerFile = 64 << 10

// writeAnswer writes signatures to be typed, and on a terminal as QR codes, black on white.
func (a *app) writeAnswer(lines, codes []string) error {
	var out strings.Builder
	for _, line := range lines {
		out.WriteString(line + "\n")
	}
	for i, content := range codes {
		if a.width == 0 || a.flags.ASCII {
			break
		}
		code, err := qrcode.New(content)
		if err != nil {
			return err
		}
		fmt.Fprintf(&out, "\nQR code %d of %d\n", i+1, len(codes))
		for _, line := range code.Lines() {
			out.WriteString("\x1b[30;107m" + line + "\x1b[0m\n")
		}
	}
	_, err := io.WriteString(a.out, out.String())
	return err
}
