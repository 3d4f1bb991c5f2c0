package tokens_test

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/admin/tokens"
	"trustdeck/model/port"
)

// shelf has one token. Only what a test needs of it is there.
type shelf struct {
	port.TokenStores
	store *store
	fault *model.Fault
}

// Tokens lists the token.
func (s *shelf) Tokens(context.Context) ([]model.Token, *model.Fault) {
	if s.fault != nil {
		return nil, s.fault
	}
	return []model.Token{s.store.token()}, nil
}

// Store is the token, whatever its serial.
func (s *shelf) Store(string) port.TokenStore { return s.store }

// store is a token in memory that counts wrong PINs.
type store struct {
	port.TokenStore
	pin  string
	left int
	// simple is a new PIN that it refuses.
	simple string
	// seen are the slices that it was given.
	seen [][]byte
}

func (s *store) token() model.Token {
	return model.Token{Serial: "7", Product: "YubiKey 5", PIN: model.TokenSecret{TriesLeft: s.left, Tries: 3}}
}

// Name is that of the token.
func (s *store) Name() string { t := s.token(); return t.Name() }

// Serial is that of the token.
func (s *store) Serial() string { return "7" }

// verify counts as a token does.
func (s *store) verify(ctx context.Context, pin []byte) error {
	s.seen = append(s.seen, pin)
	refused := func(text string, unspent bool) error {
		return &port.WrongSecret{Fault: &model.Fault{Kind: model.FaultSecret, Subject: s.Name(), Text: text}, TriesLeft: s.left, Unspent: unspent}
	}
	switch {
	case s.left == 0:
		return refused("blocked", true)
	case s.left == 1 && !port.MaySpendLastTry(ctx):
		return refused("the last try", true)
	case string(pin) != s.pin:
		s.left--
		return refused("wrong PIN", false)
	}
	s.left = 3
	return nil
}

// ChangePIN replaces the PIN.
func (s *store) ChangePIN(ctx context.Context, old, fresh []byte) error {
	s.seen = append(s.seen, fresh)
	if err := s.verify(ctx, old); err != nil {
		return err
	}
	if string(fresh) == s.simple {
		return &model.Fault{Kind: model.FaultUsage, Text: "too simple"}
	}
	s.pin = string(fresh)
	return nil
}

// person answers from a list, and writes down what was asked.
type person struct {
	answers []string
	asked   []string
	// kinds are those of the secrets.
	kinds []string
	given [][]byte
}

// Ask gives the next answer.
func (p *person) Ask(_ context.Context, ask port.SecretAsk) ([]byte, error) {
	p.kinds = append(p.kinds, map[port.SecretKind]string{port.Passphrase: "passphrase", port.PIN: "PIN", port.ManagementKey: "management key"}[ask.Kind])
	words := "old"
	if ask.New {
		words = "new"
	}
	if ask.LastTry {
		words += ", last try"
	}
	if ask.Wrong != nil {
		words += ": " + ask.Wrong.Error()
	}
	p.asked = append(p.asked, words)
	if len(p.answers) == 0 {
		return nil, &model.Fault{Kind: model.FaultCanceled, Text: "stopped"}
	}
	value := []byte(p.answers[0])
	p.answers, p.given = p.answers[1:], append(p.given, value)
	return value, nil
}

// Both PINs are asked for until they are right; each answer is used once, and wiped. The last try
// is spent only after it was announced.
func TestChangePIN(t *testing.T) {
	for name, row := range map[string]struct {
		left    int
		answers []string
		asked   []string
		// kind is that of the error, and pin what the token has in the end.
		kind model.FaultKind
		pin  string
		then int
	}{
		"right": {3, []string{"123456", "654321"}, []string{"old", "new"}, "", "654321", 3},
		"wrong old one": {
			3, []string{"000000", "654321", "123456"}, []string{"old", "new", "old: YubiKey 7: wrong PIN"}, "", "654321", 3,
		},
		"too short": {
			3, []string{"123456", "1", "654321"}, []string{"old", "new", "new: a PIN has 6 to 8 characters"}, "", "654321", 3,
		},
		"too simple": {
			3, []string{"123456", "111111", "654321"}, []string{"old", "new", "new: too simple"}, "", "654321", 3,
		},
		"the same": {
			3, []string{"123456", "123456", "654321"}, []string{"old", "new", "new: the new PIN is the old one"}, "", "654321", 3,
		},
		"last try": {1, []string{"123456", "654321"}, []string{"old, last try", "new"}, "", "654321", 3},
		"blocked by the last try": {
			1, []string{"000000", "654321"}, []string{"old, last try", "new"}, model.FaultSecret, "123456", 0,
		},
		"stopped": {3, []string{"000000", "654321"}, []string{"old", "new", "old: YubiKey 7: wrong PIN"}, model.FaultCanceled, "123456", 2},
	} {
		t.Run(name, func(t *testing.T) {
			s, p := &store{pin: "123456", left: row.left, simple: "111111"}, &person{answers: row.answers}
			var last []admin.Step
			service := tokens.Service{Stores: &shelf{store: s}}
			after, err := service.ChangePIN(t.Context(), "7", tokens.Run{Secrets: p, Watch: func(steps []admin.Step) { last = steps }})
			if model.KindOf(err) != row.kind || (after == nil) != (row.kind != "") {
				t.Fatalf("%v, %v", after, err)
			}
			if !slices.Equal(p.asked, row.asked) || s.pin != row.pin || s.left != row.then {
				t.Errorf("asked %q, PIN %s, %d tries left", p.asked, s.pin, s.left)
			}
			for _, value := range append(p.given, s.seen...) {
				if strings.Trim(string(value), "\x00") != "" {
					t.Errorf("%q is left in memory", bytes.Trim(value, "\x00"))
				}
			}
			for _, step := range last {
				for _, answer := range row.answers {
					if len(answer) > 1 && strings.Contains(step.Text+step.Why, answer) {
						t.Errorf("a PIN is in %+v", step)
					}
				}
			}
		})
	}
}

// Without a token nobody is asked for a PIN.
func TestNoToken(t *testing.T) {
	p := &person{}
	service := tokens.Service{Stores: &shelf{store: &store{}, fault: &model.Fault{Kind: model.FaultLocal, Text: "no token is plugged in"}}}
	if _, err := service.ChangePIN(t.Context(), "7", tokens.Run{Secrets: p}); err == nil || len(p.asked) > 0 {
		t.Errorf("%v, asked %q", err, p.asked)
	}
}
