package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/plan"
	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
	"trustdeck/tui/text"
)

// A change is a command that walks through a flow: its flags and arguments are
// answers.
type change struct {
	app  *app
	flow *flow.Flow
	// flags hold the answers of flags by the ID of the step.
	flags map[string]*[]string
	// yes accepts the plan. file receives the plan instead of executing it.
	yes  bool
	file string
}

func newInit(a *app) *cobra.Command {
	c := &change{app: a, flow: flows.Init()}
	return c.command("init [REPO..]", "Initialise repositories: make their keys and first trust data",
		`Makes trust data for repositories that have none: a root and a targets key on this
machine, a snapshot and a timestamp key on the server.`,
		`  trustdeck init registry.example.org/acme/app
  trustdeck init --root-keys 3 --root-threshold 2 registry.example.org/acme/app`,
		arguments("repositories", 0, -1),
		func(ctx context.Context, s *session, args []string) (flow.Answers, error) {
			out := flow.Answers{Values: map[string][]string{}}
			return out, a.named(ctx, s, out, args)
		})
}

func newSigner(a *app) *cobra.Command {
	parent := &cobra.Command{
		Use: "signer", Short: "Add and remove signers of repositories", Long: "Commands about those who may sign tags. trustdeck signers lists them.",
		Example: "  trustdeck signer add --key alice.pub alice registry.example.org/acme/app",
		Args:    arguments("", 0, 0),
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	add := &change{app: a, flow: flows.SignerAdd()}
	parent.AddCommand(add.command("add [--key FILE] [NAME] [REPO..]", "Let somebody sign tags of repositories",
		`Names the public keys of a signer in targets/NAME and in targets/releases, as docker
trust signer add does. A repository without trust data is initialised first.`,
		`  trustdeck signer add --key alice.pub alice registry.example.org/acme/app`,
		arguments("a name and repositories", 0, -1),
		func(ctx context.Context, s *session, args []string) (flow.Answers, error) {
			out := flow.Answers{Values: map[string][]string{}}
			if len(args) == 0 {
				return out, nil
			}
			out.Values["name"] = args[:1]
			return out, a.named(ctx, s, out, args[1:])
		}), newSignerRemove(a))
	return parent
}

// named takes the repositories that are named on the command line, if any are.
func (a *app) named(ctx context.Context, s *session, into flow.Answers, args []string) error {
	if len(args) == 0 {
		return nil
	}
	guns, err := a.repositories(ctx, s, args)
	into.Values["repositories"] = texts(guns)
	return err
}

func texts(guns []model.GUN) []string {
	var out []string
	for _, g := range guns {
		out = append(out, string(g))
	}
	return out
}

// command makes the command of a flow. answers takes those that are arguments.
func (c *change) command(use, short, long, example string, args cobra.PositionalArgs, answers func(context.Context, *session, []string) (flow.Answers, error)) *cobra.Command {
	cmd := &cobra.Command{
		Use: use, Short: short, Example: example, Args: args,
		Long: long + `

What is not given is asked for: on the full screen, or with --plain or -f on lines.
The plan is shown first, and executed once it is accepted. Passphrases come from the
terminal, or from the variables of Notary and Docker: NOTARY_ROOT_PASSPHRASE,
DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE, DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE and
so on.`,
		ValidArgsFunction: c.app.completeRepositories,
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := c.app.session()
			if err != nil {
				return err
			}
			given, err := answers(cmd.Context(), s, args)
			if err != nil {
				return err
			}
			if err := c.given(cmd, given); err != nil {
				return err
			}
			return c.run(cmd.Context(), s, given)
		},
	}
	c.flags = map[string]*[]string{}
	for i := range c.flow.Steps {
		step := &c.flow.Steps[i]
		if step.Flag == "" {
			continue
		}
		lines := &[]string{}
		c.flags[step.ID] = lines
		cmd.Flags().StringArrayVar(lines, step.Flag, nil, flagHelp(step))
	}
	cmd.Flags().BoolVar(&c.yes, "yes", false, "accept the plan, and ask nothing at all")
	cmd.Flags().StringVarP(&c.file, "plan", "f", "", "write the plan to `FILE`, for review and apply, and change nothing")
	c.app.addGUN(cmd)
	return cmd
}

