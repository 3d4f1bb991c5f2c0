package plain

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/port"
	"trustdeck/model/qrcode"
	"trustdeck/tui/flow"
	"trustdeck/tui/text"
)

// Settle does the work that a flow wants before it is the user's turn. In the end the
// flow asks, is reviewed, or is to be executed at once. Secrets are asked where something
// must be opened to go on.
func Settle(ctx context.Context, secrets port.Interaction, m *flow.Machine, effect flow.Effect) {
	for effect != flow.None && effect != flow.Execute {
		effect = m.Take(m.Work().Do(ctx, flow.Run{Secrets: secrets}))
	}
}

// ErrFirst says that there is no question to go back to.
var ErrFirst = &model.Fault{Kind: model.FaultCanceled, Text: "nothing was changed: you went back from the first question"}

// Ask asks the open question of a flow, and hands the answer over. Help, options and
// defaults are the same as on the screen. The error is ErrFirst, or why nobody can be
// asked any more.
func (p *Prompter) Ask(ctx context.Context, m *flow.Machine) (flow.Effect, error) {
	step := m.Step()
	if m.Problem() == nil {
		p.Say("")
		p.Say(fmt.Sprintf("Question %d: %s", m.Number(), step.Question))
		p.Say("  " + step.Help)
		if step.Without != "" && m.Optional() {
			p.Say("  " + step.Without)
		}
	}
	list := &choices{options: slices.DeleteFunc(m.Options(), func(o flow.Option) bool { return o.Part }), step: step}
	list.show("")
	list.say(p)
	if m.Problem() != nil { // after the options, however many there are
		p.Say(text.Sentence(m.Problem().Error()))
		if hint := model.HintOf(m.Problem()); hint != "" {
			p.Say("  " + text.Sentence(hint))
		}
	}
	for {
		typed, err := p.answer(ctx, m, step)
		if err != nil {
			return flow.None, err
		}
		if typed == asksHelp {
			p.Sections(m.Help())
			continue
		}
		if typed == "b" || typed == "back" {
			if !m.Back() {
				return flow.None, ErrFirst
			}
			return flow.None, nil
		}
		if pattern, ok := list.filters(typed); ok {
			list.show(pattern)
			list.say(p)
			continue
		}
		answer, wrong := list.chosen(typed)
		if wrong == "" {
			return m.Answer(answer), nil
		}
		p.Say("There is no number " + wrong + " here.")
	}
}

// asksHelp is typed for help on a question.
const asksHelp = "?"

// answer reads an answer: one line, or several up to an empty one. An empty answer is
// the one that stands there, which was given before or is usual.
func (p *Prompter) answer(ctx context.Context, m *flow.Machine, step *flow.Step) (string, error) {
	question, standing := ">", ""
	if s := m.Suggested(); len(s) > 0 && s[0] != "" && m.Problem() == nil {
		question, standing = "["+strings.Join(s, " ")+"] >", strings.Join(s, "\n")
		if m.Optional() {
			question = "[" + strings.Join(s, " ") + ", or " + emptied + "] >"
		}
	}
	var lines []string
	for {
		line, err := p.Line(ctx, question)
		switch {
		case err != nil:
			return "", err
		case line == emptied && m.Optional() && len(lines) == 0:
			return "", nil
		case line == "" && len(lines) == 0:
			return standing, nil
		case line == "":
			return strings.Join(lines, "\n"), nil
		case !step.Several() || line == "b" || line == "back" || line == asksHelp && len(lines) == 0,
			step.Kind.Picked() && filters(line):
			return line, nil
		}
		lines = append(lines, line)
		question = "another one, or nothing >"
	}
}

// ErrDeclined says that a plan was not accepted.
var ErrDeclined = &model.Fault{Kind: model.FaultCanceled, Text: "nothing was changed: you did not accept the plan"}

// Accepted asks for the word that accepts a review that has been shown, or shows its
// details. Enter alone never accepts, and the end of the input is no word.
func (p *Prompter) Accepted(ctx context.Context, r flow.Review, c flow.Challenge, what string) (bool, error) {
	for {
		p.Say("")
		p.Say(unfolds)
		line, err := p.confirmed(ctx, c, what)
		if err != nil || line != details {
			return line == c.Word, err
		}
		p.Say("")
		p.Sections(r.Details)
	}
}

