package ceremony

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/bundle"
	"trustdeck/model/dialect"
	"trustdeck/model/display"
	"trustdeck/model/port"
	"trustdeck/model/transcript"
)

// MaxClockError is by how much the clock of a machine may differ from what a person says.
const MaxClockError = time.Hour

// Key is a private key of this machine that a ceremony asks to sign.
type Key struct {
	Private model.PrivateKey
	// IDs are the canonical ones under which the ceremony has it.
	IDs []model.KeyID
	// Person and Stated are who has the key, and the serial of its token, as the author of the
	// ceremony states them; Serial is that of the token here, empty for a file.
	Person, Stated, Serial string
	// Tasks are what it is asked to sign.
	Tasks []bundle.Task
	// Anchor is the newest published root that the key has signed; 0 where there is none.
	Anchor int64
}

// Signed reports whether the key has signed everything.
func (k *Key) Signed() bool {
	return !slices.ContainsFunc(k.Tasks, func(t bundle.Task) bool { return !t.Signed })
}

// SigningKeys lists the private keys of this machine that a ceremony asks to sign. Keys that are
// returned beside an error are those of the stores that could be read.
func (s *Service) SigningKeys(ctx context.Context, f *File) ([]Key, error) {
	d := s.dialect(f)
	listed := &model.Repository{GUN: f.Bundle().Repository}
	members := map[model.KeyID]bundle.Member{}
	for _, role := range f.Roles() {
		for _, q := range f.Quorums(role) {
			for _, m := range q.Members {
				if m.Unusable == "" {
					members[m.ID] = m
					listed.Keys = append(listed.Keys, d.Describe(m.Listed[0]))
				}
			}
		}
	}
	here := admin.Service{Stores: s.Keys, DialectOf: dialect.Only(d)}
	all, err := here.PrivateKeys(ctx, listed)
	var out []Key
	for _, private := range all {
		if !private.Usable() || private.Second {
			continue
		}
		k := Key{Private: private}
		for _, id := range private.IDs() {
			if m, ok := members[id]; ok {
				k.IDs, k.Person, k.Stated = append(k.IDs, id), m.Person, m.Serial
			}
		}
		if len(k.IDs) == 0 {
			continue
		}
		if token, ok := s.Keys.Of(private).(port.TokenStore); ok {
			k.Serial = token.Serial()
		}
		k.Tasks, k.Anchor = f.Tasks(k.IDs...), f.Anchored(k.IDs...)
		out = append(out, k)
	}
	return out, err
}

// Signing is what a person has looked at and agreed to.
type Signing struct {
	Path string
	// Digest is that of the ceremony that was shown.
	Digest bundle.Digest
	Key    Key
	// Serial is that of the token, as the person read it from the token.
	Serial string
	// Time is what the person says that it is.
	Time time.Time
	// Root is the digest of a published root that the person knows. It is needed where the key has
	// signed none itself.
	Root bundle.Digest
	// Apart leaves the file as it is: the signatures are handed back another way.
	Apart bool
	// Transcript is the file of the transcript; empty is the one beside the ceremony's.
	Transcript string
	// Shown is what the person has seen, and Confirmed what they have confirmed, for the transcript.
	Shown, Confirmed []string
}

// CheckClock refuses a clock that says now when it is another time, as a person states. The error is a
// *model.Fault.
func CheckClock(now, stated time.Time) error {
	if now.Sub(stated).Abs() <= MaxClockError {
		return nil
	}
	return &model.Fault{
		Kind: model.FaultLocal, Text: fmt.Sprintf("the clock of this machine says %s, which is more than an hour off %s", model.Moment(now), model.Moment(stated)),
		Hint: "Set the clock of this machine first: certificates and dates are judged by it.",
	}
}

// CheckSerial refuses a token with another serial number than a person has read from it. The error is a
// *model.Fault.
func CheckSerial(k *Key, typed string) error {
	if k == nil || k.Serial == "" || typed == k.Serial {
		return nil
	}
	return &model.Fault{
		Kind: model.FaultUsage, Text: fmt.Sprintf("the token that is plugged in has the serial number %s, not %s", k.Serial, display.Quote(display.Cut(typed, bundle.MaxText))),
		Hint: "Take the right token, and read the number on it again.",
	}
}

// check refuses to sign before a secret is asked for.
func (s *Service) check(f *File, w *Signing) error {
	refuse := func(kind model.FaultKind, hint, format string, args ...any) error {
		return &model.Fault{Kind: kind, Subject: w.Path, Text: fmt.Sprintf(format, args...), Hint: hint}
	}
	if f.Digest() != w.Digest {
		return refuse(model.FaultStale, "Look at it again.", "the ceremony file is no longer the one that you looked at")
	}
	now, dates := s.Clock(), f.Bundle().Dates
	if err := cmp.Or(CheckClock(now, w.Time), CheckSerial(&w.Key, w.Serial)); err != nil {
		return err
	}
	switch {
	case now.Before(dates.Opens):
		return refuse(model.FaultUsage, "Wait until then. Check the date of this machine.", "the ceremony opens at %s", model.Moment(dates.Opens))
	case len(f.Tasks(w.Key.IDs...)) == 0:
		return refuse(model.FaultUsage, "Sign with a key that the ceremony asks for.", "the key is not asked to sign")
	}
	roots := f.Roots()
	if len(roots) == 0 || f.Anchored(w.Key.IDs...) > 0 || slices.ContainsFunc(roots, func(r bundle.Root) bool { return r.Digest == w.Root }) {
		return nil
	}
	return refuse(model.FaultUsage, "Compare a published root with what you know of it from elsewhere. If none is right, don't sign.",
		"the key has signed none of the published roots, and you confirmed none")
}