// given takes the answers of flags.
func (c *change) given(cmd *cobra.Command, into flow.Answers) error {
	for id, lines := range c.flags {
		step := c.step(id)
		if !cmd.Flags().Changed(step.Flag) {
			continue
		}
		if len(*lines) > 1 && !step.Kind.Lines() {
			return usageError("--"+step.Flag+" is there more than once", "Give it once.")
		}
		into.Values[id] = *lines
	}
	return nil
}

func (c *change) step(id string) *flow.Step {
	for i := range c.flow.Steps {
		if c.flow.Steps[i].ID == id {
			return &c.flow.Steps[i]
		}
	}
	return nil
}

// flagHelp makes of a question what the help says of its flag.
func flagHelp(s *flow.Step) string {
	help := strings.ToLower(s.Question[:1]) + strings.TrimSuffix(s.Question[1:], "?")
	if s.Options != nil {
		var values []string
		for _, o := range s.Options(flow.Facts{}, flow.Answers{}) {
			values = append(values, o.Value)
		}
		help += ": " + strings.Join(values, ", ")
		if s.ID == "root" {
			help += " or the ID of a key"
		}
	}
	if s.Kind == flow.File {
		help += " (`FILE`)"
	}
	return help
}

// run walks through the flow. Questions that are open are asked where somebody sits at
// the terminal; elsewhere their defaults are taken, and one that has none ends the
// command.
func (c *change) run(ctx context.Context, s *session, given flow.Answers) error {
	desk, err := c.app.flows(s)
	if err != nil {
		return err
	}
	c.app.remind(ctx, desk.Desk)
	facts, err := desk.Facts(ctx)
	if err != nil {
		return err
	}
	given.Files = map[string][]byte{}
	m, effect := flow.New(c.flow, facts, given)
	for m.State() == flow.Asking || m.State() == flow.Preparing {
		switch effect {
		case flow.Read, flow.Look:
			effect = fetch(ctx, desk, m, effect)
		case flow.Prepare:
			p, err := desk.Prepare(ctx, m.Asked())
			m.Prepared(p, err)
			effect = flow.None
		case flow.Inquire:
			return fmt.Errorf("the flow %s has a command of its own", c.flow.ID) // one about backups
		case flow.None, flow.Execute:
			if c.fullScreen() {
				return c.walk(ctx, s, desk, given)
			}
			if effect, err = c.next(ctx, m); err != nil {
				return err
			}
		}
		if m.Problem() != nil && (c.silent() || m.State() != flow.Asking) {
			return wrongAnswer(m.Step(), m.Problem())
		}
	}
	if err := c.unused(m, given); err != nil {
		return err
	}
	return c.decide(ctx, desk, m)
}

// silent reports whether nobody is asked anything.
func (c *change) silent() bool { return c.yes || !c.app.interactive }

// next gets the next answer: from whoever sits at the terminal, or else the default.
func (c *change) next(ctx context.Context, m *flow.Machine) (flow.Effect, error) {
	if !c.silent() {
		return c.app.question(ctx, m)
	}
	if m.Problem() != nil {
		return flow.None, wrongAnswer(m.Step(), m.Problem())
	}
	step := m.Step()
	effect := m.Answer("")
	switch {
	case effect != flow.None || m.Problem() == nil:
		return effect, nil
	case m.Step() != step: // the next answer was given beforehand
		return flow.None, wrongAnswer(m.Step(), m.Problem())
	default:
		return flow.None, errNoAnswer(step)
	}
}

// fetch reads the files or repositories of an answer.
func fetch(ctx context.Context, desk flow.Desk, m *flow.Machine, effect flow.Effect) flow.Effect {
	for len(m.Pending()) > 0 {
		what := m.Pending()[0]
		var next flow.Effect
		var err error
		if effect == flow.Read {
			var raw []byte
			raw, err = desk.ReadFile(what)
			next = m.Loaded(what, raw, err)
		} else {
			var r *model.Repository
			r, err = desk.Look(ctx, what)
			next = m.Looked(what, r, err)
		}
		if next != flow.None || err != nil {
			return next
		}
	}
	return flow.None
}

