package bundle

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/display"
	"trustdeck/model/plan"
	"trustdeck/model/strictjson"
	"trustdeck/model/wordcode"
)

// The schema of the file: its name, and its version.
const (
	schemaName = "trustdeck-ceremony/v"
	schema     = schemaName + "1"
)

// form is the JSON form of a bundle.
type form struct {
	Schema       string          `json:"schema"`
	Repository   model.GUN       `json:"repository"`
	Dialect      model.Dialect   `json:"dialect"`
	Title        string          `json:"title"`
	Rehearsal    bool            `json:"rehearsal"`
	Dates        Dates           `json:"dates"`
	Participants []Participant   `json:"participants"`
	Roots        [][]byte        `json:"roots"`
	Base         []File          `json:"base"`
	Changes      json.RawMessage `json:"changes"`
	Keys         []boundForm     `json:"keys"`
	Payloads     []Payload       `json:"payloads"`
	Signatures   []signatureForm `json:"signatures"`
}

// boundForm is the key that a plan names by a symbol.
type boundForm struct {
	Symbol model.KeyID     `json:"symbol"`
	Key    model.PublicKey `json:"key"`
}

type signatureForm struct {
	Role   model.RoleName `json:"role"`
	KeyID  model.KeyID    `json:"keyid"`
	Method string         `json:"method,omitempty"`
	Sig    []byte         `json:"sig"`
}

// form spells a bundle. Lists without an order of their own are sorted, so that the same content
// has the same bytes.
func (b *Bundle) form() form {
	f := form{
		Schema: schema, Repository: b.Repository, Dialect: b.Dialect, Title: b.Title, Rehearsal: b.Rehearsal,
		Dates:        Dates{b.Dates.Opens.UTC(), b.Dates.Target.UTC(), b.Dates.LastSafe.UTC(), b.Dates.Expires.UTC()},
		Participants: append([]Participant{}, b.Participants...), Roots: append([][]byte{}, b.Roots...), Base: append([]File{}, b.Base...),
		Changes: plan.EncodeChanges(b.Changes), Keys: []boundForm{}, Payloads: append([]Payload{}, b.Payloads...), Signatures: []signatureForm{},
	}
	for i := range f.Participants {
		f.Participants[i].Keys = append([]Held{}, f.Participants[i].Keys...)
	}
	for i := range f.Payloads {
		f.Payloads[i].From = f.Payloads[i].From.UTC()
	}
	for symbol, key := range b.Keys {
		f.Keys = append(f.Keys, boundForm{symbol, key})
	}
	slices.SortFunc(f.Keys, func(x, y boundForm) int { return strings.Compare(string(x.Symbol), string(y.Symbol)) })
	for _, s := range b.sorted() {
		f.Signatures = append(f.Signatures, signatureForm{s.Role, s.KeyID, s.Method, s.Sig})
	}
	return f
}

// sorted are the signatures by payload and by key.
func (b *Bundle) sorted() []Signature {
	at := func(role model.RoleName) int {
		return slices.IndexFunc(b.Payloads, func(p Payload) bool { return p.Role == role })
	}
	out := slices.Clone(b.Signatures)
	slices.SortFunc(out, func(x, y Signature) int {
		return cmp.Or(cmp.Compare(at(x.Role), at(y.Role)), strings.Compare(string(x.KeyID), string(y.KeyID)), strings.Compare(x.Method, y.Method), bytes.Compare(x.Sig, y.Sig))
	})
	return out
}

// Encode writes a bundle. The same content has the same bytes.
func (b *Bundle) Encode() []byte {
	text, err := json.MarshalIndent(b.form(), "", "  ")
	if err != nil {
		panic(fmt.Sprintf("bundle: %v", err)) // all of it can be encoded
	}
	return append(text, '\n')
}

