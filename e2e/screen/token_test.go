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

	tokenLesson(t)

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

// The lesson of the practice token: its certificate is written with a touch, its key takes the place
// of the one in a file, and the root that comes of it waits for no one.
func tokenLesson(t *testing.T) {
	t.Helper()
	term, temporary := practice(t, 100, 30, "tokens")
	term.WaitFor("always        1")
	term.Keys("Down", "Down", "Z")
	through(term, page{"Which token has the key?", "Enter"}, page{"> 9c, signature", "Enter"}, page{"Which role or signer is the key for?", "Enter"})
	shows(t, term, "Certificate now: there is none.", "[ Write ]")
	agree(t, term, "PIN of YubiKey 1234567")
	enter := func(text string) {
		term.Type(text)
		term.Keys("Enter")
	}
	enter("practice")
	shows(t, term, "f2 touches YubiKey 1234567", "Touch YubiKey 1234567 now: sign the certificate of the key in slot 9c")
	term.Keys("F2")
	shows(t, term, "Programs that find keys by their certificates see the key.")
	quit(t, term)
	leaves(t, temporary)

	term, temporary = practice(t, 100, 30, "repo/keyring/roles")
	through(term, page{"[1 Roles]"})
	term.WaitFor("read ")
	term.Keys("R")
	through(term,
		page{"Which role's key do you want to replace?", "Enter"},
		page{"Which keys should sign the root?", "Space", "/"}, page{"filter", "=1234567", "Enter"},
		page{"1 of 14", "Space"}, page{"[x] Root key 5b2a 1ab2, on YubiKey 1234567", "Enter"},
		page{"What should happen to the old private key?", "Enter"})
	shows(t, term, "Ready:", "- @ada eb50 facb, + root key 5b2a 1ab2")
	writeName(t, term, "keyring")
	agree(t, term, "PIN 1 of 2")
	enter("practice")
	term.WaitFor("Passphrase 2 of 2")
	enter("practice makes perfect")
	shows(t, term, "f2 touches YubiKey 1234567", "Touch YubiKey 1234567 now: sign root 2 of keyring")
	term.Keys("F2")
	shows(t, term, "The change is published.")
	quit(t, term)
	leaves(t, temporary)
}