// details is the word that shows the details of a review, and unfolds says so.
const (
	details = "details"
	unfolds = details + " shows each file and step."
)

// confirmed asks for a word that accepts something, and returns what was typed. The end
// of the input is no word.
func (p *Prompter) confirmed(ctx context.Context, c flow.Challenge, what string) (string, error) {
	question := c.Word
	if c.What != "" && c.What != flow.OneWord {
		question += ", " + c.What + ","
	}
	if c.Why != "" {
		p.Say(c.Why)
	}
	p.Fresh(ctx)
	line, err := p.Line(ctx, "Type "+question+" "+what+":")
	if errors.Is(err, ErrEnd) {
		return "", nil
	}
	return line, err
}

// decided asks whether what a flow came to is to be executed. A document is written to a
// file as often as that is wanted instead.
func (p *Prompter) decided(ctx context.Context, m *flow.Machine) (bool, error) {
	document, ok := m.Outcome().(flow.Document)
	for {
		p.Say("")
		if len(m.Review().Details) > 0 {
			p.Say(unfolds)
		}
		if ok {
			p.Say("Type save FILE to save the plan to a file, for others to review and apply. Any other answer changes nothing.")
		}
		line, err := p.confirmed(ctx, m.Challenge(), m.Flow().Said().Accept)
		if err == nil && line == details {
			p.Say("")
			p.Sections(m.Review().Details)
			continue
		}
		path, save := strings.CutPrefix(line, "save ")
		if err != nil || !ok || !save {
			return line == m.Challenge().Word, err
		}
		if err := document.Save(strings.TrimSpace(path)); err != nil {
			p.Say(err.Error() + ". " + text.Sentence(model.HintOf(err))) // it begins with the name of the file
			continue
		}
		p.Say("The plan is in " + path + ". Nothing was changed.")
		p.Say("Its digest is " + document.Digest() + "; with --digest, apply accepts no other plan.")
	}
}

// Decide shows what a flow came to, and executes it once it is accepted. Where somebody
// else was quicker, it is shown as it is then and decided again. The error is a
// *model.Fault, or why nobody can be asked any more.
func (p *Prompter) Decide(ctx context.Context, secrets port.Interaction, m *flow.Machine) error {
	return errors.Join(p.decide(ctx, secrets, m), p.Flush())
}

func (p *Prompter) decide(ctx context.Context, secrets port.Interaction, m *flow.Machine) error {
	if m.State() == flow.Executing { // it writes nothing, and wants no review
		defer p.Command(m)
		return p.Execute(ctx, secrets, m)
	}
	var stale error
	for {
		if overtaken := m.Overtaken(); overtaken != nil {
			for _, changed := range overtaken.Changed {
				p.Say(changed + ", published by someone else in the meantime.")
			}
		}
		p.Show(m.Review())
		if m.Idle() {
			return stale
		}
		p.Command(m)
		if ok, why := m.Ready(); !ok {
			return NotReady(m, why)
		}
		agreed, err := p.decided(ctx, m)
		switch {
		case err != nil:
			return err
		case !agreed && stale != nil:
			return stale
		case !agreed:
			return ErrDeclined
		}
		stale = p.Execute(ctx, secrets, m)
		if m.State() != flow.Reviewing {
			return stale
		}
	}
}

// Execute executes what was accepted, and says what comes of it. It is not cut off: the
// end of ctx stops it before its next action.
func (p *Prompter) Execute(ctx context.Context, secrets port.Interaction, m *flow.Machine) error {
	m.Accept()
	m.Confirm(m.Challenge().Word)
	p.about = m.About
	defer func() { p.about = nil }()
	if held, ok := secrets.(interface{ Wipe() }); ok {
		defer held.Wipe()
	}
	err := m.Work().Do(ctx, flow.Run{
		Secrets: until{ctx, secrets}, Watch: p.Watch(m.Progress), Stop: func() bool { return ctx.Err() != nil }, Graceful: true,
	})
	m.Take(err)
	if m.State() != flow.Reviewing {
		p.Report(m)
	}
	return err
}

