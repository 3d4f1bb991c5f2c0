package main

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"trustdeck/model"
	"trustdeck/model/display"
	"trustdeck/model/port"
	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
	"trustdeck/tui/plain"
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
	// answer is that of an outcome of key files with which there is nothing to do; nil for
	// changes of repositories.
	answer func(dir string, o flow.Outcome) any
	idle   func(flow.Outcome) error
	// online is set for a ceremony that is prepared or published: only then is a repository read.
	online bool
}

func newInit(a *app) *cobra.Command {
	c := &change{app: a, flow: flows.Init(nil)}
	return c.command("init [REPO..]", "Initialise repositories: make their keys and first trust data",
		`Creates trust data for repositories that have none, with root and targets keys on
this machine, and snapshot and timestamp keys on the server. For a folder of TUF 1.0, all
keys are made in trustdeck's key folder: ECDSA P-256, or what --algorithm says.`,
		`  trustdeck init registry.example.org/acme/app
  trustdeck init --algorithm ed25519 ./repository
  trustdeck init --root-keys 3 --root-threshold 2 registry.example.org/acme/app`,
		arguments("repositories", 0, -1),
		a.onlyRepositories)
}

func newSigner(a *app) *cobra.Command {
	parent := &cobra.Command{
		Use: "signer", Short: "Add and remove signers of repositories", Long: "Commands for the signers of tags. trustdeck signers lists them.",
		Example: "  trustdeck signer add --key alice.pub alice registry.example.org/acme/app",
		Args:    arguments("", 0, 0),
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	add := &change{app: a, flow: flows.SignerAdd(nil)}
	parent.AddCommand(add.command("add [--key FILE] [NAME] [REPO..]", "Let a signer sign tags of repositories",
		`Adds a signer's public keys to targets/NAME and targets/releases, as docker trust
signer add does. If a repository has no trust data, trustdeck initialises it first.`,
		`  trustdeck signer add --key alice.pub alice registry.example.org/acme/app`,
		arguments("a name and repositories", 0, -1),
		a.nameAndRepositories), newSignerRemove(a))
	return parent
}

// nameAndRepositories takes the name of a signer and then repositories.
func (a *app) nameAndRepositories(ctx context.Context, s *session, args []string) (flow.Answers, error) {
	out := flow.Answers{Values: map[string][]string{}}
	if len(args) == 0 {
		return out, nil
	}
	out.Values["name"] = args[:1]
	return out, a.named(ctx, s, out, args[1:])
}

// onlyRepositories takes repositories alone.
func (a *app) onlyRepositories(ctx context.Context, s *session, args []string) (flow.Answers, error) {
	out := flow.Answers{Values: map[string][]string{}}
	return out, a.named(ctx, s, out, args)
}

// named takes the repositories that are named on the command line, if any are.
func (a *app) named(ctx context.Context, s *session, into flow.Answers, args []string) error {
	if len(args) == 0 {
		return nil
	}
	guns, err := a.repositories(ctx, s, args)
	into.Values["repositories"] = model.Retype[string](guns)
	return err
}

// command makes the command of a flow. answers takes those that are arguments.
func (c *change) command(use, short, long, example string, args cobra.PositionalArgs, answers func(context.Context, *session, []string) (flow.Answers, error)) *cobra.Command {
	cmd := &cobra.Command{
		Use: use, Short: short, Example: example, Args: args,
		Long: long + `

trustdeck asks for what you don't give: on the full screen, or line by line with --plain
or -f. It shows the plan first, and applies it when you accept it. You type passphrases
at the terminal, or set the variables of Notary and Docker: NOTARY_ROOT_PASSPHRASE,
DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE, DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE and
so on.`,
		ValidArgsFunction: c.app.completeRepositories,
		RunE:              func(cmd *cobra.Command, args []string) error { return c.begin(cmd, args, answers) },
	}
	c.addFlags(cmd)
	cmd.Flags().BoolVar(&c.yes, "yes", false, "apply the plan without asking")
	c.app.addDetails(cmd)
	c.app.addOutput(cmd)
	cmd.Flags().StringVarP(&c.file, "plan", "f", "", "save the plan to `FILE` for review and apply; change nothing")
	c.app.addGUN(cmd)
	return cmd
}

// addFlags adds a flag for each question that has one.
func (c *change) addFlags(cmd *cobra.Command) {
	c.flags = map[string]*[]string{}
	for i := range c.flow.Steps {
		step := &c.flow.Steps[i]
		if step.Flag == "" {
			continue
		}
		lines := &[]string{}
		c.flags[step.ID] = lines
		listVar(cmd.Flags(), lines, step.Flag, flagHelp(step))
	}
}

// begin takes the answers of the command line, and walks through the flow.
func (c *change) begin(cmd *cobra.Command, args []string, answers func(context.Context, *session, []string) (flow.Answers, error)) error {
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
	if c.answer != nil {
		return c.runKeys(cmd.Context(), s, given)
	}
	return c.run(cmd.Context(), s, given)
}

// given takes the answers of flags.
func (c *change) given(cmd *cobra.Command, into flow.Answers) error {
	for id, lines := range c.flags {
		step := c.step(id)
		if !cmd.Flags().Changed(step.Flag) {
			continue
		}
		if len(*lines) > 1 && !step.Several() {
			return usageError("--"+step.Flag+" is given more than once", "Give it once.")
		}
		into.Values[id] = *lines
	}
	flows.Implied(into)
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
		for _, d := range keyFormats {
			for _, o := range s.Options(flow.Facts{Dialect: d}, flow.Answers{}) {
				if !slices.Contains(values, o.Value) {
					values = append(values, o.Value)
				}
			}
		}
		if len(values) > 0 {
			help += ": " + strings.Join(values, ", ")
		}
		if s.ID == "root" {
			help += " or the ID of a key"
		}
		if s.ID == "folder" { // which ones there are, the settings say
			help += ": " + flows.TrustFolder + ", " + flows.OwnFolder
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
	service, err := c.app.flows(s)
	if err != nil {
		return err
	}
	c.app.remind(ctx, service.Service)
	seen := &witness{flowBackend: service}
	ports := flows.Ports{Backend: seen}
	c.flow = flows.All(ports).Find(c.flow.ID)
	err = c.through(ctx, given, func() error { return c.walk(ctx, s, ports, seen.path, given) })
	return errors.Join(err, seen.answer())
}

// through walks through the flow. screen goes on where an answer is missing and the full
// screen can ask for it.
func (c *change) through(ctx context.Context, given flow.Answers, screen func() error) error {
	facts, err := c.flow.Source.Facts(ctx)
	if err != nil {
		return err
	}
	ask := c.app.secrets(c.yes)
	m, effect := flow.New(c.flow, facts, given)
	defer m.Release()
	for {
		plain.Settle(ctx, ask, m, effect)
		if m.State() != flow.Asking {
			break
		}
		if !c.silent() && c.fullScreen() {
			return screen()
		}
		if effect, err = c.next(ctx, m); err != nil {
			return err
		}
	}
	if err := c.unused(m, given); err != nil {
		return err
	}
	return c.decide(ctx, ask, m)
}

// silent reports whether nobody is asked anything.
func (c *change) silent() bool { return c.yes || !c.app.interactive }

// next gets the next answer: from whoever sits at the terminal, or else the default.
func (c *change) next(ctx context.Context, m *flow.Machine) (flow.Effect, error) {
	if !c.silent() {
		return c.app.lines().Ask(ctx, m)
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
	case model.HintOf(m.Problem()) != "": // it says why there must be an answer
		return flow.None, m.Problem()
	default:
		return flow.None, errNoAnswer(m)
	}
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
			return usageError("--"+step.Flag+" has no effect with the other answers", "Leave it out, or change the others.")
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
	if fault, ok := errors.AsType[*model.Fault](err); ok {
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

// decide shows what the flow came to, and writes or executes it.
func (c *change) decide(ctx context.Context, ask port.Interaction, m *flow.Machine) error {
	p := c.app.lines()
	if m.State() == flow.Executing || !c.silent() && c.file == "" {
		return p.Decide(ctx, ask, m)
	}
	p.Show(m.Review())
	if err := p.Flush(); err != nil {
		return err
	}
	if c.file != "" {
		return c.save(m)
	}
	if m.Idle() {
		if c.idle != nil {
			return c.idle(m.Outcome())
		}
		return c.app.idle(flows.PlanOf(m.Outcome()))
	}
	if ok, why := m.Ready(); !ok {
		return plain.NotReady(m, why)
	}
	if _, document := m.Outcome().(flow.Document); !c.yes && document {
		return errNotAccepted
	}
	if !c.yes {
		return usageError("trustdeck can't ask you to confirm this", "Give --yes to accept it.")
	}
	err := p.Execute(ctx, ask, m)
	if m.State() == flow.Reviewing { // stale, and nobody is there to look at it again
		p.Report(m)
	}
	return errors.Join(err, p.Flush())
}

// save writes a plan to a file, and says how it is applied.
func (c *change) save(m *flow.Machine) error {
	document, ok := m.Outcome().(flow.Document)
	if !ok {
		return usageError("this cannot be saved to a file", "Leave out -f.")
	}
	if err := document.Save(c.file); err != nil {
		return err
	}
	next := "To apply it, run: trustdeck apply " + display.ShellFile(c.file)
	if m.Idle() {
		next = "The plan has nothing to change."
	}
	c.app.tell("")
	c.app.tell("The plan is in " + c.file + ". Nothing was changed. " + next)
	c.app.tell("Its digest is " + document.Digest() + "; with --digest, apply accepts no other plan.")
	return nil
}

// errNotAccepted says that a plan wants somebody to accept it.
var errNotAccepted = usageError("trustdeck can't ask you to accept the plan", "Give --yes to accept it, or -f FILE to save it.")

// errNoAnswer says that a question is open and nobody can be asked.
func errNoAnswer(m *flow.Machine) error {
	step, hint := m.Step(), m.Unanswered()
	switch {
	case hint != "":
	case step.Flag != "":
		hint = "Give --" + step.Flag + "."
	default:
		hint = "Name it on the command line."
	}
	return &model.Fault{Kind: model.FaultUsage, Text: step.Question + " There is no answer, and trustdeck can't ask you", Hint: hint}
}
