package bundle

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/linecode"
)

// Answer is what a custodian hands back where no file can: a few signatures as text that can be
// typed, and as QR codes of the same lines. One by Ed25519 or ECDSA takes five or six lines.
type Answer struct {
	// Lines are for people to type (package linecode).
	Lines []string
	// Codes are the texts of QR codes (package qrcode), each of whole lines: in any order, they are
	// the answer.
	Codes []string
}

// The bytes of an answer: a version and the number of signatures, the beginning of the digest, and
// for each signature the number of its payload, a hash of the key's ID, its length and its bytes.
// One of 64 bytes fills five lines, 140 characters. The hashes only tell what is meant: what
// counts is whether the signature is valid.
const (
	answerVersion = 1
	answerHead    = 1 + answerHash
	answerHash    = 4
	answerEntry   = 1 + answerHash + 1
	// maxAnswer is how many signatures an answer can have, and maxTyped the most bytes of one.
	maxAnswer, maxTyped = 16, 255
	// codeLines are the most lines of a QR code: its picture has 21 rows then.
	codeLines = 5
)

// Answer writes the signatures of the keys with some canonical IDs. The error is a *Refusal where
// there are none, or they are too long to be typed: RSA and ML-DSA travel in the file.
func (o *Opened) Answer(ids ...model.KeyID) (Answer, error) {
	var entries []byte
	n := 0
	for i, f := range o.files {
		for _, task := range o.Tasks(ids...) {
			sig, ok := f.signatures[task.Key.ID]
			if task.Role != f.Role || !ok {
				continue
			}
			if len(sig.Sig) > maxTyped {
				return Answer{}, refuse(TooLong, "signatures of this kind are too long to be typed: that of %s has %d bytes", f.Role, len(sig.Sig))
			}
			tag := keyTag(sig.KeyID)
			entries = append(append(entries, byte(i)), tag[:]...)
			entries = append(append(entries, byte(len(sig.Sig)&maxTyped)), sig.Sig...)
			n++
		}
	}
	if n == 0 {
		return Answer{}, refuse(Incomplete, "the key has not signed yet")
	}
	if n > maxAnswer {
		return Answer{}, refuse(TooLong, "%d signatures are too many to be typed: the limit is %d", n, maxAnswer)
	}
	head := append([]byte{byte((answerVersion<<4 | (n - 1)) & 0xff)}, o.digest[:answerHash]...)
	lines, err := linecode.Encode(append(head, entries...))
	if err != nil {
		return Answer{}, refuse(TooLong, "%d signatures are too many to be typed: %v", n, err)
	}
	return Answer{Lines: lines, Codes: codesOf(lines)}, nil
}

// keyTag tells a key by the ID under which it is listed, whatever that looks like.
func keyTag(id model.KeyID) (out [answerHash]byte) {
	sum := sha256.Sum256([]byte("trustdeck answer " + id))
	copy(out[:], sum[:])
	return out
}

// codesOf spreads lines evenly over as few codes as hold them.
func codesOf(lines []string) []string {
	var out []string
	parts := (len(lines) + codeLines - 1) / codeLines
	for i := range parts {
		part := lines[len(lines)*i/parts : len(lines)*(i+1)/parts]
		out = append(out, strings.ReplaceAll(strings.Join(part, ""), " ", ""))
	}
	return out
}

// Take reads an answer, typed, pasted or scanned, and adds its signatures. It takes all of them or
// none, and returns what it took. The error is a *Refusal; where one line is to blame, it wraps a
// *linecode.Error.
func (o *Opened) Take(text string) ([]Signature, error) {
	data, err := linecode.Decode(text)
	if err != nil {
		return nil, unreadable(err)
	}
	if len(data) < answerHead || data[0]>>4 != answerVersion {
		return nil, unreadable(errors.New("this version of trustdeck doesn't know its form"))
	}
	if err := o.meant(data[1:answerHead]); err != nil {
		return nil, err
	}
	var out []Signature
	rest := data[answerHead:]
	for range int(data[0]&15) + 1 {
		var entry []byte
		if len(rest) < answerEntry || len(rest) < answerEntry+int(rest[answerEntry-1]) {
			return nil, unreadable(&linecode.Error{Line: len(data)/linecode.LineBytes + 1, Text: "is missing, or the answer is cut off there"})
		}
		entry, rest = rest[:answerEntry+int(rest[answerEntry-1])], rest[answerEntry+int(rest[answerEntry-1]):]
		sig, err := o.answered(entry)
		if err != nil {
			return nil, err
		}
		out = append(out, sig)
	}
	if len(rest) > 0 {
		return nil, unreadable(fmt.Errorf("it has %s too many", model.Count(len(rest), "byte")))
	}
	for _, s := range out {
		o.put(s.Role, s.Signature)
	}
	return out, nil
}

// unreadable is the refusal of an answer.
func unreadable(err error) error {
	out := &Refusal{BadAnswer, model.Fault{Kind: model.FaultUsage, Text: "the answer can't be read: " + err.Error(), Hint: hints[BadAnswer], Err: err}}
	return out
}

// meant refuses an answer to another ceremony.
func (o *Opened) meant(digest []byte) error {
	if bytes.Equal(digest, o.digest[:answerHash]) {
		return nil
	}
	other := o.bundle
	other.Rehearsal = !other.Rehearsal
	if sum := other.Digest(); bytes.Equal(digest, sum[:answerHash]) {
		if o.bundle.Rehearsal {
			return refuse(RehearsalAndReal, "the answer is a real one, and this is a rehearsal")
		}
		return refuse(RehearsalAndReal, "the answer was made in a rehearsal")
	}
	return refuse(OtherCeremony, "the answer is for another ceremony, or for a copy of this one that was altered")
}

// answered verifies a signature of an answer.
func (o *Opened) answered(entry []byte) (Signature, error) {
	if int(entry[0]) >= len(o.files) {
		return Signature{}, refuse(WrongPayload, "the answer signs something that is not in this ceremony")
	}
	f := o.files[entry[0]]
	err := refuse(ForeignKey, "the answer is by a key that may not sign %s %d", f.Role, f.file.Version)
	for _, q := range f.quorums {
		for _, m := range q.Members {
			for _, k := range m.Listed {
				if tag := keyTag(k.ID); !slices.Equal(tag[:], entry[1:answerEntry-1]) {
					continue
				}
				sig := dialect.Signature{KeyID: k.ID, Method: o.dialect.Method(k), Sig: entry[answerEntry:]}
				if err = o.verify(f.Role, sig); err == nil {
					return Signature{f.Role, sig}, nil
				}
			}
		}
	}
	return Signature{}, err
}
