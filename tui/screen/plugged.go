package screen

import (
	"context"
	"errors"
	"strings"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/port"
	"trustdeck/tui/task"
	"trustdeck/tui/text"
)

// Plugged is what is known of the tokens that are plugged in.
type Plugged struct {
	Tokens []admin.TokenUse
	// Losses are what the loss of each of them would mean.
	Losses [][]admin.TokenLoss
	// Fault says why there is none, or why not every one could be read.
	Fault *model.Fault
	// Others are those of which little is known beside their keys.
	Others []admin.OtherToken
}

// Names tells whether others are plugged in than before.
func (p *Plugged) Names() string {
	names := make([]string, len(p.Tokens))
	for i := range p.Tokens {
		names[i] = p.Tokens[i].Name() + " " + p.Tokens[i].Reader
	}
	return strings.Join(names, "\n")
}

// Hand is what a user does to the practice token.
type Hand interface {
	// Touch touches it, and reports false where it waits for no touch.
	Touch() bool
	// Waiting reports whether it waits for a touch.
	Waiting() bool
	// Move pulls it out or plugs it in, and reports whether it is plugged in now.
	Move() bool
}

// plugging is the part of a board that knows tokens.
type plugging struct {
	reading, watching *task.Slot
	// again has the tokens read again when they have been: something came or left in the meantime.
	again bool
	found Plugged
	known bool
}

// pluggedMsg says that a token may have come or left.
type pluggedMsg struct{}

func newPlugging(tasks *task.Pool) plugging {
	return plugging{reading: tasks.Slot("reading tokens").Unlisted(), watching: tasks.Slot("waiting for tokens").Unlisted()}
}

// Tokens reads the tokens that are plugged in, unless that is going on. Their uses, and what
// their loss means, are those in the repositories known when it began.
func (b *Board) Tokens() tea.Cmd {
	b.plugging.again = b.plugging.reading.Active()
	if b.plugging.again {
		return nil
	}
	source, views, holders, of := b.source, b.Views(), b.Holders, b.DialectOf
	return task.Run(b.plugging.reading, func(ctx context.Context) (Plugged, error) {
		var out Plugged
		ctx = port.OneReading(ctx)
		out.Tokens, out.Fault = source.Tokens(ctx, views)
		out.Others = source.OtherTokens(ctx)
		if len(out.Tokens) == 0 {
			return out, nil
		}
		keys, _ := source.Keys(ctx, views) // what can't be read is told on the screen of keys
		survey := &admin.KeySurvey{Keys: keys, Looks: views}
		for i := range out.Tokens {
			out.Losses = append(out.Losses, admin.LoseToken(&out.Tokens[i], survey, holders, of))
		}
		return out, nil
	})
}

// TokensAgain reads the tokens anew where there are some: what was done may have changed them.
func (b *Board) TokensAgain() tea.Cmd {
	if len(b.plugging.found.Tokens) == 0 {
		return nil
	}
	return b.Tokens()
}

// Plugged is what is plugged in; ok is false until that has been read.
func (b *Board) Plugged() (found Plugged, ok bool) { return b.plugging.found, b.plugging.known }

// Header names what is plugged in, for the header: "YubiKey 1234567", "2 tokens", and where there
// is little room, "1 token"; empty without any.
func (p *Plugged) Header(short bool) string {
	switch n := len(p.Tokens); {
	case n == 0:
		return ""
	case n == 1 && !short:
		return text.Clean(p.Tokens[0].Name())
	default:
		return text.Count(n, "token")
	}
}

// WatchTokens has the tokens read now, and again whenever one may have come or left. While nothing
// happens, nothing runs.
func (b *Board) WatchTokens() tea.Cmd {
	source := b.source
	return task.Stream(b.plugging.watching, func(ctx context.Context, report func(pluggedMsg)) error {
		events := source.WatchTokens(ctx)
		report(pluggedMsg{}) // what was there before
		for {
			select {
			case _, more := <-events:
				if !more {
					return nil
				}
				report(pluggedMsg{})
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	})
}

// takePlugged takes what concerns tokens; done is false for anything else.
func (b *Board) takePlugged(msg tea.Msg) (news *BoardMsg, cmd tea.Cmd, done bool) {
	switch msg := msg.(type) {
	case task.PartsMsg[pluggedMsg]:
		if !b.plugging.watching.Owns(msg.ID) {
			return nil, nil, true
		}
		cmds := []tea.Cmd{msg.Next, b.Tokens()}
		if b.localOK { // a token is a store of keys
			cmds = append(cmds, b.Keys())
		}
		return &BoardMsg{}, tea.Batch(cmds...), true
	case task.DoneMsg[Plugged]:
		if !b.plugging.reading.Finish(msg.ID) {
			return nil, nil, true
		}
		b.plugging.known, b.plugging.found = true, msg.Value
		if msg.Err != nil && !errors.Is(msg.Err, context.Canceled) {
			b.plugging.found.Fault = model.FaultOf(msg.Err, "")
		}
		if b.plugging.again {
			cmd = b.Tokens()
		}
		return &BoardMsg{Tokens: true}, cmd, true
	default:
		return nil, nil, false
	}
}
