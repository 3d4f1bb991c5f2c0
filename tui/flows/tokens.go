package flows

import (
	"bytes"
	"context"
	"slices"

	"trustdeck/model"
	"trustdeck/model/admin/tokens"
	"trustdeck/model/port"
	"trustdeck/tui/flow"
	"trustdeck/tui/text"
)

// Tokens is what the flows that change tokens are given. Its methods take their time and are
// called in the background only. Errors are for people.
type Tokens interface {
	flow.Source
	// ChangePIN replaces the PIN of a token, as tokens.Service.ChangePIN does.
	ChangePIN(ctx context.Context, serial string, run tokens.Run) (*model.Token, error)
	// MakeKey, ImportKey, WriteCertificate and Here are those of tokens.Service.
	MakeKey(ctx context.Context, k tokens.NewKey, run tokens.Run) (*tokens.Changed, error)
	ImportKey(ctx context.Context, k tokens.ImportKey, run tokens.Run) (*tokens.Changed, error)
	WriteCertificate(ctx context.Context, p tokens.Place, run tokens.Run) (*tokens.Changed, error)
	Here(keys []model.PrivateKey) []tokens.SourceKey
	// ReadSource reads a key file or a backup, whose path is as it was typed. identity is the file
	// of a secret key that opens a backup; empty where none is given.
	ReadSource(ctx context.Context, path, identity string, secrets port.Interaction) (*tokens.Source, error)
	// CheckNew says why no file can be written to a path as it was typed.
	CheckNew(path string) error
}

// Token is the serial number of the token that a flow changes, and SelectedToken that of one that
// is selected where the flow begins.
const (
	Token         = "token"
	SelectedToken = "selected-token"
)

// tokenCommand is the command of a flow that changes a token. It has no --yes: somebody must be there
// to type the PIN.
func tokenCommand(words string) *flow.Command {
	out := command(words, Token)
	out.Unasked = true
	return out
}

// tokenFlow completes a flow that changes a token: what it comes to is made of the token as it is then,
// also where another attempt begins.
func tokenFlow(p Tokens, f *flow.Flow) *flow.Flow {
	f.Source = p
	f.Survey = func(f flow.Facts, a flow.Answers) (flow.Inquiry, error) {
		chosen := tokenOf(f, a.First(Token))
		return func(ctx context.Context, _ port.Interaction) (func(*flow.Facts), error) {
			now, err := p.Facts(ctx)
			if err == nil && tokenOf(now, chosen.Serial) == nil {
				err = tokens.Absent(chosen.Name(), now.Tokens)
			}
			return func(f *flow.Facts) { f.Tokens, f.Keys, f.Lists = now.Tokens, now.Keys, now.Lists }, err
		}, nil
	}
	return f
}

// halfDone is the key that an attempt which was cut off has put on a token.
type halfDone struct {
	serial, slot string
	spki         []byte
	// public is the file with its public half that was written; empty where none was.
	public string
}

// resumed is what an attempt before has put into the slot that the answers name, and what the slot holds
// still; nil where that is nothing.
func resumed(f flow.Facts, a flow.Answers) *halfDone {
	was := flow.Known[*halfDone](f)
	t := tokenOf(f, a.First(Token))
	if was == nil || t == nil || was.serial != t.Serial || was.slot != a.First(tokenSlot) {
		return nil
	}
	if s := tokens.Slot(t, was.slot); s == nil || !s.HasKey() || !bytes.Equal(s.SPKI, was.spki) {
		return nil
	}
	return was
}

// resumable has another attempt go on where this one was cut off.
func resumable(out *flow.Report, p *tokens.Place, done *tokens.Changed, public string) {
	was := &halfDone{serial: p.Serial, slot: p.Key.Slot, spki: done.Slot.SPKI, public: public}
	out.Resumes, out.Learn = true, func(f *flow.Facts) { flow.Learn(f, was) }
}

// asLeft says of a key that an attempt before has put on a token that it is there still.
func asLeft(p *tokens.Place, name string) string {
	if p.Uncertified() {
		return "The key is in slot " + p.Key.Slot + " of " + name + ", without a certificate."
	}
	return "The key is in slot " + p.Key.Slot + " of " + name + "."
}

// goOn is what the button of a flow says that goes on with a key on a token; empty for one that begins.
func goOn(p *tokens.Place) string {
	if p.Placed == nil {
		return ""
	}
	return "Go on"
}

// tokenWords are the words of a flow that changes a token, and is executing what they say.
func tokenWords(executing string) flow.Words {
	return flow.Words{
		Surveying: "reading the tokens", Executing: executing, Preparing: "Reading the tokens. Nothing is written.",
		Unready: "Go back, and choose another token.",
	}
}

// ofToken is what outcomes have that change a token.
type ofToken struct {
	tokens Tokens
	token  model.Token
}

func (o *ofToken) name() string { return text.Clean(o.token.Name()) }

// tokenRun is what a change of a token is done with.
func tokenRun(run flow.Run) tokens.Run {
	return tokens.Run{Secrets: run.Secrets, Watch: run.Watch, Stop: run.Stop}
}

// tokenStep asks which of the tokens that are plugged in is meant. It has a default where one is
// selected, or there is no other.
func tokenStep(question, help string) flow.Step {
	return flow.Step{
		ID: Token, Label: "Token", Question: question, Help: help, Kind: flow.Choice,
		Options: func(f flow.Facts, _ flow.Answers) []flow.Option {
			var out []flow.Option
			for i := range f.Tokens {
				t := &f.Tokens[i]
				out = append(out, flow.Option{Value: t.Serial, Label: text.Clean(t.Name()), Help: describeToken(t)})
			}
			return out
		},
		None: func(flow.Facts, flow.Answers) error {
			return &model.Fault{Kind: model.FaultLocal, Text: "no token is plugged in", Hint: "Plug one in, and begin again."}
		},
		Default: func(f flow.Facts, a flow.Answers) []string {
			if selected := a.First(SelectedToken); tokenOf(f, selected) != nil {
				return []string{selected}
			}
			if len(f.Tokens) == 1 {
				return []string{f.Tokens[0].Serial}
			}
			return nil
		},
	}
}

// tokenOf is the token with a serial number; nil where it isn't plugged in.
func tokenOf(f flow.Facts, serial string) *model.Token {
	i := slices.IndexFunc(f.Tokens, func(t model.Token) bool { return t.Serial == serial })
	if i < 0 {
		return nil
	}
	return &f.Tokens[i]
}

// describeToken says which token it is, and how its PIN stands.
func describeToken(t *model.Token) string {
	return sentences(text.Sentence(text.Clean(t.Product)+", firmware "+text.Clean(t.Firmware)), text.Sentence(triesLeft(t.PIN)))
}

// triesLeft says how many wrong PINs a token still takes: "3 of 3 tries are left".
func triesLeft(s model.TokenSecret) string {
	switch {
	case s.TriesLeft < 0:
		return "it doesn't tell how many tries its PIN has left"
	case s.TriesLeft == 0:
		return "its PIN is blocked"
	case s.TriesLeft == 1:
		return "its PIN has 1 try left"
	default:
		return "its PIN has " + text.Number(s.TriesLeft) + " tries left"
	}
}
