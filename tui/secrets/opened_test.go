package secrets_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"trustdeck/model"
	"trustdeck/model/port"
	"trustdeck/tui/secrets"
)

// person answers from a list, and writes down what was asked and what was wrong.
type person struct {
	answers []string
	asked   []string
	gave    [][]byte
}

func (p *person) Ask(_ context.Context, ask port.SecretAsk) ([]byte, error) {
	words := string(ask.Key.ID)
	if ask.Wrong != nil {
		words += ": " + ask.Wrong.Error()
	}
	p.asked = append(p.asked, words)
	value := []byte(p.answers[0])
	p.answers = p.answers[1:]
	p.gave = append(p.gave, value)
	return value, nil
}

// A key is opened as an execution opens it: by asking until the passphrase is right. It
// returns what was tried.
func open(t *testing.T, source port.Interaction, step int, id, right string, wrong error) (tried []string) {
	t.Helper()
	ask := port.SecretAsk{Key: model.PrivateKey{ID: model.KeyID(id)}, Step: step, Wrong: wrong}
	for {
		value, err := source.Ask(t.Context(), ask)
		if err != nil {
			t.Fatal(err)
		}
		tried = append(tried, string(value))
		if string(value) == right {
			return tried
		}
		ask.Wrong = errors.New("wrong")
	}
}

// A passphrase that has opened a key is tried on the others, once on each; one that was
// wrong is not, and new ones are always asked for. In the end nothing of them is left.
func TestOpened(t *testing.T) {
	p := &person{answers: []string{"mistake", "one", "two", "fresh", "three"}}
	o := &secrets.Opened{Next: p}
	for step, row := range []struct {
		id, right string
		wrong     error
		tried     []string
	}{
		{"a", "one", nil, []string{"mistake", "one"}},
		{"b", "one", nil, []string{"one"}},
		{"c", "two", errors.New("the variable is wrong"), []string{"one", "two"}},
		{"d", "two", nil, []string{"one", "two"}},
	} {
		if tried := open(t, o, step, row.id, row.right, row.wrong); !slices.Equal(tried, row.tried) {
			t.Errorf("key %s was tried with %v, want %v", row.id, tried, row.tried)
		}
	}
	if value, err := o.Ask(t.Context(), port.SecretAsk{New: true, Step: 5}); err != nil || string(value) != "fresh" {
		t.Errorf("a new key is kept under %q, %v", value, err)
	}
	if tried := open(t, o, 6, "e", "three", nil); !slices.Equal(tried, []string{"one", "two", "three"}) {
		t.Errorf("key e was tried with %v", tried)
	}
	if want := []string{"a", "a: wrong", "c: the variable is wrong", "", "e"}; !slices.Equal(p.asked, want) {
		t.Errorf("somebody was asked %q, want %q", p.asked, want)
	}
	held := o.Held()
	o.Wipe()
	for _, passphrase := range held {
		if slices.ContainsFunc(passphrase, func(b byte) bool { return b != 0 }) {
			t.Errorf("%q is left", passphrase)
		}
	}
	if len(held) != 3 || len(o.Held()) != 0 {
		t.Errorf("%d passphrases were held, and %d are", len(held), len(o.Held()))
	}
}

// A PIN is never what was typed for anything else, and no other token gets it: a wrong one would
// cost a try. A key on the same token opens with the PIN that was right.
func TestPINs(t *testing.T) {
	p := &person{answers: []string{"passphrase", "mistake", "1111", "2222", "passphrase two"}}
	o := &secrets.Opened{Next: p, Variable: func(ask port.SecretAsk) ([]byte, string) {
		if names := secrets.VariablesFor(ask); ask.Kind == port.PIN && len(names) > 0 {
			return []byte("0000"), names[0]
		}
		return nil, ""
	}}
	pin := func(step int, id, store, right string) (tried []string) {
		t.Helper()
		ask := port.SecretAsk{Kind: port.PIN, Key: model.PrivateKey{ID: model.KeyID(id), Store: store, Path: store}, Step: step}
		for {
			value, err := o.Ask(t.Context(), ask)
			if err != nil {
				t.Fatal(err)
			}
			if tried = append(tried, string(value)); string(value) == right {
				return tried
			}
			ask.Wrong = errors.New("wrong")
		}
	}
	open(t, o, 1, "a", "passphrase", nil)
	for _, row := range []struct {
		step             int
		id, store, right string
		tried            []string
	}{
		{2, "b", "token 1", "1111", []string{"mistake", "1111"}},
		{3, "c", "token 2", "2222", []string{"2222"}},
		{4, "d", "token 1", "1111", []string{"1111"}},
	} {
		if tried := pin(row.step, row.id, row.store, row.right); !slices.Equal(tried, row.tried) {
			t.Errorf("key %s was tried with %v, want %v", row.id, tried, row.tried)
		}
	}
	if tried := open(t, o, 5, "e", "passphrase two", nil); !slices.Equal(tried, []string{"passphrase", "passphrase two"}) {
		t.Errorf("a key file was tried with %v", tried)
	}
	held := o.Held()
	o.Wipe()
	for _, secret := range held {
		if slices.ContainsFunc(secret, func(b byte) bool { return b != 0 }) {
			t.Errorf("%q is left", secret)
		}
	}
	if len(held) != 4 {
		t.Errorf("%d secrets were held", len(held))
	}
}
