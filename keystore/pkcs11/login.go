//go:build hsm

package pkcs11

import (
	"bytes"
	"context"

	p11 "github.com/miekg/pkcs11"

	"trustdeck/model"
	"trustdeck/model/port"
)

// pinFlags are what a token tells about the tries of its PIN.
const pinFlags = p11.CKF_USER_PIN_COUNT_LOW | p11.CKF_USER_PIN_FINAL_TRY | p11.CKF_USER_PIN_LOCKED

// login is a session in which a private key is used, after a login where the token wants one.
type login struct {
	look
	token *token
	// pin is the one that was given; nil where the token wants none.
	pin []byte
}

// as calls do in such a session with the token of a name. do may outlast the call (see during), so
// it gets a copy of the PIN, which is wiped in the end.
func as[T any](ctx context.Context, t *token, pin []byte, do func(*login) (T, error)) (T, error) {
	pin = bytes.Clone(pin)
	return during(ctx, t.module, useLimit, func(lib *p11.Ctx) (out T, err error) {
		defer clear(pin)
		found, err := t.module.present(lib)
		if err != nil {
			return out, err
		}
		for i := range found {
			if found[i].name != t.name {
				continue
			}
			session, err := lib.OpenSession(found[i].slot, p11.CKF_SERIAL_SESSION)
			if err != nil {
				return out, refused(t.name, err)
			}
			defer func() { _ = lib.CloseSession(session) }() // nothing was changed in it
			l := &login{look: look{lib, session, t.name}, token: &found[i]}
			if l.token.has(p11.CKF_LOGIN_REQUIRED) {
				if err := l.spend(ctx, pin); err != nil {
					return out, err
				}
				defer func() { _ = lib.Logout(session) }() // C_Finalize does it if this fails
			}
			return do(l)
		}
		return out, absent(t.name)
	})
}

// limited reports whether the token tells how long PINs are.
func (t *token) limited() bool { return t.minPIN <= t.maxPIN && t.maxPIN > 0 && t.maxPIN < maxValue }

// spend gives the token a PIN. Nothing else in this package does, so its rules hold for every PIN:
// see the package's comment.
func (l *login) spend(ctx context.Context, pin []byte) error {
	t := l.token
	switch {
	case t.has(p11.CKF_USER_PIN_LOCKED):
		return t.locked(true)
	case t.unready() != nil:
		return t.unready()
	case len(pin) == 0, t.limited() && (uint(len(pin)) < t.minPIN || uint(len(pin)) > t.maxPIN):
		return t.malformed()
	case t.module.refused.Has(t.name, pin, t.tries()):
		return t.refusedBefore()
	case t.has(p11.CKF_USER_PIN_FINAL_TRY) && !port.MaySpendLastTry(ctx):
		return t.lastTry()
	case ctx.Err() != nil:
		return t.module.canceled(ctx)
	}
	err := l.lib.Login(l.session, p11.CKU_USER, string(pin))
	switch {
	case err == nil:
		t.module.refused.Forget(t.name)
		l.pin = pin
		return nil
	case is(err, p11.CKR_PIN_INCORRECT):
		if info, err := l.lib.GetTokenInfo(t.slot); err == nil {
			t.flags = info.Flags
		}
		t.module.refused.Add(t.name, pin, t.tries())
		return t.wrongPIN()
	case is(err, p11.CKR_PIN_LOCKED):
		return t.locked(false)
	case is(err, p11.CKR_PIN_INVALID, p11.CKR_PIN_LEN_RANGE):
		return t.wrong("a PIN that the token can't have", "Enter the user PIN of the token.", false)
	case is(err, p11.CKR_PIN_EXPIRED):
		return &model.Fault{Kind: model.FaultSecret, Subject: t.name, Text: "its PIN has expired", Hint: "Change it with the program of the token, or with \"pkcs11-tool --change-pin\".", Err: err}
	default:
		return refused(t.name, err)
	}
}

// tries are what the token tells about them.
func (t *token) tries() int { return int(t.flags & pinFlags) }

// private is the private half of a key. Tokens hide it until the login.
func (l *login) private(o *object) (p11.ObjectHandle, error) {
	path := l.token.path(o)
	if len(o.id) == 0 {
		return 0, noPrivateHalf(path)
	}
	handles, err := l.find(p11.CKO_PRIVATE_KEY, o.id)
	if err != nil {
		return 0, refused(path, err)
	}
	for _, h := range handles {
		if kind, ok := l.number(h, p11.CKA_KEY_TYPE); ok && kind == keyType(o.public) {
			return h, nil
		}
	}
	return 0, noPrivateHalf(path)
}
