package tokens

import (
	"context"
	"slices"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/port"
)

// Service changes tokens. Errors are *model.Fault, or lead to one.
type Service struct {
	// Stores are the tokens.
	Stores port.TokenStores
	// Keys are the private keys of this machine, and Files reads and writes files of keys.
	Keys  port.KeyStores
	Files port.KeyFiles
	// Provers are the dialects that know what a signature by a key is.
	Provers admin.Provers
}

// Run is what a change is given to be done with.
type Run struct {
	// Secrets knows the PINs.
	Secrets port.Interaction
	// Watch is told of the steps, and Stop asked before each; both may be nil.
	Watch admin.Watch
	Stop  func() bool
}

// Plugged lists the tokens that are plugged in and can be changed: those that were read, and tell
// their serial number. Where there is none, the error says why.
func (s *Service) Plugged(ctx context.Context) ([]model.Token, error) {
	found, fault := s.Stores.Tokens(ctx)
	usable := slices.DeleteFunc(slices.Clone(found), func(t model.Token) bool { return t.Serial == "" || t.Fault != nil })
	switch {
	case len(usable) > 0:
		return usable, nil
	case fault != nil:
		return nil, fault
	}
	for _, t := range found {
		if t.Fault != nil {
			return nil, t.Fault
		}
	}
	if len(found) > 0 {
		return nil, &model.Fault{Kind: model.FaultLocal, Subject: found[0].Name(), Text: "doesn't tell its serial number, so trustdeck can't be sure which token it changes", Hint: "Use the program of its maker."}
	}
	return nil, &model.Fault{Kind: model.FaultLocal, Text: "no token is plugged in", Hint: "Plug in the token that you want to change."}
}

// read is a token as it is now.
func (s *Service) read(ctx context.Context, store port.TokenStore) (*model.Token, error) {
	found, err := s.Plugged(ctx)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(found, func(t model.Token) bool { return t.Serial == store.Serial() })
	if i < 0 {
		return nil, Absent(store.Name(), found)
	}
	return &found[i], nil
}

// Absent says that the token with a name is not plugged in, and names those that are.
func Absent(name string, plugged []model.Token) *model.Fault {
	text := "is not plugged in"
	for i := range plugged {
		text += []string{"; plugged in: ", ", "}[min(i, 1)] + plugged[i].Name()
	}
	return &model.Fault{Kind: model.FaultUnreachable, Subject: name, Text: text, Hint: "Plug in " + name + ", and try again."}
}
