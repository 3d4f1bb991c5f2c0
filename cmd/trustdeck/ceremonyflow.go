package main

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"trustdeck/model"
	"trustdeck/model/admin/ceremony"
	changing "trustdeck/model/admin/change"
	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
)

// How the help of commands of ceremonies ends.
const ceremonyAsks = `

trustdeck asks for what you don't give: on the full screen, or line by line with --plain.`

// ceremonyCommand makes the command of a flow of ceremonies. take takes what no step has a flag for.
func (c *change) ceremonyCommand(use, short, long, example string, args cobra.PositionalArgs, take func(cmd *cobra.Command, s *session, args []string, into flow.Answers) error) *cobra.Command {
	cmd := &cobra.Command{
		Use: use, Short: short, Example: example, Args: args, Long: long + ceremonyAsks,
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := c.app.session()
			if err != nil {
				return err
			}
			given := flow.Answers{Values: map[string][]string{}}
			if err := take(cmd, s, args, given); err != nil {
				return err
			}
			if err := c.given(cmd, given); err != nil {
				return err
			}
			if c.flow.Command.Unasked && !c.app.interactive { // it writes a file of the ceremony, and publishes nothing
				c.yes = true
			}
			return c.runCeremony(cmd.Context(), s, given)
		},
	}
	c.addFlags(cmd)
	if !c.flow.Command.Unasked {
		cmd.Flags().BoolVar(&c.yes, "yes", false, "accept what is shown without asking")
	}
	c.app.addDetails(cmd)
	c.app.addOutput(cmd)
	return cmd
}

// fileArgument takes the file of a ceremony as the first argument.
func fileArgument(_ *cobra.Command, _ *session, args []string, into flow.Answers) error {
	if len(args) > 0 {
		into.Values[flows.CeremonyFile] = args[:1]
	}
	return nil
}

// switchGiven gives an answer where a flag without a value is set.
func switchGiven(set bool, into flow.Answers, id, value string) {
	if set {
		into.Values[id] = []string{value}
	}
}

// runCeremony walks through a flow of ceremonies.
func (c *change) runCeremony(ctx context.Context, s *session, given flow.Answers) error {
	backend := c.app.ceremonyBackend(s)
	ports := flows.Ports{Ceremonies: backend}
	answer, saved := func() error { return nil }, func() string { return "" }
	if c.online {
		service, err := c.app.flows(s)
		if err != nil {
			return err
		}
		c.app.remind(ctx, service.Service)
		seen := &witness{flowBackend: service}
		backend.publishing, ports.Backend, answer = service.Service, seen, seen.answer
	}
	c.flow = flows.All(ports).Find(c.flow.ID)
	err := c.through(ctx, given, func() error { return c.walk(ctx, s, ports, saved, given) })
	return errors.Join(err, backend.said(), answer())
}

func newCeremonyRequest(a *app) *cobra.Command {
	var rehearsal bool
	c := &change{app: a, flow: flows.CeremonyAsk(&ceremonyBackend{})}
	cmd := c.ceremonyCommand("request [REPO] [FILE]", "Ask for a place among the keys of a repository",
		`Has a key of this machine sign a request for it, and writes that into the new file FILE: the
public half, and where a token can prove that the key was made on it, that proof. The key
must be there already; make one with trustdeck key generate or trustdeck token generate.
Hand FILE to the person who prepares the ceremony, and read the words of the key aloud.

For a rehearsal, --key new makes a key that is called rehearsal, and is thrown away afterwards:
trustdeck key remove.

It needs no network. REPO must be named as the person who prepares the ceremony names it;
--kind says which kind of repository that is, where no settings do.`,
		`  trustdeck ceremony request --name Ada registry.example.org/acme/app ada.request
  trustdeck ceremony request --name Ada --kind tuf-1 acme ada.request
  trustdeck ceremony request --name Ada --rehearsal --key new registry.example.org/acme/app ada.request`,
		arguments("a repository and a new file", 0, 2),
		func(cmd *cobra.Command, s *session, args []string, into flow.Answers) error {
			switchGiven(rehearsal, into, flows.CeremonyReal, flows.Rehearsal)
			if len(args) > 1 {
				into.Values[flows.CeremonyRequest] = args[1:]
			}
			if len(args) == 0 {
				return nil
			}
			if cmd.Flags().Changed("kind") {
				into.Values[flows.CeremonyGUN] = args[:1]
				return nil
			}
			guns, err := a.repositories(cmd.Context(), s, args[:1])
			if err == nil {
				into.Values[flows.CeremonyGUN] = []string{string(guns[0])}
			}
			return err
		})
	cmd.Flags().BoolVar(&rehearsal, "rehearsal", false, "for a rehearsal: the key is to be thrown away")
	a.addGUN(cmd)
	return cmd
}

