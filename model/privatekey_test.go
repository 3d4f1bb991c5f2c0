package model_test

import (
	"strings"
	"testing"

	"trustdeck/model"
)

// Other programs are named where there are any.
func TestCheckPassphrase(t *testing.T) {
	for _, c := range []struct{ passphrase, prompting, hint string }{
		{"short", "notary and docker", ""},
		{"", "notary and docker", "Choose one; the prompts of notary and docker ask for at least 8 characters."},
		{"", "", "Choose one."},
		{" blank", "notary and docker", "Leave those characters out: the prompts of notary and docker can't accept them."},
		{"line\n", "", "Leave that out."},
		{strings.Repeat("x", model.MaxPassphrase), "", ""},
		{strings.Repeat("x", model.MaxPassphrase+1), "", "Choose a shorter one. If it came from a file, check that it is the right file."},
	} {
		err := model.CheckPassphrase([]byte(c.passphrase), c.prompting)
		if got := model.HintOf(err); got != c.hint || (err == nil) != (c.hint == "") {
			t.Errorf("%.8q: %v, hint %q, want %q", c.passphrase, err, got, c.hint)
		}
	}
}
