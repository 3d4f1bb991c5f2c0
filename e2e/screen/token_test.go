package screen

import (
	"testing"

	"trustdeck/e2e/peer"
)

// The practice token is named in the header and on its screen. A change that its key signs asks for
// the PIN, counts a wrong one, and waits for a touch; without one, and when the token is pulled out,
// nothing is published.
func TestPracticeToken(t *testing.T) {
	peer.Need(t, "tmux")
	term, temporary := practice(t, 100, 30, "tokens")
	shows(t, term, "YubiKey 1234567   DEMO", "slot 9a", "Ed25519", "slot 9c", "3 of 3 tries left")
	term.WaitFor("always        1") // its use is known once the repositories have been read
	term.Keys("Enter", "G")
	shows(t, term, "IF THIS TOKEN IS LOST", "catalog  tools", "trustdeck rotate catalog tools")
	term.Keys("F3")
	shows(t, term, "No token can be read: no token is plugged in.")
	term.WaitGone("YubiKey 1234567   DEMO")
	term.Keys("F3")
	shows(t, term, "YubiKey 1234567   DEMO", "slot 9a")
	quit(t, term)
	leaves(t, temporary)

	term, temporary = practice(t, 100, 30, "flow/renew?repositories=catalog&roles=tools")
	sign := func() {
		agree(t, term, "PIN 1 of 2")
		term.Type("wrong")
		term.Keys("Enter")
		shows(t, term, "Wrong PIN.", "2 tries are left.", `The practice token has the PIN "practice".`)
		term.Type("practice")
		term.Keys("Enter")
		term.WaitFor("Passphrase 2 of 2")
		term.Type("practice makes perfect")
		term.Keys("Enter")
		term.WaitFor("f2 touches YubiKey 1234567")
	}
	sign()
	term.Keys("F3")
	shows(t, term, "Nothing was published", "Plug it in, and try again.")
	term.Keys("F3")
	term.WaitFor("YubiKey 1234567   DEMO")
	follows(t, term, "[ Cancel ]", "Enter") // plan again
	sign()
	term.Keys("F2")
	shows(t, term, "The change is published.")
	quit(t, term)
	leaves(t, temporary)
}
