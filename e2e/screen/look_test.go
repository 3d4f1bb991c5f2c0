package screen

import (
	"regexp"
	"testing"

	"trustdeck/e2e/peer"
)

// colour matches an escape sequence that sets a colour.
var colour = regexp.MustCompile(`\x1b\[([0-9;:]*[;:])?(3[0-8]|4[0-8]|9[0-7]|10[0-7])([;:][0-9;:]*)?m`)

// visits are keys that lead through all screens, and what each shows.
var visits = []struct {
	keys  []string
	shows string
}{
	{nil, "NEXT EXPIRY"},
	{[]string{"Home", "Enter"}, "[1 Roles]"},
	{[]string{"2"}, "[2 Keys"},
	{[]string{"3"}, "[3 Signers"},
	{[]string{"4"}, "[4 Tags"},
	{[]string{"Enter"}, "Listed by"},
	{[]string{"Escape"}, "[4 Tags"},
	{[]string{"5"}, "[5 History"},
	{[]string{"6"}, "[6 Raw]"},
	{[]string{"1"}, "[1 Roles]"},
	{[]string{"Enter"}, "Trust path"},
	{[]string{"Escape"}, "[1 Roles]"},
	{[]string{"Escape"}, "NEXT EXPIRY"},
	{[]string{"D"}, "repositories examined"},
	{[]string{"Escape"}, "NEXT EXPIRY"},
	{[]string{"K"}, "no private keys here"},
	{[]string{"L"}, "TIME UTC"},
	{[]string{"?"}, "type to search"},
	{[]string{"Escape"}, "TIME UTC"},
	{[]string{"C-p"}, "type to search"},
}

// Without colour nothing is coloured, with --ascii everything is ASCII, on every
// screen; and the selection can be seen all the same.
func TestPlainLooks(t *testing.T) {
	peer.Need(t, "tmux")
	t.Parallel()
	term := peer.Tmux(t, 100, 30)
	term.Start(peer.Trustdeck(t).With("NO_COLOR=1"), append(sample(t, "/repos"), "--ascii")...)
	term.WaitFor(sampleCount)
	for _, visit := range visits {
		term.Keys(visit.keys...)
		screen := term.WaitFor(visit.shows)
		for _, r := range screen {
			if r > 0x7e || r < 0x20 && r != '\n' {
				t.Errorf("%s: %q is not ASCII:\n%s", visit.shows, r, screen)
				break
			}
		}
		if found := colour.FindString(term.Styled()); found != "" {
			t.Errorf("%s: %q sets a colour", visit.shows, found)
		}
	}
	quit(t, term)
}

// With colour there is some, or the test above proves nothing.
func TestColour(t *testing.T) {
	peer.Need(t, "tmux")
	t.Parallel()
	term := browse(t, 100, 30)
	if !colour.MatchString(term.Styled()) {
		t.Errorf("no colour in %q", term.Styled())
	}
	quit(t, term)
}