// until asks for secrets for as long as ctx lasts.
type until struct {
	ctx     context.Context
	secrets port.Interaction
}

// Ask ends with ctx.
func (u until) Ask(_ context.Context, ask port.SecretAsk) ([]byte, error) {
	return u.secrets.Ask(u.ctx, ask)
}

// NotReady says why what was asked for cannot be done.
func NotReady(m *flow.Machine, why string) error {
	return &model.Fault{Kind: model.FaultUsage, Text: why, Hint: m.Flow().Said().Unready}
}

// Show says what a flow would do, that is reviewed: what a review begins with, and the
// details where they are wanted.
func (p *Prompter) Show(r flow.Review) {
	if p.Details {
		p.Sections(r.Whole())
		return
	}
	p.Sections(r.Brief())
}

// Command says the command line that does the same as a flow, where there is one.
func (p *Prompter) Command(m *flow.Machine) {
	if line := m.CommandLine(); line != "" {
		p.Say("")
		p.Say("Without questions: " + line)
	}
}

// Sections says the parts of a review.
func (p *Prompter) Sections(all []flow.Section) {
	for i, section := range all {
		if i > 0 {
			p.Say("")
		}
		p.Say(section.Head)
		for _, line := range section.Lines {
			p.Say("  " + line)
		}
	}
}

// Report says how a flow ended.
func (p *Prompter) Report(m *flow.Machine) {
	r := m.Report()
	say := func(head string, lines []string) {
		if len(lines) == 0 {
			return
		}
		p.Say(head)
		for _, line := range lines {
			p.Say("  " + line)
		}
	}
	p.Say("")
	p.Results(r.Results)
	p.Sections(r.More)
	p.codes(r.Codes)
	if m.State() != flow.Done || !r.Stepwise { // the steps were said as they were done
		say("DONE", r.Done)
		say("NOT DONE", r.NotDone)
	}
	p.Say(r.Usable)
	say("NEXT", r.Next)
}

// codes draws QR codes, black on white.
func (p *Prompter) codes(texts []string) {
	for i, content := range texts {
		code, err := qrcode.New(content)
		if err != nil || !p.Codes {
			return // the lines say the same
		}
		p.Say("")
		p.Say(fmt.Sprintf("QR code %d of %d", i+1, len(texts)))
		for _, line := range code.Lines() {
			_, err := p.out.WriteString("\x1b[30;107m" + line + "\x1b[0m\n")
			p.err = errors.Join(p.err, err)
		}
	}
}

// Results says what became of each of several repositories.
func (p *Prompter) Results(all []flow.Result) {
	if len(all) == 0 {
		return
	}
	p.Say(flow.ResultsHead)
	for _, r := range all {
		p.Say("  " + r.String())
	}
}

// Watch says each step as it is done or has failed, or waits for a touch, and tells somebody else.
func (p *Prompter) Watch(tell admin.Watch) admin.Watch {
	done, touching := 0, false
	return func(steps []admin.Step) {
		tell(steps)
		waits := slices.IndexFunc(steps, func(s admin.Step) bool { return s.State == admin.StepTouch })
		if waits >= 0 && !touching {
			p.Say(steps[waits].Asked)
		}
		touching = waits >= 0
		for ; done < len(steps) && ended(steps[done]); done++ {
			switch step := steps[done]; {
			case step.State == admin.StepDone:
				p.Say(fmt.Sprintf("%d of %d done: %s", done+1, len(steps), step.Text))
			case step.State == admin.StepFailed && step.Of != "":
				p.Say(fmt.Sprintf("%d of %d failed: %s: %s", done+1, len(steps), step.Text, step.Why))
			}
		}
		p.err = errors.Join(p.err, p.out.Flush())
	}
}

// ended reports whether nothing more happens in a step.
func ended(s admin.Step) bool {
	return s.State == admin.StepDone || s.State == admin.StepSkipped || s.State == admin.StepFailed
}
