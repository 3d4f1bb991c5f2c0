package token

import (
	"fmt"
	"time"

	"trustdeck/model"
	"trustdeck/model/health"
)

// Codes of the findings about tokens.
const (
	// CodeUnread: a token could not be read, or not whole.
	CodeUnread = "token-unread"
	// CodePINDefault: the PIN, PUK or management key is the one from the factory.
	CodePINDefault = "token-pin-default"
	// CodePINTries: the PIN or PUK has one try left, or none.
	CodePINTries = "token-pin-tries"
	// CodeSlot: key and certificate of a slot don't belong together, or one is missing.
	CodeSlot = "token-slot"
	// CodeCertificate: the certificate of a slot has expired or expires soon.
	CodeCertificate = "token-certificate"
	// CodeFirmware: the maker has published a fault of the firmware.
	CodeFirmware = "token-firmware"
)

// Findings are what an administrator should know of a token: used says which slots have a key
// that a repository lists, and soon is how long before an expiry a notice is given.
func Findings(t *model.Token, used func(*model.TokenSlot) bool, now time.Time, soon time.Duration) []health.Finding {
	j := judge{token: t, name: t.Name(), now: now, soon: soon}
	if t.Fault != nil {
		j.add(CodeUnread, model.Warning, t.Fault.Text, t.Fault.Hint)
	}
	j.secrets()
	for i := range t.Slots {
		j.slot(&t.Slots[i], used(&t.Slots[i]))
	}
	health.SortFindings(j.found)
	return j.found
}

// judge gathers the findings about one token.
type judge struct {
	token *model.Token
	name  string
	now   time.Time
	soon  time.Duration
	found []health.Finding
}

// add adds a finding. Text and remedy have no full stop.
func (j *judge) add(code string, severity model.Severity, text, remedy string) {
	j.found = append(j.found, health.Finding{Code: code, Severity: severity, Text: j.name + ": " + text, Remedy: remedy})
}

// secrets judges what guards the keys. A token without keys guards nothing yet.
func (j *judge) secrets() {
	severity := model.Notice
	for i := range j.token.Slots {
		if j.token.Slots[i].HasKey() {
			severity = model.Warning
		}
	}
	if j.token.PIN.Default == model.Yes {
		j.add(CodePINDefault, severity, "the PIN is the one from the factory, which everyone knows", "change it: trustdeck token pin "+j.token.Serial)
	}
	if j.token.PUK.Default == model.Yes {
		j.add(CodePINDefault, severity, "the PUK is the one from the factory: anyone can set another PIN with it", "change it: ykman piv access change-puk")
	}
	if j.token.Management.Default == model.Yes {
		j.add(CodePINDefault, model.Notice, "the management key is the one from the factory: a program that runs as you can overwrite keys", "change it: ykman piv access change-management-key --generate --protect")
	}
	switch pin, puk := j.token.PIN.TriesLeft, j.token.PUK.TriesLeft; {
	case pin == 0 && puk == 0:
		j.add(CodePINTries, model.Warning, "PIN and PUK are blocked for ever", "its keys can't be used any more; only a reset, which destroys them, makes the token usable: ykman piv reset")
	case pin == 0:
		j.add(CodePINTries, model.Warning, "the PIN is blocked"+tries(puk, ", and the PUK has %s left"), "unblock it with the PUK: ykman piv access unblock-pin")
	case pin == 1:
		j.add(CodePINTries, model.Warning, "the PIN has one try left", "find the right PIN before you use the token; a right one sets the tries back")
	}
}

// tries counts them, where the token says how many there are.
func tries(n int, format string) string {
	switch {
	case n < 0:
		return ""
	case n == 1:
		return fmt.Sprintf(format, "1 try")
	default:
		return fmt.Sprintf(format, fmt.Sprint(n)+" tries")
	}
}

// slot judges one place for a key.
func (j *judge) slot(s *model.TokenSlot, used bool) {
	if s.Fault != nil {
		j.add(CodeSlot, model.Warning, "slot "+s.ID+": "+s.Fault.Text, s.Fault.Hint)
	}
	if text, remedy, severity := Mend(j.token.Serial, s); text != "" {
		j.add(CodeSlot, severity, "slot "+s.ID+" "+text, remedy)
	}
	if !s.Expires.IsZero() && s.HasKey() {
		remedy := "write a new one for the same key: " + write(j.token.Serial, s)
		switch {
		case !s.Expires.After(j.now):
			j.add(CodeCertificate, model.Warning, "the certificate in slot "+s.ID+" expired on "+s.Expires.UTC().Format(time.DateOnly), remedy)
		case !s.Expires.After(j.now.Add(j.soon)):
			j.add(CodeCertificate, model.Notice, "the certificate in slot "+s.ID+" expires on "+s.Expires.UTC().Format(time.DateOnly), remedy)
		}
	}
	if !s.HasKey() {
		return
	}
	for _, a := range Advisories(ParseVersion(j.token.Firmware), s.Algorithm, s.Origin) {
		severity := model.Notice
		if used {
			severity = a.Severity
		}
		j.add(CodeFirmware, severity, "slot "+s.ID+": "+a.Text+" ("+a.ID+")", a.Remedy)
	}
}

// write is the command that writes the certificate of a slot again.
func write(serial string, s *model.TokenSlot) string {
	return "trustdeck token certificate " + serial + " --slot " + s.ID
}

// Mend says what is wrong with the state of a slot of the token with a serial number, what repairs
// it, each without a full stop, and how bad it is; both are empty where nothing is wrong.
func Mend(serial string, s *model.TokenSlot) (text, remedy string, severity model.Severity) {
	switch s.State {
	case model.SlotKeyOnly:
		return "has a key without a certificate, so programs that find keys by certificates don't see it",
			"write one: " + write(serial, s), model.Notice
	case model.SlotCertificateOnly:
		return "has a certificate, but not its private key: the key was removed, or was never written",
			"put the key there, from a file or a backup: trustdeck token import " + serial + " --slot " + s.ID + "; or remove the certificate: ykman piv certificates delete " + s.ID, model.Warning
	case model.SlotMismatch:
		return "has the certificate of another key",
			"write one of the key that is there: " + write(serial, s) + "; or put the other key into an empty slot", model.Warning
	case model.SlotWhole, model.SlotUnproved:
	}
	return "", "", model.Notice
}
