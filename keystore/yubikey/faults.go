//go:build yubikey

package yubikey

import (
	"errors"
	"fmt"

	"trustdeck/model"
	"trustdeck/model/port"
)

// away is a fault that may pass without anything being changed here.
func away(subject, text, hint string, err error) *model.Fault {
	return &model.Fault{Kind: model.FaultUnreachable, Subject: subject, Text: text, Hint: hint, Err: err}
}

func noService(err error) *model.Fault {
	return &model.Fault{
		Kind: model.FaultLocal, Text: "the smart card service isn't running, so no YubiKey can be reached", Err: err,
		Hint: "Start pcscd; on Debian: \"apt install pcscd\", then \"systemctl start pcscd.socket\".",
	}
}

func noReader() *model.Fault {
	return away("", "no YubiKey is plugged in", "Plug one in. If one is, its smart card interface may be off: \"ykman config usb --enable PIV\" turns it on.", nil)
}

// noCard is that there are readers, and nothing in them that is a YubiKey.
func noCard(readers int) *model.Fault {
	return away("", fmt.Sprintf("no YubiKey is plugged in; smart card readers without one: %d", readers), "Plug one in.", nil)
}

func busy(subject string, err error) *model.Fault {
	return away(subject, "another program is using it", "Close that program, then try again. gpg lets go of it after \"gpgconf --kill scdaemon\".", err)
}

// errRemoved is the cause of every fault that says so.
var errRemoved = errors.New("the token was removed")

func removed(subject string, err error) *model.Fault {
	return away(subject, "was removed before it had answered", "Plug it in again, then try again.", errors.Join(errRemoved, err))
}

// absent is that a token isn't plugged in; others are those that are.
func absent(name string, others []string) *model.Fault {
	text := "isn't plugged in"
	for i, other := range others {
		switch i {
		case 0:
			text += "; plugged in: " + other
		default:
			text += ", " + other
		}
	}
	return away(name, text, "Plug in "+name+", then try again.", nil)
}

// ambiguous is that several tokens have one serial number: copies, or tokens that don't show it.
func ambiguous(name string) *model.Fault {
	return away(name, "several tokens with this serial number are plugged in", "Unplug all but the one that you want.", nil)
}

func untouched(name string, err error) *model.Fault {
	return away(name, "wasn't touched in time", "Try again, and touch the token when it blinks.", err)
}

// tooLong is a message that a token would have to sign whole.
func tooLong(name string, length int, err error) *model.Fault {
	return &model.Fault{
		Kind: model.FaultUsage, Subject: name, Text: fmt.Sprintf("refused to sign %d bytes: with Ed25519 a token takes a message whole", length), Err: err,
		Hint: "Use a key of ECDSA P-256, of which the token gets a hash, whatever the length.",
	}
}

// bad is an answer that no YubiKey gives.
func bad(subject, text string, err error) *model.Fault {
	return &model.Fault{
		Kind: model.FaultBadData, Subject: subject, Text: text, Err: err,
		Hint: "Unplug the token and plug it in again. If that doesn't help, \"ykman piv info\" shows what it answers.",
	}
}

func usage(subject, text, hint string) *model.Fault {
	return &model.Fault{Kind: model.FaultUsage, Subject: subject, Text: text, Hint: hint}
}

// wrongPIN is a PIN that was tried, and that the token has refused.
func wrongPIN(name string, left int) error {
	return &port.WrongSecret{TriesLeft: left, Fault: &model.Fault{
		Kind: model.FaultSecret, Subject: name, Text: "wrong PIN",
		Hint: "Try again. After the last wrong PIN the token is blocked.",
	}}
}

// refusedBefore is a PIN that the token has refused just now. It was not tried again.
func refusedBefore(name string, left int) error {
	return &port.WrongSecret{TriesLeft: left, Unspent: true, Fault: &model.Fault{
		Kind: model.FaultSecret, Subject: name, Text: "the same wrong PIN as before; it wasn't tried again",
		Hint: "Enter another PIN.",
	}}
}

// lastTry is that one try is left, and nobody has allowed it to be spent.
func lastTry(name string) error {
	return &port.WrongSecret{TriesLeft: 1, Unspent: true, Fault: &model.Fault{
		Kind: model.FaultSecret, Subject: name, Text: "one try is left, and it wasn't spent: a wrong PIN blocks the token",
		Hint: "Make sure of the PIN, then confirm that the last try may be spent.",
	}}
}

// malformed is a PIN that no token has. It was not tried.
func malformed(name string, left int) error {
	return &port.WrongSecret{TriesLeft: left, Unspent: true, Fault: &model.Fault{
		Kind: model.FaultSecret, Subject: name, Text: "a PIN has 6 to 8 characters; this one wasn't tried",
		Hint: "Enter the PIN of the PIV application of the token.",
	}}
}

// blocked is that the PIN takes no more answers. puk is how many the PUK takes; -1 where the
// token doesn't say.
func blocked(name string, puk int) error {
	f := &model.Fault{Kind: model.FaultSecret, Subject: name, Text: "the PIN is blocked"}
	switch {
	case puk == 0:
		f.Text = "the PIN and the PUK are blocked: the keys on this token can never be used again"
		f.Hint = "\"ykman piv reset\" deletes the keys, and makes the token usable for others. Replace the roles' keys first."
	case puk > 0:
		f.Hint = fmt.Sprintf("Unblock it with the PUK (%s): \"ykman piv access unblock-pin\".", tries(puk))
	default:
		f.Hint = "Unblock it with the PUK: \"ykman piv access unblock-pin\". If the PUK is blocked too, the keys on this token can never be used again."
	}
	return &port.WrongSecret{TriesLeft: 0, Unspent: true, Fault: f}
}

func tries(left int) string {
	if left == 1 {
		return "1 try left"
	}
	return fmt.Sprintf("%d tries left", left)
}
