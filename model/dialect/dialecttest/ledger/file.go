package ledger

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
)

// Name is that of the dialect.
const Name model.Dialect = "ledger"

// maxFile is the largest file that is read, in bytes.
const maxFile = 1 << 20

// file is a metadata file: an envelope of a payload and signatures over its very bytes.
type file struct {
	model.Metadata
	payload    []byte
	signatures []dialect.Signature
}

type envelope struct {
	Payload    []byte              `json:"payload"`
	Signatures []dialect.Signature `json:"signatures"`
}

// encode writes the payload anew.
func (f *file) encode() []byte {
	f.payload, _ = json.Marshal(f.Metadata) // plain values
	return f.payload
}

func (f *file) wire() []byte {
	out, _ := json.Marshal(envelope{f.payload, f.signatures}) // plain values
	return out
}

func (f *file) parsed() *dialect.File {
	return &dialect.File{Metadata: &f.Metadata, Payload: f.payload, Own: f}
}

func own(f *dialect.File) *file { return f.Own.(*file) } //nolint:forcetypeassert // a programmer's mistake

// content reads what is signed.
func (f *file) content(role model.RoleName, payload []byte) error {
	if err := json.Unmarshal(payload, &f.Metadata); err != nil {
		return &dialect.ParseError{Role: role, Code: model.ProblemMalformed, Text: err.Error()}
	}
	if f.Role != role {
		return &dialect.ParseError{Role: role, Code: model.ProblemWrongType, Text: fmt.Sprintf("it is the file of %q", f.Role)}
	}
	return nil
}

func parse(role model.RoleName, raw []byte) (*file, error) {
	refuse := func(code model.ProblemCode, text string) error {
		return &dialect.ParseError{Role: role, Code: code, Text: text}
	}
	if len(raw) > maxFile {
		return nil, refuse(model.ProblemLimit, "it is too large")
	}
	var e envelope
	f := &file{}
	if err := json.Unmarshal(raw, &e); err != nil {
		return nil, refuse(model.ProblemMalformed, err.Error())
	}
	if err := f.content(role, e.Payload); err != nil {
		return nil, err
	}
	f.payload, f.signatures = e.Payload, e.Signatures
	if !bytes.Equal(f.wire(), raw) { // base64 ends in bits that count for nothing
		return nil, refuse(model.ProblemMalformed, "it is not spelled as a scribe spells it")
	}
	return f, nil
}

// deviation says how bytes differ from those that encode and wire write.
func deviation(f *file, raw []byte) string {
	again := &file{Metadata: f.Metadata, signatures: f.signatures}
	again.encode()
	if bytes.Equal(again.wire(), raw) {
		return ""
	}
	return "other bytes"
}

// count checks signatures by the keys of an edge.
func count(f *file, keys []model.PublicKey, edge *model.Delegation) (out []model.Signature, valid int) {
	if edge == nil {
		return nil, 0
	}
	for _, sig := range f.signatures {
		s := model.Signature{KeyID: sig.KeyID, Method: sig.Method, State: model.SignatureUnknownKey}
		at := slices.IndexFunc(keys, func(k model.PublicKey) bool { return k.ID == sig.KeyID })
		if at >= 0 && slices.Contains(edge.KeyIDs, sig.KeyID) {
			s.Key, s.State = sig.KeyID, model.SignatureInvalid
			if verify(keys[at], f.payload, sig) == nil {
				s.State = model.SignatureValid
				valid++
			}
		}
		out = append(out, s)
	}
	return out, valid
}

// met reports whether a file has the signatures that an edge asks for.
func met(f *file, by *file) bool {
	edge := by.Delegation(f.Role)
	_, valid := count(f, by.Keys, edge)
	return edge != nil && edge.Threshold > 0 && int64(valid) >= edge.Threshold
}

// entry is what a snapshot or timestamp says of a file.
func entry(role model.RoleName, wire []byte) model.MetaEntry {
	sum := sha256.Sum256(wire)
	return model.MetaEntry{Role: role, Length: int64(len(wire)), Hashes: model.Hashes{SHA256: sum[:]}}
}

func put(meta []model.MetaEntry, e model.MetaEntry) []model.MetaEntry {
	meta = slices.DeleteFunc(slices.Clone(meta), func(have model.MetaEntry) bool { return have.Role == e.Role })
	meta = append(meta, e)
	slices.SortFunc(meta, func(a, b model.MetaEntry) int { return strings.Compare(string(a.Role), string(b.Role)) })
	return meta
}

// serve signs the timestamp of a repository, as a server does.
func serve(files map[model.RoleName][]byte, at time.Time, sign func(payload []byte) (dialect.Signature, error)) error {
	f := &file{Metadata: model.Metadata{
		Role: model.RoleTimestamp, Version: 1, Expires: at.Add(lifetime(model.RoleTimestamp)),
		Meta: []model.MetaEntry{entry(model.RoleSnapshot, files[model.RoleSnapshot])},
	}}
	if before, err := parse(model.RoleTimestamp, files[model.RoleTimestamp]); err == nil {
		f.Version = before.Version + 1
	}
	f.encode()
	sig, err := sign(f.payload)
	f.signatures = []dialect.Signature{sig}
	files[model.RoleTimestamp] = f.wire()
	return err
}

func lifetime(role model.RoleName) time.Duration {
	const day = 24 * time.Hour
	switch role {
	case model.RoleRoot:
		return 100 * day
	case model.RoleTimestamp:
		return 3 * day
	default:
		return 40 * day
	}
}

func hexOf(sum [sha256.Size]byte) string { return hex.EncodeToString(sum[:]) }
