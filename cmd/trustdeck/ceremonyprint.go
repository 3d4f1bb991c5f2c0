package main

import (
	"io"

	"github.com/spf13/cobra"

	"trustdeck/model/admin/ceremony"
	"trustdeck/model/printout"
	"trustdeck/model/report"
)

// The output forms of pages that are printed and of calendars, beside table and json.
const (
	markdown = "markdown"
	html     = "html"
	ics      = "ics"
)

// writePage writes a page in the form that is asked for: Markdown where it is none of these.
func (a *app) writePage(p *printout.Page) error {
	text := p.Markdown()
	if a.output == html {
		var err error
		if text, err = p.HTML(); err != nil {
			return err
		}
	}
	_, err := io.WriteString(a.out, text)
	return err
}

func newCeremonyVerifyTranscript(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "verify-transcript FILE",
		Short: "Verify what was recorded of a ceremony on a machine",
		Long: `Verifies a transcript: the file beside that of the ceremony, FILE.transcript, to which each
command adds what it found out of the machine, what it showed, what was confirmed, and what
it did. Each line has the hash of
the line before, so that none can be changed, taken out or put in. The first line that
breaks the chain is named. Only a change at the end leaves no trace: note the hash of the
last line after the ceremony, which the output ends with.

With -o markdown or -o html it is written for people, to be printed. The exit code is 1 if a
line breaks the chain.`,
		Example: `  trustdeck ceremony verify-transcript root.ceremony.transcript
  trustdeck ceremony verify-transcript -o html root.ceremony.transcript > transcript.html`,
		Args: arguments("a transcript", 1, 1),
		RunE: func(_ *cobra.Command, args []string) error {
			service, err := a.ceremonies()
			if err != nil {
				return err
			}
			path := a.world.Path(args[0])
			is, broken := service.ReadTranscript(path)
			if is == nil {
				return broken
			}
			if err := a.answer(report.NewCeremonyTranscript(path, is, broken), func() error { return a.writePage(is.Page()) }); err != nil {
				return err
			}
			return broken
		},
	}
	a.addOutput(cmd, markdown, html)
	return cmd
}

func newCeremonyNote(a *app) *cobra.Command {
	var who string
	cmd := &cobra.Command{
		Use:   "note FILE TEXT..",
		Short: "Write something into the transcript of this machine",
		Long: `Adds a note to the transcript beside the file of a ceremony: the number of a sealed bag, who
was there, what was agreed. Each TEXT is a line. It can't be changed later. The ceremony may
have ended. Don't write secrets: everyone who has the transcript can read it.`,
		Example: `  trustdeck ceremony note --by Ada root.ceremony "token 1234567 sealed in bag A 0047112"`,
		Args:    arguments("the file of a ceremony and a text", 2, -1),
		RunE: func(_ *cobra.Command, args []string) error {
			service, err := a.ceremonies()
			if err != nil {
				return err
			}
			path := a.world.Path(args[0])
			if err := service.Note(path, who, args[1:]); err != nil {
				return err
			}
			kept := ceremony.TranscriptOf(path)
			is, err := service.ReadTranscript(kept)
			if err != nil {
				return err
			}
			return a.answer(report.NewCeremonyTranscript(kept, is, nil), func() error {
				a.tell("Noted in " + kept + ". The hash of its last line is " + is.Last + ".")
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&who, "by", "", "`NAME` of the person whose note it is")
	a.addOutput(cmd)
	return cmd
}

func newCeremonyScript(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "script FILE",
		Short: "Print the coming ceremony, with boxes to tick and the words to read aloud",
		Long: `Prints what is to be done in a ceremony, by whom and in which order, with a box for each
step and the words to read aloud. With -o html it is a page to be printed, and with -o ics
the dates are appointments for a calendar. It changes nothing, and asks no server.`,
		Example: `  trustdeck ceremony script -o html root.ceremony > script.html
  trustdeck ceremony script -o ics root.ceremony > dates.ics`,
		Args: arguments("the file of a ceremony", 1, 1),
		RunE: func(_ *cobra.Command, args []string) error {
			_, f, err := a.openCeremony(a.world.Path(args[0]))
			if err != nil {
				return err
			}
			return a.answer(report.NewCeremony(f, a.now()), func() error {
				if a.output == ics {
					_, err := io.WriteString(a.out, ceremony.Calendar(f.Opened))
					return err
				}
				return a.writePage(ceremony.Script(f.Opened))
			})
		},
	}
	a.addOutput(cmd, markdown, html, ics)
	return cmd
}