func newCeremonyStart(a *app) *cobra.Command {
	var rehearsal, atOnce bool
	c := &change{app: a, flow: flows.CeremonyStart(nil, nil), online: true}
	cmd := c.ceremonyCommand("start [REPO]", "Prepare a ceremony",
		`Reads a repository, plans what is to be signed, and writes the file of the ceremony, which
goes to everyone. It publishes nothing.

With --plan, it prepares what a plan asks for that another command has saved with -f; a key
of this machine that it lists is unlocked, and listed by its public half. Else it is about
the root of REPO: --add takes the request of a key that joins, --remove the ID of a key that
leaves, and --threshold sets how many must sign. A repository without trust data is created,
and needs a request for each role that no server signs. Without any of them, the root is
renewed. If so many leave that those who stay can't sign on their own,
trustdeck names two ceremonies that lead there; --at-once does it in one, and needs those who
leave and those who join.

People act in the order in which they are named: first those whose keys are listed already,
by --people and --person, and then those of requests. With --people, --remove takes the name
of a person too. The dates default to now, one week, two weeks and three weeks from now.
In a rehearsal, nothing that is signed can be published; its keys are made for it.

trustdeck says whether this machine has a network or swap space, and which program runs: its
version, and the SHA-256 of its file in words. Compare them with those on the other machines.`,
		`  trustdeck ceremony start --add ada.request --add ben.request --add cleo.request \
    --add targets.request --threshold 2 --to root.ceremony registry.example.org/acme/app
  trustdeck ceremony start --people root.ceremony --add dan.request --remove Cleo --to replace.ceremony \
    registry.example.org/acme/app
  trustdeck ceremony start --plan plan.json --title "New signer" --to signer.ceremony`,
		arguments("one repository, or --plan", 0, 1),
		func(cmd *cobra.Command, s *session, args []string, into flow.Answers) error {
			switchGiven(rehearsal, into, flows.CeremonyReal, flows.Rehearsal)
			switchGiven(atOnce, into, flows.CeremonySplit, flows.AtOnce)
			if len(args) > 0 && cmd.Flags().Changed("plan") {
				return usageError("there is both a repository and a plan", "Name the repository, or give --plan.")
			}
			if len(args) > 0 {
				into.Values[flows.CeremonyPlan] = []string{""} // then there is none
			}
			return a.named(cmd.Context(), s, into, args)
		})
	cmd.Flags().BoolVar(&rehearsal, "rehearsal", false, "only practise: nothing can be published")
	cmd.Flags().BoolVar(&atOnce, "at-once", false, "replace so many keys that those who stay can't sign alone")
	a.addGUN(cmd)
	return cmd
}

func newCeremonySign(a *app) *cobra.Command {
	var answer bool
	c := &change{app: a, flow: flows.CeremonySign(nil)}
	cmd := c.ceremonyCommand("sign [FILE]", "Sign what a ceremony asks of a key on this machine",
		`Verifies the file of a ceremony, and shows what would change. When you accept it, a key of
this machine signs, in a file or on a token; each signature is verified at once, and
written into FILE. It needs no network and no settings. To sign again does no harm.

Before you sign, trustdeck asks four things. What time is it? Which number is on the token?
If your key has signed none of the published roots: which root do you know from elsewhere?
And are the words of the fingerprint the same that the others see? Each has a flag, for those
who can't be asked; --yes accepts the rest.

With --answer, FILE stays as it is, and the signatures are shown as lines to type and as a
QR code. Signatures by RSA and ML-DSA keys are too long for that. If FILE is on a medium that
can't be written, --transcript keeps the transcript elsewhere.

trustdeck says whether this machine has a network or swap space, and which program signs: its
version, and the SHA-256 of its file in words. Compare them with those on the other machines.`,
		`  trustdeck ceremony sign root.ceremony
  trustdeck ceremony sign --answer /media/cdrom/root.ceremony
  trustdeck ceremony sign --key 8dd36646 --time 2026-11-30T10:15Z --yes root.ceremony`,
		arguments("the file of a ceremony", 0, 1),
		func(cmd *cobra.Command, s *session, args []string, into flow.Answers) error {
			switchGiven(answer, into, flows.CeremonyBack, flows.CeremonyAsText)
			return fileArgument(cmd, s, args, into)
		})
	cmd.Flags().BoolVar(&answer, "answer", false, "show the signatures as text and QR code, and leave FILE as it is")
	return cmd
}

