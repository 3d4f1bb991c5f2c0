package screen

import (
	"testing"

	"trustdeck/e2e/peer"
)

// The practice token is named in the header and on its screen. A change that its key signs asks for
// the PIN, counts a wrong one, has the last try confirmed, and waits for a touch; without one, and
// when the token is pulled out, nothing is published.
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
	through(term, page{"For how many days should each version", "Enter"})
	enter := func(text string) {
		term.Type(text)
		term.Keys("Enter")
	}
	sign := func() {
		enter("practice")
		term.WaitFor("Passphrase 2 of 2")
		enter("practice makes perfect")
		shows(t, term, "f2 touches YubiKey 1234567", "Touch YubiKey 1234567 now: sign tools")
	}
	agree(t, term, "PIN 1 of 2")
	enter("wrong")
	shows(t, term, "Wrong PIN.", "2 tries are left.", `The practice token has the PIN "practice".`)
	sign()
	term.Keys("F3")
	shows(t, term, "Nothing was published", "Plug it in, and try again.")
	term.Keys("F3")
	term.WaitFor("YubiKey 1234567   DEMO")
	follows(t, term, "[ Cancel ]", "Enter") // plan again
	agree(t, term, "PIN 1 of 2")
	enter("wrong")
	term.WaitFor("2 tries are left.")
	enter("other")
	shows(t, term, "This is the last try", "1 try is left")
	enter("practice") // the PIN is not what is asked for, and not shown
	shows(t, term, "Type last try, or press esc to stop here.")
	enter("last try")
	shows(t, term, "PIN of the tools key", "1 try is left")
	sign()
	term.Keys("F2")
	shows(t, term, "The change is published.")
	quit(t, term)
	leaves(t, temporary)
}
