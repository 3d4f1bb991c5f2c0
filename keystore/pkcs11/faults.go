//go:build hsm

package pkcs11

import (
	"errors"
	"fmt"
	"regexp"

	p11 "github.com/miekg/pkcs11"

	"trustdeck/model"
	"trustdeck/model/display"
	"trustdeck/model/port"
)

// answerName is the name of an answer in the texts of miekg/pkcs11.
var answerName = regexp.MustCompile(`CKR_[A-Z_]+`)

// reason is an answer of a module by its name in PKCS #11: "CKR_DEVICE_ERROR".
func reason(err error) string {
	answer, ok := errors.AsType[p11.Error](err)
	if !ok {
		return display.Inline(err.Error())
	}
	text := answer.Error()
	if name := answerName.FindString(text); name != "" {
		return name
	}
	return fmt.Sprintf("the module's code 0x%x", uint(answer))
}

// refused is what an answer means that no rule of this package expects.
func refused(subject string, err error) *model.Fault {
	if fault, ok := errors.AsType[*model.Fault](err); ok {
		return fault
	}
	switch {
	case is(err, p11.CKR_TOKEN_NOT_PRESENT, p11.CKR_DEVICE_REMOVED, p11.CKR_SLOT_ID_INVALID, p11.CKR_TOKEN_NOT_RECOGNIZED):
		return away(subject, "was removed before it had answered", "Connect it again, then try again.", err)
	case is(err, p11.CKR_SESSION_COUNT):
		return away(subject, "other programs are using it", "Close them, then try again.", err)
	case is(err, p11.CKR_MECHANISM_INVALID, p11.CKR_MECHANISM_PARAM_INVALID, p11.CKR_KEY_TYPE_INCONSISTENT, p11.CKR_KEY_FUNCTION_NOT_PERMITTED):
		return &model.Fault{
			Kind: model.FaultUsage, Subject: subject, Text: "can't sign in the way that is needed: " + reason(err), Err: err,
			Hint: "Use another key. ECDSA P-256 is what most tokens and clients have.",
		}
	default:
		return &model.Fault{
			Kind: model.FaultBadData, Subject: subject, Text: "refused: " + reason(err), Err: err,
			Hint: "Check the token with its own program, or with \"pkcs11-tool --list-slots\".",
		}
	}
}

// away is a fault that may pass without anything being changed here.
func away(subject, text, hint string, err error) *model.Fault {
	return &model.Fault{Kind: model.FaultUnreachable, Subject: subject, Text: text, Hint: hint, Err: err}
}

func absent(name string) *model.Fault {
	return away(name, "isn't there", "Connect it, or name its module with --pkcs11. \"trustdeck keys\" lists the tokens that are there.", nil)
}

func ambiguous(name string) *model.Fault {
	return away(name, "several tokens have this label and serial number", "Disconnect all but the one that you want, or name one module only.", nil)
}

func hidden(name string) *model.Fault {
	return &model.Fault{
		Kind: model.FaultLocal, Subject: name, Text: "shows no key without its PIN, which trustdeck doesn't ask for to look",
		Hint: "If it has keys, put the public key or certificate of each on it as a public object, with the same ID: \"pkcs11-tool --write-object\".",
	}
}

func noPublicHalf(name string) *model.Fault {
	return &model.Fault{
		Kind: model.FaultLocal, Subject: name, Text: "has a private key whose public half it doesn't show",
		Hint: "Put the public key or a certificate on the token, with the same ID: \"pkcs11-tool --write-object\".",
	}
}

func unusable(name string, err error) *model.Fault {
	return &model.Fault{
		Kind: model.FaultLocal, Subject: name, Text: "has a key that trustdeck can't use: " + err.Error(), Err: err,
		Hint: "trustdeck signs with ECDSA P-256 and P-384, Ed25519, and RSA from 2048 bits.",
	}
}

func lost(name string, id model.KeyID) *model.Fault {
	return &model.Fault{Kind: model.FaultLocal, Subject: name, Text: "doesn't have key " + id.Short() + " any longer", Hint: "List the keys again."}
}

// noPrivateHalf is a public key or certificate that has no private key beside it.
func noPrivateHalf(path string) *model.Fault {
	return &model.Fault{
		Kind: model.FaultLocal, Subject: path, Text: "is only a public key or certificate: no private key on the token has its ID",
		Hint: "Use the token that has the private key. If it is on this one, give both the same ID (CKA_ID).",
	}
}

// wrong is why a PIN doesn't open the token. What the token tells about its tries is added.
func (t *token) wrong(text, hint string, unspent bool) error {
	fault := &model.Fault{Kind: model.FaultSecret, Subject: t.name, Text: text, Hint: hint}
	switch {
	case t.has(p11.CKF_USER_PIN_LOCKED):
		return &port.WrongSecret{TriesLeft: 0, Unspent: unspent, Fault: fault}
	case t.has(p11.CKF_USER_PIN_FINAL_TRY):
		return &port.WrongSecret{TriesLeft: 1, Unspent: unspent, Fault: fault}
	default:
		return fault // it doesn't tell how many are left
	}
}

func (t *token) wrongPIN() error {
	text := "wrong PIN"
	if t.has(p11.CKF_USER_PIN_COUNT_LOW) && !t.has(p11.CKF_USER_PIN_FINAL_TRY) {
		text = "wrong PIN; the token doesn't say how many tries are left"
	}
	return t.wrong(text, "Try again. After too many wrong PINs, most tokens are locked.", false)
}

func (t *token) refusedBefore() error {
	return t.wrong("the same wrong PIN as before; it wasn't tried again", "Enter another PIN.", true)
}

func (t *token) lastTry() error {
	return t.wrong("one try is left, and it wasn't spent: a wrong PIN locks the token", "Make sure of the PIN, then confirm that the last try may be spent.", true)
}

func (t *token) malformed() error {
	text := "a PIN of another length; it wasn't tried"
	if t.limited() {
		text = fmt.Sprintf("its PIN has %d to %d bytes; this one wasn't tried", t.minPIN, t.maxPIN)
	}
	return t.wrong(text, "Enter the user PIN of the token.", true)
}

func (t *token) locked(unspent bool) error {
	return &port.WrongSecret{TriesLeft: 0, Unspent: unspent, Fault: &model.Fault{
		Kind: model.FaultSecret, Subject: t.name, Text: "the PIN is locked",
		Hint: "The security officer of the token can set a new one, with its own program or \"pkcs11-tool --init-pin --login --so-pin\".",
	}}
}

// unready is why no PIN can be given to the token now; nil where one can.
func (t *token) unready() error {
	switch {
	case !t.has(p11.CKF_USER_PIN_INITIALIZED):
		return &model.Fault{
			Kind: model.FaultLocal, Subject: t.name, Text: "has no user PIN yet",
			Hint: "Set one with the program of the token, or with \"pkcs11-tool --init-pin --login\".",
		}
	case t.has(p11.CKF_PROTECTED_AUTHENTICATION_PATH):
		return &model.Fault{
			Kind: model.FaultUsage, Subject: t.name, Text: "takes its PIN on its own keypad, which trustdeck can't wait for",
			Hint: "Use a token that takes its PIN from programs.",
		}
	case t.has(p11.CKF_USER_PIN_TO_BE_CHANGED):
		return &model.Fault{
			Kind: model.FaultLocal, Subject: t.name, Text: "wants its PIN to be changed before it is used",
			Hint: "Change it with the program of the token, or with \"pkcs11-tool --change-pin\".",
		}
	default:
		return nil
	}
}