func newCeremonyMerge(a *app) *cobra.Command {
	c := &change{app: a, flow: flows.CeremonyMerge(nil)}
	return c.ceremonyCommand("merge [FILE] [COPY..]", "Bring the signatures of copies into the file of a ceremony",
		`Verifies copies of a ceremony that others have signed, and writes their signatures into
FILE: all of them, or none. The order makes no difference, and a copy may be merged again.

With --answer, reads signatures that were handed back as lines of text, from a file, or with
- as they are typed.`,
		`  trustdeck ceremony merge root.ceremony ada.ceremony ben.ceremony
  trustdeck ceremony merge --answer - root.ceremony`,
		arguments("the file of a ceremony and copies", 0, -1),
		func(cmd *cobra.Command, s *session, args []string, into flow.Answers) error {
			if len(args) > 1 {
				into.Values[flows.CeremonyCopies] = args[1:]
				if cmd.Flags().Changed("answer") {
					return usageError("there are both copies and an answer", "Name copies of the file, or give --answer.")
				}
			}
			if at := c.flags[flows.CeremonyAnswer]; !a.interactive && len(*at) == 1 && (*at)[0] == flows.Typed {
				lines, err := readLines(a.in)
				if err != nil {
					return err
				}
				into.Values[flows.CeremonyLines] = lines
			}
			return fileArgument(cmd, s, args, into)
		})
}

// readLines reads lines of an answer to their end.
func readLines(from io.Reader) ([]string, error) {
	content, err := io.ReadAll(io.LimitReader(from, maxAnswerFile))
	return strings.Split(strings.TrimSpace(string(content)), "\n"), err
}

func newCeremonyPublish(a *app) *cobra.Command {
	c := &change{app: a, flow: flows.CeremonyPublish(nil, nil), online: true}
	return c.ceremonyCommand("publish [FILE]", "Publish what everyone has signed",
		`Publishes what a ceremony has signed, once all signatures are there. trustdeck reads the
repository again: if the root or a file that is replaced has changed in the meantime, it
publishes nothing and ends with exit code 8. Tags that were published in the meantime make
no difference, because snapshot and timestamp are signed now, with keys of this machine or
by the server. Afterwards it reads everything back, as a new client and as clients that
have each older root.

If it is cut off, trustdeck resume explains how far it came, and finishes it.`,
		`  trustdeck ceremony publish root.ceremony`,
		arguments("the file of a ceremony", 0, 1), fileArgument)
}

// executeCollected publishes what is left of a plan with the signatures of a ceremony.
func (a *app) executeCollected(ctx context.Context, publishing *changing.Service, yes bool, file *ceremony.File, e changing.Execution) error {
	e.Collected = &changing.Collected{From: file.Path, Seal: file.Seal}
	out, err := a.executed(ctx, publishing, yes, e)
	if err != nil {
		return err
	}
	said := append([]string{flows.Published(e.Plan)}, flows.ReadByOlder(out)...)
	a.notePublished(file, said)
	a.tell("")
	for _, line := range said {
		a.tell(line)
	}
	return nil
}

// noteFound notes that a ceremony is published where its change was cut off after that.
func (a *app) noteFound(one changing.Interrupted) {
	var said []string
	for _, p := range one.Parts {
		if !p.Published {
			return
		}
		said = append(said, p.Explain()...)
	}
	_, file, err := a.openCeremony(one.Collected)
	if err != nil {
		a.warnUnnoted(err)
		return
	}
	a.notePublished(file, said)
}

// notePublished adds to the transcript of a ceremony that it is published, and what was said of that.
// That it can't be noted changes nothing about it.
func (a *app) notePublished(file *ceremony.File, said []string) {
	s, err := a.session()
	if err == nil {
		err = a.ceremonyBackend(s).Published(file, said)
	}
	if err != nil {
		a.warnUnnoted(err)
	}
}

func (a *app) warnUnnoted(err error) {
	a.warn("it is published, and that is not in the transcript: "+err.Error(), model.HintOf(err))
}