// Decode reads what Encode has written, and nothing that is spelled otherwise, but for white
// space. It verifies nothing: see Open. The error is a *Refusal.
func Decode(text []byte) (*Bundle, error) {
	if len(text) > MaxSize {
		return nil, refuse(TooLarge, "the file has %d bytes; the limit is %d", len(text), MaxSize)
	}
	if err := known(text); err != nil {
		return nil, err
	}
	var in form
	if err := strictjson.Decode(text, &in); err != nil {
		return nil, changed(err)
	}
	b, err := in.bundle()
	if err != nil {
		return nil, err
	}
	if err := b.check(); err != nil {
		return nil, err
	}
	if _, err := strictjson.Compact(text, b.form()); err != nil {
		return nil, changed(err)
	}
	return b, nil
}

// changed is the refusal of a file that its author has not left like that.
func changed(err error) error {
	return refuse(Altered, "the ceremony file was changed after it was written: %v", err)
}

// known refuses what is no ceremony, and one of another version.
func known(text []byte) error {
	var head struct {
		Schema string `json:"schema"`
	}
	if err := json.Unmarshal(text, &head); err != nil {
		return refuse(NotBundle, "this is not a ceremony file: %v", err)
	}
	version, ok := strings.CutPrefix(head.Schema, schemaName)
	switch n, err := strconv.ParseUint(version, 10, 32); {
	case head.Schema == schema:
		return nil
	case !ok || err != nil || n == 0:
		return refuse(NotBundle, "this is not a ceremony file: its schema is %s", display.Quote(display.Cut(head.Schema, MaxText)))
	default:
		return refuse(Newer, "a newer version of trustdeck wrote this ceremony file: it has the schema %s, and this version reads %s", display.Quote(display.Cut(head.Schema, MaxText)), schema)
	}
}

// bundle reads the form.
func (f *form) bundle() (*Bundle, error) {
	changes, err := plan.DecodeChanges(f.Changes)
	if err != nil {
		return nil, changed(err)
	}
	b := &Bundle{
		Repository: f.Repository, Dialect: f.Dialect, Title: f.Title, Rehearsal: f.Rehearsal, Dates: f.Dates,
		Participants: f.Participants, Roots: f.Roots, Base: f.Base, Changes: changes, Keys: plan.Binding{}, Payloads: f.Payloads,
	}
	for _, k := range f.Keys {
		b.Keys[k.Symbol] = k.Key // one that is there twice is spelled otherwise
	}
	for _, s := range f.Signatures {
		b.Signatures = append(b.Signatures, Signature{s.Role, dialect.Signature{KeyID: s.KeyID, Method: s.Method, Sig: s.Sig}})
	}
	return b, nil
}

// Digest identifies a ceremony: the SHA-256 of the bundle as it is without signatures.
type Digest [sha256.Size]byte

// Digest is that of a bundle, with or without signatures.
func (b *Bundle) Digest() Digest {
	unsigned := *b
	unsigned.Signatures = nil
	return sha256.Sum256(unsigned.Encode())
}

// String is the digest in hexadecimal.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// wordBytes is how much of a digest is said in words: 128 bits, in 12 words that take ten seconds
// to read aloud. To find another bundle with the same words takes 2^128 hashes. A graphics card
// of 2026 makes about 2^35 a second, so that a million of them find one of 2^73 in three days.
// Nine words, for 96 bits, would still be out of reach, and six, for 64, within ten minutes; 12
// are the fewest that BIP-39 knows, so that other programs can check them.
//
// An author who makes two bundles with the same words needs about 2^64 hashes, which that many
// cards make in minutes. Nothing is gained by it: a signature is over a payload and not over these
// words, and each custodian signs what their own machine has worked out of it.
const wordBytes = 16

// Words are the digest in words, for people who compare it aloud: see wordBytes.
func (d Digest) Words() []string {
	words, err := wordcode.Encode(d[:wordBytes])
	if err != nil {
		panic(fmt.Sprintf("bundle: %v", err)) // 16 bytes have words
	}
	return words
}