// unused refuses a flag that another answer has robbed of its say. To pass it over
// would make something else than what was asked for: one root key instead of three.
// Where nothing at all is made of such flags, as where every repository has trust
// data already, they are passed over, so that a script can always give them.
func (c *change) unused(m *flow.Machine, given flow.Answers) error {
	if !slices.ContainsFunc(c.flow.Steps, func(s flow.Step) bool { return s.When != nil && m.Applies(s.ID) }) {
		return nil
	}
	for i := range c.flow.Steps {
		step := &c.flow.Steps[i]
		if _, ok := given.Values[step.ID]; ok && step.Flag != "" && !m.Applies(step.ID) {
			return usageError("--"+step.Flag+" has no effect together with the other answers", "Leave it out, or change the others.")
		}
	}
	return nil
}

// wrongAnswer names the flag or argument whose answer is wrong, and says what is
// wanted. A fault knows that itself.
func wrongAnswer(step *flow.Step, err error) error {
	name, hint := "the "+strings.ToLower(step.Label), step.Help
	if step.Flag != "" {
		name = "--" + step.Flag
	}
	var fault *model.Fault
	if errors.As(err, &fault) {
		if step.Kind == flow.File && fault.Subject == "" {
			fault.Subject = name
		}
		return err
	}
	if step.Kind.Picked() {
		hint = "Give one of the choices."
	}
	return usageError(name+": "+err.Error(), hint)
}

// decide shows the plan, and writes or executes it.
func (c *change) decide(ctx context.Context, desk *flowDesk, m *flow.Machine) error {
	c.app.review(m.Plan())
	if m.Plan().Verdict().State == plan.Nothing {
		return nil
	}
	if c.file != "" {
		if err := desk.SavePlan(c.file, m.Plan()); err != nil {
			return err
		}
		fmt.Fprintf(c.app.err, "\nThe plan is in %s. Nothing was changed. trustdeck apply %s executes it.\n", c.file, text.ShellQuote(c.file))
		return nil
	}
	if ok, why := m.Ready(); !ok {
		return &model.Fault{Kind: model.FaultUsage, Text: why, Hint: "Bring the keys that are missing to this machine, or save the plan with -f for who has them."}
	}
	agreed, err := c.app.agree(ctx, c.yes)
	if err != nil {
		return err
	}
	if !agreed {
		return &model.Fault{Kind: model.FaultCanceled, Text: "nothing was changed: the plan was not accepted"}
	}
	m.Accept()
	if m.State() == flow.Confirming {
		m.Confirm(m.Word())
	}
	out, err := desk.Execute(ctx, admin.Execution{Plan: m.Plan(), Secrets: &secrets{app: c.app, silent: c.yes}, Watch: c.app.watch(m.Progress)})
	m.Executed(out, err)
	c.app.report(m)
	return err
}

// review prints a plan.
func (a *app) review(p *plan.Plan) {
	for i, section := range flow.Review(p) {
		if i > 0 {
			fmt.Fprintln(a.err)
		}
		fmt.Fprintln(a.err, text.Clean(section.Head))
		for _, line := range section.Lines {
			fmt.Fprintln(a.err, "  "+text.Clean(line))
		}
	}
}

// report says how it ended.
func (a *app) report(m *flow.Machine) {
	r := m.Report()
	say := func(head string, lines []string) {
		if len(lines) == 0 {
			return
		}
		fmt.Fprintln(a.err, head)
		for _, line := range lines {
			fmt.Fprintln(a.err, "  "+text.Clean(line))
		}
	}
	fmt.Fprintln(a.err)
	if m.State() != flow.Done {
		say("DONE", r.Done)
		say("NOT DONE", r.NotDone)
	}
	fmt.Fprintln(a.err, text.Clean(r.Usable))
	say("NEXT", r.Next)
}

// watch prints each step as it is done, and tells somebody else.
func (a *app) watch(tell admin.Watch) admin.Watch {
	done := 0
	return func(steps []admin.Step) {
		tell(steps)
		for done < len(steps) && steps[done].State == admin.StepDone {
			fmt.Fprintf(a.err, "%d of %d done: %s\n", done+1, len(steps), text.Clean(steps[done].Text))
			done++
		}
	}
}