// SigningSteps lists what Sign does, in order.
func SigningSteps(w *Signing) []admin.Step {
	texts := []string{"open the ceremony again, and compare it with the one that you looked at", "unlock " + w.Key.Name()}
	for _, t := range w.Key.Tasks {
		texts = append(texts, fmt.Sprintf("sign %s %d, and verify the signature", t.Role, t.Version))
	}
	if !w.Apart {
		texts = append(texts, "write the signatures into "+w.Path)
	}
	return admin.NewSteps(texts...)
}

// Name is the key for people, its holder first.
func (k *Key) Name() string {
	name := "key " + k.IDs[0].Short()
	if k.Serial != "" {
		name += " on " + k.Private.Store
	}
	if k.Person != "" {
		name = k.Person + "'s " + name
	}
	return name
}

// Sign has a key sign all that is asked of it, verifies each signature at once, and writes them into
// the file. To sign again is no error. It needs no repository and no network.
func (s *Service) Sign(ctx context.Context, w Signing, run Run) (*File, error) {
	steps := admin.Runner{Steps: SigningSteps(&w), Watch: run.Watch, Stop: run.Stop, Clock: s.Clock}
	var f *File
	var signer port.Signer
	defer func() {
		if signer != nil {
			_ = signer.Close() // wiping does not fail
		}
	}()
	work := []func(context.Context) error{
		func(context.Context) (err error) {
			if f, err = s.Open(w.Path); err != nil {
				return err
			}
			if err := s.check(f, &w); err != nil {
				return errors.Join(err, s.note(f, &w, transcript.Refused, []string{err.Error()}))
			}
			return s.begin(f, &w)
		},
		func(ctx context.Context) (err error) {
			ask := port.SecretAsk{Key: w.Key.Private, Repository: f.Bundle().Repository, Purpose: purpose(&w), Step: 1, Of: 1}
			signer, err = admin.Unlock(ctx, s.Keys.Of(w.Key.Private), w.Key.IDs[0], s.counted(ctx, ask), run.Secrets, &steps)
			return err
		},
	}
	for _, t := range w.Key.Tasks {
		work = append(work, func(context.Context) error {
			sig, err := s.dialect(f).Sign(t.Key, signer, t.Message)
			if err != nil {
				return err
			}
			err = about(w.Path, f.Add(t.Role, sig))
			if err != nil {
				err = errors.Join(err, s.note(f, &w, transcript.Refused, []string{err.Error()}))
			}
			return err
		})
	}
	if !w.Apart {
		work = append(work, func(context.Context) (err error) {
			if f, err = s.write(f); err != nil {
				return err
			}
			return s.note(f, &w, transcript.Signed, []string{purpose(&w)})
		})
	}
	if err := steps.Run(ctx, work...); err != nil {
		return nil, err
	}
	if w.Apart {
		return f, s.note(f, &w, transcript.Answered, []string{purpose(&w)})
	}
	return f, nil
}

// begin records what the machine is like, and what the person has seen and confirmed.
func (s *Service) begin(f *File, w *Signing) error {
	if s.Computer != nil {
		if err := s.note(f, w, transcript.Checked, s.machineLines(true)); err != nil {
			return err
		}
	}
	return cmp.Or(s.note(f, w, transcript.Shown, w.Shown), s.note(f, w, transcript.Confirmed, w.Confirmed))
}

// counted tells how many wrong PINs a token takes, before the first is asked for.
func (s *Service) counted(ctx context.Context, ask port.SecretAsk) port.SecretAsk {
	store, ok := s.Keys.Of(ask.Key).(port.TokenStore)
	if !ok || s.Tokens == nil {
		return ask
	}
	all, _ := s.Tokens.Tokens(ctx) // where it can't be read, unlocking says so
	for _, t := range all {
		if t.Serial == store.Serial() && t.Fault == nil && t.PIN.TriesLeft > 0 {
			ask.TriesLeft, ask.LastTry = t.PIN.TriesLeft, t.PIN.TriesLeft == 1
		}
	}
	return ask
}

// purpose says what a secret is for.
func purpose(w *Signing) string {
	var all []string
	for _, t := range w.Key.Tasks {
		if word := fmt.Sprintf("%s %d", t.Role, t.Version); !slices.Contains(all, word) {
			all = append(all, word)
		}
	}
	return "sign " + names(model.Retype[model.RoleName](all))
}
