package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/notary"
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
		Use: "signer", Short: "Add signers of repositories", Long: "Commands about those who may sign tags. trustdeck signers lists them.",
		Example: "  trustdeck signer add --key alice.pub alice registry.example.org/acme/app",
		Args:    arguments("", 0, 0),
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	c := &change{app: a, flow: flows.SignerAdd()}
	parent.AddCommand(c.command("add [--key FILE] [NAME] [REPO..]", "Let somebody sign tags of repositories",
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
		}))
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

What is not given is asked for. The plan is shown first, and executed once it is
accepted. Passphrases come from the
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
			for id, lines := range c.flags {
				if cmd.Flags().Changed(c.step(id).Flag) {
					given.Values[id] = *lines
				}
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
	desk, err := c.app.writable(s)
	if err != nil {
		return err
	}
	c.app.remind(ctx, desk)
	keys, err := desk.Store.Keys(ctx)
	if err != nil {
		return err
	}
	given.Files = map[string][]byte{}
	m, effect := flow.New(c.flow, flow.Facts{Keys: keys, Place: s.source.Name, Known: known(ctx, desk)}, given)
	for m.State() == flow.Asking || m.State() == flow.Preparing {
		switch effect {
		case flow.Read:
			effect = c.app.read(m)
		case flow.Prepare:
			p, err := desk.Prepare(ctx, m.Asked())
			m.Prepared(p, err)
			effect = flow.None
		case flow.None, flow.Execute:
			if effect, err = c.next(ctx, m); err != nil {
				return err
			}
		}
		if m.Problem() != nil && (c.silent() || m.State() != flow.Asking) {
			return asUsage(m.Problem())
		}
	}
	return c.decide(ctx, desk, m)
}

// known asks the server once for each repository whether it has trust data.
func known(ctx context.Context, desk *admin.Desk) func(string) bool {
	asked := map[string]bool{}
	return func(name string) bool {
		has, ok := asked[name]
		if !ok {
			v := desk.Open(ctx, model.GUN(name))
			has = v.Repository != nil && v.Fault == nil
			asked[name] = has
		}
		return has
	}
}

// silent reports whether nobody is asked anything.
func (c *change) silent() bool { return c.yes || !c.app.interactive }

// next gets the next answer: from whoever sits at the terminal, or else the default.
func (c *change) next(ctx context.Context, m *flow.Machine) (flow.Effect, error) {
	if !c.silent() {
		return c.app.question(ctx, m)
	}
	if m.Problem() != nil {
		return flow.None, asUsage(m.Problem())
	}
	step := m.Step()
	effect := m.Answer("")
	if effect == flow.None && m.Problem() != nil {
		return flow.None, errNoAnswer(step)
	}
	return effect, nil
}

// read reads the files of an answer.
func (a *app) read(m *flow.Machine) flow.Effect {
	for len(m.Pending()) > 0 {
		path := m.Pending()[0]
		raw, err := a.readPublic(path)
		if effect := m.Loaded(path, raw, err); effect != flow.None || err != nil {
			return effect
		}
	}
	return flow.None
}

// asUsage makes a wrong answer a matter of usage; a fault stays what it is.
func asUsage(err error) error {
	var fault *model.Fault
	if errors.As(err, &fault) {
		return err
	}
	return usageError(err.Error(), "")
}

// decide shows the plan, and writes or executes it.
func (c *change) decide(ctx context.Context, desk *admin.Desk, m *flow.Machine) error {
	c.app.review(m.Plan())
	if m.Plan().Verdict().State == plan.Nothing {
		return nil
	}
	if c.file != "" {
		return c.app.savePlan(c.file, m.Plan())
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

// readPublic reads the file of a public key or certificate.
func (a *app) readPublic(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, usageError("the file "+path+" cannot be read: "+reason(err), "Give the path of a public key in PEM form.")
	}
	defer func() { _ = file.Close() }() // it was only read
	raw, err := io.ReadAll(io.LimitReader(file, notary.MaxPublicFile+1))
	if err != nil {
		return nil, usageError("the file "+path+" cannot be read: "+reason(err), "Give the path of a public key in PEM form.")
	}
	return raw, nil
}

// reason is the innermost cause of a failure of the operating system.
func reason(err error) string {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	return err.Error()
}

// savePlan writes a plan file, and never over one that is there.
func (a *app) savePlan(path string, p *plan.Plan) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		_, err = file.Write(plan.Encode(p))
		err = errors.Join(err, file.Sync(), file.Close())
	}
	if err != nil {
		return &model.Fault{Kind: model.FaultLocal, Subject: path, Text: "the plan cannot be written: " + reason(err), Err: err, Hint: "Give a path that is not taken, in a folder that can be written."}
	}
	fmt.Fprintln(a.err)
	fmt.Fprintf(a.err, "The plan is in %s. Nothing was changed. trustdeck apply %s executes it.\n", path, text.ShellQuote(path))
	return nil
}
